//! Whoever asks to do something, proven: what permissions are decided by.

use crate::{AccountId, SignedIn};

/// An account that has proven that it asks, and what it is trusted with as far as that proof knows.
///
/// Implemented by every proof: [`SignedIn`] knows the roles of this moment, an access token those of its minting (a change of roles ends it). Whoever
/// implements it for a type of their own vouches for what it says.
pub trait Principal {
    /// Who.
    fn account_id(&self) -> AccountId;

    /// What the account is trusted with.
    fn roles(&self) -> impl Iterator<Item = &str>;
}

impl Principal for SignedIn {
    fn account_id(&self) -> AccountId {
        self.account().id
    }

    fn roles(&self) -> impl Iterator<Item = &str> {
        self.account().roles.as_slice().iter().map(String::as_str)
    }
}
