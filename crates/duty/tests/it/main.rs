//! The rules of the fee, by example and by property.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::duration_suboptimal_units,
    clippy::unwrap_used,
    reason = "a test that meets the unexpected fails; the cases of the fee are in its unit"
)]

mod catalogue;
mod delegation;
mod fee;
mod meter;
mod notice;
