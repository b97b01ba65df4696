//! Signing keys and key sets: made, brought along, kept, published and followed.

use crate::support::{BASE64, NOW, claims, key, keys, verifier};
use base64::Engine as _;
use bitjang_core::testing::{Dice, at};
use bitjang_core::token::{Algorithm, BadJwks, BadKey, KeySet, Scratch, SigningKey};
use serde_json::{Value, json};

#[test]
fn a_key_is_the_same_after_it_was_kept() {
    for algorithm in Algorithm::ALL {
        let kept = SigningKey::from_stored(algorithm, key(algorithm).to_stored()).unwrap();
        assert_eq!(kept.kid(), key(algorithm).kid());
        assert_eq!(kept.algorithm(), algorithm);
        assert_eq!(kept.kid().len(), 43);
        assert!(accepts(&keys(), &kept));
        for other in
            Algorithm::ALL.into_iter().filter(|other| *other != algorithm && *other != Algorithm::Hs256)
        {
            assert!(
                SigningKey::from_stored(other, key(algorithm).to_stored()).is_err(),
                "{algorithm} {other}"
            );
        }
    }
}

#[test]
fn keys_from_the_same_dice_are_the_same_where_dice_decide() {
    for algorithm in [Algorithm::Ed25519, Algorithm::Hs256] {
        let throw = |seed| SigningKey::generate(algorithm, &Dice::seeded(seed)).unwrap().kid().to_owned();
        assert_eq!(throw(5), throw(5));
        assert_ne!(throw(5), throw(6));
    }
}

#[test]
fn a_key_that_openssl_made_is_taken() {
    for (pem, algorithm) in [(ED25519, Algorithm::Ed25519), (P256, Algorithm::Es256), (RSA, Algorithm::Rs256)]
    {
        for spelled in [pem.to_owned(), format!("\n{pem}\n"), pem.replace('\n', "\r\n")] {
            let key = SigningKey::from_pkcs8_pem(&spelled).unwrap();
            assert_eq!(key.algorithm(), algorithm);
            assert!(accepts(&KeySet::new([key.public().clone()]), &key));
        }
    }
}

#[test]
fn what_is_no_key_of_ours_is_refused() {
    for (pem, why) in [
        ("", BadKey::NotPem),
        ("secret", BadKey::NotPem),
        (&P256.replace("PRIVATE", "EC PRIVATE"), BadKey::NotPem),
        (&P256.replace("PRIVATE", "ENCRYPTED PRIVATE"), BadKey::NotPem),
        (&P256.replace("PRIVATE", "PUBLIC"), BadKey::NotPem),
        (&format!("{P256}\n{P256}"), BadKey::NotPem),
        (&P256.replacen('M', "!", 1), BadKey::NotPem),
        (&P256.replace("GCCqGSM49AwEH", "GCCqGSM49AwEG"), BadKey::Unusable),
        (&P256.replace("6I7x", "6I7w"), BadKey::Unusable),
        (RSA_1024, BadKey::WeakRsa),
        (P384, BadKey::Unusable),
        (ED448, BadKey::Unusable),
    ] {
        assert_eq!(SigningKey::from_pkcs8_pem(pem).map(drop), Err(why), "{pem}");
    }
}

#[test]
fn a_shared_secret_is_taken_when_it_is_strong() {
    let key = SigningKey::from_secret_base64("7oW0Vg1sEHC5k0g8bqz6cYH3nXJ1m2Dtu9lLrQxZpAk=\n").unwrap();
    assert!(accepts(&KeySet::new([key.public().clone()]), &key));
    assert!(!accepts(&keys(), &key));
    for (text, why) in [
        ("c2hvcnQ=", BadKey::ShortSecret),
        ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", BadKey::WeakSecret),
        (
            "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
            BadKey::WeakSecret,
        ),
        ("not base64!", BadKey::NotBase64),
    ] {
        assert_eq!(SigningKey::from_secret_base64(text).map(drop), Err(why), "{text}");
    }
}

#[test]
fn a_published_set_has_every_public_key_and_no_secret() {
    let jwks = keys().to_jwks();
    let set: Value = serde_json::from_str(&jwks).unwrap();
    let published = set["keys"].as_array().unwrap();
    assert_eq!(published.len(), 3);
    for (jwk, algorithm) in published.iter().zip([Algorithm::Ed25519, Algorithm::Es256, Algorithm::Rs256]) {
        assert_eq!(jwk["alg"], algorithm.as_str());
        assert_eq!(jwk["kid"], key(algorithm).kid());
        assert_eq!(jwk["use"], "sig");
        assert!(jwk.get("d").is_none() && jwk.get("k").is_none() && jwk.get("p").is_none());
    }
    assert!(!jwks.contains(&BASE64.encode(key(Algorithm::Hs256).to_stored())));
    assert_eq!(KeySet::default().to_jwks(), r#"{"keys":[]}"#);
}

#[test]
fn who_follows_a_published_set_verifies_by_it() {
    let followed = KeySet::from_jwks(keys().to_jwks().as_bytes()).unwrap();
    assert_eq!(followed.iter().count(), 3);
    for algorithm in Algorithm::ALL {
        assert_eq!(accepts(&followed, key(algorithm)), algorithm != Algorithm::Hs256);
    }
    assert_eq!(followed.to_jwks(), keys().to_jwks());
}

#[test]
fn a_key_that_cannot_serve_us_is_passed_over() {
    let good = jwk();
    assert!(follows(&good));
    for (name, value) in FINE {
        assert!(follows(&with(&good, name, &serde_json::from_str(value).unwrap())), "{name} {value}");
    }
    for (name, value) in UNFIT {
        assert!(!follows(&with(&good, name, &serde_json::from_str(value).unwrap())), "{name} {value}");
    }
    for name in ["kty", "crv", "x", "kid"] {
        let mut missing = good.clone();
        missing.as_object_mut().unwrap().remove(name);
        assert!(!follows(&missing), "{name}");
    }
    let secret = json!({"kty": "oct", "k": BASE64.encode([7; 32]), "kid": "a", "alg": "HS256"});
    for other in [secret, json!(null), json!(1), json!("x"), json!([]), json!({})] {
        let set = json!({"keys": [other, good], "more": 1}).to_string();
        assert_eq!(KeySet::from_jwks(set.as_bytes()).unwrap().iter().count(), 1, "{set}");
    }
}

#[test]
fn a_repeated_member_makes_a_key_unfit() {
    let text = jwk().to_string();
    let twice = format!("{{\"keys\":[{}]}}", text.replacen('{', "{\"kty\":\"OKP\",", 1));
    assert!(KeySet::from_jwks(twice.as_bytes()).unwrap().is_empty());
}

#[test]
fn what_is_no_key_set_is_refused() {
    for text in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"keys":{}}"#,
        r#"{"keys":[]"#,
        r#"{"keys":[]}x"#,
        r#"{"keys":[],"keys":[]}"#,
    ] {
        assert!(matches!(KeySet::from_jwks(text.as_bytes()), Err(BadJwks::Malformed(_))), "{text}");
    }
    assert!(matches!(KeySet::from_jwks(&vec![b' '; 65_537]), Err(BadJwks::TooLarge)));
    let many = json!({"keys": vec![json!({}); 33]}).to_string();
    assert!(matches!(KeySet::from_jwks(many.as_bytes()), Err(BadJwks::TooLarge)));
    assert!(KeySet::from_jwks("[".repeat(60_000).as_bytes()).is_err());
    assert!(KeySet::from_jwks(format!("{{\"keys\":{}", "[".repeat(60_000)).as_bytes()).is_err());
}

#[test]
fn of_two_keys_with_one_name_the_first_is_known() {
    let key = key(Algorithm::Ed25519).public();
    assert_eq!(KeySet::new([key.clone(), key.clone()]).iter().count(), 1);
    assert!(KeySet::new([key.clone()]).find(key.kid()).is_some());
    assert!(KeySet::new([key.clone()]).find("").is_none());
}

fn accepts(keys: &KeySet, key: &SigningKey) -> bool {
    let token = key.mint(&claims()).unwrap();
    verifier().verify(keys, &token, at(NOW), &mut Scratch::default()).is_ok()
}

fn jwk() -> Value {
    let set: Value = serde_json::from_str(&keys().to_jwks()).unwrap();
    set["keys"][0].clone()
}

fn with(jwk: &Value, name: &str, value: &Value) -> Value {
    let mut changed = jwk.clone();
    changed[name] = value.clone();
    changed
}

fn follows(jwk: &Value) -> bool {
    !KeySet::from_jwks(json!({ "keys": [jwk] }).to_string().as_bytes()).unwrap().is_empty()
}

const FINE: &[(&str, &str)] = &[
    ("alg", r#""EdDSA""#),
    ("alg", "null"),
    ("use", "null"),
    ("key_ops", r#"["verify"]"#),
    ("key_ops", r#"["sign","verify"]"#),
    ("x5t", r#""AAAA""#),
];

const UNFIT: &[(&str, &str)] = &[
    ("alg", r#""ES256""#),
    ("alg", r#""none""#),
    ("alg", "1"),
    ("use", r#""enc""#),
    ("key_ops", "[]"),
    ("key_ops", r#"["sign"]"#),
    ("key_ops", r#""verify""#),
    ("kty", r#""EC""#),
    ("kty", r#""oct""#),
    ("crv", r#""Ed448""#),
    ("crv", r#""X25519""#),
    ("kid", r#""another""#),
    ("x", r#""AAAA""#),
    ("x", r#""""#),
    ("d", r#""AAAA""#),
    ("k", r#""AAAA""#),
];

const ED25519: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIGLR5fAEvYJRigtnW4VBMap9ePLvaYyptdHR1M2FDi+i
-----END PRIVATE KEY-----";
const P256: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/o5uvK4wZ7A4hsPO
OfZvy6o7dX0k+Zo/2398j2j8egGhRANCAAS02UVaD/QXHx3WHoROSwDwqz/bvYDF
lkAqWrg4t3rlgza+QLsidRlhHzGwiT4J3KDvDGOx6kb8W5eJCAju6I7x
-----END PRIVATE KEY-----";
const RSA: &str = "-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCvu2bOMQvEK0mX
aJZtZvf3VhkjING9k5nAzAp+DcSFa2gLCZfa90pWy6JLsNHPUJvqMTQBw4mZ3fd3
Ft42yLNGF5ru2NyBzTPDEmgYY8vX0S55LTAr2aNHDtLJZVCcUF0UL6HBexVIL4uZ
gm+e2b3a1QTFnVQzXbMZdNBdWT2x5HRz6QG6MIfFigbHAVjUOSnplNSoXkLGeRcV
JEWVv7iug4askt38k0CEfO3be8+FN6PKgI8G/lAIteANEhyTIAVttxIA3/L8g9/v
LyeDAnhu4y66KUYMAZK4KfT1rRgLuHWhR8SLgGXJT9pP28CBDjdSZFCGiXuswNFt
EQgTbhtHAgMBAAECggEAHubo9qRISehEyiPBpB5hx3Qz+mnoiBo/BNi8lZsNLlsL
UjmPIxmuUGIBuaav1nF54W5ik1bTySNvw1jZna+gWtiGza6D5C12Bz0i4fsWmu51
aiiommVsoW+5YGH5EWvOWmDf5Hqk7OszdLyrrTbj/GnOK4P1jQzSlEzm4Styvme/
xAWaYDnLHPbbH6EB96Lb7wo/k8GLnfKUZRAc7A684lNsaUqUa1XfIhdQRx8AKDYO
VITomC0/T+p048n6qn6fcVh0Twa9Ckmzfra8YlwK4XmcPZIyjZ/DMEomuoErSLte
1BjzFLK/gNrX8FLuktnJSOdd4Y92eT7gQQZ1kyyq3QKBgQDk+h8RmZWpdhFwaot8
pg8wLHx+K4vN9h/5mUdrAKZcEa1jIOhTFJLf58vL6fnJy1mJrbw4v7roh+pAkqQV
Zim4PiNBe+HfisRzF5O1SU7LdZDjZKIvKMT9QXETrqBXivsu8flr17Gr+zdgktlx
wNkYfj0d8kZz4gsoQ4ounZt23QKBgQDEeKL6Szqe5WnE2r3Rl6YacHF0uzHr/VwH
VXG33rYRimGcyEaqc402Q0XBVo/u12VQn2v1ObpHxHaG9cuubAfzmW1e3USf7BVf
yyxxY+jCvifn8lh4tX3wtGmqhIcvxdHu8SbkKrWWMchEWv6fWKxcFubFn5Jul2wA
LMPj2mwucwKBgAtyJVNv5fdOm5iO+uIEOwYhcyerbZWiE/8aFmPW6Hn5uD0YTAS7
JoxiveE3lPDtZVBoitwbWXB+Ost3iRQ4wyUelgyT8LqH6UIHj66kN3gcLF3xjdnl
o9M1Dj35oLI/lEbIebtWUN9T83S0YoI5LaD3zn5MuhDY383ncmTaJAdRAoGAEYgS
QvNjj7o47e/28DTwBXvzI89wbPZ2t9DQDPA6nuYSP8M/SwZ0m1r1ZoMq5M0jpUYU
hBVaofzN9s0IF9BcBUizkbt83Chc3+dpV9TqeDYvqWreqibHzirLIwQgbAri6Mds
CQAmo/hdPnxALEflWXJRtWC/2E56vKlB8ZsT/DECgYEAwfd+pcGyHkYKZ3tDtgw8
C/B5ZkF7hUnIXWb6jXaV6dKrV26lQ2FKwEwKrF5nZqQZdPAroPgdRyi6bpK3+8U/
LNk1G5wf0AkCS6D2DuV/+01h+eXuzIjbPKVst9WArF78enKwxBBqP8VFi6y9qIZF
v6qWUVqtvN9xhZ0P1/6je6U=
-----END PRIVATE KEY-----";
const RSA_1024: &str = "-----BEGIN PRIVATE KEY-----
MIICdQIBADANBgkqhkiG9w0BAQEFAASCAl8wggJbAgEAAoGBAO/k+g+UXrgDWb8V
g5u/MHrrLdM1v+lImlfnVzIueDxxkBJNaCJe1HWQPQ9GHZEhzNSiGYCBxmZMjqVZ
BuXsZdMTvg66zLj5WuB62aO8U7Nm9Gky54Mj6IlY6WWyeJbDEoF3/nhazk+NO+rf
s0D9Moas4S6EY6YYthXvKZDt345ZAgMBAAECgYALDfYn+aJTwHPGRmuGJc1KHMRD
01pAmcPjARoXieSohGMrNL3zt4L61+a4aXa7VV9m/QFH1rMZy7VXET8sITSf6pVH
qQCTdSCPFOD3TbX8cxCNT4PZiMPsaNYBNjvHl6dGVxY0pYgHsnDSmQlZD2gBpXwv
L8LZKr8Kq83I3FYtcQJBAPvoZQUOz+BnU6C6DCYwy3tIrtFxK9bQKY567nfX0bGJ
EBP5U9YxZ4pWhM4e2KfnEiqpEFfDPe4fiSDQI9AArPcCQQDzyp9YI0EcrgXHeGns
fZgmPtqWQl+50GQiYsOADcvl5HwKdWX7OyYw90gSmf56gJmuJLvZCswOxDRn6SME
3FsvAkBZ2ALfkO7XLEMJWhGnNVP9fmjLTj/Cd6+6n2GZ4KFrXmUbmpsqE6jIEB+B
nELNb35tNKsdggb+fMTdrR54uyT1AkA8E5SMzbM/9Apsi1ne81xJIHgRSy33xkjG
yHvQ1JWIg3OlyCRncr4Ilwdlvhkd6w70AQ1hgO2kPemEKcl9ayf1AkAtqx9UQCDT
mu2jrHQkg+xwdd5v4KJOHnM8Bm6sf5DOiC9F2A41G6evqM1EobcmTa/Nz5XchYyH
GeCjU8+C0yFp
-----END PRIVATE KEY-----";
const P384: &str = "-----BEGIN PRIVATE KEY-----
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDBS0NpCDaHpK+EqQVJi
PKZhUrvt0l46x63MJVXjwA6ONMquMIeXenoxapuzP0MQ8+ihZANiAARktVzGEd4d
DNibWCKLAJIRNuV/3qQuUQQ/k4bz9iggEk3d29ToXBJWeXr8OWZg0aJfOqBuW0qh
Pt4u1aaBYZevT8o1atS2BLT230ssJJJmsEvQz+5S7afPBzp/MxIswxI=
-----END PRIVATE KEY-----";
const ED448: &str = "-----BEGIN PRIVATE KEY-----
MEcCAQAwBQYDK2VxBDsEORBEhpvak8MiZYBjzbx2lI5634YxmTjNabgCoT2+NIrf
DGq/RSOzWn0yH0sfejegA3kcXbbo/75lAQ==
-----END PRIVATE KEY-----";
