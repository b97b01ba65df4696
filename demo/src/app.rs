//! What every handler shares.

use std::ops::Deref;
use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use bitjang_core::Failure;
use bitjang_permit::{May, Permit};

use crate::community::Member;
use crate::exchange::{Exchange, Visitor};
use crate::pages::Pages;
use crate::routes;
use crate::rules::{GiveRoles, Person};
use crate::store::Store;

/// The state of the router. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What an [`App`] is made of.
pub struct Parts {
    /// Who is asking.
    pub exchange: Exchange,
    /// What they may do.
    pub permit: Permit,
    /// What there is.
    pub store: Arc<Store>,
    /// Who gives roles.
    pub office: Box<dyn Office>,
    /// How it looks.
    pub pages: Pages,
}

/// Where roles are given: they are Bitjang's, not ours.
#[async_trait]
pub trait Office: Send + Sync {
    /// Gives a member these roles and no others; uses up the proof that somebody may.
    async fn give_roles(
        &self,
        may: May<GiveRoles, Member>,
        member: &Member,
        roles: &[String],
    ) -> Result<(), Failure>;
}

impl App {
    /// The community of these parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// A visitor, as the policies see them now.
    pub(crate) fn person(&self, visitor: &Visitor) -> Result<Person, Failure> {
        Ok(Person::new(visitor, self.store.is_banned(visitor.caller.account())?))
    }

    /// A visitor or a stranger, as the policies see them now.
    pub(crate) fn anybody(&self, visitor: Option<&Visitor>) -> Result<Person, Failure> {
        visitor.map_or(Ok(Person::STRANGER), |visitor| self.person(visitor))
    }

    /// Every route: the community's own, and those that are passed on to Bitjang.
    pub fn router(self) -> Router {
        routes::router(self)
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
