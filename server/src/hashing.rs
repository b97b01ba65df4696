//! The hashing pool: a few threads that judge, hash and compare passwords, so that no thread that serves requests ever has to.

use std::io;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use async_trait::async_trait;
use bitjang_core::Entropy;
use bitjang_core::password::{
    About, Busy, Checked, Declined, Hasher, Parameters, Password, PasswordHash, Verdict, Weakness, Workbench,
    judge,
};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use tokio::sync::oneshot;

/// How long a thread keeps its memory with nothing to do.
const REST_AFTER: Duration = Duration::from_secs(30);

/// How many jobs wait for each thread by default: one or two seconds of work at 15 to 30 ms each.
const QUEUE_PER_THREAD: usize = 64;

/// How many threads hash, and how many jobs may wait for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// The threads. Each takes the memory of one hash.
    pub threads: NonZeroUsize,
    /// The jobs that may wait. One more is refused at once.
    pub queue: usize,
}

impl Default for Size {
    /// A thread for each core.
    fn default() -> Self {
        let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self { threads, queue: QUEUE_PER_THREAD * threads.get() }
    }
}

/// Threads that hash, behind a queue with an end. Dropping it ends them.
pub struct Pool {
    queue: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
    hashes: Arc<AtomicU64>,
}

type Job = Box<dyn FnOnce(&mut Worker) + Send>;

impl Pool {
    /// Starts the threads. New hashes are made under `parameters`, with salts from `entropy`.
    pub fn start(size: Size, parameters: Parameters, entropy: &Arc<dyn Entropy>) -> io::Result<Self> {
        let (queue, jobs) = crossbeam_channel::bounded(size.queue);
        let hashes = Arc::new(AtomicU64::new(0));
        let threads = (0..size.threads.get()).map(|number| {
            let worker = Worker::new(parameters, Arc::clone(entropy), Arc::clone(&hashes));
            let jobs = jobs.clone();
            thread::Builder::new().name(format!("hashing-{number}")).spawn(move || worker.run(&jobs))
        });
        let threads = threads.collect::<io::Result<_>>()?;
        Ok(Self { queue: Some(queue), threads, hashes })
    }

    /// How many jobs are waiting for a thread.
    pub fn waiting(&self) -> usize {
        self.queue.as_ref().map_or(0, Sender::len)
    }

    /// How many hashes were made since the start.
    pub fn hashes(&self) -> u64 {
        self.hashes.load(Ordering::Relaxed)
    }

    /// Has `work` done by a thread of the pool, unless too much is waiting or nobody waits for its answer any more.
    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Worker) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |worker| {
            // Whoever hangs up must not be able to keep the threads busy for everybody else.
            if !reply.is_closed() {
                _ = reply.send(work(worker));
            }
        });
        self.queue.as_ref().ok_or(Busy)?.try_send(job).map_err(|_| Busy)?;
        answer.await.map_err(|_| Busy)
    }
}

#[async_trait]
impl Hasher for Pool {
    async fn choose(&self, password: Password, about: About) -> Result<PasswordHash, Declined> {
        let chosen = self.ask(move |worker| worker.choose(&password, &about)).await;
        chosen.map_err(|Busy| Declined::Busy)?.map_err(Declined::Weak)
    }

    async fn check(&self, password: Password, against: Option<PasswordHash>) -> Result<Checked, Busy> {
        self.ask(move |worker| worker.check(&password, against.as_ref())).await
    }
}

impl Drop for Pool {
    /// Waits for the hashes under way; what is still queued has nobody waiting for it and is skipped.
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            _ = thread.join();
        }
    }
}

/// One thread's bench, with what it needs to make a hash.
struct Worker {
    bench: Workbench,
    parameters: Parameters,
    entropy: Arc<dyn Entropy>,
    hashes: Arc<AtomicU64>,
}

impl Worker {
    fn new(parameters: Parameters, entropy: Arc<dyn Entropy>, hashes: Arc<AtomicU64>) -> Self {
        Self { bench: Workbench::default(), parameters, entropy, hashes }
    }

    fn run(mut self, jobs: &Receiver<Job>) {
        give_way();
        loop {
            match jobs.recv_timeout(REST_AFTER) {
                Ok(job) => self.do_safely(job),
                Err(RecvTimeoutError::Timeout) => self.bench.rest(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Survives a job that panics: whoever asked hears that the pool is busy, and the thread goes on with a clean bench.
    fn do_safely(&mut self, job: Job) {
        if catch_unwind(AssertUnwindSafe(|| job(self))).is_err() {
            tracing::error!("a password could not be hashed: the job panicked");
            self.bench = Workbench::default();
        }
    }

    fn choose(&mut self, password: &Password, about: &About) -> Result<PasswordHash, Weakness> {
        judge(password, about)?;
        Ok(self.counted(|worker| worker.hash(password)))
    }

    fn check(&mut self, password: &Password, against: Option<&PasswordHash>) -> Checked {
        self.counted(|worker| match against {
            Some(hash) => worker.compare(password, hash),
            None => worker.compare_with_nobody(password),
        })
    }

    fn compare(&mut self, password: &Password, against: &PasswordHash) -> Checked {
        match self.bench.check(password, against, self.parameters) {
            Verdict::Wrong => Checked::Wrong,
            Verdict::Right => Checked::Right,
            Verdict::RightButOutdated => Checked::Upgrade(self.hash(password)),
            Verdict::Unusable(why) => {
                tracing::error!(%why, "a stored password hash cannot be compared with");
                Checked::Unusable
            }
        }
    }

    fn compare_with_nobody(&mut self, password: &Password) -> Checked {
        self.bench.spend(password, self.parameters);
        Checked::Wrong
    }

    fn hash(&mut self, password: &Password) -> PasswordHash {
        self.bench.hash(password, self.entropy.bytes(), self.parameters)
    }

    /// Adds the hashes that `work` makes to the count, before anybody hears its answer.
    fn counted<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.bench.hashes();
        let done = work(self);
        self.hashes.fetch_add(self.bench.hashes() - before, Ordering::Relaxed);
        done
    }
}

/// Lets every other thread of the server go first, because a hash takes a core for as long as hundreds of other requests.
///
/// Measured with a hash on each of two cores: p99 of a request of 50 µs rose from 0.1 ms to over 1 ms at equal priority, and stayed at 0.1 ms
/// with this. Ten steps leave the pool a tenth of a core that others want, so that sign-ins cannot be starved either.
#[cfg(target_os = "linux")]
fn give_way() {
    use rustix::process::{getpriority_process, setpriority_process};
    // On Linux niceness belongs to the thread, and "no process" means the calling one (setpriority(2), notes).
    let lowered = getpriority_process(None).and_then(|now| setpriority_process(None, (now + 10).min(19)));
    if let Err(error) = lowered {
        tracing::debug!(%error, "the hashing threads keep the priority of the others");
    }
}

#[cfg(not(target_os = "linux"))]
const fn give_way() {}

#[cfg(test)]
mod tests;
