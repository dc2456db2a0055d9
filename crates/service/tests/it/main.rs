//! The service in the process of the test, over real connections.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a fixture that fails fails the test"
)]

mod catalogue;
mod certificates;
mod crowd;
mod exchange;
mod halt;
mod held;
mod interface;
mod judge;
mod raw;
mod restart;
mod site;
