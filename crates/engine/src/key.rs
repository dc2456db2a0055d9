//! The IDs of a row.

use std::cmp::Ordering;

use crate::Id;

/// The IDs of a row, and what the row says of its kana ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) number: Option<Id>,
    pub(crate) kana: Option<Id>,
    /// Whether one registered person alone has what the kana ID was made from.
    pub(crate) unique: Option<bool>,
}

impl Key {
    /// By number, then kana ID, nulls last, then rows that call the kana ID unique first.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let nulls_last =
            |a: Option<Id>, b: Option<Id>| a.is_none().cmp(&b.is_none()).then_with(|| a.cmp(&b));
        nulls_last(self.number, other.number)
            .then_with(|| nulls_last(self.kana, other.kana))
            .then_with(|| other.unique.cmp(&self.unique))
    }
}

/// Neighbouring rows of an import with one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyRun {
    pub(crate) key: Key,
    pub(crate) rows: u64,
}
