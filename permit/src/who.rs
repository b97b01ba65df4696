//! Whom a question is about.

use bitjang_core::{AccountId, Principal};

use crate::rules::About;
use crate::{Reason, Said};

/// Whoever asks, with what policies may know of them: an account with its roles and the groups an app puts it into, or a stranger; and attributes of the app's own.
///
/// Any [`Principal`] becomes one by itself: `permit.may::<Delete, _>(&signed_in, &post)`.
#[derive(Clone, Debug)]
pub struct Who<'p> {
    pub(crate) account: Option<AccountId>,
    pub(crate) roles: Vec<&'p str>,
    pub(crate) groups: Vec<&'p str>,
    pub(crate) said: Said,
}

impl<'p, P: Principal> From<&'p P> for Who<'p> {
    fn from(principal: &'p P) -> Self {
        Self::of(principal.account_id(), principal.roles())
    }
}

impl<'p> Who<'p> {
    /// The account with these roles: for a question about somebody else, where no proof is at hand.
    pub fn of(account: AccountId, roles: impl IntoIterator<Item = &'p str>) -> Self {
        Self { account: Some(account), roles: roles.into_iter().collect(), ..Self::stranger() }
    }

    /// Somebody who is not signed in: `Stranger::"stranger"`, where the schema has that type. They may be allowed things, but no [`May`](crate::May) is made for them: a
    /// proof names an account.
    pub fn stranger() -> Self {
        Self { account: None, roles: Vec::new(), groups: Vec::new(), said: Said::default() }
    }

    /// As a member of this group of the app.
    #[must_use]
    pub fn in_group(mut self, group: &'p str) -> Self {
        self.groups.push(group);
        self
    }

    /// As the very thing that the question is about: what is said of it is said of them.
    pub(crate) fn being(self, about: About<'_>) -> Result<Self, (Reason, String)> {
        let twice = || (Reason::BadResource, "it is whoever asks, of whom something else is said".to_owned());
        let said = self.said.clone().and(about.said).ok_or_else(twice)?;
        Ok(Self { said, ..self })
    }

    /// With what the app knows of them, as the schema declares it, in place of what was said before.
    #[must_use]
    pub fn knowing(self, said: impl Into<Said>) -> Self {
        Self { said: said.into(), ..self }
    }
}
