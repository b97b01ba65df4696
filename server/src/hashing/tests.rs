//! The pool under little memory, with gates in place of waiting: a salt is drawn on the hashing thread, so the dice can hold it there.

use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::task::{Context, Poll, Waker};

use bitjang_core::password::UnusableHash;
use crossbeam_channel::{bounded, unbounded};

use super::*;

const GOOD: &str = "turnips resent accordions";

fn password(typed: &str) -> Password {
    Password::new(typed).unwrap()
}

fn about() -> About {
    About { identifier: "mina".to_owned(), name: None, min_length: 8 }
}

fn cheap() -> Parameters {
    Parameters::new(16, 1, 1).unwrap()
}

fn pool_with(threads: usize, queue: usize, entropy: impl Entropy + 'static) -> Pool {
    let size = Size { threads: NonZeroUsize::new(threads).unwrap(), queue };
    let entropy: Arc<dyn Entropy> = Arc::new(entropy);
    Pool::start(size, cheap(), &entropy).unwrap()
}

fn pool() -> Pool {
    pool_with(1, 8, Zeros)
}

/// Dice that always fall on zero.
struct Zeros;

impl Entropy for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// Dice that tell when somebody asks for them and make him wait until they are released.
struct Gate {
    reached: Sender<()>,
    opened: Receiver<()>,
}

impl Entropy for Gate {
    fn fill(&self, _: &mut [u8]) {
        self.reached.send(()).unwrap();
        self.opened.recv().unwrap();
    }
}

/// A pool of one thread, how to see that it stands at the gate, and how to let it through.
fn gated(queue: usize) -> (Pool, Receiver<()>, Sender<()>) {
    let (reached, seen) = bounded(8);
    let (open, opened) = bounded(8);
    (pool_with(1, queue, Gate { reached, opened }), seen, open)
}

/// Polls a future once, so that its job is queued.
fn begin<T>(future: Pin<&mut (impl Future<Output = T> + ?Sized)>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn a_chosen_password_is_right_and_another_is_wrong() {
    let pool = pool();
    let hash = pool.choose(password(GOOD), about()).await.unwrap();
    assert!(hash.as_str().starts_with("$argon2id$v=19$m=16,t=1,p=1$"));
    assert_eq!(pool.check(password(GOOD), Some(hash.clone())).await, Ok(Checked::Right));
    assert_eq!(pool.check(password("something else"), Some(hash)).await, Ok(Checked::Wrong));
    assert_eq!(pool.hashes(), 3);
}

#[tokio::test]
async fn a_weak_password_is_declined_and_costs_no_hash() {
    let pool = pool();
    let declined = pool.choose(password("password"), about()).await;
    assert_eq!(declined, Err(Declined::Weak(Weakness::Common)));
    assert_eq!(pool.hashes(), 0);
}

#[tokio::test]
async fn an_unknown_identifier_costs_what_a_known_one_does() {
    let pool = pool();
    let hash = pool.choose(password(GOOD), about()).await.unwrap();
    let cost = async |against| {
        let before = pool.hashes();
        assert_eq!(pool.check(password("something else"), against).await, Ok(Checked::Wrong));
        pool.hashes() - before
    };
    assert_eq!(cost(Some(hash)).await, 1);
    assert_eq!(cost(None).await, 1);
}

#[tokio::test]
async fn a_hash_under_old_parameters_is_made_anew_when_its_password_comes() {
    let old = Workbench::default().hash(&password(GOOD), [1; 16], Parameters::new(8, 1, 1).unwrap());
    upgrades(GOOD, old).await;
}

#[tokio::test]
async fn an_imported_hash_is_made_anew_when_its_password_comes() {
    for imported in [
        "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    ] {
        upgrades("U*U", PasswordHash::parse(imported).unwrap()).await;
    }
}

/// Wrong stays wrong without an upgrade; right comes with a hash that needs none.
async fn upgrades(typed: &str, old: PasswordHash) {
    let pool = pool();
    assert_eq!(pool.check(password("something else"), Some(old.clone())).await, Ok(Checked::Wrong));
    let Ok(Checked::Upgrade(new)) = pool.check(password(typed), Some(old)).await else {
        panic!("not upgraded");
    };
    assert_eq!(pool.check(password(typed), Some(new)).await, Ok(Checked::Right));
}

#[tokio::test]
async fn an_unusable_hash_is_said_to_be_one_and_costs_a_hash() {
    let pool = pool();
    let broken = PasswordHash::from_store("!".to_owned());
    assert_eq!(PasswordHash::parse("!"), Err(UnusableHash::Unknown));
    assert_eq!(pool.check(password(GOOD), Some(broken)).await, Ok(Checked::Unusable));
    assert_eq!(pool.hashes(), 1);
}

#[tokio::test]
async fn a_full_queue_is_busy_at_once() {
    let (pool, seen, open) = gated(1);
    let mut hashing = pool.choose(password(GOOD), about());
    assert!(begin(hashing.as_mut()).is_pending());
    seen.recv().unwrap();
    let mut queued = pool.check(password(GOOD), None);
    assert!(begin(queued.as_mut()).is_pending());
    assert_eq!(pool.waiting(), 1);

    assert_eq!(begin(pool.check(password(GOOD), None).as_mut()), Poll::Ready(Err(Busy)));
    assert_eq!(begin(pool.choose(password(GOOD), about()).as_mut()), Poll::Ready(Err(Declined::Busy)));

    open.send(()).unwrap();
    assert!(hashing.await.is_ok());
    assert_eq!(queued.await, Ok(Checked::Wrong));
    assert_eq!(pool.waiting(), 0);
}

#[tokio::test]
async fn whoever_has_hung_up_is_skipped_without_a_hash() {
    let (pool, seen, open) = gated(8);
    let mut hashing = pool.choose(password(GOOD), about());
    assert!(begin(hashing.as_mut()).is_pending());
    seen.recv().unwrap();
    for _ in 0..5 {
        let mut gone = pool.check(password(GOOD), None);
        assert!(begin(gone.as_mut()).is_pending());
    }
    assert_eq!(pool.waiting(), 5);

    open.send(()).unwrap();
    assert!(hashing.await.is_ok());
    assert_eq!(pool.check(password(GOOD), None).await, Ok(Checked::Wrong));
    assert_eq!(pool.hashes(), 2);
}

#[tokio::test]
async fn a_job_that_panics_does_not_take_its_thread_along() {
    struct FailsOnce(AtomicBool);
    impl Entropy for FailsOnce {
        fn fill(&self, _: &mut [u8]) {
            assert!(self.0.swap(true, Ordering::Relaxed), "the dice fell off the table");
        }
    }
    let pool = pool_with(1, 8, FailsOnce(AtomicBool::new(false)));
    assert_eq!(pool.choose(password(GOOD), about()).await, Err(Declined::Busy));
    let hash = pool.choose(password(GOOD), about()).await.unwrap();
    assert_eq!(pool.check(password(GOOD), Some(hash)).await, Ok(Checked::Right));
}

#[tokio::test]
async fn every_thread_hashes_at_the_same_time() {
    let (reached, seen) = unbounded();
    let (open, opened) = unbounded();
    let pool = pool_with(4, 8, Gate { reached, opened });
    let mut jobs: Vec<_> = (0..4).map(|_| pool.choose(password(GOOD), about())).collect();
    for job in &mut jobs {
        assert!(begin(job.as_mut()).is_pending());
    }
    // Nobody is let through before all four have arrived.
    for _ in 0..4 {
        seen.recv().unwrap();
    }
    for _ in 0..4 {
        open.send(()).unwrap();
    }
    for job in jobs {
        assert!(job.await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_each_get_their_own_answer() {
    let pool = Arc::new(pool_with(3, 200, Zeros));
    let mut asked = tokio::task::JoinSet::new();
    for number in 0..100 {
        let pool = Arc::clone(&pool);
        asked.spawn(async move {
            let own = format!("{GOOD} {number}");
            let hash = pool.choose(password(&own), about()).await.unwrap();
            let right = pool.check(password(&own), Some(hash.clone())).await;
            let wrong = pool.check(password(&format!("{own}0")), Some(hash)).await;
            (right, wrong)
        });
    }
    let answers = asked.join_all().await;
    assert_eq!(answers, vec![(Ok(Checked::Right), Ok(Checked::Wrong)); 100]);
    assert_eq!(pool.hashes(), 300);
}

#[tokio::test]
async fn dropping_the_pool_ends_its_threads() {
    let entropy: Arc<dyn Entropy> = Arc::new(Zeros);
    let pool = Pool::start(Size { queue: 8, ..Size::default() }, cheap(), &entropy).unwrap();
    assert!(pool.choose(password(GOOD), about()).await.is_ok());
    assert!(Arc::strong_count(&entropy) > 1);
    drop(pool);
    assert_eq!(Arc::strong_count(&entropy), 1);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_hashing_threads_give_way_and_the_others_do_not() {
    struct Niceness(Arc<Mutex<Option<i32>>>);
    impl Entropy for Niceness {
        fn fill(&self, _: &mut [u8]) {
            *self.0.lock().unwrap() = rustix::process::getpriority_process(None).ok();
        }
    }
    let own = rustix::process::getpriority_process(None).unwrap();
    let seen = Arc::default();
    let pool = pool_with(1, 8, Niceness(Arc::clone(&seen)));
    pool.choose(password(GOOD), about()).await.unwrap();
    assert_eq!(*seen.lock().unwrap(), Some((own + 10).min(19)));
    assert_eq!(rustix::process::getpriority_process(None).unwrap(), own);
}
