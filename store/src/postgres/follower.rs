//! The task that follows the feed, on a connection of its own: gives entries their positions, takes in what is new, tells the other servers, and begins anew when the connection is
//! lost.
//!
//! Whoever ends something writes its entry in the same statement, without a position. Positions are given afterwards, by a statement that holds the one row of `bitjang.feed_end` until
//! its commit is visible: so they become visible in their order, and whoever reads on from one misses nothing, however late a commit was. A notification only makes it quick.

use std::error::Error;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bitjang_core::revocation::{Entry, Position};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_postgres::{AsyncMessage, Client, Connection, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::ahead::Ahead;
use super::heard::Heard;
use super::link::Given;
use super::revocations::{News, READ, news};
use super::row::Unreadable;
use super::url::PostgresUrl;

/// How often to look without being told, where notifications work: what a lost one costs.
const UNTOLD: Duration = Duration::from_secs(1);
/// How often to look until our own voice has been heard: `CockroachDB` has no notifications, and some poolers swallow them.
const DEAF: Duration = Duration::from_millis(25);
/// How far two readings are apart at the least: what comes in between is read together.
const APART: Duration = Duration::from_millis(5);
/// How long a reading may take before the connection is given up.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long to wait before connecting again.
const AGAIN: Duration = Duration::from_millis(200);
/// How many entries are read at once.
const BATCH: i64 = 1_000;
/// How many are given positions at once: more than ever wait.
pub(super) const BACKLOG: i64 = 100_000;
/// After a pause longer than this, entries may have been forgotten that nobody here has read; they live for five minutes more than a token.
const LONG: Duration = Duration::from_secs(30);

/// A connection of the follower, with what it prepared.
pub(super) struct Line {
    client: Client,
    number: Statement,
    read: Statement,
    /// Whether a notification has come.
    listening: Arc<AtomicBool>,
    /// What it is called, and what its name tells beside that.
    name: String,
    told: Option<Ahead>,
    _driver: Driver,
}

/// The task behind a connection. Dropping it ends the connection.
struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Line {
    /// A client for other purposes of the same kind, and the task behind it.
    pub(super) async fn connect(
        url: &PostgresUrl,
        tls: MakeRustlsConnect,
        heard: &Arc<Heard>,
    ) -> Result<Unprepared, tokio_postgres::Error> {
        let (client, connection) = url.config.connect(tls).await?;
        let listening = Arc::default();
        let driver = Driver(tokio::spawn(drive(connection, Arc::clone(heard), Arc::clone(&listening))));
        let name = url.config.get_application_name().unwrap_or_default().to_owned();
        Ok(Unprepared { client, listening, name, driver })
    }
}

impl Line {
    /// Has the connection's name say how far our clock is ahead.
    async fn tell(&mut self, clock: Option<Ahead>) -> Result<(), tokio_postgres::Error> {
        let Some(ahead) = clock.filter(|_| clock != self.told) else { return Ok(()) };
        let (name, sql) = (ahead.after(&self.name), "SELECT set_config('application_name', $1, false)");
        self.told = clock;
        match self.client.execute(sql, &[&name]).await {
            // Who knows no such thing says so, and then nobody reads it.
            Err(error) if error.code().is_none() => Err(error),
            _ => Ok(()),
        }
    }
}

/// A connection that does not follow anything yet.
pub(super) struct Unprepared {
    pub(super) client: Client,
    listening: Arc<AtomicBool>,
    name: String,
    driver: Driver,
}

impl Unprepared {
    /// The same, listening.
    pub(super) async fn listen(self) -> Result<Line, tokio_postgres::Error> {
        let Self { client, listening, name, driver } = self;
        if let Err(error) = client.batch_execute("LISTEN bitjang_feed").await {
            // Who knows no such thing says so; then we look often.
            if error.code().is_none() {
                return Err(error);
            }
            tracing::info!(%error, "the database has no notifications: the feed is looked at often instead");
        } else {
            client.batch_execute(NOTIFY).await?;
        }
        let (number, read) = (client.prepare(NUMBER).await?, client.prepare(READ).await?);
        Ok(Line { client, number, read, listening, name, told: None, _driver: driver })
    }
}

/// Passes notifications on, for as long as the connection lasts.
async fn drive<S, T>(mut connection: Connection<S, T>, heard: Arc<Heard>, listening: Arc<AtomicBool>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
        if let AsyncMessage::Notification(_) = message {
            listening.store(true, Ordering::Release);
            heard.wake.notify_one();
        }
    }
}

/// Gives positions to entries that have none. Whoever comes second waits for the row of `feed_end`, and then finds that the entries have theirs.
pub(super) const NUMBER: &str = "WITH late AS (
        SELECT id, row_number() OVER (ORDER BY id) AS place FROM bitjang.feed WHERE position IS NULL ORDER BY id LIMIT $1
    ), turn AS (
        UPDATE bitjang.feed_end SET position = position + (SELECT count(*) FROM late) WHERE EXISTS (SELECT 1 FROM late)
        RETURNING position - (SELECT count(*) FROM late) AS before
    ) UPDATE bitjang.feed SET position = turn.before + late.place FROM turn, late WHERE feed.id = late.id AND feed.position IS NULL";

const NOTIFY: &str = "NOTIFY bitjang_feed";

/// The follower. Dropping it ends it.
pub(super) struct Follower(JoinHandle<()>);

impl Drop for Follower {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Follower {
    /// Follows from now on; `line` has read nothing yet.
    pub(super) fn start(url: PostgresUrl, tls: MakeRustlsConnect, heard: Arc<Heard>, line: Line) -> Self {
        Self(tokio::spawn(follow(url, tls, heard, line)))
    }
}

async fn follow(url: PostgresUrl, tls: MakeRustlsConnect, heard: Arc<Heard>, first: Line) {
    let (mut line, mut lost) = (Some(first), false);
    loop {
        let opened = match line.take() {
            Some(line) => Ok(line),
            None => open(&url, tls.clone(), &heard).await,
        };
        let why = match opened {
            Ok(line) => Reading::new(&heard, line).exhaust(&mut lost).await,
            Err(why) => why,
        };
        if !lost {
            tracing::warn!(
                why = causes(&*why),
                "the feed is lost: revocations of other servers are not heard for now"
            );
        }
        lost = true;
        heard.know_nothing();
        sleep(AGAIN).await;
    }
}

fn causes(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

async fn open(url: &PostgresUrl, tls: MakeRustlsConnect, heard: &Arc<Heard>) -> Result<Line, Unreadable> {
    let line = async { Line::connect(url, tls, heard).await?.listen().await };
    Ok(timeout(2 * PATIENCE, line).await??)
}

/// One connection's worth of the feed.
struct Reading<'h> {
    heard: &'h Heard,
    line: Line,
    last: Position,
    /// What was read so far, until that is all there is. Then it takes the place of what was known: while nobody listened, the database may have been restored from a backup.
    anew: Option<Vec<Entry>>,
}

impl<'h> Reading<'h> {
    fn new(heard: &'h Heard, line: Line) -> Self {
        Self { heard, line, last: Position::default(), anew: Some(Vec::new()) }
    }

    /// Follows until that is not possible any more, and says why; not `lost` any more once something was read.
    async fn exhaust(mut self, lost: &mut bool) -> Unreadable {
        // What changed while nobody listened is not known, and may be forgotten already.
        self.heard.forget_records();
        loop {
            let began = Instant::now();
            match timeout(PATIENCE, self.round(began)).await {
                Ok(Ok(())) => {}
                Ok(Err(why)) => return why,
                Err(late) => return late.into(),
            }
            if std::mem::take(lost) {
                tracing::info!("the feed is followed again");
            }
            let untold = if self.line.listening.load(Ordering::Acquire) { UNTOLD } else { DEAF };
            tokio::select! {
                () = self.heard.wake.notified() => sleep_until(began + APART).await,
                () = sleep_until(began + untold) => {}
            }
        }
    }

    /// Gives positions, reads on to the end, and tells the others if there was anything to give.
    async fn round(&mut self, began: Instant) -> Result<(), Unreadable> {
        let questions = self.heard.questions();
        let mut told = 0;
        loop {
            let (given, news) = self.step().await?;
            told += given;
            let whole = i64::try_from(news.len()).is_ok_and(|read| read < BATCH);
            for each in news {
                self.take(each);
            }
            if whole {
                break;
            }
        }
        if let Some(entries) = self.anew.take() {
            self.heard.feed.begin_anew(entries);
        }
        if self.heard.staleness().is_some_and(|staleness| staleness > LONG) {
            self.heard.forget_records();
        }
        self.heard.know_until(began, questions);
        if told > 0 {
            self.line.client.batch_execute(NOTIFY).await?;
        }
        self.line.tell(self.heard.clock()).await?;
        Ok(())
    }

    fn take(&mut self, news: News) {
        self.last = news.position;
        let Some(entry) = self.heard.take(news) else { return };
        match &mut self.anew {
            Some(anew) => anew.push(entry),
            None => self.heard.feed.learn(entry),
        }
    }

    /// One round trip.
    async fn step(&self) -> Result<(u64, Vec<News>), Unreadable> {
        let Line { client, number, read, .. } = &self.line;
        let beyond: Given<'_> = &[&self.last.0.cast_signed(), &BATCH];
        let (given, rows) = tokio::join!(
            biased;
            client.execute(number, &[&BACKLOG]),
            client.query(read, beyond)
        );
        Ok((given?, rows?.iter().map(news).collect::<Result<_, _>>()?))
    }
}
