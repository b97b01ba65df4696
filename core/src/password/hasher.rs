//! The port to where passwords are judged, hashed and compared. Its promise: it says at once when it has too much to do.

use async_trait::async_trait;

use super::{Password, PasswordHash, Weakness};

/// What a new password is judged against.
#[derive(Clone, Debug)]
pub struct About {
    /// The identifier it will belong to.
    pub identifier: String,
    /// The name of the account.
    pub name: Option<String>,
    /// The shortest that is accepted, in bytes.
    pub min_length: usize,
}

/// Why a new password was not hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declined {
    /// It is too easy to guess.
    Weak(Weakness),
    /// Too much is waiting.
    Busy,
}

/// Too much is waiting to be hashed; nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy;

/// What a comparison found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checked {
    /// It is another password.
    Wrong,
    /// It is the password.
    Right,
    /// It is the password, and here is its hash under the parameters in force.
    Upgrade(PasswordHash),
    /// What was stored is not a hash that can be compared with.
    Unusable,
}

/// Judges, hashes and compares passwords, away from the threads that serve requests.
#[async_trait]
pub trait Hasher: Send + Sync {
    /// Judges a new password and hashes it.
    async fn choose(&self, password: Password, about: About) -> Result<PasswordHash, Declined>;

    /// Compares a password with a hash. `None` stands for an account that does not exist: it is always [`Checked::Wrong`], and costs the same.
    async fn check(&self, password: Password, against: Option<PasswordHash>) -> Result<Checked, Busy>;
}
