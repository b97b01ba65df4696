//! What is minted says what it was given, to everybody who may read it, in its time.

use std::time::Duration;

use bitjang_core::account::Roles;
use bitjang_core::testing::at;
use bitjang_core::token::{Algorithm, Claims, Rejected, Scratch};

use crate::support::{
    AUDIENCE, ISSUER, NOW, check, claims, claims_json, header, key, keys, part, signed, verdict, verdict_at,
    verifier,
};

#[test]
fn a_minted_token_says_what_it_was_given() {
    for algorithm in Algorithm::ALL {
        let token = key(algorithm).mint(&claims()).unwrap();
        let mut scratch = Scratch::default();
        let verified = verifier().verify(&keys(), &token, at(NOW), &mut scratch).unwrap();
        let given = claims();
        assert_eq!(verified.account, given.account);
        assert_eq!(verified.session, given.session);
        assert_eq!(verified.epoch, given.epoch);
        assert_eq!(verified.issued_at, given.issued_at);
        assert_eq!(verified.expires_at, given.expires_at);
        assert_eq!(verified.authenticated_at, given.authenticated_at);
        assert_eq!(verified.client_id, given.client_id);
        assert_eq!(verified.id.len(), 22);
        assert_eq!(verified.roles().iter().collect::<Vec<_>>(), given.roles.as_slice());
        assert_eq!(verified.methods().iter().collect::<Vec<_>>(), given.methods);
        assert!(verified.has_role("moderator") && !verified.has_role("admin") && !verified.has_role(""));
    }
}

#[test]
fn a_token_is_written_as_rfc_9068_has_it() {
    let token = key(Algorithm::Ed25519).mint(&claims()).unwrap();
    let (kid, given) = (key(Algorithm::Ed25519).kid(), claims());
    assert_eq!(part(&token, 0), format!(r#"{{"alg":"Ed25519","kid":"{kid}","typ":"at+jwt"}}"#));
    let jti = part(&token, 1).split("\"jti\":\"").nth(1).unwrap()[..22].to_owned();
    let expected = format!(
        r#"{{"iss":"{ISSUER}","sub":"{}","aud":"{AUDIENCE}","exp":2000000300,"iat":2000000000,"jti":"{jti}","client_id":"bitjang","sid":"{}","auth_time":1999999940,"amr":["pwd"],"roles":["member","moderator"],"epoch":7}}"#,
        given.account, given.session
    );
    assert_eq!(part(&token, 1), expected);
}

#[test]
fn any_roles_and_texts_that_can_be_minted_verify() {
    for roles in [Roles::default(), Roles::new(["a", "_-.", "0"]).unwrap(), as_many_roles_as_may_be()] {
        let claims =
            Claims { roles: roles.clone(), methods: vec![], client_id: "앱 'one'".into(), ..claims() };
        let token = key(Algorithm::Rs256).mint(&claims).unwrap();
        let mut scratch = Scratch::default();
        let verified = verifier().verify(&keys(), &token, at(NOW), &mut scratch).unwrap();
        assert_eq!(verified.roles().iter().collect::<Vec<_>>(), roles.as_slice());
        assert_eq!(verified.methods().iter().count(), 0);
    }
}

fn as_many_roles_as_may_be() -> Roles {
    Roles::new((0..32).map(|n| format!("{n:0>25}"))).unwrap()
}

/// Browsers keep no cookie of more than 4,096 bytes, name and value (RFC 6265bis, section 5.6). The longest public URL has a host name of 253 bytes; a configured issuer or audience may
/// be a little longer.
#[test]
fn the_longest_token_fits_into_a_cookie() {
    let longest = Claims {
        issuer: "x".repeat(270),
        audience: "x".repeat(270),
        epoch: u64::MAX,
        roles: as_many_roles_as_may_be(),
        ..claims()
    };
    let token = key(Algorithm::Ed25519).mint(&longest).unwrap();
    let signed = token.rfind('.').unwrap() + 1;
    let signature_of_rsa_8192 = 1_024_usize.div_ceil(3) * 4;
    assert!("__Host-bitjang-access=".len() + signed + signature_of_rsa_8192 <= 4_096, "{}", signed);
}

#[test]
fn what_no_verifier_would_read_is_not_minted() {
    for text in ["a\"b", "a\\b", "a\nb", "\0", &"x".repeat(4_000)] {
        let claims = Claims { client_id: text.to_owned(), ..claims() };
        assert!(key(Algorithm::Hs256).mint(&claims).is_err(), "{text:?}");
    }
}

#[test]
fn a_token_is_good_in_its_time() {
    let token = key(Algorithm::Hs256).mint(&claims()).unwrap();
    let micro = Duration::from_micros(1);
    for (now, expected) in [
        (at(NOW), Ok(())),
        (at(NOW - 120), Ok(())),
        (at(NOW - 120).minus(micro), Err(Rejected::NotYetValid)),
        (at(NOW + 305).minus(micro), Ok(())),
        (at(NOW + 305), Err(Rejected::Expired)),
        (at(0), Err(Rejected::NotYetValid)),
        (at(9_000_000_000), Err(Rejected::Expired)),
    ] {
        assert_eq!(verdict_at(&token, now), expected, "{now:?}");
    }
}

#[test]
fn the_old_name_of_ed25519_is_understood() {
    let header = header(key(Algorithm::Ed25519)).replace("Ed25519", "EdDSA");
    assert_eq!(verdict(&signed(key(Algorithm::Ed25519), header, claims_json())), Ok(()));
}

#[test]
fn claims_in_another_order_and_spelling_are_good() {
    for (from, to) in GOOD_CLAIMS {
        let claims = claims_json();
        let other = claims.replace(from, to);
        assert_ne!(claims, other, "{from}");
        assert_eq!(check(&header(key(Algorithm::Hs256)), &other), Ok(()), "{other}");
    }
    for typ in ["AT+JWT", "application/at+jwt", "Application/AT+JWT"] {
        let header = header(key(Algorithm::Hs256)).replace("at+jwt", typ);
        assert_eq!(check(&header, &claims_json()), Ok(()), "{typ}");
    }
    let unknown = header(key(Algorithm::Hs256)).replace("\"typ\"", "\"note\":[{\"a\":1}],\"typ\"");
    assert_eq!(check(&unknown, &claims_json()), Ok(()));
}

#[test]
fn a_secret_does_not_print() {
    let shown = format!("{:?} {:?} {:?}", key(Algorithm::Hs256), key(Algorithm::Hs256).public(), keys());
    assert_eq!(
        shown,
        "SigningKey(…) VerifyingKey(…) KeySet([VerifyingKey(…), VerifyingKey(…), VerifyingKey(…), VerifyingKey(…)])"
    );
}

pub(crate) const GOOD_CLAIMS: &[(&str, &str)] = &[
    (",\"epoch\":7}", ",\"epoch\":7,\"scope\":\"read\",\"x\":{\"y\":[1,-2.5e3,null,true]}}"),
    ("{\"iss\"", "{ \"nbf\":2000000000 , \"iss\""),
    (
        "\"aud\":\"https://api.example.org\"",
        "\"aud\":[\"https://other.example\", \"https://api.example.org\"]",
    ),
    ("[\"member\",\"moderator\"]", "[ \"member\" , \"moderator\" ]"),
    ("\"epoch\":7", "\"epoch\" : 9007199254740991"),
    ("\"exp\":2000000300,\"iat\":2000000000", "\"iat\":2000000000,\"exp\":253402300799"),
];
