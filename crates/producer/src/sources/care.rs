//! 介護: claims of long-term care (介護給付費請求), and the 受給者台帳 that says who their people are.
//!
//! A claim names nobody: it has the insurer and number of the long-term care insurance, which are no 被保険者番号等 of the
//! medical one and never become any. They find the row of the ledger, where the name in kana and the medical number
//! stand. A ledger without claims gives a record for each of its rows.

mod claims;
mod fault;
mod ledger;

use std::io;
use std::path::{Path, PathBuf};

use renketsu_identity::{Insurer, Number, is_blank};
use serde::{Deserialize, Serialize};

pub use fault::CareError;

use super::lanes::in_order;
use super::passed::{Kinds, PassedOver};
use super::sorter::{Sorted, Sorter};
use super::{Reading, Refusal, SourceError, SourceRecord, Texts, file_name, trimmed};

/// Rows of a ledger that are made ready for sorting at a time.
const ROWS: usize = 256;

/// Where a claim or a row stands.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct At {
    file: usize,
    line: u64,
    record: u64,
}

/// What the ledger says of a person.
#[derive(Clone, Serialize, Deserialize)]
struct Row {
    care: CareNumber,
    kana: String,
    birth_date: String,
    sex: String,
    insurer: String,
    symbol: String,
    number: String,
    branch: String,
    refusals: Vec<Refusal>,
}

/// What a claim says of a person.
#[derive(Clone, Serialize, Deserialize)]
struct Claim {
    care: CareNumber,
    birth_date: String,
    sex: String,
    month: String,
}

/// 証記載保険者番号 and 被保険者番号 of the long-term care insurance, as they stand there.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct CareNumber {
    insurer: String,
    number: String,
}

impl CareNumber {
    /// What finds the row of a claim: widths, blanks and lost leading zeros do not matter.
    fn name(&self) -> Vec<u8> {
        format!("{}/{}", self.insurer(), self.number()).into_bytes()
    }

    fn insurer(&self) -> String {
        let plain = trimmed(&self.insurer);
        Insurer::parse(&plain).map_or(plain, |insurer| insurer.as_str().to_owned())
    }

    fn number(&self) -> String {
        let plain = trimmed(&self.number);
        let folded = Number::parse(&plain).map_or(plain, |number| number.as_str().to_owned());
        if folded.bytes().all(|byte| byte.is_ascii_digit()) {
            format!("{folded:0>10}")
        } else {
            folded
        }
    }

    fn is_blank(&self) -> bool {
        is_blank(&self.insurer) || is_blank(&self.number)
    }
}

/// What is sorted by the number of the long-term care insurance: first rows, then claims in their order.
enum Part {
    Row(Row),
    Claim(At, Claim),
}

impl Part {
    const ROW: u8 = 0;
    const CLAIM: u8 = 1;

    fn claim(at: At, claim: &[u8]) -> Vec<u8> {
        let mut bytes = vec![Self::CLAIM];
        bytes.extend((at.file as u64).to_be_bytes());
        bytes.extend(at.record.to_be_bytes());
        bytes.extend(at.line.to_be_bytes());
        bytes.extend(claim);
        bytes
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        match bytes.split_first()? {
            (&Self::ROW, row) => Some(Self::Row(serde_json::from_slice(row).ok()?)),
            (_, rest) => {
                let (file, rest) = rest.split_first_chunk()?;
                let (record, rest) = rest.split_first_chunk()?;
                let (line, claim) = rest.split_first_chunk()?;
                let at = At {
                    file: usize::try_from(u64::from_be_bytes(*file)).ok()?,
                    line: u64::from_be_bytes(*line),
                    record: u64::from_be_bytes(*record),
                };
                Some(Self::Claim(at, serde_json::from_slice(claim).ok()?))
            }
        }
    }
}

/// Gives every row of the ledger to `take`.
pub(crate) fn rows<E: From<SourceError>>(
    files: &[PathBuf],
    take: &mut dyn FnMut(SourceRecord) -> Result<(), E>,
) -> Result<(), E> {
    for (file, path) in files.iter().enumerate() {
        let name = file_name(path);
        for row in ledger::Rows::open(path)? {
            let (line, number, row) = row?;
            let at = At {
                file,
                line,
                record: number,
            };
            take(record(at, &name, &row.care, Some(&row), None))?;
        }
    }
    Ok(())
}

/// Gives every claim to `take`, with what the ledger says of its person.
pub(crate) fn claims<E: From<SourceError>>(
    files: &[PathBuf],
    ledger: &[PathBuf],
    reading: Reading<'_>,
    passed: &mut PassedOver,
    take: &mut dyn FnMut(SourceRecord) -> Result<(), E>,
) -> Result<(), E> {
    let sorted = gather(files, ledger, reading, passed)?;
    let names: Vec<String> = files.iter().map(|path| file_name(path)).collect();
    join(sorted, &names, passed, take)
}

/// A name to sort by and what it is the name of.
type Named = (Vec<u8>, Vec<u8>);

fn gather(
    files: &[PathBuf],
    ledger: &[PathBuf],
    reading: Reading<'_>,
    passed: &mut PassedOver,
) -> Result<Sorted, SourceError> {
    let mut sorter = Sorter::new(reading.scratch.to_owned());
    for path in ledger {
        ledger_rows(path, reading, &mut sorter, passed)?;
    }
    for (file, path) in files.iter().enumerate() {
        let mut kinds = Kinds::default();
        let mut record = 0_u64;
        let make = |claim: &Claim| -> Result<Named, SourceError> {
            let json = serde_json::to_vec(claim).map_err(|error| broken(error.into()))?;
            Ok((claim.care.name(), json))
        };
        claims::read(path, reading.threads, &mut kinds, make, |line, made| {
            record = record.saturating_add(1);
            let (name, claim) = made;
            let at = At { file, line, record };
            sorter.push(name, Part::claim(at, &claim)).map_err(broken)
        })?;
        passed.extend(Some(file), kinds);
    }
    sorter.finish().map_err(broken)
}

fn ledger_rows(
    path: &Path,
    reading: Reading<'_>,
    sorter: &mut Sorter,
    passed: &mut PassedOver,
) -> Result<(), SourceError> {
    let rows = ledger::Rows::open(path)?;
    in_order(
        reading.threads,
        |give| {
            let mut batch = Vec::with_capacity(ROWS);
            for row in rows {
                match row {
                    Ok((_, _, row)) => batch.push(row),
                    // What comes after what could be read.
                    Err(error) => {
                        give(batch);
                        return Err(error);
                    }
                }
                if batch.len() >= ROWS && !give(std::mem::take(&mut batch)) {
                    return Ok(());
                }
            }
            give(batch);
            Ok(())
        },
        |rows: Vec<Row>| -> Result<Vec<Option<Named>>, SourceError> {
            rows.iter().map(named).collect()
        },
        |rows: Vec<Option<Named>>| {
            for row in rows {
                match row {
                    Some((name, content)) => sorter.push(name, content).map_err(broken)?,
                    None => passed.add(None, "ledger:without_number", 1),
                }
            }
            Ok(())
        },
    )
}

/// A row by its name; `None` if it has none: nobody can be found by nothing.
fn named(row: &Row) -> Result<Option<Named>, SourceError> {
    if row.care.is_blank() {
        return Ok(None);
    }
    let mut content = vec![Part::ROW];
    serde_json::to_writer(&mut content, row).map_err(|error| broken(error.into()))?;
    Ok(Some((row.care.name(), content)))
}

fn broken(source: io::Error) -> SourceError {
    CareError::Io { source }.into()
}

fn join<E: From<SourceError>>(
    mut sorted: Sorted,
    names: &[String],
    passed: &mut PassedOver,
    take: &mut dyn FnMut(SourceRecord) -> Result<(), E>,
) -> Result<(), E> {
    while let Some(name) = sorted.peek().map(<[u8]>::to_vec) {
        let mut known: Option<Row> = None;
        let mut claimed = false;
        while sorted.peek() == Some(name.as_slice()) {
            let item = sorted.next().map_err(broken)?;
            match item.as_ref().and_then(|(_, content)| Part::parse(content)) {
                Some(Part::Row(row)) => match &mut known {
                    None => known = Some(row),
                    Some(known) => {
                        passed.add(None, "ledger:repeated", 1);
                        unite(known, &row);
                    }
                },
                Some(Part::Claim(at, claim)) => {
                    claimed = true;
                    let file = names.get(at.file).map_or("", String::as_str);
                    let month = Some(&claim);
                    take(record(at, file, &claim.care, known.as_ref(), month))?;
                }
                None => return Err(broken(io::ErrorKind::InvalidData.into()).into()),
            }
        }
        if !claimed {
            passed.add(None, "ledger:without_claim", 1);
        }
    }
    Ok(())
}

/// A person that is there twice, as a ledger of several months has them, is one if both rows say the same.
fn unite(known: &mut Row, row: &Row) {
    let said = |row: &Row| {
        [
            &row.kana,
            &row.birth_date,
            &row.sex,
            &row.insurer,
            &row.symbol,
            &row.number,
            &row.branch,
        ]
        .map(Clone::clone)
    };
    if said(known) != said(row) && !known.refusals.contains(&Refusal::CareNumberSeveral) {
        known.refusals.push(Refusal::CareNumberSeveral);
    }
}

fn record(
    at: At,
    file: &str,
    care: &CareNumber,
    row: Option<&Row>,
    claim: Option<&Claim>,
) -> SourceRecord {
    let mut record = SourceRecord {
        file: at.file,
        line: at.line,
        record: at.record,
        key: trimmed(&care.number),
        substitute: format!("care:{file}:{}", at.record),
        institution: format!("care/{}", care.insurer()),
        texts: Texts {
            service: claim.map(|claim| claim.month.clone()).unwrap_or_default(),
            ..Texts::default()
        },
        ..SourceRecord::default()
    };
    let Some(row) = row else {
        record.refusals.push(Refusal::CareNumberUnknown);
        return record;
    };
    record.refusals.clone_from(&row.refusals);
    if let Some(claim) = claim {
        let differs = |claimed: &str, known: &str| {
            !is_blank(claimed) && !is_blank(known) && trimmed(claimed) != trimmed(known)
        };
        if differs(&claim.birth_date, &row.birth_date) {
            record.refusals.push(Refusal::BirthDateDiffers);
        }
        if differs(&claim.sex, &row.sex) {
            record.refusals.push(Refusal::SexDiffers);
        }
    }
    let texts = &mut record.texts;
    texts.kana.clone_from(&row.kana);
    texts.birth_date.clone_from(&row.birth_date);
    texts.sex.clone_from(&row.sex);
    texts.insurer.clone_from(&row.insurer);
    texts.symbol.clone_from(&row.symbol);
    texts.number.clone_from(&row.number);
    texts.branch.clone_from(&row.branch);
    record
}
