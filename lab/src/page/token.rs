//! The token explorer: what anybody reads in a token, what a server checks, and why it would refuse.

use minijinja::{Value, context};

use crate::clock::Clock;
use crate::jwt::decode;
use crate::text::{Text, say, told};

/// What there is to say of a pasted text.
pub(super) fn explain(token: &str, language: &str) -> Value {
    let Some(token) = decode(token.trim()) else {
        let why = say(
            "Not a JWT: it is not three parts of base64url whose first two are JSON objects. A server reads nothing in it; it can only look it up.",
            "JWT가 아니다. base64url 세 부분 중 앞의 둘이 JSON 객체여야 한다. 서버는 여기서 읽을 것이 없고, 찾아볼 수만 있다.",
        );
        return context! { checks => [check(Some(false), &why, language)] };
    };
    let claim = |name: &str| token.payload.get(name).and_then(serde_json::Value::as_i64);
    let algorithm = token.header.get("alg").and_then(serde_json::Value::as_str).unwrap_or("none").to_owned();
    let now = Clock::default().now();
    let (signed, expires) =
        (!algorithm.eq_ignore_ascii_case("none") && !token.signature.is_empty(), claim("exp"));
    let checks = [
        check(
            Some(signed),
            &told(
                format!(
                    "alg is {algorithm}: the server takes the one algorithm that belongs to its key, whatever is written here."
                ),
                format!("alg는 {algorithm}. 서버는 여기 적힌 값이 아니라 자기 키에 정해진 알고리즘만 쓴다."),
            ),
            language,
        ),
        check(
            None,
            &say("The signature: only who holds the key can tell.", "서명은 키를 가진 쪽만 확인할 수 있다."),
            language,
        ),
        check(
            Some(expires.is_some_and(|at| at > now)),
            &expiry(expires.map(|at| at.saturating_sub(now))),
            language,
        ),
        check(
            token.payload.get("iss").map(|_| true),
            &say(
                "iss and aud: made by whom we trust, meant for us. Without them a token for another app is good here.",
                "iss와 aud: 믿는 곳이 만들었고 우리를 위한 것인가. 없으면 다른 앱의 토큰이 여기서도 통한다.",
            ),
            language,
        ),
        check(
            None,
            &say(
                "Has its session ended? The token cannot say; a server that follows revocations can.",
                "세션이 끝났는가? 토큰은 말해 주지 못하고, 폐기 목록을 따라가는 서버만 안다.",
            ),
            language,
        ),
    ];
    let pretty = |value: &serde_json::Value| serde_json::to_string_pretty(value).unwrap_or_default();
    context! { header => pretty(&token.header), payload => pretty(&token.payload), signature => token.signature, checks }
}

/// What `exp` says, given how many seconds away it is.
fn expiry(seconds: Option<i64>) -> Text {
    match seconds {
        None => say("exp is missing: it would be good for ever.", "exp가 없다. 영원히 유효하게 된다."),
        Some(left) if left > 0 => {
            told(format!("exp: {left} s from now."), format!("exp: 지금부터 {left}초 뒤까지."))
        }
        Some(_) => say("exp has passed: refused.", "exp가 지났다. 거절한다."),
    }
}

fn check(good: Option<bool>, why: &Text, language: &str) -> Value {
    let mark = match good {
        Some(true) => "✓",
        Some(false) => "✗",
        None => "?",
    };
    context! { mark, why => if language == "ko" { &why.ko } else { &why.en } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(token: &str) -> String {
        let checks = explain(token, "en").get_attr("checks").unwrap();
        checks.try_iter().unwrap().map(|check| check.get_attr("mark").unwrap().to_string()).collect()
    }

    #[test]
    fn each_check_says_how_it_went() {
        // {"alg":"none"}, {"sub":"alice","exp":1}
        assert_eq!(marks("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSIsImV4cCI6MX0."), "✗?✗??");
        assert_eq!(marks("what?"), "✗");
    }
}
