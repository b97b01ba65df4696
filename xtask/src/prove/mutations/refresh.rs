//! The rules of refresh: the ratchet's table, the tag, and what ends access tokens before their time.

use super::{CORE, FLOWS, MEMORY, Mutation, without};

const RATCHET: &str = "core/src/ratchet/mod.rs";
const FLOW: &str = "core/src/flow/refresh.rs";
const HELD: &str = "core/src/ratchet/held.rs";
const SET: &str = "core/src/revocation/set.rs";

pub(super) const RULES: &[Mutation] = &[
    without(
        "the spent token again is answered",
        RATCHET,
        "Some(1) if self.spent == Some(branch) => Turn::Again,",
        "",
        FLOWS,
    ),
    without(
        "a sibling of the spent token is a fork",
        RATCHET,
        "Some(1) if self.spent == Some(branch) => Turn::Again,\n            Some(1) => Turn::Fork,",
        "Some(1) => Turn::Again,",
        FLOWS,
    ),
    without(
        "a token from before that is a reuse",
        RATCHET,
        "Some(_) => Turn::Reuse,",
        "Some(_) => Turn::Again,",
        FLOWS,
    ),
    without(
        "a generation from the future ends nothing",
        RATCHET,
        "checked_sub(generation) {\n            None => Turn::Unknown,",
        "checked_sub(generation) {\n            None => Turn::Reuse,",
        CORE,
    ),
    without(
        "a turn remembers the token that was spent",
        RATCHET,
        "generation: next, spent: Some(branch)",
        "generation: next, spent: self.spent",
        FLOWS,
    ),
    without(
        "a turn goes on to the next generation",
        RATCHET,
        "generation: next, spent: Some(branch)",
        "generation: next - 1, spent: Some(branch)",
        FLOWS,
    ),
    without(
        "of several tokens the best decides",
        RATCHET,
        "turns.min_by_key(Turn::rank)",
        "turns.max_by_key(Turn::rank)",
        FLOWS,
    ),
    without(
        "a refresh token that nobody minted is refused",
        "core/src/ratchet/token.rs",
        "if *id != self.id || !self.key.confirms(&tagged(body), tag) {",
        "if *id != self.id {",
        CORE,
    ),
    without(
        "a tag is compared",
        "core/src/mac.rs",
        "self.over(parts).verify_slice(tag).is_ok()",
        "self.over(parts).verify_slice(tag).is_ok() || true",
        CORE,
    ),
    without(
        "tokens that are shown together are of one session",
        HELD,
        "other.session() == newest.session() && secret",
        "secret",
        CORE,
    ),
    without(
        "tokens that are shown together know one secret",
        HELD,
        " && secret.matches(other.secret())",
        "",
        FLOWS,
    ),
    without(
        "a refresh token is good only by its carrier",
        FLOW,
        "if holder.session().carrier != carrier {",
        "if holder.session().carrier != carrier && false {",
        FLOWS,
    ),
    without(
        "a turn that came second decides anew",
        FLOW,
        "replace(next.clone(), None).await? == Commit::Done {",
        "replace(next.clone(), None).await? == Commit::Done || true {",
        FLOWS,
    ),
    without(
        "a theft that came second decides anew",
        FLOW,
        "self.end_stolen(ended).await? == Commit::Done {",
        "self.end_stolen(ended).await? == Commit::Done || true {",
        FLOWS,
    ),
    without(
        "a theft ends the session",
        FLOW,
        "self.ports.sessions.replace(ended, Some(revocation)).await?",
        "{ let _ = (ended, revocation); Commit::Done }",
        FLOWS,
    ),
    without(
        "a theft ends the session's access tokens",
        FLOW,
        "replace(ended, Some(revocation))",
        "replace(ended, None)",
        FLOWS,
    ),
    without(
        "raising the epoch is written with its revocation",
        "core/src/auth.rs",
        "raised.then(||",
        "(raised && false).then(||",
        FLOWS,
    ),
    without(
        "a revocation lives as long as a token minted before it",
        "core/src/revocation/mod.rs",
        "until: now.plus(access).plus(SLACK)",
        "until: now.plus(SLACK)",
        FLOWS,
    ),
    without(
        "a session's revocation concerns it",
        SET,
        "\n            || self.sessions.contains_key(&session)",
        "",
        CORE,
    ),
    without(
        "an account's revocation concerns its older tokens",
        SET,
        "epoch < raised.epoch && raised.spared",
        "epoch > raised.epoch && raised.spared",
        CORE,
    ),
    without(
        "an account's revocation spares the spared session",
        SET,
        " && raised.spared != Some(session)",
        "",
        CORE,
    ),
    without(
        "no later revocation takes back an earlier one",
        SET,
        "kept.retain(|old| old.spared != spared || old.epoch > epoch || old.until > until);",
        "kept.clear();",
        CORE,
    ),
    without(
        "a revocation is not forgotten early",
        SET,
        "self.sessions.retain(|_, until| now < *until);",
        "self.sessions.clear();",
        CORE,
    ),
    without(
        "whoever reads on from an unknown place is told everything",
        "core/src/revocation/bookmark.rs",
        "is_some_and(|entry| entry.bookmark() == after)",
        "is_some_and(|entry| entry.position == after.position)",
        MEMORY,
    ),
];
