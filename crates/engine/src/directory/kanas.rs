//! Kana IDs: who bears them, and what becomes of the rows that have nothing else.

use super::ahead::Ahead;
use super::{Changes, Earlier, KeySource, Table, Verdict};
use crate::Id;
use crate::key::KeyRun;
use crate::link::LinkError;
use crate::sort::{Pairs, SortedPairs};

/// Bits of a [`Filter`] per ID, up to 2^33 bits: of IDs that it wasn't given, one in sixteen or fewer passes.
const FILTER_BITS: u64 = 16;

/// Says of an ID that it surely isn't among those it was given.
pub(super) struct Filter {
    words: Vec<u64>,
    shift: u32,
}

impl Filter {
    fn new(ids: u64) -> Self {
        if ids == 0 {
            return Self {
                words: Vec::new(),
                shift: 0,
            };
        }
        let bits = ids
            .saturating_mul(FILTER_BITS)
            .clamp(64, 1 << 33)
            .next_power_of_two();
        Self {
            words: vec![0; usize::try_from(bits / 64).unwrap_or(1)],
            shift: bits.leading_zeros().saturating_add(1),
        }
    }

    /// Word and bit of an ID.
    fn at(&self, id: &Id) -> (usize, u64) {
        let first = id
            .first_chunk()
            .map_or(0, |bytes| u64::from_be_bytes(*bytes));
        // IDs are keyed hashes, but nothing is lost if someone's aren't.
        let mixed = first.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift;
        (
            usize::try_from(mixed / 64).unwrap_or_default(),
            1 << (mixed % 64),
        )
    }

    fn insert(&mut self, id: &Id) {
        let (word, bit) = self.at(id);
        if let Some(word) = self.words.get_mut(word) {
            *word |= bit;
        }
    }

    pub(super) fn may_have(&self, id: &Id) -> bool {
        if self.words.is_empty() {
            return false;
        }
        let (word, bit) = self.at(id);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }
}

/// The kana IDs of which it matters who bears them: some row has nothing else, or an earlier link made a person of them.
pub(super) fn filter(
    tables: &[impl KeySource],
    found: &[Table],
    earlier: &impl Earlier,
) -> Result<Filter, LinkError> {
    let (_, known) = earlier.extent();
    let ids = found.iter().map(|table| table.kana_only).sum::<u64>();
    let mut filter = Filter::new(ids.saturating_add(known));
    for (table, found) in tables.iter().zip(found) {
        if found.kana_only == 0 {
            continue;
        }
        for run in kana_only(table, found.numbered)? {
            let (kana, unique, _) = run?;
            if unique {
                filter.insert(&kana);
            }
        }
    }
    for kana in earlier.kanas()? {
        filter.insert(&kana?.0);
    }
    Ok(filter)
}

/// A table's keys with only a kana ID, which come after the `numbered` ones: the ID, whether the rows call it unique, and
/// how many they are.
fn kana_only<T: KeySource>(
    table: &T,
    numbered: u64,
) -> Result<impl Iterator<Item = Result<(Id, bool, u64), LinkError>>, LinkError> {
    let keys = table.keys(numbered)?;
    Ok(keys.map_while(|run| match run {
        Ok(KeyRun { key, rows }) => Some(Ok((key.kana?, key.unique == Some(true), rows))),
        Err(error) => Some(Err(error)),
    }))
}

/// How many numbers bear a kana ID.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bearer {
    None,
    One(u32),
    Several,
}

/// Kana IDs that some row denies, and those that numbers bear.
pub(super) struct Sorted {
    pub(super) denied: SortedPairs,
    pub(super) bearers: SortedPairs,
}

/// What the kana IDs come to.
pub(super) struct Decided {
    /// The kana IDs of the directory, packed.
    pub(super) kanas: Pairs,
    /// Places of numbers, with the persons of the earlier link who turn out to have them.
    pub(super) joined: Vec<(u32, u32)>,
    /// How many persons are new.
    pub(super) fresh: u64,
    pub(super) changes: Changes,
}

/// An entry of the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KanaEntry {
    /// Its rows are attached to a person with a number.
    Attached(u32),
    /// A person known by the kana ID alone.
    Person(u32),
}

/// An entry of the directory before persons have their numbers; each as in [`Verdict`].
pub(super) enum Packed {
    Attached(u32),
    Known(u32),
    Fresh(u32),
}

fn pack(entry: &Packed) -> u64 {
    match entry {
        Packed::Attached(place) => u64::from(*place),
        Packed::Known(person) => 1 << 32 | u64::from(*person),
        Packed::Fresh(order) => 2 << 32 | u64::from(*order),
    }
}

pub(super) fn unpack(packed: u64) -> Result<Packed, LinkError> {
    let broken = LinkError::Broken("an entry comes back as it went");
    let Ok(value) = u32::try_from(packed & 0xffff_ffff) else {
        return Err(broken);
    };
    match packed >> 32 {
        0 => Ok(Packed::Attached(value)),
        1 => Ok(Packed::Known(value)),
        2 => Ok(Packed::Fresh(value)),
        _ => Err(broken),
    }
}

/// Goes through the kana IDs of rows that have nothing else and of persons of the earlier link, ascending.
pub(super) fn decide(
    tables: &[impl KeySource],
    earlier: &impl Earlier,
    found: &mut [Table],
    sorted: Sorted,
    kanas: Pairs,
) -> Result<Decided, LinkError> {
    let mut heads = Vec::with_capacity(tables.len());
    for (table, found) in tables.iter().zip(&*found) {
        heads.push(Ahead::new(kana_only(table, found.numbered)?)?);
    }
    let mut known = Ahead::new(earlier.kanas()?)?;
    let mut attached = Ahead::new(earlier.attached()?)?;
    let mut denied = Ahead::new(sorted.denied)?;
    let mut bearers = Ahead::new(sorted.bearers)?;
    let mut decided = Decided {
        kanas,
        joined: Vec::new(),
        fresh: 0,
        changes: Changes::default(),
    };
    let mut runs = Vec::new();
    loop {
        let of_tables = heads.iter().filter_map(|head| Some(head.head()?.0)).min();
        let of_earlier = known.head().map(|(kana, _)| *kana);
        let Some(kana) = of_tables.into_iter().chain(of_earlier).min() else {
            return Ok(decided);
        };
        runs.clear();
        for (table, head) in heads.iter_mut().enumerate() {
            while let Some((_, unique, rows)) = head.next_if(|(other, _, _)| *other == kana)? {
                runs.push(Run {
                    table,
                    unique,
                    rows,
                });
            }
        }
        let is_denied = meets(&mut denied, &kana)?.is_some();
        let mut bearer = Bearer::None;
        while let Some(place) = meets(&mut bearers, &kana)? {
            bearer = match (bearer, u32::try_from(place)) {
                (Bearer::None, Ok(place)) => Bearer::One(place),
                (Bearer::One(one), Ok(place)) if one == place => bearer,
                _ => Bearer::Several,
            };
        }
        let kana = Kana {
            id: kana,
            // Whoever bears a denied ID, it names nobody: neither a row nor a person of an earlier link comes to a
            // number by it.
            bearer: if is_denied { Bearer::None } else { bearer },
            wanted: !is_denied && runs.iter().any(|run| run.unique),
            person: known
                .next_if(|(other, _)| *other == kana)?
                .map(|(_, person)| person),
            was_attached: meets(&mut attached, &kana)?.is_some(),
        };
        decided.see(&kana, &runs, found)?;
    }
}

/// The value of the next pair with this ID; pairs before it are passed over.
fn meets<V: Copy, E>(
    pairs: &mut Ahead<(Id, V), impl Iterator<Item = Result<(Id, V), E>>>,
    id: &Id,
) -> Result<Option<V>, LinkError>
where
    LinkError: From<E>,
{
    while pairs.next_if(|(other, _)| other < id)?.is_some() {}
    Ok(pairs
        .next_if(|(other, _)| other == id)?
        .map(|(_, value)| value))
}

/// Rows of a table with only this kana ID.
struct Run {
    table: usize,
    unique: bool,
    rows: u64,
}

/// What is known of a kana ID.
struct Kana {
    id: Id,
    bearer: Bearer,
    /// Some row calls it unique, and none denies it.
    wanted: bool,
    /// Its person in the earlier link.
    person: Option<u32>,
    was_attached: bool,
}

impl Decided {
    fn see(&mut self, kana: &Kana, runs: &[Run], found: &mut [Table]) -> Result<(), LinkError> {
        // A person of the earlier link who turns out to have a number is that number's from now on.
        let person = match (kana.person, kana.bearer) {
            (Some(person), Bearer::One(place)) => {
                self.joined.push((place, person));
                None
            }
            (person, _) => person,
        };
        let (verdict, entry) = match (kana.wanted, kana.bearer, person) {
            (false, _, person) => (Verdict::NotUnique, person.map(Packed::Known)),
            (true, Bearer::Several, person) => (Verdict::Ambiguous, person.map(Packed::Known)),
            (true, Bearer::One(place), _) => {
                (Verdict::Attached(place), Some(Packed::Attached(place)))
            }
            (true, Bearer::None, Some(person)) => {
                (Verdict::Known(person), Some(Packed::Known(person)))
            }
            (true, Bearer::None, None) => {
                let order = u32::try_from(self.fresh).map_err(|_| LinkError::Persons)?;
                self.fresh = self.fresh.saturating_add(1);
                (Verdict::Fresh(order), Some(Packed::Fresh(order)))
            }
        };
        if let Some(entry) = entry {
            self.kanas.push(kana.id, pack(&entry))?;
        }
        let was_linked = kana.was_attached || kana.person.is_some();
        let (mut ambiguous, mut not_unique) = (false, false);
        for run in runs {
            let verdict = if run.unique {
                verdict
            } else {
                Verdict::NotUnique
            };
            if let Some(table) = found.get_mut(run.table) {
                table.verdicts.push(verdict);
            }
            let undone = match verdict {
                Verdict::Ambiguous => Some(&mut ambiguous),
                Verdict::NotUnique if !kana.wanted => Some(&mut not_unique),
                Verdict::Attached(_)
                | Verdict::Fresh(_)
                | Verdict::Known(_)
                | Verdict::NotUnique => None,
            };
            if let Some(undone) = undone.filter(|_| was_linked) {
                *undone = true;
                self.changes.undone_rows = self.changes.undone_rows.saturating_add(run.rows);
            }
        }
        let add = |count: &mut u64, happened: bool| {
            *count = count.saturating_add(u64::from(happened));
        };
        add(&mut self.changes.undone_ambiguous, ambiguous);
        add(&mut self.changes.undone_not_unique, not_unique);
        Ok(())
    }
}
