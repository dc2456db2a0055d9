//! 連結報告: what a link found, in counts only.

use serde::Serialize;

/// Form of [`LinkReport`] in JSON.
pub const LINK_SCHEMA: &str = "renketsu.link/1";

/// What a link found. No value of a person and no ID is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LinkReport {
    /// Always [`LINK_SCHEMA`].
    pub schema: &'static str,
    /// Persons of the study with at least one linked row.
    pub persons: u64,
    /// Of these, persons known by a number.
    pub persons_by_number: u64,
    /// Of these, persons known by a kana ID alone.
    pub persons_by_kana: u64,
    /// Each table, in the order the caller gave.
    pub tables: Vec<TableReport>,
    /// Each table that names removed persons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removals: Vec<RemovalReport>,
    /// Persons that tables share.
    pub overlaps: Overlaps,
    /// For `sex` and `birth_year`, where two or more tables have them.
    pub consistency: Vec<Consistency>,
    /// Against the previous link; all zero at the first one, except `appended`.
    pub changes: LinkChanges,
}

/// What became of one table that names removed persons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RemovalReport {
    /// Its name in the study.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// Persons of the study whom they name, or named in an earlier link.
    pub persons: u64,
    /// Rows that name nobody: no ID, or one by which no one person of the study is found.
    pub nobody: u64,
}

/// One table of the link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableReport {
    /// Its name in SQL.
    pub name: String,
    /// The caller's word for what it is (`anonymized`, `ndb`, …).
    pub kind: String,
    /// Rows imported.
    pub rows: u64,
    /// Rows by what became of them; the five add up to `rows` with `unlinked`.
    pub rows_by: RowStatus,
    /// Rows that SQL doesn't see, by reason.
    pub unlinked: Unlinked,
    /// Persons with a row in this table.
    pub persons: u64,
    /// The same persons by the best way a row of this table names them.
    pub persons_by: PersonStatus,
}

/// Linked rows.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RowStatus {
    /// The row has a number.
    pub number: u64,
    /// The row has a unique kana ID that one person with a number bears.
    pub kana_attached: u64,
    /// The row has a unique kana ID that nobody with a number bears.
    pub kana_person: u64,
}

/// Persons of a table; each is counted once, in the first that holds.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PersonStatus {
    /// A row of this table has the person's number.
    pub number: u64,
    /// The person has a number, but only kana IDs in this table.
    pub kana_attached: u64,
    /// The person has no number in any table.
    pub kana_person: u64,
}

/// Rows that belong to no person of the study.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Unlinked {
    /// Neither ID.
    pub no_id: u64,
    /// Only a kana ID, and the row doesn't say that it is unique or a row of some table says that it isn't.
    pub kana_not_unique: u64,
    /// Only a unique kana ID, but several persons bear it.
    pub kana_ambiguous: u64,
    /// Of a person who was removed from the study.
    #[serde(default, skip_serializing_if = "is_none")]
    pub removed: u64,
}

/// A study from which nobody was removed says nothing of it.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes the field by reference"
)]
fn is_none(rows: &u64) -> bool {
    *rows == 0
}

impl Unlinked {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.no_id
            .saturating_add(self.kana_not_unique)
            .saturating_add(self.kana_ambiguous)
            .saturating_add(self.removed)
    }
}

/// Persons that tables share.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Overlaps {
    /// Persons of both tables, for every pair.
    pub pairs: Vec<Pair>,
    /// Persons by the exact set of tables they are in, largest first; `None` with more than [`MAX_COMBINED`] tables.
    pub combinations: Option<Vec<Combination>>,
}

/// Up to this many tables, [`Overlaps::combinations`] is worked out.
pub const MAX_COMBINED: usize = 8;

/// Persons of both tables, whatever others they are in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pair {
    /// Names of the two tables.
    pub tables: [String; 2],
    /// Persons of both.
    pub persons: u64,
}

/// Persons of exactly these tables and of no other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Combination {
    /// Names of the tables, in the report's order.
    pub tables: Vec<String>,
    /// Persons.
    pub persons: u64,
}

/// How far tables agree on a column about the same person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Consistency {
    /// `sex` or `birth_year`.
    pub column: &'static str,
    /// Tables that have the column.
    pub tables: Vec<String>,
    /// Persons with one value in each of two or more tables, the same everywhere.
    pub agree: u64,
    /// Persons with one value in each of two or more tables, not the same.
    pub disagree: u64,
    /// Persons with several values inside one table; they are in neither of the two counts above.
    pub several: u64,
}

/// What changed against the previous link.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LinkChanges {
    /// Person numbers given for the first time.
    pub appended: u64,
    /// Person numbers that are now another name of a person (all versions together).
    pub aliases: u64,
    /// Of these, new in this link.
    pub merged: u64,
    /// Kana IDs whose link was undone because several persons now bear them.
    pub undone_ambiguous: u64,
    /// Kana IDs whose link was undone because they are no longer called unique, or a row now denies it.
    pub undone_not_unique: u64,
    /// Rows of both that are unlinked now.
    pub undone_rows: u64,
    /// Kana IDs now attached to another person than before.
    pub moved: u64,
}
