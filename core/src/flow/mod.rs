//! The flows, one file each: read, decide, commit. Each changes one record.

mod operator;
mod own_account;
mod own_sessions;
mod sign_in;
mod sign_out;
mod sign_up;
mod verify;

pub use operator::{Import, Operator};
pub use own_account::PasswordChange;
pub use sign_in::{Credentials, SignIn};
pub use sign_up::NewAccount;
pub use verify::SignedIn;
