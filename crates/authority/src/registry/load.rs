//! The registry file: a delimited table with ten named columns.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use renketsu_table::delimited::{Delimited, DelimitedError, Options, Record};
use sha2::{Digest as _, Sha256};

use super::build::{Built, Place};
use super::{
    Acceptance, BuildError, Builder, Difference, Findings, RawRow, ReadError, Registry, Severity,
    Update, Updated,
};

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

/// The columns of a file of differences, all of them, in any order.
pub const DIFFERENCE_COLUMNS: [&str; 12] = [
    "operation",
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
    "into",
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
    /// No room for the registry or its temporary files.
    #[error("no room left to load `{file}`")]
    Full {
        /// The file.
        file: String,
    },
    /// The registry or its temporary files could not be written.
    #[error("`{file}` was read, and the registry can't be written")]
    Io {
        /// The file.
        file: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// What was written could not be read again.
    #[error(transparent)]
    Read(#[from] ReadError),
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
        ("authority.registry.full", &["file"]),
        ("authority.registry.unwritten", &["file", "reason"]),
    ];

    pub(crate) fn of(error: BuildError, file: &str) -> Self {
        let file = file.to_owned();
        match error {
            BuildError::Refused(findings) => Self::Refused {
                file,
                findings: Box::new(findings),
            },
            BuildError::Empty => Self::Empty { file },
            BuildError::TooLarge => Self::TooLarge { file },
            BuildError::Io(error) if is_full(&error) => Self::Full { file },
            BuildError::Io(source) => Self::Io { file, source },
            BuildError::Read(error) => Self::Read(error),
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Table(error) => error.code(),
            Self::ColumnMissing { .. } => "authority.registry.column_missing",
            Self::ColumnUnknown { .. } => "authority.registry.column_unknown",
            Self::Empty { .. } => "authority.registry.empty",
            Self::Refused { .. } => "authority.registry.refused",
            Self::TooLarge { .. } => "authority.registry.too_large",
            Self::Full { .. } => "authority.registry.full",
            Self::Io { .. } => "authority.registry.unwritten",
            Self::Read(error) => error.code(),
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
            Self::Empty { file } | Self::TooLarge { file } | Self::Full { file } => {
                vec![("file", file.clone())]
            }
            Self::Io { file, source } => vec![
                ("file", file.clone()),
                ("reason", source.kind().to_string()),
            ],
            Self::Read(error) => error.details(),
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
            Self::Full { .. } | Self::Io { .. } => 3,
            Self::Read(error) => error.exit(),
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
            | Self::TooLarge { .. }
            | Self::Full { .. }
            | Self::Io { .. }
            | Self::Read(_) => None,
        }
    }
}

/// A layer read from a file.
pub(crate) struct Loaded {
    pub(crate) built: Built,
    /// SHA-256 of the file as it was read, in hexadecimal.
    pub(crate) sha256: String,
}

/// Reads a registry file whole: its layer with what was noticed, or nothing.
pub(crate) fn load(
    path: &Path,
    options: Options,
    mut builder: Builder,
    acceptance: Acceptance,
) -> Result<Loaded, LoadError> {
    let hash = Arc::new(Mutex::new(Sha256::new()));
    let mut table = opened(path, options, Arc::clone(&hash))?;
    let file = table.file().to_owned();
    let places = places(&table, &COLUMNS)?;
    let mut record = Record::new();
    while table.read(&mut record)? {
        let row = RawRow::of(places.map(|place| record.get(place).unwrap_or_default()));
        builder
            .push(record.line(), &row)
            .map_err(|error| LoadError::of(error, &file))?;
    }
    drop(table);
    let built = builder
        .build(acceptance)
        .map_err(|error| LoadError::of(error, &file))?;
    Ok(Loaded {
        built,
        sha256: finished(&hash),
    })
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

/// Where each of `columns` stands; there is no other.
fn places<const N: usize>(
    table: &Delimited,
    columns: &[&'static str; N],
) -> Result<[usize; N], LoadError> {
    let file = || table.file().to_owned();
    let mut places = [0; N];
    for (place, column) in places.iter_mut().zip(*columns) {
        *place = table
            .column(column)
            .ok_or_else(|| LoadError::ColumnMissing {
                file: file(),
                column,
            })?;
    }
    let unknown = (1_u64..)
        .zip(table.columns())
        .find(|(_, name)| !columns.contains(&name.as_str()));
    match unknown {
        Some((column, _)) => Err(LoadError::ColumnUnknown {
            file: file(),
            column,
        }),
        None => Ok(places),
    }
}

/// A file of differences that was read.
pub(crate) struct ReadDifferences<'r> {
    update: Update<'r>,
    file: String,
    sha256: String,
}

/// Reads a file of differences of `registry` whole.
pub(crate) fn read_differences<'r>(
    path: &Path,
    options: Options,
    registry: &'r Registry,
    today: Date,
) -> Result<ReadDifferences<'r>, LoadError> {
    let hash = Arc::new(Mutex::new(Sha256::new()));
    let mut table = opened(path, options, Arc::clone(&hash))?;
    let file = table.file().to_owned();
    let places = places(&table, &DIFFERENCE_COLUMNS)?;
    let mut update = Update::new(registry, today);
    let mut record = Record::new();
    while table.read(&mut record)? {
        let [operation, row @ .., into] = places.map(|place| record.get(place).unwrap_or_default());
        let row = RawRow::of(row);
        update.push(
            record.line(),
            &Difference {
                operation,
                row,
                into,
            },
        );
    }
    drop(table);
    Ok(ReadDifferences {
        update,
        file,
        sha256: finished(&hash),
    })
}

impl ReadDifferences<'_> {
    /// The next registry, its layer at `place`, and the digest of the file.
    pub(crate) fn finish(
        self,
        acceptance: Acceptance,
        place: &Place,
    ) -> Result<(Updated, String), LoadError> {
        let updated = self
            .update
            .build(acceptance, Some(place))
            .map_err(|error| LoadError::of(error, &self.file))?;
        Ok((updated, self.sha256))
    }
}

fn finished(hash: &Mutex<Sha256>) -> String {
    let digest = hash
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
        .finalize();
    data_encoding::HEXLOWER.encode(&digest)
}

/// Whether there is no room left, on the disk or for this user.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}
