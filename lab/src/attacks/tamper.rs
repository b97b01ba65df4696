//! What a credential says to whoever holds it, and what becomes of one that was changed.

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::Method;
use serde_json::{Value, json};

use super::{Colour, Stage, Verdict, amber, green, red};
use crate::jwt::{Decoded, decode};
use crate::text::{Text, say, told};

/// What tutorials sign with, and so what is tried first.
const GUESSES: [&str; 5] = ["secret", "changeme", "password", "your-256-bit-secret", "jwt-secret"];

pub(super) async fn read(stage: &mut Stage) -> Result<Verdict> {
    stage.alice_signs_in().await?;
    stage.thief.copy(
        &stage.alice,
        say("Somebody reads what her browser holds.", "누군가 브라우저가 가진 것을 읽는다."),
    );
    let all: Vec<String> = stage.thief.credentials().into_iter().map(|text| text.clone()).collect();
    if let Some(clear) = all.iter().find_map(|text| plain(text)) {
        let hidden: String = clear.chars().take(12).collect();
        return Ok(Verdict {
            colour: Colour::Red,
            why: told(
                format!("It says name and password: {hidden}…"),
                format!("이름과 비밀번호가 적혀 있다: {hidden}…"),
            ),
        });
    }
    Ok(match all.iter().find_map(|text| decode(text)) {
        Some(token) => {
            let names: Vec<_> =
                token.payload.as_object().map(|claims| claims.keys().cloned().collect()).unwrap_or_default();
            let names = names.join(", ");
            let why = told(
                format!("Anybody reads its claims ({names}); nothing secret may be in there."),
                format!("누구나 클레임({names})을 읽는다. 비밀을 담으면 안 된다."),
            );
            Verdict { colour: Colour::Amber, why }
        }
        None => green("It is opaque and says nothing.", "아무 뜻도 읽을 수 없는 값이다."),
    })
}

pub(super) async fn payload(stage: &mut Stage) -> Result<Verdict> {
    let says = say("Payload changed: another role.", "페이로드를 바꿔 다른 권한을 적었다.");
    forge(stage, &[&|value| changed(value, |token| token.as_it_is())], says).await
}

pub(super) async fn signature(stage: &mut Stage) -> Result<Verdict> {
    let says =
        say("Another role, signed with a guessed secret.", "다른 권한을 적고 추측한 비밀 키로 서명했다.");
    let guesses: Vec<_> = GUESSES
        .map(|secret| {
            move |value: &str| changed(value, |token| as_hs256(token).signed_with(secret.as_bytes()))
        })
        .into_iter()
        .collect();
    let forgers: Vec<&Forger<'_>> = guesses.iter().map(|forger| forger as &Forger<'_>).collect();
    forge(stage, &forgers, says).await
}

pub(super) async fn algorithm(stage: &mut Stage) -> Result<Verdict> {
    let keys = public_keys(stage).await?;
    let confused: Vec<_> = keys
        .iter()
        .map(|key| move |value: &str| changed(value, |token| as_hs256(token).signed_with(key)))
        .collect();
    let mut forgers: Vec<&Forger<'_>> = vec![
        &|value| changed(value, |token| unsigned(token, "none")),
        &|value| changed(value, |token| unsigned(token, "None")),
        &|value| changed(value, |token| with_algorithm(token, "HS512").as_it_is()),
    ];
    forgers.extend(confused.iter().map(|forger| forger as &Forger<'_>));
    let says = say(
        "Another role, under \"none\", HS512, or HS256 with the public key as its secret.",
        "다른 권한을 적고 알고리즘을 \"none\"이나 HS512로, 또는 공개 키를 비밀로 쓴 HS256으로 바꿨다.",
    );
    forge(stage, &forgers, says).await
}

/// The keys with which anybody can check tokens, as bytes and as they are written.
async fn public_keys(stage: &mut Stage) -> Result<Vec<Vec<u8>>> {
    let says = say("Does it publish a key?", "공개하는 키가 있는가?");
    let published = stage.thief.once(Method::GET, "/.well-known/jwks.json", says).await?.json();
    let written = published.get("keys").and_then(Value::as_array).into_iter().flatten();
    let written = written.filter_map(|key| key.get("x").and_then(Value::as_str));
    Ok(written.flat_map(|x| [URL_SAFE_NO_PAD.decode(x).unwrap_or_default(), x.into()]).collect())
}

type Forger<'k> = dyn Fn(&str) -> String + Send + Sync + 'k;

async fn forge(stage: &mut Stage, forgers: &[&Forger<'_>], says: Text) -> Result<Verdict> {
    stage.alice_signs_in().await?;
    for forger in forgers {
        stage.thief.copy(
            &stage.alice,
            say("A copy of what her browser holds, to be changed.", "브라우저가 가진 것을 베껴 고친다."),
        );
        stage.thief.credentials().into_iter().for_each(|value| *value = forger(value));
        let answer = stage.thief.once(Method::GET, "/me", says.clone()).await?;
        if answer.status == 200 {
            return Ok(red("The servers believed it.", "서버가 믿었다."));
        }
        if answer.status.is_server_error() {
            return Ok(amber(
                "It was not believed, but it broke the server.",
                "믿지는 않았지만 서버가 고장 났다.",
            ));
        }
    }
    Ok(green("No server believed it.", "어떤 서버도 믿지 않았다."))
}

/// A JWT, changed and put together by `finish`; anything else, changed in what it says or in its first letter.
fn changed(value: &str, finish: impl Fn(Decoded) -> String) -> String {
    if let Some(mut token) = decode(value) {
        if let Some(claims) = token.payload.as_object_mut() {
            claims.insert("role".into(), json!("moderator"));
            claims.insert("roles".into(), json!(["moderator"]));
        }
        return finish(token);
    }
    if let Some(clear) = plain(value) {
        return STANDARD.encode(clear.replace("alice", "mallory"));
    }
    let first = if value.starts_with('A') { 'B' } else { 'A' };
    value.char_indices().map(|(at, letter)| if at == 0 { first } else { letter }).collect()
}

/// Base64 of something that people read.
fn plain(value: &str) -> Option<String> {
    let clear = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
    (clear.contains(':') && clear.chars().all(|letter| !letter.is_control())).then_some(clear)
}

fn with_algorithm(mut token: Decoded, name: &str) -> Decoded {
    if let Some(header) = token.header.as_object_mut() {
        header.insert("alg".into(), json!(name));
    }
    token
}

fn as_hs256(token: Decoded) -> Decoded {
    with_algorithm(token, "HS256")
}

fn unsigned(token: Decoded, name: &str) -> String {
    let mut token = with_algorithm(token, name);
    token.signature.clear();
    token.as_it_is()
}
