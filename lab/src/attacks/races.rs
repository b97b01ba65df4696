//! An honest browser that looks like a thief: two tabs at once, and an answer that never came.

use anyhow::Result;

use super::{Stage, Verdict, green, red};
use crate::browser::is;
use crate::text::say;

pub(super) async fn two_tabs(stage: &mut Stage) -> Result<Verdict> {
    stage.alice_signs_in().await?;
    let first = say("One tab refreshes.", "한 탭이 갱신한다.");
    let second = say(
        "Another tab refreshes at the same moment, with the same token.",
        "다른 탭이 같은 순간 같은 토큰으로 갱신한다.",
    );
    stage.alice.refresh_twice([first, second]).await?;
    judge(stage).await
}

pub(super) async fn lost_answer(stage: &mut Stage) -> Result<Verdict> {
    stage.alice_signs_in().await?;
    stage
        .alice
        .refresh_in_vain(say(
            "She refreshes; the answer is lost on its way.",
            "갱신하지만 응답이 도중에 사라진다.",
        ))
        .await?;
    stage.alice.refresh(say("She tries again with what she has.", "가진 것으로 다시 시도한다.")).await?;
    judge(stage).await
}

async fn judge(stage: &mut Stage) -> Result<Verdict> {
    let refreshed =
        stage.alice.refresh(say("Some time later she refreshes again.", "얼마 뒤 다시 갱신한다.")).await?;
    let answer = stage
        .alice
        .call(http::Method::GET, "/me", say("Is she still signed in?", "여전히 로그인되어 있는가?"))
        .await?;
    Ok(if refreshed.status == 200 && is(&answer, "alice") {
        green("She is still signed in.", "여전히 로그인되어 있다.")
    } else {
        red(
            "An honest person was logged out as if she were a thief.",
            "정직한 사람이 도둑처럼 로그아웃되었다.",
        )
    })
}
