//! Table files: written whole or not at all, with their digest.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::compute::interleave_record_batch;
use arrow::datatypes::Schema;
use renketsu_seal::durable::NewFile;
use renketsu_table::parquet::{ParquetSink, SinkError, Sorting};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// The column of the person number in every linked table: `UInt32`, never null, ascending.
pub(crate) const PERSON: &str = "person";

/// Rows of a batch that is read, and of one that is put together.
pub(crate) const BATCH_ROWS: usize = 8192;

/// Why a file of the study was not written.
#[derive(Debug, Error)]
pub enum FileError {
    /// The name is taken.
    #[error("{} exists", path.display())]
    Exists {
        /// The name.
        path: PathBuf,
    },
    /// The system refused.
    #[error("{} can't be written", path.display())]
    Io {
        /// The name.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The Parquet writer refused.
    #[error(transparent)]
    Sink(#[from] SinkError),
}

impl FileError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("engine.file.exists", &["path"]),
        ("engine.file.io", &["path"]),
    ];

    pub(crate) fn at(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        if source.kind() == io::ErrorKind::AlreadyExists {
            Self::Exists { path }
        } else {
            Self::Io { path, source }
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Exists { .. } => "engine.file.exists",
            Self::Io { .. } => "engine.file.io",
            Self::Sink(error) => error.code(),
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Exists { path } | Self::Io { path, .. } => {
                vec![("path", path.display().to_string())]
            }
            Self::Sink(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Exists { .. } => 2,
            Self::Io { .. } => 3,
            Self::Sink(error) => error.exit(),
        }
    }
}

/// What a finished file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    /// SHA-256 in hexadecimal.
    pub(crate) sha256: String,
}

/// A new file that counts and digests what goes into it.
struct Digested {
    file: io::BufWriter<NewFile>,
    hash: Sha256,
    bytes: u64,
}

impl Write for Digested {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let written = self.file.write(data)?;
        self.hash.update(data.get(..written).unwrap_or_default());
        self.bytes = self.bytes.saturating_add(written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A Parquet file being written; dropped before [`finish`](Self::finish) it leaves nothing.
pub(crate) struct TableFile {
    path: PathBuf,
    sink: ParquetSink<Digested>,
}

impl TableFile {
    pub(crate) fn create(
        path: &Path,
        schema: &Schema,
        sorting: &Sorting,
    ) -> Result<Self, FileError> {
        let file = NewFile::create(path).map_err(|source| FileError::at(path, source))?;
        let target = Digested {
            file: io::BufWriter::new(file),
            hash: Sha256::new(),
            bytes: 0,
        };
        let sink = ParquetSink::create(target, schema, sorting)?;
        Ok(Self {
            path: path.to_owned(),
            sink,
        })
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), FileError> {
        self.sink
            .write(batch)
            .map_err(|error| placed(&self.path, error))
    }

    /// Gives the file its name.
    pub(crate) fn finish(self) -> Result<Stored, FileError> {
        let Self { path, sink } = self;
        let io = |source| FileError::at(&path, source);
        let written = sink.finish().map_err(|error| placed(&path, error))?;
        let Digested { file, hash, bytes } = written.target;
        file.into_inner()
            .map_err(io::IntoInnerError::into_error)
            .and_then(NewFile::commit)
            .map_err(io)?;
        Ok(Stored {
            rows: written.rows,
            bytes,
            sha256: hex(&hash.finalize()),
        })
    }
}

/// `bytes` in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A failure of the target, with its name.
fn placed(path: &Path, error: SinkError) -> FileError {
    if let SinkError::Io { source } = error {
        FileError::at(path, source)
    } else {
        error.into()
    }
}

/// Rows of `batches` in the order of `rows` (batch, row), a few at a time.
pub(crate) fn interleaved<'a>(
    batches: &'a [RecordBatch],
    rows: &'a [(u32, u32)],
) -> impl Iterator<Item = Result<RecordBatch, FileError>> + 'a {
    let whole: Vec<&RecordBatch> = batches.iter().collect();
    rows.chunks(BATCH_ROWS).map(move |chunk| {
        let indices: Vec<(usize, usize)> = chunk
            .iter()
            .map(|(batch, row)| (*batch as usize, *row as usize))
            .collect();
        interleave_record_batch(&whole, &indices)
            .map_err(|_| SinkError::Broken("an order names rows of the table").into())
    })
}

/// A small file of bytes, whole or not at all.
pub(crate) fn store(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let io = |source| FileError::at(path, source);
    let mut file = NewFile::create(path).map_err(io)?;
    file.write_all(bytes)
        .and_then(|()| file.commit())
        .map_err(io)
}
