//! Each program really does the work that it is measured by: otherwise there is nothing to compare.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::{Contender, Dialect, Handed, Name};
use crate::load::wire::Wire;
use crate::load::{Load, Question};

impl Contender {
    /// Whoever has signed in is known, nobody else is, and nobody who has signed out: an error if it is otherwise.
    pub(super) fn prove(&self, load: &Load) -> Result<()> {
        if self.dialect == Dialect::Hello {
            return Ok(());
        }
        let (_, all) = self.sign_in(load, Duration::ZERO)?;
        load.run(1, |_| self.prove_all(&all)).map(drop)
    }

    async fn prove_all(&self, all: &[Handed]) -> Result<Vec<Duration>> {
        let mut wire = Wire::connect(self.running.port).await?;
        let mut proven = 0;
        for handed in all {
            let by_cookie = handed.cookie.as_ref().map(|cookie| (self.by_cookie(), cookie));
            let by_bearer = handed.bearer.as_ref().map(|token| (self.by_bearer(), token));
            for (question, proof) in by_cookie.into_iter().chain(by_bearer) {
                ensure!(is_known(&mut wire, &question, proof).await?, "somebody who signed in is not known");
                let forged = forged(proof).context("too short to forge")?;
                ensure!(!is_known(&mut wire, &question, &forged).await?, "a stranger is known");
                proven += 1;
            }
            if let Some(cookie) = &handed.cookie {
                wire.ask(&self.sign_out_request(handed)).await?;
                let still = is_known(&mut wire, &self.by_cookie(), cookie).await?;
                // Its documentation says so: a signed cookie is believed for as long as the cache lasts.
                let believes_for_a_while = self.name == Name::BetterAuth("cached");
                ensure!(still == believes_for_a_while, "after sign-out the same cookie is known: {still}");
            }
        }
        ensure!(proven > 0, "it hands out nothing");
        Ok(Vec::new())
    }
}

async fn is_known(wire: &mut Wire, question: &Question, proof: &str) -> Result<bool> {
    Ok(wire.ask(&question.asked_by(proof)).await?.knows_who())
}

/// The same with other characters in the middle of each part: of each cookie, and of each part of a token.
fn forged(proof: &str) -> Option<String> {
    let swap = |letter: char| match letter {
        'a'..='y' | 'A'..='Y' => char::from_u32(u32::from(letter) + 1),
        _ => Some(letter),
    };
    let parts: Vec<_> = proof.split("; ").collect();
    let forged = parts.iter().map(|part| {
        // A token may end in `=`.
        let named = part.split_once('=').filter(|(_, value)| !value.is_empty());
        let (name, value) = named.unwrap_or(("", part));
        let (start, end) = value.split_at_checked(value.len() / 3)?;
        let end: Option<String> = end.chars().map(swap).collect();
        let sign = if name.is_empty() { "" } else { "=" };
        Some(format!("{name}{sign}{start}{}", end?))
    });
    Some(forged.collect::<Option<Vec<_>>>()?.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forged_proof_keeps_its_names() {
        assert_eq!(forged("id=aaa; data=bbb").as_deref(), Some("id=abb; data=bcc"));
        assert_eq!(forged("aaa.aaa=").as_deref(), Some("aab.bbb="));
    }
}
