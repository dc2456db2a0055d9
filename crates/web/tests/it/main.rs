//! The workspace's server as browsers meet it.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a fixture that fails fails the test"
)]

mod browser;
mod doors;
mod matrix;
mod sign_in;
mod site;
mod words;
