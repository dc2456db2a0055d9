//! Claims (レセプト電算, UKE) of 医科 and DPC: CP932, one record a line, fields by comma, no quotes.
//!
//! Read are, of each claim, RE (the person and the month), HO (the insured number) and SN (what オンライン資格確認
//! corrected). An SN of the insurance payer overrides HO field by field where it is not blank, and is the only place of a
//! branch. A claim of public payers alone (公費単独) has no HO and so no number. Every other record is passed over unread
//! and counted by its name.

mod fault;
mod fields;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use renketsu_identity::is_blank;

pub use fault::UkeError;
use fields::Fields;

use super::lanes::{Threads, in_order};
use super::lines::{self, Block};
use super::passed::Kinds;
use super::{PassedOver, SourceError, SourceRecord, Texts, file_name};

/// Which field of a claim is the source key (患者番号) by which the producer's tables are attached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClaimKey {
    /// カルテ番号等 (RE-13).
    #[default]
    Chart,
    /// 検索番号 (RE-18).
    Search,
}

/// An open claim file.
pub struct Claims<R> {
    file: String,
    /// The file's own name, for substitute keys.
    name: String,
    reader: R,
    key: ClaimKey,
}

impl<R> std::fmt::Debug for Claims<R> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Claims")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl Claims<File> {
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
        Ok(Self::from_reader(path, opened, key))
    }
}

impl<R: Read + Send> Claims<R> {
    /// Reads an open file; `path` is what errors call it, and its last part what substitute keys begin with.
    pub fn from_reader(path: &Path, reader: R, key: ClaimKey) -> Self {
        Self {
            file: path.display().to_string(),
            name: file_name(path),
            reader,
            key,
        }
    }

    /// Gives every claim to `take`, in order; the first error ends it.
    pub fn read<E: From<SourceError>>(
        self,
        threads: Threads,
        passed: &mut PassedOver,
        take: &mut dyn FnMut(SourceRecord) -> Result<(), E>,
    ) -> Result<(), E> {
        let Self {
            file,
            name,
            reader,
            key,
        } = self;
        let mut order = Order {
            file: &file,
            institution: String::new(),
            open: None,
            read: 0,
            begun: false,
        };
        in_order(
            threads,
            |give| match lines::cut(reader, give) {
                Ok(_) => Ok(()),
                Err(fault) => Err(SourceError::from(UkeError::of(fault, &file))),
            },
            |block| Ok(parsed(&block, &file, &name, key)),
            |parsed: Parsed| -> Result<(), E> {
                let Parsed {
                    first,
                    items,
                    kinds,
                    fault,
                } = parsed;
                order.begin(first).map_err(SourceError::from)?;
                passed.extend(Some(0), kinds);
                for (line, item) in items {
                    if let Some(done) = order.enter(line, item).map_err(SourceError::from)? {
                        take(done)?;
                    }
                }
                match fault {
                    Some(fault) => Err(SourceError::from(fault).into()),
                    None => Ok(()),
                }
            },
        )?;
        match order.finish().map_err(SourceError::from)? {
            Some(done) => take(done),
            None => Ok(()),
        }
    }
}

/// What a record says, without what stood before it.
enum Item {
    /// IR
    Institution(String),
    /// GO
    End,
    /// RE
    Claim(Box<SourceRecord>),
    /// HO: insurer, symbol, number.
    Insurance([String; 3]),
    /// SN of the insurance payer: insurer, symbol, number, branch.
    Correction([String; 4]),
    /// A record that is of no use but must belong to a claim: KO, SN of public payers.
    Belonging,
}

/// A block of lines, parsed up to the first that cannot be.
struct Parsed {
    /// The first line with something on it, and whether a claim file may begin so.
    first: Option<(u64, bool)>,
    items: Vec<(u64, Item)>,
    kinds: Kinds,
    fault: Option<UkeError>,
}

fn parsed(block: &Block, file: &str, name: &str, key: ClaimKey) -> Parsed {
    let mut parsed = Parsed {
        first: None,
        items: Vec::new(),
        kinds: Kinds::default(),
        fault: None,
    };
    for line in block.lines() {
        let outcome = line
            .map_err(|fault| UkeError::of(fault, file))
            .and_then(|line| {
                let fields = Fields { file, line };
                let kind = fields.name();
                parsed
                    .first
                    .get_or_insert((line.number, matches!(kind, b"IR" | b"RE")));
                item(fields, kind, name, key, &mut parsed.kinds)
                    .map(|item| item.map(|item| (line.number, item)))
            });
        match outcome {
            Ok(item) => parsed.items.extend(item),
            Err(fault) => {
                parsed.fault = Some(fault);
                break;
            }
        }
    }
    parsed
}

fn item(
    fields: Fields<'_>,
    kind: &[u8],
    name: &str,
    key: ClaimKey,
    kinds: &mut Kinds,
) -> Result<Option<Item>, UkeError> {
    Ok(Some(match kind {
        b"IR" => Item::Institution(fields.institution()?),
        b"GO" => Item::End,
        b"RE" => Item::Claim(Box::new(fields.claim(name, key)?)),
        b"HO" => Item::Insurance(fields.insurance()?),
        b"SN" => {
            if let Some(correction) = fields.correction()? {
                Item::Correction(correction)
            } else {
                kinds.one("uke:SN");
                Item::Belonging
            }
        }
        b"KO" => {
            kinds.one("uke:KO");
            Item::Belonging
        }
        [first, second]
            if [first, second]
                .iter()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) =>
        {
            let kind = [b'u', b'k', b'e', b':', *first, *second];
            kinds.one(std::str::from_utf8(&kind).unwrap_or("uke:other"));
            return Ok(None);
        }
        _ => {
            kinds.one("uke:other");
            return Ok(None);
        }
    }))
}

/// What came so far: a record belongs to the claim before it, and that to the institution before it.
struct Order<'a> {
    file: &'a str,
    institution: String,
    open: Option<Claim>,
    read: u64,
    begun: bool,
}

/// A claim whose records are still being read.
struct Claim {
    record: SourceRecord,
    has_insurance: bool,
    corrected: [String; 4],
}

impl Order<'_> {
    fn begin(&mut self, first: Option<(u64, bool)>) -> Result<(), UkeError> {
        match first {
            Some((line, false)) if !self.begun => Err(UkeError::NotClaims {
                file: self.file.to_owned(),
                line,
            }),
            Some(_) => {
                self.begun = true;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Enters a record; the claim that is complete by it.
    fn enter(&mut self, line: u64, item: Item) -> Result<Option<SourceRecord>, UkeError> {
        match item {
            Item::Claim(record) => {
                self.read = self.read.saturating_add(1);
                let claim = Claim {
                    record: SourceRecord {
                        record: self.read,
                        institution: self.institution.clone(),
                        ..*record
                    },
                    has_insurance: false,
                    corrected: Default::default(),
                };
                Ok(self.open.replace(claim).map(Claim::finish))
            }
            // The next medical institution, or the end: what follows belongs to no claim before it.
            Item::Institution(institution) => {
                self.institution = institution;
                Ok(self.open.take().map(Claim::finish))
            }
            Item::End => Ok(self.open.take().map(Claim::finish)),
            Item::Insurance(_) | Item::Correction(_) | Item::Belonging => {
                let file = || self.file.to_owned();
                let Some(claim) = self.open.as_mut() else {
                    return Err(UkeError::Orphan { file: file(), line });
                };
                match item {
                    Item::Insurance(_) if claim.has_insurance => {
                        return Err(UkeError::Repeated { file: file(), line });
                    }
                    Item::Insurance([insurer, symbol, number]) => {
                        claim.has_insurance = true;
                        let texts = &mut claim.record.texts;
                        (texts.insurer, texts.symbol, texts.number) = (insurer, symbol, number);
                    }
                    Item::Correction(correction) => {
                        for (text, new) in claim.corrected.iter_mut().zip(correction) {
                            if !is_blank(&new) {
                                *text = new;
                            }
                        }
                    }
                    Item::Institution(_) | Item::End | Item::Claim(_) | Item::Belonging => {}
                }
                Ok(None)
            }
        }
    }

    /// The last claim, if it is still open.
    fn finish(self) -> Result<Option<SourceRecord>, UkeError> {
        let file = self.file.to_owned();
        match self.open {
            Some(done) => Ok(Some(done.finish())),
            None if !self.begun => Err(UkeError::Empty { file }),
            None if self.read == 0 => Err(UkeError::NoClaims { file }),
            None => Ok(None),
        }
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
        let Texts {
            insurer,
            symbol,
            number,
            branch,
            ..
        } = &mut record.texts;
        for (text, correction) in [insurer, symbol, number, branch].into_iter().zip(corrected) {
            if !is_blank(&correction) {
                *text = correction;
            }
        }
        record
    }
}
