//! What hangs on the one session DB: what happens without it, and how much it is asked.

use anyhow::Result;
use http::Method;

use super::{Colour, Stage, Verdict, amber, green, red};
use crate::browser::is;
use crate::running::SERVERS;
use crate::text::{say, told};

const REQUESTS: u64 = 12;

pub(super) async fn down(stage: &mut Stage) -> Result<Verdict> {
    stage.alice_signs_in().await?;
    let store = stage.running.store_name();
    let stops = told(
        format!("What the servers share to remember sessions, {store}, stops."),
        format!("서버들이 세션을 기억하려고 함께 쓰는 {store}가 멈춘다."),
    );
    stage.trace.note("server 1", "store", stops);
    stage.running.stop_store();
    let answer = stage.alice.call(Method::GET, "/me", say("Alice goes on.", "앨리스가 계속한다.")).await?;
    if !is(&answer, "alice") {
        stage.running.start_store().await?;
        return Ok(red("Without it nobody is known.", "그것이 없으면 아무도 알아보지 못한다."));
    }
    stage.running.outage().await;
    let answer = stage
        .alice
        .call(Method::GET, "/me", say("The outage lasts; she goes on.", "중단이 이어지고, 계속 사용한다."))
        .await?;
    stage.running.start_store().await?;
    Ok(if is(&answer, "alice") {
        green("The servers do not need it.", "서버들은 그것이 필요 없다.")
    } else {
        amber(
            "The servers go on alone for a while, then they refuse.",
            "서버들은 한동안 스스로 확인하다가, 그 뒤에는 거절한다.",
        )
    })
}

pub(super) async fn load(stage: &mut Stage) -> Result<Verdict> {
    stage.alice_signs_in().await?;
    stage.alice.moves_to(0);
    let before = stage.running.questions();
    let mut known = 0;
    for request in 0..REQUESTS {
        // Where she is known: with a memory of its own per server, at the first alone.
        let server = usize::try_from(request)? % SERVERS;
        stage.alice.moves_to(server);
        let answer = stage
            .alice
            .once(Method::GET, "/me", say("One request among many.", "수많은 요청 중 하나."))
            .await?;
        known += u64::from(is(&answer, "alice"));
    }
    let asked = stage.running.questions() - before;
    let sentence =
        told(format!("The servers asked it {asked} times."), format!("서버들이 {asked}번 물었다."));
    stage.trace.note("server 1", "store", sentence);
    let why = told(
        format!(
            "{REQUESTS} requests over three servers: {known} were recognised, and the one DB was asked {asked} times."
        ),
        format!("서버 세 대에 요청 {REQUESTS}건: {known}건을 알아보았고, 하나뿐인 DB에 {asked}번 물었다."),
    );
    let colour = if asked == 0 { Colour::Green } else { Colour::Amber };
    Ok(Verdict { colour, why })
}
