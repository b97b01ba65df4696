//! `/.well-known/jwks.json`: the public keys, and nothing that is not public.

use insta::assert_snapshot;

use crate::world::World;

#[tokio::test]
async fn the_public_keys_are_there_for_everybody() {
    let world = World::new().await;
    let answer = world.ask("GET /.well-known/jwks.json").send().await;
    assert_snapshot!(answer, @r#"
    200 OK
    access-control-allow-origin: *
    cache-control: public, max-age=300
    content-length: 170
    content-type: application/jwk-set+json

    {
      "keys": [
        {
          "alg": "Ed25519",
          "crv": "Ed25519",
          "kid": "yYpbIYZUtwJwfNzOKvunexdPSQEtqv2QYS1nNMSensQ",
          "kty": "OKP",
          "use": "sig",
          "x": "lczUkYWd6fShRdWk7rKPuTKl-GzC6YTI5X3qzxrs8tg"
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn nothing_private_is_published() {
    let world = World::new().await;
    let answer = world.ask("GET /.well-known/jwks.json").send().await.expect(200);
    for key in answer.json()["keys"].as_array().unwrap() {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(key.get(private).is_none(), "{private}: {answer}");
        }
    }
}

#[tokio::test]
async fn tokens_name_a_key_that_is_published() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let program = world.program("alice").await;
    let keys = world.ask("GET /.well-known/jwks.json").send().await.json();
    assert_eq!(program.token_header()["kid"], keys["keys"][0]["kid"]);
}
