//! What `doctor` says of a database that servers share.

use std::time::Duration;

use bitjang::world::SystemClock;
use bitjang_core::{CLOCKS_APART, Clock as _};
use bitjang_store::postgres::{PostgresUrl, Survey};

use super::Finding::{self, Bad, Good, Odd};

/// A round trip that is longer than this is felt in every sign-in.
const FAR: Duration = Duration::from_millis(20);

/// Clocks farther apart than this end sessions and limits noticeably early or late.
const APART: Duration = Duration::from_secs(2);

/// One line for each thing that was looked at. Changes nothing there.
pub(super) async fn look_at(url: &PostgresUrl) -> Vec<Finding> {
    match Survey::of(url).await {
        Ok(survey) => vec![
            shape(url, &survey),
            latency(&survey),
            clock(&survey),
            clocks_of_servers(&survey),
            writes(&survey),
            isolation(&survey),
            connections(&survey),
            line(&survey),
        ],
        Err(error) => vec![Bad(format!("store: {:#}", anyhow::Error::new(error)))],
    }
}

fn shape(url: &PostgresUrl, survey: &Survey) -> Finding {
    let text = format!("store: {url}, {}", survey.version);
    match (survey.schema, survey.known) {
        (0, _) => Good(format!("{text}; the first server that starts makes its tables")),
        (found, known) if found < known => {
            Good(format!("{text}; the next server that starts moves its schema from {found} to {known}"))
        }
        (found, known) if found > known => {
            Odd(format!("{text}; its schema is at {found}, this release knows {known}: finish the roll-out"))
        }
        (found, _) => Good(format!("{text}, schema {found}")),
    }
}

fn latency(survey: &Survey) -> Finding {
    let text = format!("store: answers in {:.1} ms", survey.latency.as_secs_f64() * 1_000.0);
    if survey.latency > FAR { Odd(format!("{text}; put servers closer to it")) } else { Good(text) }
}

fn clock(survey: &Survey) -> Finding {
    let now = SystemClock.now();
    let apart = now.since(survey.clock).max(survey.clock.since(now));
    clocks("this machine's and the database's are", apart)
}

/// What each server has told of its own.
fn clocks_of_servers(survey: &Survey) -> Finding {
    let ahead = || survey.servers.iter().map(|server| server.as_millis());
    let apart = ahead().max().unwrap_or_default().abs_diff(ahead().min().unwrap_or_default());
    match survey.servers.len() {
        0 => Good("clocks: no server is connected".to_owned()),
        1 => Good("clocks: one server is connected".to_owned()),
        many => clocks(
            &format!("those of the {many} servers that are connected are"),
            Duration::from_millis(apart),
        ),
    }
}

fn clocks(which: &str, apart: Duration) -> Finding {
    let text = format!("clocks: {which} {} ms apart", apart.as_millis());
    if apart > CLOCKS_APART {
        Bad(format!("{text}; revocations may be forgotten too early: set them, best by NTP"))
    } else if apart > APART {
        Odd(format!("{text}; set them, best by NTP"))
    } else {
        Good(text)
    }
}

fn writes(survey: &Survey) -> Finding {
    if survey.is_read_only {
        return Bad("store: takes no writes; nobody can sign in or out".to_owned());
    }
    match survey.not_durable.as_slice() {
        [] => Good("store: a commit that was acknowledged is on disk".to_owned()),
        settings => {
            Bad(format!("store: {}: a crash takes back sign-outs that were answered", settings.join(", ")))
        }
    }
}

fn isolation(survey: &Survey) -> Finding {
    match survey.isolation.as_str() {
        "read committed" => Good("isolation: read committed".to_owned()),
        other => Odd(format!(
            "isolation: {other}; right, but what conflicts is sent again: read committed is quicker"
        )),
    }
}

fn connections(survey: &Survey) -> Finding {
    let (open, ours) = (survey.open_connections, survey.our_connections);
    let Some(most) = survey.max_connections else {
        return Good(format!("connections: {open} open; each server takes up to {ours}"));
    };
    let text = format!("connections: {open} of {most} open; each server takes up to {ours}");
    if most.saturating_sub(open) < ours {
        Odd(format!("{text}; raise max_connections, or lower `connections` in store.url"))
    } else {
        Good(text)
    }
}

fn line(survey: &Survey) -> Finding {
    if survey.is_verified {
        Good("connection: nobody in between can read along".to_owned())
    } else {
        Odd("connection: whoever is in between can pretend to be the database; use sslmode=verify-full"
            .to_owned())
    }
}
