//! The authorization API.

mod v1;
