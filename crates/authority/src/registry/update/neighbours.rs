//! Persons who share a number or a triple with those that differences touched.

use std::collections::{BTreeMap, BTreeSet};

use super::super::build::{BuildError, NumberRecord, number_records};
use super::super::checks::{self, Use};
use super::super::findings::Findings;
use super::super::layer::{Below, Marks};
use super::super::person::Person;
use super::super::{PersonIndex, Registry, Shared, hash};
use super::Touched;

/// Who a person is among those looked at: one of the new layer, or one that stays below.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    New(u32),
    Below(PersonIndex),
}

/// A number as the checks know it.
type NumberKey = (u64, u64);

/// The marks of the new layer's persons and what turns below, and the findings across persons.
pub(super) fn marks(
    registry: &Registry,
    touched: &[Touched],
    findings: &mut Findings,
) -> Result<Marks, BuildError> {
    let mut marks = Marks {
        below: registry.layers.iter().map(|_| Below::default()).collect(),
        ..Marks::default()
    };
    for index in touched.iter().filter_map(|person| person.index) {
        if let Some(below) = of_layer(&mut marks.below, index) {
            below.dead.insert(index.person);
        }
    }
    let gone: BTreeSet<PersonIndex> = touched.iter().filter_map(|person| person.index).collect();
    let new: Vec<&Person> = touched
        .iter()
        .filter_map(|person| person.after.as_ref())
        .collect();
    let old: Vec<&Person> = touched
        .iter()
        .filter_map(|person| person.before.as_ref())
        .collect();
    numbers(registry, (&old, &new), &gone, &mut marks, findings)?;
    triples(registry, (&old, &new), &gone, &mut marks)?;
    Ok(marks)
}

fn of_layer(below: &mut [Below], index: PersonIndex) -> Option<&mut Below> {
    below.get_mut(usize::try_from(index.layer).ok()?)
}

/// The living persons, but those gone, who may have one of these loose forms.
fn holders(
    registry: &Registry,
    loose: &BTreeSet<u64>,
    gone: &BTreeSet<PersonIndex>,
) -> Result<Vec<(PersonIndex, Person, Shared)>, BuildError> {
    let wanted: Vec<(u64, u32)> = loose.iter().map(|hash| (*hash, 0)).collect();
    let mut found: BTreeSet<PersonIndex> = BTreeSet::new();
    registry.numbers(&wanted, |person, _| {
        found.insert(person);
    })?;
    let mut wanted: Vec<(PersonIndex, u32)> =
        found.difference(gone).map(|person| (*person, 0)).collect();
    let mut read = Vec::with_capacity(wanted.len());
    registry.read_each(&mut wanted, |index, view, shared, _| {
        read.push((index, view.own()?, shared));
        Ok(())
    })?;
    Ok(read)
}

fn numbers(
    registry: &Registry,
    (old, new): (&[&Person], &[&Person]),
    gone: &BTreeSet<PersonIndex>,
    marks: &mut Marks,
    findings: &mut Findings,
) -> Result<(), BuildError> {
    let records = |person: &Person| number_records(person, 0).collect::<Vec<NumberRecord>>();
    let all: Vec<NumberRecord> = old
        .iter()
        .chain(new)
        .flat_map(|person| records(person))
        .collect();
    let loose: BTreeSet<u64> = all.iter().map(|record| record.loose).collect();
    let numbers: BTreeSet<NumberKey> = all
        .iter()
        .filter(|record| !record.household)
        .map(|record| (record.loose, record.exact))
        .collect();
    let held = holders(registry, &loose, gone)?;
    let people = (0..)
        .zip(new)
        .map(|(place, person)| (Who::New(place), *person))
        .chain(
            held.iter()
                .map(|(index, person, _)| (Who::Below(*index), person)),
        );
    let mut who = Vec::new();
    let mut uses: BTreeMap<NumberKey, Vec<Use>> = BTreeMap::new();
    for (owner, (person, known)) in (0..).zip(people) {
        who.push(person);
        for record in number_records(known, owner).filter(|record| !record.household) {
            let number = (record.loose, record.exact);
            if numbers.contains(&number) {
                uses.entry(number).or_default().push(record.told);
            }
        }
    }
    let mut shared: BTreeSet<Who> = BTreeSet::new();
    let mut looked_at: BTreeSet<Who> = BTreeSet::new();
    let of = |owner: u32| {
        usize::try_from(owner)
            .ok()
            .and_then(|owner| who.get(owner))
            .copied()
    };
    for uses in uses.values_mut() {
        uses.sort_by_key(|row| (row.from, row.to, row.line, row.owner));
        let mut found = Findings::default();
        checks::by_number(uses, &mut found);
        checks::by_first_number(uses, &mut found, |owner| shared.extend(of(owner)));
        findings.add_new(&found);
        looked_at.extend(
            uses.iter()
                .filter(|row| row.first)
                .filter_map(|row| of(row.owner)),
        );
    }
    for (index, _, now) in &held {
        let who = Who::Below(*index);
        if looked_at.contains(&who)
            && now.first != shared.contains(&who)
            && let Some(below) = of_layer(&mut marks.below, *index)
        {
            below.first_turned.insert(index.person);
        }
    }
    for who in shared {
        if let Who::New(place) = who {
            marks.first_shared.insert(place);
        }
    }
    Ok(())
}

fn hashes(person: &Person) -> impl Iterator<Item = u128> + '_ {
    person
        .rows
        .iter()
        .map(|row| hash::triple(&row.kana, person.birth, person.sex))
}

/// Everybody who has one of these triples, but those gone.
fn sharers(
    registry: &Registry,
    triples: &BTreeSet<u128>,
    gone: &BTreeSet<PersonIndex>,
) -> Result<BTreeMap<u128, BTreeSet<Who>>, BuildError> {
    let list: Vec<u128> = triples.iter().copied().collect();
    let wanted: Vec<(u128, u32)> = list.iter().copied().zip(0..).collect();
    let mut found: BTreeMap<u128, BTreeSet<Who>> = BTreeMap::new();
    registry.triples(&wanted, |person, place| {
        let hash = usize::try_from(place)
            .ok()
            .and_then(|place| list.get(place));
        if let Some(hash) = hash.filter(|_| !gone.contains(&person)) {
            found.entry(*hash).or_default().insert(Who::Below(person));
        }
    })?;
    Ok(found)
}

fn triples(
    registry: &Registry,
    (old, new): (&[&Person], &[&Person]),
    gone: &BTreeSet<PersonIndex>,
    marks: &mut Marks,
) -> Result<(), BuildError> {
    let touched: BTreeSet<u128> = old
        .iter()
        .chain(new)
        .flat_map(|person| hashes(person))
        .collect();
    let around: BTreeSet<Who> = sharers(registry, &touched, gone)?
        .into_values()
        .flatten()
        .collect();
    let mut wanted: Vec<(PersonIndex, u32)> = around
        .iter()
        .filter_map(|who| match who {
            Who::Below(index) => Some((*index, 0)),
            Who::New(_) => None,
        })
        .collect();
    let mut neighbours = Vec::with_capacity(wanted.len());
    registry.read_each(&mut wanted, |index, view, shared, _| {
        neighbours.push((index, view.own()?, shared));
        Ok(())
    })?;
    // What a neighbour shares with somebody who was not touched counts too.
    let all: BTreeSet<u128> = neighbours
        .iter()
        .flat_map(|(_, person, _)| hashes(person))
        .chain(touched)
        .collect();
    let mut held = sharers(registry, &all, gone)?;
    for (place, person) in (0..).zip(new) {
        for hash in hashes(person) {
            held.entry(hash).or_default().insert(Who::New(place));
        }
    }
    let shares = |person: &Person| {
        hashes(person).any(|hash| held.get(&hash).is_some_and(|holders| holders.len() > 1))
    };
    for (place, person) in (0..).zip(new) {
        if shares(person) {
            marks.triple_shared.insert(place);
        }
    }
    for (index, person, now) in &neighbours {
        if now.triple != shares(person)
            && let Some(below) = of_layer(&mut marks.below, *index)
        {
            below.triple_turned.insert(index.person);
        }
    }
    Ok(())
}
