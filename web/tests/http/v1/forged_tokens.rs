//! Access tokens that were tampered with, or made up, or are of another kind: whoever presents one is nobody.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::world::{ACCESS, Program, World};

/// A genuine token taken apart, and the key that signed it: whatever is put together here is signed as ours are, unless the row says otherwise.
struct Forge {
    header: Value,
    claims: Value,
    key: Ed25519KeyPair,
    genuine: String,
}

impl Forge {
    async fn new(world: &World, program: &Program<'_>) -> Self {
        let key = Ed25519KeyPair::from_pkcs8(&world.signing_key().await).unwrap();
        let genuine = program.access_token.clone();
        Self { header: program.token_header(), claims: program.token_claims(), key, genuine }
    }

    /// With this header and these claims, to the letter.
    fn sign(&self, header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(message.as_bytes()));
        format!("{message}.{signature}")
    }

    /// With another value, or one more, in the header.
    fn header(&self, name: &str, value: impl Into<Value>) -> String {
        self.sign(with(&self.header, name, value.into()), self.claims.to_string())
    }

    /// With another value, or one more, among the claims.
    fn claim(&self, name: &str, value: impl Into<Value>) -> String {
        self.sign(self.header.to_string(), with(&self.claims, name, value.into()))
    }

    /// Without one of the claims.
    fn lacking(&self, name: &str) -> String {
        let mut claims = self.claims.clone();
        claims.as_object_mut().unwrap().remove(name).unwrap();
        self.sign(self.header.to_string(), claims.to_string())
    }

    /// With claims that are not quite JSON as we write it.
    fn claims_with(&self, old: &str, new: &str) -> String {
        let claims = self.claims.to_string();
        assert!(claims.contains(old), "{old} is not in {claims}");
        self.sign(self.header.to_string(), claims.replacen(old, new, 1))
    }

    /// Signed with HMAC, by something that everybody knows.
    fn by_hmac(&self, secret: &[u8]) -> String {
        let header = with(&self.header, "alg", "HS256".into());
        let message =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(self.claims.to_string()));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    /// The genuine token with another signature.
    fn signature(&self, text: &str) -> String {
        let (message, _) = self.genuine.rsplit_once('.').unwrap();
        format!("{message}.{text}")
    }
}

fn with(object: &Value, name: &str, value: Value) -> String {
    let mut object = object.clone();
    object[name] = value;
    object.to_string()
}

/// Presents each token as a bearer token and as an access cookie.
async fn expect_refused(world: &World, program: &Program<'_>, tokens: &[(&str, String)]) {
    for (what, token) in tokens {
        let bearer = ("authorization", format!("Bearer {token}"));
        for (name, value) in [bearer, ("cookie", format!("{ACCESS}={token}"))] {
            for line in ["GET /v1/session", "GET /v1/sessions", "GET /v1/csrf"] {
                let answer = world.ask(line).with(name, &value).send().await;
                assert_eq!(
                    (answer.status.as_u16(), answer.code().as_str()),
                    (401, "signed_out"),
                    "{what}, {name}"
                );
                assert_eq!(answer.cookies_set(), [""; 0], "{what}, {name}");
                assert!(token.len() < 20 || !answer.body.contains(token), "{what} is reflected");
            }
        }
        world
            .ask("DELETE /v1/session")
            .with("authorization", format!("Bearer {token}"))
            .send()
            .await
            .expect(401);
    }
    assert!(program.is_signed_in().await, "nothing has ended");
}

async fn check(rows: impl Fn(&Forge) -> Vec<(&'static str, String)>) {
    let world = World::new().await;
    world.signed_up("alice").await;
    let program = world.program("alice").await;
    let forge = Forge::new(&world, &program).await;
    expect_refused(&world, &program, &rows(&forge)).await;
}

#[tokio::test]
async fn what_is_signed_here_with_nothing_changed_is_taken() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let program = world.program("alice").await;
    let forge = Forge::new(&world, &program).await;
    let token = forge.sign(forge.header.to_string(), forge.claims.to_string());
    let ask = world.ask("GET /v1/session").with("authorization", format!("Bearer {token}"));
    ask.send().await.expect(200);
}

#[tokio::test]
async fn by_another_algorithm() {
    check(|forge| {
        let x = forge.key.public_key().as_ref();
        let none = |alg: &str| format!("{}.", forge.header("alg", alg).rsplit_once('.').unwrap().0);
        vec![
            ("none", none("none")),
            ("None", none("None")),
            ("nOnE", none("nOnE")),
            ("no algorithm, no signature", none("")),
            ("none, signed", forge.header("alg", "none")),
            ("a list", forge.header("alg", json!(["Ed25519"]))),
            ("null", forge.header("alg", json!(null))),
            ("RS256", forge.header("alg", "RS256")),
            ("ES256", forge.header("alg", "ES256")),
            ("lower case", forge.header("alg", "ed25519")),
            ("HMAC with the public key", forge.by_hmac(x)),
            ("HMAC with the public key in base64url", forge.by_hmac(URL_SAFE_NO_PAD.encode(x).as_bytes())),
            ("HMAC with nothing", forge.by_hmac(b"")),
            ("HMAC with a well-known secret", forge.by_hmac(b"your-256-bit-secret")),
        ]
    })
    .await;
}

#[tokio::test]
async fn by_another_key() {
    check(|forge| {
        let own = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let x = URL_SAFE_NO_PAD.encode(own.public_key());
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x});
        let thief = Forge {
            header: forge.header.clone(),
            claims: forge.claims.clone(),
            key: own,
            genuine: String::new(),
        };
        vec![
            ("a stranger's key", thief.claim("roles", json!(["admin"]))),
            ("a key in the header", thief.header("jwk", jwk)),
            ("a certificate in the header", thief.header("x5c", json!(["MIIB"]))),
            ("a key elsewhere", thief.header("jku", "https://evil.example/jwks.json")),
            ("a certificate elsewhere", thief.header("x5u", "https://evil.example/x")),
            ("a key elsewhere, though signed by ours", forge.header("jku", "https://evil.example/jwks.json")),
            ("kid unknown", forge.header("kid", "x")),
            ("kid empty", forge.header("kid", "")),
            ("kid a path", forge.header("kid", "../../../../dev/null")),
            ("kid SQL", forge.header("kid", "' OR 1=1; --")),
            ("kid NUL", forge.header("kid", "\0")),
            ("kid a number", forge.header("kid", 0)),
            ("kid of 5 kB", forge.header("kid", "A".repeat(5_000))),
        ]
    })
    .await;
}

#[tokio::test]
async fn with_another_signature() {
    check(|forge| {
        let signature = forge.genuine.rsplit_once('.').unwrap().1.to_owned();
        let bytes = URL_SAFE_NO_PAD.decode(&signature).unwrap();
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let der = [&[0x30, 0x44, 0x02, 0x20][..], &bytes[..32], &[0x02, 0x20], &bytes[32..]].concat();
        let mut flipped = bytes.clone();
        flipped[40] ^= 1;
        vec![
            ("none", forge.signature("")),
            ("zeros", forge.signature(&encode(&[0; 64]))),
            ("one bit flipped", forge.signature(&encode(&flipped))),
            ("too short", forge.signature(&encode(&bytes[..63]))),
            ("too long", forge.signature(&encode(&[&bytes[..], &[0]].concat()))),
            ("DER", forge.signature(&encode(&der))),
            ("padded", forge.signature(&format!("{signature}=="))),
            ("the other base64", forge.signature(&STANDARD.encode(&bytes))),
            ("spare bits set", forge.signature(&spelled_otherwise(&signature))),
            ("a space in it", forge.signature(&signature.replacen(&signature[9..10], " ", 1))),
            (
                "of other claims",
                forge.claim("epoch", 2).rsplit_once('.').map(|(_, other)| forge.signature(other)).unwrap(),
            ),
        ]
    })
    .await;
}

/// Another text that a lenient decoder reads as the same bytes: 64 bytes leave four bits of the last character unused.
fn spelled_otherwise(signature: &str) -> String {
    let last = if signature.ends_with('A') {
        'B'
    } else {
        signature.chars().last().map_or('B', |c| char::from(c as u8 + 1))
    };
    format!("{}{last}", &signature[..signature.len() - 1])
}

#[tokio::test]
async fn with_an_instruction_in_the_header() {
    check(|forge| {
        let (header, claims) = (forge.header.to_string(), forge.claims.to_string());
        let more = |text: &str| forge.sign(header.replacen('{', &format!("{{{text},"), 1), &claims);
        vec![
            ("crit", forge.header("crit", json!(["b64"]))),
            ("crit empty", forge.header("crit", json!([]))),
            ("b64", forge.header("b64", false)),
            ("zip", forge.header("zip", "DEF")),
            ("alg twice", more("\"alg\":\"none\"")),
            ("kid twice", more("\"kid\":\"x\"")),
            ("another kind of token", forge.header("typ", "JWT")),
            ("a logout token", forge.header("typ", "logout+jwt")),
            ("no kind", forge.header("typ", json!(null))),
            ("a BOM", forge.sign([b"\xef\xbb\xbf", header.as_bytes()].concat(), &claims)),
            ("a NUL behind", forge.sign(format!("{header}\0"), &claims)),
            (
                "bad UTF-8",
                forge.sign([&header.as_bytes()[..header.len() - 1], b",\"x\":\"\xff\"}"].concat(), &claims),
            ),
            ("a list", forge.sign(format!("[{header}]"), &claims)),
            ("nothing", forge.sign("", &claims)),
        ]
    })
    .await;
}

#[tokio::test]
async fn with_other_claims() {
    check(|forge| {
        let nested = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
        let exp = format!("\"exp\":{}", forge.claims["exp"]);
        vec![
            ("another issuer", forge.claim("iss", "https://evil.example")),
            ("the issuer with a slash", forge.claim("iss", "http://localhost:8080/")),
            ("another audience", forge.claim("aud", "https://evil.example")),
            ("no audience", forge.claim("aud", json!([]))),
            ("an audience of another type", forge.claim("aud", json!({"x": "http://localhost:8080"}))),
            ("expired this very second", forge.claim("exp", 1_795_417_200)),
            ("expired before it was minted", forge.claim("exp", 1)),
            ("exp a text", forge.claim("exp", "1795417500")),
            ("exp a fraction", forge.claims_with(&exp, &format!("{exp}.5"))),
            ("exp 1e999", forge.claims_with(&exp, "\"exp\":1e999")),
            ("exp negative", forge.claim("exp", -1)),
            ("exp beyond all time", forge.claim("exp", u64::MAX)),
            ("exp null", forge.claim("exp", json!(null))),
            ("exp twice", forge.claims_with("{", &format!("{{{exp},"))),
            ("minted farther ahead than clocks may be apart", forge.claim("iat", 1_795_417_321)),
            ("good from tomorrow on", forge.claim("nbf", 1_795_417_201)),
            ("sub of nobody", forge.claim("sub", "01a20734-5580-7e8f-a841-000000000000")),
            ("sub in upper case", forge.claim("sub", forge.claims["sub"].as_str().unwrap().to_uppercase())),
            ("sub a number", forge.claim("sub", 1)),
            ("sub a name", forge.claim("sub", "alice")),
            ("sid of nobody", forge.claim("sid", "AAAAAAAAAAAAAAAAAAAAAA")),
            ("sid empty", forge.claim("sid", "")),
            ("roles a text", forge.claim("roles", "admin")),
            ("epoch a text", forge.claim("epoch", "1")),
            ("1,000 nested", forge.claims_with("{", &format!("{{\"x\":{nested},"))),
            ("a NUL behind", forge.sign(forge.header.to_string(), format!("{}\0", forge.claims))),
            ("two objects", forge.sign(forge.header.to_string(), format!("{0}{0}", forge.claims))),
            ("no object", forge.sign(forge.header.to_string(), "\"x\"")),
            ("9 kB", forge.claim("x", "x".repeat(9_000))),
        ]
    })
    .await;
}

#[tokio::test]
async fn without_a_claim() {
    const NEEDED: [&str; 12] =
        ["iss", "sub", "aud", "exp", "iat", "jti", "client_id", "sid", "auth_time", "amr", "roles", "epoch"];
    check(|forge| NEEDED.map(|name| (name, forge.lacking(name))).into()).await;
}

#[tokio::test]
async fn in_another_shape() {
    check(|forge| {
        let token = &forge.genuine;
        let parts: Vec<_> = token.split('.').collect();
        let json = json!({"protected": parts[0], "payload": parts[1], "signature": parts[2]});
        vec![
            ("nothing", String::new()),
            ("two parts", parts[..2].join(".")),
            ("four parts", format!("{token}.{}", parts[2])),
            ("five parts, as JWE has", format!("{token}..")),
            ("a dot before", format!(".{token}")),
            ("a dot behind", format!("{token}.")),
            ("JSON", json.to_string().replace('"', "'")),
            ("upper case", token.to_uppercase()),
            ("in quotes", format!("\"{token}\"")),
            ("escaped", token.replace('.', "%2E")),
            ("no header", format!(".{}.{}", parts[1], parts[2])),
            ("parts swapped", format!("{}.{}.{}", parts[1], parts[0], parts[2])),
            ("100 kB of dots", ".".repeat(100_000)),
            ("100 kB of A", "A".repeat(100_000)),
            ("the word null", "null".to_owned()),
        ]
    })
    .await;
}

#[tokio::test]
async fn of_another_persons_session() {
    let world = World::new().await;
    world.signed_up("alice").await;
    world.signed_up("mallory").await;
    let (hers, his) = (world.program("alice").await, world.program("mallory").await);
    let forge = Forge::new(&world, &his).await;
    let sub = ("her account with his session", forge.claim("sub", hers.token_claims()["sub"].clone()));
    let sid = ("her session with his account", forge.claim("sid", hers.token_claims()["sid"].clone()));
    expect_refused(&world, &his, &[sub, sid]).await;
    assert!(hers.is_signed_in().await);
}

#[tokio::test]
async fn roles_in_a_token_make_nobody_more_than_they_are() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let program = world.program("alice").await;
    let token = Forge::new(&world, &program).await.claim("roles", json!(["admin"]));
    let ask = world.ask("GET /v1/account").with("authorization", format!("Bearer {token}"));
    assert_eq!(ask.send().await.expect(200).json()["account"]["roles"], json!([]), "here the record counts");
}

#[tokio::test]
async fn a_token_of_another_kind_is_no_access_token() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    let program = world.program("alice").await;
    let others = [
        ("a refresh token", program.refresh_token.clone()),
        ("a session cookie", alice.cookie("__Host-bitjang").unwrap().to_owned()),
        ("a CSRF token", alice.csrf_token().to_owned()),
        ("a session's id", alice.session().await),
    ];
    expect_refused(&world, &program, &others).await;
}

#[tokio::test]
async fn a_forged_token_costs_the_store_nothing() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let program = world.program("alice").await;
    let forge = Forge::new(&world, &program).await;
    world.break_store();
    for token in
        [forge.by_hmac(b""), forge.claim("iss", "x"), forge.signature("AAAA"), forge.header("alg", "none")]
    {
        let ask = world.ask("GET /v1/session").with("authorization", format!("Bearer {token}"));
        ask.send().await.expect_problem(401, "signed_out");
    }
}
