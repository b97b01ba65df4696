//! What an operator wants to know of a Redis server before putting it beside a store. Changes nothing.

use std::time::Duration;

use redis::{Cmd, ErrorKind, RedisError, RedisResult};
use tokio::time::{Instant, timeout};

use super::url::{BadAuthorities, RedisUrl};

/// How long it may take to connect and to answer: whoever asks is looking.
const PATIENCE: Duration = Duration::from_secs(3);

/// What was found at a Redis server.
#[derive(Clone, Debug)]
pub struct RedisSurvey {
    /// What it calls itself, such as `Redis 7.0.15`.
    pub version: String,
    /// How long one question takes, there and back.
    pub latency: Duration,
    /// How long a server of ours waits for an answer.
    pub answers_within: Duration,
    /// How many bytes it may hold; nothing when nobody set a bound.
    pub max_memory: Option<u64>,
    /// What it does when it holds that much, such as `allkeys-lru`.
    pub eviction: String,
    /// Whether it is a replica, which takes no writes.
    pub is_replica: bool,
    /// What the cluster says of itself that it is a node of.
    pub cluster: Option<RedisCluster>,
    /// Whether nobody between us and it could read along or pretend to be it.
    pub is_verified: bool,
}

/// What a node of a cluster says of it.
#[derive(Clone, Debug)]
pub struct RedisCluster {
    /// How many nodes take writes.
    pub primaries: u32,
    /// Whether somebody is there for every key.
    pub is_whole: bool,
}

/// Why nothing was found.
#[derive(Debug, thiserror::Error)]
pub enum NoSurvey {
    /// The certificate authorities cannot be read.
    #[error(transparent)]
    Authorities(#[from] BadAuthorities),
    /// Nobody answers there.
    #[error("{at} cannot be reached: check store.sessions_url, and whether Redis runs")]
    Unreachable {
        /// Where.
        at: String,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It does not let us in.
    #[error("{at} does not let us in: check user and password in store.sessions_url")]
    NotLetIn {
        /// Where.
        at: String,
        /// What it said.
        source: RedisError,
    },
}

impl RedisSurvey {
    /// Looks at the server.
    pub async fn of(url: &RedisUrl) -> Result<Self, NoSurvey> {
        let (client, at) = (url.client()?, url.to_string());
        let looked = timeout(PATIENCE, look(client)).await;
        match looked {
            Ok(Ok((latency, told))) => Ok(Self::read(&told, latency, url)),
            Ok(Err(source)) if source.kind() == ErrorKind::AuthenticationFailed => {
                Err(NoSurvey::NotLetIn { at, source })
            }
            Ok(Err(source)) => Err(NoSurvey::Unreachable { at, source: source.into() }),
            Err(late) => Err(NoSurvey::Unreachable { at, source: late.into() }),
        }
    }

    fn read(told: &str, latency: Duration, url: &RedisUrl) -> Self {
        let field = |name: &str| told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let version = match (field("valkey_version"), field("redis_version")) {
            (Some(version), _) => format!("Valkey {version}"),
            (None, version) => format!("Redis {}", version.unwrap_or("of a version that it does not tell")),
        };
        let cluster = field("cluster_state").map(|state| RedisCluster {
            primaries: field("cluster_size").and_then(|size| size.parse().ok()).unwrap_or_default(),
            is_whole: state == "ok",
        });
        Self {
            version,
            latency,
            answers_within: url.answers_within,
            max_memory: field("maxmemory").and_then(|bytes| bytes.parse().ok()).filter(|bytes| *bytes > 0),
            eviction: field("maxmemory_policy").unwrap_or("unknown").to_owned(),
            is_replica: field("role") == Some("slave"),
            cluster,
            is_verified: url.is_verified(),
        }
    }
}

async fn look(client: redis::Client) -> RedisResult<(Duration, String)> {
    let mut line = client.get_multiplexed_async_connection().await?;
    let asked = Instant::now();
    redis::cmd("PING").exec_async(&mut line).await?;
    let latency = asked.elapsed();
    let told: String = Cmd::new().arg("INFO").query_async(&mut line).await?;
    // An error is how a server that is alone says so.
    let cluster: RedisResult<String> = Cmd::new().arg("CLUSTER").arg("INFO").query_async(&mut line).await;
    Ok((latency, told + &cluster.unwrap_or_default()))
}
