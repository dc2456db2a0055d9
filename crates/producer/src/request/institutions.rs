//! Which institution's a source key is: a patient number of two institutions can be two people.

use std::collections::{BTreeMap, BTreeSet};

use crate::sources::SourceRecord;

/// Which institution each source key was seen at first, and which keys were seen at others.
#[derive(Default)]
pub(super) struct Institutions {
    names: Vec<String>,
    first: BTreeMap<Box<str>, usize>,
    shared: BTreeSet<Box<str>>,
}

impl Institutions {
    /// Notes a record, a rejected one too: its key is somebody's.
    pub(super) fn see(&mut self, record: &SourceRecord) {
        if record.key.is_empty() {
            return;
        }
        let known = self
            .names
            .iter()
            .rposition(|name| *name == record.institution);
        let here = known.unwrap_or_else(|| {
            self.names.push(record.institution.clone());
            self.names.len().saturating_sub(1)
        });
        let key: Box<str> = record.key.as_str().into();
        if *self.first.entry(key.clone()).or_insert(here) != here {
            self.shared.insert(key);
        }
    }

    /// Source keys of more than one institution.
    pub(super) fn shared(&self) -> u64 {
        self.shared.len() as u64
    }
}
