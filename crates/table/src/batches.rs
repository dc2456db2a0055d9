//! Records of a delimited file as Arrow batches: all text, or with types found in a first pass.
//!
//! An empty field is null in both.

mod infer;

use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, RecordBatch,
    StringBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;

use crate::BATCH_BYTES;
use crate::delimited::{Delimited, DelimitedError, Encoding, Options, Record};
use infer::Column;

/// Why a delimited file gave no batch.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// The file changed between the two passes.
    #[error("`{file}` changed while it was read (line {line} column {column})")]
    Changed {
        /// The file.
        file: String,
        /// The line.
        line: u64,
        /// The column, from 1.
        column: u64,
    },
    /// The file is refused.
    #[error(transparent)]
    Delimited(#[from] DelimitedError),
    /// Our fault.
    #[error("broken invariant: {0}")]
    Broken(&'static str),
}

impl BatchError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("table.batch.broken", &["invariant"]),
        ("table.batch.changed", &["file", "line", "column"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Broken(_) => "table.batch.broken",
            Self::Changed { .. } => "table.batch.changed",
            Self::Delimited(error) => error.code(),
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Broken(invariant) => vec![("invariant", (*invariant).to_owned())],
            Self::Changed { file, line, column } => {
                vec![
                    ("file", file.clone()),
                    ("line", line.to_string()),
                    ("column", column.to_string()),
                ]
            }
            Self::Delimited(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Broken(_) => 70,
            Self::Changed { .. } => 2,
            Self::Delimited(error) => error.exit(),
        }
    }
}

/// What a first pass over a file found.
#[derive(Clone, Debug)]
pub struct Inferred {
    /// The columns with their types, all nullable.
    pub schema: SchemaRef,
    /// How many records there are.
    pub rows: u64,
    /// The encoding it is in.
    pub encoding: Encoding,
}

/// Reads a file once to find the type of each column. Columns named in `text` stay text whatever they hold.
///
/// Integer if every value is a canonical integer (no plus sign, no leading zero) of 64 bits; else number if every
/// value is a plain decimal of at most 17 digits; date if every value is an existing `YYYY-MM-DD`; boolean if every
/// value is `true` or `false`; else, or without any value, text.
pub fn infer(path: &Path, options: Options, text: &[&str]) -> Result<Inferred, BatchError> {
    let mut file = Delimited::open(path, options)?;
    let mut columns: Vec<Column> = file
        .columns()
        .iter()
        .map(|name| Column::new(text.contains(&name.as_str())))
        .collect();
    let mut record = Record::new();
    let mut rows = 0_u64;
    while file.read(&mut record)? {
        for (column, value) in columns.iter_mut().zip(record.iter()) {
            column.see(value);
        }
        rows = rows.saturating_add(1);
    }
    let fields: Vec<Field> = file
        .columns()
        .iter()
        .zip(&columns)
        .map(|(name, column)| Field::new(name, column.kind(), true))
        .collect();
    Ok(Inferred {
        schema: Arc::new(Schema::new(fields)),
        rows,
        encoding: file.encoding(),
    })
}

/// An iterator of batches of a delimited file; after an error it ends.
#[derive(Debug)]
pub struct Batches {
    file: Delimited,
    schema: SchemaRef,
    rows: usize,
    ended: bool,
}

impl Batches {
    /// Every column as text.
    pub fn text(file: Delimited, rows: usize) -> Self {
        let fields: Vec<Field> = file
            .columns()
            .iter()
            .map(|name| Field::new(name, DataType::Utf8, true))
            .collect();
        Self {
            file,
            schema: Arc::new(Schema::new(fields)),
            rows: rows.max(1),
            ended: false,
        }
    }

    /// The second pass, with the types of the first.
    pub fn typed(
        path: &Path,
        options: Options,
        inferred: &Inferred,
        rows: usize,
    ) -> Result<Self, BatchError> {
        let options = Options {
            encoding: inferred.encoding,
            ..options
        };
        let file = Delimited::open(path, options)?;
        let same =
            file.columns()
                .iter()
                .eq(inferred.schema.fields().iter().map(|field| field.name()));
        if !same {
            return Err(BatchError::Changed {
                file: file.file().to_owned(),
                line: 1,
                column: 1,
            });
        }
        Ok(Self {
            file,
            schema: Arc::clone(&inferred.schema),
            rows: rows.max(1),
            ended: false,
        })
    }

    /// The schema of every batch.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn batch(&mut self) -> Result<Option<RecordBatch>, BatchError> {
        let mut builders = Vec::with_capacity(self.schema.fields().len());
        for field in self.schema.fields() {
            builders.push(Builder::new(field.data_type())?);
        }
        let mut record = Record::new();
        let mut rows = 0_usize;
        let mut bytes = 0_usize;
        while rows < self.rows && bytes < BATCH_BYTES && self.file.read(&mut record)? {
            bytes = bytes.saturating_add(record.bytes());
            for (column, (builder, value)) in (1_u64..).zip(builders.iter_mut().zip(record.iter()))
            {
                if !builder.push(value) {
                    let (file, line) = (self.file.file().to_owned(), record.line());
                    return Err(BatchError::Changed { file, line, column });
                }
            }
            rows = rows.saturating_add(1);
        }
        if rows == 0 {
            return Ok(None);
        }
        let arrays = builders.into_iter().map(Builder::finish).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays);
        batch
            .map(Some)
            .map_err(|_: ArrowError| BatchError::Broken("a batch fits its schema"))
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let outcome = self.batch().transpose();
        self.ended = !matches!(outcome, Some(Ok(_)));
        outcome
    }
}

enum Builder {
    Boolean(BooleanBuilder),
    Date(Date32Builder),
    Integer(Int64Builder),
    Number(Float64Builder),
    Text(StringBuilder),
}

impl Builder {
    fn new(kind: &DataType) -> Result<Self, BatchError> {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the types that inference gives are these five"
        )]
        match kind {
            DataType::Boolean => Ok(Self::Boolean(BooleanBuilder::new())),
            DataType::Date32 => Ok(Self::Date(Date32Builder::new())),
            DataType::Int64 => Ok(Self::Integer(Int64Builder::new())),
            DataType::Float64 => Ok(Self::Number(Float64Builder::new())),
            DataType::Utf8 => Ok(Self::Text(StringBuilder::new())),
            _ => Err(BatchError::Broken("an inferred type is one of five")),
        }
    }

    /// False if the value has not the type of the column.
    fn push(&mut self, value: &str) -> bool {
        let empty = value.is_empty();
        match self {
            Self::Boolean(builder) => keep(empty, infer::boolean(value), |value| {
                builder.append_option(value);
            }),
            Self::Date(builder) => keep(empty, infer::date(value), |value| {
                builder.append_option(value);
            }),
            Self::Integer(builder) => keep(empty, infer::integer(value), |value| {
                builder.append_option(value);
            }),
            Self::Number(builder) => keep(empty, infer::number(value), |value| {
                builder.append_option(value);
            }),
            Self::Text(builder) => {
                builder.append_option((!empty).then_some(value));
                true
            }
        }
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::Boolean(mut builder) => Arc::new(builder.finish()),
            Self::Date(mut builder) => Arc::new(builder.finish()),
            Self::Integer(mut builder) => Arc::new(builder.finish()),
            Self::Number(mut builder) => Arc::new(builder.finish()),
            Self::Text(mut builder) => Arc::new(builder.finish()),
        }
    }
}

fn keep<T>(empty: bool, value: Option<T>, mut append: impl FnMut(Option<T>)) -> bool {
    let fits = empty || value.is_some();
    append(value);
    fits
}
