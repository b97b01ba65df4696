//! `bitjang-demo`: a Bitjang server and the community in front of it, until Ctrl-C.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use bitjang_demo::bitjang::Bitjang;
use bitjang_demo::exchange::Exchange;
use bitjang_demo::pages::Pages;
use bitjang_demo::seed::INHABITANTS;
use bitjang_demo::server::{Program, Server, issuer};
use bitjang_demo::store::Store;
use bitjang_demo::{App, Parts, rules, seed};
use bitjang_guard::Origins;
use bitjang_guard::verifier::Verifier;
use clap::Parser;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// A small community that signs people in with Bitjang, to try it all out.
#[derive(Parser)]
#[command(name = "bitjang-demo", version)]
struct Cli {
    /// The port to listen on, on this machine only
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// A folder to keep the data in; a temporary one unless given
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

fn main() -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().context("the runtime cannot be started");
    match runtime.and_then(|runtime| runtime.block_on(run(Cli::parse()))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, cli.port)).await;
    let listener =
        listener.with_context(|| format!("port {} cannot be listened on; try --port", cli.port))?;
    let public_url = format!("http://localhost:{}", listener.local_addr()?.port());
    let temporary = tempfile::tempdir()?;
    let folder = cli.data.as_deref().unwrap_or(temporary.path());
    std::fs::create_dir_all(folder)?;
    let folder = folder.canonicalize()?;
    let program = Program::find(&folder)?;
    let server = program.serve(&public_url).await?;
    let app = community(&server, &program, &public_url, Arc::new(Store::open(&folder.join("community.db"))?));
    let outcome = match app {
        Ok(app) => serve(listener, app, &program, &public_url).await,
        Err(error) => Err(error),
    };
    server.stop().await?;
    outcome
}

fn community(server: &Server, program: &Program, public_url: &str, store: Arc<Store>) -> Result<App> {
    let verifier = Verifier::follow(&issuer(server.address)).audience(public_url).start()?;
    let origins = Origins::new(&public_url.parse()?, &[]);
    let bitjang = Bitjang::at(server.address, public_url.try_into()?);
    let exchange = Exchange::new(bitjang, verifier, origins, Arc::clone(&store));
    let office = Box::new(program.clone());
    Ok(App::new(Parts { exchange, permit: rules::permit()?, store, office, pages: Pages::new()? }))
}

async fn serve(listener: TcpListener, app: App, program: &Program, public_url: &str) -> Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let password = seed::inhabit(&app, program).await?;
    announce(public_url, password.as_deref());
    let router = app.router().into_make_service_with_connect_info::<std::net::SocketAddr>();
    let served = axum::serve(listener, router).into_future();
    // Whoever is in the middle of a request can ask again: nothing here is half done.
    tokio::select! {
        ended = served => ended?,
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

fn announce(public_url: &str, password: Option<&str>) {
    println!("The community is open at {public_url}");
    println!("Try to delete somebody else's post at {public_url}/try");
    let Some(password) = password else {
        println!("Its inhabitants have the password of the first start.");
        return;
    };
    println!("\nEverybody's password is {password}\n");
    for inhabitant in INHABITANTS {
        println!("  {:<6} {}", inhabitant.identifier, inhabitant.about);
    }
    println!("\nCtrl-C ends it.");
}
