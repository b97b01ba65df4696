//! The rules of those who verify without asking, and of permissions.

use super::{GUARD, Mutation, PERMIT, REQUESTS, TOKEN, VERIFIER, without};

const GUARD_VERIFIER: &str = "guard/src/verifier/mod.rs";
const VERIFY: &str = "core/src/flow/verify.rs";
const CALLER: &str = "guard/src/verifier/caller.rs";
const FOLLOWER: &str = "guard/src/verifier/follower.rs";
const VIEW: &str = "guard/src/verifier/view.rs";
const PERMIT_RULES: &str = "permit/src/rules.rs";
const PERMITS: &str = "permit/src/permit.rs";

pub(super) const RULES: &[Mutation] = &[
    without(
        "a revoked token is refused",
        GUARD_VERIFIER,
        "if known.is_revoked(&self.view) {",
        "if known.is_revoked(&self.view) && false {",
        VERIFIER,
    ),
    without(
        "a view that is too old refuses",
        GUARD_VERIFIER,
        "if young { Ok(()) }",
        "if young || true { Ok(()) }",
        VERIFIER,
    ),
    without(
        "a remembered token still needs its key",
        GUARD_VERIFIER,
        "Some(known) if known.is_under(self.keys.generation()) => Ok(known),",
        "Some(known) if known.is_under(self.keys.generation()) || true => Ok(known),",
        VERIFIER,
    ),
    without(
        "an issuer that is asked answers for the token's roles",
        GUARD_VERIFIER,
        "Some(Answer::Live { roles }) if known.has(&roles) => {",
        "Some(Answer::Live { roles }) if known.has(&roles) || true => {",
        VERIFIER,
    ),
    without(
        "a remembered token expires",
        CALLER,
        "if self.expires_at <= now.minus(leeway) {",
        "if self.expires_at <= now.minus(leeway) && false {",
        VERIFIER,
    ),
    without(
        "a remembered token is looked up again after news",
        CALLER,
        "if self.clear_in.load(Ordering::Relaxed) == generation {",
        "if self.clear_in.load(Ordering::Relaxed) != u64::MAX {",
        VERIFIER,
    ),
    without(
        "a remembered token is compared as a whole",
        "guard/src/verifier/cache.rs",
        "self.0 == &**key.0",
        "self.0.as_bytes().last_chunk::<16>() == key.0.as_bytes().last_chunk::<16>()",
        VERIFIER,
    ),
    without(
        "a token that the server remembers is read again when its time or its key is over",
        "guard/src/guard.rs",
        ".filter(|access| auth.still_reads(access))",
        "",
        REQUESTS,
    ),
    without("a token that the server remembers expires", VERIFY, "now < access.expires_at && ", "", REQUESTS),
    without(
        "a token that the server remembers is not from the future",
        VERIFY,
        " && access.issued_at <= now.plus(CLOCKS_APART)",
        "",
        REQUESTS,
    ),
    without(
        "a token that the server remembers needs its key",
        VERIFY,
        "in_time && access.keys == self.keyring.generation()",
        "in_time",
        REQUESTS,
    ),
    without(
        "a token that the server remembers needs its session",
        VERIFY,
        " && session.is_live(now)",
        "",
        REQUESTS,
    ),
    without(
        "keys that are others are a new generation",
        "core/src/keyring.rs",
        "u64::from(changed)",
        "u64::from(changed && false)",
        REQUESTS,
    ),
    without(
        "a feed whose position goes back is dropped",
        FOLLOWER,
        "if position < self.place.position() {",
        "if position < self.place.position() && false {",
        VERIFIER,
    ),
    without(
        "a heartbeat proves the view as of its sending",
        FOLLOWER,
        "self.shared.view.prove(as_of, now);",
        "self.shared.view.prove(now.steady, now);",
        VERIFIER,
    ),
    without(
        "reading on begins before where one was",
        FOLLOWER,
        "old.map_or(Bookmark::START, |(_, place)| *place)",
        "self.marks.back().or(old).map_or(Bookmark::START, |(_, place)| *place)",
        GUARD,
    ),
    without(
        "a revocation is kept as long as it says, and a while",
        VIEW,
        ".clamp(SHORTEST, LONGEST)",
        ".min(Duration::from_secs(1))",
        GUARD,
    ),
    without(
        "a view is as old as the older clock says",
        VIEW,
        "Some(steady.max(wall))",
        "Some(steady.min(wall))",
        GUARD,
    ),
    without(
        "two Authorization headers are no bearer token",
        "guard/src/verifier/bearer.rs",
        "let (Some(header), None) = (found.next(), found.next()) else { return None };",
        "let Some(header) = found.next() else { return None };",
        GUARD,
    ),
    without(
        "an issuer is asked for its keys in no storm",
        "guard/src/verifier/keys.rs",
        "self.begun_at.is_none_or(|at| now.saturating_sub(at) >= apart)",
        "{ let _ = (now, apart); true }",
        VERIFIER,
    ),
    without(
        "a shared secret is never published",
        "core/src/token/verifying_key.rs",
        "check, public: None }",
        "check, public: Some(PublicKey::Ed25519 { x: [0; 32] }) }",
        TOKEN,
    ),
    without(
        "what no policy permits is denied",
        PERMIT_RULES,
        "Effect::Deny => Reason::NotPermitted,",
        "Effect::Deny => Reason::Allowed,",
        PERMIT,
    ),
    without(
        "what a policy forbids is denied",
        PERMIT_RULES,
        "=> Reason::Forbidden,",
        "=> Reason::Allowed,",
        PERMIT,
    ),
    without(
        "a policy that fails is a no",
        PERMIT_RULES,
        "_ if failed => Reason::PolicyFailed,",
        "_ if failed && false => Reason::PolicyFailed,",
        PERMIT,
    ),
    without(
        "whoever asks does not set the clock",
        PERMIT_RULES,
        "if let Said::Json(_) = given\n            && action.takes_now",
        "if let Said::Json(_) = given\n            && action.takes_now\n            && false",
        PERMIT,
    ),
    without(
        "an attribute is given once",
        PERMIT_RULES,
        "if let Some(name) = twice(&attributes) {",
        "if let Some(name) = twice(&attributes).filter(|_| false) {",
        PERMIT,
    ),
    without(
        "policies that cannot be used deny everything",
        PERMITS,
        "Verdict::no(Reason::BadPolicies, None)",
        "Verdict::no(Reason::Allowed, None)",
        PERMIT,
    ),
    without(
        "no policies deny everything",
        PERMITS,
        "Verdict::no(Reason::NoPolicies, None)",
        "Verdict::no(Reason::Allowed, None)",
        PERMIT,
    ),
    without("a proof needs a yes", PERMITS, "\n            && verdict.allows()", "", PERMIT),
    without(
        "a proof needs an account",
        PERMITS,
        "if verdict.allows() { Verdict::no(Reason::NoAccount, None) } else { verdict }",
        "verdict",
        PERMIT,
    ),
];
