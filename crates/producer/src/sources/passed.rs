//! What is in the sources and becomes no record: counted, so that nothing vanishes in silence.

use std::collections::BTreeMap;

/// The most kinds that are told apart.
const MAX_KINDS: usize = 1000;

/// Records that were passed over, by their kind (`source:kind`, such as `uke:SY`) and by their file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PassedOver {
    kinds: Kinds,
    files: BTreeMap<usize, u64>,
}

impl PassedOver {
    /// How many there were of each kind.
    pub fn kinds(&self) -> &BTreeMap<String, u64> {
        &self.kinds.0
    }

    /// How many there were in a file, counted as [`SourceRecord::file`](super::SourceRecord::file) does.
    pub fn of_file(&self, file: usize) -> u64 {
        self.files.get(&file).copied().unwrap_or_default()
    }

    /// Counts records of a file; `None` for one that gives no records of its own, as a ledger for claims.
    pub(crate) fn add(&mut self, file: Option<usize>, kind: &str, records: u64) {
        if records == 0 {
            return;
        }
        self.kinds.add(kind, records);
        if let Some(file) = file {
            let count = self.files.entry(file).or_default();
            *count = count.saturating_add(records);
        }
    }

    /// Counts all of a piece of a file.
    pub(crate) fn extend(&mut self, file: Option<usize>, kinds: Kinds) {
        for (kind, records) in kinds.0 {
            self.add(file, &kind, records);
        }
    }
}

/// Counts by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kinds(BTreeMap<String, u64>);

impl Kinds {
    /// A name comes from a file: one that is among too many is counted as `other` of its source.
    pub(crate) fn add(&mut self, kind: &str, records: u64) {
        if let Some(count) = self.0.get_mut(kind) {
            *count = count.saturating_add(records);
            return;
        }
        let kind = if self.0.len() < MAX_KINDS {
            kind.to_owned()
        } else {
            let source = kind.split_once(':').map_or(kind, |(source, _)| source);
            format!("{source}:other")
        };
        let count = self.0.entry(kind).or_default();
        *count = count.saturating_add(records);
    }

    pub(crate) fn extend(&mut self, other: Self) {
        for (kind, records) in other.0 {
            self.add(&kind, records);
        }
    }

    pub(crate) fn one(&mut self, kind: &str) {
        self.add(kind, 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_kinds_are_others() {
        let mut passed = PassedOver::default();
        for number in 0..2000 {
            passed.add(Some(0), &format!("care:{number:04}"), 1);
        }
        assert_eq!(passed.kinds().len(), MAX_KINDS + 1);
        assert_eq!(passed.kinds()["care:other"], 1000);
        assert_eq!((passed.of_file(0), passed.of_file(1)), (2000, 0));
    }
}
