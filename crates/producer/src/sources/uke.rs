//! Claims (レセプト電算, UKE) of 医科 and DPC: CP932, one record a line, fields by comma, no quotes.
//!
//! Read are, of each claim, RE (the person and the month), HO (the insured number) and SN (what オンライン資格確認
//! corrected). An SN of the insurance payer overrides HO field by field where it is not blank, and is the only place of a
//! branch. A claim of public payers alone (公費単独) has no HO and so no number. Every other record is passed over unread.

mod fault;
pub(super) mod lines;

use std::borrow::Cow;
use std::io::{self, Read};
use std::path::Path;

use encoding_rs::SHIFT_JIS;
use renketsu_identity::{Kana, is_blank};

pub use fault::UkeError;
use lines::{Line, Lines};

use super::{SourceRecord, Texts, file_name};

/// 負担者種別 of the insurance payer in an SN record.
const INSURANCE: &str = "1";

mod field {
    //! Places of fields in their records, the record's name being 0.
    pub(super) const IR_PREFECTURE: usize = 2;
    pub(super) const IR_FEE_TABLE: usize = 3;
    pub(super) const IR_CODE: usize = 4;
    pub(super) const RE_NUMBER: usize = 1;
    pub(super) const RE_MONTH: usize = 3;
    pub(super) const RE_NAME: usize = 4;
    pub(super) const RE_SEX: usize = 5;
    pub(super) const RE_BIRTH: usize = 6;
    pub(super) const RE_CHART: usize = 13;
    pub(super) const RE_SEARCH: usize = 18;
    pub(super) const RE_KANA: usize = 36;
    pub(super) const HO_INSURER: usize = 1;
    pub(super) const HO_SYMBOL: usize = 2;
    pub(super) const HO_NUMBER: usize = 3;
    pub(super) const SN_PAYER: usize = 1;
    pub(super) const SN_INSURER: usize = 3;
    pub(super) const SN_SYMBOL: usize = 4;
    pub(super) const SN_NUMBER: usize = 5;
    pub(super) const SN_BRANCH: usize = 6;
}

/// Which field of a claim is the source key (患者番号) by which the producer's tables are attached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClaimKey {
    /// カルテ番号等 (RE-13).
    #[default]
    Chart,
    /// 検索番号 (RE-18).
    Search,
}

/// The claims of a file, in order; after an error it ends.
pub struct Claims {
    file: String,
    /// The file's own name, for substitute keys.
    name: String,
    lines: Lines<Box<dyn Read + Send>>,
    key: ClaimKey,
    institution: String,
    open: Option<Claim>,
    read: u64,
    begun: bool,
    ended: bool,
}

impl std::fmt::Debug for Claims {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Claims")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

/// A claim whose records are still being read.
struct Claim {
    record: SourceRecord,
    has_insurance: bool,
    corrected: Texts,
}

impl Claims {
    /// Opens a file.
    pub fn open(path: &Path, key: ClaimKey) -> Result<Self, UkeError> {
        let file = path.display().to_string();
        let opened = renketsu_seal::durable::open_file(path).map_err(|source| {
            let file = file.clone();
            let missing = source.kind() == io::ErrorKind::NotFound;
            if missing {
                UkeError::Missing { file }
            } else {
                UkeError::Io { file, source }
            }
        })?;
        let about = opened.metadata().map_err(|source| UkeError::Io {
            file: file.clone(),
            source,
        })?;
        if about.is_dir() {
            return Err(UkeError::Directory { file });
        }
        Self::from_reader(path, opened, key)
    }

    /// Reads an open file; `path` is what errors call it, and its last part what substitute keys begin with.
    pub fn from_reader(
        path: &Path,
        reader: impl Read + Send + 'static,
        key: ClaimKey,
    ) -> Result<Self, UkeError> {
        let file = path.display().to_string();
        let reader: Box<dyn Read + Send> = Box::new(reader);
        let lines = Lines::new(reader).map_err(|fault| fault.of(&file))?;
        let name = file_name(path);
        Ok(Self {
            file,
            name,
            lines,
            key,
            institution: String::new(),
            open: None,
            read: 0,
            begun: false,
            ended: false,
        })
    }

    fn step(&mut self) -> Result<Option<SourceRecord>, UkeError> {
        while let Some(line) = self.lines.next().map_err(|fault| fault.of(&self.file))? {
            let fields = Fields {
                file: &self.file,
                line,
            };
            let name = fields.name();
            if !self.begun && name != b"IR" && name != b"RE" {
                return Err(UkeError::NotClaims {
                    file: self.file.clone(),
                    line: line.number,
                });
            }
            self.begun = true;
            match name {
                b"RE" => {
                    self.read = self.read.saturating_add(1);
                    let mut claim = fields.claim(self.read, &self.name, self.key)?;
                    claim.record.institution.clone_from(&self.institution);
                    if let Some(done) = self.open.replace(claim) {
                        return Ok(Some(done.finish()));
                    }
                }
                b"HO" | b"KO" | b"SN" => match self.open.as_mut() {
                    Some(claim) if name == b"HO" => fields.insurance(claim)?,
                    Some(claim) if name == b"SN" => fields.correction(claim)?,
                    Some(_) => {}
                    None => {
                        return Err(UkeError::Orphan {
                            file: self.file.clone(),
                            line: line.number,
                        });
                    }
                },
                // The next medical institution, or the end: what follows belongs to no claim before it.
                b"IR" | b"GO" => {
                    if name == b"IR" {
                        self.institution = fields.institution()?;
                    }
                    if let Some(done) = self.open.take() {
                        return Ok(Some(done.finish()));
                    }
                }
                _ => {}
            }
        }
        match self.open.take() {
            Some(done) => Ok(Some(done.finish())),
            None if !self.begun => Err(UkeError::Empty {
                file: self.file.clone(),
            }),
            None if self.read == 0 => Err(UkeError::NoClaims {
                file: self.file.clone(),
            }),
            None => Ok(None),
        }
    }
}

impl Iterator for Claims {
    type Item = Result<SourceRecord, UkeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let outcome = self.step().transpose();
        self.ended = !matches!(outcome, Some(Ok(_)));
        outcome
    }
}

impl Claim {
    /// Puts the corrections over the insured number.
    fn finish(self) -> SourceRecord {
        let Self {
            mut record,
            corrected,
            ..
        } = self;
        let texts = &mut record.texts;
        let pairs = [
            (&mut texts.insurer, corrected.insurer),
            (&mut texts.symbol, corrected.symbol),
            (&mut texts.number, corrected.number),
            (&mut texts.branch, corrected.branch),
        ];
        for (text, correction) in pairs {
            if !is_blank(&correction) {
                *text = correction;
            }
        }
        record
    }
}

/// The fields of one record, decoded only when they are used.
#[derive(Clone, Copy)]
struct Fields<'a> {
    file: &'a str,
    line: Line<'a>,
}

impl<'a> Fields<'a> {
    fn name(self) -> &'a [u8] {
        self.line
            .bytes
            .split(|byte| *byte == b',')
            .next()
            .unwrap_or_default()
    }

    /// A field; empty where the record ends before it, as records of old files do.
    fn text(self, index: usize) -> Result<Cow<'a, str>, UkeError> {
        let bytes = self
            .line
            .bytes
            .split(|byte| *byte == b',')
            .nth(index)
            .unwrap_or_default();
        SHIFT_JIS
            .decode_without_bom_handling_and_without_replacement(bytes)
            .ok_or_else(|| UkeError::Encoding {
                file: self.file.to_owned(),
                line: self.line.number,
            })
    }

    fn owned(self, index: usize) -> Result<String, UkeError> {
        self.text(index).map(Cow::into_owned)
    }

    fn claim(self, record: u64, file: &str, key: ClaimKey) -> Result<Claim, UkeError> {
        let mut kana = self.text(field::RE_KANA)?;
        if is_blank(&kana) {
            // 氏名 may itself be kana; kanji are not what a kana ID is made from, and are left where they are.
            kana = self.text(field::RE_NAME)?;
            if Kana::parse(&kana).is_err() {
                kana = Cow::Borrowed("");
            }
        }
        let key = match key {
            ClaimKey::Chart => self.text(field::RE_CHART)?,
            ClaimKey::Search => self.text(field::RE_SEARCH)?,
        };
        let texts = Texts {
            kana: kana.into_owned(),
            birth_date: self.owned(field::RE_BIRTH)?,
            sex: self.owned(field::RE_SEX)?,
            service: self.owned(field::RE_MONTH)?,
            ..Texts::default()
        };
        let record = SourceRecord {
            line: self.line.number,
            record,
            key: super::trimmed(&key),
            substitute: format!(
                "claim:{file}:{}",
                super::trimmed(&self.text(field::RE_NUMBER)?)
            ),
            texts,
            ..SourceRecord::default()
        };
        Ok(Claim {
            record,
            has_insurance: false,
            corrected: Texts::default(),
        })
    }

    fn institution(self) -> Result<String, UkeError> {
        let parts = [field::IR_PREFECTURE, field::IR_FEE_TABLE, field::IR_CODE];
        let parts: Vec<_> = parts
            .into_iter()
            .map(|index| self.text(index))
            .collect::<Result<_, _>>()?;
        Ok(parts.join("/"))
    }

    fn insurance(self, claim: &mut Claim) -> Result<(), UkeError> {
        if claim.has_insurance {
            return Err(UkeError::Repeated {
                file: self.file.to_owned(),
                line: self.line.number,
            });
        }
        claim.has_insurance = true;
        claim.record.texts.insurer = self.owned(field::HO_INSURER)?;
        claim.record.texts.symbol = self.owned(field::HO_SYMBOL)?;
        claim.record.texts.number = self.owned(field::HO_NUMBER)?;
        Ok(())
    }

    fn correction(self, claim: &mut Claim) -> Result<(), UkeError> {
        if self.text(field::SN_PAYER)? != INSURANCE {
            return Ok(());
        }
        let corrected = &mut claim.corrected;
        let pairs = [
            (&mut corrected.insurer, field::SN_INSURER),
            (&mut corrected.symbol, field::SN_SYMBOL),
            (&mut corrected.number, field::SN_NUMBER),
            (&mut corrected.branch, field::SN_BRANCH),
        ];
        for (text, index) in pairs {
            let correction = self.text(index)?;
            if !is_blank(&correction) {
                *text = correction.into_owned();
            }
        }
        Ok(())
    }
}
