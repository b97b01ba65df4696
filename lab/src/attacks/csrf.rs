//! Alice, signed in, visits the attacker's site, which makes her browser delete her own post.

use anyhow::Result;
use http::Method;

use super::{Stage, Verdict, green, red};
use crate::browser::Sender;
use crate::text::{Text, say};

pub(super) async fn form(stage: &mut Stage) -> Result<Verdict> {
    let says = say(
        "The attacker's page sends a form that looks like nothing.",
        "공격자의 페이지가 숨은 폼을 보낸다.",
    );
    forge(stage, Method::POST, Sender::ForeignForm, says).await
}

pub(super) async fn image(stage: &mut Stage) -> Result<Verdict> {
    let says = say(
        "The attacker's page shows an image whose address deletes.",
        "공격자의 페이지에 글을 지우는 주소의 이미지가 있다.",
    );
    forge(stage, Method::GET, Sender::ForeignPart, says).await
}

pub(super) async fn fetch(stage: &mut Stage) -> Result<Verdict> {
    let says = say(
        "A script of the attacker's page sends a request with cookies.",
        "공격자 페이지의 스크립트가 쿠키와 함께 요청을 보낸다.",
    );
    forge(stage, Method::POST, Sender::ForeignPart, says).await
}

async fn forge(stage: &mut Stage, method: Method, sender: Sender, says: Text) -> Result<Verdict> {
    stage.alice_signs_in().await?;
    let post = stage.alice.write("Mine.", say("Alice writes a post.", "앨리스가 글을 쓴다.")).await?;
    stage.alice.forged(method, &format!("/posts/{post}/delete"), sender, says).await?;
    Ok(if stage.is_there(post).await? {
        green("The forged request did nothing.", "위조된 요청은 아무 일도 하지 못했다.")
    } else {
        red(
            "The post is gone: the server took another site's request for hers.",
            "글이 사라졌다. 서버가 다른 사이트의 요청을 본인의 것으로 받아들였다.",
        )
    })
}
