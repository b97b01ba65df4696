//! May this account do that to this thing? Policies one can read, a type one cannot forget, an answer one can explain.
//!
//! ```
//! use bitjang_core::{AccountId, Principal, Revision};
//! use bitjang_permit::{Action, Attributes, May, Permit, Resource, Sources};
//!
//! struct Post { id: i64, author: AccountId, revision: Revision }
//!
//! impl Resource for Post {
//!     const TYPE: &'static str = "Post";
//!     type Id = i64;
//!     fn id(&self) -> i64 { self.id }
//!     fn revision(&self) -> Revision { self.revision }
//!     fn attributes(&self) -> Attributes { Attributes::default().account("owner", self.author) }
//! }
//!
//! struct Delete;
//! impl Action for Delete {
//!     const NAME: &'static str = "delete";
//! }
//!
//! /// Cannot be called for a stranger, nor for somebody else's post: only `permit` makes a `May`.
//! fn delete(may: May<Delete, Post>) -> String {
//!     format!("DELETE FROM post WHERE id = {} AND revision = {}", may.id(), may.revision().0)
//! }
//!
//! # fn a_handler(who: &impl Principal, post: &Post, permit: &Permit) -> Result<String, bitjang_permit::Denied> {
//! Ok(delete(permit.may::<Delete, _>(who, post)?))
//! # }
//! ```
//!
//! [`Permit::open`] reads a folder of `*.cedar` and `*.cedarschema`, once. Whatever goes wrong, with the policies or with a question, is a no, with a
//! reason for the operator ([`Decision`]) that a client is not told.

mod attributes;
mod cases;
mod decision;
mod fault;
mod may;
mod permit;
mod rules;
mod sources;
mod who;

pub use attributes::{Attributes, Said, Value};
pub use cases::{BadCases, Case, Cases, Expected, Outcome};
pub use decision::{Decision, Policy, Reason};
pub use fault::{BadPolicies, Fault};
pub use may::{Action, Denied, May, Resource};
pub use permit::{Permit, Thing};
pub use rules::Rules;
pub use sources::Sources;
pub use who::Who;
