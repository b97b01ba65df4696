//! Who holds one copy of a session's tokens: an owner's program, another of its copies, or a thief.

use std::sync::Arc;
use std::time::Duration;

use bitjang_core::ratchet::Genuine;
use bitjang_core::{
    Account, Auth, Carrier, Error, Handed, Proof, Session, SessionId, Sessions as _, SignIn, SignedIn,
};

use crate::world::{World, code};

/// One copy of the tokens. Cloning it is what a thief does.
#[derive(Clone)]
pub(crate) struct Holder<'a> {
    pub(crate) world: &'a World,
    pub(crate) session: SessionId,
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) expires_in: Duration,
    carrier: Carrier,
}

impl<'a> Holder<'a> {
    /// The holder of what was given.
    pub(crate) fn of(world: &'a World, given: &SignIn) -> Self {
        let Handed::Tokens(tokens) = &given.handed else { panic!("this session does not travel in tokens") };
        Self {
            world,
            session: given.session.id,
            access: tokens.access.text.to_string(),
            refresh: tokens.refresh.to_string(),
            expires_in: tokens.access.expires_in,
            carrier: given.session.carrier,
        }
    }

    /// The refresh token, read by the server that minted it.
    pub(crate) fn genuine(&self) -> Genuine {
        self.world.auth.read_refresh(&self.refresh).unwrap()
    }

    /// Presents the refresh token, and forgets the answer.
    pub(crate) async fn refresh(&self) -> Result<SignIn, Error> {
        self.refresh_at(&self.world.auth).await
    }

    /// The same, at another server.
    pub(crate) async fn refresh_at(&self, server: &Auth) -> Result<SignIn, Error> {
        server.refresh(&self.genuine().into(), self.carrier).await
    }

    /// Presents the refresh token, and keeps what is given in the place of what it had; how that ended.
    pub(crate) async fn goes_on(&mut self) -> &'static str {
        let answer = self.refresh().await;
        if let Ok(given) = &answer {
            *self = Self::of(self.world, given);
        }
        code(answer)
    }

    /// The holder that this one becomes, which must succeed.
    pub(crate) async fn gone_on(&self) -> Self {
        Self::of(self.world, &self.refresh().await.unwrap())
    }

    /// Asks with the access token.
    pub(crate) async fn verify(&self) -> Result<SignedIn, Error> {
        let proof =
            self.world.auth.read_access(&self.access).expect("an access token of ours, not expired").into();
        self.world.auth.verify(&proof).await
    }

    /// Whether a request with the access token is served.
    pub(crate) async fn is_signed_in(&self) -> bool {
        code(self.verify().await) == "done"
    }

    /// The session and its account, as they are kept.
    pub(crate) async fn kept(&self) -> (Arc<Session>, Arc<Account>) {
        let memory = &self.world.memory;
        memory.with_account(self.session, &**memory).await.unwrap().unwrap()
    }

    /// From now on the server takes both for likely, as they are now.
    pub(crate) async fn is_foreseen(&self) {
        let (session, account) = self.kept().await;
        self.world.script.foresee(session, account);
        self.world.script.calls();
    }

    /// Signs out with the refresh token.
    pub(crate) async fn sign_out(&self) -> Result<(), Error> {
        self.world.auth.sign_out(&Proof::Refresh(self.genuine())).await
    }
}
