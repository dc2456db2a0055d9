//! What identities are read from: claim files, and tables with a column map.

pub mod delimited;
pub mod uke;

use std::path::{Path, PathBuf};

use renketsu_table::delimited::DelimitedError;

use renketsu_table::columns::{ColumnMap, ColumnsError};
use uke::{ClaimKey, UkeError};

/// A file to read identities from.
#[derive(Clone, Debug)]
pub enum Source {
    /// Claims of 医科 or DPC (UKE).
    Claims {
        /// The file.
        path: PathBuf,
        /// Which field of a claim is the source key.
        key: ClaimKey,
    },
    /// A CSV or TSV table.
    Table {
        /// The file.
        path: PathBuf,
        /// Which columns hold what.
        columns: Box<ColumnMap>,
    },
}

impl Source {
    /// The file.
    pub fn path(&self) -> &Path {
        match self {
            Self::Claims { path, .. } | Self::Table { path, .. } => path,
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
#[derive(Clone, PartialEq, Eq)]
pub struct SourceRecord {
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
}

impl std::fmt::Debug for SourceRecord {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("SourceRecord")
            .field("line", &self.line)
            .field("record", &self.record)
            .finish_non_exhaustive()
    }
}

/// Why a source cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The column map does not fit.
    #[error(transparent)]
    Columns(#[from] ColumnsError),
    /// The table is refused.
    #[error(transparent)]
    Delimited(#[from] DelimitedError),
    /// The claim file is refused.
    #[error(transparent)]
    Uke(#[from] UkeError),
}

impl SourceError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Columns(error) => error.code(),
            Self::Delimited(error) => error.code(),
            Self::Uke(error) => error.code(),
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Columns(error) => error.details(),
            Self::Delimited(error) => error.details(),
            Self::Uke(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Columns(error) => error.exit(),
            Self::Delimited(error) => error.exit(),
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

/// A key without the blanks around it.
pub(crate) fn trimmed(key: &str) -> String {
    key.trim_matches(|c: char| renketsu_identity::is_blank(c.encode_utf8(&mut [0; 4])))
        .to_owned()
}
