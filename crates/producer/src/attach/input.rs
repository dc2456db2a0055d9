//! The files an anonymized table may come in, each readable any number of times.

use std::io::Read as _;
use std::path::PathBuf;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use renketsu_table::BATCH_ROWS;
use renketsu_table::batches::{self, Batches, Inferred};
use renketsu_table::delimited::Options;
use renketsu_table::parquet::ParquetSource;
use renketsu_table::resources::{self, Resources};
use renketsu_table::statistical::{self, StatisticalSource};

use super::{AttachError, TableOrder};

const PARQUET_MARK: &[u8] = b"PAR1";

/// An open table. What kind of file it is, its first bytes tell.
pub(super) enum Input {
    Delimited {
        path: PathBuf,
        inferred: Inferred,
    },
    Parquet(ParquetSource),
    Resources(Resources),
    Statistical(StatisticalSource),
    /// Not a file: keys that were opened from a safe.
    Held(RecordBatch),
}

/// The rows of a table.
pub(super) type Rows = Box<dyn Iterator<Item = Result<RecordBatch, AttachError>>>;

impl Input {
    pub(super) fn open(table: &TableOrder) -> Result<Self, AttachError> {
        let path = &table.path;
        let mut head = Vec::new();
        if let Ok(file) = renketsu_seal::durable::open_file(path) {
            // What cannot be read is told by whoever reads it.
            let most = statistical::MAGIC as u64;
            file.take(most).read_to_end(&mut head).unwrap_or_default();
        }
        if head.starts_with(PARQUET_MARK) {
            return Ok(Self::Parquet(ParquetSource::file(path)?));
        }
        let options = Options::default();
        if statistical::is_xport(&head) || statistical::is_stata(&head) {
            let source = StatisticalSource::file(path, options.encoding)?;
            return Ok(Self::Statistical(source));
        }
        if resources::is_resources(&head) {
            return Ok(Self::Resources(Resources::file(path, &table.name)?));
        }
        Ok(Self::Delimited {
            path: path.clone(),
            // A key is text, whatever it looks like: 00697 and 697 are two patients.
            inferred: batches::infer(path, options, &[&table.key])?,
        })
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        match self {
            Self::Delimited { inferred, .. } => &inferred.schema,
            Self::Parquet(source) => source.schema(),
            Self::Resources(source) => source.schema(),
            Self::Statistical(source) => source.schema(),
            Self::Held(rows) => rows.schema_ref(),
        }
    }

    /// The column of the source key. Resources say themselves whom they are about.
    pub(super) fn key<'a>(&self, named: &'a str) -> &'a str {
        match self {
            Self::Resources(_) => resources::PATIENT,
            Self::Delimited { .. } | Self::Parquet(_) | Self::Statistical(_) | Self::Held(_) => {
                named
            }
        }
    }

    /// What was left out before there were columns.
    pub(super) fn dropped(&self) -> &[String] {
        match self {
            Self::Resources(source) => source.dropped(),
            Self::Delimited { .. } | Self::Parquet(_) | Self::Statistical(_) | Self::Held(_) => &[],
        }
    }

    /// The rows from the beginning.
    pub(super) fn batches(&self) -> Result<Rows, AttachError> {
        Ok(match self {
            Self::Delimited { path, inferred } => {
                let batches = Batches::typed(path, Options::default(), inferred, BATCH_ROWS)?;
                Box::new(batches.map(|batch| Ok(batch?)))
            }
            Self::Parquet(source) => {
                let batches = source.batches(None, BATCH_ROWS)?;
                Box::new(batches.map(|batch| Ok(batch?)))
            }
            Self::Resources(source) => {
                let batches = source.batches(BATCH_ROWS)?;
                Box::new(batches.map(|batch| Ok(batch?)))
            }
            Self::Statistical(source) => {
                let batches = source.batches(BATCH_ROWS)?;
                Box::new(batches.map(|batch| Ok(batch?)))
            }
            Self::Held(rows) => Box::new(std::iter::once(Ok(rows.clone()))),
        })
    }
}
