//! An issuer over https: followed when its certificate is good, and not spoken to when anything about it is not.

use std::sync::Arc;

use bitjang_guard::verifier::{CannotFollow, Refused, Verifier};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::world::{LAPTOP, PHONE, World, until, within, word};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// What serves with a certificate of this authority for this host, changed in some way.
fn serving(authority: &Authority, host: &str, change: impl FnOnce(&mut CertificateParams)) -> TlsAcceptor {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new([host.to_owned()]).unwrap();
    change(&mut params);
    let certificate = params.signed_by(&key, authority).unwrap().der().clone();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key);
    TlsAcceptor::from(Arc::new(config.unwrap()))
}

#[tokio::test]
async fn an_issuer_is_followed_over_https() {
    let authority = authority();
    let world = World::behind(Some(serving(&authority, "127.0.0.1", |_| ()))).await;
    world.beat(5);
    let verifier = world.following().authorities(&authority.pem()).start().unwrap();
    within(verifier.ready()).await;
    let (laptop, phone) = (world.token(LAPTOP), world.token(PHONE));
    assert_eq!(word(verifier.verify(&laptop)), "good");
    world.revoke(6, LAPTOP);
    until(&verifier, |health| health.entries == 1).await;
    assert!(matches!(verifier.verify(&laptop), Err(Refused::Revoked)));
    assert_eq!(word(verifier.verify(&phone)), "good");
}

#[tokio::test]
async fn an_issuer_whose_certificate_is_not_good_is_told_nothing_and_believed_nothing() {
    let (trusted, other) = (authority(), authority());
    let expired = |params: &mut CertificateParams| {
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    };
    for (case, tls) in [
        ("of another authority", serving(&other, "127.0.0.1", |_| ())),
        ("for another host", serving(&trusted, "127.0.0.2", |_| ())),
        ("expired", serving(&trusted, "127.0.0.1", expired)),
    ] {
        let world = World::behind(Some(tls)).await;
        world.beat(5);
        let verifier = world.following().authorities(&trusted.pem()).start().unwrap();
        within(world.issuer.distrusted_by(3)).await;
        assert!(matches!(verifier.verify(&world.token(LAPTOP)), Err(Refused::NoKeys)), "{case}");
        assert_eq!((world.issuer.key_requests(), verifier.health().connections), (0, 0), "{case}");
    }
}

#[tokio::test]
async fn the_system_s_authorities_do_not_vouch_for_a_stranger() {
    let world = World::behind(Some(serving(&authority(), "127.0.0.1", |_| ()))).await;
    match world.following().start() {
        Ok(verifier) => {
            within(world.issuer.distrusted_by(3)).await;
            assert!(matches!(verifier.verify(&world.token(LAPTOP)), Err(Refused::NoKeys)));
        }
        // A system without any.
        Err(error) => assert!(matches!(error, CannotFollow::NoAuthorities(_)), "{error}"),
    }
    assert_eq!(world.issuer.key_requests(), 0);
}

#[tokio::test]
async fn what_is_no_certificate_is_no_authority() {
    let good = authority().pem();
    let damaged = good.replace("MII", "AAA");
    for pem in [
        "",
        "trust me",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        &damaged,
        &(good.clone() + &damaged),
    ] {
        let refused = Verifier::follow("https://localhost").authorities(pem).start().err();
        assert!(matches!(refused, Some(CannotFollow::BadAuthorities)), "{pem}: {refused:?}");
    }
}
