//! Claims of long-term care as they are exchanged: CP932, a control record (1), data records (2), a trailer record (3).
//!
//! Read is the basic record (基本情報レコード) of each claim, whose exchange information (交換情報識別番号) begins with 71.
//! Records of other kinds are passed over.

use std::borrow::Cow;
use std::fs::File;
use std::path::Path;

use encoding_rs::SHIFT_JIS;

use super::{CareError, CareNumber, Claim};
use crate::sources::uke::lines::{Fault, Lines};
use crate::sources::{SourceError, input, trimmed};

mod field {
    //! Places of fields in a data record, the kind of the record being 0.
    pub(super) const EXCHANGE: usize = 2;
    pub(super) const RECORD: usize = 3;
    pub(super) const MONTH: usize = 4;
    pub(super) const INSURER: usize = 6;
    pub(super) const NUMBER: usize = 7;
    pub(super) const BIRTH_DATE: usize = 14;
    pub(super) const SEX: usize = 15;
}

/// The beginning of the exchange information of a claim.
const CLAIM: &str = "71";
/// The basic record.
const BASIC: &str = "01";

/// The claims of a file, each with the line of its basic record; after an error it ends.
pub(super) struct Claims {
    file: String,
    lines: Lines<File>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// The control record comes next.
    Begin,
    /// Whether a claim was among the data.
    Data(bool),
    /// The trailer was there.
    Trailed,
    Ended,
}

impl Claims {
    pub(super) fn open(path: &Path) -> Result<Self, SourceError> {
        let file = path.display().to_string();
        let lines = Lines::new(input::open(path)?).map_err(|fault| failed(fault, path, &file))?;
        Ok(Self {
            file,
            lines,
            state: State::Begin,
        })
    }

    fn step(&mut self) -> Result<Option<(u64, Claim)>, SourceError> {
        let Self { file, lines, state } = self;
        let path = Path::new(file.as_str());
        while let Some(line) = lines.next().map_err(|fault| failed(fault, path, file))? {
            let number = line.number;
            let record = || CareError::Record {
                file: file.clone(),
                line: number,
            };
            let text = SHIFT_JIS
                .decode_without_bom_handling_and_without_replacement(line.bytes)
                .ok_or_else(|| CareError::Encoding {
                    file: file.clone(),
                    line: number,
                })?;
            let fields: Vec<Cow<'_, str>> = text.split(',').map(unquoted).collect();
            let field = |place: usize| fields.get(place).map_or("", |field| field.as_ref());
            match (*state, field(0)) {
                (State::Begin, "1") => *state = State::Data(false),
                (State::Data(_), "2") => {
                    if field(field::EXCHANGE).starts_with(CLAIM) && field(field::RECORD) == BASIC {
                        // A basic record ends after the sex at the earliest.
                        if fields.len() <= field::SEX {
                            return Err(record().into());
                        }
                        *state = State::Data(true);
                        let claim = Claim {
                            care: CareNumber {
                                insurer: field(field::INSURER).to_owned(),
                                number: field(field::NUMBER).to_owned(),
                            },
                            birth_date: field(field::BIRTH_DATE).to_owned(),
                            sex: field(field::SEX).to_owned(),
                            month: field(field::MONTH).to_owned(),
                        };
                        return Ok(Some((number, claim)));
                    }
                }
                (State::Data(true), "3") => *state = State::Trailed,
                (State::Data(false), "3") => {
                    return Err(CareError::NoClaims { file: file.clone() }.into());
                }
                // A second delivery in the same file.
                (State::Trailed, "1") => *state = State::Data(true),
                _ => return Err(record().into()),
            }
        }
        match *state {
            State::Begin => Err(input::InputError::Empty { file: file.clone() }.into()),
            State::Data(_) => Err(CareError::Cut { file: file.clone() }.into()),
            State::Trailed | State::Ended => Ok(None),
        }
    }
}

impl Iterator for Claims {
    type Item = Result<(u64, Claim), SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.state == State::Ended {
            return None;
        }
        let outcome = self.step().transpose();
        if !matches!(outcome, Some(Ok(_))) {
            self.state = State::Ended;
        }
        outcome
    }
}

/// A field without blanks around it and without its quotes, which some programs write.
fn unquoted(field: &str) -> Cow<'_, str> {
    let plain = field
        .strip_prefix('"')
        .and_then(|field| field.strip_suffix('"'));
    Cow::Owned(trimmed(plain.unwrap_or(field)))
}

fn failed(fault: Fault, path: &Path, file: &str) -> SourceError {
    let file = file.to_owned();
    match fault {
        Fault::Encoding { line } | Fault::Nul { line } => CareError::Encoding { file, line }.into(),
        Fault::Io(source) => input::failed(path, source).into(),
        Fault::Long { line } => CareError::Long { file, line }.into(),
    }
}
