//! The hosted pages, as a browser without scripts uses them.

mod account;
mod assets;
mod errors;
mod home;
mod language;
mod sign_in;
mod sign_out;
mod sign_up;
