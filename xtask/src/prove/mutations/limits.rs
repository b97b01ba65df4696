//! The rules of identifiers, passwords and guessing.

use super::{CORE, FLOWS, Mutation, without};

const SIGN_IN: &str = "core/src/flow/sign_in.rs";
const SIGN_UP: &str = "core/src/flow/sign_up.rs";
const LIMIT: &str = "core/src/limit/mod.rs";
const IDENTIFIER: &str = "core/src/identifier.rs";
const GUESS: &str = "core/src/password/guess.rs";

pub(super) const RULES: &[Mutation] = &[
    without(
        "a wrong password signs nobody in",
        SIGN_IN,
        "(Some(account), Ok(Checked::Right)) =>",
        "(Some(account), Ok(Checked::Right | Checked::Wrong)) =>",
        FLOWS,
    ),
    without(
        "nobody signs in to a locked account",
        SIGN_IN,
        "account.filter(|account| account.state == State::Active), checked",
        "account.filter(|account| account.state == State::Active || true), checked",
        FLOWS,
    ),
    without(
        "an unknown identifier costs a hash too",
        SIGN_IN,
        "let checked = self.ports.hasher.check(password, against).await;",
        "let checked = match against { None => Ok(Checked::Wrong), against => self.ports.hasher.check(password, against).await };",
        FLOWS,
    ),
    without(
        "guesses are counted",
        SIGN_IN,
        "let attempt = self.count_guess(&identifier, account.as_deref(), address).await?;",
        "let attempt: Vec<Charge> = Vec::new();",
        FLOWS,
    ),
    without(
        "a crowd's guesses at one account are counted",
        SIGN_IN,
        "let all = [near.as_slice(), &[everywhere]].concat();",
        "let all = { let _ = everywhere; near.to_vec() };",
        FLOWS,
    ),
    without(
        "guesses from one address are counted over all accounts",
        SIGN_IN,
        "Charge { bucket: Bucket::address(prefix), limit: limits.address },",
        "",
        FLOWS,
    ),
    without(
        "guesses at one account from one address are counted",
        SIGN_IN,
        "Charge { bucket: Bucket::pair(identifier, prefix), limit: limits.pair },",
        "",
        FLOWS,
    ),
    without(
        "a crowd does not keep the owner out",
        SIGN_IN,
        "Taken::Nothing { .. } if self.is_familiar(account, prefix).await? => {",
        "Taken::Nothing { .. } if self.is_familiar(account, prefix).await? && false => {",
        FLOWS,
    ),
    without(
        "only where the owner came from is familiar",
        SIGN_IN,
        "sessions.iter().any(|session| Prefix::of(session.client.address) == prefix)",
        "sessions.iter().any(|session| Prefix::of(session.client.address) == prefix || true)",
        FLOWS,
    ),
    without(
        "guesses at the current password are counted",
        "core/src/flow/own_account.rs",
        "let attempt = self.count_guess(&account.identifier, Some(account), address).await?;",
        "let attempt: Vec<crate::limit::Charge> = { let _ = address; Vec::new() };",
        FLOWS,
    ),
    without(
        "asking for names that are taken is counted",
        SIGN_UP,
        "let attempt = self.count_address(client.address).await?;",
        "let attempt: Vec<crate::limit::Charge> = { let _ = client; Vec::new() };",
        FLOWS,
    ),
    without(
        "a closed server makes no accounts",
        SIGN_UP,
        "if self.rules.sign_up == SignUp::Closed {",
        "if self.rules.sign_up == SignUp::Closed && false {",
        FLOWS,
    ),
    without(
        "an empty bucket lets no attempt through",
        LIMIT,
        "if over.is_zero() { Ok(full_at) }",
        "if over.is_zero() || true { Ok(full_at) }",
        CORE,
    ),
    without(
        "a clock that was set back locks nobody out",
        LIMIT,
        "full_at.clamp(now, now.plus(self.fills_in()))",
        "full_at.max(now)",
        CORE,
    ),
    without(
        "an IPv6 neighbourhood is one party",
        LIMIT,
        "(u128::from(v6) & !u128::from(u64::MAX)).into()",
        "u128::from(v6).into()",
        CORE,
    ),
    without(
        "an identifier hides nothing",
        IDENTIFIER,
        "_ if canonical.chars().any(invisible) => Err(BadIdentifier::Invisible),",
        "",
        CORE,
    ),
    without(
        "identifiers that differ in case are one",
        IDENTIFIER,
        "caseless::default_case_fold_str(&normal)",
        "normal.clone()",
        CORE,
    ),
    without(
        "a short password is refused",
        GUESS,
        "if password.reveal().len() < min {",
        "if password.reveal().len() < min && false {",
        CORE,
    ),
    without(
        "no configuration allows fewer than eight bytes",
        GUESS,
        "about.min_length.max(MIN_BYTES)",
        "about.min_length.max(1)",
        CORE,
    ),
    without(
        "a password that names its owner is refused",
        GUESS,
        "if names_its_owner(password, &about.identifier) {",
        "if names_its_owner(password, &about.identifier) && false {",
        CORE,
    ),
    without(
        "a password that is easy to guess is refused",
        GUESS,
        "Score::Three | Score::Four => Ok(()),",
        "_ if password.reveal().len() > 7 => Ok(()),",
        CORE,
    ),
    without(
        "a CSRF token is of one session",
        "core/src/csrf.rs",
        "self.tag(b\"session\\0\", session.as_bytes())",
        "{ let _ = session; self.tag(b\"session\\0\", b\"\") }",
        CORE,
    ),
    without(
        "a CSRF token is compared",
        "core/src/csrf.rs",
        "token.0.as_bytes().ct_eq(presented.as_bytes()).into()",
        "{ let _ = (token, presented); true }",
        CORE,
    ),
    without(
        "a form's token is no session's token",
        "core/src/csrf.rs",
        "self.tag(b\"form\\0\", cookie)",
        "self.tag(b\"session\\0\", cookie)",
        CORE,
    ),
];
