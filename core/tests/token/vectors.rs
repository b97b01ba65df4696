//! Tokens, and what every verifier must make of them: `vectors.json`, which verifiers in other languages are held against too.
//!
//! When a case comes or goes: `VECTORS=write cargo test -p bitjang-core --test token vectors`.

use std::collections::BTreeSet;

use base64::Engine as _;
use bitjang_core::testing::{Dice, at};
use bitjang_core::token::{Algorithm, KeySet, Rejected, Scratch, SigningKey, TOKEN_BYTES};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::attacks::{BAD_CLAIMS, BAD_HEADERS};
use crate::support::{
    AUDIENCE, BASE64, ISSUER, NOW, claims, claims_json, header, key, keys, signed, verdict_at, verifier,
};
use crate::verify::GOOD_CLAIMS;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/token/vectors.json");
const GOOD: &str = "good";

#[derive(Serialize, Deserialize)]
struct Vectors {
    issuer: String,
    audience: String,
    leeway_seconds: u64,
    /// What the minted tokens say.
    says: Value,
    /// As an issuer might publish it: keys that serve, and others that must not.
    jwks: Value,
    /// The names of those that serve.
    kids: Vec<String>,
    /// The HS256 secret, in base64url.
    secret: String,
    tokens: Vec<Vector>,
}

#[derive(Serialize, Deserialize)]
struct Vector {
    name: String,
    /// When it is looked at, in seconds.
    now: i64,
    token: String,
    /// `good`, or the code of the reason.
    verdict: String,
}

#[test]
fn the_vectors_have_every_case_and_say_what_this_verifier_says() {
    if std::env::var("VECTORS").is_ok_and(|asked| asked == "write") {
        std::fs::write(FILE, serde_json::to_string_pretty(&made()).unwrap() + "\n").unwrap();
    }
    let vectors: Vectors = serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap();
    let known = published_and_shared(&vectors);
    for Vector { name, now, token, verdict } in &vectors.tokens {
        let found = verifier().verify(&known, token, at(*now), &mut Scratch::default()).map(drop);
        assert_eq!(found.map_or_else(Rejected::code, |()| GOOD), verdict, "{name}");
    }
    assert_eq!(named(&vectors.tokens), named(&cases()), "write them anew: see the head of this file");
    let reasons: BTreeSet<_> = vectors.tokens.iter().map(|one| one.verdict.as_str()).collect();
    assert!(Rejected::ALL.iter().all(|reason| reasons.contains(reason.code())), "{reasons:?}");
}

fn published_and_shared(vectors: &Vectors) -> KeySet {
    let published = KeySet::from_jwks(vectors.jwks.to_string().as_bytes()).unwrap();
    assert_eq!(published.iter().map(|key| key.kid().to_owned()).collect::<Vec<_>>(), vectors.kids);
    let shared = SigningKey::from_secret_base64(&vectors.secret).unwrap();
    KeySet::new(published.iter().chain([shared.public()]).cloned())
}

fn named(vectors: &[Vector]) -> Vec<(&str, &str)> {
    let mut named: Vec<_> = vectors.iter().map(|one| (one.name.as_str(), one.verdict.as_str())).collect();
    named.sort_unstable();
    named
}

fn made() -> Vectors {
    let given = claims();
    let published = keys().to_jwks();
    let mut jwks: Value = serde_json::from_str(&published).unwrap();
    let useless = useless(&jwks["keys"]);
    jwks["keys"].as_array_mut().unwrap().splice(1..1, useless);
    Vectors {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
        leeway_seconds: 5,
        says: json!({
            "account": given.account.to_string(),
            "session": given.session.to_string(),
            "epoch": given.epoch,
            "roles": given.roles.as_slice(),
            "issued_at": NOW,
            "expires_at": NOW + 300,
            "authenticated_at": NOW - 60,
        }),
        kids: KeySet::from_jwks(published.as_bytes())
            .unwrap()
            .iter()
            .map(|key| key.kid().to_owned())
            .collect(),
        jwks,
        secret: BASE64.encode(key(Algorithm::Hs256).to_stored()),
        tokens: cases(),
    }
}

/// Entries of a key set that must be passed over: each is a good key with something changed.
fn useless(keys: &Value) -> Vec<Value> {
    let changed = |index: usize, change: Value| {
        let mut entry = keys[index].clone();
        entry.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        entry
    };
    vec![
        changed(0, json!({"kid": "named-otherwise"})),
        changed(0, json!({"use": "enc"})),
        changed(0, json!({"alg": "ES256"})),
        changed(0, json!({"key_ops": ["sign"]})),
        changed(0, json!({"d": "AAAA"})),
        changed(0, json!({"x": "AAAA"})),
        changed(0, json!({"crv": "X25519"})),
        changed(1, json!({"y": keys[1]["x"]})),
        changed(2, json!({"n": "3w"})),
        changed(2, json!({"e": "Ag"})),
        json!({"kty": "oct", "k": "c2VjcmV0", "kid": "shared"}),
        json!({"kty": "OKP"}),
        json!(7),
    ]
}

fn cases() -> Vec<Vector> {
    let (good_header, good) = (header(key(Algorithm::Hs256)), claims_json());
    let replaced = |what: &str, text: &str, (from, to): (&str, &str)| {
        (format!("{what}: {} instead of {}", shown(to), shown(from)), text.replace(from, to))
    };
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (from, to, _) in BAD_HEADERS.iter().chain(&GOOD_HEADERS.map(|(from, to)| (from, to, Rejected::Type)))
    {
        let (name, header) = replaced("header", &good_header, (from, to));
        pairs.push((name, signed(key(Algorithm::Hs256), header, &good)));
    }
    let bad = BAD_CLAIMS.iter().map(|(from, to, _)| (*from, *to));
    for row in bad.chain(GOOD_CLAIMS.iter().copied()) {
        let (name, claims) = replaced("claims", &good, row);
        pairs.push((name, signed(key(Algorithm::Hs256), &good_header, claims)));
    }
    for (name, json) in claim_by_claim(&good) {
        pairs.push((name, signed(key(Algorithm::Hs256), &good_header, json)));
    }
    pairs.extend(odd_bytes(&good_header, &good));
    pairs.extend(confused());
    pairs.extend(odd_forms());
    pairs.extend(odd_signatures());
    let mut cases: Vec<Vector> = pairs.into_iter().map(|(name, token)| judged(name, NOW, token)).collect();
    cases.extend(timed());
    cases
}

/// What a reader of the file sees of a text.
fn shown(text: &str) -> String {
    if text.is_empty() { "nothing".to_owned() } else { text.to_owned() }
}

fn judged(name: String, now: i64, token: String) -> Vector {
    let verdict = verdict_at(&token, at(now)).map_or_else(Rejected::code, |()| GOOD).to_owned();
    Vector { name, now, token, verdict }
}

const GOOD_HEADERS: [(&str, &str); 4] = [
    ("at+jwt", "AT+JWT"),
    ("at+jwt", "application/at+jwt"),
    ("\"typ\"", "\"note\":[{\"a\":1}],\"typ\""),
    ("{\"alg\"", "{ \"alg\""),
];

fn timed() -> impl Iterator<Item = Vector> {
    let minted = Algorithm::ALL.map(|algorithm| {
        judged(format!("minted by {algorithm}"), NOW, key(algorithm).mint(&claims()).unwrap())
    });
    let times = [-6, -5, 299, 300, 304, 305, 1_000_000].map(|after| {
        let token = key(Algorithm::Ed25519).mint(&claims()).unwrap();
        judged(format!("{after} s after it was minted"), NOW + after, token)
    });
    minted.into_iter().chain(times)
}

/// Claims without each of ours, with each twice, and with each of another type.
fn claim_by_claim(good: &str) -> Vec<(String, String)> {
    let all: serde_json::Map<_, _> = serde_json::from_str(good).unwrap();
    let mut made = Vec::new();
    for (name, value) in &all {
        let member = format!("\"{name}\":{value}");
        let without = good.replace(&format!("{member},"), "").replace(&format!(",{member}"), "");
        made.push((format!("without {name}"), without));
        made.push((format!("{name} twice"), good.replacen('{', &format!("{{{member},"), 1)));
        for wrong in ["null", "true", "-1", "1.5", "{}", "[[]]"] {
            made.push((format!("{name} is {wrong}"), good.replace(&member, &format!("\"{name}\":{wrong}"))));
        }
    }
    let many = |count: usize| (0..count).map(|n| format!("\"x{n}\":1,")).collect::<Vec<_>>().concat();
    let deep = |depth: usize| format!("\"x\":{}{},", "[".repeat(depth), "]".repeat(depth));
    let long = format!("\"x\":\"{}\",", "x".repeat(3_500));
    for (name, added) in [
        ("sixteen unknown claims", many(16)),
        ("seventeen unknown claims", many(17)),
        ("four levels", deep(4)),
        ("five levels", deep(5)),
        ("more than fits", long),
    ] {
        made.push((name.to_owned(), good.replacen('{', &format!("{{{added}"), 1)));
    }
    made
}

/// Genuine signatures over bytes that are not the JSON they should be.
fn odd_bytes(good_header: &str, good: &str) -> Vec<(String, String)> {
    type Change = fn(&str) -> Vec<u8>;
    let changes: [(&str, Change); 12] = [
        ("a byte order mark", |json| [b"\xEF\xBB\xBF", json.as_bytes()].concat()),
        ("a zero at its end", |json| [json.as_bytes(), b"\0"].concat()),
        ("twice", |json| json.repeat(2).into()),
        ("something behind it", |json| format!("{json}x").into()),
        ("a space behind it", |json| format!("{json} ").into()),
        ("a tab in it", |json| json.replacen(':', ":\t", 1).into()),
        ("a control character in a text", |json| json.replacen("\":\"", "\":\"\u{1}", 1).into()),
        ("an escape", |json| json.replacen(":\"", ":\"\\u0020", 1).into()),
        ("a byte that is not UTF-8", |json| {
            [json.trim_end_matches('}').as_bytes(), b",\"x\":\"\xff\"}"].concat()
        }),
        ("a comma too many", |json| json.replace('}', ",}").into()),
        ("an array instead", |_| b"[]".to_vec()),
        ("nothing instead", |_| Vec::new()),
    ];
    let hs256 = key(Algorithm::Hs256);
    let claims =
        changes.map(|(name, change)| (format!("claims: {name}"), signed(hs256, good_header, change(good))));
    let long = good_header.replacen('{', &format!("{{\"x\":\"{}\",", "x".repeat(500)), 1);
    let long = ("header: more than fits".to_owned(), signed(hs256, long, good));
    changes
        .map(|(name, change)| (format!("header: {name}"), signed(hs256, change(good_header), good)))
        .into_iter()
        .chain(claims)
        .chain([long])
        .collect()
}

/// Each key by the name of each other, under each algorithm that the two might have.
fn confused() -> Vec<(String, String)> {
    let mut made = Vec::new();
    for (signer, named) in pairs() {
        for alg in BTreeSet::from([signer.as_str(), named.as_str(), "EdDSA", "none"]) {
            let header = format!(r#"{{"alg":"{alg}","kid":"{}","typ":"at+jwt"}}"#, key(named).kid());
            let name = format!("signed by {signer}, named {named}, called {alg}");
            made.push((name, signed(key(signer), header, claims_json())));
        }
    }
    let stranger = SigningKey::generate(Algorithm::Ed25519, &Dice::seeded(99)).unwrap();
    made.push(("a stranger's".to_owned(), stranger.mint(&claims()).unwrap()));
    let impostor = signed(&stranger, header(key(Algorithm::Ed25519)), claims_json());
    made.push(("a stranger's, by the name of ours".to_owned(), impostor));
    made
}

fn pairs() -> impl Iterator<Item = (Algorithm, Algorithm)> {
    Algorithm::ALL.into_iter().flat_map(|signer| Algorithm::ALL.map(|named| (signer, named)))
}

/// Texts that are not three parts of canonical base64url.
fn odd_forms() -> Vec<(String, String)> {
    let token = key(Algorithm::Hs256).mint(&claims()).unwrap();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let (header, payload) = message.split_once('.').unwrap();
    let twin = char::from_u32(signature.chars().last().unwrap() as u32 + 1).unwrap();
    let forms = [
        ("empty", String::new()),
        ("two dots", "..".into()),
        ("one part", header.into()),
        ("two parts", message.into()),
        ("no signature", format!("{message}.")),
        ("no header", format!(".{payload}.{signature}")),
        ("no claims", format!("{header}..{signature}")),
        ("a fourth part", format!("{token}.{signature}")),
        ("five parts", format!("{header}.{payload}.{payload}.{payload}.{signature}")),
        ("a dot behind it", format!("{token}.")),
        ("a dot before it", format!(".{token}")),
        ("padding", format!("{token}=")),
        ("padded header", format!("{header}=.{payload}.{signature}")),
        ("padded claims", format!("{header}.{payload}=.{signature}")),
        ("a space behind it", format!("{token} ")),
        ("a space before it", format!(" {token}")),
        ("a line break", format!("{message}.\n{signature}")),
        ("its scheme before it", format!("Bearer {token}")),
        ("another spelling of the signature", format!("{message}.{}{twin}", &signature[..42])),
        ("the other alphabet", token.replace(['-', '_'], "+")),
        ("letters of another script", "é.é.é".into()),
        ("too long", "A".repeat(TOKEN_BYTES + 1)),
    ];
    forms.map(|(name, text)| (format!("form: {name}"), text)).into()
}

fn odd_signatures() -> Vec<(String, String)> {
    let mut made = Vec::new();
    for algorithm in Algorithm::ALL {
        let token = key(algorithm).mint(&claims()).unwrap();
        let (message, signature) = token.rsplit_once('.').unwrap();
        let bytes = BASE64.decode(signature).unwrap();
        let mut turned = bytes.clone();
        turned[bytes.len() / 2] ^= 1;
        for (name, odd) in [
            ("zeroes", vec![0; bytes.len()]),
            ("ones", vec![0xff; bytes.len()]),
            ("a byte less", bytes[1..].to_vec()),
            ("a byte more", [bytes.as_slice(), &[0]].concat()),
            ("a bit turned", turned),
        ] {
            made.push((
                format!("signature by {algorithm}: {name}"),
                format!("{message}.{}", BASE64.encode(odd)),
            ));
        }
    }
    made
}
