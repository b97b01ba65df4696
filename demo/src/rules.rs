//! Who may do what, as `bitjang-permit` is told: the policies of `policies/`, who asks, what is done, and to what.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bitjang_core::{AccountId, Clock, Revision, Time};
use bitjang_guard::Problem;
use bitjang_permit::{Action, Attributes, BadPolicies, May, Permit, Resource, Rules, Sources, Value, Who};

use crate::app::App;
use crate::community::{Comment, CommentId, Member, Post, PostId};
use crate::exchange::Visitor;

/// The policies, their schema, and the cases that they are held against.
pub fn sources() -> Sources {
    Sources::default()
        .with("community.cedarschema", include_str!("../policies/community.cedarschema"))
        .with("community.cedar", include_str!("../policies/community.cedar"))
        .with("community.cases.toml", include_str!("../policies/community.cases.toml"))
}

/// Decides by the policies of the community.
pub fn permit() -> Result<Permit, BadPolicies> {
    Ok(Permit::by(Rules::parse(&sources())?, Arc::new(Now)))
}

/// The clock of this machine, for policies that ask for the time.
struct Now;

impl Clock for Now {
    fn now(&self) -> Time {
        #[expect(clippy::disallowed_methods, reason = "everybody else is handed this clock")]
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Time::from_micros(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
    }
}

impl App {
    /// Proof that this person may do `A` to `thing`. Why not is for the operator: the client is told that it is not allowed, and no more.
    pub(crate) fn may<A: Action, R: Resource>(
        &self,
        person: &Person,
        thing: &R,
    ) -> Result<May<A, R>, Problem> {
        self.permit.may(person, thing).map_err(|denied| {
            tracing::info!(decision = %denied.decision(), "denied");
            Problem::forbidden()
        })
    }

    /// Whether they may: for what a page shows, never for what a handler does.
    pub(crate) fn allows<A: Action, R: Resource>(&self, person: &Person, thing: &R) -> bool {
        self.permit.allows::<A, R>(person, thing)
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

impl<'p> From<&'p Person> for Who<'p> {
    fn from(person: &'p Person) -> Self {
        match person.account {
            Some(account) => Self::of(account, person.roles.iter().map(String::as_str))
                .knowing(Attributes::default().flag("banned", person.is_banned)),
            None => Self::stranger(),
        }
    }
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

/// The community as a whole: what a new post is written in.
#[derive(Clone, Copy, Debug)]
pub struct Community;

impl Resource for Community {
    const TYPE: &'static str = "Community";
    type Id = &'static str;

    fn id(&self) -> &'static str {
        "community"
    }

    fn revision(&self) -> Revision {
        Revision::FIRST
    }

    fn attributes(&self) -> Attributes {
        Attributes::default()
    }
}

impl Resource for Post {
    const TYPE: &'static str = "Post";
    type Id = PostId;

    fn id(&self) -> PostId {
        self.id
    }

    fn revision(&self) -> Revision {
        Revision(self.revision)
    }

    fn attributes(&self) -> Attributes {
        Attributes::default().account("owner", self.author).flag("draft", self.draft)
    }
}

impl Resource for Comment {
    const TYPE: &'static str = "Comment";
    type Id = CommentId;

    fn id(&self) -> CommentId {
        self.id
    }

    fn revision(&self) -> Revision {
        Revision(self.revision)
    }

    fn attributes(&self) -> Attributes {
        Attributes::default().account("owner", self.author)
    }
}

impl Resource for Member {
    const TYPE: &'static str = "Member";
    type Id = AccountId;

    fn id(&self) -> AccountId {
        self.account
    }

    fn revision(&self) -> Revision {
        Revision::FIRST
    }

    fn attributes(&self) -> Attributes {
        let roles = self.roles.iter().cloned().map(Value::Text).collect();
        Attributes::default().account("account", self.account).with("roles", Value::Set(roles))
    }
}
