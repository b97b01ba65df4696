//! A copy of what Alice's browser holds: how long it is worth something.

use std::time::Duration;

use anyhow::Result;
use http::Method;

use super::{Colour, Stage, Verdict, amber, green, red};
use crate::browser::is;
use crate::clock::moment;
use crate::text::{say, told};

/// How long to wait for word of a sign-out to reach every server.
pub(super) const WORD_SPREADS: Duration = Duration::from_secs(1);
const GLANCE: Duration = Duration::from_millis(25);

pub(super) async fn after_sign_out(stage: &mut Stage) -> Result<Verdict> {
    stage.alice_signs_in().await?;
    stage.thief.copy(
        &stage.alice,
        say("A thief copies all that her browser holds.", "도둑이 브라우저가 가진 것을 모두 베낀다."),
    );
    stage.alice.sign_out(say("Alice signs out.", "앨리스가 로그아웃한다.")).await?;
    stage.thief.moves_to(1);
    if let Some(took) = refused_within(stage).await? {
        let why = told(
            format!("After sign-out the copy was refused at another server within {took} ms."),
            format!("로그아웃 뒤 {took}ms 안에 다른 서버에서도 사본이 거절되었다."),
        );
        return Ok(Verdict { colour: Colour::Green, why });
    }
    stage.running.ten_minutes().await;
    let answer = stage
        .thief
        .call(
            Method::GET,
            "/me",
            say("Ten minutes later the thief tries again.", "10분 뒤 도둑이 다시 시도한다."),
        )
        .await?;
    Ok(if is(&answer, "alice") {
        red("The copy still works: the sign-out was a lie.", "사본이 여전히 통한다. 로그아웃은 거짓말이었다.")
    } else {
        amber("The copy works until its access token expires.", "access 토큰이 만료될 때까지 사본이 통한다.")
    })
}

pub(super) async fn access(stage: &mut Stage) -> Result<Verdict> {
    stage.alice_signs_in().await?;
    stage
        .thief
        .copy(&stage.alice, say("A thief copies what a request carries.", "도둑이 요청에 실린 것을 베낀다."));
    stage.thief.forget_refresh();
    let answer = stage
        .thief
        .once(Method::GET, "/me", say("The thief uses it at once.", "도둑이 바로 사용한다."))
        .await?;
    if !is(&answer, "alice") {
        return Ok(green("It was worth nothing.", "아무 쓸모가 없었다."));
    }
    stage.running.ten_minutes().await;
    let answer = stage
        .thief
        .once(Method::GET, "/me", say("Ten minutes later the thief uses it again.", "10분 뒤 다시 사용한다."))
        .await?;
    Ok(if is(&answer, "alice") {
        red("It still works after ten minutes.", "10분이 지나도 통한다.")
    } else {
        amber("It works until it expires, minutes later, and not longer.", "몇 분 뒤 만료될 때까지만 통한다.")
    })
}

/// After how many milliseconds the thief was refused; nothing if never.
pub(super) async fn refused_within(stage: &mut Stage) -> Result<Option<u128>> {
    let began = moment();
    while began.elapsed() < WORD_SPREADS {
        let answer = stage
            .thief
            .once(Method::GET, "/me", say("The thief tries the copy.", "도둑이 사본을 써 본다."))
            .await?;
        if !is(&answer, "alice") {
            return Ok(Some(began.elapsed().as_millis()));
        }
        tokio::time::sleep(GLANCE).await;
    }
    Ok(None)
}
