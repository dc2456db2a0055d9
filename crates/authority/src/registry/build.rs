//! Rows gathered, put into order and checked; a [`Registry`] only if nothing stands against it.

use std::cmp::Ordering;
use std::fmt;

use jiff::civil::Date;
use renketsu_identity::Loose;

use super::checks;
use super::findings::{Acceptance, Finding, FindingKind, Findings};
use super::held::{NONE, Person, Row, Texts, triple_hash};
use super::row::{Parsed, RawRow};
use super::{Registry, number_hash};

/// Why no registry came of the rows.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Some rows are wrong, or raise a question nobody accepted. Every finding is in the report.
    #[error("the rows of the registry are not accepted: {} errors, {} questions", .0.total(super::Severity::Error), .0.total(super::Severity::Question))]
    Refused(Findings),
    /// No row at all.
    #[error("the registry has no row")]
    Empty,
    /// More text than four bytes can address: some 60 million rows.
    #[error("the registry is larger than one file may be")]
    TooLarge,
}

/// Takes rows one by one; [`Builder::finish`] checks them against each other.
pub struct Builder {
    today: Date,
    texts: Texts,
    rows: Vec<Row>,
    findings: Findings,
    overflow: bool,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("rows", &self.rows.len())
            .finish_non_exhaustive()
    }
}

impl Builder {
    /// `today` decides which birth dates lie in the future.
    pub fn new(today: Date) -> Self {
        Self {
            today,
            texts: Texts::default(),
            rows: Vec::new(),
            findings: Findings::default(),
            overflow: false,
        }
    }

    /// Takes the row that stands on `line`. What is wrong with it is a finding, told by [`Builder::finish`].
    pub fn push(&mut self, line: u64, raw: &RawRow<'_>) {
        match Parsed::of(raw, self.today) {
            Err(rejects) => {
                for rejected in rejects {
                    let rejected = Some(rejected);
                    self.findings.add(Finding {
                        kind: FindingKind::FieldRejected,
                        line,
                        other: None,
                        rejected,
                    });
                }
            }
            Ok(parsed) => self.take(line, &parsed),
        }
    }

    fn take(&mut self, line: u64, parsed: &Parsed) {
        if parsed.to < parsed.from {
            self.note(FindingKind::DatesReversed, line);
            return;
        }
        if parsed
            .number
            .as_ref()
            .is_some_and(|number| !number.insurer.check_digit_holds())
        {
            self.note(FindingKind::InsurerCheckDigit, line);
        }
        let Some(row) = self.row(line, parsed) else {
            self.overflow = true;
            return;
        };
        self.rows.push(row);
    }

    fn note(&mut self, kind: FindingKind, line: u64) {
        self.findings.add(Finding {
            kind,
            line,
            other: None,
            rejected: None,
        });
    }

    /// `None` if the texts have outgrown their addresses.
    fn row(&mut self, line: u64, parsed: &Parsed) -> Option<Row> {
        let number = parsed.number.as_ref();
        Some(Row {
            person: self.texts.add(&parsed.person)?,
            kana: self.texts.add(parsed.kana.as_str())?,
            symbol: self
                .texts
                .add(number.map_or("", |number| number.symbol.as_str()))?,
            number: self
                .texts
                .add(number.map_or("", |number| number.number.as_str()))?,
            insurer: number.map_or(Some(NONE), |number| number.insurer.as_str().parse().ok())?,
            branch: number.and_then(|number| number.branch.as_str().parse().ok()),
            household: number.is_some_and(renketsu_identity::InsuredNumber::is_household),
            birth: super::Day::of(parsed.birth.date()),
            sex: parsed.sex,
            from: parsed.from,
            to: parsed.to,
            line: u32::try_from(line).ok()?,
            owner: NONE,
            loose: number.map_or(0, |number| {
                number_hash(
                    number.insurer.as_str(),
                    Loose::of(&number.symbol, &number.number).as_str(),
                )
            }),
        })
    }

    /// The registry and what was noticed, or every finding and no registry.
    pub fn finish(mut self, acceptance: Acceptance) -> Result<(Registry, Findings), BuildError> {
        if self.overflow {
            return Err(BuildError::TooLarge);
        }
        let texts = self.texts;
        self.rows.sort_unstable_by(|a, b| in_order(&texts, a, b));
        checks::duplicates(&texts, &mut self.rows, &mut self.findings);
        let mut persons =
            persons(&texts, &mut self.rows, &mut self.findings).ok_or(BuildError::TooLarge)?;
        checks::by_first_number(&texts, &self.rows, &mut persons, &mut self.findings);
        checks::by_person(&texts, &self.rows, &mut self.findings);
        checks::by_number(&texts, &self.rows, &mut self.findings);
        self.findings.settle();
        if self.findings.refuse(acceptance) {
            return Err(BuildError::Refused(self.findings));
        }
        if self.rows.is_empty() {
            return Err(BuildError::Empty);
        }
        self.rows.shrink_to_fit();
        let (numbers, triples) = indexes(&texts, &self.rows).ok_or(BuildError::TooLarge)?;
        Ok((
            Registry {
                texts,
                rows: self.rows,
                persons,
                numbers,
                triples,
            },
            self.findings,
        ))
    }
}

/// By person, then time: the last row of a person is the latest one. The rest of the key makes the order
/// independent of the file's.
fn in_order(texts: &Texts, a: &Row, b: &Row) -> Ordering {
    texts
        .of(a.person)
        .cmp(texts.of(b.person))
        .then_with(|| (a.from, a.to).cmp(&(b.from, b.to)))
        .then_with(|| a.insured(texts).cmp(&b.insured(texts)))
        .then_with(|| texts.of(a.kana).cmp(texts.of(b.kana)))
        .then_with(|| a.line.cmp(&b.line))
}

/// Numbers the persons in the order of their keys and finds each one's first number.
fn persons(texts: &Texts, rows: &mut [Row], findings: &mut Findings) -> Option<Vec<Person>> {
    let mut persons = Vec::new();
    let mut start = 0_u32;
    for group in rows.chunk_by_mut(|a, b| texts.of(a.person) == texts.of(b.person)) {
        let owner = u32::try_from(persons.len()).ok()?;
        for row in group.iter_mut() {
            row.owner = owner;
        }
        let first = first_number(texts, group, findings)
            .and_then(|place| u32::try_from(place).ok())
            .map(|place| start.saturating_add(place));
        let end = start.checked_add(u32::try_from(group.len()).ok()?)?;
        persons.push(Person {
            start,
            end,
            first: first.unwrap_or(NONE),
        });
        start = end;
    }
    persons.shrink_to_fit();
    Some(persons)
}

/// The earliest `valid_from` among the numbers of the person herself; of several, the smallest canonical bytes.
fn first_number(texts: &Texts, group: &[Row], findings: &mut Findings) -> Option<usize> {
    let eligible = || {
        group
            .iter()
            .enumerate()
            .filter(|(_, row)| row.has_number() && !row.household)
    };
    let (place, first) = eligible().min_by(|(_, a), (_, b)| {
        a.from
            .cmp(&b.from)
            .then_with(|| canonical_order(texts, a, b))
    })?;
    let tied = eligible()
        .find(|(_, row)| row.from == first.from && row.insured(texts) != first.insured(texts));
    if let Some((_, row)) = tied {
        let (line, other) = (u64::from(first.line), Some(u64::from(row.line)));
        findings.add(Finding {
            kind: FindingKind::FirstNumberTied,
            line,
            other,
            rejected: None,
        });
    }
    Some(place)
}

/// The order of the encoded messages (`ids.md`, Derivation): each field has its length before it.
fn canonical_order(texts: &Texts, a: &Row, b: &Row) -> Ordering {
    let key = |row: &Row| {
        let (symbol, number) = (texts.of(row.symbol), texts.of(row.number));
        (
            row.insurer,
            (symbol.len(), symbol.to_owned()),
            (number.len(), number.to_owned()),
            row.branch,
        )
    };
    key(a).cmp(&key(b))
}

type Indexes = (Vec<u32>, Vec<(u64, u32)>);

/// Rows with a number by the hash of their loose form; persons by the hash of every triple they ever had.
fn indexes(texts: &Texts, rows: &[Row]) -> Option<Indexes> {
    let mut numbers = Vec::with_capacity(rows.len());
    let mut triples = Vec::with_capacity(rows.len());
    for (place, row) in rows.iter().enumerate() {
        let place = u32::try_from(place).ok()?;
        if row.has_number() {
            numbers.push((row.loose, place));
        }
        triples.push((
            triple_hash(texts.of(row.kana), row.birth, row.sex),
            row.owner,
        ));
    }
    numbers.sort_unstable();
    triples.sort_unstable();
    triples.dedup();
    triples.shrink_to_fit();
    Some((
        numbers.into_iter().map(|(_, place)| place).collect(),
        triples,
    ))
}
