//! How many different persons an answer is about: those with a number, and names that never stood beside a number.

use crate::controls::Sketch;
use crate::issuer::Issued;

/// The first eight bytes of IDs: enough to count, not to join.
#[derive(Default)]
pub(crate) struct Persons {
    numbers: Vec<u64>,
    beside: Vec<u64>,
    alone: Vec<u64>,
}

impl Persons {
    pub(crate) fn see(&mut self, issued: &[Issued]) {
        for issued in issued {
            let kana = issued.kana_id.map(|id| first(id.as_bytes()));
            match issued.number_id.map(|id| first(id.as_bytes())) {
                Some(number) => {
                    self.numbers.push(number);
                    self.beside.extend(kana);
                }
                None => self.alone.extend(kana),
            }
        }
    }

    /// Leaves each person once; to be called when all were seen.
    pub(crate) fn settle(&mut self) {
        for values in [&mut self.numbers, &mut self.beside, &mut self.alone] {
            values.sort_unstable();
            values.dedup();
        }
        let beside = std::mem::take(&mut self.beside);
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
            .chain(&self.alone)
            .for_each(|value| sketch.add(*value));
        sketch
    }
}

fn first(id: &[u8; 32]) -> u64 {
    id.first_chunk()
        .map_or(0, |first| u64::from_be_bytes(*first))
}
