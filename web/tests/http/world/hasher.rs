//! A hasher that judges as the real one does and then keeps the password as it is: tests are to be fast.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use bitjang_core::password::{
    About, Busy, Checked, Declined, Hasher, Password, PasswordHash, Weakness, judge,
};

#[derive(Default)]
pub(super) struct PlainText {
    busy: AtomicBool,
}

impl PlainText {
    /// From now on there is too much to do.
    pub(super) fn busy(&self) {
        self.busy.store(true, Ordering::Relaxed);
    }

    fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Hasher for PlainText {
    async fn choose(&self, password: Password, about: About) -> Result<PasswordHash, Declined> {
        if self.is_busy() {
            return Err(Declined::Busy);
        }
        // The two that everybody uses here are known to be good, and judging takes its time.
        if ![super::PASSWORD, super::NEW_PASSWORD].contains(&password.reveal()) {
            judge(&password, &about).map_err(|weakness: Weakness| Declined::Weak(weakness))?;
        }
        Ok(PasswordHash::from_store(password.reveal().to_owned()))
    }

    async fn check(&self, password: Password, against: Option<PasswordHash>) -> Result<Checked, Busy> {
        if self.is_busy() {
            return Err(Busy);
        }
        let right = against.is_some_and(|hash| hash.as_str() == password.reveal());
        Ok(if right { Checked::Right } else { Checked::Wrong })
    }
}
