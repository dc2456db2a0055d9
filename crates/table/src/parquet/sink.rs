//! Writing: nothing of the writer in the file, IDs as fixed bytes without dictionary, statistics or compression.
//!
//! A file that travels is small: compressed, its seal is the package's. A file that rests in the vault is quick to read:
//! numbers uncompressed, few large pages, its own key (Parquet Modular Encryption, `AES_GCM_V1`, encrypted footer).

use std::io::Write;
use std::sync::Arc;

use ::parquet::arrow::ArrowWriter;
use ::parquet::arrow::arrow_writer::ArrowWriterOptions;
use ::parquet::basic::{Compression, ZstdLevel};
use ::parquet::encryption::encrypt::FileEncryptionProperties;
use ::parquet::file::metadata::{KeyValue, SortingColumn};
use ::parquet::file::properties::{EnabledStatistics, WriterProperties};
use ::parquet::schema::types::ColumnPath;
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use renketsu_seal::vault::FileKey;

use super::fault::SinkError;
use super::travels;
use super::witness::{Seen, Witness};
use crate::ids::{KANA_ID, NUMBER_ID, ROW_REF};

/// What every file of ours says wrote it.
const CREATED_BY: &str = "renketsu";
/// Rows of a row group, unless its bytes come first.
const GROUP_ROWS: usize = 256 * 1024;
/// Encoded bytes of a row group: the bound on the memory of a writer.
const GROUP_BYTES: usize = 128 * 1024 * 1024;

/// Rows of a page at rest: half a megabyte of a number column, so that a page's own costs don't show.
const PAGE_ROWS: usize = 64 * 1024;
/// Values encoded at once; a page ends between two such steps.
const STEP_ROWS: usize = 8 * 1024;
/// Bytes of a dictionary at rest. Above it a column is stored as it is.
const DICTIONARY_BYTES: usize = 64 * 1024;

/// What a file is written for.
#[derive(Clone, Copy, Debug)]
pub enum Purpose<'a> {
    /// To travel inside something sealed.
    Travel,
    /// To rest in the vault under its own key. `None` is for measuring what encryption costs, and for nothing else.
    Rest(Option<&'a FileKey>),
}

/// The columns the rows are sorted by, ascending, nulls last. A claim of the caller, written into the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sorting(Vec<String>);

impl Sorting {
    /// Rows in no order worth naming.
    pub fn none() -> Self {
        Self::default()
    }

    /// Rows by number ID, then kana ID.
    pub fn by_ids() -> Self {
        Self::by(&[NUMBER_ID, KANA_ID])
    }

    /// Rows by row reference.
    pub fn by_reference() -> Self {
        Self::by(&[ROW_REF])
    }

    /// Rows by these columns.
    pub fn by(columns: &[&str]) -> Self {
        Self(columns.iter().map(|&column| column.to_owned()).collect())
    }
}

/// What a finished writer gives back.
#[derive(Debug)]
pub struct Written<W> {
    /// The target, with every byte written to it.
    pub target: W,
    /// How many rows were written.
    pub rows: u64,
}

/// A Parquet file being written to any target, in one pass.
pub struct ParquetSink<W: Write + Send> {
    writer: ArrowWriter<Witness<W>>,
    seen: Seen,
    schema: SchemaRef,
    rows: u64,
}

impl<W: Write + Send> std::fmt::Debug for ParquetSink<W> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ParquetSink")
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

impl<W: Write + Send> ParquetSink<W> {
    /// Begins a file that travels; metadata of the schema is left out.
    pub fn create(target: W, schema: &Schema, sorting: &Sorting) -> Result<Self, SinkError> {
        Self::begin(target, schema, sorting, Purpose::Travel)
    }

    /// Begins a file of these columns; metadata of the schema is left out.
    pub fn begin(
        target: W,
        schema: &Schema,
        sorting: &Sorting,
        purpose: Purpose<'_>,
    ) -> Result<Self, SinkError> {
        let refused = schema
            .fields()
            .iter()
            .find(|field| !travels(field.data_type()));
        if let Some(field) = refused {
            return Err(SinkError::Kind {
                column: field.name().clone(),
            });
        }
        let plain = schema.fields().iter().map(|field| {
            let field: &Field = field;
            field.clone().with_metadata(std::iter::empty().collect())
        });
        let schema = Arc::new(Schema::new(plain.collect::<Vec<Field>>()));
        let options = ArrowWriterOptions::new()
            .with_properties(properties(&schema, sorting, purpose)?)
            .with_skip_arrow_metadata(true)
            .with_schema_root("table".to_owned());
        let seen = Seen::default();
        let target = Witness::new(target, seen.clone());
        let writer = ArrowWriter::try_new_with_options(target, Arc::clone(&schema), options)
            .map_err(|_| refusal(&seen))?;
        Ok(Self {
            writer,
            seen,
            schema,
            rows: 0,
        })
    }

    /// Notes something about the table as a whole in the file's metadata.
    pub fn note(&mut self, key: &str, value: &str) {
        let value = KeyValue::new(key.to_owned(), value.to_owned());
        self.writer.append_key_value_metadata(value);
    }

    /// Writes the rows of a batch of the same columns.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), SinkError> {
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), batch.columns().to_vec())
            .map_err(|_| SinkError::Broken("a batch has the columns of its sink"))?;
        self.writer.write(&batch).map_err(|_| refusal(&self.seen))?;
        self.rows = self.rows.saturating_add(batch.num_rows() as u64);
        Ok(())
    }

    /// How many rows were written so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Writes the footer.
    pub fn finish(self) -> Result<Written<W>, SinkError> {
        let target = self.writer.into_inner().map_err(|_| refusal(&self.seen))?;
        Ok(Written {
            target: target.into_inner(),
            rows: self.rows,
        })
    }
}

fn properties(
    schema: &Schema,
    sorting: &Sorting,
    purpose: Purpose<'_>,
) -> Result<WriterProperties, SinkError> {
    let level = ZstdLevel::try_new(1).map_err(|_| SinkError::Broken("zstd has a level 1"))?;
    let mut sorted = Vec::with_capacity(sorting.0.len());
    for name in &sorting.0 {
        let index = schema
            .index_of(name)
            .map_err(|_| SinkError::Broken("a table has the columns it is sorted by"))?;
        let column_idx =
            i32::try_from(index).map_err(|_| SinkError::Broken("a table has few columns"))?;
        sorted.push(SortingColumn {
            column_idx,
            descending: false,
            nulls_first: false,
        });
    }
    let mut builder = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_max_row_group_bytes(Some(GROUP_BYTES))
        .set_key_value_metadata(None)
        .set_sorting_columns((!sorted.is_empty()).then_some(sorted));
    if let Purpose::Rest(key) = purpose {
        builder = builder
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .set_data_page_row_count_limit(PAGE_ROWS)
            .set_write_batch_size(STEP_ROWS)
            .set_dictionary_page_size_limit(DICTIONARY_BYTES);
        if let Some(key) = key {
            let sealed = FileEncryptionProperties::builder(key.secret().to_vec())
                .with_aad_prefix(key.aad().to_vec())
                .with_aad_prefix_storage(false)
                .build()
                .map_err(|_| SinkError::Broken("a file key has 32 bytes"))?;
            builder = builder.with_file_encryption_properties(sealed);
        }
    }
    for field in schema.fields() {
        let path = || ColumnPath::from(vec![field.name().clone()]);
        if matches!(field.data_type(), DataType::FixedSizeBinary(_)) {
            builder = builder
                .set_column_dictionary_enabled(path(), false)
                .set_column_compression(path(), Compression::UNCOMPRESSED)
                .set_column_statistics_enabled(path(), EnabledStatistics::None);
        } else if matches!(purpose, Purpose::Rest(_)) && field.data_type() != &DataType::Utf8 {
            builder = builder.set_column_compression(path(), Compression::UNCOMPRESSED);
        }
    }
    Ok(builder.build())
}

/// What stopped the writer: the target, or else we ourselves.
fn refusal(seen: &Seen) -> SinkError {
    match seen.take() {
        Some(source) => SinkError::Io { source },
        None => SinkError::Broken("a Parquet file can be written"),
    }
}
