//! Is Alice still known after a reload, after a restart, at another server?

use anyhow::Result;
use http::Method;

use super::{Stage, Verdict, green, red};
use crate::browser::is;
use crate::text::say;

pub(super) async fn reload(stage: &mut Stage) -> Result<Verdict> {
    stage.alice_signs_in().await?;
    let answer = stage
        .alice
        .open(
            0,
            say("She reloads the page: its variables are gone.", "페이지를 새로고침한다. 변수는 사라진다."),
        )
        .await?;
    Ok(if is(&answer, "alice") {
        green("She is still signed in.", "여전히 로그인되어 있다.")
    } else {
        red("She has to sign in again.", "다시 로그인해야 한다.")
    })
}

pub(super) async fn restart(stage: &mut Stage) -> Result<Verdict> {
    stage.alice_signs_in().await?;
    stage.trace.note(
        "server 1",
        "server 1",
        say(
            "Every server restarts: what was only in its memory is gone.",
            "모든 서버가 재시작한다. 메모리에만 있던 것은 사라진다.",
        ),
    );
    stage.running.restart().await?;
    let answer = stage
        .alice
        .call(
            Method::GET,
            "/me",
            say("She goes on as if nothing had happened.", "아무 일도 없었던 듯 계속한다."),
        )
        .await?;
    Ok(if is(&answer, "alice") {
        green("The servers still know her.", "서버들이 여전히 그를 안다.")
    } else {
        red("The restart signed everybody out.", "재시작으로 모두 로그아웃되었다.")
    })
}

pub(super) async fn second_server(stage: &mut Stage) -> Result<Verdict> {
    stage.alice_signs_in().await?;
    let mut known = true;
    for server in 1..crate::running::SERVERS {
        stage.alice.moves_to(server);
        let answer = stage
            .alice
            .call(
                Method::GET,
                "/me",
                say("The balancer sends her to another server.", "부하 분산기가 다른 서버로 보낸다."),
            )
            .await?;
        known &= is(&answer, "alice");
    }
    Ok(if known {
        green("Every server knows her.", "모든 서버가 그를 안다.")
    } else {
        red("Only the server where she signed in knows her.", "로그인한 서버만 그를 안다.")
    })
}
