//! The API, one module per noun of its URLs, and what holds across them.

mod account;
mod accounts;
mod bearer;
mod cors;
mod csrf;
mod endings;
mod forged_tokens;
mod forgery;
mod guessing;
mod input;
mod outage;
mod refresh;
mod revocations;
mod routes;
mod session;
mod sessions;
mod stale_cookies;
mod stolen;
mod token;
mod token_cookies;
