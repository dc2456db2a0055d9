//! The workspace's server as browsers meet it.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a fixture that fails fails the test"
)]

mod assets;
mod browser;
mod desk;
mod doors;
mod kill;
mod linked;
mod log;
mod matrix;
mod office;
mod own;
mod packages;
mod rooms;
mod sign_in;
mod site;
mod study;
mod unavailable;
mod words;
