//! Import, person directory, link and SQL over person-sorted tables, on DataFusion.
//!
//! The operations in the order a study uses them, each a plain function on files the caller names:
//! [`import::import`] sorts a table by its IDs, [`link::link`] decides who is one person and rewrites every table by
//! person, [`query::query`] answers SQL that the [`guard`] lets through, [`picture::svg`] draws the link report. The
//! study's catalogue, the log and the reader's language live elsewhere.

pub mod evaluate;
pub mod guard;
pub mod import;
pub mod link;
pub mod picture;
pub mod query;
pub mod report;

pub mod person;

mod checked;
mod directory;
mod key;
mod runs;
mod shelf;
mod sort;

pub use shelf::{COHORT, FileError, Shelf, StoredFile};
pub use sort::SortError;

/// Every error code of this crate with the names of its details, for the message catalogue.
pub fn codes() -> impl Iterator<Item = &'static (&'static str, &'static [&'static str])> {
    [
        FileError::CODES,
        guard::CODES,
        SortError::CODES,
        import::ImportError::CODES,
        link::LinkError::CODES,
        query::QueryError::CODES,
    ]
    .into_iter()
    .flatten()
}

/// 提供用ID of either kind, as bytes.
pub(crate) type Id = [u8; 32];
