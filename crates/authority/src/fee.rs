//! The fee at the authority: the application that comes before (申出), the delegation that decides the payee, the meter, the
//! notice that goes out with an answer, and what is paid. The rules are [`renketsu_duty`]'s.

pub mod application;
mod clock;
pub mod delegation;
mod document;
mod fault;
pub mod ledger;
pub mod meter;
pub(crate) mod notify;

pub use clock::Monotonic;
pub use fault::FeeError;

use jiff::civil::Date;

/// A text that people wrote for the record: not blank, at most 200 characters, none that commands a terminal.
fn text<'a>(field: &'static str, text: &'a str) -> Result<&'a str, FeeError> {
    let trimmed = text.trim();
    if trimmed.is_empty() || trimmed.chars().count() > 200 || trimmed.chars().any(char::is_control)
    {
        return Err(FeeError::Text { field });
    }
    Ok(trimmed)
}

/// A day that has come.
fn past(day: Date, today: Date) -> Result<Date, FeeError> {
    if day > today {
        return Err(FeeError::Future { day });
    }
    Ok(day)
}
