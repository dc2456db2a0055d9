//! A synthetic population with the trouble of real registers and claims, and its known truth.
//!
//! [`Population::generate`] makes the people of a [`Plan`]; from them it writes the files three parties would have:
//! the authority's register ([`Population::write_registry`]) and extracts of public databases
//! ([`Population::write_extract`]), the producer's claim files ([`Population::claim_files`]) and anonymized table
//! ([`Population::write_anonymized`]). [`Population::truth`] tells who stands behind every row.
//!
//! Nothing depends on the clock, the platform, threads or the order in which files are written.

mod claim;
mod defect;
mod dice;
mod health;
mod history;
mod household;
mod insurer;
mod key;
mod name;
mod plan;
mod population;
mod source_file;
mod spelling;
mod table;
mod truth;

pub use claim::Source;
pub use defect::{Defect, Defects, Part};
pub use name::Sex;
pub use plan::{MOST_PERSONS, Plan, PlanError, Rates};
pub use population::{Chart, Person, Population};
pub use source_file::{CSV_HEADER, Encoding, SourceFile};
pub use table::{ANONYMIZED_HEADER, DPC_HEADER, Extract, NDB_HEADER, REGISTRY_HEADER};
pub use truth::{Counts, EqualInput, PlainHash, REACHABLE, Reach, Route, TrueRow, Truth};
