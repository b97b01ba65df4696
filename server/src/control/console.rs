//! Commands carried out in this process.

use std::collections::HashSet;
use std::error::Error as _;
use std::sync::Arc;

use async_trait::async_trait;
use bitjang_core::account::{Roles, State};
use bitjang_core::service_credential::{ServiceCredential, ServiceName};
use bitjang_core::{
    Account, AccountId, Auth, Error, Failure, Identifier, Import, NewAccount, Operator, Refusal,
};
use bitjang_web::rfc3339;
use tokio::task::JoinSet;

use super::{Answer, Command, Desk, Outcome, Person, ServiceLine, Shown, Typed, Unanswered, import};

/// How many accounts are on a page of a list.
const PAGE: usize = 500;

/// The flows, for whoever has the data itself in hand.
#[derive(Clone)]
pub struct Console(Auth);

impl Console {
    /// The console of these flows.
    pub fn new(auth: Auth) -> Self {
        Self(auth)
    }

    async fn carry_out(&self, command: Command) -> Result<Answer, Error> {
        let (Self(auth), operator) = (self, Operator::at_the_console());
        let account = match command {
            Command::Add { identifier, name, password, roles } => {
                let new = New { identifier, name, password, roles: Roles::new(roles)? };
                self.add(&new).await?
            }
            Command::Disable { identifier } => auth.disable(operator, &known(&identifier)?).await?,
            Command::EndSessions { identifier } => auth.end_sessions(operator, &known(&identifier)?).await?,
            Command::Enable { identifier } => auth.enable(operator, &known(&identifier)?).await?,
            Command::Roles { identifier, roles } => {
                auth.set_roles(operator, &known(&identifier)?, &Roles::new(roles)?).await?
            }
            Command::List { after } => return self.list(after.as_deref()).await,
            Command::Import { lines } => return Ok(Answer::Imported { outcomes: self.import(lines).await }),
            Command::RotateKeys => {
                let (kid, signs_from) = auth.rotate_keys(operator).await?;
                return Ok(Answer::Rotated { kid, signs_from: rfc3339(signs_from) });
            }
            Command::AddService { name } => {
                let token = auth.add_service(operator, ServiceName::new(&name)?).await?;
                return Ok(Answer::ServiceAdded { token: Shown(token.reveal()) });
            }
            Command::ListServices => {
                let services = auth.services(operator).await?;
                return Ok(Answer::Services { services: services.iter().map(ServiceLine::from).collect() });
            }
            Command::RemoveService { name } => {
                auth.remove_service(operator, &ServiceName::new(&name)?).await?;
                return Ok(Answer::ServiceRemoved);
            }
            Command::Ping => return Ok(Answer::Here),
        };
        Ok(Answer::Account { account: Person::from(&*account) })
    }

    async fn add(&self, new: &New) -> Result<Arc<Account>, Error> {
        let (Self(auth), operator) = (self, Operator::at_the_console());
        let person = NewAccount {
            identifier: &new.identifier,
            name: new.name.as_deref(),
            password: new.password.reveal(),
        };
        auth.add_account(operator, person, new.roles.clone()).await
    }

    async fn list(&self, after: Option<&str>) -> Result<Answer, Error> {
        let after: Option<AccountId> = after.map(str::parse).transpose().map_err(|_| Refusal::NotFound)?;
        let accounts = self.0.accounts(Operator::at_the_console(), after, PAGE).await?;
        Ok(Answer::Accounts { accounts: accounts.iter().map(|account| Person::from(&**account)).collect() })
    }

    /// All lines at once, so that the store commits them together; but of two lines with one identifier the first comes first.
    async fn import(&self, lines: Vec<String>) -> Vec<Outcome> {
        let (mut under_way, mut seen) = (UnderWay::of(lines.len()), HashSet::new());
        for (index, line) in lines.iter().enumerate() {
            match import::read(line) {
                Ok(import) => {
                    if !seen.insert(import.identifier.clone()) {
                        under_way.finish().await;
                    }
                    let console = self.clone();
                    under_way.tasks.spawn(async move { (index, console.import_account(import).await) });
                }
                Err(bad) => {
                    under_way.note(index, Outcome::Bad { code: bad.code().to_owned(), why: bad.to_string() });
                }
            }
        }
        under_way.finish().await;
        under_way.outcomes
    }

    async fn import_account(&self, import: Import) -> Outcome {
        match self.0.import_account(Operator::at_the_console(), import).await {
            Ok(_) => Outcome::Done,
            Err(Error::Refused(Refusal::IdentifierTaken)) => Outcome::Taken,
            Err(Error::Refused(refusal)) => {
                Outcome::Bad { code: refusal.code().to_owned(), why: refusal.to_string() }
            }
            Err(Error::Failed(failure)) => Outcome::Failed { why: with_causes(&failure) },
        }
    }
}

/// The lines of an import that are being written, and what became of the others.
struct UnderWay {
    tasks: JoinSet<(usize, Outcome)>,
    outcomes: Vec<Outcome>,
}

impl UnderWay {
    fn of(lines: usize) -> Self {
        let broken_off = Outcome::Failed { why: "the import was broken off".to_owned() };
        Self { tasks: JoinSet::new(), outcomes: vec![broken_off; lines] }
    }

    /// Waits for everything that is being written. A task that panicked leaves its line as broken off.
    async fn finish(&mut self) {
        while let Some(finished) = self.tasks.join_next().await {
            if let Ok((index, outcome)) = finished {
                self.note(index, outcome);
            }
        }
    }

    fn note(&mut self, index: usize, outcome: Outcome) {
        if let Some(place) = self.outcomes.get_mut(index) {
            *place = outcome;
        }
    }
}

struct New {
    identifier: String,
    name: Option<String>,
    password: Typed,
    roles: Roles,
}

fn known(identifier: &str) -> Result<Identifier, Refusal> {
    Ok(Identifier::new(identifier)?)
}

#[async_trait]
impl Desk for Console {
    async fn ask(&self, command: Command) -> Result<Answer, Unanswered> {
        Ok(match self.carry_out(command).await {
            Ok(answer) => answer,
            Err(Error::Refused(refusal)) => {
                Answer::Refused { code: refusal.code().to_owned(), why: refusal.to_string() }
            }
            Err(Error::Failed(failure)) => Answer::Failed { why: with_causes(&failure) },
        })
    }
}

fn with_causes(failure: &Failure) -> String {
    let mut text = failure.to_string();
    let mut cause = failure.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

impl From<&ServiceCredential> for ServiceLine {
    fn from(credential: &ServiceCredential) -> Self {
        Self { name: credential.name.to_string(), created_at: rfc3339(credential.created_at) }
    }
}

impl From<&Account> for Person {
    fn from(account: &Account) -> Self {
        let state = match account.state {
            State::Active => "active",
            State::Disabled => "disabled",
        };
        Self {
            id: account.id.to_string(),
            identifier: account.identifier.to_string(),
            name: account.name.as_ref().map(|name| name.as_str().to_owned()),
            roles: account.roles.as_slice().to_vec(),
            state: state.to_owned(),
            created_at: rfc3339(account.created_at),
        }
    }
}
