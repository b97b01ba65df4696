//! What the operator may ask for, as data: answered in this process, or by the server that holds the data folder.

mod console;
mod import;
mod socket;

pub use console::Console;
pub use socket::{Remote, Socket};

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

/// Something that the operator asks for.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Make an account.
    Add {
        /// What its owner types to sign in.
        identifier: String,
        /// What it is called.
        name: Option<String>,
        /// Its password.
        password: Typed,
        /// What it is trusted with.
        roles: Vec<String>,
    },
    /// List accounts in order of creation, a page at a time.
    List {
        /// The id of the last account of the page before.
        after: Option<String>,
    },
    /// Lock an account.
    Disable {
        /// Whose.
        identifier: String,
    },
    /// End all sessions of an account.
    EndSessions {
        /// Whose.
        identifier: String,
    },
    /// Unlock an account.
    Enable {
        /// Whose.
        identifier: String,
    },
    /// Give an account these roles and no others.
    Roles {
        /// Whose.
        identifier: String,
        /// Which.
        roles: Vec<String>,
    },
    /// Make accounts with hashes from elsewhere, one from each line.
    Import {
        /// The lines, each one JSON object.
        lines: Vec<String>,
    },
    /// Make the next key that signs access tokens.
    RotateKeys,
    /// Make a service's credential.
    AddService {
        /// What it is called.
        name: String,
    },
    /// List services by name.
    ListServices,
    /// Remove a service's credential.
    RemoveService {
        /// What it is called.
        name: String,
    },
    /// Say whether you are there.
    Ping,
}

/// A password as typed. Wiped when dropped.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Typed(String);

impl Typed {
    /// Takes what was typed.
    pub fn new(password: String) -> Self {
        Self(password)
    }

    fn reveal(&self) -> &str {
        &self.0
    }
}

impl Drop for Typed {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case", deny_unknown_fields)]
pub enum Answer {
    /// It is done; the account as it is now.
    Account {
        /// The account.
        account: Person,
    },
    /// A page of accounts; an empty one follows the last.
    Accounts {
        /// The accounts.
        accounts: Vec<Person>,
    },
    /// What became of each line, in order.
    Imported {
        /// For each line.
        outcomes: Vec<Outcome>,
    },
    /// The next signing key is made.
    Rotated {
        /// Its name in the published set.
        kid: String,
        /// From when on it signs, RFC 3339.
        signs_from: String,
    },
    /// The service is made.
    ServiceAdded {
        /// What it presents from now on; never told again.
        token: Shown,
    },
    /// All services.
    Services {
        /// By name.
        services: Vec<ServiceLine>,
    },
    /// The service is removed.
    ServiceRemoved,
    /// Nothing was done, and why.
    Refused {
        /// The refusal's code.
        code: String,
        /// The same for people.
        why: String,
    },
    /// It could not be done, or it is not known whether it was.
    Failed {
        /// What could not be done, with its causes.
        why: String,
    },
    /// I am here.
    Here,
}

/// A secret that the operator is shown. Wiped when dropped; prints as its name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Shown(Zeroizing<String>);

impl Shown {
    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shown(…)")
    }
}

/// A service, as the operator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceLine {
    /// What it is called.
    pub name: String,
    /// RFC 3339.
    pub created_at: String,
}

/// An account, as the operator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// `UUIDv7`.
    pub id: String,
    /// In canonical form.
    pub identifier: String,
    /// What it is called.
    pub name: Option<String>,
    /// Sorted.
    pub roles: Vec<String>,
    /// `active` or `disabled`.
    pub state: String,
    /// RFC 3339.
    pub created_at: String,
}

/// What became of a line of an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case", deny_unknown_fields)]
pub enum Outcome {
    /// The account is made.
    Done,
    /// There is an account of this identifier.
    Taken,
    /// The line makes no account.
    Bad {
        /// A stable code.
        code: String,
        /// The same for people.
        why: String,
    },
    /// It could not be done, or it is not known whether it was; running the import again is safe.
    Failed {
        /// What could not be done, with its causes.
        why: String,
    },
}

/// There was no answer.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// Nobody answers at the socket.
    #[error(
        "the data folder is in use, but no server answers at {path}: another command may be running on it, or a server that is just starting or stopping; try again"
    )]
    NobodyThere {
        /// Where.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The conversation broke off.
    #[error("the server broke off the conversation; it is not known whether the command was carried out")]
    BrokenOff(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Whoever carries out commands.
#[async_trait]
pub trait Desk: Send + Sync {
    /// Carries out `command`.
    async fn ask(&self, command: Command) -> Result<Answer, Unanswered>;
}
