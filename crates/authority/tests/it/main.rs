//! Tests of the authority, one binary.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that meets the unexpected fails"
)]
#![expect(clippy::too_many_lines, reason = "tables of cases")]

mod asking;
mod catalogue;
mod conformance;
mod controls;
mod custody;
mod differences;
mod extracts;
mod fee;
mod halt;
mod halves;
mod issue;
mod keys;
mod look_up;
mod many_people;
mod naive;
mod parties;
mod provision;
mod registration;
mod registry_rules;
mod stamp;
mod stopping;
mod two;
mod verifiable;
mod versions;
