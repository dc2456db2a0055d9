//! The middle of `issue` alone, from one open table to another: what `cargo xtask bench authority` measures.

use std::io::Write;

use renketsu_table::parquet::ParquetSource;

use super::IssueError;
use super::answers;
use super::request::Asked;
use crate::issuer::IssuerKeys;
use crate::resolver::Resolver;

/// What came of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnsweredTable {
    /// Rows.
    pub rows: u64,
    /// Different IDs by number.
    pub number_ids: u64,
    /// Different IDs by kana.
    pub kana_ids: u64,
}

/// Answers a request's table without its package, its controls and its record: [`issue`](super::issue) does the same
/// between opening the one and sealing the other.
pub fn answer_table<W: Write + Send>(
    request: &ParquetSource,
    resolver: &Resolver<'_>,
    issuer: &IssuerKeys,
    target: W,
) -> Result<AnsweredTable, IssueError> {
    let asked = Asked::of(request)?;
    let (tally, _) = answers::answer(asked, resolver, issuer, target, &mut |_| {})?;
    let (number_ids, kana_ids) = tally.persons.ids();
    Ok(AnsweredTable {
        rows: tally.rows,
        number_ids,
        kana_ids,
    })
}
