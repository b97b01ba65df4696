//! Invariant 10: no secret is at rest or in a log in a usable form.

use std::fmt::Debug;
use std::marker::PhantomData;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bitjang_core::key::{Key, Purpose};
use bitjang_core::password::Password;
use bitjang_core::secret::SessionSecret;
use bitjang_core::testing::{Dice, at};
use bitjang_core::{Credentials, Entropy as _, Event, Keys as _, NewAccount, PasswordChange, Proof};

use crate::world::{PASSWORD, World, cookie};

/// What a `Debug` might show of a secret: its text, and its bytes as Rust prints them.
fn traces(secret: &[u8]) -> [String; 3] {
    let hex = secret.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let list = format!("{:?}", &secret[..8]);
    [String::from_utf8_lossy(secret).into_owned(), hex, list.trim_matches(['[', ']']).to_owned()]
}

#[tokio::test]
async fn invariant_10_no_secret_is_in_the_debug_of_anything() {
    let world = World::new().await;
    let given = world.person("alice").sign_up().await.unwrap();
    let proof = world.auth.verify(&Proof::SessionToken(cookie(&given))).await.unwrap();
    let csrf = world.auth.csrf_key();
    let token = csrf.token(given.session.id);
    let key =
        world.memory.find_or_insert(Key::generate(Purpose::Csrf, &Dice::seeded(1), at(1))).await.unwrap();
    let (password, secret) = (Password::new(PASSWORD).unwrap(), SessionSecret::generate(&Dice::seeded(1)));
    let refused = world.person("alice").typing("a wrong guess").sign_in().await.unwrap_err();

    let things: [&dyn Debug; 11] = [
        &given,
        &proof,
        csrf,
        &token,
        &key,
        &password,
        &secret,
        &refused,
        &world.events(),
        &world.records().await,
        &given.account.password,
    ];
    let shown = format!("{things:#?}{things:?}");
    assert!(shown.contains("alice"), "what is no secret is shown");
    let (cookie, mut thrown) = (cookie(&given).reveal(), [0; 32]);
    Dice::seeded(1).fill(&mut thrown);
    let mut secrets =
        vec![PASSWORD.as_bytes(), b"a wrong guess", token.reveal().as_bytes(), key.secret.0.as_slice()];
    secrets.extend([&cookie.as_bytes()[4..], &cookie.as_bytes()[26..]]);
    secrets.extend([given.account.password.as_str().as_bytes(), given.session.secret.as_bytes(), &thrown]);
    for trace in secrets.into_iter().flat_map(traces) {
        assert!(!shown.contains(&trace), "{trace:?}");
    }
}

struct Of<T>(PhantomData<T>);

trait HasNoDebug {
    const PRINTS: bool = false;
}

impl<T> HasNoDebug for T {}

/// Chosen over the constant of the trait wherever it applies.
impl<T: Debug> Of<T> {
    const PRINTS: bool = true;
}

#[test]
fn invariant_10_what_holds_a_typed_password_cannot_be_printed() {
    assert_eq!([Of::<Password>::PRINTS, Of::<Event>::PRINTS], [true; 2], "the question can be answered");
    let typed =
        [Of::<NewAccount<'_>>::PRINTS, Of::<Credentials<'_>>::PRINTS, Of::<PasswordChange<'_>>::PRINTS];
    assert_eq!(typed, [false; 3]);
}

#[tokio::test]
async fn invariant_10_of_a_cookie_only_the_hash_of_its_secret_is_stored() {
    let world = World::new().await;
    let given = world.person("alice").sign_up().await.unwrap();
    let stored = world.records().await.remove(0).1.remove(0);
    let bytes = URL_SAFE_NO_PAD.decode(&cookie(&given).reveal()[4..]).unwrap();
    assert_eq!(stored.id.as_bytes(), &bytes[..16]);
    assert_eq!(stored.secret.as_bytes(), digest(&SHA256, &bytes[16..]).as_ref());
}
