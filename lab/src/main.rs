//! `bitjang-lab`: the lab, as a page or as a report.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use bitjang_lab::{bottleneck, page, report};
use clap::Parser;

/// Each scheme of signing in alive, and each attack on it.
#[derive(Parser)]
#[command(name = "bitjang lab")]
struct Asked {
    /// Run every attack against every scheme, print the matrix as Markdown, and end
    #[arg(long)]
    report: bool,
    /// The same as JSON, with every message that was seen
    #[arg(long)]
    json: bool,
    /// Measure requests per second for one, two and three servers, and print the plot as SVG
    #[arg(long)]
    bottleneck: bool,
    /// Where the page listens, on loopback; 0 for any free port
    #[arg(long, default_value_t = 8090)]
    port: u16,
    /// The program `bitjang`, for scheme 10
    #[arg(long, env = "BITJANG_PROGRAM", hide_env_values = true)]
    program: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let asked = Asked::parse();
    if asked.report || asked.json {
        return tell(asked).await;
    }
    if asked.bottleneck {
        let lines = bottleneck::measure(asked.program.as_ref()).await?;
        for line in &lines {
            eprintln!("{}: {:?}", line.scheme, line.rates);
        }
        println!("{}", page::plotted(&lines));
        return Ok(());
    }
    let ready =
        |address: std::net::SocketAddr| println!("The lab is open at http://localhost:{}", address.port());
    page::serve(asked.port, asked.program, ready, ended()).await
}

/// Until somebody ends it: Ctrl-C, or a supervisor.
async fn ended() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

async fn tell(asked: Asked) -> Result<()> {
    let seen =
        |cell: &bitjang_lab::Cell| eprintln!("{:?}: {} × {}", cell.verdict.colour, cell.scheme, cell.attack);
    let cells = report::run(asked.program, seen).await?;
    if asked.json {
        println!("{}", serde_json::to_string(&cells)?);
    } else {
        print!("{}", report::markdown(&cells));
    }
    let surprises = report::surprises(&cells);
    ensure!(surprises.is_empty(), "not as expected:\n{}", surprises.join("\n"));
    Ok(())
}
