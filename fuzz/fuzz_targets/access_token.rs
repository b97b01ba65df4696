//! Access tokens against `jsonwebtoken`: whatever the bytes, as a token, as a genuinely signed header, as genuinely signed claims, we are never
//! the laxer of the two, and never panic.
#![no_main]

#[path = "../../core/tests/token/oracle.rs"]
mod oracle;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../../core/tests/token/support.rs"]
mod support;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracle::probe(bytes));
