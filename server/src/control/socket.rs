//! Commands carried to the process that holds the data folder: HTTP over a Unix socket inside the folder, which only its owner may enter.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use axum::extract::{DefaultBodyLimit, State};
use axum::routing::post;
use axum::{Json, Router};
use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::{UnixListener, UnixStream};

use super::{Answer, Command, Console, Desk, Unanswered};
use crate::serve::Stop;

/// The socket's name in the data folder.
const NAME: &str = "control.sock";

/// The most bytes of one command: a batch of an import.
const COMMAND_BYTES: usize = 8 * 1_024 * 1_024;

type Broken = Box<dyn std::error::Error + Send + Sync>;

/// Where commands come in.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

impl Socket {
    /// Listens in `folder`, which this process must hold: a socket that is there already is left over from one that was killed.
    pub fn listen(folder: &Path) -> io::Result<Self> {
        let path = folder.join(NAME);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        Ok(Self { listener, path })
    }

    /// Carries out what comes in, until `stop`; what is under way then has as long as `drain`.
    pub async fn serve(self, console: Console, drain: Duration, mut stop: Stop) {
        let app = Router::new()
            .route("/", post(carry_out))
            .layer(DefaultBodyLimit::max(COMMAND_BYTES))
            .with_state(console);
        let mut patience = stop.clone();
        let served =
            axum::serve(self.listener, app).with_graceful_shutdown(async move { stop.asked().await });
        let expired = async {
            patience.asked().await;
            tokio::time::sleep(drain).await;
        };
        tokio::select! {
            _ = served.into_future() => {}
            () = expired => tracing::warn!("an account command did not finish in time and is cut off"),
        }
        // The next server takes it away otherwise.
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn carry_out(State(console): State<Console>, Json(command): Json<Command>) -> Json<Answer> {
    let answer = console.ask(command).await;
    Json(answer.unwrap_or_else(|unanswered| Answer::Failed { why: unanswered.to_string() }))
}

/// The server that holds a data folder.
#[derive(Clone, Debug)]
pub struct Remote {
    path: PathBuf,
}

impl Remote {
    /// The server that holds `folder`.
    pub fn holding(folder: &Path) -> Self {
        Self { path: folder.join(NAME) }
    }

    async fn connect(&self) -> Result<http1::SendRequest<Full<Bytes>>, Unanswered> {
        let nobody = |source| Unanswered::NobodyThere { path: self.path.display().to_string(), source };
        let stream = UnixStream::connect(&self.path).await.map_err(nobody)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| Unanswered::BrokenOff(error.into()))?;
        // What breaks the connection also breaks the request that waits for it, which tells.
        tokio::spawn(connection);
        Ok(sender)
    }

    async fn exchange(&self, command: &Command) -> Result<Answer, Unanswered> {
        let mut sender = self.connect().await?;
        let conversation = async {
            let body = Full::from(serde_json::to_vec(command)?);
            let json = "application/json";
            let request = Request::post("/")
                .header(header::HOST, "localhost")
                .header(header::CONTENT_TYPE, json)
                .body(body)?;
            let answer = sender.send_request(request).await?.into_body().collect().await?.to_bytes();
            Ok(serde_json::from_slice(&answer)?)
        };
        conversation.await.map_err(|error: Broken| Unanswered::BrokenOff(error))
    }
}

#[async_trait]
impl Desk for Remote {
    async fn ask(&self, command: Command) -> Result<Answer, Unanswered> {
        self.exchange(&command).await
    }
}
