//! A place in the feed that is recognised again, or not: by what stands there.
//!
//! A number alone would not do. A store that was restored from a backup, or another one at the same address, gives the same numbers to other entries; whoever
//! reads on from such a number misses those before it.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use super::{Entry, Position, Revocation, Revocations, Revoked};
use crate::Failure;
use crate::encoding::{decode, encode};

/// The place right behind an entry; or the beginning, which is so in every feed.
///
/// Written `0`, or as the position and 11 characters that stand for what the entry says, `7-rJq3Gm2hPZk`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bookmark {
    position: Position,
    entry: Print,
}

/// The first 8 bytes of a SHA-256 over everything that an entry says. Session ids and the microseconds of `at` do not come twice.
type Print = [u8; 8];

impl Bookmark {
    /// Before the first entry.
    pub const START: Self = Self { position: Position(0), entry: [0; 8] };

    /// Where it lies among places of the same feed.
    pub const fn position(&self) -> Position {
        self.position
    }
}

impl Entry {
    /// The place right behind it.
    pub fn bookmark(&self) -> Bookmark {
        Bookmark { position: self.position, entry: print(&self.revocation) }
    }
}

fn print(Revocation { of, at, until }: &Revocation) -> Print {
    let mut digest = Sha256::new();
    match of {
        Revoked::Session(session) => digest.update(session.as_bytes()),
        Revoked::Before { account, epoch, spared } => {
            digest.update(account.as_bytes());
            digest.update(epoch.to_be_bytes());
            digest.update(spared.as_ref().map(|session| session.as_bytes().as_slice()).unwrap_or_default());
        }
    }
    for time in [at, until] {
        digest.update(time.as_micros().to_be_bytes());
    }
    digest.finalize().first_chunk().copied().unwrap_or_default()
}

impl fmt::Display for Bookmark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::START => f.write_str("0"),
            Self { position, entry } => write!(f, "{position}-{}", encode(&entry)),
        }
    }
}

/// A text that is no bookmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a place in a feed")]
pub struct NotABookmark;

/// Takes the one spelling that each has.
impl FromStr for Bookmark {
    type Err = NotABookmark;

    fn from_str(text: &str) -> Result<Self, NotABookmark> {
        let read = || {
            let (position, entry) = text.split_once('-')?;
            Some(Self { position: position.parse().ok()?, entry: decode(entry)? })
        };
        let bookmark = if text == "0" { Self::START } else { read().ok_or(NotABookmark)? };
        let agrees = bookmark.to_string() == text && (bookmark == Self::START || bookmark.position.0 > 0);
        agrees.then_some(bookmark).ok_or(NotABookmark)
    }
}

/// A part of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where it begins: where it was asked to, or at the start.
    pub after: Bookmark,
    /// What it says, in order.
    pub entries: Vec<Entry>,
}

impl Part {
    /// Where to read on.
    pub fn end(&self) -> Bookmark {
        self.entries.last().map_or(self.after, Entry::bookmark)
    }
}

impl dyn Revocations + '_ {
    /// Up to `at_most` entries beyond `after`; from the start where the feed has no such place: because it is another feed, one that went back, or because the
    /// entry there has been forgotten since.
    pub async fn read_on(&self, after: Bookmark, at_most: usize) -> Result<Part, Failure> {
        if after != Bookmark::START {
            let before = Position(after.position.0.saturating_sub(1));
            let mut entries = self.after(before, at_most.saturating_add(1)).await?;
            if entries.first().is_some_and(|entry| entry.bookmark() == after) {
                entries.remove(0);
                return Ok(Part { after, entries });
            }
        }
        let entries = self.after(Position::default(), at_most).await?;
        Ok(Part { after: Bookmark::START, entries })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;
    use crate::{AccountId, SessionId};

    fn entry(position: u64, of: Revoked, until: i64) -> Entry {
        Entry { position: Position(position), revocation: Revocation { of, at: at(1), until: at(until) } }
    }

    const ONE: Revoked = Revoked::Session(SessionId::from_bytes([1; 16]));

    #[test]
    fn a_bookmark_is_read_back_as_it_was_written() {
        let bookmark = entry(12, ONE, 9).bookmark();
        assert_eq!(bookmark.to_string(), "12-io0KQHZcWSo");
        assert_eq!(bookmark.to_string().parse(), Ok(bookmark));
        assert_eq!("0".parse(), Ok(Bookmark::START));
        assert_eq!(Bookmark::default(), Bookmark::START);
    }

    #[test]
    fn any_other_text_is_none() {
        let texts = [
            "",
            "x",
            "1",
            "-1",
            "00",
            "0-",
            "0-AAAAAAAAAAA",
            "0-io0KQHZcWSo",
            "12-",
            "12-io0KQHZcWS",
            "012-io0KQHZcWSo",
            "+12-io0KQHZcWSo",
            "12-io0KQHZcWSp",
            "12-io0KQHZcWSo=",
            "12-io0KQHZcWSo ",
            "-io0KQHZcWSo",
            "12_io0KQHZcWSo",
            "18446744073709551616-io0KQHZcWSo",
        ];
        for text in texts {
            assert_eq!(text.parse::<Bookmark>(), Err(NotABookmark), "{text:?}");
        }
    }

    #[test]
    fn entries_that_differ_in_anything_have_different_bookmarks() {
        let account = AccountId::from_bytes([1; 16]);
        let before = |epoch, spared| Revoked::Before { account, epoch, spared };
        let spared = Some(SessionId::from_bytes([2; 16]));
        let mut bookmarks: Vec<_> = [
            entry(1, ONE, 9),
            entry(2, ONE, 9),
            entry(1, ONE, 8),
            entry(1, Revoked::Session(SessionId::from_bytes([2; 16])), 9),
            entry(1, before(1, None), 9),
            entry(1, before(2, None), 9),
            entry(1, before(1, spared), 9),
        ]
        .iter()
        .map(|entry| entry.bookmark().to_string())
        .collect();
        bookmarks.sort();
        bookmarks.dedup();
        assert_eq!(bookmarks.len(), 7);
    }
}
