//! What one holder shows of a session's refresh tokens: a program one, a browser's cookie jar perhaps several.

use super::{Branch, Genuine};

/// The refresh tokens that came with one request: the newest, and others of the same session.
#[derive(Clone, Debug)]
pub struct Held {
    newest: Genuine,
    /// Oldest first.
    others: Vec<Genuine>,
}

impl Held {
    /// `newest`, and those of `others`, oldest first, that are of its session and know its secret.
    pub fn new(newest: Genuine, others: impl IntoIterator<Item = Genuine>) -> Self {
        let secret = newest.secret().hash();
        let same = |other: &Genuine| other.session() == newest.session() && secret.matches(other.secret());
        let others = others.into_iter().filter(same).collect();
        Self { newest, others }
    }

    /// The token that was answered last.
    pub fn newest(&self) -> &Genuine {
        &self.newest
    }

    /// Generation and branch of each, oldest first.
    pub fn places(&self) -> impl Iterator<Item = (u32, Branch)> {
        self.others.iter().chain([&self.newest]).map(|token| (token.generation(), token.branch()))
    }
}

impl From<Genuine> for Held {
    fn from(token: Genuine) -> Self {
        Self { newest: token, others: Vec::new() }
    }
}
