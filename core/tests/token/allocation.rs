//! Checking a good token takes nothing from the heap.

use std::hint::black_box;

use crate::support::{NOW, claims, claims_json, header, key, keys, signed, verifier};
use bitjang_core::testing::at;
use bitjang_core::token::{Algorithm, Scratch};

/// Counts what Rust asks of the allocator. What AWS-LC takes from the C heap for a signature is its own affair, and not seen here.
fn allocations(token: &str) -> u64 {
    let (verifier, keys, mut scratch) = (verifier(), keys(), Scratch::default());
    let counted = allocation_counter::measure(|| {
        let token = verifier.verify(&keys, black_box(token), at(NOW), &mut scratch).unwrap();
        assert!(token.has_role("moderator"));
        assert_eq!(black_box(token).roles().iter().count(), 2);
    });
    counted.count_total
}

#[test]
fn a_good_token_is_checked_without_allocating() {
    for algorithm in Algorithm::ALL {
        assert_eq!(allocations(&key(algorithm).mint(&claims()).unwrap()), 0, "{algorithm}");
    }
}

#[test]
fn nor_is_one_that_is_spelled_in_another_way() {
    let key = key(Algorithm::Hs256);
    let claims = claims_json().replace("{\"iss\"", "{\"note\":{\"a\":[1.5]},\"iss\"");
    let header = header(key).replace("at+jwt", "application/at+jwt");
    assert_eq!(allocations(&signed(key, header, claims)), 0);
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocation_counter::measure(|| drop(black_box(vec![1]))).count_total, 1);
}
