//! The workspace's server as browsers meet it.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a fixture that fails fails the test"
)]

mod assets;
mod browser;
mod desk;
mod doors;
mod full;
mod fuzz;
mod hostile;
mod kill;
mod linked;
mod log;
mod matrix;
mod office;
mod own;
mod packages;
mod reports;
mod rooms;
mod scan;
mod sign_in;
mod site;
mod study;
mod unavailable;
mod words;
