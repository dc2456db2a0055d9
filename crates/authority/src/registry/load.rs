//! The registry file: a delimited table with ten named columns.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use renketsu_table::delimited::{Delimited, DelimitedError, Options, Record};
use sha2::{Digest as _, Sha256};

use super::{Acceptance, BuildError, Builder, Findings, RawRow, Registry, Severity};

/// The columns of a registry file, all of them, in any order.
pub const COLUMNS: [&str; 10] = [
    "person",
    "kana",
    "birth_date",
    "sex",
    "insurer",
    "symbol",
    "number",
    "branch",
    "valid_from",
    "valid_to",
];

/// Why a registry file was not loaded. Nothing of it was kept.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read as a table.
    #[error(transparent)]
    Table(#[from] DelimitedError),
    /// A column is missing.
    #[error("the registry file `{file}` has no column `{column}`")]
    ColumnMissing {
        /// The file.
        file: String,
        /// The column it needs.
        column: &'static str,
    },
    /// A column that a registry file does not have. Its name is not told: a file without a header begins with a person.
    #[error("column {column} of the registry file `{file}` is none of a registry")]
    ColumnUnknown {
        /// The file.
        file: String,
        /// Which column, counted from 1.
        column: u64,
    },
    /// Only a header.
    #[error("the registry file `{file}` has no row")]
    Empty {
        /// The file.
        file: String,
    },
    /// Rows are wrong, or raise questions that were not accepted.
    #[error("the registry file `{file}` is not accepted: {} errors, {} questions", .findings.total(Severity::Error), .findings.total(Severity::Question))]
    Refused {
        /// The file.
        file: String,
        /// Every finding, with lines.
        findings: Box<Findings>,
    },
    /// Larger than one registry may be.
    #[error("the registry file `{file}` is too large")]
    TooLarge {
        /// The file.
        file: String,
    },
}

impl LoadError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("authority.registry.column_missing", &["file", "column"]),
        ("authority.registry.column_unknown", &["file", "column"]),
        ("authority.registry.empty", &["file"]),
        (
            "authority.registry.refused",
            &["file", "errors", "questions", "notices"],
        ),
        ("authority.registry.too_large", &["file"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Table(error) => error.code(),
            Self::ColumnMissing { .. } => "authority.registry.column_missing",
            Self::ColumnUnknown { .. } => "authority.registry.column_unknown",
            Self::Empty { .. } => "authority.registry.empty",
            Self::Refused { .. } => "authority.registry.refused",
            Self::TooLarge { .. } => "authority.registry.too_large",
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Table(error) => error.details(),
            Self::ColumnMissing { file, column } => {
                vec![("file", file.clone()), ("column", (*column).to_owned())]
            }
            Self::ColumnUnknown { file, column } => {
                vec![("file", file.clone()), ("column", column.to_string())]
            }
            Self::Empty { file } | Self::TooLarge { file } => vec![("file", file.clone())],
            Self::Refused { file, findings } => vec![
                ("file", file.clone()),
                ("errors", findings.total(Severity::Error).to_string()),
                ("questions", findings.total(Severity::Question).to_string()),
                ("notices", findings.total(Severity::Notice).to_string()),
            ],
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Table(error) => error.exit(),
            Self::ColumnMissing { .. }
            | Self::ColumnUnknown { .. }
            | Self::Empty { .. }
            | Self::TooLarge { .. } => 2,
            Self::Refused { .. } => 1,
        }
    }

    /// Every finding, where the rows were the reason.
    pub fn findings(&self) -> Option<&Findings> {
        match self {
            Self::Refused { findings, .. } => Some(findings),
            Self::Table(_)
            | Self::ColumnMissing { .. }
            | Self::ColumnUnknown { .. }
            | Self::Empty { .. }
            | Self::TooLarge { .. } => None,
        }
    }
}

/// A registry read from a file.
#[derive(Debug)]
pub struct Loaded {
    /// The registry.
    pub registry: Registry,
    /// What was noticed or accepted.
    pub findings: Findings,
    /// SHA-256 of the file as it was read, in hexadecimal.
    pub sha256: String,
}

/// Reads a registry file whole: the registry with what was noticed, or nothing.
pub fn load(
    path: &Path,
    options: Options,
    acceptance: Acceptance,
    today: Date,
) -> Result<Loaded, LoadError> {
    let hash = Arc::new(Mutex::new(Sha256::new()));
    let mut table = opened(path, options, Arc::clone(&hash))?;
    let file = table.file().to_owned();
    let places = places(&table)?;
    let mut builder = Builder::new(today);
    let mut record = Record::new();
    while table.read(&mut record)? {
        let [
            person,
            kana,
            birth_date,
            sex,
            insurer,
            symbol,
            number,
            branch,
            valid_from,
            valid_to,
        ] = places.map(|place| record.get(place).unwrap_or_default());
        let row = RawRow {
            person,
            kana,
            birth_date,
            sex,
            insurer,
            symbol,
            number,
            branch,
            valid_from,
            valid_to,
        };
        builder.push(record.line(), &row);
    }
    drop(table);
    let digest = hash
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
        .finalize();
    match builder.finish(acceptance) {
        Ok((registry, findings)) => Ok(Loaded {
            registry,
            findings,
            sha256: data_encoding::HEXLOWER.encode(&digest),
        }),
        Err(BuildError::Refused(findings)) => Err(LoadError::Refused {
            file,
            findings: Box::new(findings),
        }),
        Err(BuildError::Empty) => Err(LoadError::Empty { file }),
        Err(BuildError::TooLarge) => Err(LoadError::TooLarge { file }),
    }
}

fn opened(
    path: &Path,
    options: Options,
    hash: Arc<Mutex<Sha256>>,
) -> Result<Delimited, DelimitedError> {
    let file = path.display().to_string();
    let opened = renketsu_seal::durable::open_file(path).map_err(|source| {
        let file = file.clone();
        if source.kind() == io::ErrorKind::NotFound {
            DelimitedError::Missing { file }
        } else {
            DelimitedError::Io { file, source }
        }
    })?;
    let about = opened.metadata().map_err(|source| DelimitedError::Io {
        file: file.clone(),
        source,
    })?;
    if about.is_dir() {
        return Err(DelimitedError::Directory { file });
    }
    Delimited::from_reader(
        &file,
        Hashing {
            inner: opened,
            hash,
        },
        options,
    )
}

/// Digests what is read, so that the record names exactly the bytes that were loaded.
struct Hashing {
    inner: File,
    hash: Arc<Mutex<Sha256>>,
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let bytes = buffer.get(..read).unwrap_or_default();
        self.hash
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .update(bytes);
        Ok(read)
    }
}

/// Where each of [`COLUMNS`] stands.
fn places(table: &Delimited) -> Result<[usize; COLUMNS.len()], LoadError> {
    let file = || table.file().to_owned();
    let mut places = [0; COLUMNS.len()];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        *place = table
            .column(column)
            .ok_or_else(|| LoadError::ColumnMissing {
                file: file(),
                column,
            })?;
    }
    let unknown = (1_u64..)
        .zip(table.columns())
        .find(|(_, name)| !COLUMNS.contains(&name.as_str()));
    match unknown {
        Some((column, _)) => Err(LoadError::ColumnUnknown {
            file: file(),
            column,
        }),
        None => Ok(places),
    }
}
