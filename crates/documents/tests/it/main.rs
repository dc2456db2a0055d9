//! Integration tests of documents: every paper is read back by programs of others.

#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that meets the unexpected fails"
)]

mod calendar;
mod catalogue;
mod characters;
mod data;
mod extent;
mod judge;
mod papers;
