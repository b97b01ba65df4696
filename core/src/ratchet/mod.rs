//! The refresh ratchet: a refresh that never logs out an honest client and still catches a thief.
//!
//! A session hands out refresh tokens generation by generation. Whoever presents the same token is given a *sibling*: all siblings of a generation are good until one of them is
//! presented; then the others are dead weight. A program keeps one copy, so it never presents two siblings; a browser keeps every answer and shows all it has ([`Held`]), whatever its
//! tabs, retries and late answers. A thief and an owner each hold their own sibling, so as soon as both go on, the second to come betrays the theft. There is no clock in the decision,
//! and one record per session, for ever.
//!
//! The decision is [`Ratchet::present`], for each token that is shown; `core/tests/ratchet_model.rs` explores it.

mod held;
mod token;

use std::fmt;
use std::str::FromStr;

pub use held::Held;
pub use token::{Genuine, RefreshToken, TagKey};

use crate::encoding::{decode, spell};

/// Which of the tokens of a generation: 64 random bits that name this very token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Branch(pub [u8; 8]);

impl fmt::Display for Branch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(spell(&self.0, &mut [0; 11]))
    }
}

/// A text that names no branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a branch")]
pub struct NotABranch;

impl FromStr for Branch {
    type Err = NotABranch;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        decode(text).map(Self).ok_or(NotABranch)
    }
}

/// What a session remembers of its refresh tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ratchet {
    /// The generation that was last handed out; a sign-in hands out generation 0.
    pub generation: u32,
    /// The token of the generation before that was spent to get there.
    pub spent: Option<Branch>,
}

/// What a genuine token means for the session it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub enum Turn {
    /// The first token of the present generation to come back: commit this ratchet, then hand out a token of its generation.
    Advance(Ratchet),
    /// The very token that was spent last: a racing tab, or an answer that got lost. Hand out another token of the present generation; change nothing.
    Again,
    /// A sibling of the token that was spent last: two holders have both gone on, so one of them is a thief. End the session.
    Fork,
    /// A token from before that: the same.
    Reuse,
    /// A token of a generation that was never handed out, as far as this store knows (it was restored from a backup). Refuse; change nothing.
    Unknown,
}

impl Ratchet {
    /// Decides what presenting this token means. Pure: production and the model both call it.
    pub fn present(&self, generation: u32, branch: Branch) -> Turn {
        match self.generation.checked_sub(generation) {
            None => Turn::Unknown,
            Some(0) => match self.generation.checked_add(1) {
                Some(next) => Turn::Advance(Self { generation: next, spent: Some(branch) }),
                // 4,294,967,295 refreshes, or one a second for 136 years: sign in again.
                None => Turn::Unknown,
            },
            Some(1) if self.spent == Some(branch) => Turn::Again,
            Some(1) => Turn::Fork,
            Some(_) => Turn::Reuse,
        }
    }

    /// Decides what presenting these tokens of one holder means: the best of what each means, and of equals the first, for whoever holds several could have shown any of them.
    ///
    /// A browser's cookie jar may hold several, oldest first: answers that came late, or in another order than they were asked for.
    pub fn present_any(&self, tokens: impl IntoIterator<Item = (u32, Branch)>) -> Turn {
        let turns = tokens.into_iter().map(|(generation, branch)| self.present(generation, branch));
        turns.min_by_key(Turn::rank).unwrap_or(Turn::Unknown)
    }
}

impl Turn {
    /// The lower, the better for who presents the token.
    fn rank(&self) -> u8 {
        match self {
            Self::Advance(_) => 0,
            Self::Again => 1,
            Self::Unknown => 2,
            Self::Fork => 3,
            Self::Reuse => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Branch = Branch([1; 8]);
    const B: Branch = Branch([2; 8]);

    fn check(presented: (u32, Branch), expected: Turn) {
        let ratchet = Ratchet { generation: 7, spent: Some(A) };
        assert_eq!(ratchet.present(presented.0, presented.1), expected, "{presented:?}");
    }

    #[test]
    fn the_table_is_followed_row_by_row() {
        check((7, A), Turn::Advance(Ratchet { generation: 8, spent: Some(A) }));
        check((7, B), Turn::Advance(Ratchet { generation: 8, spent: Some(B) }));
        check((6, A), Turn::Again);
        check((6, B), Turn::Fork);
        check((5, A), Turn::Reuse);
        check((0, B), Turn::Reuse);
        check((8, A), Turn::Unknown);
        check((u32::MAX, A), Turn::Unknown);
    }

    #[test]
    fn several_tokens_mean_the_best_that_one_of_them_means() {
        let ratchet = Ratchet { generation: 7, spent: Some(A) };
        let turned = |branch| Turn::Advance(Ratchet { generation: 8, spent: Some(branch) });
        for (presented, expected) in [
            (&[][..], Turn::Unknown),
            (&[(6, B), (7, A), (7, B)], turned(A)),
            (&[(5, A), (6, A), (7, B), (7, A)], turned(B)),
            (&[(6, B), (6, A), (5, A)], Turn::Again),
            (&[(5, A), (8, A)], Turn::Unknown),
            (&[(5, A), (6, B)], Turn::Fork),
            (&[(5, A), (4, B)], Turn::Reuse),
        ] {
            assert_eq!(ratchet.present_any(presented.iter().copied()), expected, "{presented:?}");
        }
    }

    #[test]
    fn the_first_token_turns_a_new_ratchet() {
        assert_eq!(
            Ratchet::default().present(0, A),
            Turn::Advance(Ratchet { generation: 1, spent: Some(A) })
        );
    }

    #[test]
    fn the_last_generation_is_the_last() {
        let worn_out = Ratchet { generation: u32::MAX, spent: Some(A) };
        assert_eq!(worn_out.present(u32::MAX, B), Turn::Unknown);
    }
}
