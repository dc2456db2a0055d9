//! Writing: nothing of the writer in the file, IDs as fixed bytes without dictionary, statistics or compression.

use std::io::Write;
use std::sync::Arc;

use ::parquet::arrow::ArrowWriter;
use ::parquet::arrow::arrow_writer::ArrowWriterOptions;
use ::parquet::basic::{Compression, ZstdLevel};
use ::parquet::file::metadata::SortingColumn;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties};
use ::parquet::schema::types::ColumnPath;
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

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
    /// Begins a file of these columns; metadata of the schema is left out.
    pub fn create(target: W, schema: &Schema, sorting: &Sorting) -> Result<Self, SinkError> {
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
            .with_properties(properties(&schema, sorting)?)
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

fn properties(schema: &Schema, sorting: &Sorting) -> Result<WriterProperties, SinkError> {
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
    for field in schema
        .fields()
        .iter()
        .filter(|field| matches!(field.data_type(), DataType::FixedSizeBinary(_)))
    {
        let path = || ColumnPath::from(vec![field.name().clone()]);
        builder = builder
            .set_column_dictionary_enabled(path(), false)
            .set_column_compression(path(), Compression::UNCOMPRESSED)
            .set_column_statistics_enabled(path(), EnabledStatistics::None);
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
