//! What `doctor` says of Redis beside a store.

use bitjang_store::redis::{RedisSurvey, RedisUrl};

use super::Finding::{self, Bad, Good, Odd};

/// One line for each thing that was looked at. Changes nothing there.
pub(super) async fn look_at(url: &RedisUrl) -> Vec<Finding> {
    match RedisSurvey::of(url).await {
        Ok(survey) => vec![role(url, &survey), latency(&survey), eviction(&survey), line(&survey)],
        // The server does without.
        Err(error) => {
            vec![Odd(format!("redis: {:#}; the main store does its work", anyhow::Error::new(error)))]
        }
    }
}

fn role(url: &RedisUrl, survey: &RedisSurvey) -> Finding {
    let text = format!("redis: {url}, {}", survey.version);
    match &survey.cluster {
        Some(_) if !url.is_cluster() => {
            Bad(format!("{text}; a node of a cluster: add ?cluster to store.sessions_url"))
        }
        Some(cluster) if !cluster.is_whole => Bad(format!("{text}; its cluster does not serve all keys")),
        Some(cluster) => Good(format!("{text}, in a cluster with {} primaries", cluster.primaries)),
        None if url.is_cluster() => {
            Bad(format!("{text}; it is in no cluster: take cluster out of store.sessions_url"))
        }
        None if survey.is_replica => {
            Bad(format!("{text}; a replica, which takes no writes: name the primary in store.sessions_url"))
        }
        None => Good(text),
    }
}

fn latency(survey: &RedisSurvey) -> Finding {
    let milliseconds = |span: std::time::Duration| span.as_secs_f64() * 1_000.0;
    let (took, within) = (milliseconds(survey.latency), milliseconds(survey.answers_within));
    let text = format!("redis: answers in {took:.1} ms; a server waits for {within:.0} ms at most");
    if survey.latency > survey.answers_within / 4 {
        Odd(format!("{text}; put it closer, or raise timeout_ms"))
    } else {
        Good(text)
    }
}

fn eviction(survey: &RedisSurvey) -> Finding {
    let policy = &survey.eviction;
    match survey.max_memory {
        None => Odd(format!(
            "redis: no maxmemory, so it grows until the machine is full; set one, and an eviction policy ({policy} now)"
        )),
        Some(bytes) if policy == "noeviction" => Odd(format!(
            "redis: full at {} MiB, and then the main store does its work (noeviction); allkeys-lru suits what may be lost",
            mebibytes(bytes)
        )),
        Some(bytes) => Good(format!(
            "redis: holds {} MiB, then evicts ({policy}); the main store has what it drops, but counted guesses start afresh",
            mebibytes(bytes)
        )),
    }
}

fn mebibytes(bytes: u64) -> u64 {
    bytes / (1_024 * 1_024)
}

fn line(survey: &RedisSurvey) -> Finding {
    if survey.is_verified {
        Good("redis: nobody in between can read along".to_owned())
    } else {
        Odd("redis: whoever is in between can read along, and sign in as anybody; use rediss://".to_owned())
    }
}
