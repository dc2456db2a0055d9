//! What identities are read from: claims, FHIR, health checks, look-ups of eligibility, long-term care, and tables.
//!
//! Each source gives [`SourceRecord`]s: texts as they stand there, the source's own key, and the place. What a source
//! says of one person that contradicts itself is a [`Refusal`]; what cannot be read at all ends the work.

pub mod archive;
pub mod care;
pub mod checkup;
pub mod delimited;
pub mod eligibility;
pub mod fhir;
pub mod input;
pub(crate) mod lanes;
mod lines;
pub mod markup;
mod passed;
mod place;
mod refusal;
mod sorter;
mod statistical;
pub mod uke;

use std::path::{Path, PathBuf};

pub use lanes::Threads;
pub use passed::PassedOver;
pub use place::Place;
pub use refusal::Refusal;

use renketsu_table::delimited::DelimitedError;
use renketsu_table::statistical::StatisticalError;

use archive::ArchiveError;
use care::CareError;
use fhir::{FhirError, PatientKey};
use input::InputError;
use markup::MarkupError;
use renketsu_table::columns::{ColumnMap, ColumnsError};
use uke::{ClaimKey, Claims, UkeError};

/// Files to read identities from.
#[derive(Clone, Debug)]
pub enum Source {
    /// Claims of 医科 or DPC (UKE).
    Claims {
        /// The file.
        path: PathBuf,
        /// Which field of a claim is the source key.
        key: ClaimKey,
    },
    /// Claims of long-term care (介護), whose people the 受給者台帳 names.
    CareClaims {
        /// The files of claims.
        files: Vec<PathBuf>,
        /// The files of the ledger.
        ledger: Vec<PathBuf>,
    },
    /// The 受給者台帳 alone.
    CareLedger {
        /// The files.
        files: Vec<PathBuf>,
    },
    /// 特定健診 and 特定保健指導: CDA documents, or archives (zip) of them.
    Checkups {
        /// The files.
        files: Vec<PathBuf>,
    },
    /// Answers of オンライン資格確認.
    Eligibility {
        /// The files.
        files: Vec<PathBuf>,
    },
    /// HL7 FHIR: Bundles, or resources one a line; all files together are one export.
    Fhir {
        /// The files.
        files: Vec<PathBuf>,
        /// Which of a Patient's texts is the source key.
        key: PatientKey,
    },
    /// A table: CSV, TSV, SAS XPORT or Stata.
    Table {
        /// The file.
        path: PathBuf,
        /// Which columns hold what.
        columns: Box<ColumnMap>,
    },
}

/// How sources are read.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// A directory for nameless encrypted files of what has to be sorted and does not fit into memory; made if need be.
    pub scratch: &'a Path,
    /// How many threads parse.
    pub threads: Threads,
}

impl Source {
    /// The files whose records it gives; [`SourceRecord::file`] counts them.
    pub fn files(&self) -> &[PathBuf] {
        match self {
            Self::Claims { path, .. } | Self::Table { path, .. } => std::slice::from_ref(path),
            Self::CareClaims { files, .. }
            | Self::CareLedger { files }
            | Self::Checkups { files }
            | Self::Eligibility { files }
            | Self::Fhir { files, .. } => files,
        }
    }

    /// Gives every record to `take`, in the order of files and their content, and counts in `passed` what becomes none; the
    /// first error ends it.
    pub fn read<E: From<SourceError>>(
        &self,
        reading: Reading<'_>,
        passed: &mut PassedOver,
        take: &mut dyn FnMut(SourceRecord) -> Result<(), E>,
    ) -> Result<(), E> {
        match self {
            Self::Claims { path, key } => Claims::open(path, *key)
                .map_err(SourceError::from)?
                .read(reading.threads, passed, take),
            Self::Table { path, columns } if statistical::is_statistical(path) => {
                statistical::read(path, columns, take)
            }
            Self::Table { path, columns } => {
                delimited::Rows::open(path, columns)?.try_for_each(|record| take(record?))
            }
            Self::CareClaims { files, ledger } => {
                care::claims(files, ledger, reading, passed, take)
            }
            Self::CareLedger { files } => care::rows(files, take),
            Self::Checkups { files } => checkup::read(files, reading.threads, passed, take),
            Self::Eligibility { files } => eligibility::read(files, reading.threads, passed, take),
            Self::Fhir { files, key } => fhir::read(files, key, reading, passed, take),
        }
    }
}

/// The identifying texts of one source record, as they stand there. Their `Debug` form shows nothing.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Texts {
    /// 保険者番号
    pub insurer: String,
    /// 記号
    pub symbol: String,
    /// 番号
    pub number: String,
    /// 枝番
    pub branch: String,
    /// カナ氏名
    pub kana: String,
    /// 生年月日
    pub birth_date: String,
    /// 性別
    pub sex: String,
    /// 診療日 or 診療年月
    pub service: String,
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Texts").finish_non_exhaustive()
    }
}

/// One record of a source.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SourceRecord {
    /// Which of the source's files it is in, from 0.
    pub file: usize,
    /// The number of its entry in an archive, from 1; 0 outside of one.
    pub entry: u64,
    /// The physical line it begins on.
    pub line: u64,
    /// Its number in the file, from 1.
    pub record: u64,
    /// The source key; empty if the record has none.
    pub key: String,
    /// A key made of the file's name and the record's own number, for a record that has none.
    pub substitute: String,
    /// The medical institution whose key it is (prefecture, fee table, code), or empty where the source does not say.
    pub institution: String,
    /// What identifies the person.
    pub texts: Texts,
    /// What contradicts itself in it: such a record is asked for by nobody's choice.
    pub refusals: Vec<Refusal>,
}

impl std::fmt::Debug for SourceRecord {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("SourceRecord")
            .field("file", &self.file)
            .field("entry", &self.entry)
            .field("line", &self.line)
            .field("record", &self.record)
            .finish_non_exhaustive()
    }
}

/// Why a source cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// An archive is refused.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// Claims of long-term care, or their ledger, are refused.
    #[error(transparent)]
    Care(#[from] CareError),
    /// The column map does not fit.
    #[error(transparent)]
    Columns(#[from] ColumnsError),
    /// The table of SAS or Stata is refused.
    #[error(transparent)]
    Statistical(#[from] StatisticalError),
    /// The table is refused.
    #[error(transparent)]
    Delimited(#[from] DelimitedError),
    /// FHIR is refused.
    #[error(transparent)]
    Fhir(#[from] FhirError),
    /// A file cannot be had.
    #[error(transparent)]
    Input(#[from] InputError),
    /// An XML document is refused.
    #[error(transparent)]
    Markup(#[from] MarkupError),
    /// The claim file is refused.
    #[error(transparent)]
    Uke(#[from] UkeError),
}

impl SourceError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Archive(error) => error.code(),
            Self::Care(error) => error.code(),
            Self::Columns(error) => error.code(),
            Self::Delimited(error) => error.code(),
            Self::Fhir(error) => error.code(),
            Self::Input(error) => error.code(),
            Self::Markup(error) => error.code(),
            Self::Statistical(error) => error.code(),
            Self::Uke(error) => error.code(),
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Archive(error) => error.details(),
            Self::Care(error) => error.details(),
            Self::Columns(error) => error.details(),
            Self::Delimited(error) => error.details(),
            Self::Fhir(error) => error.details(),
            Self::Input(error) => error.details(),
            Self::Markup(error) => error.details(),
            Self::Statistical(error) => error.details(),
            Self::Uke(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Archive(error) => error.exit(),
            Self::Care(error) => error.exit(),
            Self::Columns(error) => error.exit(),
            Self::Delimited(error) => error.exit(),
            Self::Fhir(error) => error.exit(),
            Self::Input(error) => error.exit(),
            Self::Markup(error) => error.exit(),
            Self::Statistical(error) => error.exit(),
            Self::Uke(error) => error.exit(),
        }
    }
}

/// The last part of a path, which is all of it that a substitute key and a report need.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// A text without the blanks around it.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| renketsu_identity::is_blank(c.encode_utf8(&mut [0; 4])))
}

/// A key without the blanks around it.
pub(crate) fn trimmed(key: &str) -> String {
    trim(key).to_owned()
}
