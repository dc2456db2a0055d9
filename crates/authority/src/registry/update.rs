//! A registry and its differences make the next registry: one layer more.
//!
//! The persons that the differences touch are read, changed, checked as at a load, and written in whole; below they count
//! no more. Of others only the two marks can change that say what they share with somebody else.

mod apply;
mod neighbours;

use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;
use renketsu_seal::blocks::{BlocksKey, BlocksWriter};

pub(super) use apply::Touched;

use super::build::{BuildError, Place, number_records};
use super::findings::{Acceptance, Findings};
use super::layer::{Layer, LayerWriter, Marks, Sink};
use super::person::{Row, first_of};
use super::{RawRow, Registry, hash};

/// What a line of differences does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The row is the person's from now on.
    Add,
    /// The person's row that equals this one but for its open end has this end.
    End,
    /// The person's row that equals this one was wrong and is taken out.
    Remove,
    /// All rows of the person are another person's, and she is no more.
    Merge,
    /// The person's row that equals this one is another person's.
    Split,
}

impl Operation {
    /// All operations with their names in a file.
    pub const ALL: [(&str, Self); 5] = [
        ("add", Self::Add),
        ("end", Self::End),
        ("remove", Self::Remove),
        ("merge", Self::Merge),
        ("split", Self::Split),
    ];

    /// The operation of this name.
    pub fn parse(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name.trim());
        found.map(|(_, operation)| *operation)
    }
}

/// A line of differences.
#[derive(Clone, Copy)]
pub struct Difference<'a> {
    /// Its operation, as it stands there.
    pub operation: &'a str,
    /// The row; of a merge its person alone.
    pub row: RawRow<'a>,
    /// The other person, of a merge or split.
    pub into: &'a str,
}

impl std::fmt::Debug for Difference<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Difference(..)")
    }
}

/// Takes differences line by line; [`Update::finish`] makes the next registry.
#[derive(Debug)]
pub struct Update<'r> {
    registry: &'r Registry,
    today: Date,
    findings: Findings,
    changes: Vec<apply::Change>,
}

/// The next registry, with its new layer's key if it has a file.
pub(crate) struct Updated {
    pub(crate) registry: Registry,
    pub(crate) layer: Arc<Layer>,
    pub(crate) key: Option<BlocksKey>,
    pub(crate) findings: Findings,
    /// Persons changed, added or gone.
    pub(crate) touched: u64,
}

impl<'r> Update<'r> {
    /// Of `registry`; `today` decides which birth dates lie in the future.
    pub fn new(registry: &'r Registry, today: Date) -> Self {
        Self {
            registry,
            today,
            findings: Findings::default(),
            changes: Vec::new(),
        }
    }

    /// Takes the difference that stands on `line`. What is wrong with it is a finding, told by [`Update::finish`].
    pub fn push(&mut self, line: u64, difference: &Difference<'_>) {
        let change = apply::Change::of(line, difference, self.today, &mut self.findings);
        self.changes.extend(change);
    }

    /// The next registry and what was noticed, or every finding and no registry.
    pub fn finish(self, acceptance: Acceptance) -> Result<(Registry, Findings), BuildError> {
        let updated = self.build(acceptance, None)?;
        Ok((updated.registry, updated.findings))
    }

    pub(crate) fn build(
        mut self,
        acceptance: Acceptance,
        place: Option<&Place>,
    ) -> Result<Updated, BuildError> {
        let registry = self.registry;
        let touched = apply::apply(registry, self.changes, &mut self.findings)?;
        let mut marks = neighbours::marks(registry, &touched, &mut self.findings)?;
        self.findings.settle();
        if self.findings.refuse(acceptance) {
            return Err(BuildError::Refused(self.findings));
        }
        if touched.is_empty() {
            return Err(BuildError::Empty);
        }
        count(registry, &touched, &mut marks);
        let file = place.map(|place| place.file.as_path());
        let (layer, key) = write(&touched, marks, file)?;
        let layer = Arc::new(layer);
        let mut layers: Vec<Arc<Layer>> = registry
            .layers
            .iter()
            .map(|standing| Arc::clone(&standing.layer))
            .collect();
        layers.push(Arc::clone(&layer));
        Ok(Updated {
            registry: Registry::of(layers)?,
            layer,
            key,
            findings: self.findings,
            touched: u64::try_from(touched.len()).unwrap_or(u64::MAX),
        })
    }
}

fn count(registry: &Registry, touched: &[Touched], marks: &mut Marks) {
    let top = registry.layers.last().map(|standing| &standing.layer);
    let (mut rows, mut without) = top.map_or((0, 0), |top| (top.rows, top.without_first));
    let without_first = |rows: &[Row]| u64::from(first_of(rows.iter().map(Row::view)).is_none());
    for person in touched {
        if let Some(before) = &person.before {
            rows = rows.saturating_sub(u64::try_from(before.rows.len()).unwrap_or(0));
            without = without.saturating_sub(without_first(&before.rows));
        }
        if let Some(after) = &person.after {
            rows = rows.saturating_add(u64::try_from(after.rows.len()).unwrap_or(0));
            without = without.saturating_add(without_first(&after.rows));
        }
    }
    (marks.rows, marks.without_first) = (rows, without);
}

/// Writes the persons as they are after the differences; they are in the order of their keys.
fn write(
    touched: &[Touched],
    marks: Marks,
    file: Option<&Path>,
) -> Result<(Layer, Option<BlocksKey>), BuildError> {
    let sink = match file {
        Some(file) => Sink::File(Box::new(BlocksWriter::create(file)?)),
        None => Sink::Memory(Vec::new()),
    };
    let mut writer = LayerWriter::new(sink);
    let (mut numbers, mut triples) = (Vec::new(), Vec::new());
    let mut bytes = Vec::new();
    for person in touched.iter().filter_map(|touched| touched.after.as_ref()) {
        bytes.clear();
        person.write(&mut bytes).ok_or(BuildError::TooLarge)?;
        let owner = writer.person(person, &bytes)?;
        numbers.extend(number_records(person, owner).map(|record| (record.loose, owner)));
        triples.extend(
            person
                .rows
                .iter()
                .map(|row| (hash::triple(&row.kana, person.birth, person.sex), owner)),
        );
    }
    numbers.sort_unstable();
    numbers.dedup();
    for (hash, owner) in numbers {
        writer.number(hash, owner)?;
    }
    triples.sort_unstable();
    triples.dedup();
    for (hash, owner) in triples {
        writer.triple(hash, owner)?;
    }
    Ok(writer.finish(file, marks)?)
}
