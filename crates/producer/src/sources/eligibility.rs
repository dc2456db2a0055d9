//! オンライン資格確認: answers (`XmlMsg`) for one person or, from the batch look-up (一括照会), for many.
//!
//! What the register answered is taken as it is: `NameKana` and `Sex1`, never the other name (`NameOfOther`,
//! `NameOfOtherKana`) and never the sex printed on the card (`Sex2`). An answer for several people, for nobody, or for a
//! qualification that is over and has no first day, is refused with its reason.

use std::path::PathBuf;

use super::lanes::in_order;
use super::markup::{self, Element, Encoding, MarkupError};
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

struct Document {
    file: usize,
    place: Place,
    name: String,
    bytes: Vec<u8>,
}

/// Gives every person of every answer to `take`, in the order of files and answers.
pub(crate) fn read<E: From<SourceError>>(
    files: &[PathBuf],
    take: &mut dyn FnMut(SourceRecord) -> Result<(), E>,
) -> Result<(), E> {
    in_order(
        |give| {
            for (file, path) in files.iter().enumerate() {
                let document = Document {
                    file,
                    place: Place::of(path),
                    name: file_name(path),
                    bytes: input::document(path)?,
                };
                if !give(document) {
                    break;
                }
            }
            Ok::<(), SourceError>(())
        },
        |document| answers(&document),
        |records| records.into_iter().try_for_each(&mut *take),
    )
}

fn answers(document: &Document) -> Result<Vec<SourceRecord>, SourceError> {
    let place = &document.place;
    let (text, encoding) = markup::decode(&document.bytes, place)?;
    let root = markup::parse(&text, None, place)?;
    let header = root.at(&["MessageHeader"]);
    let body = root.at(&["MessageBody"]);
    let (true, Some(header), Some(body)) = (root.is_root("XmlMsg"), header, body) else {
        return Err(MarkupError::Root {
            place: place.at_line(root.line),
        }
        .into());
    };
    // Bytes that are no UTF-8 are CP932 only if the message says so, too.
    if encoding == Encoding::Cp932 && header.text_of("CharacterCodeIdentifier") != SHIFT_JIS {
        return Err(MarkupError::Encoding {
            place: place.clone(),
        }
        .into());
    }
    let mut answers = Answers {
        document,
        header,
        records: Vec::new(),
    };
    let mut units = body.children("BulkConfirmUnit").peekable();
    if units.peek().is_none() {
        answers.unit(body);
    }
    units.for_each(|unit| answers.unit(unit));
    Ok(answers.records)
}

struct Answers<'a> {
    document: &'a Document,
    header: &'a Element,
    records: Vec<SourceRecord>,
}

impl Answers<'_> {
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
            self.header.text_of("QualificationConfirmationDate")
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
        let record = (self.records.len() as u64).saturating_add(1);
        self.records.push(SourceRecord {
            file: self.document.file,
            line: result.map_or(unit.line, |result| result.line),
            record,
            key: key(unit, result),
            substitute: format!("eligibility:{}:{record}", self.document.name),
            institution: self.institution(),
            texts,
            refusals,
            ..SourceRecord::default()
        });
    }

    fn institution(&self) -> String {
        format!(
            "eligibility/{}",
            self.header.text_of("MedicalInstitutionCode")
        )
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
