//! オンライン資格確認: answers (`XmlMsg`) for one person or, from the batch look-up (一括照会), for many.
//!
//! What the register answered is taken as it is: `NameKana` and `Sex1`, never the other name (`NameOfOther`,
//! `NameOfOtherKana`) and never the sex printed on the card (`Sex2`). An answer for several people, for nobody, or for a
//! qualification that is over and has no first day, is refused with its reason.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::input::Document;
use super::lanes::{Give, Threads, in_order};
use super::markup::{self, Element, Encoding, MarkupError, Part, ReadError, Shape};
use super::passed::{Kinds, PassedOver};
use super::{Place, Refusal, SourceError, SourceRecord, Texts, file_name, input, trimmed};

/// 資格有効性
mod validity {
    pub(super) const LAPSED: &str = "2";
    /// Over, and there is a newer one.
    pub(super) const RENEWED: &str = "3";
    pub(super) const NONE: &str = "4";
    pub(super) const SEVERAL: &str = "5";
}

/// `CharacterCodeIdentifier` of a document in `Shift_JIS`.
const SHIFT_JIS: &str = "1";

/// Records of a long answer that are given away at a time.
const BATCH: usize = 256;

const SHAPE: Shape = Shape {
    namespace: None,
    root: "XmlMsg",
    given: &["MessageHeader"],
    containers: &["MessageBody"],
    branches: &[
        "BulkConfirmUnit",
        "QualificationConfirmSearchInfo",
        "ResultList",
        "ResultOfQualificationConfirmation",
    ],
    leaves: &[
        "ArbitraryIdentifier",
        "Birthdate",
        "CharacterCodeIdentifier",
        "InsuredBranchNumber",
        "InsuredCardSymbol",
        "InsuredCardValidDate",
        "InsuredIdentificationNumber",
        "InsurerNumber",
        "MedicalInstitutionCode",
        "NameKana",
        "QualificationConfirmationDate",
        "QualificationValidity",
        "ReferenceNumber",
        "Sex1",
    ],
};

/// An answer, or of a long one what was read of it already.
enum Piece {
    Small(File, Vec<u8>),
    Read(usize, Found),
}

/// Which file an answer is.
struct File {
    number: usize,
    place: Place,
    name: String,
}

#[derive(Default)]
struct Found {
    records: Vec<SourceRecord>,
    passed: Kinds,
}

/// Gives every person of every answer to `take`, in the order of files and answers.
pub(crate) fn read<E: From<SourceError>>(
    files: &[PathBuf],
    threads: Threads,
    passed: &mut PassedOver,
    take: &mut dyn FnMut(SourceRecord) -> Result<(), E>,
) -> Result<(), E> {
    in_order(
        threads,
        |give| {
            for (number, path) in files.iter().enumerate() {
                if !open(number, path, give)? {
                    break;
                }
            }
            Ok::<(), SourceError>(())
        },
        |piece| match piece {
            Piece::Read(file, found) => Ok((file, found)),
            Piece::Small(file, bytes) => {
                let mut all = Found::default();
                answers(bytes.as_slice(), &file, &mut |mut found| {
                    all.records.append(&mut found.records);
                    all.passed.extend(found.passed);
                    true
                })
                .map_err(|error| failed(error, Path::new(&file.place.file)))?;
                Ok((file.number, all))
            }
        },
        |(file, found)| {
            passed.extend(Some(file), found.passed);
            found.records.into_iter().try_for_each(&mut *take)
        },
    )
}

fn open(number: usize, path: &Path, give: Give<'_, Piece>) -> Result<bool, SourceError> {
    let file = File {
        number,
        place: Place::of(path),
        name: file_name(path),
    };
    match input::document(path)? {
        Document::Small(bytes) => Ok(give(Piece::Small(file, bytes))),
        Document::Large(reader) => {
            answers(reader, &file, &mut |found| give(Piece::Read(number, found)))
                .map_err(|error| failed(error, path))
        }
    }
}

fn failed(error: ReadError, path: &Path) -> SourceError {
    match error {
        ReadError::Markup(error) => error.into(),
        ReadError::Io(error) => input::failed(path, error).into(),
    }
}

/// Reads an answer and gives its people away, some at a time; false if no more were wanted.
fn answers(
    reader: impl Read,
    file: &File,
    give: &mut dyn FnMut(Found) -> bool,
) -> Result<bool, ReadError> {
    let place = &file.place;
    let mut answers = Answers {
        file,
        header: None,
        found: Found::default(),
        count: 0,
    };
    // What stands in the body of an answer for one.
    let mut body = Element::empty(0);
    let whole = markup::read(reader, &SHAPE, place, &mut |part| {
        let Part {
            container,
            element,
            encoding,
        } = part;
        match (container, element.name.as_str()) {
            (None, _) => {
                answers.header.get_or_insert(element);
                Ok(true)
            }
            (Some(_), "BulkConfirmUnit") => {
                answers.begins(encoding, element.line)?;
                answers.unit(&element);
                Ok(answers.found.records.len() < BATCH || give(std::mem::take(&mut answers.found)))
            }
            (Some(_), _) => {
                body.push(element, place)?;
                Ok(true)
            }
        }
    })?;
    let Some(whole) = whole else {
        return Ok(false);
    };
    let Some(line) = whole.container else {
        return Err(root(place, whole.line).into());
    };
    answers.begins(whole.encoding, whole.line)?;
    if answers.count == 0 {
        body.line = line;
        answers.unit(&body);
    } else {
        // In an answer for many, what stands beside them is of nobody of them.
        let beside = body.children("ResultOfQualificationConfirmation").count();
        let passed = &mut answers.found.passed;
        passed.add("eligibility:outside_unit", beside as u64);
    }
    Ok(give(answers.found))
}

fn root(place: &Place, line: u64) -> MarkupError {
    MarkupError::Root {
        place: place.at_line(line),
    }
}

struct Answers<'a> {
    file: &'a File,
    header: Option<Element>,
    found: Found,
    count: u64,
}

impl Answers<'_> {
    /// Before a person: the header was there, and bytes that are no UTF-8 are CP932 only if it says so, too.
    fn begins(&self, encoding: Encoding, line: u64) -> Result<(), MarkupError> {
        let place = &self.file.place;
        let header = self.header.as_ref().ok_or_else(|| root(place, line))?;
        if encoding == Encoding::Cp932 && header.text_of("CharacterCodeIdentifier") != SHIFT_JIS {
            return Err(MarkupError::Encoding {
                place: place.clone(),
            });
        }
        Ok(())
    }

    fn header(&self, name: &str) -> String {
        let header = self.header.as_ref();
        header
            .map(|header| header.text_of(name))
            .unwrap_or_default()
    }

    /// The person of one look-up.
    fn unit(&mut self, unit: &Element) {
        let validity = unit.text_of("QualificationValidity");
        let mut results: Vec<&Element> =
            unit.children("ResultOfQualificationConfirmation").collect();
        for list in unit.children("ResultList") {
            results.extend(list.children("ResultOfQualificationConfirmation"));
        }
        let outcome = match (validity.trim(), results.as_slice()) {
            (validity::SEVERAL, _) => Err(Refusal::QualificationSeveral),
            (validity::NONE, _) | (_, []) => Err(Refusal::QualificationNone),
            (_, [result]) => Ok(*result),
            (_, _) => Err(Refusal::QualificationSeveral),
        };
        match outcome {
            Ok(result) => {
                let (texts, refusals) = self.texts(result, validity.trim());
                self.push(unit, Some(result), texts, refusals);
            }
            Err(refusal) => self.push(unit, None, Texts::default(), vec![refusal]),
        }
    }

    fn texts(&self, result: &Element, validity: &str) -> (Texts, Vec<Refusal>) {
        let mut refusals = Vec::new();
        let service = if matches!(validity, validity::LAPSED | validity::RENEWED) {
            // Today nobody has this number; on its first day this person had it.
            let first = result.text_of("InsuredCardValidDate");
            if first.is_empty() {
                refusals.push(Refusal::QualificationLapsed);
            }
            first
        } else {
            self.header("QualificationConfirmationDate")
        };
        let texts = Texts {
            insurer: result.text_of("InsurerNumber"),
            symbol: result.text_of("InsuredCardSymbol"),
            number: result.text_of("InsuredIdentificationNumber"),
            branch: result.text_of("InsuredBranchNumber"),
            kana: result.text_of("NameKana"),
            birth_date: result.text_of("Birthdate"),
            sex: result.text_of("Sex1"),
            service,
        };
        (texts, refusals)
    }

    fn push(
        &mut self,
        unit: &Element,
        result: Option<&Element>,
        texts: Texts,
        refusals: Vec<Refusal>,
    ) {
        self.count = self.count.saturating_add(1);
        let record = self.count;
        let institution = self.header("MedicalInstitutionCode");
        self.found.records.push(SourceRecord {
            file: self.file.number,
            line: result.map_or(unit.line, |result| result.line),
            record,
            key: key(unit, result),
            substitute: format!("eligibility:{}:{record}", self.file.name),
            institution: format!("eligibility/{institution}"),
            texts,
            refusals,
            ..SourceRecord::default()
        });
    }
}

/// 照会番号, the institution's own number of the patient; else what it gave to the look-up to know the answer by.
fn key(unit: &Element, result: Option<&Element>) -> String {
    let asked = unit.at(&["QualificationConfirmSearchInfo"]);
    [
        result.map(|result| result.text_of("ReferenceNumber")),
        Some(unit.text_of("ReferenceNumber")),
        asked.map(|asked| asked.text_of("ArbitraryIdentifier")),
    ]
    .into_iter()
    .flatten()
    .map(|text| trimmed(&text))
    .find(|text| !text.is_empty())
    .unwrap_or_default()
}
