//! How many different IDs an answer has, and how many different persons it is about: those with a number, and names that
//! never stood beside a number.

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::controls::Sketch;
use crate::issuer::Issued;
use crate::lookup::Status;
use crate::order::in_order;
use crate::resolver::{Resolution, Subjects};

/// The first half of an ID, or of what IDs are made from. Of 10⁹ different ones two would have it in common by chance once
/// in 10²⁰ times.
type Front = u128;

/// The IDs of an answer, as far as they are counted.
#[derive(Default)]
pub(crate) struct Persons {
    numbers: Zeroizing<Vec<Front>>,
    beside: Zeroizing<Vec<Front>>,
    alone: Zeroizing<Vec<Front>>,
    /// Alone, and of rows that are no registered person's.
    strangers: Zeroizing<Vec<Front>>,
    /// Different IDs by kana.
    kana: u64,
}

/// Of which rows some IDs are.
#[derive(Clone, Copy, Default)]
pub(crate) struct Use {
    registered: bool,
    other: bool,
}

impl Use {
    pub(crate) fn note(&mut self, resolution: Resolution) {
        if registered(resolution.status) {
            self.registered = true;
        } else {
            self.other = true;
        }
    }
}

/// What tells persons apart within one provision: IDs, or what is equal where they are and nowhere else.
#[derive(Clone, Copy, Default)]
pub(crate) struct Marks {
    pub(crate) number: Option<[u8; 32]>,
    pub(crate) kana: Option<[u8; 32]>,
}

impl Marks {
    pub(crate) fn of(issued: &Issued) -> Self {
        Self {
            number: issued.number_id.map(|id| *id.as_bytes()),
            kana: issued.kana_id.map(|id| *id.as_bytes()),
        }
    }
}

impl Persons {
    /// Of a row of which nothing else is known.
    pub(crate) fn see_marks(&mut self, marks: Marks) {
        self.add(
            marks.number.map(|mark| front(&mark)),
            marks.kana.map(|mark| front(&mark)),
        );
    }

    /// As [`Persons::see_marks`], and keeps apart who is registered. An ID by number is always a registered person's.
    pub(crate) fn see_used(&mut self, used: Use, marks: Marks) {
        if used.registered || used.other && marks.number.is_some() {
            self.see_marks(marks);
        }
        if used.other && marks.number.is_none() {
            self.strangers.extend(marks.kana.map(|mark| front(&mark)));
        }
    }

    /// As [`Persons::see_used`], of one row.
    pub(crate) fn see_answered(&mut self, resolution: Resolution, marks: Marks) {
        let mut used = Use::default();
        used.note(resolution);
        self.see_used(used, marks);
    }

    /// Of a row that is a registered person's, where there are no IDs.
    pub(crate) fn see_subjects(&mut self, resolution: Resolution, subjects: &Subjects) {
        if registered(resolution.status) {
            let (number, kana) = (subjects.number.as_ref(), subjects.kana.as_ref());
            self.add(
                number.map(|subject| front(&subject.expose())),
                kana.map(|subject| front(&subject.expose())),
            );
        }
    }

    fn add(&mut self, number: Option<Front>, kana: Option<Front>) {
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
        let Self {
            numbers,
            beside,
            alone,
            strangers,
            kana,
        } = self;
        for values in [numbers, &mut *beside, &mut *alone, &mut *strangers] {
            in_order(values, |value| *value);
            values.dedup();
        }
        let beside = Zeroizing::new(std::mem::take(&mut **beside));
        let absent = |values: &[Front], value: &Front| values.binary_search(value).is_err();
        alone.retain(|value| absent(&beside, value));
        strangers.retain(|value| absent(&beside, value) && absent(alone, value));
        *kana = [&*beside, &**alone, &**strangers]
            .into_iter()
            .fold(0, |sum, values| sum.saturating_add(count(values)));
    }

    /// Different IDs by number, then by kana.
    pub(crate) fn ids(&self) -> (u64, u64) {
        (count(&self.numbers), self.kana)
    }

    /// How many persons.
    pub(crate) fn count(&self) -> u64 {
        self.registered().saturating_add(count(&self.strangers))
    }

    /// How many of them are registered.
    pub(crate) fn registered(&self) -> u64 {
        count(&self.numbers).saturating_add(count(&self.alone))
    }

    pub(crate) fn sketch(&self) -> Sketch {
        let mut sketch = Sketch::new();
        for values in [&self.numbers, &self.alone, &self.strangers] {
            values.iter().for_each(|value| sketch.add(first(*value)));
        }
        sketch
    }

    /// A digest of the registered.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for values in [&self.numbers, &self.alone] {
            hash.update(values.len().to_be_bytes());
            values
                .iter()
                .for_each(|value| hash.update(first(*value).to_be_bytes()));
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

fn count(values: &[Front]) -> u64 {
    u64::try_from(values.len()).unwrap_or(u64::MAX)
}

fn front(id: &[u8; 32]) -> Front {
    id.first_chunk()
        .map_or(0, |first| u128::from_be_bytes(*first))
}

/// The first eight bytes.
fn first(front: Front) -> u64 {
    u64::try_from(front >> 64).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use renketsu_identity::{KanaId, NumberId};

    use super::*;

    fn row(status: Status, number: Option<u8>, kana: Option<u8>) -> (Resolution, Issued) {
        let resolution = Resolution {
            status,
            reason: None,
            kana_unique: None,
        };
        let issued = Issued {
            number_id: number.map(|byte| NumberId::from_bytes([byte; 32])),
            kana_id: kana.map(|byte| KanaId::from_bytes([byte; 32])),
        };
        (resolution, issued)
    }

    #[test]
    fn a_name_counts_once_and_as_the_best_it_was_known_as() {
        let mut persons = Persons::default();
        for (resolution, issued) in [
            row(Status::Number, Some(1), Some(11)),
            row(Status::NumberLoose, Some(1), Some(12)),
            row(Status::Kana, None, Some(12)),
            row(Status::Kana, None, Some(13)),
            row(Status::NotFound, None, Some(11)),
            row(Status::NotFound, None, Some(13)),
            row(Status::NotFound, None, Some(14)),
            row(Status::NotFound, None, Some(14)),
            row(Status::Invalid, None, None),
        ] {
            persons.see_answered(resolution, Marks::of(&issued));
        }
        persons.settle();
        assert_eq!(persons.ids(), (1, 4));
        assert_eq!((persons.registered(), persons.count()), (2, 3));
    }

    #[test]
    fn rows_that_have_their_ids_together_count_as_they_do_one_by_one() {
        let statuses = [
            vec![Status::Kana, Status::NotFound],
            vec![Status::NotFound, Status::Invalid],
            vec![Status::Number, Status::Number],
        ];
        for (number, kana) in [
            (None, None),
            (None, Some(2)),
            (Some(1), None),
            (Some(1), Some(2)),
        ] {
            for statuses in &statuses {
                let (mut alone, mut together) = (Persons::default(), Persons::default());
                let mut used = Use::default();
                let mut marks = Marks::default();
                for status in statuses {
                    let (resolution, issued) = row(*status, number, kana);
                    marks = Marks::of(&issued);
                    used.note(resolution);
                    alone.see_answered(resolution, marks);
                }
                together.see_used(used, marks);
                for persons in [&mut alone, &mut together] {
                    persons.settle();
                }
                let figures = |persons: &Persons| {
                    let counts = (persons.registered(), persons.count());
                    (persons.ids(), counts, persons.digest())
                };
                assert_eq!(figures(&alone), figures(&together));
            }
        }
    }
}
