//! 個人台帳: who is one person across the tables of a study.
//!
//! The rule (`design.md`, person directory), for every row:
//! 1. a `number_id` decides: equal number, one person;
//! 2. a row with only a `kana_id` attaches to the person who bears that kana ID, if the row's `kana_unique` is true,
//!    no row of the study (numbered or not) says false of that kana ID, and exactly one person with a number bears it;
//! 3. rows with the same such `kana_id` that no numbered row of any table bears are one person;
//! 4. everything else stays unlinked, with its reason.
//!
//! The partition is a function of the set of rows alone. Only the *numbers* of persons depend on the previous
//! link: a person who continues keeps the number, new ones are appended in ID order.
//!
//! No list of IDs is held in memory: the tables and the earlier directory lie in the order of their IDs and are merged,
//! and what has to be put in another order goes through a sorter with a budget. Held are four bytes per number, eight per
//! run of rows with only a kana ID, and bitmaps (`docs/decisions/0013-the-link-streams.md`).

use std::collections::BTreeMap;
use std::path::Path;

use roaring::RoaringBitmap;

use crate::Id;
use crate::key::KeyRun;
use crate::link::LinkError;
use crate::sort::Pairs;

mod ahead;
mod kanas;
mod numbers;

pub(crate) use kanas::KanaEntry;
pub(crate) use numbers::{Event, each_number};

/// The keys of one table in the order of its import: numbered rows by number, then rows with only a kana ID, then rows
/// without any. They can be read as often as it takes.
pub(crate) trait KeySource {
    /// The keys after the first `skip`.
    fn keys(&self, skip: u64)
    -> Result<impl Iterator<Item = Result<KeyRun, LinkError>>, LinkError>;
}

/// The directory that an earlier link left. Its lists are ascending by ID, without duplicates.
pub(crate) trait Earlier {
    /// Persons with a number, also those whose rows are gone: they keep their number if they return.
    fn numbers(&self) -> Result<impl Iterator<Item = Result<(Id, u32), LinkError>>, LinkError>;
    /// Persons known by a kana ID alone.
    fn kanas(&self) -> Result<impl Iterator<Item = Result<(Id, u32), LinkError>>, LinkError>;
    /// Kana IDs whose rows are attached to a person with a number.
    fn attached(&self) -> Result<impl Iterator<Item = Result<(Id, u32), LinkError>>, LinkError>;
    /// Numbers that were merged into another person: old number to surviving number.
    fn aliases(&self) -> &BTreeMap<u32, u32>;
    /// The highest number that was ever given, and how many kana IDs there are.
    fn extent(&self) -> (Option<u32>, u64);
}

/// What becomes of a run of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Its number names the person.
    Number(u32),
    /// Attached by its kana ID to a person with a number.
    Attached(u32),
    /// A person known by the kana ID alone.
    Person(u32),
    /// Several persons bear the kana ID.
    Ambiguous,
    /// The rows don't say that the kana ID is unique, or a row of the study says that it isn't.
    NotUnique,
    /// No ID at all.
    NoId,
}

impl Fate {
    pub(crate) fn person(self) -> Option<u32> {
        match self {
            Self::Number(person) | Self::Attached(person) | Self::Person(person) => Some(person),
            Self::Ambiguous | Self::NotUnique | Self::NoId => None,
        }
    }
}

/// What becomes of a run of rows with only a kana ID, before persons have their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// The person with this number, by its place among the study's numbers.
    Attached(u32),
    /// A person of the earlier link.
    Known(u32),
    /// A new person, by the order among those.
    Fresh(u32),
    Ambiguous,
    NotUnique,
}

/// What changed against the previous link.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Changes {
    pub(crate) appended: u64,
    pub(crate) merged: u64,
    pub(crate) undone_ambiguous: u64,
    pub(crate) undone_not_unique: u64,
    pub(crate) undone_rows: u64,
    pub(crate) moved: u64,
}

/// What one table's keys are.
#[derive(Debug, Default)]
struct Table {
    /// Keys with a number; those with only a kana ID follow.
    numbered: u64,
    kana_only: u64,
    rows: u64,
    /// Its numbers, by their places among the study's.
    numbers: RoaringBitmap,
    /// Of each key with only a kana ID.
    verdicts: Vec<Verdict>,
}

/// Who every row of a study is.
pub(crate) struct Resolution {
    /// By place among the study's numbers.
    persons: Vec<u32>,
    tables: Vec<Table>,
    /// Number of the first new person known by a kana ID alone.
    first_fresh: u64,
    kanas: Option<Pairs>,
    pub(crate) aliases: BTreeMap<u32, u32>,
    pub(crate) changes: Changes,
}

/// Where a link keeps what it has to sort.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scratch<'a> {
    /// Temporary files without a name go to its file system.
    pub(crate) dir: &'a Path,
    /// Bytes.
    pub(crate) memory: usize,
}

impl Scratch<'_> {
    /// Three sorters are filled at a time.
    fn pairs(&self) -> Pairs {
        Pairs::new(self.memory / 4, self.dir)
    }
}

/// Decides the persons of `tables` and numbers them, continuing `earlier`.
pub(crate) fn resolve(
    tables: &[impl KeySource],
    earlier: &impl Earlier,
    scratch: Scratch<'_>,
) -> Result<Resolution, LinkError> {
    let mut denied = scratch.pairs();
    let mut found = tables
        .iter()
        .map(|table| survey(table, &mut denied))
        .collect::<Result<Vec<_>, _>>()?;
    let filter = kanas::filter(tables, &found, earlier)?;
    let numbers = numbers::number(tables, earlier, &mut found, &filter, scratch.pairs())?;
    drop(filter);
    let decided = kanas::decide(
        tables,
        earlier,
        &mut found,
        kanas::Sorted {
            denied: denied.finish()?,
            bearers: numbers.bearers.finish()?,
        },
        scratch.pairs(),
    )?;
    let mut resolution = Resolution {
        persons: numbers.persons,
        tables: found,
        first_fresh: 0,
        kanas: Some(decided.kanas),
        aliases: earlier.aliases().clone(),
        changes: decided.changes,
    };
    let known = resolution.continued(numbers.known, decided.joined);
    resolution.append(&known, earlier.extent().0, decided.fresh)?;
    Ok(resolution)
}

/// Reads the keys of a table once: how many there are, and which kana IDs some row calls not unique.
fn survey(table: &impl KeySource, denied: &mut Pairs) -> Result<Table, LinkError> {
    let mut found = Table::default();
    let mut last = None;
    for run in table.keys(0)? {
        let KeyRun { key, rows } = run?;
        found.rows = found.rows.saturating_add(rows);
        if key.number.is_some() {
            found.numbered = found.numbered.saturating_add(1);
        } else if key.kana.is_some() {
            found.kana_only = found.kana_only.saturating_add(1);
        }
        if let (Some(kana), Some(false)) = (key.kana, key.unique)
            && last.replace(kana) != Some(kana)
        {
            denied.push(kana, 0)?;
        }
    }
    Ok(found)
}

impl Resolution {
    /// A person known by a kana ID alone who now has a number stays the same person: a number that is new to the study
    /// takes the person's number over, a number that already has a person takes the person in, and the old number
    /// becomes an alias. `joined` are places of numbers with the persons who now have them; gives the places that have a
    /// person.
    fn continued(
        &mut self,
        mut known: RoaringBitmap,
        mut joined: Vec<(u32, u32)>,
    ) -> RoaringBitmap {
        joined.sort_unstable();
        for (place, old) in joined {
            let Some(person) = self.persons.get_mut(place as usize) else {
                continue;
            };
            if known.insert(place) {
                *person = old;
            } else {
                self.aliases.insert(old, *person);
                self.changes.merged = self.changes.merged.saturating_add(1);
            }
        }
        known
    }

    /// Numbers whoever has none, after `highest`: first by number, then `fresh` persons by kana ID.
    fn append(
        &mut self,
        known: &RoaringBitmap,
        highest: Option<u32>,
        fresh: u64,
    ) -> Result<(), LinkError> {
        let begin = highest.map_or(0, |highest| u64::from(highest).saturating_add(1));
        let mut next = begin;
        let mut have = known.iter().peekable();
        for (place, person) in self.persons.iter_mut().enumerate() {
            if have.next_if(|known| *known as usize == place).is_none() {
                *person = u32::try_from(next).map_err(|_| LinkError::Persons)?;
                next = next.saturating_add(1);
            }
        }
        self.first_fresh = next;
        next = next.saturating_add(fresh);
        if next > 1 << 32 {
            return Err(LinkError::Persons);
        }
        self.changes.appended = next.saturating_sub(begin);
        Ok(())
    }

    fn fate(&self, verdict: Verdict) -> Result<Fate, LinkError> {
        Ok(match verdict {
            Verdict::Attached(place) => Fate::Attached(self.person(place)?),
            Verdict::Known(person) => Fate::Person(person),
            Verdict::Fresh(order) => Fate::Person(self.fresh(order)?),
            Verdict::Ambiguous => Fate::Ambiguous,
            Verdict::NotUnique => Fate::NotUnique,
        })
    }

    /// The person of a place among the study's numbers.
    pub(crate) fn person(&self, place: u32) -> Result<u32, LinkError> {
        let person = self.persons.get(place as usize).copied();
        person.ok_or(LinkError::Broken("every number of the study has a person"))
    }

    fn fresh(&self, order: u32) -> Result<u32, LinkError> {
        let person = self.first_fresh.saturating_add(u64::from(order));
        u32::try_from(person).map_err(|_| LinkError::Persons)
    }

    /// How many rows a table has, by its keys.
    pub(crate) fn rows(&self, table: usize) -> u64 {
        self.tables.get(table).map_or(0, |table| table.rows)
    }

    /// Persons of a table's runs in the order of its import.
    fn order(&self, table: usize) -> impl Iterator<Item = Result<Fate, LinkError>> {
        let table = self.tables.get(table);
        let numbers = table.into_iter().flat_map(|table| &table.numbers);
        let verdicts = table.into_iter().flat_map(|table| &table.verdicts);
        numbers
            .map(|place| Ok(Fate::Number(self.person(place)?)))
            .chain(verdicts.map(|verdict| self.fate(*verdict)))
    }

    /// Whether a table's rows already lie in the order of persons.
    pub(crate) fn in_order(&self, table: usize) -> Result<bool, LinkError> {
        let mut last = 0;
        for fate in self.order(table) {
            if let Some(person) = fate?.person()
                && std::mem::replace(&mut last, person) > person
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What becomes of a table's rows, run by run, and how many rows each run has; `keys` are its keys from the first on.
    pub(crate) fn placed(
        &self,
        table: usize,
        keys: impl Iterator<Item = Result<KeyRun, LinkError>>,
    ) -> impl Iterator<Item = Result<(Fate, u64), LinkError>> {
        let mut fates = self.order(table);
        let mut open: Option<(Id, Fate)> = None;
        keys.map(move |run| {
            let KeyRun { key, rows } = run?;
            let fate = match (key.number, &open) {
                (Some(number), Some((same, fate))) if number == *same => *fate,
                (None, _) if key.kana.is_none() => Fate::NoId,
                (number, _) => {
                    let fate = fates
                        .next()
                        .ok_or(LinkError::Broken("a key that is read again has its fate"))??;
                    open = number.map(|number| (number, fate));
                    fate
                }
            };
            Ok((fate, rows))
        })
    }

    /// Gives the kana IDs of the directory to `visit`, ascending, and counts those that are attached to another person
    /// than in the earlier link. Once.
    pub(crate) fn each_kana(
        &mut self,
        earlier: &impl Earlier,
        mut visit: impl FnMut(Id, KanaEntry) -> Result<(), LinkError>,
    ) -> Result<(), LinkError> {
        let Some(kanas) = self.kanas.take() else {
            return Ok(());
        };
        let mut before = ahead::Ahead::new(earlier.attached()?)?;
        for pair in kanas.finish()? {
            let (kana, packed) = pair?;
            while before.next_if(|(other, _)| *other < kana)?.is_some() {}
            let entry = match kanas::unpack(packed)? {
                kanas::Packed::Attached(place) => KanaEntry::Attached(self.person(place)?),
                kanas::Packed::Known(person) => KanaEntry::Person(person),
                kanas::Packed::Fresh(order) => KanaEntry::Person(self.fresh(order)?),
            };
            if let KanaEntry::Attached(now) = entry
                && let Some((_, then)) = before.next_if(|(other, _)| *other == kana)?
                && now != self.aliases.get(&then).copied().unwrap_or(then)
            {
                self.changes.moved = self.changes.moved.saturating_add(1);
            }
            visit(kana, entry)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
