//! What a question is asked on: one server, or the node of a cluster that its key belongs to.

use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::cluster::ClusterConfig;
use redis::cluster_async::ClusterConnection;
use redis::{Cmd, Pipeline, RedisFuture, Value};

use super::link::CONNECTS_WITHIN;
use super::url::{BadAuthorities, RedisUrl};

/// Connections that are made when they are needed and again when they are lost; to be cloned by everybody who asks.
#[derive(Clone)]
pub(super) enum Line {
    Server(ConnectionManager),
    Cluster(ClusterConnection),
}

impl Line {
    /// Connects to nobody yet.
    pub(super) fn to(url: &RedisUrl) -> Result<Self, BadAuthorities> {
        let patience = CONNECTS_WITHIN.max(url.answers_within);
        if let Some(cluster) = url.cluster()? {
            let config =
                ClusterConfig::new().set_connection_timeout(CONNECTS_WITHIN).set_response_timeout(patience);
            return Ok(Self::Cluster(cluster.get_pending_async_connection_with_config(config)));
        }
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(CONNECTS_WITHIN))
            .set_response_timeout(Some(patience));
        let manager = ConnectionManager::new_lazy_with_config(url.client()?, config);
        manager.map(Self::Server).map_err(|error| url.unusable(error))
    }
}

impl ConnectionLike for Line {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Server(server) => server.req_packed_command(command),
            Self::Cluster(cluster) => cluster.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Server(server) => server.req_packed_commands(pipeline, offset, count),
            Self::Cluster(cluster) => cluster.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Server(server) => server.get_db(),
            Self::Cluster(cluster) => cluster.get_db(),
        }
    }
}
