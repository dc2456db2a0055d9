//! Where tables come from.

use std::collections::BTreeMap;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use renketsu_seal::durable;
use renketsu_table::batches::{self, Batches};
use renketsu_table::delimited::Options;
use renketsu_table::ids::{KANA_ID, KANA_UNIQUE, NUMBER_ID};
use renketsu_table::parquet::ParquetSource;
use renketsu_table::schema::ColumnLabel;
use renketsu_table::statistical::{self, StatisticalSource};

use super::ImportError;
use super::pair::Pair;
use crate::shelf::BATCH_ROWS;

/// Something that can be read and sought.
pub trait ReadSeek: Read + Seek {}
impl<T: Read + Seek + ?Sized> ReadSeek for T {}

/// Where a table comes from.
#[derive(Debug)]
pub enum Source {
    /// A delimited file; read twice, the first time for the types of its columns.
    Delimited {
        /// The file.
        path: PathBuf,
        /// How to read it.
        options: Options,
    },
    /// A table of a sealed package.
    Package {
        /// The table.
        table: ParquetSource,
        /// What the sender says of its columns.
        labels: BTreeMap<String, ColumnLabel>,
    },
    /// Two tables of sealed packages about the same rows, each in the order of its tokens.
    Pair(Pair),
    /// A Parquet file.
    Parquet(ParquetSource),
    /// A SAS XPORT or Stata file.
    Statistical(StatisticalSource),
}

impl Source {
    /// `length` bytes of Parquet; `name` is what errors call it.
    pub fn parquet(
        name: &str,
        input: Box<dyn ReadSeek + Send>,
        length: u64,
    ) -> Result<Self, ImportError> {
        Ok(Self::Parquet(ParquetSource::open(name, input, length)?))
    }

    /// A file of any of these forms, told by its first bytes.
    pub fn file(path: &Path, options: Options) -> Result<Self, ImportError> {
        let mut head = Vec::new();
        if let Ok(file) = durable::open_file(path) {
            let most = statistical::MAGIC as u64;
            // Who reads it next says in which way it can't be read.
            file.take(most).read_to_end(&mut head).unwrap_or_default();
        }
        if head.starts_with(b"PAR1") {
            return Ok(Self::Parquet(ParquetSource::file(path)?));
        }
        if statistical::is_xport(&head) || statistical::is_stata(&head) {
            let source = StatisticalSource::file(path, options.encoding)?;
            return Ok(Self::Statistical(source));
        }
        Ok(Self::Delimited {
            path: path.to_owned(),
            options,
        })
    }

    pub(super) fn labels(&self) -> BTreeMap<String, ColumnLabel> {
        match self {
            Self::Package { labels, .. } => labels.clone(),
            Self::Pair(pair) => pair.labels.clone(),
            Self::Statistical(source) => source.labels().clone(),
            Self::Delimited { .. } | Self::Parquet(_) => BTreeMap::new(),
        }
    }

    pub(super) fn rows(&self) -> Option<u64> {
        match self {
            Self::Package { table, .. } | Self::Parquet(table) => Some(table.rows()),
            Self::Pair(pair) => Some(pair.columns.rows()),
            Self::Statistical(source) => Some(source.rows()),
            Self::Delimited { .. } => None,
        }
    }
}

/// The columns that carry IDs, as the source names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdColumns {
    /// 二号の提供用ID.
    pub number_id: String,
    /// 一号の提供用ID.
    pub kana_id: Option<String>,
    /// Whether one registered person has what the kana ID was made from. Without it no row links by its kana ID.
    pub kana_unique: Option<String>,
}

impl Default for IdColumns {
    /// The names of a sealed package.
    fn default() -> Self {
        Self {
            number_id: NUMBER_ID.to_owned(),
            kana_id: Some(KANA_ID.to_owned()),
            kana_unique: Some(KANA_UNIQUE.to_owned()),
        }
    }
}

pub(super) type Incoming = Box<dyn Iterator<Item = Result<RecordBatch, ImportError>>>;

/// The columns of the source and its rows. IDs of a delimited file are read as text, whatever they look like.
pub(super) fn read(
    source: &Source,
    ids: Option<&IdColumns>,
) -> Result<(SchemaRef, Incoming), ImportError> {
    match source {
        Source::Package { table: parquet, .. } | Source::Parquet(parquet) => {
            let rows = parquet.batches(None, BATCH_ROWS)?;
            Ok((
                Arc::clone(parquet.schema()),
                Box::new(rows.map(|batch| Ok(batch?))),
            ))
        }
        Source::Pair(pair) => pair.read(),
        Source::Statistical(source) => {
            let rows = source.batches(BATCH_ROWS)?;
            Ok((
                Arc::clone(source.schema()),
                Box::new(rows.map(|batch| Ok(batch?))),
            ))
        }
        Source::Delimited { path, options } => {
            let text: Vec<&str> = ids
                .into_iter()
                .flat_map(|ids| {
                    [
                        Some(&ids.number_id),
                        ids.kana_id.as_ref(),
                        ids.kana_unique.as_ref(),
                    ]
                })
                .flatten()
                .map(String::as_str)
                .collect();
            let inferred = batches::infer(path, *options, &text)?;
            let rows = Batches::typed(path, *options, &inferred, BATCH_ROWS)?;
            Ok((inferred.schema, Box::new(rows.map(|batch| Ok(batch?)))))
        }
    }
}
