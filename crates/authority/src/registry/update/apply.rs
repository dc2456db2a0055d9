//! Lines of differences applied to the persons they name.

use std::collections::BTreeMap;

use jiff::civil::Date;
use renketsu_identity::Sex;

use super::super::build::{BuildError, noted};
use super::super::checks;
use super::super::findings::{Finding, FindingKind, Findings};
use super::super::person::{Broken, Person, Row};
use super::super::row::{Parsed, Texts, person_key};
use super::super::{Day, PersonIndex, Registry};
use super::{Difference, Operation};
use crate::field::Field;

/// A line of differences, canonical.
#[derive(Debug)]
pub(super) struct Change {
    line: u32,
    operation: Operation,
    person: Box<[u8]>,
    into: Option<Box<[u8]>>,
    /// Absent in a merge.
    row: Option<Told>,
}

/// A row with what it says of its person.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    birth: Day,
    sex: Sex,
    row: Row,
}

impl Change {
    /// `None` if something is wrong with the line, which is a finding then.
    pub(super) fn of(
        line: u64,
        difference: &Difference<'_>,
        today: Date,
        findings: &mut Findings,
    ) -> Option<Self> {
        let unknown = |findings: &mut Findings| {
            note(findings, FindingKind::OperationUnknown, line);
        };
        let Some(operation) = Operation::parse(difference.operation) else {
            unknown(findings);
            return None;
        };
        let two = matches!(operation, Operation::Merge | Operation::Split);
        if two == difference.into.trim().is_empty() {
            unknown(findings);
            return None;
        }
        let mut key = |text: &str| match person_key(text) {
            Ok(key) => Some(key.as_bytes().into()),
            Err(reject) => {
                findings.add(Finding {
                    kind: FindingKind::FieldRejected,
                    line,
                    other: None,
                    rejected: Some((Field::Person, reject)),
                });
                None
            }
        };
        let into = if two {
            Some(key(difference.into)?)
        } else {
            None
        };
        if operation == Operation::Merge {
            let person = key(difference.row.person)?;
            if into.as_ref() == Some(&person) {
                unknown(findings);
                return None;
            }
            return Some(Self {
                line: u32::try_from(line).ok()?,
                operation,
                person,
                into,
                row: None,
            });
        }
        let mut texts = Texts::default();
        let parsed = match Parsed::of(&difference.row, today, &mut texts) {
            Ok(parsed) => parsed,
            Err(rejects) => {
                for rejected in rejects {
                    findings.add(Finding {
                        kind: FindingKind::FieldRejected,
                        line,
                        other: None,
                        rejected: Some(rejected),
                    });
                }
                return None;
            }
        };
        if !noted(&parsed, line, findings) {
            return None;
        }
        if operation == Operation::End && parsed.to == Day::OPEN_END {
            unknown(findings);
            return None;
        }
        let line = u32::try_from(line).ok()?;
        Some(Self {
            line,
            operation,
            person: parsed.person.as_bytes().into(),
            into,
            row: Some(Told {
                birth: parsed.birth,
                sex: parsed.sex,
                row: Row::of(&parsed, line),
            }),
        })
    }
}

fn note(findings: &mut Findings, kind: FindingKind, line: u64) {
    findings.add(Finding {
        kind,
        line,
        other: None,
        rejected: None,
    });
}

/// A person whom the differences changed.
#[derive(Debug)]
pub(in crate::registry) struct Touched {
    pub(super) index: Option<PersonIndex>,
    /// `None` if she is new.
    pub(super) before: Option<Person>,
    /// `None` if she is no more.
    pub(super) after: Option<Person>,
}

/// A person under change.
struct Work {
    index: Option<PersonIndex>,
    before: Option<Person>,
    rows: Vec<Told>,
}

/// Applies the changes in the order of the file; the persons that are others afterwards, in the order of their keys.
pub(super) fn apply(
    registry: &Registry,
    changes: Vec<Change>,
    findings: &mut Findings,
) -> Result<Vec<Touched>, BuildError> {
    let mut persons = read(registry, &changes)?;
    for change in changes {
        one(&mut persons, change, findings)?;
    }
    let mut touched = Vec::new();
    for (key, work) in persons {
        let after = person(key, work.rows, findings);
        if after.as_ref().map(said) != work.before.as_ref().map(said) {
            touched.push(Touched {
                index: work.index,
                before: work.before,
                after,
            });
        }
    }
    Ok(touched)
}

/// What a person is, wherever her rows stood.
fn said(person: &Person) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Too many rows are told where the person is written.
    let _written = person.write(&mut bytes);
    bytes
}

type Persons = BTreeMap<Box<[u8]>, Work>;

fn read(registry: &Registry, changes: &[Change]) -> Result<Persons, BuildError> {
    let mut persons: Persons = changes
        .iter()
        .flat_map(|change| std::iter::once(&change.person).chain(&change.into))
        .map(|key| {
            let work = Work {
                index: None,
                before: None,
                rows: Vec::new(),
            };
            (key.clone(), work)
        })
        .collect();
    let keys: Vec<&[u8]> = persons.keys().map(|key| &**key).collect();
    let mut found: Vec<(PersonIndex, u32)> = Vec::new();
    for (place, index) in (0..).zip(registry.find(&keys)?) {
        found.extend(index.map(|index| (index, place)));
    }
    let mut held = Vec::with_capacity(found.len());
    registry.read_each(&mut found, |index, view, _, _| {
        held.push((index, view.own()?));
        Ok(())
    })?;
    for (index, person) in held {
        let work = persons.get_mut(&person.key).ok_or(Broken("key"))?;
        work.index = Some(index);
        work.rows = person
            .rows
            .iter()
            .map(|row| Told {
                birth: person.birth,
                sex: person.sex,
                row: row.clone(),
            })
            .collect();
        work.before = Some(person);
    }
    Ok(persons)
}

fn one(persons: &mut Persons, change: Change, findings: &mut Findings) -> Result<(), BuildError> {
    let line = u64::from(change.line);
    let work = persons.get_mut(&change.person).ok_or(Broken("key"))?;
    if change.operation != Operation::Add && work.rows.is_empty() {
        note(findings, FindingKind::PersonUnknown, line);
        return Ok(());
    }
    let moved = match (change.operation, change.row) {
        (Operation::Add, Some(told)) => {
            work.rows.push(told);
            return Ok(());
        }
        (Operation::End, Some(told)) => {
            let open = work.rows.iter_mut().find(|held| {
                held.row.to == Day::OPEN_END
                    && same(held, &told, |row| Row {
                        to: Day::OPEN_END,
                        ..row.clone()
                    })
            });
            match open {
                Some(held) => (held.row.to, held.row.line) = (told.row.to, change.line),
                None => note(findings, FindingKind::RowNotHeld, line),
            }
            return Ok(());
        }
        (Operation::Remove | Operation::Split, Some(told)) => {
            let place = work
                .rows
                .iter()
                .position(|held| same(held, &told, Row::clone));
            let Some(place) = place else {
                note(findings, FindingKind::RowNotHeld, line);
                return Ok(());
            };
            let held = work.rows.remove(place);
            if change.operation == Operation::Remove {
                return Ok(());
            }
            vec![held]
        }
        (Operation::Merge, _) => std::mem::take(&mut work.rows),
        (_, None) => return Err(Broken("row").into()),
    };
    let into = change
        .into
        .and_then(|into| persons.get_mut(&into))
        .ok_or(Broken("key"))?;
    if change.operation == Operation::Merge && into.rows.is_empty() {
        note(findings, FindingKind::PersonUnknown, line);
    }
    into.rows.extend(moved.into_iter().map(|told| Told {
        row: Row {
            line: change.line,
            ..told.row
        },
        ..told
    }));
    Ok(())
}

fn same(held: &Told, told: &Told, with: impl Fn(&Row) -> Row) -> bool {
    held.birth == told.birth && held.sex == told.sex && held.row.says(&with(&told.row))
}

/// The person of these rows, checked as at a load; `None` without any.
fn person(key: Box<[u8]>, rows: Vec<Told>, findings: &mut Findings) -> Option<Person> {
    let mut rows: Vec<(Day, Sex, Row)> = rows
        .into_iter()
        .map(|told| (told.birth, told.sex, told.row))
        .collect();
    rows.sort_by(|(_, _, a), (_, _, b)| a.cmp(b));
    let mut found = Findings::default();
    checks::duplicates(&mut rows, &mut found);
    let (birth, sex, line) = rows
        .first()
        .map(|(birth, sex, row)| (*birth, *sex, row.line))?;
    for (other_birth, other_sex, row) in &rows {
        if *other_birth != birth {
            checks::clash(&mut found, FindingKind::BirthDatesDiffer, row.line, line);
        }
        if *other_sex != sex {
            checks::clash(&mut found, FindingKind::SexesDiffer, row.line, line);
        }
    }
    let person = Person {
        key,
        birth,
        sex,
        rows: rows.into_iter().map(|(_, _, row)| row).collect(),
    };
    checks::by_person(&person, &mut found);
    findings.add_new(&found);
    Some(person)
}
