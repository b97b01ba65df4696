//! Sign in: count the attempt, read the account, hash once whatever was read, decide, begin a new session.

use std::net::IpAddr;
use std::sync::Arc;

use crate::account::State;
use crate::limit::{Bucket, Charge, Prefix, Taken};
use crate::password::{Checked, Password};
use crate::{
    Account, Auth, Carrier, Client, Error, Event, Identifier, Refusal, Session, SessionToken, SignIn, Time,
};

/// What a person types to sign in.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// The identifier, as typed.
    pub identifier: &'a str,
    /// The password, as typed.
    pub password: &'a str,
}

impl Auth {
    /// Begins a new session for whoever knows identifier and password.
    ///
    /// Refuses with `bad_credentials` (also when there is no such account, or it is disabled: all cost the same), `too_many_attempts` or `busy`.
    pub async fn sign_in(
        &self,
        credentials: Credentials<'_>,
        client: Client,
        carrier: Carrier,
    ) -> Result<SignIn, Error> {
        let now = self.ports.clock.now();
        let account = self.recognise(credentials, client.address).await;
        if let Err(Error::Refused(refusal)) = &account {
            self.ports.events.record(&Event::SignInRefused(refusal.code()));
        }
        self.begin_session(account?, client, carrier, now).await
    }

    async fn recognise(&self, credentials: Credentials<'_>, address: IpAddr) -> Result<Arc<Account>, Error> {
        // What cannot be an identifier or a password names nobody; that is no secret, so it need not cost a hash.
        let identifier = Identifier::new(credentials.identifier).map_err(|_| Refusal::BadCredentials)?;
        let password = Password::new(credentials.password).ok_or(Refusal::BadCredentials)?;
        let account = self.ports.accounts.named(&identifier).await?;
        let attempt = self.count_guess(&identifier, account.as_deref(), address).await?;
        let against = account.as_ref().map(|account| account.password.clone());
        let checked = self.ports.hasher.check(password, against).await;
        match (account.filter(|account| account.state == State::Active), checked) {
            (_, Err(_busy)) => {
                self.give_back(&attempt).await;
                Err(Refusal::Busy.into())
            }
            (Some(account), Ok(Checked::Right)) => {
                self.give_back(&attempt).await;
                Ok(account)
            }
            (Some(account), Ok(Checked::Upgrade(hash))) => {
                self.give_back(&attempt).await;
                Ok(self.upgrade_password(account, hash).await)
            }
            (Some(account), Ok(Checked::Unusable)) => {
                self.ports.events.record(&Event::PasswordUnusable(account.id));
                Err(Refusal::BadCredentials.into())
            }
            _ => Err(Refusal::BadCredentials.into()),
        }
    }

    /// Keeps a hash made under the current parameters. Losing to another write, or not being able to write, is no reason to turn anybody away.
    async fn upgrade_password(
        &self,
        account: Arc<Account>,
        hash: crate::password::PasswordHash,
    ) -> Arc<Account> {
        let upgraded = account.upgrading_password(hash);
        match self.ports.accounts.replace(upgraded.clone(), None).await {
            Ok(crate::Commit::Done) => {
                self.ports.events.record(&Event::PasswordUpgraded(account.id));
                Arc::new(upgraded)
            }
            Ok(crate::Commit::Stale) => account,
            Err(failure) => {
                self.ports.events.record(&Event::PutOff(failure.action()));
                account
            }
        }
    }

    /// A session is always new: no id that existed before the sign-in is ever carried over (session fixation). It begins `now`: before the account was read.
    pub(crate) async fn begin_session(
        &self,
        account: Arc<Account>,
        client: Client,
        carrier: Carrier,
        now: Time,
    ) -> Result<SignIn, Error> {
        let token = SessionToken::generate(&*self.ports.entropy);
        let session = Session::begin(&token, &account, client, self.rules.lifetime, now);
        let session = Session { carrier, ..session };
        // Before the insert: a session whose tokens cannot be minted must not begin.
        let handed = self.hand_out(&account, &session, token.secret().clone(), now)?;
        self.ports.sessions.insert(session.clone()).await?;
        self.ports.events.record(&Event::SignedIn(account.id, session.id));
        Ok(SignIn { account, session, handed })
    }

    /// Counts a guess at one account's password; what was counted, to be given back if the guess was right.
    pub(crate) async fn count_guess(
        &self,
        identifier: &Identifier,
        account: Option<&Account>,
        address: IpAddr,
    ) -> Result<Vec<Charge>, Error> {
        let (prefix, limits) = (Prefix::of(address), self.rules.guessing);
        let near = [
            Charge { bucket: Bucket::pair(identifier, prefix), limit: limits.pair },
            Charge { bucket: Bucket::address(prefix), limit: limits.address },
        ];
        let everywhere = Charge { bucket: Bucket::account(identifier), limit: limits.account };
        let all = [near.as_slice(), &[everywhere]].concat();
        match self.ports.limits.take(&all, self.ports.clock.now()).await? {
            Taken::All => Ok(all),
            // A crowd that guesses from everywhere must not keep the owner out: where they came from before, only the near limits count.
            Taken::Nothing { .. } if self.is_familiar(account, prefix).await? => {
                self.count(near.to_vec()).await
            }
            Taken::Nothing { retry_after } => Err(Refusal::TooManyAttempts { retry_after }.into()),
        }
    }

    pub(crate) async fn count_address(&self, address: IpAddr) -> Result<Vec<Charge>, Error> {
        let prefix = Prefix::of(address);
        self.count(vec![Charge { bucket: Bucket::address(prefix), limit: self.rules.guessing.address }]).await
    }

    async fn count(&self, charges: Vec<Charge>) -> Result<Vec<Charge>, Error> {
        match self.ports.limits.take(&charges, self.ports.clock.now()).await? {
            Taken::All => Ok(charges),
            Taken::Nothing { retry_after } => Err(Refusal::TooManyAttempts { retry_after }.into()),
        }
    }

    async fn is_familiar(&self, account: Option<&Account>, prefix: Prefix) -> Result<bool, Error> {
        let Some(account) = account else { return Ok(false) };
        let sessions = self.ports.sessions.of(account.id).await?;
        Ok(sessions.iter().any(|session| Prefix::of(session.client.address) == prefix))
    }

    /// A guess that was right, or was never looked at, costs nothing.
    pub(crate) async fn give_back(&self, attempt: &[Charge]) {
        if let Err(failure) = self.ports.limits.give_back(attempt).await {
            self.ports.events.record(&Event::PutOff(failure.action()));
        }
    }
}
