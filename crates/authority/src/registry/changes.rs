//! What of a person's IDs a later version of the registry would change.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::every::{Every, Living};
use super::person::PersonView;
use super::{ReadError, Registry, hash};

/// Persons of the earlier version of whom the later one says something else, by what it is. Persons who are only in the
/// later version are no change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Her first number is another one, or is hers alone only now or no more: another `number_id`, or none.
    pub first_number: u64,
    /// She is no more, or a number of hers is now another person's: persons merged, split or corrected.
    pub partition: u64,
    /// She has another set of names, or another birth date or sex: another `kana_id` for some rows.
    pub kana: u64,
    /// One of her triples became, or is no longer, hers alone.
    pub kana_unique: u64,
    /// Persons to whom at least one of these happened.
    pub persons: u64,
}

impl Changes {
    /// Whether no ID of a registered person changes.
    pub fn is_none(&self) -> bool {
        self.persons == 0
    }
}

/// What happened to one person.
#[expect(
    clippy::struct_excessive_bools,
    reason = "four things that may happen, each alone or together"
)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) first_number: bool,
    pub(crate) partition: bool,
    pub(crate) kana: bool,
    pub(crate) kana_unique: bool,
}

impl Change {
    /// The names of what happened, as [`Changes`] has them.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        [
            (self.first_number, "first_number"),
            (self.partition, "partition"),
            (self.kana, "kana"),
            (self.kana_unique, "kana_unique"),
        ]
        .into_iter()
        .filter_map(|(happened, name)| happened.then_some(name))
    }
}

/// What happened, by the person's key.
pub(crate) type PersonChanges = BTreeMap<Box<[u8]>, Change>;

/// What IDs of a person depend on.
#[derive(PartialEq, Eq)]
struct Ground {
    key: Box<[u8]>,
    first: Option<(u64, u64)>,
    /// Number and first day of every row with a number that is the person's own.
    numbers: BTreeSet<(u64, u64, u32)>,
    triples: BTreeSet<u128>,
    unique: bool,
}

impl Ground {
    fn of(living: &Living<'_>) -> Result<Self, ReadError> {
        let person = PersonView::read(living.bytes)?;
        let number = |row: &super::RowView<'_>| {
            (
                hash::loose(row.insurer, row.symbol, row.number),
                hash::exact(row.insured()),
            )
        };
        let first = person.first_number().filter(|_| !living.shared.first);
        Ok(Self {
            key: person.key.into(),
            first: first.as_ref().map(number),
            numbers: person
                .rows()
                .filter(|row| row.has_number() && !row.is_household())
                .map(|row| {
                    let (loose, exact) = number(&row);
                    (loose, exact, row.from.raw())
                })
                .collect(),
            triples: person
                .rows()
                .map(|row| hash::triple(row.kana, person.birth, person.sex))
                .collect(),
            unique: !living.shared.triple,
        })
    }
}

/// Persons with what happened to them from `before` to `after`, in the order of their keys. Holds in memory what
/// differs, not the registries.
pub(crate) fn changes(
    before: &Registry,
    after: &Registry,
) -> Result<(Changes, PersonChanges), ReadError> {
    let mut found = PersonChanges::new();
    let mut lost: BTreeMap<(u64, u64, u32), Box<[u8]>> = BTreeMap::new();
    let mut gained: BTreeSet<(u64, u64, u32)> = BTreeSet::new();
    let (mut old, mut new) = (Every::of(before)?, Every::of(after)?);
    let mut one = next(&mut old)?;
    let mut other = next(&mut new)?;
    loop {
        let order = match (&one, &other) {
            (None, None) => break,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some((a, _)), Some((b, _))) => key(a).cmp(key(b)),
        };
        let left = if order.is_le() { one.take() } else { None };
        let right = if order.is_ge() { other.take() } else { None };
        if left.is_some() {
            one = next(&mut old)?;
        }
        if right.is_some() {
            other = next(&mut new)?;
        }
        if left == right {
            continue;
        }
        let (left, right) = (ground(left)?, ground(right)?);
        for number in right.iter().flat_map(|right| &right.numbers) {
            if left
                .as_ref()
                .is_none_or(|left| !left.numbers.contains(number))
            {
                gained.insert(*number);
            }
        }
        let Some(left) = left else { continue };
        for number in &left.numbers {
            if right
                .as_ref()
                .is_none_or(|right| !right.numbers.contains(number))
            {
                lost.insert(*number, left.key.clone());
            }
        }
        let change = match right {
            None => Change {
                partition: true,
                ..Change::default()
            },
            Some(right) => Change {
                first_number: left.first != right.first,
                partition: false,
                kana: left.triples != right.triples,
                kana_unique: left.unique != right.unique,
            },
        };
        if change != Change::default() {
            found.insert(left.key, change);
        }
    }
    for (number, person) in lost {
        if gained.contains(&number) {
            found.entry(person).or_default().partition = true;
        }
    }
    Ok((counts(&found), found))
}

/// A person's kept form, and what of her [`Shared`](super::Shared) counts.
type Kept = (Vec<u8>, (bool, bool));

fn next(every: &mut Every<'_>) -> Result<Option<Kept>, ReadError> {
    every.next(|living| {
        let marks = (living.shared.first, living.shared.triple);
        (living.bytes.to_vec(), marks)
    })
}

fn key(bytes: &[u8]) -> &[u8] {
    PersonView::read(bytes).map_or(&[], |person| person.key)
}

fn ground(kept: Option<Kept>) -> Result<Option<Ground>, ReadError> {
    kept.map(|(bytes, (first, triple))| {
        Ground::of(&Living {
            bytes: &bytes,
            shared: super::Shared { first, triple },
        })
    })
    .transpose()
}

fn counts(found: &PersonChanges) -> Changes {
    let count = |of: fn(&Change) -> bool| {
        let count = found.values().filter(|change| of(change)).count();
        u64::try_from(count).unwrap_or(u64::MAX)
    };
    Changes {
        first_number: count(|change| change.first_number),
        partition: count(|change| change.partition),
        kana: count(|change| change.kana),
        kana_unique: count(|change| change.kana_unique),
        persons: count(|_| true),
    }
}
