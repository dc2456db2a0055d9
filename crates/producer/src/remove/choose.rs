//! Who is asked for beside those who leave: others of the same sources, drawn at random.

use std::collections::BTreeSet;

use jiff::civil::Date;
use renketsu_seal::ProofKey;
use sha2::{Digest as _, Sha256};

use super::Leaving;
use crate::attach::{Key, key_of};
use crate::intake::{self, Entry, Kept, Visitor};
use crate::request::RequestError;
use crate::sources::{Reading, Source};

/// Source keys whose records are asked for.
pub(crate) struct Chosen(BTreeSet<Key>);

impl Chosen {
    pub(crate) fn has(&self, entry: &Entry) -> bool {
        !entry.record.key.is_empty() && self.0.contains(&key_of(&entry.record.key))
    }
}

/// The keys of the sources.
pub(super) struct Found {
    leave: BTreeSet<Key>,
    leaving: BTreeSet<Key>,
    rejected: BTreeSet<Key>,
    others: BTreeSet<Key>,
}

/// Reads every key of the sources, by whether it leaves.
pub(super) fn find(
    sources: &[Source],
    reading: Reading<'_>,
    today: Date,
    leaving: &Leaving,
    progress: &mut dyn FnMut(u64),
) -> Result<Found, RequestError> {
    let mut found = Found {
        leave: leaving.joined(),
        leaving: BTreeSet::new(),
        rejected: BTreeSet::new(),
        others: BTreeSet::new(),
    };
    intake::read(sources, reading, today, progress, &mut found)?;
    Ok(found)
}

impl Visitor for Found {
    type Error = RequestError;

    fn keep(&mut self, entry: &Entry) -> Result<Kept, RequestError> {
        if !entry.record.key.is_empty() {
            let key = key_of(&entry.record.key);
            if self.leave.contains(&key) {
                self.leaving.insert(key);
            } else {
                self.others.insert(key);
            }
        }
        Ok(Kept::LeftOut)
    }

    fn reject(&mut self, entry: &Entry, _: &[String]) -> Result<(), RequestError> {
        let key = key_of(&entry.record.key);
        if self.leave.contains(&key) {
            self.rejected.insert(key);
        }
        Ok(())
    }
}

impl Found {
    /// Keys that leave and can be asked for.
    pub(super) fn leaving(&self) -> u64 {
        count(self.leaving.len())
    }

    /// Keys that leave, and whose records can get no ID.
    pub(super) fn without_row(&self) -> u64 {
        count(self.rejected.difference(&self.leaving).count())
    }

    /// Those who leave and so many others, if there are; says how many others there were. The same persons leaving the same
    /// provision have the same others, however often they are asked for: of two draws, only those who leave would be in both.
    pub(super) fn fill(self, wanted: u64, provision: &str, key: &ProofKey) -> (Chosen, u64) {
        let mut draw = Sha256::new();
        draw.update(count(provision.len()).to_be_bytes());
        draw.update(provision);
        self.leave.iter().for_each(|key| draw.update(key));
        let draw: [u8; 32] = draw.finalize().into();
        let mut drawn: Vec<([u8; 32], Key)> = self
            .others
            .into_iter()
            .map(|other| (key.lot(&draw, &other), other))
            .collect();
        drawn.sort_unstable();
        drawn.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
        let others = count(drawn.len());
        let mut chosen = self.leaving;
        chosen.extend(drawn.into_iter().map(|(_, key)| key));
        (Chosen(chosen), others)
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
