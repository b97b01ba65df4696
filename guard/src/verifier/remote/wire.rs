//! What the feed's events say, and only that: an unknown name, a missing one, another type or another spelling is a mistake.

use bitjang_core::revocation::{Bookmark, Revoked};
use bitjang_core::{Revocation, Time};
use jiff::Timestamp;
use serde::Deserialize;

use super::event_stream::Event;
use crate::verifier::source::Heard;

const UNKNOWN: &str = "an event is not known";
const MALFORMED: &str = "an event is malformed";

/// What an event says.
pub(super) fn heard(event: &Event) -> Result<Heard, &'static str> {
    let heard = match event.name.as_str() {
        "revocation" => entry(&event.data),
        "heartbeat" => heartbeat(&event.data),
        _ => return Err(UNKNOWN),
    }
    .ok_or(MALFORMED)?;
    let agrees = event.id.is_empty() || event.id == heard.place().to_string();
    if agrees { Ok(heard) } else { Err("an event has two positions") }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Heartbeat {
    position: String,
    now: String,
}

fn heartbeat(data: &str) -> Option<Heard> {
    let Heartbeat { position, now } = serde_json::from_str(data).ok()?;
    Some(Heard::Heartbeat { place: position.parse().ok()?, now: read_time(&now)? })
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Session(SessionEntry),
    Account(AccountEntry),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SessionEntry {
    position: String,
    session: String,
    at: String,
    until: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountEntry {
    position: String,
    account: String,
    epoch: u64,
    spared: Option<String>,
    at: String,
    until: String,
}

fn entry(data: &str) -> Option<Heard> {
    let (position, of, at, until) = match serde_json::from_str(data).ok()? {
        Written::Session(entry) => {
            let of = Revoked::Session(entry.session.parse().ok()?);
            (entry.position, of, entry.at, entry.until)
        }
        Written::Account(entry) => {
            let spared = entry.spared.map(|spared| spared.parse()).transpose().ok()?;
            let of = Revoked::Before { account: entry.account.parse().ok()?, epoch: entry.epoch, spared };
            (entry.position, of, entry.at, entry.until)
        }
    };
    let revocation = Revocation { of, at: read_time(&at)?, until: read_time(&until)? };
    let (place, lasts) = (position.parse().ok()?, revocation.at <= revocation.until);
    // Behind an entry nobody is at the start.
    (lasts && place != Bookmark::START).then_some(Heard::Entry { place, revocation })
}

fn read_time(text: &str) -> Option<Time> {
    let time: Timestamp = text.parse().ok()?;
    Some(Time::from_micros(time.as_microsecond()))
}

#[cfg(test)]
mod tests {
    use bitjang_core::testing::at;
    use bitjang_core::{AccountId, SessionId};

    use super::*;

    const TIMES: &str = r#""at":"1970-01-01T00:01:00Z","until":"1970-01-01T00:02:00Z""#;
    const SESSION: &str = r#""session":"AQEBAQEBAQEBAQEBAQEBAQ""#;
    const ACCOUNT: &str = r#""account":"02020202-0202-0202-0202-020202020202""#;

    fn says(name: &str, id: &str, data: &str) -> Result<Heard, &'static str> {
        heard(&Event { id: id.to_owned(), name: name.to_owned(), data: data.to_owned() })
    }

    fn place(text: &str) -> Bookmark {
        text.parse().unwrap()
    }

    #[expect(clippy::unnecessary_wraps, reason = "what a reading gives is compared with it")]
    fn of(of: Revoked) -> Result<Heard, &'static str> {
        let revocation = Revocation { of, at: at(60), until: at(120) };
        Ok(Heard::Entry { place: place("12-AAAAAAAAAAA"), revocation })
    }

    #[test]
    fn entries_and_heartbeats_are_read() {
        let session = SessionId::from_bytes([1; 16]);
        let account = AccountId::from_bytes([2; 16]);
        let data = format!(r#"{{"position":"12-AAAAAAAAAAA",{SESSION},{TIMES}}}"#);
        assert_eq!(says("revocation", "12-AAAAAAAAAAA", &data), of(Revoked::Session(session)));
        let data = format!(r#"{{"position":"12-AAAAAAAAAAA",{ACCOUNT},"epoch":3,"spared":null,{TIMES}}}"#);
        assert_eq!(
            says("revocation", "12-AAAAAAAAAAA", &data),
            of(Revoked::Before { account, epoch: 3, spared: None })
        );
        let data = format!(
            r#"{{"position":"12-AAAAAAAAAAA",{ACCOUNT},"epoch":3,"spared":"AQEBAQEBAQEBAQEBAQEBAQ",{TIMES}}}"#
        );
        let spared = Some(session);
        assert_eq!(
            says("revocation", "12-AAAAAAAAAAA", &data),
            of(Revoked::Before { account, epoch: 3, spared })
        );
        let beat = r#"{"position":"13-AAAAAAAAAAA","now":"1970-01-01T00:00:05.5Z"}"#;
        let now = Time::from_micros(5_500_000);
        assert_eq!(says("heartbeat", "", beat), Ok(Heard::Heartbeat { place: place("13-AAAAAAAAAAA"), now }));
        let start = r#"{"position":"0","now":"1970-01-01T00:00:05.5Z"}"#;
        assert_eq!(says("heartbeat", "", start), Ok(Heard::Heartbeat { place: Bookmark::START, now }));
    }

    #[test]
    fn anything_else_is_a_mistake() {
        let rows = [
            format!(r#"{{"position":12,{SESSION},{TIMES}}}"#),
            format!(r#"{{"position":"12",{SESSION},{TIMES}}}"#),
            format!(r#"{{"position":"0",{SESSION},{TIMES}}}"#),
            format!(r#"{{"position":"012-AAAAAAAAAAA",{SESSION},{TIMES}}}"#),
            format!(r#"{{"position":"+12-AAAAAAAAAAA",{SESSION},{TIMES}}}"#),
            format!(r#"{{"position":"-1-AAAAAAAAAAA",{SESSION},{TIMES}}}"#),
            format!(r"{{{SESSION},{TIMES}}}"),
            format!(r#"{{"position":"12-AAAAAAAAAAA",{TIMES}}}"#),
            format!(r#"{{"position":"12-AAAAAAAAAAA",{SESSION}}}"#),
            format!(r#"{{"position":"12-AAAAAAAAAAA",{SESSION},"extra":1,{TIMES}}}"#),
            format!(r#"{{"position":"12-AAAAAAAAAAA",{SESSION},{SESSION},{TIMES}}}"#),
            format!(r#"{{"position":"12-AAAAAAAAAAA","session":"AQEB",{TIMES}}}"#),
            format!(r#"{{"position":"12-AAAAAAAAAAA","session":null,{TIMES}}}"#),
            format!(r#"{{"position":"12-AAAAAAAAAAA",{SESSION},{ACCOUNT},"epoch":3,"spared":null,{TIMES}}}"#),
            format!(r#"{{"position":"12-AAAAAAAAAAA",{ACCOUNT},"spared":null,{TIMES}}}"#),
            format!(r#"{{"position":"12-AAAAAAAAAAA",{ACCOUNT},"epoch":"3","spared":null,{TIMES}}}"#),
            format!(r#"{{"position":"12-AAAAAAAAAAA",{ACCOUNT},"epoch":-3,"spared":null,{TIMES}}}"#),
            format!(r#"{{"position":"12-AAAAAAAAAAA",{ACCOUNT},"epoch":1e999,"spared":null,{TIMES}}}"#),
            format!(r#"{{"position":"12-AAAAAAAAAAA",{ACCOUNT},"epoch":3,"spared":"x",{TIMES}}}"#),
            format!(
                r#"{{"position":"12-AAAAAAAAAAA",{SESSION},"at":"1970-01-01T00:02:00Z","until":"1970-01-01T00:01:00Z"}}"#
            ),
            format!(r#"{{"position":"12-AAAAAAAAAAA",{SESSION},"at":"yesterday","until":"tomorrow"}}"#),
            format!(r#"[{{"position":"12-AAAAAAAAAAA",{SESSION},{TIMES}}}]"#),
            String::new(),
        ];
        for data in rows {
            assert_eq!(says("revocation", "12-AAAAAAAAAAA", &data), Err(MALFORMED), "{data}");
        }
        let good = format!(r#"{{"position":"12-AAAAAAAAAAA",{SESSION},{TIMES}}}"#);
        assert!(says("revocation", "13-AAAAAAAAAAA", &good).is_err(), "two positions");
        assert!(says("Revocation", "12-AAAAAAAAAAA", &good).is_err());
        assert!(says("", "12-AAAAAAAAAAA", &good).is_err());
        assert!(says("heartbeat", "12-AAAAAAAAAAA", &good).is_err());
        assert!(says("heartbeat", "", r#"{"position":"13-AAAAAAAAAAA","now":5}"#).is_err());
    }
}
