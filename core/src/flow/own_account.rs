//! What the owner may do with the account itself: change its password.

use std::net::IpAddr;

use crate::auth::{TRIES, outrun};
use crate::password::{Checked, Password};
use crate::session::EndedWhy;
use crate::{Account, Auth, Commit, Error, Event, Refusal, SignedIn};

/// The old password and the new, as typed.
#[derive(Clone, Copy)]
pub struct PasswordChange<'a> {
    /// The one that is in force: whoever finds a device unlocked does not know it.
    pub current: &'a str,
    /// The one that shall be.
    pub new: &'a str,
}

impl Auth {
    /// Changes the password and ends every other session, in one step.
    ///
    /// Refuses with `bad_credentials` (the current password is wrong), `too_many_attempts`, `weak_password`, `signed_out` or `busy`.
    pub async fn change_password(
        &self,
        who: &SignedIn,
        change: PasswordChange<'_>,
        address: IpAddr,
    ) -> Result<(), Error> {
        for _ in 0..TRIES {
            let account = self.still_admitting(who).await?;
            self.confirm_password(&account, change.current, address).await?;
            let hash = self.choose_password(change.new, &account.identifier, account.name.as_ref()).await?;
            let next = account.changing_password(hash, Some(who.session().id));
            if self.write_account(&account, next).await? == Commit::Done {
                self.ports.events.record(&Event::SessionsEnded(account.id, EndedWhy::PasswordChanged));
                return Ok(());
            }
        }
        Err(outrun())
    }

    async fn confirm_password(&self, account: &Account, typed: &str, address: IpAddr) -> Result<(), Error> {
        let password = Password::new(typed).ok_or(Refusal::BadCredentials)?;
        let attempt = self.count_guess(&account.identifier, Some(account), address).await?;
        match self.ports.hasher.check(password, Some(account.password.clone())).await {
            Ok(Checked::Right | Checked::Upgrade(_)) => {
                self.give_back(&attempt).await;
                Ok(())
            }
            Ok(Checked::Wrong | Checked::Unusable) => Err(Refusal::BadCredentials.into()),
            Err(_busy) => {
                self.give_back(&attempt).await;
                Err(Refusal::Busy.into())
            }
        }
    }
}
