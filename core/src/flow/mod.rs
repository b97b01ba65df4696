//! The flows, one file each: read, decide, commit. Each changes one record.

mod hand_out;
mod operator;
mod own_account;
mod own_sessions;
mod refresh;
mod service;
mod sign_in;
mod sign_out;
mod sign_up;
mod verify;

pub use hand_out::{AccessToken, Handed, SignIn, Tokens};
pub use operator::{Import, Operator};
pub use own_account::PasswordChange;
pub use service::Service;
pub use sign_in::Credentials;
pub use sign_up::NewAccount;
pub use verify::{Access, Proof, SignedIn};
