//! The proof that somebody may do something to a thing, as it was when that was decided.

use std::fmt;
use std::marker::PhantomData;

use bitjang_core::{AccountId, Revision};

use crate::{Attributes, Decision};

/// Something that can be done, as the policies call it: `Action::"delete"`.
pub trait Action {
    /// Its name.
    const NAME: &'static str;
}

/// Something that it can be done to.
pub trait Resource {
    /// Its type, as the schema calls it.
    const TYPE: &'static str;
    /// What tells it from others of its type.
    type Id: fmt::Display;

    /// Its id.
    fn id(&self) -> Self::Id;

    /// How often it has been written; for what is never written, [`Revision::FIRST`].
    fn revision(&self) -> Revision;

    /// What policies may look at.
    fn attributes(&self) -> Attributes;
}

/// Proof that this account may do `A` to this very `R`, as of this revision of it. Only [`Permit::may`](crate::Permit::may) makes one.
///
/// Whatever acts takes it, by value, and acts `WHERE id = … AND revision = …`: then a handler that forgets to ask does not compile, and a decision about what
/// has changed since does nothing.
///
/// It cannot be made by anybody else:
/// ```compile_fail,E0451
/// # use bitjang_permit::{Action, May, Resource};
/// fn forged<A: Action, R: Resource>(account: bitjang_core::AccountId, id: R::Id) -> May<A, R> {
///     May { account, id, revision: bitjang_core::Revision(1), of: std::marker::PhantomData }
/// }
/// ```
/// nor used twice:
/// ```compile_fail,E0382
/// # use bitjang_permit::{Action, May, Resource};
/// # fn act<A: Action, R: Resource>(_: May<A, R>) {}
/// fn twice<A: Action, R: Resource>(may: May<A, R>) {
///     act(may);
///     act(may);
/// }
/// ```
/// nor cloned:
/// ```compile_fail,E0599
/// # use bitjang_permit::{Action, May, Resource};
/// fn two<A: Action, R: Resource>(may: &May<A, R>) -> May<A, R> {
///     may.clone()
/// }
/// ```
/// nor used for another action, or another type of thing:
/// ```compile_fail,E0308
/// # use bitjang_permit::{Action, May, Resource};
/// fn delete<Edit: Action, Delete: Action, R: Resource>(may: May<Edit, R>) -> May<Delete, R> {
///     may
/// }
/// ```
/// ```compile_fail,E0308
/// # use bitjang_permit::{Action, May, Resource};
/// fn delete<A: Action, Post: Resource, Comment: Resource>(may: May<A, Post>) -> May<A, Comment> {
///     may
/// }
/// ```
#[must_use = "it is of no use until something that acts is given it"]
pub struct May<A: Action, R: Resource> {
    account: AccountId,
    id: R::Id,
    revision: Revision,
    of: PhantomData<fn() -> (A, R)>,
}

impl<A: Action, R: Resource> May<A, R> {
    pub(crate) fn new(account: AccountId, thing: &R) -> Self {
        Self { account, id: thing.id(), revision: thing.revision(), of: PhantomData }
    }

    /// Who may.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// To which.
    pub fn id(&self) -> &R::Id {
        &self.id
    }

    /// As of which revision of it.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Who, to which, as of which revision.
    pub fn into_parts(self) -> (AccountId, R::Id, Revision) {
        (self.account, self.id, self.revision)
    }
}

impl<A: Action, R: Resource> fmt::Debug for May<A, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "May({} {} {}::{:?})", self.account, A::NAME, R::TYPE, self.id.to_string())
    }
}

/// A no. Prints as that and no more: the reason is in the decision, for the operator. A client is told 403, or 404 where it may not even know of the thing.
#[derive(Debug, thiserror::Error)]
#[error("not allowed")]
pub struct Denied(Box<Decision>);

impl Denied {
    pub(crate) fn by(decision: Decision) -> Self {
        Self(Box::new(decision))
    }

    /// Why.
    pub fn decision(&self) -> &Decision {
        &self.0
    }
}
