//! The map: which source key stands behind which row reference. It stays with the producer, sealed for itself, and is
//! destroyed once its answer is attached.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    Array, FixedSizeBinaryArray, RecordBatch, StringArray, StringBuilder, UInt32Array, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use renketsu_seal::PartyKeys;
use renketsu_seal::safe::{self, SafeError};
use renketsu_seal::scratch::{Scratch, ScratchReader};
use renketsu_table::parquet::{ParquetError, ParquetSink, ParquetSource, SinkError, Sorting};
use renketsu_table::{BATCH_ROWS, ids};

use crate::MAPS;

/// 128 random bits in place of an identity.
pub(crate) type RowRef = [u8; 16];

/// One entry.
pub(crate) struct MapRow<'a> {
    /// Index of the source file.
    pub(crate) file: usize,
    /// Line of the record.
    pub(crate) line: u64,
    pub(crate) key: &'a str,
    pub(crate) row_ref: RowRef,
    pub(crate) service: &'a str,
}

/// Where the map of a request is.
pub(crate) fn path(dir: &Path, package: &str) -> PathBuf {
    dir.join(MAPS).join(format!("{package}.parquet"))
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("source_file", DataType::UInt32, false),
        Field::new("record", DataType::UInt64, false),
        Field::new("source_key", DataType::Utf8, false),
        ids::field_of(ids::ROW_REF, ids::ROW_REF_BYTES),
        Field::new("service", DataType::Utf8, false),
    ]))
}

/// A map being written, into an encrypted file without a name.
pub(crate) struct MapWriter {
    schema: SchemaRef,
    sink: ParquetSink<Scratch>,
    files: Vec<u32>,
    lines: Vec<u64>,
    keys: StringBuilder,
    refs: Vec<RowRef>,
    services: StringBuilder,
}

impl MapWriter {
    pub(crate) fn create(scratch: &Path) -> Result<Self, MapError> {
        let schema = schema();
        let target = Scratch::create(scratch).map_err(|source| MapError::Io {
            file: scratch.display().to_string(),
            source,
        })?;
        let sink = ParquetSink::create(target, &schema, &Sorting::none())?;
        Ok(Self {
            schema,
            sink,
            files: Vec::new(),
            lines: Vec::new(),
            keys: StringBuilder::new(),
            refs: Vec::new(),
            services: StringBuilder::new(),
        })
    }

    pub(crate) fn push(&mut self, row: &MapRow<'_>) -> Result<(), MapError> {
        self.files.push(u32::try_from(row.file).unwrap_or(u32::MAX));
        self.lines.push(row.line);
        self.keys.append_value(row.key);
        self.refs.push(row.row_ref);
        self.services.append_value(row.service);
        if self.refs.len() >= BATCH_ROWS {
            self.flush()
        } else {
            Ok(())
        }
    }

    pub(crate) fn finish(mut self) -> Result<ScratchReader, MapError> {
        self.flush()?;
        let written = self.sink.finish()?;
        written.target.finish().map_err(|source| MapError::Io {
            file: "map".to_owned(),
            source,
        })
    }

    fn flush(&mut self) -> Result<(), MapError> {
        let batch = RecordBatch::try_new(
            Arc::clone(&self.schema),
            vec![
                Arc::new(UInt32Array::from(std::mem::take(&mut self.files))),
                Arc::new(UInt64Array::from(std::mem::take(&mut self.lines))),
                Arc::new(self.keys.finish()),
                ids::array(std::mem::take(&mut self.refs).into_iter().map(Some)),
                Arc::new(self.services.finish()),
            ],
        );
        let batch = batch.map_err(|_| MapError::Broken("a batch of the map fits its schema"))?;
        Ok(self.sink.write(&batch)?)
    }
}

/// Puts a finished map where it stays. It is durable when this returns.
pub(crate) fn keep(mut map: ScratchReader, path: &Path, keys: &PartyKeys) -> Result<(), MapError> {
    if let Some(directory) = path.parent() {
        directory_for(directory)?;
    }
    let mut safe = safe::create(path, keys)?;
    io::copy(&mut map, &mut safe).map_err(|source| MapError::Io {
        file: path.display().to_string(),
        source,
    })?;
    Ok(safe.commit()?)
}

/// Makes a directory of the party, readable by nobody else.
pub(crate) fn directory_for(directory: &Path) -> Result<(), MapError> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|source| MapError::Io {
            file: directory.display().to_string(),
            source,
        })
}

/// Reads every entry of a map.
pub(crate) fn read<E: From<MapError>>(
    path: &Path,
    keys: &PartyKeys,
    visit: &mut dyn FnMut(&MapRow<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let file = path.display().to_string();
    let safe = safe::open(path, keys).map_err(MapError::from)?;
    let length = safe.len();
    let source = ParquetSource::open(&file, safe, length).map_err(MapError::from)?;
    if source.schema() != &schema() {
        return Err(MapError::Form { file }.into());
    }
    for batch in source.batches(None, BATCH_ROWS).map_err(MapError::from)? {
        let batch = batch.map_err(MapError::from)?;
        let column = |index: usize| batch.column(index).as_any();
        let columns = (
            column(0).downcast_ref::<UInt32Array>(),
            column(1).downcast_ref::<UInt64Array>(),
            column(2).downcast_ref::<StringArray>(),
            column(3).downcast_ref::<FixedSizeBinaryArray>(),
            column(4).downcast_ref::<StringArray>(),
        );
        let (Some(files), Some(lines), Some(keys), Some(refs), Some(services)) = columns else {
            return Err(MapError::Form { file }.into());
        };
        for row in 0..batch.num_rows() {
            let row_ref =
                ids::value(refs, row).ok_or_else(|| MapError::Form { file: file.clone() })?;
            let file = usize::try_from(files.value(row)).unwrap_or(usize::MAX);
            let (key, service) = (keys.value(row), services.value(row));
            visit(&MapRow {
                file,
                line: lines.value(row),
                key,
                row_ref,
                service,
            })?;
        }
    }
    Ok(())
}

/// Why a map could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    /// Our fault.
    #[error("broken invariant: {0}")]
    Broken(&'static str),
    /// Not the columns of a map.
    #[error("`{file}` is no map of a request")]
    Form {
        /// The map.
        file: String,
    },
    /// The system refused.
    #[error("`{file}` cannot be written")]
    Io {
        /// The file or directory.
        file: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Its content is no Parquet.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    /// It cannot be sealed or opened.
    #[error(transparent)]
    Safe(#[from] SafeError),
    /// It cannot be written.
    #[error(transparent)]
    Sink(#[from] SinkError),
}

impl MapError {
    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("producer.map.broken", &["invariant"]),
        ("producer.map.form", &["file"]),
        ("producer.map.io", &["file", "reason"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Broken(_) => "producer.map.broken",
            Self::Form { .. } => "producer.map.form",
            Self::Io { .. } => "producer.map.io",
            Self::Parquet(error) => error.code(),
            Self::Safe(error) => error.code(),
            Self::Sink(error) => error.code(),
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Broken(invariant) => vec![("invariant", (*invariant).to_owned())],
            Self::Form { file } => vec![("file", file.clone())],
            Self::Io { file, source } => {
                vec![
                    ("file", file.clone()),
                    ("reason", source.kind().to_string()),
                ]
            }
            Self::Parquet(error) => error.details(),
            Self::Safe(error) => error.details(),
            Self::Sink(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Broken(_) => 70,
            Self::Form { .. } => 1,
            Self::Io { .. } => 3,
            Self::Parquet(error) => error.exit(),
            Self::Safe(error) => error.exit(),
            Self::Sink(error) => error.exit(),
        }
    }
}
