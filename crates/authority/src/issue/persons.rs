//! How many different persons an answer is about: those with a number, and names that never stood beside a number.

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::controls::Sketch;
use crate::issuer::Issued;
use crate::lookup::Status;
use crate::resolver::{Resolution, Subjects};

/// The first eight bytes of IDs, or of what IDs are made from: enough to count, not to join.
#[derive(Default)]
pub(crate) struct Persons {
    numbers: Zeroizing<Vec<u64>>,
    beside: Zeroizing<Vec<u64>>,
    alone: Zeroizing<Vec<u64>>,
}

impl Persons {
    pub(crate) fn see(&mut self, issued: &Issued) {
        self.add(
            issued.number_id.map(|id| first(id.as_bytes())),
            issued.kana_id.map(|id| first(id.as_bytes())),
        );
    }

    /// As [`Persons::see`], of a row that is a registered person's.
    pub(crate) fn see_registered(&mut self, resolution: Resolution, issued: &Issued) {
        if registered(resolution.status) {
            self.see(issued);
        }
    }

    /// As [`Persons::see_registered`], where there are no IDs.
    pub(crate) fn see_subjects(&mut self, resolution: Resolution, subjects: &Subjects) {
        if registered(resolution.status) {
            let (number, kana) = (subjects.number.as_ref(), subjects.kana.as_ref());
            self.add(
                number.map(|subject| first(&subject.expose())),
                kana.map(|subject| first(&subject.expose())),
            );
        }
    }

    fn add(&mut self, number: Option<u64>, kana: Option<u64>) {
        match number {
            Some(number) => {
                self.numbers.push(number);
                self.beside.extend(kana);
            }
            None => self.alone.extend(kana),
        }
    }

    /// Leaves each person once; to be called when all were seen.
    pub(crate) fn settle(&mut self) {
        for values in [&mut self.numbers, &mut self.beside, &mut self.alone] {
            values.sort_unstable();
            values.dedup();
        }
        let beside = Zeroizing::new(std::mem::take(&mut *self.beside));
        self.alone
            .retain(|value| beside.binary_search(value).is_err());
    }

    /// How many.
    pub(crate) fn count(&self) -> u64 {
        let count = |values: &[u64]| u64::try_from(values.len()).unwrap_or(u64::MAX);
        count(&self.numbers).saturating_add(count(&self.alone))
    }

    pub(crate) fn sketch(&self) -> Sketch {
        let mut sketch = Sketch::new();
        self.numbers
            .iter()
            .chain(self.alone.iter())
            .for_each(|value| sketch.add(*value));
        sketch
    }

    /// A digest of who they are.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for values in [&self.numbers, &self.alone] {
            hash.update(values.len().to_be_bytes());
            values
                .iter()
                .for_each(|value| hash.update(value.to_be_bytes()));
        }
        hash.finalize().into()
    }
}

/// Whether the row was answered for one registered person, or for some who share a name, birth date and sex. Anybody else's name
/// gets a kana ID too, so that IDs alone don't tell.
fn registered(status: Status) -> bool {
    match status {
        Status::Number | Status::NumberLoose | Status::Kana | Status::KanaAmbiguous => true,
        Status::NumberAmbiguous | Status::Conflict | Status::NotFound | Status::Invalid => false,
    }
}

fn first(id: &[u8; 32]) -> u64 {
    id.first_chunk()
        .map_or(0, |first| u64::from_be_bytes(*first))
}
