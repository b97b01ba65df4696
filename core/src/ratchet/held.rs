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

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::SessionId;
    use crate::key::Material;
    use crate::ratchet::{RefreshToken, TagKey};
    use crate::secret::SessionSecret;
    use crate::testing::Dice;

    #[test]
    fn tokens_of_another_session_or_secret_are_left_out() {
        let (dice, key) = (Dice::seeded(1), TagKey::new(&Material(Zeroizing::new(vec![1; 32]))));
        let [mine, other] = [1, 2].map(|byte| SessionId::from_bytes([byte; 16]));
        let (secret, another) = (SessionSecret::generate(&dice), SessionSecret::generate(&dice));
        let token = |session, secret: &SessionSecret, generation| {
            let token = RefreshToken::new(session, secret.clone(), generation, Branch([1; 8]));
            key.read(&key.write(&token)).unwrap()
        };
        let others = [token(mine, &secret, 1), token(other, &secret, 2), token(mine, &another, 3)];
        let held = Held::new(token(mine, &secret, 4), others);
        assert_eq!(held.places().map(|(generation, _)| generation).collect::<Vec<_>>(), [1, 4]);
    }
}
