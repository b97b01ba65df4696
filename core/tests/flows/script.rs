//! The script of a test: at which call to a port a flow halts, and which calls fail.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bitjang_core::{Account, Failure, Session};
use tokio::sync::oneshot;

/// A call to a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    InsertAccount,
    FindAccount,
    NameAccount,
    ReplaceAccount,
    PageAccounts,
    InsertSession,
    FindSession,
    ListSessions,
    ReplaceSession,
    ReplaceForeseen,
    SweepSessions,
    TakeAttempt,
    GiveBack,
    SweepLimits,
    KeepKey,
    FindKey,
    ListSigners,
    AddSigner,
    RemoveSigner,
    RewriteKey,
    ReadFeed,
    AwaitFeed,
    ForgetRevocations,
    Check,
    Choose,
}

/// The kinds of record that flows race for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    Account,
    Session,
}

impl Call {
    /// What it reads or writes; nothing where its order among other calls makes no difference.
    pub(crate) fn record(self) -> Option<Record> {
        match self {
            Self::InsertAccount | Self::FindAccount | Self::NameAccount | Self::ReplaceAccount => {
                Some(Record::Account)
            }
            Self::InsertSession
            | Self::FindSession
            | Self::ListSessions
            | Self::ReplaceSession
            | Self::ReplaceForeseen => Some(Record::Session),
            _ => None,
        }
    }

    /// Whether it leaves the record as it was.
    pub(crate) fn only_reads(self) -> bool {
        matches!(self, Self::FindAccount | Self::NameAccount | Self::FindSession | Self::ListSessions)
    }
}

/// A moment of a flow: just before or just after a call has had its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Before(Call),
    After(Call),
}

/// Where flows halt and what fails. Empty, it changes nothing.
#[derive(Default)]
pub(crate) struct Script {
    halts: Mutex<Vec<Halt>>,
    faults: Mutex<Vec<Moment>>,
    calls: Mutex<Vec<Call>>,
    /// What the store remembers, as stores may that have not heard of all that happened.
    remembered: Mutex<Option<(Arc<Session>, Arc<Account>)>>,
    /// What the store takes for likely, as a refresh may.
    foreseen: Mutex<Option<(Arc<Session>, Arc<Account>)>>,
    pub(crate) turns: Turns,
}

/// Lets flows that are polled by hand come from one call to the next, and no further.
#[derive(Default)]
pub(crate) struct Turns {
    taken: AtomicBool,
    waits_for: Mutex<Option<Call>>,
    answer_is_lost: AtomicBool,
    /// A fault to plant: whoever writes last wins.
    pub(crate) revisions_are_ignored: AtomicBool,
}

impl Script {
    /// From now on the store remembers this session and its account, whatever becomes of them.
    pub(crate) fn remember(&self, session: Arc<Session>, account: Arc<Account>) {
        *self.remembered.lock().unwrap() = Some((session, account));
    }

    /// From now on the store takes this session and its account for likely, whatever becomes of them.
    pub(crate) fn foresee(&self, session: Arc<Session>, account: Arc<Account>) {
        *self.foreseen.lock().unwrap() = Some((session, account));
    }

    pub(crate) fn foreseen(&self) -> Option<(Arc<Session>, Arc<Account>)> {
        self.foreseen.lock().unwrap().clone()
    }

    pub(crate) fn remembered(&self) -> Option<(Arc<Session>, Arc<Account>)> {
        self.remembered.lock().unwrap().clone()
    }
}

impl Turns {
    /// From now on flows wait for their turn before each call that reads or writes a record.
    pub(crate) fn take(&self) {
        self.taken.store(true, Ordering::Relaxed);
    }

    /// From now on nobody waits.
    pub(crate) fn waive(&self) {
        self.taken.store(false, Ordering::Relaxed);
    }

    /// The call for which the flow that was polled last waits; nothing where it lets others go on for another reason.
    pub(crate) fn waits_for(&self) -> Option<Call> {
        self.waits_for.lock().unwrap().take()
    }

    /// The next call has its effect, and its answer gets lost.
    pub(crate) fn lose_the_answer(&self) {
        self.answer_is_lost.store(true, Ordering::Relaxed);
    }

    async fn wait(&self, call: Call) {
        if self.taken.load(Ordering::Relaxed) && call.record().is_some() {
            *self.waits_for.lock().unwrap() = Some(call);
            tokio::task::yield_now().await;
        }
    }
}

struct Halt {
    moment: Moment,
    reached: oneshot::Sender<()>,
    released: oneshot::Receiver<()>,
}

impl Script {
    /// Makes `step` the effect of `call`, as the script has it.
    pub(crate) async fn play<T>(
        &self,
        call: Call,
        step: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        self.calls.lock().unwrap().push(call);
        self.turns.wait(call).await;
        self.pass(Moment::Before(call)).await?;
        let answer = step.await?;
        if self.turns.answer_is_lost.swap(false, Ordering::Relaxed) {
            return Err(Failure::new("reach the store", "the answer got lost"));
        }
        self.pass(Moment::After(call)).await?;
        Ok(answer)
    }

    /// From now on `moment` fails: before a call, nothing is done; after it, it is done and the answer gets lost.
    pub(crate) fn fail(&self, moment: Moment) {
        self.faults.lock().unwrap().push(moment);
    }

    /// From now on nothing fails.
    pub(crate) fn mend(&self) {
        self.faults.lock().unwrap().clear();
    }

    /// The calls since this was last asked.
    pub(crate) fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    /// Runs `slow` until it first comes to `moment`, then all of `quick`, then the rest of `slow`.
    pub(crate) async fn halting<S: Future, Q: Future>(
        &self,
        moment: Moment,
        slow: S,
        quick: Q,
    ) -> (S::Output, Q::Output) {
        let (reached, arrival) = oneshot::channel();
        let (release, released) = oneshot::channel();
        self.halts.lock().unwrap().push(Halt { moment, reached, released });
        let slow = async {
            let answer = slow.await;
            // A flow that never came there must fail the test rather than hang it.
            self.halts.lock().unwrap().clear();
            answer
        };
        let quick = async {
            arrival.await.expect("the slow flow comes to this moment");
            let answer = quick.await;
            release.send(()).unwrap();
            answer
        };
        tokio::join!(slow, quick)
    }

    async fn pass(&self, moment: Moment) -> Result<(), Failure> {
        let halt = {
            let mut halts = self.halts.lock().unwrap();
            let index = halts.iter().position(|halt| halt.moment == moment);
            index.map(|index| halts.remove(index))
        };
        if let Some(halt) = halt {
            halt.reached.send(()).unwrap();
            halt.released.await.unwrap();
        }
        if self.faults.lock().unwrap().contains(&moment) {
            return Err(Failure::new("reach the store", "the disk is on fire"));
        }
        Ok(())
    }
}
