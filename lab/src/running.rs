//! A scheme that runs: three servers on ports of their own, on loopback, and what may happen to them.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use tokio::task::JoinHandle;

use crate::issuer::{self, Issuer};
use crate::redis::Redis;
use crate::schemes::{Scheme, World};
use crate::wire;

/// How many servers a scheme has.
pub const SERVERS: usize = 3;

/// The two who live here, and their passwords.
pub const PEOPLE: [(&str, &str); 2] =
    [("alice", "violet lanterns over a quiet harbour"), ("mallory", "seven wooden bridges in late autumn")];

const FIVE_MINUTES: Duration = Duration::from_mins(5);

/// How time passes for the servers.
#[derive(Clone, Copy)]
pub enum Time {
    /// As it does: access tokens live for five minutes.
    Real,
    /// For attacks that wait for them to expire: Bitjang's live for seconds.
    Short,
    /// Each server and the session DB need so long for each thing they do, one after the other, as if each had a machine of its own.
    Slow(Duration),
}

/// The servers of one scheme. They end when this is dropped.
pub struct Running {
    /// Which scheme.
    pub scheme: &'static Scheme,
    world: World,
    servers: Vec<Server>,
}

struct Server {
    port: u16,
    listener: TcpListener,
    serving: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Running {
    /// Starts the servers of `scheme`; `program` is the `bitjang` that scheme 10 runs.
    pub async fn start(scheme: &'static Scheme, program: Option<&PathBuf>, time: Time) -> Result<Self> {
        let (access, pace) = match time {
            Time::Real => (FIVE_MINUTES, None),
            Time::Short => (issuer::ACCESS, None),
            Time::Slow(pace) => (FIVE_MINUTES, Some(pace)),
        };
        let issuer = if scheme.is_bitjang() {
            let program =
                program.context("scheme 10 needs the program `bitjang`: set BITJANG_PROGRAM to its path")?;
            Issuer::start(program.into(), access).await?
        } else {
            Issuer::default()
        };
        let redis = if scheme.has_session_db() { Redis::start().await? } else { None };
        let world = World::around(issuer, redis, pace)?;
        let servers = (0..SERVERS)
            .map(|_| Server::start(slowed((scheme.server)(&world), pace)))
            .collect::<Result<_>>()?;
        let running = Self { scheme, world, servers };
        for (name, password) in PEOPLE {
            running.admit(name, password).await?;
        }
        running.ready().await?;
        Ok(running)
    }

    /// Where each server listens.
    pub fn ports(&self) -> Vec<u16> {
        self.servers.iter().map(|server| server.port).collect()
    }

    /// Ends every server, and Bitjang by kill -9, and starts them again: what was only in memory is gone.
    pub async fn restart(&mut self) -> Result<()> {
        if self.scheme.is_bitjang() {
            self.world.issuer.kill();
            self.world.issuer.run().await?;
        }
        for server in &mut self.servers {
            server.restart((self.scheme.server)(&self.world)).await?;
        }
        self.ready().await
    }

    /// What the servers share to remember sessions.
    pub fn store_name(&self) -> &'static str {
        if self.scheme.is_bitjang() { "Bitjang" } else { self.world.database.kind() }
    }

    /// Stops that.
    pub fn stop_store(&self) {
        self.world.database.stop();
        self.world.issuer.kill();
    }

    /// Starts it again.
    pub async fn start_store(&self) -> Result<()> {
        self.world.database.start().await?;
        if self.scheme.is_bitjang() {
            self.world.issuer.run().await?;
        }
        Ok(())
    }

    /// Gives somebody another role.
    pub async fn entrust(&self, name: &str, role: &str) -> Result<()> {
        self.world.community.entrust(name, role);
        if self.scheme.is_bitjang() {
            self.world.issuer.entrust(name, role).await?;
        }
        Ok(())
    }

    /// How often the servers had to ask what they share.
    pub fn questions(&self) -> u64 {
        self.world.database.questions() + self.world.issuer.questions()
    }

    /// Lets access tokens that live for minutes expire. Bitjang's clock is the machine's, and its tokens here live for seconds.
    pub async fn ten_minutes(&self) {
        if self.scheme.is_bitjang() {
            tokio::time::sleep(issuer::ACCESS + Duration::from_secs(2)).await;
        } else {
            self.world.clock.advance(Duration::from_secs(600));
        }
    }

    /// Lets an outage last. A follower of Bitjang's feed then knows that its view is too old.
    pub async fn outage(&self) {
        if self.scheme.is_bitjang() {
            tokio::time::sleep(issuer::MAX_STALENESS + Duration::from_secs(1)).await;
        } else {
            self.ten_minutes().await;
        }
    }

    async fn admit(&self, name: &str, password: &str) -> Result<()> {
        self.world.community.admit(name, password);
        if self.scheme.is_bitjang() {
            self.world.issuer.admit(name, password).await?;
        }
        Ok(())
    }

    async fn ready(&self) -> Result<()> {
        for server in self.servers.iter().filter(|_| self.scheme.is_bitjang()) {
            let answer = wire::send(server.port, http::Request::get("/ready").body(Bytes::new())?).await?;
            ensure!(answer.status == 204, "a server of the community is not ready");
        }
        Ok(())
    }
}

/// Whatever comes waits for its turn, and takes its time.
fn slowed(app: Router, pace: Option<Duration>) -> Router {
    let Some(pace) = pace else { return app };
    let turn = Arc::new(tokio::sync::Mutex::new(()));
    app.layer(from_fn(move |request: Request, next: Next| {
        let turn = Arc::clone(&turn);
        async move {
            let held = turn.lock().await;
            tokio::time::sleep(pace).await;
            drop(held);
            next.run(request).await
        }
    }))
}

impl Server {
    fn start(app: Router) -> Result<Self> {
        let listener = loopback(0)?;
        let port = listener.local_addr()?.port();
        Ok(Self { port, serving: serve(&listener, app)?, listener })
    }

    async fn restart(&mut self, app: Router) -> Result<()> {
        self.serving.abort();
        // Ends with a cancellation, which is what was asked for.
        let _ = (&mut self.serving).await;
        self.serving = serve(&self.listener, app)?;
        Ok(())
    }
}

/// A listener on this machine alone: what is served here is weak on purpose.
pub(crate) fn loopback(port: u16) -> Result<TcpListener> {
    listen(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
}

/// A listener at `address`, which must be loopback.
pub(crate) fn listen(address: SocketAddr) -> Result<TcpListener> {
    ensure!(
        address.ip().is_loopback(),
        "the lab is weak on purpose: it listens on loopback addresses only, not on {address}"
    );
    let listener = TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Serves in the background.
pub(crate) fn serve(listener: &TcpListener, app: Router) -> Result<JoinHandle<()>> {
    let listener = tokio::net::TcpListener::from_std(listener.try_clone()?)?;
    Ok(tokio::spawn(async move {
        // Serving ends only by being aborted.
        let _ = axum::serve(listener, app).await;
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_others_can_reach_is_refused() {
        for address in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0"] {
            assert!(listen(address.parse().unwrap()).is_err(), "{address}");
        }
        assert!(listen("127.0.0.1:0".parse().unwrap()).is_ok());
    }
}
