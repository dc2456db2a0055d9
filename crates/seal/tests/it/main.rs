//! Integration tests of seal.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that meets the unexpected fails"
)]

mod any_input;
mod archive;
mod backup;
mod catalogue;
mod custodians;
mod drafts;
mod durable;
mod fixture;
mod hostile;
mod interop;
mod package;
mod party;
mod refusals;
mod safe;
mod scratch;
mod statement;
mod streaming;
mod tampering;
mod trust;
mod vault;
