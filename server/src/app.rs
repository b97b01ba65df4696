//! The whole server, wired: a store, the flows over it, the guard, the HTTP face, telemetry.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use bitjang_core::key::Sealed;
use bitjang_core::{Auth, Entropy, NoKeys, Operator, Ports, Time, keyring};
use bitjang_guard::{BadOrigin, Guard, Origins};
use bitjang_permit::{BadPolicies, Permit};
use bitjang_store::{Belief, OpenError, Opened, Remembering, StoreUrl};
use bitjang_web::{App, Decided, Settings};
use tokio::net::TcpListener;

use crate::clocks;
use crate::config::{Config, KeyFile};
use crate::control::{Console, Socket};
use crate::front::Front;
use crate::hashing::{Pool, Size};
use crate::health::{self, Probe};
use crate::serve::notify::{self, Notice};
use crate::serve::{self, Patience, Signals, Stop, Stopper, Told};
use crate::sweep;
use crate::telemetry::{Observe, Telemetry};
use crate::world::{SystemClock, SystemEntropy};

/// A server that is open for business; it listens only in [`Bitjang::serve`].
pub struct Bitjang {
    store: Opened,
    url: StoreUrl,
    auth: Auth,
    app: App,
    guard: Guard,
    permit: Permit,
    probe: Probe,
    routes: Router,
    linger: Duration,
}

/// Why the server could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum NotOpened {
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The threads that hash passwords cannot be started.
    #[error("the threads that hash passwords cannot be started")]
    Hashing(#[source] io::Error),
    /// The signing key that the configuration names cannot be used.
    #[error(transparent)]
    KeyFile(#[from] KeyFile),
    /// The store gives no keys.
    #[error(transparent)]
    Keys(#[from] NoKeys),
    /// The public URL is none.
    #[error("the public URL is {0}")]
    PublicUrl(#[from] BadOrigin),
    /// The policies cannot be used.
    #[error("the policies in {} cannot be used:\n{faults}", folder.display())]
    Policies {
        /// Where they are.
        folder: PathBuf,
        /// What is wrong with them.
        faults: BadPolicies,
    },
    /// The pages cannot be read.
    #[error("the pages cannot be read")]
    Pages(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Bitjang {
    /// Opens the store and wires everything on top of it.
    pub async fn open(config: &Config) -> Result<Self, NotOpened> {
        let store = opened(config).await?;
        let telemetry = Arc::new(Telemetry::new(&SystemEntropy));
        let (pool, size) = hashing(config)?;
        let auth = Auth::open(ports(&store, config, &pool, &telemetry), config.rules()?).await?;
        let public_url = config.public_url()?;
        let guard = Guard::new(auth.clone(), Origins::new(&public_url, &config.trusted_origins));
        let settings = Settings { public_url, trusted_proxies: config.trusted_proxies.clone() };
        let permit = permit(config)?;
        let app = App::new(auth.clone(), guard.clone(), settings)
            .map_err(|error| NotOpened::Pages(error.into()))?
            .deciding_by(permit.clone(), decided(config, &telemetry));
        let (_, stop) = Stopper::new();
        let probe = Probe { store: Arc::clone(&store.health), pool, queue: size.queue, telemetry, stop };
        let (url, routes, linger) = (config.store.clone(), Router::new(), config.linger);
        Ok(Self { store, url, auth, app, guard, permit, probe, routes, linger })
    }

    /// Makes the next signing key of a store that no server holds, also where the keys are gone; says its name, and when it begins to sign.
    pub async fn rotate_keys(config: &Config, operator: Operator) -> Result<(String, Time), NotOpened> {
        let store = bitjang_store::open(&config.store, config.tokens.max_staleness).await?;
        let telemetry = Arc::new(Telemetry::new(&SystemEntropy));
        let (pool, _) = hashing(config)?;
        let rotated =
            keyring::rotate(operator, &ports(&store, config, &pool, &telemetry), &config.rules()?.tokens)
                .await;
        store.health.close().await;
        Ok(rotated?)
    }

    /// The same server, with the routes of an app beside its own.
    #[must_use]
    pub fn with_routes(self, routes: Router) -> Self {
        Self { routes: self.routes.merge(routes), ..self }
    }

    /// Everything that browsers and apps call.
    pub fn router(&self) -> Router {
        self.routes_of(self.app.clone())
    }

    fn routes_of(&self, app: App) -> Router {
        let health = health::router(self.probe.clone()).layer(bitjang_web::in_browsers(&app));
        bitjang_web::router(app).merge(self.routes.clone()).merge(health).layer(self.observe())
    }

    fn observe(&self) -> Observe {
        Observe::new(Arc::clone(&self.probe.telemetry))
    }

    /// Everything that the operator's machines call.
    pub fn admin_router(&self) -> Router {
        health::admin_router(self.probe.clone())
    }

    /// The guard, for routes of an app in the same process.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// The flows, for an app in the same process.
    pub fn auth(&self) -> &Auth {
        &self.auth
    }

    /// Where the operator's commands are carried out.
    pub fn console(&self) -> Console {
        Console::new(self.auth.clone())
    }

    /// Serves until `stop`, lets requests that are under way finish, and closes the store.
    pub async fn serve(mut self, listeners: Listeners, patience: Patience, stop: Stop) {
        self.probe.stop = stop.clone();
        let telemetry = Arc::clone(&self.probe.telemetry);
        let opened = move || telemetry.connection_opened();
        let app = self.app.closing_with(stop.clone().into());
        let site = Front::new(&self.observe(), app.clone(), self.routes_of(app));
        let public = serve::serve(listeners.public, site, patience, opened, stop.clone());
        let admin = async {
            if let Some(listener) = listeners.admin {
                serve::serve(listener, self.admin_router(), patience, || (), stop.clone()).await;
            }
        };
        let control = async {
            if let Some(socket) = listeners.control {
                socket.serve(self.console(), patience.drain, stop.clone()).await;
            }
        };
        let clocks = clocks::compare(Arc::clone(&self.store.health), stop.clone());
        let sweeper = tokio::spawn(sweep::sweep(self.auth.clone(), stop.clone()));
        let ((), (), (), ()) = tokio::join!(public, admin, control, clocks);
        // It hears the same word; an error means that it panicked, which the log has already.
        let _ = sweeper.await;
        self.close().await;
    }

    /// Listens where `config` says and serves until the process is told to stop: what a small app needs of all this.
    pub async fn run(self, mut config: Config) -> Result<(), NotRunning> {
        let signals = Signals::listen().map_err(NotRunning::Signals)?;
        let listeners = Listeners::bind(&mut config).await?.and_for_commands(&self);
        listeners.announce(&config)?;
        self.serve_until(signals, listeners).await;
        Ok(())
    }

    /// Serves until a signal comes; whether it stopped in order, and not because of a second signal. After SIGTERM it serves on for a while, until balancers have noticed.
    pub async fn serve_until(self, mut signals: Signals, listeners: Listeners) -> bool {
        let (stopper, stop) = Stopper::new();
        let (permit, linger) = (self.permit.clone(), self.linger);
        // On the heap: it is large, and lives as long as the process.
        let mut served = Box::pin(self.serve(listeners, Patience::default(), stop));
        let told = tokio::select! {
            () = &mut served => return true,
            told = until_told_to_stop(&mut signals, &permit) => told,
        };
        if told == Told::Leave {
            tracing::info!(
                seconds = linger.as_secs(),
                "leaving: not ready for more, but what comes is still served"
            );
            stopper.leave();
            tokio::select! {
                () = &mut served => return true,
                () = signals.stop() => return false,
                () = tokio::time::sleep(linger) => {}
            }
        }
        tracing::info!("stopping: requests that are under way are finished first");
        notify::tell(Notice::Stopping);
        stopper.stop();
        tokio::select! {
            () = served => true,
            () = signals.stop() => false,
        }
    }

    /// Closes the store: what was acknowledged is on disk either way, but the next start is quicker.
    pub async fn close(self) {
        self.store.health.close().await;
    }
}

/// Reads the policies again as often as a signal says so; gives the first that says something else.
async fn until_told_to_stop(signals: &mut Signals, permit: &Permit) -> Told {
    loop {
        match signals.next().await {
            Told::ReadAgain => {
                let permit = permit.clone();
                // What is wrong with them is in the log; an error of the task means that it panicked, which the log has too.
                let _ = tokio::task::spawn_blocking(move || permit.reload()).await;
            }
            told => return told,
        }
    }
}

fn permit(config: &Config) -> Result<Permit, NotOpened> {
    let Some(folder) = &config.policies else { return Ok(Permit::nothing(Arc::new(SystemClock))) };
    Permit::of_folder(folder, Arc::new(SystemClock))
        .map_err(|faults| NotOpened::Policies { folder: folder.clone(), faults })
}

/// How much of a decision's reason is logged, in characters: whoever asks says part of it.
const LONGEST_REASON: usize = 512;

fn decided(config: &Config, telemetry: &Arc<Telemetry>) -> Decided {
    let (telemetry, is_logged) = (Arc::clone(telemetry), config.log.decisions);
    Arc::new(move |decision| {
        telemetry.decided(decision);
        if is_logged {
            let (allowed, reason) = (decision.allowed, decision.reason.code());
            let why = decision.to_string();
            let why: String = why.chars().take(LONGEST_REASON).collect();
            // Quoted: what a question says must not look like another line.
            tracing::info!(allowed, reason, ?why, "decided");
        }
    })
}

/// The main store, and Redis beside it where the configuration names one.
async fn opened(config: &Config) -> Result<Opened, OpenError> {
    let (access, max_staleness) = (config.tokens.access, config.tokens.max_staleness);
    let bytes = config.cache_bytes.unwrap_or_else(Remembering::usual_bytes);
    let store = bitjang_store::open(&config.store, Remembering { bytes, max_staleness }).await?;
    match &config.sessions {
        Some(url) => {
            store.beside_redis(url, Belief { clock: Arc::new(SystemClock), access, max_staleness }).await
        }
        None => Ok(store),
    }
}

fn hashing(config: &Config) -> Result<(Arc<Pool>, Size), NotOpened> {
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let usual = Size::default();
    let size = Size { queue: config.hashing_queue.unwrap_or(usual.queue), ..usual };
    let pool = Pool::start(size, config.password.parameters, &entropy).map_err(NotOpened::Hashing)?;
    Ok((Arc::new(pool), size))
}

fn ports(store: &Opened, config: &Config, pool: &Arc<Pool>, telemetry: &Arc<Telemetry>) -> Ports {
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let (keys, sealing) = (Arc::clone(&store.keys), config.tokens.sealing.clone());
    Ports {
        accounts: Arc::clone(&store.accounts),
        sessions: Arc::clone(&store.sessions),
        limits: Arc::clone(&store.limits),
        keys: Arc::new(Sealed::new(keys, sealing, Arc::clone(&entropy))),
        revocations: Arc::clone(&store.revocations),
        service_credentials: Arc::clone(&store.service_credentials),
        hasher: Arc::<Pool>::clone(pool),
        clock: Arc::new(SystemClock),
        entropy,
        events: Arc::<Telemetry>::clone(telemetry),
    }
}

/// Why a server did not run.
#[derive(Debug, thiserror::Error)]
pub enum NotRunning {
    /// It cannot listen.
    #[error(transparent)]
    Listening(#[from] NotListening),
    /// It could not be stopped.
    #[error("signals cannot be listened to")]
    Signals(#[source] io::Error),
    /// It cannot say that it is ready.
    #[error("standard output cannot be written to")]
    Announcing(#[from] io::Error),
}

/// The sockets that the server listens on.
#[derive(Debug)]
pub struct Listeners {
    public: TcpListener,
    admin: Option<TcpListener>,
    control: Option<Socket>,
}

/// Why an address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("{key} = {address} cannot be listened on: {}", reason(.source))]
pub struct NotListening {
    key: &'static str,
    address: SocketAddr,
    source: io::Error,
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "another process listens there; stop it, or choose another port".to_owned()
        }
        io::ErrorKind::AddrNotAvailable => "this machine does not have that address".to_owned(),
        io::ErrorKind::PermissionDenied => "ports below 1024 need permission; choose another port".to_owned(),
        _ => error.to_string(),
    }
}

impl Listeners {
    /// Listens where `config` says; puts the port that the system chose where it says port 0.
    pub async fn bind(config: &mut Config) -> Result<Self, NotListening> {
        let public = bind("listen", &mut config.listen).await?;
        let admin = match &mut config.admin_listen {
            Some(address) => Some(bind("admin_listen", address).await?),
            None => None,
        };
        Ok(Self { public, admin, control: None })
    }

    /// Listens also for the operator's commands, in the data folder that `bitjang` holds, if there is one. A server that cannot goes on without them.
    #[must_use]
    pub fn and_for_commands(self, bitjang: &Bitjang) -> Self {
        let StoreUrl::Embedded(folder) = &bitjang.url else { return self };
        let listening = Socket::listen(folder).inspect_err(|error| {
            tracing::warn!(%error, folder = %folder.display(), "account commands do not work while this server runs");
        });
        Self { control: listening.ok(), ..self }
    }
}

impl Listeners {
    /// Says on standard output where to open the server.
    pub fn announce(&self, config: &Config) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let site = config.public_url().map_err(io::Error::other)?;
        writeln!(out, "Bitjang is ready at {site}")?;
        if let Some(admin) = config.admin_listen {
            writeln!(out, "Metrics are at http://{admin}/metrics")?;
        }
        out.flush()
    }
}

async fn bind(key: &'static str, address: &mut SocketAddr) -> Result<TcpListener, NotListening> {
    let failed = |address| move |source| NotListening { key, address, source };
    let listener = TcpListener::bind(*address).await.map_err(failed(*address))?;
    *address = listener.local_addr().map_err(failed(*address))?;
    Ok(listener)
}
