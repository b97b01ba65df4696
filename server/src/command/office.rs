//! Where commands are carried out: here, or at the server that holds the data folder.

use anyhow::bail;
use bitjang::config::Config;
use bitjang::control::{Answer, Command, Desk, Person, Remote};
use bitjang::{Bitjang, NotOpened};
use bitjang_store::{FolderError, OpenError, StoreUrl};

/// Where commands are carried out.
pub(super) struct Office {
    desk: Box<dyn Desk>,
    /// The open store, if this process holds it.
    bitjang: Option<Bitjang>,
}

impl Office {
    /// Opens the store, or turns to the server that holds it.
    pub(super) async fn open(config: &Config) -> anyhow::Result<Self> {
        if config.store == StoreUrl::Memory {
            bail!("store.url is memory:, whose accounts live and die with one server; use embedded:<folder>");
        }
        // What is wrong with the policies must not keep the operator from locking an account.
        let config = Config { policies: None, ..config.clone() };
        match Bitjang::open(&config).await {
            Ok(bitjang) => Ok(Self { desk: Box::new(bitjang.console()), bitjang: Some(bitjang) }),
            Err(NotOpened::Store(OpenError::Folder(FolderError::InUse { folder }))) => {
                Ok(Self { desk: Box::new(Remote::holding(&folder)), bitjang: None })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Has a command carried out that answers with the account it changed.
    pub(super) async fn change(&self, command: Command) -> anyhow::Result<Person> {
        match self.ask(command).await? {
            Answer::Account { account } => Ok(account),
            other => bail!("the server answered something else: {other:?}"),
        }
    }

    /// Has a command carried out; a refusal is an error.
    pub(super) async fn ask(&self, command: Command) -> anyhow::Result<Answer> {
        match self.desk.ask(command).await? {
            Answer::Refused { code, why } => bail!("{why} ({code})"),
            Answer::Failed { why } => bail!("{why}"),
            answer => Ok(answer),
        }
    }

    /// Closes the store, if this process holds it.
    pub(super) async fn close(self) {
        if let Some(bitjang) = self.bitjang {
            bitjang.close().await;
        }
    }
}
