//! Policies and schemas, as an operator writes them: read or refused, and who is a stranger to all of them may nothing.

use std::sync::Arc;

use bitjang_core::testing::{HandClock, at};
use bitjang_permit::{Permit, Rules, Said, Sources, Thing, Who};

/// What lies before the first line of dashes is policies; what lies behind it, if there is one, is a schema.
pub(crate) fn probe(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let (policies, schema) = text.split_once("\n---\n").unwrap_or((text, ""));
    let sources = Sources::ready_made().with("more.cedar", policies);
    let sources = if schema.is_empty() {
        sources
    } else {
        Sources::default().with("a.cedar", policies).with("a.cedarschema", schema)
    };
    let Ok(rules) = Rules::parse(&sources) else { return };
    let permit = Permit::by(rules, Arc::new(HandClock::showing(at(0))));
    let thing = Thing { of_type: "Post".to_owned(), id: "1".to_owned(), said: Said::default() };
    let decision = permit.decide(Who::stranger(), "no such action", thing, Said::default());
    assert!(!decision.allowed, "{decision}");
}
