//! Who may do what: the policies of `policies/` decide, and what they allow becomes a proof that nothing but [`Rules::may`] makes.

mod decision;
#[cfg(test)]
mod tests;

use std::fmt::Display;
use std::marker::PhantomData;

use bitjang_core::AccountId;
use bitjang_guard::Problem;

use crate::community::{Comment, CommentId, Member, Post, PostId};
use crate::exchange::Visitor;

pub use decision::{BadPolicies, Deciding, Decision, Rules};

/// Proof that an account may do `A` to one thing of type `R`, as it was at one revision. A call of the store that acts uses it up.
///
/// ```compile_fail
/// # use bitjang_demo::rules::*; use bitjang_demo::community::*;
/// fn twice(may: May<Delete, Post>) -> [May<Delete, Post>; 2] { [may.clone(), may] }
/// ```
/// ```compile_fail
/// # use bitjang_demo::rules::*; use bitjang_demo::{community::*, store::Store};
/// fn another_action(store: &Store, may: May<Edit, Post>) { store.delete_post(may); }
/// ```
/// ```compile_fail
/// # use bitjang_demo::rules::*; use bitjang_demo::{community::*, store::Store};
/// fn another_thing(store: &Store, may: May<Delete, Comment>) { store.delete_post(may); }
/// ```
/// ```
/// # use bitjang_demo::rules::*; use bitjang_demo::{community::*, store::Store};
/// fn as_it_says(store: &Store, may: May<Delete, Post>) { let _ = store.delete_post(may); }
/// ```
#[must_use]
#[derive(Debug)]
pub struct May<A, R: Thing> {
    account: AccountId,
    id: R::Id,
    revision: u64,
    action: PhantomData<A>,
}

impl<A, R: Thing> May<A, R> {
    /// Uses it up: who may, to which thing, as it was at which revision.
    pub fn into_parts(self) -> (AccountId, R::Id, u64) {
        (self.account, self.id, self.revision)
    }
}

/// Whoever asks, as the policies see them.
#[derive(Clone, Debug)]
pub struct Person {
    account: Option<AccountId>,
    roles: Vec<String>,
    is_banned: bool,
}

impl Person {
    /// Somebody who is not signed in.
    pub const STRANGER: Self = Self { account: None, roles: Vec::new(), is_banned: false };

    /// A visitor: account and roles by their token, the ban by our own table.
    pub(crate) fn new(visitor: &Visitor, is_banned: bool) -> Self {
        let roles = visitor.caller.roles().map(str::to_owned).collect();
        Self { account: Some(visitor.caller.account()), roles, is_banned }
    }

    /// A member, as our own tables know them.
    pub(crate) fn member(member: &Member) -> Self {
        Self { account: Some(member.account), roles: member.roles.clone(), is_banned: member.is_banned }
    }

    /// Whether they are banned from writing.
    pub fn is_banned(&self) -> bool {
        self.is_banned
    }

    /// Who they are; nothing for strangers.
    pub fn account(&self) -> Option<AccountId> {
        self.account
    }

    /// Whether they are trusted with `role`.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|had| had == role)
    }
}

/// Something that can be done. Its name is the one in the policies.
pub trait Action {
    /// As the policies spell it.
    const NAME: &'static str;
}

/// Writes down an action.
macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident = $name:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $action {}

        impl Action for $action {
            const NAME: &'static str = $name;
        }
    )+};
}

actions! {
    /// See a post.
    Read = "read";
    /// Write a new post.
    Write = "write";
    /// Replace a post's text.
    Edit = "edit";
    /// Comment on a post.
    Remark = "remark";
    /// Delete a post or a comment.
    Delete = "delete";
    /// See what moderators see.
    Moderate = "moderate";
    /// Ban a member, or let them back.
    Ban = "ban";
    /// Say what a member is trusted with.
    GiveRoles = "give_roles";
}

/// Something that things are done to.
pub trait Thing {
    /// Its type, as the policies spell it.
    const TYPE: &'static str;
    /// What its name is made of.
    type Id: Copy + Display + std::fmt::Debug;

    /// Its name.
    fn id(&self) -> Self::Id;

    /// How often it has been written.
    fn revision(&self) -> u64;

    /// What the policies may ask about it.
    fn attributes(&self) -> Vec<(&'static str, Attribute<'_>)>;
}

/// What is said of a thing.
#[derive(Clone, Copy, Debug)]
pub enum Attribute<'a> {
    /// An account.
    Account(AccountId),
    /// Yes or no.
    Flag(bool),
    /// Some words.
    Words(&'a [String]),
}

/// The community as a whole: what a new post is written in.
#[derive(Clone, Copy, Debug)]
pub struct Community;

impl Thing for Community {
    const TYPE: &'static str = "Community";
    type Id = &'static str;

    fn id(&self) -> &'static str {
        "community"
    }

    fn revision(&self) -> u64 {
        1
    }

    fn attributes(&self) -> Vec<(&'static str, Attribute<'_>)> {
        Vec::new()
    }
}

impl Thing for Post {
    const TYPE: &'static str = "Post";
    type Id = PostId;

    fn id(&self) -> PostId {
        self.id
    }

    fn revision(&self) -> u64 {
        self.revision
    }

    fn attributes(&self) -> Vec<(&'static str, Attribute<'_>)> {
        vec![("owner", Attribute::Account(self.author)), ("draft", Attribute::Flag(self.draft))]
    }
}

impl Thing for Comment {
    const TYPE: &'static str = "Comment";
    type Id = CommentId;

    fn id(&self) -> CommentId {
        self.id
    }

    fn revision(&self) -> u64 {
        self.revision
    }

    fn attributes(&self) -> Vec<(&'static str, Attribute<'_>)> {
        vec![("owner", Attribute::Account(self.author))]
    }
}

impl Thing for Member {
    const TYPE: &'static str = "Member";
    type Id = AccountId;

    fn id(&self) -> AccountId {
        self.account
    }

    fn revision(&self) -> u64 {
        1
    }

    fn attributes(&self) -> Vec<(&'static str, Attribute<'_>)> {
        vec![("account", Attribute::Account(self.account)), ("roles", Attribute::Words(&self.roles))]
    }
}

/// The policies said no. Why is for the operator: the client is told that it is not allowed, and no more.
#[derive(Debug)]
pub struct Denied(pub Decision);

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        tracing::info!(decision = %denied.0, "denied");
        Self::forbidden()
    }
}

impl Rules {
    /// Proof that this person may do `A` to `thing`, if the policies say so.
    pub fn may<A: Action, R: Thing>(&self, person: &Person, thing: &R) -> Result<May<A, R>, Denied> {
        let decision = self.decide::<A, R>(person, thing);
        match person.account {
            Some(account) if decision.is_allowed() => {
                Ok(May { account, id: thing.id(), revision: thing.revision(), action: PhantomData })
            }
            _ => Err(Denied(decision)),
        }
    }

    /// Whether they may: for what a page shows, never for what a handler does.
    pub fn allows<A: Action, R: Thing>(&self, person: &Person, thing: &R) -> bool {
        self.decide::<A, R>(person, thing).is_allowed()
    }
}
