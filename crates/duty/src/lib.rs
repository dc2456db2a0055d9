//! Duties of the Act as rules, so far those of the fee (法31条5項, 令9条, 規則29条・30条): the time that was taken, the tariff of
//! a day, the payee, the notice and whether it is paid; the application that comes before, and the delegation that
//! decides the payee.
//!
//! Nothing here reads a clock, a file or a random number: readings, days and names are given.

pub mod application;
pub mod delegation;
pub mod fee;
pub mod ledger;
pub mod meter;
pub mod notice;
pub mod tariff;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

/// Every error code of this crate with the names of its details, for the message catalogue.
pub fn codes() -> impl Iterator<Item = &'static (&'static str, &'static [&'static str])> {
    [
        application::NoReason::CODES,
        fee::FeeError::CODES,
        meter::MeterError::CODES,
    ]
    .into_iter()
    .flatten()
}

/// The day in Japan (UTC+9, no summer time).
pub fn day_in_japan(at: Timestamp) -> Date {
    Offset::constant(9).to_datetime(at).date()
}
