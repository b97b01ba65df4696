//! The examples that the RFCs print, at the layer of signatures: they are no access tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::public_key::{PublicKey, thumbprint};
use super::verifier::{Header, Parts};
use super::{HEADER_BYTES, KeySet, Rejected, SIGNATURE_BYTES, VerifyingKey};

fn bytes(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

fn rsa(n: &str) -> PublicKey {
    PublicKey::Rsa { n: bytes(n), e: bytes("AQAB") }
}

fn p256(x: &str, y: &str) -> PublicKey {
    PublicKey::P256 { x: bytes(x).try_into().unwrap(), y: bytes(y).try_into().unwrap() }
}

fn ed25519(x: &str) -> PublicKey {
    PublicKey::Ed25519 { x: bytes(x).try_into().unwrap() }
}

fn check(key: &VerifyingKey, jws: &str) {
    let confirm = |jws: &str| Parts::of(jws).and_then(|parts| parts.confirm(key, &mut [0; SIGNATURE_BYTES]));
    assert_eq!(confirm(jws), Ok(()));
    let (message, signature) = jws.rsplit_once('.').unwrap();
    assert_eq!(confirm(&format!("{message}A.{signature}")), Err(Rejected::Signature));
    let other = if signature.starts_with('A') { 'B' } else { 'A' };
    assert_eq!(confirm(&format!("{message}.{other}{}", &signature[1..])), Err(Rejected::Signature));
}

#[test]
fn rfc_7515_a_1_hs256() {
    check(&VerifyingKey::from_secret(&bytes(A_1_SECRET)), A_1);
}

#[test]
fn rfc_7515_a_2_rs256() {
    check(&VerifyingKey::from_public(rsa(A_2_MODULUS)).unwrap(), A_2);
}

#[test]
fn rfc_7515_a_3_es256() {
    check(&VerifyingKey::from_public(p256(A_3_POINT.0, A_3_POINT.1)).unwrap(), A_3);
}

#[test]
fn rfc_8037_a_4_ed25519() {
    check(&VerifyingKey::from_public(ed25519(RFC_8037)).unwrap(), RFC_8037_A_4);
}

#[test]
fn rfc_7520_4_1_rs256() {
    check(&VerifyingKey::from_public(rsa(RFC_7520_MODULUS)).unwrap(), RFC_7520_4_1);
}

#[test]
fn rfc_7520_4_4_hs256() {
    check(&VerifyingKey::from_secret(&bytes("hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg")), RFC_7520_4_4);
}

#[test]
fn an_algorithm_that_is_not_ours_is_refused_with_any_key() {
    let key = VerifyingKey::from_public(p256(A_3_POINT.0, A_3_POINT.1)).unwrap();
    for foreign in [RFC_7520_4_3, A_4_ES512, A_5_NONE] {
        let parts = Parts::of(foreign).unwrap();
        assert_eq!(parts.confirm(&key, &mut [0; SIGNATURE_BYTES]), Err(Rejected::Signature));
    }
}

#[test]
fn no_example_is_taken_for_an_access_token() {
    let keys = KeySet::new([VerifyingKey::from_secret(&bytes(A_1_SECRET))]);
    for jws in [A_1, A_2, A_3, A_4_ES512, A_5_NONE, RFC_8037_A_4, RFC_7520_4_1, RFC_7520_4_3, RFC_7520_4_4] {
        let space = &mut [0; HEADER_BYTES];
        let read = Header::read(jws.split('.').next().unwrap(), space);
        assert!(matches!(
            read.and_then(|header| header.key(&keys).map(drop)),
            Err(Rejected::Type | Rejected::Malformed)
        ));
    }
}

#[test]
fn rfc_7638_thumbprints() {
    for (key, expected) in [
        (rsa(RFC_7638_MODULUS), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
        (ed25519(RFC_8037), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
        (p256(RFC_9449_POINT.0, RFC_9449_POINT.1), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"),
    ] {
        assert_eq!(thumbprint(&key.required_members()), expected);
        assert_eq!(VerifyingKey::from_public(key).unwrap().kid(), expected);
    }
}

#[test]
fn a_weak_or_damaged_public_key_is_refused() {
    let n = bytes(RFC_7638_MODULUS);
    let keys = [
        PublicKey::Rsa { n: n[..128].to_vec(), e: vec![1, 0, 1] },
        PublicKey::Rsa { n: [&[0], n.as_slice()].concat(), e: vec![1, 0, 1] },
        PublicKey::Rsa { n: [&[0x7f], &n[1..]].concat(), e: vec![1, 0, 1] },
        PublicKey::Rsa { n: n.repeat(5), e: vec![1, 0, 1] },
        PublicKey::Rsa { n: n.clone(), e: vec![1] },
        PublicKey::Rsa { n: n.clone(), e: vec![2] },
        PublicKey::Rsa { n: n.clone(), e: vec![] },
        PublicKey::Rsa { n: n.clone(), e: vec![0, 1, 0, 1] },
        PublicKey::Rsa { n, e: vec![1; 5] },
        PublicKey::Rsa { n: vec![], e: vec![1, 0, 1] },
        PublicKey::P256 { x: [1; 32], y: [1; 32] },
        PublicKey::P256 { x: [0; 32], y: [0; 32] },
    ];
    for key in keys {
        assert!(VerifyingKey::from_public(key.clone()).is_err(), "{key:?}");
    }
}

const A_1: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const A_1_SECRET: &str =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
const A_2: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
const A_2_MODULUS: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
const A_3: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
const A_3_POINT: (&str, &str) =
    ("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
const A_4_ES512: &str = "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn";
const A_5_NONE: &str = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.";
const RFC_8037: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
const RFC_8037_A_4: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
const RFC_7520_MODULUS: &str = "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw";
const RFC_7520_4_1: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg";
const RFC_7520_4_3: &str = "eyJhbGciOiJFUzUxMiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.AE_R_YZCChjn4791jSQCrdPZCNYqHXCTZH0-JZGYNlaAjP2kqaluUIIUnC9qvbu9Plon7KRTzoNEuT4Va2cmL1eJAQy3mtPBu_u_sDDyYjnAMDxXPn7XrT0lw-kvAD890jl8e2puQens_IEKBpHABlsbEPX6sFY8OcGDqoRuBomu9xQ2";
const RFC_7520_4_4: &str = "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0";
const RFC_7638_MODULUS: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
const RFC_9449_POINT: (&str, &str) =
    ("l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs", "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA");
