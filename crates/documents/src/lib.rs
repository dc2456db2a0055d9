//! Papers of the linking authority as PDF, set by Typst: from plain data to bytes, equal bytes for equal data.
//!
//! No clock, no file, no network: a paper bears the day it is given, the templates (`paper/*.typ`) and the fonts are part of
//! the program, and a template can reach nothing else. What stands in the data is set as it is and never read as
//! markup. A character that no font has is an error that names it ([`PaperError::Glyph`]), never a box: the law cares
//! about how a name is written.
//!
//! Files are PDF/A-2a, tagged, in the language of the paper. The Minister's papers are in Japanese; one in English is a copy
//! for reading and says so.

mod closing;
mod decision;
mod error;
mod fee;
mod glyph;
mod press;
mod sheet;
mod world;

pub use closing::{Closing, Erased};
pub use decision::{Decision, Outcome, Receipt};
pub use error::{Missing, PaperError};
pub use fee::{FeeSlip, Receiving, fee_notice, received_notice};
pub use sheet::{Language, Letter, Producer};

/// Every error code of this crate with the names of its details, for the message catalogue.
pub fn codes() -> impl Iterator<Item = &'static (&'static str, &'static [&'static str])> {
    PaperError::CODES.iter()
}
