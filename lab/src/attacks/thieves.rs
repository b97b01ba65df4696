//! A thief and the owner both hold a copy of the refresh token, and both go on.

use anyhow::Result;

use super::stolen::refused_within;
use super::{Stage, Verdict, amber, green, red};
use crate::text::say;

/// How often both go on.
const ROUNDS: usize = 3;

pub(super) async fn thief_first(stage: &mut Stage) -> Result<Verdict> {
    stolen(stage).await?;
    for _ in 0..ROUNDS {
        thief_goes_on(stage).await?;
        owner_goes_on(stage).await?;
    }
    judge(stage).await
}

pub(super) async fn owner_first(stage: &mut Stage) -> Result<Verdict> {
    stolen(stage).await?;
    for _ in 0..ROUNDS {
        owner_goes_on(stage).await?;
        thief_goes_on(stage).await?;
    }
    judge(stage).await
}

async fn stolen(stage: &mut Stage) -> Result<()> {
    stage.alice_signs_in().await?;
    stage.thief.copy(
        &stage.alice,
        say("A thief copies all that her browser holds.", "도둑이 브라우저가 가진 것을 모두 베낀다."),
    );
    Ok(())
}

async fn thief_goes_on(stage: &mut Stage) -> Result<()> {
    stage.thief.refresh(say("The thief goes on with the copy.", "도둑이 사본으로 갱신한다.")).await.map(drop)
}

async fn owner_goes_on(stage: &mut Stage) -> Result<()> {
    stage.alice.refresh(say("Alice goes on.", "앨리스가 갱신한다.")).await.map(drop)
}

async fn judge(stage: &mut Stage) -> Result<Verdict> {
    let answer =
        stage.thief.refresh(say("Can the thief still go on?", "도둑이 여전히 갱신할 수 있는가?")).await?;
    if answer.status == 200 {
        return Ok(red(
            "The thief goes on for as long as the owner would, and nobody notices.",
            "도둑이 주인만큼 오래 계속하고, 아무도 알아채지 못한다.",
        ));
    }
    Ok(match refused_within(stage).await? {
        Some(_) => green(
            "Both went on, which betrayed the theft: the session has ended at every server.",
            "둘 다 갱신하자 도난이 드러났고, 모든 서버에서 세션이 끝났다.",
        ),
        None => amber(
            "The theft was noticed, but the thief's access token lives on until it expires.",
            "도난은 드러났지만, 도둑의 access 토큰은 만료될 때까지 살아 있다.",
        ),
    })
}
