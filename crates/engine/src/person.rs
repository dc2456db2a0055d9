//! Operators that use what a linked table is: rows in the order of persons, cut for every table at the same persons.
//!
//! A scan gives one partition per range of persons, ascending, so that two tables meet by a merge, partition by
//! partition; nothing is repartitioned and no person is hashed. A physical rule ([`PersonRule`]) puts these operators in
//! the place of DataFusion's own wherever both inputs are in that form, answers existence from bitmaps, and counts
//! before it joins where the result is the same. Everything else stays DataFusion's.

mod aggregate;
mod codec;
mod count;
mod groups;
mod join;
mod rule;
mod scan;
mod semi;
mod set;
mod sets;
mod table;
mod totals;

pub use codec::PersonCodec;
pub use rule::PersonRule;
pub use set::PersonSet;
pub use table::{OpenError, PersonFiles, PersonTable, Ranges};

pub(crate) use count::person_count;
pub(crate) use scan::Changed;
pub(crate) use table::Provider;
