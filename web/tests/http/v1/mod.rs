//! The API, one module per noun of its URLs, and what holds across them.

mod account;
mod accounts;
mod csrf;
mod forgery;
mod guessing;
mod input;
mod outage;
mod routes;
mod session;
mod sessions;
mod stale_cookies;
