//! Access tokens from outside: keys, what verifies, what does not, the heap, and a second opinion.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod agreement;
mod allocation;
mod attacks;
mod keys;
mod oracle;
mod support;
mod vectors;
mod verify;
