//! Who may delete what: somebody else's post, and a moderator who is one no longer.

use anyhow::{Result, ensure};
use http::Method;

use super::stolen::WORD_SPREADS;
use super::{Stage, Verdict, amber, green, red};
use crate::text::say;

pub(super) async fn delete_anothers(stage: &mut Stage) -> Result<Verdict> {
    stage.alice_signs_in().await?;
    let post = stage.alice.write("Mine.", say("Alice writes a post.", "앨리스가 글을 쓴다.")).await?;
    stage.mallory.sign_in(say("Mallory signs in.", "맬러리가 로그인한다.")).await?;
    let path = format!("/posts/{post}/delete");
    stage
        .mallory
        .call(Method::POST, &path, say("Mallory wants it gone.", "맬러리가 그 글을 지우려 한다."))
        .await?;
    Ok(if stage.is_there(post).await? {
        green("Mallory is known, and may not.", "누구인지는 알지만, 권한이 없다.")
    } else {
        red("Whoever is signed in deletes anything.", "로그인만 하면 무엇이든 지운다.")
    })
}

pub(super) async fn role_taken(stage: &mut Stage) -> Result<Verdict> {
    stage.mallory.sign_in(say("Mallory signs in.", "맬러리가 로그인한다.")).await?;
    let mut posts = Vec::new();
    for _ in 0..4 {
        posts.push(stage.mallory.write("Buy!", say("Mallory writes a post.", "맬러리가 글을 쓴다.")).await?);
    }
    stage.running.entrust("alice", "moderator").await?;
    stage.alice_signs_in().await?;
    let mut posts = posts.into_iter();
    ensure!(deletes(stage, posts.next()).await?, "a moderator must be able to delete");
    stage.running.entrust("alice", "member").await?;
    stage.trace.note(
        "server 1",
        "server 1",
        say("The operator takes the role away.", "운영자가 권한을 회수한다."),
    );
    if !deletes(stage, posts.next()).await? {
        return Ok(green("The role is gone at once.", "권한이 바로 사라졌다."));
    }
    tokio::time::sleep(WORD_SPREADS).await;
    if !deletes(stage, posts.next()).await? {
        return Ok(green(
            "The role is gone as soon as word has spread.",
            "소식이 퍼지자마자 권한이 사라졌다.",
        ));
    }
    stage.running.ten_minutes().await;
    Ok(if deletes(stage, posts.next()).await? {
        red("Ten minutes later she is still a moderator.", "10분이 지나도 여전히 관리자다.")
    } else {
        amber("She is a moderator until her access token expires.", "access 토큰이 만료될 때까지 관리자다.")
    })
}

async fn deletes(stage: &mut Stage, post: Option<u64>) -> Result<bool> {
    let post = post.unwrap_or_default();
    let says = say(
        "Alice deletes a post of Mallory's, as moderators may.",
        "앨리스가 관리자로서 맬러리의 글을 지운다.",
    );
    stage.alice.call(Method::POST, &format!("/posts/{post}/delete"), says).await?;
    Ok(!stage.is_there(post).await?)
}
