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

use std::collections::BTreeMap;

use crate::Id;

/// The keys of one table in the order of its import: numbered rows by number, then rows with only a kana ID, then the rest.
#[derive(Debug, Default, Clone)]
pub(crate) struct TableKeys {
    /// One run per number, ascending.
    pub(crate) numbered: Vec<Run>,
    /// Kana IDs borne by numbered rows, with the index of the run in [`Self::numbered`].
    pub(crate) borne: Vec<(Id, u32)>,
    /// Runs of rows with only a kana ID and one flag, ascending by kana ID.
    pub(crate) kana_only: Vec<KanaRun>,
    /// Kana IDs of which some row, numbered or not, says that several persons have them.
    pub(crate) denied: Vec<Id>,
    /// Rows without any ID; they come last.
    pub(crate) without: u64,
}

impl TableKeys {
    /// Adds the next rows with equal keys in import order. A row that doesn't say whether its kana ID is unique speaks for
    /// itself alone: it isn't linked by it, and others are.
    pub(crate) fn push(
        &mut self,
        number: Option<Id>,
        kana: Option<Id>,
        unique: Option<bool>,
        rows: u64,
    ) {
        if let (Some(kana), Some(false)) = (kana, unique)
            && self.denied.last() != Some(&kana)
        {
            self.denied.push(kana);
        }
        let unique = unique == Some(true);
        match (number, kana) {
            (Some(number), kana) => self.push_numbered(number, kana, rows),
            (None, Some(kana)) => match self.kana_only.last_mut() {
                Some(run) if run.kana == kana && run.unique == unique => {
                    run.rows = run.rows.saturating_add(rows);
                }
                _ => self.kana_only.push(KanaRun { kana, unique, rows }),
            },
            (None, None) => self.without = self.without.saturating_add(rows),
        }
    }

    fn push_numbered(&mut self, number: Id, kana: Option<Id>, rows: u64) {
        match self.numbered.last_mut() {
            Some(run) if run.number == number => run.rows = run.rows.saturating_add(rows),
            _ => self.numbered.push(Run { number, rows }),
        }
        let run = u32::try_from(self.numbered.len().saturating_sub(1)).unwrap_or(u32::MAX);
        if let Some(kana) = kana
            && self.borne.last() != Some(&(kana, run))
        {
            self.borne.push((kana, run));
        }
    }
}

/// Rows that share a number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) number: Id,
    pub(crate) rows: u64,
}

/// Consecutive rows with no number that share a kana ID and its flag.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KanaRun {
    pub(crate) kana: Id,
    pub(crate) unique: bool,
    pub(crate) rows: u64,
}

/// The directory as a link leaves it; the next link starts from it. Lists are ascending by ID, without duplicates.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Directory {
    /// Persons with a number, also those whose rows are gone: they keep their number if they return.
    pub(crate) numbers: Vec<(Id, u32)>,
    /// Persons known by a kana ID alone.
    pub(crate) kanas: Vec<(Id, u32)>,
    /// Kana IDs whose rows are attached to a person with a number.
    pub(crate) attached: Vec<(Id, u32)>,
    /// Numbers that were merged into another person: old number to surviving number.
    pub(crate) aliases: BTreeMap<u32, u32>,
}

/// What becomes of a run of rows with only a kana ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Attached to a person with a number.
    Attached(u32),
    /// Several persons bear the kana ID.
    Ambiguous,
    /// The rows don't say that the kana ID is unique, or a row of the study says that it isn't.
    NotUnique,
    /// A person known by the kana ID alone.
    Person(u32),
}

/// Persons of one table, run by run as in its [`TableKeys`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TablePersons {
    pub(crate) numbered: Vec<u32>,
    pub(crate) kana_only: Vec<Fate>,
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

/// The result of [`resolve`].
#[derive(Debug)]
pub(crate) struct Resolution {
    pub(crate) directory: Directory,
    pub(crate) tables: Vec<TablePersons>,
    pub(crate) changes: Changes,
}

/// More persons than a 32-bit number can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooManyPersons;

/// Decides the persons of `tables` and numbers them, continuing `previous`.
pub(crate) fn resolve(
    tables: &[TableKeys],
    previous: &Directory,
) -> Result<Resolution, TooManyPersons> {
    let numbers = distinct(
        tables
            .iter()
            .flat_map(|t| t.numbered.iter().map(|r| r.number)),
    );
    let bearers = bearers(tables, &numbers);
    let denied = distinct(tables.iter().flat_map(|t| t.denied.iter().copied()));
    // Whoever bears such an ID, it names nobody: neither a row nor a person of an earlier link comes to a number by it.
    let bearers: Vec<(Id, usize)> = bearers
        .into_iter()
        .filter(|(kana, _)| denied.binary_search(kana).is_err())
        .collect();
    let mut wanted = distinct(
        tables
            .iter()
            .flat_map(|t| t.kana_only.iter().filter(|r| r.unique).map(|r| r.kana)),
    );
    wanted.retain(|kana| denied.binary_search(kana).is_err());
    let numbering = Numbering::assign(&numbers, &bearers, &wanted, previous)?;
    let resolved: Vec<TablePersons> = tables
        .iter()
        .map(|table| TablePersons {
            numbered: look_up(table.numbered.iter().map(|r| r.number), &numbers)
                .into_iter()
                .map(|i| {
                    i.and_then(|i| numbering.persons.get(i).copied())
                        .unwrap_or_default()
                })
                .collect(),
            kana_only: fates(&table.kana_only, &numbering),
        })
        .collect();
    let mut changes = numbering.changes;
    undone(tables, &resolved, &wanted, previous, &mut changes);
    let attached: Vec<(Id, u32)> = numbering
        .kanas
        .iter()
        .filter_map(|(kana, fate)| match fate {
            Fate::Attached(person) => Some((*kana, *person)),
            Fate::Ambiguous | Fate::NotUnique | Fate::Person(_) => None,
        })
        .collect();
    changes.moved = moved(&attached, previous, &numbering.aliases);
    Ok(Resolution {
        directory: Directory {
            numbers: merged(
                &previous.numbers,
                numbers.iter().copied().zip(numbering.persons),
            ),
            kanas: numbering.kana_directory,
            attached,
            aliases: numbering.aliases,
        },
        tables: resolved,
        changes,
    })
}

/// Sorted without duplicates; quick on the sorted stretches its input is made of.
fn distinct(ids: impl Iterator<Item = Id>) -> Vec<Id> {
    let mut all: Vec<Id> = ids.collect();
    #[expect(
        clippy::stable_sort_primitive,
        reason = "the stable sort runs along sorted stretches"
    )]
    all.sort();
    all.dedup();
    all
}

/// Index in `sorted` of each of `ids` (ascending): one pass over both.
fn look_up(ids: impl Iterator<Item = Id>, sorted: &[Id]) -> Vec<Option<usize>> {
    let mut rest = sorted.iter().enumerate().peekable();
    ids.map(|id| {
        while rest.next_if(|(_, known)| **known < id).is_some() {}
        rest.peek()
            .filter(|(_, known)| **known == id)
            .map(|(i, _)| *i)
    })
    .collect()
}

/// Pairs of kana ID and index of the number that bears it, ascending, without duplicates.
fn bearers(tables: &[TableKeys], numbers: &[Id]) -> Vec<(Id, usize)> {
    let mut all = Vec::new();
    for table in tables {
        let index = look_up(table.numbered.iter().map(|r| r.number), numbers);
        for (kana, run) in &table.borne {
            if let Some(Some(number)) = usize::try_from(*run).ok().and_then(|r| index.get(r)) {
                all.push((*kana, *number));
            }
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// How many distinct numbers bear each of `ids` (ascending): none, one (which), several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bearer {
    None,
    One(usize),
    Several,
}

fn bearer_of(ids: impl Iterator<Item = Id>, bearers: &[(Id, usize)]) -> Vec<Bearer> {
    let mut rest = bearers.iter().peekable();
    ids.map(|id| {
        while rest.next_if(|(kana, _)| *kana < id).is_some() {}
        let mut ahead = rest.clone();
        match (ahead.next(), ahead.next()) {
            (Some((kana, _)), Some((next, _))) if *kana == id && *next == id => Bearer::Several,
            (Some((kana, number)), _) if *kana == id => Bearer::One(*number),
            _ => Bearer::None,
        }
    })
    .collect()
}

/// Person numbers of this link.
struct Numbering {
    /// By index of the study's numbers.
    persons: Vec<u32>,
    /// Fate of each kana ID that some row calls unique and none denies, ascending.
    kanas: Vec<(Id, Fate)>,
    kana_directory: Vec<(Id, u32)>,
    aliases: BTreeMap<u32, u32>,
    changes: Changes,
}

impl Numbering {
    fn assign(
        numbers: &[Id],
        bearers: &[(Id, usize)],
        wanted: &[Id],
        previous: &Directory,
    ) -> Result<Self, TooManyPersons> {
        let mut persons: Vec<Option<u32>> = known(numbers, &previous.numbers);
        let mut aliases = previous.aliases.clone();
        let mut changes = Changes::default();
        let kept =
            continue_kana_persons(bearers, previous, &mut persons, &mut aliases, &mut changes);
        let mut next = Next::after(previous);
        let persons = persons
            .into_iter()
            .map(|person| person.map_or_else(|| next.take(), Ok))
            .collect::<Result<Vec<u32>, _>>()?;
        let kept_ids: Vec<Option<u32>> = known(wanted, &kept);
        let mut kanas = Vec::with_capacity(wanted.len());
        let mut fresh = Vec::new();
        let found = bearer_of(wanted.iter().copied(), bearers);
        for ((kana, bearer), before) in wanted.iter().zip(found).zip(kept_ids) {
            let fate = match (bearer, before) {
                (Bearer::Several, _) => Fate::Ambiguous,
                (Bearer::One(i), _) => persons
                    .get(i)
                    .copied()
                    .map_or(Fate::Ambiguous, Fate::Attached),
                (Bearer::None, Some(person)) => Fate::Person(person),
                (Bearer::None, None) => {
                    let person = next.take()?;
                    fresh.push((*kana, person));
                    Fate::Person(person)
                }
            };
            kanas.push((*kana, fate));
        }
        changes.appended = next.taken;
        Ok(Self {
            persons,
            kanas,
            kana_directory: merged(&kept, fresh.into_iter()),
            aliases,
            changes,
        })
    }
}

/// A person known by a kana ID alone who now has a number stays the same person: a number that is new to the study
/// takes the person's number over, a number that already has a person takes the person in, and the old number
/// becomes an alias. Returns the kana persons that remain.
fn continue_kana_persons(
    bearers: &[(Id, usize)],
    previous: &Directory,
    persons: &mut [Option<u32>],
    aliases: &mut BTreeMap<u32, u32>,
    changes: &mut Changes,
) -> Vec<(Id, u32)> {
    let found = bearer_of(previous.kanas.iter().map(|(kana, _)| *kana), bearers);
    let mut joined: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    let mut kept = Vec::with_capacity(previous.kanas.len());
    for (entry, bearer) in previous.kanas.iter().zip(found) {
        match bearer {
            Bearer::One(number) => joined.entry(number).or_default().push(entry.1),
            Bearer::None | Bearer::Several => kept.push(*entry),
        }
    }
    for (number, mut old) in joined {
        let Some(slot) = persons.get_mut(number) else {
            continue;
        };
        old.sort_unstable();
        let survivor = *slot.get_or_insert(old.first().copied().unwrap_or_default());
        for merged in old.into_iter().filter(|person| *person != survivor) {
            aliases.insert(merged, survivor);
            changes.merged = changes.merged.saturating_add(1);
        }
    }
    kept
}

/// The number each of `ids` already has; both ascending.
fn known(ids: &[Id], entries: &[(Id, u32)]) -> Vec<Option<u32>> {
    let mut rest = entries.iter().peekable();
    ids.iter()
        .map(|id| {
            while rest.next_if(|(known, _)| known < id).is_some() {}
            rest.peek()
                .filter(|(known, _)| known == id)
                .map(|(_, person)| *person)
        })
        .collect()
}

/// Two ascending lists as one; where both have an ID, the new entry stands.
fn merged(old: &[(Id, u32)], new: impl Iterator<Item = (Id, u32)>) -> Vec<(Id, u32)> {
    let mut all = Vec::with_capacity(old.len());
    let mut old = old.iter().copied().peekable();
    for entry in new {
        while let Some(before) = old.next_if(|(id, _)| *id < entry.0) {
            all.push(before);
        }
        while old.next_if(|(id, _)| *id == entry.0).is_some() {}
        all.push(entry);
    }
    all.extend(old);
    all
}

/// Fresh person numbers, after every number ever given.
struct Next {
    next: Option<u32>,
    taken: u64,
}

impl Next {
    fn after(previous: &Directory) -> Self {
        let used = previous
            .numbers
            .iter()
            .chain(&previous.kanas)
            .map(|(_, person)| *person);
        let highest = used.chain(previous.aliases.keys().copied()).max();
        Self {
            next: highest.map_or(Some(0), |h| h.checked_add(1)),
            taken: 0,
        }
    }

    fn take(&mut self) -> Result<u32, TooManyPersons> {
        let person = self.next.ok_or(TooManyPersons)?;
        self.next = person.checked_add(1);
        self.taken = self.taken.saturating_add(1);
        Ok(person)
    }
}

fn fates(runs: &[KanaRun], numbering: &Numbering) -> Vec<Fate> {
    let mut rest = numbering.kanas.iter().peekable();
    runs.iter()
        .map(|run| {
            if !run.unique {
                return Fate::NotUnique;
            }
            while rest.next_if(|(kana, _)| *kana < run.kana).is_some() {}
            rest.peek()
                .filter(|(kana, _)| *kana == run.kana)
                .map_or(Fate::NotUnique, |(_, fate)| *fate)
        })
        .collect()
}

/// Counts the links by kana ID of the previous version that this version takes back: several persons now bear the
/// ID, or it is no longer called unique (`wanted` are the IDs that some row calls unique and none denies).
fn undone(
    tables: &[TableKeys],
    resolved: &[TablePersons],
    wanted: &[Id],
    previous: &Directory,
    changes: &mut Changes,
) {
    let mut linked: Vec<Id> = previous
        .attached
        .iter()
        .chain(&previous.kanas)
        .map(|(kana, _)| *kana)
        .collect();
    linked.sort_unstable();
    let unique = look_up(linked.iter().copied(), wanted);
    let mut ambiguous = Vec::new();
    let mut not_unique = Vec::new();
    for (keys, persons) in tables.iter().zip(resolved) {
        let was_linked = look_up(keys.kana_only.iter().map(|r| r.kana), &linked);
        for ((run, fate), linked) in keys
            .kana_only
            .iter()
            .zip(&persons.kana_only)
            .zip(was_linked)
        {
            let Some(linked) = linked else { continue };
            let still_unique = matches!(unique.get(linked), Some(Some(_)));
            match fate {
                Fate::Ambiguous => ambiguous.push(run.kana),
                Fate::NotUnique if !still_unique => not_unique.push(run.kana),
                Fate::Attached(_) | Fate::NotUnique | Fate::Person(_) => continue,
            }
            changes.undone_rows = changes.undone_rows.saturating_add(run.rows);
        }
    }
    changes.undone_ambiguous = count_distinct(ambiguous);
    changes.undone_not_unique = count_distinct(not_unique);
}

fn count_distinct(mut ids: Vec<Id>) -> u64 {
    ids.sort_unstable();
    ids.dedup();
    u64::try_from(ids.len()).unwrap_or(u64::MAX)
}

/// Kana IDs attached before and now, to different persons.
fn moved(attached: &[(Id, u32)], previous: &Directory, aliases: &BTreeMap<u32, u32>) -> u64 {
    let ids: Vec<Id> = attached.iter().map(|(kana, _)| *kana).collect();
    let before = known(&ids, &previous.attached);
    let moved = attached.iter().zip(before).filter(|((_, now), before)| {
        before.is_some_and(|before| *now != aliases.get(&before).copied().unwrap_or(before))
    });
    u64::try_from(moved.count()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
