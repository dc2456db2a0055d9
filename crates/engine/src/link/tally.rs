//! What a table's rows came to.

use std::ops::BitOr;

use roaring::RoaringBitmap;

use super::LinkTable;
use crate::directory::Fate;
use crate::report::{PersonStatus, RowStatus, TableReport, Unlinked};

/// Persons by the way a row names them; one person may be in several.
#[derive(Debug, Default)]
pub(super) struct Persons {
    pub(super) number: RoaringBitmap,
    pub(super) attached: RoaringBitmap,
    pub(super) kana: RoaringBitmap,
}

impl Persons {
    pub(super) fn with_number(&self) -> RoaringBitmap {
        &self.number | &self.attached
    }

    pub(super) fn all(&self) -> RoaringBitmap {
        self.with_number() | &self.kana
    }
}

impl BitOr<&Self> for Persons {
    type Output = Self;

    fn bitor(self, other: &Self) -> Self {
        Self {
            number: self.number | &other.number,
            attached: self.attached | &other.attached,
            kana: self.kana | &other.kana,
        }
    }
}

/// Counts the rows of one table.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) persons: Persons,
    rows: u64,
    rows_by: RowStatus,
    unlinked: Unlinked,
}

impl Tally {
    pub(super) fn see(&mut self, fate: Fate, rows: u64) {
        let count = match fate {
            Fate::Number(person) => {
                self.persons.number.insert(person);
                &mut self.rows_by.number
            }
            Fate::Attached(person) => {
                self.persons.attached.insert(person);
                &mut self.rows_by.kana_attached
            }
            Fate::Person(person) => {
                self.persons.kana.insert(person);
                &mut self.rows_by.kana_person
            }
            Fate::Ambiguous => &mut self.unlinked.kana_ambiguous,
            Fate::NotUnique => &mut self.unlinked.kana_not_unique,
            Fate::NoId => &mut self.unlinked.no_id,
        };
        *count = count.saturating_add(rows);
        self.rows = self.rows.saturating_add(rows);
    }

    /// Rows of a person who was removed: nobody's.
    pub(super) fn removed(&mut self, rows: u64) {
        self.unlinked.removed = self.unlinked.removed.saturating_add(rows);
        self.rows = self.rows.saturating_add(rows);
    }

    pub(super) fn report(&self, table: &LinkTable) -> TableReport {
        let Persons {
            number,
            attached,
            kana,
        } = &self.persons;
        TableReport {
            name: table.name.clone(),
            kind: table.kind.clone(),
            rows: self.rows,
            rows_by: self.rows_by,
            unlinked: self.unlinked,
            persons: self.persons.all().len(),
            persons_by: PersonStatus {
                number: number.len(),
                kana_attached: attached
                    .len()
                    .saturating_sub(attached.intersection_len(number)),
                kana_person: kana.len(),
            },
        }
    }
}
