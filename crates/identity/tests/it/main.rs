//! Integration tests of identity.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that meets the unexpected fails"
)]
#![expect(clippy::too_many_lines, reason = "tables of cases")]

mod identifying;
mod parsing;
mod secrecy;
mod vectors;
mod verifiable;
mod verifiable_vectors;
