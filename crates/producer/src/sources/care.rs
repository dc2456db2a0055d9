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

use super::sorter::{Sorted, Sorter};
use super::{Refusal, SourceError, SourceRecord, Texts, file_name, trimmed};

/// Where a claim or a row stands.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
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

#[derive(Serialize, Deserialize)]
enum Part {
    Row(Row),
    Claim(At, Claim),
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
    scratch: &Path,
    take: &mut dyn FnMut(SourceRecord) -> Result<(), E>,
) -> Result<(), E> {
    let sorted = gather(files, ledger, scratch)?;
    let names: Vec<String> = files.iter().map(|path| file_name(path)).collect();
    join(sorted, &names, take)
}

fn gather(files: &[PathBuf], ledger: &[PathBuf], scratch: &Path) -> Result<Sorted, SourceError> {
    let mut sorter = Sorter::new(scratch.to_owned());
    let mut push = |care: &CareNumber, first: &[u8], part: &Part| {
        let mut content = first.to_vec();
        serde_json::to_writer(&mut content, part).map_err(|error| broken(error.into()))?;
        sorter.push(care.name(), content).map_err(broken)
    };
    for path in ledger {
        for row in ledger::Rows::open(path)? {
            let (_, _, row) = row?;
            // Nobody can be found by nothing.
            if !row.care.is_blank() {
                push(&row.care.clone(), &[0], &Part::Row(row))?;
            }
        }
    }
    for (file, path) in files.iter().enumerate() {
        for (number, claim) in (1_u64..).zip(claims::Claims::open(path)?) {
            let (line, claim) = claim?;
            let at = At {
                file,
                line,
                record: number,
            };
            let mut first = vec![1];
            first.extend((file as u64).to_be_bytes());
            first.extend(number.to_be_bytes());
            push(&claim.care.clone(), &first, &Part::Claim(at, claim))?;
        }
    }
    sorter.finish().map_err(broken)
}

fn broken(source: io::Error) -> SourceError {
    CareError::Io { source }.into()
}

/// Bytes before the part: its kind, and of a claim its place in the order.
fn part(content: &[u8]) -> Option<Part> {
    let skip = if content.first() == Some(&0) { 1 } else { 17 };
    serde_json::from_slice(content.get(skip..)?).ok()
}

fn join<E: From<SourceError>>(
    mut sorted: Sorted,
    names: &[String],
    take: &mut dyn FnMut(SourceRecord) -> Result<(), E>,
) -> Result<(), E> {
    while let Some(name) = sorted.peek().map(<[u8]>::to_vec) {
        let mut known: Option<Row> = None;
        while sorted.peek() == Some(name.as_slice()) {
            let item = sorted.next().map_err(broken)?;
            match item.as_ref().and_then(|(_, content)| part(content)) {
                Some(Part::Row(row)) => match &mut known {
                    None => known = Some(row),
                    Some(known) => unite(known, &row),
                },
                Some(Part::Claim(at, claim)) => {
                    let file = names.get(at.file).map_or("", String::as_str);
                    let month = Some(&claim);
                    take(record(at, file, &claim.care, known.as_ref(), month))?;
                }
                None => return Err(broken(io::ErrorKind::InvalidData.into()).into()),
            }
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
