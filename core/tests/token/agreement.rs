//! Two verifiers, one answer: what we accept `jsonwebtoken` accepts, and of what a server of ours could mint, we accept what it does.

use crate::oracle;
use crate::support::{NOW, claims, claims_json, header, key, part, signed};
use bitjang_core::account::Roles;
use bitjang_core::testing::at;
use bitjang_core::token::{Algorithm, Claims, Rejected, TokenId};
use bitjang_core::{AccountId, Entropy, SessionId};
use proptest::prelude::*;
use serde_json::Value;

#[test]
fn both_accept_what_is_minted() {
    for algorithm in Algorithm::ALL {
        assert_eq!(oracle::verdict(&key(algorithm).mint(&claims()).unwrap()), Ok(()));
    }
}

#[test]
fn both_refuse_a_changed_signature_issuer_and_audience() {
    for (from, to) in [("id.example", "id.exampl"), ("api.example", "api.exampl")] {
        let token =
            signed(key(Algorithm::Hs256), header(key(Algorithm::Hs256)), claims_json().replace(from, to));
        assert!(oracle::verdict(&token).is_err());
        assert!(oracle::theirs(&token).is_none());
    }
    let mut token = key(Algorithm::Hs256).mint(&claims()).unwrap();
    let last = token.len() - 20;
    token.replace_range(last..=last, if &token[last..=last] == "A" { "B" } else { "A" });
    assert_eq!(oracle::verdict(&token), Err(Rejected::Signature));
    assert!(oracle::theirs(&token).is_none());
}

#[test]
fn twenty_thousand_mutations_are_accepted_by_both_or_refused_by_us() {
    let mut dice = Xorshift(0x9E37_79B9_7F4A_7C15);
    let seeds: Vec<Vec<u8>> = seeds();
    let mut accepted = 0;
    for turn in 0..20_000 {
        let mut bytes = seeds[turn % seeds.len()].clone();
        for _ in 0..=dice.below(3) {
            dice.mutate(&mut bytes, &seeds);
        }
        let (hs256, text) = (key(Algorithm::Hs256), String::from_utf8_lossy(&bytes));
        let token = match turn % 3 {
            0 => text.into_owned(),
            1 => signed(hs256, &bytes, claims_json()),
            _ => signed(hs256, header(hs256), &bytes),
        };
        accepted += usize::from(oracle::verdict(&token).is_ok());
    }
    assert!(accepted > 20, "mutations that change nothing of weight must get through: {accepted}");
}

/// Whole tokens, headers and claims by turns.
fn seeds() -> Vec<Vec<u8>> {
    let wordy = claims_json()
        .replace("{\"iss\"", "{\"scope\":\"a b\",\"x\":{\"y\":[1,2.5e1,null]},\"nbf\":1,\"iss\"");
    let mut seeds = Vec::new();
    for (algorithm, claims) in [(Algorithm::Hs256, claims_json()), (Algorithm::Ed25519, wordy)] {
        seeds.push(key(algorithm).mint(&self::claims()).unwrap());
        seeds.push(header(key(Algorithm::Hs256)));
        seeds.push(claims);
    }
    seeds.into_iter().map(String::into_bytes).collect()
}

/// Small repeatable dice (Marsaglia, 2003).
struct Xorshift(u64);

impl Xorshift {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    /// Changes `bytes` in one of the ways that break parsers.
    fn mutate(&mut self, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        const TELLING: &[u8] = b"\"\\{}[],:.eE-+0 \0\xff\xc0=_A";
        let place = self.below(bytes.len().max(1)).min(bytes.len());
        let end = (place + self.below(12)).min(bytes.len());
        match self.below(7) {
            0 if place < bytes.len() => bytes[place] ^= 1 << self.below(8),
            1 if place < bytes.len() => bytes[place] = TELLING[self.below(TELLING.len())],
            2 => bytes.insert(place, TELLING[self.below(TELLING.len())]),
            3 => drop(bytes.drain(place..end)),
            4 => {
                let again = bytes[place..end].to_vec();
                bytes.splice(place..place, again);
            }
            5 => {
                let other = &seeds[self.below(seeds.len())];
                let from = self.below(other.len());
                bytes.splice(place..end, other[from..(from + 12).min(other.len())].iter().copied());
            }
            _ => bytes.insert(place, b' '),
        }
    }
}

impl Entropy for FixedDice {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.iter_mut().zip(self.0.iter().cycle()).for_each(|(byte, thrown)| *byte = *thrown);
    }
}

struct FixedDice([u8; 16]);

fn any_claims() -> impl Strategy<Value = Claims> {
    let times = (NOW - 1_000..=NOW, 1..100_000_i64, 0..NOW);
    let words =
        (proptest::collection::vec("[a-z0-9_.-]{1,64}", 0..8), proptest::collection::vec("[a-z]{1,8}", 0..4));
    (any::<[u8; 16]>(), 0..(1_u64 << 53), "[^\\p{Cc}\"\\\\]{0,40}", times, words).prop_map(
        |(thrown, epoch, client_id, (issued, life, authenticated), (roles, methods))| {
            let dice = FixedDice(thrown);
            Claims {
                account: AccountId::generate(&dice, at(issued)),
                session: SessionId::generate(&dice),
                epoch,
                id: TokenId::generate(&dice),
                client_id,
                issued_at: at(issued),
                expires_at: at(NOW + life),
                authenticated_at: at(authenticated),
                methods,
                roles: Roles::new(roles).unwrap(),
                ..claims()
            }
        },
    )
}

proptest! {
    #[test]
    fn whatever_can_be_minted_is_accepted_by_both(claims in any_claims(), which in 0_usize..4) {
        let token = key(Algorithm::ALL[which]).mint(&claims).unwrap();
        prop_assert_eq!(oracle::verdict(&token), Ok(()));
        prop_assert!(oracle::theirs(&token).is_some());
    }

    #[test]
    fn the_order_of_the_claims_and_a_claim_of_tomorrow_change_nothing(
        claims in any_claims(),
        order in Just((0..13).collect::<Vec<usize>>()).prop_shuffle(),
        spelled in prop_oneof![Just("Ed25519"), Just("EdDSA")],
    ) {
        let key = key(Algorithm::Ed25519);
        let json = part(&key.mint(&claims).unwrap(), 1);
        let mut members: Vec<(String, Value)> =
            serde_json::from_str::<serde_json::Map<_, _>>(&json).unwrap().into_iter().collect();
        members.push(("of_tomorrow".into(), serde_json::json!({"a": [1, 2.5, null, true, "x"]})));
        let shuffled: Vec<_> = order.iter().map(|index| {
            let (name, value) = &members[*index];
            format!("\"{name}\":{value}")
        }).collect();
        let token = signed(key, header(key).replace("Ed25519", spelled), format!("{{{}}}", shuffled.join(",")));
        prop_assert!(oracle::theirs(&token).is_some());
        prop_assert_eq!(oracle::verdict(&token), Ok(()));
    }

    #[test]
    fn what_a_fuzzer_makes_is_no_surprise(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        oracle::probe(&bytes);
    }
}
