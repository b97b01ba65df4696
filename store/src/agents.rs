//! What browsers say they are, each text kept once: a million sessions share a few thousand of them, and each text is as long as half a record.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use bitjang_core::Session;

/// How many texts are known at most. Beyond that all are forgotten, and whoever has one keeps it.
const MOST: usize = 4_096;

/// The texts that records in memory share.
#[derive(Default)]
pub(crate) struct Agents(Mutex<HashSet<Arc<str>>>);

impl Agents {
    /// The session, with a text that others have too where there is one.
    pub(crate) fn share(&self, mut session: Session) -> Session {
        session.client.agent = session.client.agent.map(|agent| self.known(agent));
        session
    }

    fn known(&self, agent: Arc<str>) -> Arc<str> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get(&agent) {
            return Arc::clone(known);
        }
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(Arc::clone(&agent));
        agent
    }
}

#[cfg(test)]
mod tests {
    use bitjang_core::session::contract::session;
    use bitjang_core::testing::Dice;
    use bitjang_core::{AccountId, Client};

    use super::*;

    fn saying(agent: &str) -> Session {
        let session = session(AccountId::from_bytes([1; 16]), 10, &Dice::seeded(1));
        Session { client: Client::new(Some(agent), session.client.address), ..session }
    }

    fn text(session: &Session) -> &Arc<str> {
        session.client.agent.as_ref().unwrap()
    }

    #[test]
    fn two_sessions_that_say_the_same_share_a_text_and_others_do_not() {
        let agents = Agents::default();
        let [one, same, other] = ["Firefox", "Firefox", "Safari"].map(|agent| agents.share(saying(agent)));
        assert!(Arc::ptr_eq(text(&one), text(&same)));
        assert_eq!((&**text(&one), &**text(&other)), ("Firefox", "Safari"));
    }

    #[test]
    fn whoever_makes_up_a_text_for_each_session_fills_no_memory_with_it() {
        let agents = Agents::default();
        for number in 0..3 * MOST {
            let session = agents.share(saying(&format!("made up {number}")));
            assert_eq!(**text(&session), *format!("made up {number}"));
        }
        assert!(agents.0.lock().unwrap().len() <= MOST);
    }
}
