//! HL7 FHIR (JP Core): Patient, Coverage and the insurer's Organization, in Bundles (`.json`) or one a line (`.ndjson`).
//!
//! Resources may stand in any order and in any of the files. Patients and Coverages are brought together by sorting the
//! names by which they refer to one another, in encrypted scratch files where memory does not hold them. A Coverage is a
//! record; a Patient without one that has a number is a record of its name alone.

mod fault;
mod kinds;
mod member;
mod names;
mod node;
mod pieces;
mod resource;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use fault::FhirError;
pub use resource::PatientKey;

use super::lanes::in_order;
use super::passed::{Kinds, PassedOver};
use super::sorter::{Sorted, Sorter};
use super::{Place, Reading as How, Refusal, SourceError, SourceRecord, Texts, file_name};
use names::Scope;
use node::Node;
use pieces::{Kind, Piece};
use resource::{Cover, Found, Person};

/// There are some thousand insurers.
const MAX_INSURERS: usize = 500_000;

/// Where a resource stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct At {
    file: u32,
    number: u64,
    line: u64,
}

/// What is sorted by the name of a Patient. A Patient comes before its Coverages, each in the order of the files.
#[derive(Serialize, Deserialize)]
enum Part {
    Person(Person),
    Cover(Cover),
}

/// Gives every Coverage and every Patient without one to `take`.
pub(crate) fn read<E: From<SourceError>>(
    files: &[PathBuf],
    key: &PatientKey,
    how: How<'_>,
    passed: &mut PassedOver,
    take: &mut dyn FnMut(SourceRecord) -> Result<(), E>,
) -> Result<(), E> {
    let mut sorter = Sorter::new(how.scratch.to_owned());
    let mut insurers = BTreeMap::new();
    in_order(
        how.threads,
        |give| pieces::cut(files, give),
        |piece| found(&piece, key),
        |batch: Batch| batch.enter(&mut sorter, &mut insurers, passed),
    )
    .map_err(E::from)?;
    let sorted = sorter.finish().map_err(broken).map_err(E::from)?;
    let mut join = Join {
        names: files.iter().map(|path| file_name(path)).collect(),
        insurers,
        passed,
        take,
    };
    join.all(sorted)
}

fn broken(source: io::Error) -> SourceError {
    FhirError::Io { source }.into()
}

/// What was found in one piece.
struct Batch {
    file: usize,
    place: Place,
    passed: Kinds,
    parts: Vec<(Vec<u8>, Vec<u8>)>,
    insurers: Vec<(Vec<String>, Vec<String>)>,
}

impl Batch {
    fn enter(
        self,
        sorter: &mut Sorter,
        insurers: &mut BTreeMap<String, Vec<String>>,
        passed: &mut PassedOver,
    ) -> Result<(), SourceError> {
        passed.extend(Some(self.file), self.passed);
        for (name, part) in self.parts {
            sorter.push(name, part).map_err(broken)?;
        }
        for (names, numbers) in self.insurers {
            for name in names {
                let known: &mut Vec<String> = insurers.entry(name).or_default();
                for number in &numbers {
                    if !known.contains(number) {
                        known.push(number.clone());
                    }
                }
            }
        }
        if insurers.len() > MAX_INSURERS {
            return Err(FhirError::Large { place: self.place }.into());
        }
        Ok(())
    }
}

fn found(piece: &Piece, key: &PatientKey) -> Result<Batch, SourceError> {
    let mut batch = Batch {
        file: piece.file,
        place: piece.place.clone(),
        passed: Kinds::default(),
        parts: Vec::new(),
        insurers: Vec::new(),
    };
    let mut reading = Reading {
        piece,
        key,
        batch: &mut batch,
    };
    let line = piece.place.line;
    match piece.kind {
        Kind::Lines => {
            for (number, bytes) in (piece.number..).zip(piece.bytes.split(|byte| *byte == b'\n')) {
                if !bytes.trim_ascii().is_empty() {
                    reading.resource(number, number, bytes)?;
                }
            }
        }
        Kind::Resource => reading.resource(1, 1, &piece.bytes)?,
        Kind::Entry => {
            let place = &piece.place;
            let entry = Node::parse(&piece.bytes).map_err(|fault| FhirError::of(fault, place))?;
            reading.entry(&entry, piece.number, line, &place.file)?;
        }
    }
    Ok(batch)
}

struct Reading<'a> {
    piece: &'a Piece,
    key: &'a PatientKey,
    batch: &'a mut Batch,
}

impl Reading<'_> {
    fn resource(&mut self, number: u64, line: u64, bytes: &[u8]) -> Result<(), SourceError> {
        let place = self.piece.place.at_line(line);
        let node = Node::parse(bytes).map_err(|fault| FhirError::of(fault, &place))?;
        match node.text("resourceType") {
            "" => Err(FhirError::Resource { place }.into()),
            "Bundle" => {
                let bundle = format!("{}#{line}", place.file);
                for entry in node.items("entry") {
                    self.entry(entry, number, line, &bundle)?;
                }
                Ok(())
            }
            _ => self.enter(&node, &Scope::Export, "", number, line),
        }
    }

    /// An entry of a Bundle of that name. One without a resource is of no use here.
    fn entry(
        &mut self,
        entry: &Node,
        number: u64,
        line: u64,
        bundle: &str,
    ) -> Result<(), SourceError> {
        let Some(resource) = entry.get("resource") else {
            self.batch.passed.one("fhir:entry");
            return Ok(());
        };
        if resource.text("resourceType").is_empty() {
            return Err(FhirError::Resource {
                place: self.piece.place.at_line(line),
            }
            .into());
        }
        let url = entry.text("fullUrl");
        self.enter(resource, &Scope::entry(bundle, url), url, number, line)
    }

    fn enter(
        &mut self,
        node: &Node,
        scope: &Scope,
        url: &str,
        number: u64,
        line: u64,
    ) -> Result<(), SourceError> {
        let mut found = Vec::new();
        let here = format!(
            "{}/{number}/{line}/{}",
            self.piece.file,
            self.batch.parts.len()
        );
        resource::read(node, (scope, url), self.key, &here, &mut found);
        let at = At {
            file: u32::try_from(self.piece.file).unwrap_or(u32::MAX),
            number,
            line,
        };
        for found in found {
            let (name, part) = match found {
                Found::Insurer(names, numbers) => {
                    self.batch.insurers.push((names, numbers));
                    continue;
                }
                Found::Passed(kind) => {
                    self.batch.passed.one(kind);
                    continue;
                }
                Found::Person(name, person) => (name, Part::Person(person)),
                Found::Cover(name, cover) => (name, Part::Cover(cover)),
            };
            let content = at.and(&part).map_err(broken)?;
            self.batch.parts.push((name.into_bytes(), content));
        }
        Ok(())
    }
}

impl At {
    /// A part with its place before it, so that parts of one name sort as they should.
    fn and(self, part: &Part) -> io::Result<Vec<u8>> {
        let mut bytes = vec![u8::from(matches!(part, Part::Cover(_)))];
        bytes.extend(self.file.to_be_bytes());
        bytes.extend(self.number.to_be_bytes());
        bytes.extend(self.line.to_be_bytes());
        serde_json::to_writer(&mut bytes, part)?;
        Ok(bytes)
    }

    fn split(bytes: &[u8]) -> Option<(Self, Part)> {
        let (_, rest) = bytes.split_first()?;
        let (file, rest) = rest.split_first_chunk()?;
        let (number, rest) = rest.split_first_chunk()?;
        let (line, rest) = rest.split_first_chunk()?;
        let at = Self {
            file: u32::from_be_bytes(*file),
            number: u64::from_be_bytes(*number),
            line: u64::from_be_bytes(*line),
        };
        Some((at, serde_json::from_slice(rest).ok()?))
    }
}

/// Patients and Coverages of one name after the other.
struct Join<'a, E> {
    names: Vec<String>,
    insurers: BTreeMap<String, Vec<String>>,
    passed: &'a mut PassedOver,
    take: &'a mut dyn FnMut(SourceRecord) -> Result<(), E>,
}

impl<E: From<SourceError>> Join<'_, E> {
    fn all(&mut self, mut sorted: Sorted) -> Result<(), E> {
        while let Some(name) = sorted.peek().map(<[u8]>::to_vec) {
            let mut person: Option<(At, Person)> = None;
            let mut has_number = false;
            while sorted.peek() == Some(name.as_slice()) {
                let item = sorted.next().map_err(broken)?;
                let Some((at, part)) = item.as_ref().and_then(|(_, part)| At::split(part)) else {
                    return Err(broken(io::ErrorKind::InvalidData.into()).into());
                };
                match part {
                    Part::Person(found) => match &mut person {
                        None => person = Some((at, found)),
                        Some((_, known)) => {
                            if !found.alias {
                                self.pass(at, "fhir:Patient:repeated");
                            }
                            unite(known, &found);
                        }
                    },
                    Part::Cover(cover) => {
                        let useful = cover.said.has_number() || !cover.refusals.is_empty();
                        if useful {
                            has_number = true;
                            self.cover(at, cover, person.as_ref().map(|(_, person)| person))?;
                        } else {
                            self.pass(at, "fhir:Coverage:without_number");
                        }
                    }
                }
            }
            // A Patient that is known by another name has its record there.
            if let Some((at, person)) = person
                && !has_number
                && !person.alias
            {
                self.record(at, Texts::default(), Some(&person), Vec::new())?;
            }
        }
        Ok(())
    }

    fn pass(&mut self, at: At, kind: &str) {
        self.passed.add(usize::try_from(at.file).ok(), kind, 1);
    }

    fn cover(&mut self, at: At, mut cover: Cover, person: Option<&Person>) -> Result<(), E> {
        for payor in &cover.payors {
            let numbers = self.insurers.get(payor).into_iter().flatten();
            cover.said.insurer.extend(numbers.cloned());
        }
        let mut texts = Texts {
            service: cover.service,
            ..Texts::default()
        };
        let mut refusals = cover.refusals;
        cover.said.settle(&mut texts, &mut refusals);
        self.record(at, texts, person, refusals)
    }

    fn record(
        &mut self,
        at: At,
        mut texts: Texts,
        person: Option<&Person>,
        mut refusals: Vec<Refusal>,
    ) -> Result<(), E> {
        let file = usize::try_from(at.file).unwrap_or(usize::MAX);
        let name = self.names.get(file).map_or("", String::as_str);
        let mut record = SourceRecord {
            file,
            line: at.line,
            record: at.number,
            substitute: format!("fhir:{name}:{}", at.number),
            ..SourceRecord::default()
        };
        match person {
            Some(person) => {
                texts.kana.clone_from(&person.kana);
                texts.birth_date.clone_from(&person.birth_date);
                texts.sex.clone_from(&person.sex);
                record.key.clone_from(&person.key);
                record.institution.clone_from(&person.owner);
                refusals.extend(&person.refusals);
            }
            None => refusals.push(Refusal::PersonUnknown),
        }
        record.texts = texts;
        record.refusals = refusals;
        (self.take)(record)
    }
}

/// A Patient that is there twice, as paged exports have them, is one if both say the same.
fn unite(known: &mut Person, found: &Person) {
    let same = Person {
        alias: known.alias,
        refusals: known.refusals.clone(),
        ..found.clone()
    };
    if same != *known && !known.refusals.contains(&Refusal::PersonSeveral) {
        known.refusals.push(Refusal::PersonSeveral);
    }
    known.alias &= found.alias;
}
