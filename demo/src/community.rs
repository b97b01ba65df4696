//! What the community is made of: members, posts, comments.

use std::fmt;
use std::str::FromStr;

use bitjang_core::AccountId;
use serde::Serialize;

/// Somebody who has been here. Their name and roles are as Bitjang last told them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The account at Bitjang: all that links the two.
    pub account: AccountId,
    /// What they type to sign in. Not for other members' eyes: it may be an e-mail address.
    pub identifier: String,
    /// What others call them.
    pub name: String,
    /// What they are trusted with.
    pub roles: Vec<String>,
    /// Whether they are banned from writing here.
    pub is_banned: bool,
}

/// Writes down an id of a kind: a positive number, and the only spelling of it that a path may have.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub struct $name(pub i64);

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                id(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// The id of a post.
    PostId;
    /// The id of a comment.
    CommentId;
}

/// A text that is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnId;

/// `7`, but not `+7`, `07` or `-7`: one thing has one address.
fn id(text: &str) -> Result<i64, NotAnId> {
    let plain = text.starts_with(|first| ('1'..='9').contains(&first));
    text.parse().ok().filter(|_| plain).ok_or(NotAnId)
}

/// A post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Its name in paths.
    pub id: PostId,
    /// Who wrote it.
    pub author: AccountId,
    /// What they are called.
    pub author_name: String,
    /// One line.
    pub title: String,
    /// Anything at all: pages escape it.
    pub body: String,
    /// Whether it is for its author's eyes only, and the moderators'.
    pub draft: bool,
    /// RFC 3339, in UTC.
    pub created_at: String,
    /// How often it has been written.
    pub revision: u64,
}

/// A comment on a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Its name in paths.
    pub id: CommentId,
    /// On what.
    pub post: PostId,
    /// Who wrote it.
    pub author: AccountId,
    /// What they are called.
    pub author_name: String,
    /// Anything at all: pages escape it.
    pub body: String,
    /// RFC 3339, in UTC.
    pub created_at: String,
    /// How often it has been written.
    pub revision: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        assert_eq!("7".parse(), Ok(PostId(7)));
        for other in ["", "0", "07", "+7", "-7", " 7", "7 ", "7.0", "0x7", "٧", "9223372036854775808"] {
            assert_eq!(other.parse::<PostId>(), Err(NotAnId), "{other:?}");
        }
    }
}
