//! Sign up: a new account, and its first session.

use crate::account::{Epoch, Inserted, Name, Roles, State};
use crate::auth::SignUp;
use crate::password::{About, Declined, Password, PasswordHash, Weakness};
use crate::{Account, AccountId, Auth, Carrier, Client, Error, Event, Identifier, Refusal, Revision, SignIn};

/// What a person gives to get an account.
#[derive(Clone, Copy)]
pub struct NewAccount<'a> {
    /// A user name or e-mail address, as typed.
    pub identifier: &'a str,
    /// What to be called.
    pub name: Option<&'a str>,
    /// The password, as typed.
    pub password: &'a str,
}

impl Auth {
    /// Makes an account and signs it in.
    ///
    /// Refuses with `sign_up_closed`, `bad_identifier`, `bad_name`, `too_many_attempts`, `weak_password`, `identifier_taken` or `busy`. An answer that got lost is
    /// asked for again by signing in.
    pub async fn sign_up(
        &self,
        new: NewAccount<'_>,
        client: Client,
        carrier: Carrier,
    ) -> Result<SignIn, Error> {
        let now = self.ports.clock.now();
        let made = self.make_account(new, &client).await;
        if let Err(Error::Refused(refusal)) = &made {
            self.ports.events.record(&Event::SignUpRefused(refusal.code()));
        }
        self.begin_session(made?.into(), client, carrier, now).await
    }

    async fn make_account(&self, new: NewAccount<'_>, client: &Client) -> Result<Account, Error> {
        if self.rules.sign_up == SignUp::Closed {
            return Err(Refusal::SignUpClosed.into());
        }
        let identifier = Identifier::new(new.identifier).map_err(Refusal::from)?;
        let name = new.name.map(Name::new).transpose()?;
        // Asking for names that are taken is a way of finding out who has an account: it costs as a wrong guess does.
        let attempt = self.count_address(client.address).await?;
        if self.ports.accounts.named(&identifier).await?.is_some() {
            return Err(Refusal::IdentifierTaken.into());
        }
        let password = self.choose_password(new.password, &identifier, name.as_ref()).await;
        let password = match password {
            Err(error) => {
                self.give_back(&attempt).await;
                return Err(error);
            }
            Ok(password) => password,
        };
        let account = self.new_account(identifier, name, password);
        match self.ports.accounts.insert(account.clone()).await? {
            Inserted::Taken => Err(Refusal::IdentifierTaken.into()),
            Inserted::Done => {
                self.give_back(&attempt).await;
                self.ports.events.record(&Event::SignedUp(account.id));
                Ok(account)
            }
        }
    }

    /// Judges and hashes a new password, off the caller's thread.
    pub(crate) async fn choose_password(
        &self,
        typed: &str,
        identifier: &Identifier,
        name: Option<&Name>,
    ) -> Result<PasswordHash, Error> {
        let password = Password::new(typed).ok_or(Refusal::WeakPassword(Weakness::TooLong))?;
        let about = About {
            identifier: identifier.as_str().to_owned(),
            name: name.map(|name| name.as_str().to_owned()),
            min_length: self.rules.min_password,
        };
        self.ports.hasher.choose(password, about).await.map_err(|declined| {
            match declined {
                Declined::Weak(weakness) => Refusal::WeakPassword(weakness),
                Declined::Busy => Refusal::Busy,
            }
            .into()
        })
    }

    pub(crate) fn new_account(
        &self,
        identifier: Identifier,
        name: Option<Name>,
        password: PasswordHash,
    ) -> Account {
        let now = self.ports.clock.now();
        Account {
            id: AccountId::generate(&*self.ports.entropy, now),
            identifier,
            name,
            password,
            roles: Roles::default(),
            state: State::Active,
            epoch: Epoch::FIRST,
            created_at: now,
            revision: Revision::FIRST,
        }
    }
}
