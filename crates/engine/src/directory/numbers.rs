//! The study's numbers, by a merge of its tables and the earlier directory.

use roaring::RoaringBitmap;

use super::ahead::Ahead;
use super::kanas::Filter;
use super::{Earlier, KeySource, Table};
use crate::Id;
use crate::key::Key;
use crate::link::LinkError;
use crate::sort::Pairs;

/// A number that a table or the earlier directory has.
pub(crate) struct Found {
    pub(crate) number: Id,
    /// The person it had.
    pub(crate) before: Option<u32>,
    /// Its place among the numbers of the tables, if one has it.
    pub(crate) place: Option<u32>,
}

/// Gives every number to `visit`, ascending, and the keys that have it, with their table.
pub(crate) fn each_number(
    tables: &[impl KeySource],
    earlier: &impl Earlier,
    mut visit: impl FnMut(Event) -> Result<(), LinkError>,
) -> Result<(), LinkError> {
    let mut heads = tables
        .iter()
        .map(|table| Ahead::new(table.keys(0)?))
        .collect::<Result<Vec<_>, _>>()?;
    let mut known = Ahead::new(earlier.numbers()?)?;
    let mut count = 0_u64;
    loop {
        let least = heads
            .iter()
            .filter_map(|head| head.head()?.key.number)
            .min();
        while let Some((number, person)) =
            known.next_if(|(number, _)| least.is_none_or(|least| *number < least))?
        {
            visit(Event::Number(Found {
                number,
                before: Some(person),
                place: None,
            }))?;
        }
        let Some(number) = least else {
            return Ok(());
        };
        let place = u32::try_from(count).map_err(|_| LinkError::Persons)?;
        count = count.saturating_add(1);
        let before = known.next_if(|(other, _)| *other == number)?;
        visit(Event::Number(Found {
            number,
            before: before.map(|(_, person)| person),
            place: Some(place),
        }))?;
        for (table, head) in heads.iter_mut().enumerate() {
            while let Some(run) = head.next_if(|run| run.key.number == Some(number))? {
                visit(Event::Key {
                    table,
                    place,
                    key: run.key,
                })?;
            }
        }
    }
}

/// What [`each_number`] comes by.
pub(crate) enum Event {
    Number(Found),
    /// A key that has the number just named.
    Key {
        table: usize,
        place: u32,
        key: Key,
    },
}

/// The study's numbers, before new ones have a person.
pub(super) struct Numbers {
    /// By place; whoever isn't in `known` has none yet.
    pub(super) persons: Vec<u32>,
    pub(super) known: RoaringBitmap,
    /// Kana IDs that may matter, with the places of numbers that bear them.
    pub(super) bearers: Pairs,
}

/// Notes for each table which numbers it has, and who bears the kana IDs of `filter`.
pub(super) fn number(
    tables: &[impl KeySource],
    earlier: &impl Earlier,
    found: &mut [Table],
    filter: &Filter,
    bearers: Pairs,
) -> Result<Numbers, LinkError> {
    let mut numbers = Numbers {
        persons: Vec::new(),
        known: RoaringBitmap::new(),
        bearers,
    };
    each_number(tables, earlier, |event| {
        match event {
            Event::Number(Found { place: None, .. }) => {}
            Event::Number(Found {
                place: Some(place),
                before,
                ..
            }) => {
                numbers.persons.push(before.unwrap_or_default());
                if before.is_some() {
                    numbers.known.insert(place);
                }
            }
            Event::Key { table, place, key } => {
                if let Some(table) = found.get_mut(table) {
                    table.numbers.insert(place);
                }
                if let Some(kana) = key.kana.filter(|kana| filter.may_have(kana)) {
                    numbers.bearers.push(kana, u64::from(place))?;
                }
            }
        }
        Ok(())
    })?;
    Ok(numbers)
}
