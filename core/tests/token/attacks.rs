//! What is not an access token of ours is refused, whatever it looks like, and however genuine its signature.

use base64::Engine as _;
use bitjang_core::testing::{Dice, at};
use bitjang_core::token::{Algorithm, KeySet, Rejected, Scratch, SigningKey, TOKEN_BYTES};
use proptest::prelude::*;

use crate::support::{
    AUDIENCE, BASE64, ISSUER, NOW, check, claims, claims_json, header, key, keys, signed, verdict, verifier,
};

#[test]
fn a_genuine_token_with_a_wrong_header_is_refused() {
    for (from, to, why) in BAD_HEADERS {
        let good = header(key(Algorithm::Hs256));
        let header = good.replace(from, to);
        assert_ne!(good, header, "{from}");
        assert_eq!(check(&header, &claims_json()), Err(*why), "{header}");
    }
    let long =
        header(key(Algorithm::Hs256)).replace("\"typ\"", &format!("\"a\":\"{}\",\"typ\"", "k".repeat(5_000)));
    assert_eq!(check(&long, &claims_json()), Err(Rejected::TooLong));
}

#[test]
fn a_genuine_token_with_wrong_claims_is_refused() {
    for (from, to, why) in BAD_CLAIMS {
        let good = claims_json();
        let claims = good.replace(from, to);
        assert_ne!(good, claims, "{from}");
        assert_eq!(check(&header(key(Algorithm::Hs256)), &claims), Err(*why), "{claims}");
    }
}

#[test]
fn every_claim_of_ours_is_required() {
    let good: serde_json::Map<_, _> = serde_json::from_str(&claims_json()).unwrap();
    assert_eq!(good.len(), 12);
    for name in good.keys() {
        let mut claims = good.clone();
        claims.remove(name);
        let json = serde_json::to_string(&claims).unwrap();
        assert_eq!(check(&header(key(Algorithm::Hs256)), &json), Err(Rejected::Claims), "{name}");
    }
}

#[test]
fn a_claim_of_the_wrong_type_is_refused() {
    let good: serde_json::Map<_, _> = serde_json::from_str(&claims_json()).unwrap();
    for name in good.keys() {
        for value in WRONG_TYPES {
            let mut claims = good.clone();
            claims.insert(name.clone(), serde_json::Value::Null);
            let json = serde_json::to_string(&claims).unwrap().replace("null", value);
            assert!(check(&header(key(Algorithm::Hs256)), &json).is_err(), "{name}: {value}");
        }
    }
}

#[test]
fn a_repeated_claim_is_refused_even_with_the_same_value() {
    let good: serde_json::Map<_, _> = serde_json::from_str(&claims_json()).unwrap();
    for (name, value) in &good {
        let json = claims_json();
        let (first, last) = (format!("{{\"{name}\":{value},"), format!(",\"{name}\":{value}}}"));
        assert_eq!(
            check(&header(key(Algorithm::Hs256)), &json.replacen('{', &first, 1)),
            Err(Rejected::Claims)
        );
        let last = format!("{}{last}", json.strip_suffix('}').unwrap());
        assert_eq!(check(&header(key(Algorithm::Hs256)), &last), Err(Rejected::Claims));
    }
}

#[test]
fn a_key_is_used_by_its_own_algorithm_only() {
    for signer in Algorithm::ALL {
        for named in Algorithm::ALL {
            for alg in
                ["Ed25519", "EdDSA", "ES256", "RS256", "HS256", "none", "None", "HS384", "ES512", "PS256", ""]
            {
                let header = format!(r#"{{"alg":"{alg}","kid":"{}","typ":"at+jwt"}}"#, key(named).kid());
                let good = signer == named && alg.parse() == Ok(signer);
                assert_eq!(
                    verdict(&signed(key(signer), header, claims_json())).is_ok(),
                    good,
                    "{signer} {named} {alg}"
                );
            }
        }
    }
}

#[test]
fn a_public_key_is_no_mac_secret() {
    let jwks = keys().to_jwks();
    let set: serde_json::Value = serde_json::from_str(&jwks).unwrap();
    for published in set["keys"].as_array().unwrap() {
        let secrets = [published["x"].as_str(), published["n"].as_str()].into_iter().flatten();
        for secret in secrets.flat_map(|text| [text.as_bytes().to_vec(), BASE64.decode(text).unwrap()]) {
            let mac = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &secret);
            for alg in ["HS256", published["alg"].as_str().unwrap()] {
                let header = format!(r#"{{"alg":"{alg}","kid":{},"typ":"at+jwt"}}"#, published["kid"]);
                let message = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims_json()));
                let tag = BASE64.encode(aws_lc_rs::hmac::sign(&mac, message.as_bytes()));
                assert!(verdict(&format!("{message}.{tag}")).is_err());
            }
        }
    }
}

#[test]
fn a_token_of_a_key_that_is_not_known_is_refused() {
    let stranger = SigningKey::generate(Algorithm::Ed25519, &Dice::seeded(99)).unwrap();
    let token = stranger.mint(&claims()).unwrap();
    assert_eq!(verdict(&token), Err(Rejected::Key));
    let none = verifier().verify(&KeySet::default(), &token, at(NOW), &mut Scratch::default()).map(drop);
    assert_eq!(none, Err(Rejected::Key));
    let impostor = signed(&stranger, header(key(Algorithm::Ed25519)), claims_json());
    assert_eq!(verdict(&impostor), Err(Rejected::Signature));
}

#[test]
fn a_signature_in_another_form_is_refused() {
    for algorithm in Algorithm::ALL {
        let token = key(algorithm).mint(&claims()).unwrap();
        let (message, signature) = token.rsplit_once('.').unwrap();
        let bytes = BASE64.decode(signature).unwrap();
        let mut odd = vec![
            vec![],
            vec![0; 1_100],
            vec![0],
            vec![0; bytes.len()],
            vec![0xff; bytes.len()],
            bytes[1..].to_vec(),
        ];
        odd.extend([
            bytes[..bytes.len() - 1].to_vec(),
            [bytes.as_slice(), &[0]].concat(),
            [&[0], bytes.as_slice()].concat(),
        ]);
        for signature in odd {
            let token = format!("{message}.{}", BASE64.encode(&signature));
            assert_eq!(verdict(&token), Err(Rejected::Signature), "{algorithm} {}", signature.len());
        }
    }
}

#[test]
fn an_ecdsa_signature_in_der_is_refused() {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
    let es256 = key(Algorithm::Es256);
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, es256.to_stored()).unwrap();
    let token = es256.mint(&claims()).unwrap();
    let message = token.rsplit_once('.').unwrap().0;
    let der = pair.sign(&aws_lc_rs::rand::SystemRandom::new(), message.as_bytes()).unwrap();
    assert_eq!(verdict(&format!("{message}.{}", BASE64.encode(der))), Err(Rejected::Signature));
}

#[test]
fn a_text_that_is_not_three_canonical_parts_is_refused() {
    let token = key(Algorithm::Hs256).mint(&claims()).unwrap();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let (header, payload) = message.split_once('.').unwrap();
    let last = signature.chars().last().unwrap();
    let twin = char::from_u32(last as u32 + 1).unwrap();
    let json = format!(r#"{{"payload":"{payload}","protected":"{header}","signature":"{signature}"}}"#);
    let odd = [
        String::new(),
        ".".into(),
        "..".into(),
        "...".into(),
        ".".repeat(1_000_000),
        header.into(),
        message.into(),
        format!("{message}."),
        format!(".{payload}.{signature}"),
        format!("{header}..{signature}"),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.{signature}"),
        format!("{header}.{payload}.{payload}.{payload}.{signature}"),
        format!("{token}="),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}.{payload}=.{signature}"),
        format!("{token} "),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{message}.\n{signature}"),
        format!("{token}\0"),
        format!("\u{feff}{token}"),
        format!("Bearer {token}"),
        format!("{message}.{}{twin}", &signature[..42]),
        message.replace('.', "~"),
        json,
        token.repeat(20),
        "A".repeat(8 << 20),
        format!("{}.{}.{}", "A".repeat(2_000), "A".repeat(2_000), "A".repeat(43)),
        "é.é.é".into(),
    ];
    for text in odd {
        let verdict = verdict(&text);
        let shown = &text[..text.len().min(90)];
        assert!(
            matches!(verdict, Err(Rejected::Malformed | Rejected::TooLong | Rejected::Signature)),
            "{shown:?}: {verdict:?}"
        );
    }
}

#[test]
fn claims_beyond_the_bound_are_refused_unread() {
    let claims = claims_json().replace("\"epoch\"", &format!("\"a\":\"{}\",\"epoch\"", "x".repeat(3_500)));
    assert_eq!(check(&header(key(Algorithm::Hs256)), &claims), Err(Rejected::TooLong));
    for long in ["a.", "a", "."] {
        assert_eq!(verdict(&long.repeat(TOKEN_BYTES + 1)), Err(Rejected::TooLong));
    }
    let deep = claims_json()
        .replace("\"epoch\"", &format!("\"a\":{}{},\"epoch\"", "[".repeat(1_000), "]".repeat(1_000)));
    assert_eq!(check(&header(key(Algorithm::Hs256)), &deep), Err(Rejected::Claims));
    let many = ('a'..='q').map(|name| format!("\"{name}\":1,")).collect::<Vec<_>>().concat();
    assert_eq!(
        check(
            &header(key(Algorithm::Hs256)),
            &claims_json().replace("\"epoch\"", &format!("{many}\"epoch\""))
        ),
        Err(Rejected::Claims)
    );
}

#[test]
fn bytes_that_are_not_plain_json_are_refused() {
    let (good_header, good) = (header(key(Algorithm::Hs256)), claims_json());
    let around = |json: &str| -> Vec<Vec<u8>> {
        vec![
            [b"\xEF\xBB\xBF".as_slice(), json.as_bytes()].concat(),
            [json.as_bytes(), b"\0"].concat(),
            [json.as_bytes(), json.as_bytes()].concat(),
            [json.as_bytes(), b"x"].concat(),
            json.replace("bitjang", "bit\u{1}jang").replace("at+jwt", "at+jwt\u{1}").into_bytes(),
            [json.replace("\"}", "").replace('}', "").as_bytes(), b",\"a\":\"\xff\"}"].concat(),
            json.replace(":\"", ":\"\\u0020").into_bytes(),
            b"null".to_vec(),
            b"[]".to_vec(),
            b"".to_vec(),
        ]
    };
    for bytes in around(&good) {
        assert!(
            verdict(&signed(key(Algorithm::Hs256), &good_header, &bytes)).is_err(),
            "{}",
            bytes.escape_ascii()
        );
    }
    for bytes in around(&good_header) {
        assert!(verdict(&signed(key(Algorithm::Hs256), &bytes, &good)).is_err(), "{}", bytes.escape_ascii());
    }
}

#[test]
fn every_change_of_one_character_is_refused() {
    for algorithm in Algorithm::ALL {
        let token = key(algorithm).mint(&claims()).unwrap();
        assert_eq!(verdict(&token), Ok(()));
        for index in 0..token.len() {
            for other in ["A", "B", "w", "-", ".", "=", " ", ""] {
                let mut changed = token.clone();
                changed.replace_range(index..=index, other);
                assert!(changed == token || verdict(&changed).is_err(), "{algorithm} {index} {other:?}");
            }
        }
    }
}

proptest! {
    #[test]
    fn any_change_of_a_byte_is_refused(index in 0_usize..500, byte in 1_u8..127, which in 0_usize..4) {
        let token = key(Algorithm::ALL[which]).mint(&claims()).unwrap();
        let mut changed = token.clone().into_bytes();
        let place = index % changed.len();
        changed[place] = byte;
        let changed = String::from_utf8(changed).unwrap();
        prop_assert!(changed == token || verdict(&changed).is_err());
    }

    #[test]
    fn any_text_is_refused_without_panic(text in ".{0,200}", genuine in any::<bool>()) {
        let text = if genuine { signed(key(Algorithm::Hs256), header(key(Algorithm::Hs256)), text) } else { text };
        prop_assert!(verdict(&text).is_err());
    }
}

pub(crate) const BAD_HEADERS: &[(&str, &str, Rejected)] = &[
    ("at+jwt", "JWT", Rejected::Type),
    ("at+jwt", "jwt", Rejected::Type),
    ("at+jwt", "logout+jwt", Rejected::Type),
    ("at+jwt", "at+jwt ", Rejected::Type),
    ("at+jwt", "text/at+jwt", Rejected::Type),
    ("at+jwt", "", Rejected::Type),
    (",\"typ\":\"at+jwt\"", "", Rejected::Type),
    ("\"typ\"", "\"crit\":[\"exp\"],\"exp\":1,\"typ\"", Rejected::Header),
    ("\"typ\"", "\"crit\":[],\"typ\"", Rejected::Header),
    ("\"typ\"", "\"b64\":true,\"typ\"", Rejected::Header),
    ("\"typ\"", "\"b64\":false,\"crit\":[\"b64\"],\"typ\"", Rejected::Header),
    ("\"typ\"", "\"zip\":\"DEF\",\"typ\"", Rejected::Header),
    ("\"typ\"", "\"enc\":\"A256GCM\",\"typ\"", Rejected::Header),
    ("\"typ\"", "\"cty\":\"JWT\",\"typ\"", Rejected::Header),
    ("\"typ\"", "\"jku\":\"https://evil.example/jwks\",\"typ\"", Rejected::Header),
    ("\"typ\"", "\"x5u\":\"https://evil.example/x\",\"typ\"", Rejected::Header),
    ("\"typ\"", "\"x5c\":[\"AAAA\"],\"typ\"", Rejected::Header),
    ("\"typ\"", "\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"},\"typ\"", Rejected::Header),
    ("\"typ\"", "\"alg\":\"HS256\",\"typ\"", Rejected::Malformed),
    ("\"typ\"", "\"typ\":\"at+jwt\",\"typ\"", Rejected::Malformed),
    ("\"typ\"", "\"kid\":\"a\",\"typ\"", Rejected::Malformed),
    ("\"typ\"", "\"x\":1,\"x\":1,\"typ\"", Rejected::Malformed),
    ("\"typ\"", "\"x\":{\"y\":1,\"y\":1},\"typ\"", Rejected::Malformed),
    ("\"alg\":\"HS256\",", "", Rejected::Algorithm),
    ("HS256", "none", Rejected::Algorithm),
    ("HS256", "NoNe", Rejected::Algorithm),
    ("HS256", "hs256", Rejected::Algorithm),
    ("\"HS256\"", "null", Rejected::Malformed),
    ("\"HS256\"", "[\"HS256\"]", Rejected::Malformed),
    ("\"HS256\"", "256", Rejected::Malformed),
    ("\"kid\":\"", "\"kid\":\"../../../dev/null", Rejected::Key),
    ("\"kid\":\"", "\"kid\":\"' OR 1=1 -- ", Rejected::Key),
    ("\"kid\":\"", "\"kid\":\"\\u0000", Rejected::Malformed),
    ("\"kid\":\"", "\"kid\":\"\0", Rejected::Malformed),
    ("\"kid\":\"", "\"KID\":\"", Rejected::Key),
    ("\"kid\":\"", "\"kid\":null,\"x\":\"", Rejected::Malformed),
];

pub(crate) const BAD_CLAIMS: &[(&str, &str, Rejected)] = &[
    (ISSUER, "https://id.example.org/", Rejected::Issuer),
    (ISSUER, "HTTPS://id.example.org", Rejected::Issuer),
    (ISSUER, "https://evil.example", Rejected::Issuer),
    (ISSUER, "", Rejected::Issuer),
    (AUDIENCE, "https://api.example.or", Rejected::Audience),
    (AUDIENCE, "https://api.example.org.evil.example", Rejected::Audience),
    ("\"aud\":\"https://api.example.org\"", "\"aud\":[]", Rejected::Audience),
    ("\"aud\":\"https://api.example.org\"", "\"aud\":[[\"https://api.example.org\"]]", Rejected::Claims),
    ("\"aud\":\"https://api.example.org\"", "\"aud\":[\"https://api.example.org\",1]", Rejected::Claims),
    ("\"sub\":\"0", "\"sub\":\"A", Rejected::Claims),
    ("\"sub\":\"0", "\"sub\":\"{0", Rejected::Claims),
    ("\"sub\":\"", "\"sub\":\"urn:uuid:", Rejected::Claims),
    ("\"sub\":\"", "\"sub\":\"x\",\"x\":\"", Rejected::Claims),
    ("\"sid\":\"", "\"sid\":\"A", Rejected::Claims),
    ("\"sid\":\"", "\"sid\":\"\",\"x\":\"", Rejected::Claims),
    ("\"jti\":\"", "\"jti\":\"\",\"x\":\"", Rejected::Claims),
    ("2000000300", "2000000000", Rejected::Claims),
    ("2000000300", "1999999999", Rejected::Claims),
    ("2000000300", "0", Rejected::Claims),
    ("2000000300", "-1", Rejected::Claims),
    ("2000000300", "2000000300.0", Rejected::Claims),
    ("2000000300", "2e9", Rejected::Claims),
    ("2000000300", "1e999", Rejected::Claims),
    ("2000000300", "\"2000000300\"", Rejected::Claims),
    ("2000000300", "null", Rejected::Claims),
    ("2000000300", "true", Rejected::Claims),
    ("2000000300", "02000000300", Rejected::Claims),
    ("2000000300", "253402300800", Rejected::Claims),
    ("2000000300", "9007199254740992", Rejected::Claims),
    ("2000000300", "18446744073709551616", Rejected::Claims),
    ("2000000300,\"iat\":2000000000", "1999999995,\"iat\":1999999000", Rejected::Expired),
    ("\"iat\":2000000000", "\"iat\":2000000121", Rejected::NotYetValid),
    ("\"iat\"", "\"nbf\":2000000006,\"iat\"", Rejected::NotYetValid),
    ("\"iat\":2000000000", "\"nbf\":1,\"iat\":2000000121", Rejected::NotYetValid),
    ("\"iat\"", "\"nbf\":\"1\",\"iat\"", Rejected::Claims),
    ("\"iat\"", "\"nbf\":1,\"nbf\":1,\"iat\"", Rejected::Claims),
    ("\"iat\"", "\"x\":1,\"x\":1,\"iat\"", Rejected::Claims),
    ("\"iat\"", "\"x\":1e999,\"iat\"", Rejected::Claims),
    ("\"iat\"", "\"x\":[{\"y\":1,\"y\":2}],\"iat\"", Rejected::Claims),
    ("\"iat\"", "\"\\u0069ss\":\"x\",\"iat\"", Rejected::Malformed),
    ("\"roles\":[\"member\"", "\"roles\":[[\"member\"]", Rejected::Claims),
    ("\"roles\":[\"member\",\"moderator\"]", "\"roles\":\"moderator\"", Rejected::Claims),
    ("\"amr\":[\"pwd\"]", "\"amr\":\"pwd\"", Rejected::Claims),
    ("\"epoch\":7", "\"epoch\":-7", Rejected::Claims),
    ("\"epoch\":7", "\"epoch\":7.0", Rejected::Claims),
    ("\"epoch\":7", "\"epoch\":\"7\"", Rejected::Claims),
];

const WRONG_TYPES: [&str; 8] = ["null", "true", "-1", "1.5", "{}", "[1]", "[[]]", "1e999"];
