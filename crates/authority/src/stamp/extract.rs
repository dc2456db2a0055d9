//! The extract as it comes: Parquet, CSV or TSV, SAS XPORT or Stata, as batches of one schema.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use arrow::array::{
    Array as _, ArrayRef, AsArray as _, Float64Array, Int64Array, RecordBatch, StringArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, SchemaRef};
use renketsu_table::BATCH_ROWS;
use renketsu_table::batches::{self, Batches, Inferred};
use renketsu_table::delimited::Options;
use renketsu_table::parquet::ParquetSource;
use renketsu_table::schema::ColumnLabel;
use renketsu_table::statistical::{self, StatisticalSource};

use super::StampError;

const PARQUET_MARK: &[u8] = b"PAR1";
/// Floating point has every whole number below it.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// An extract, readable from the beginning. What kind of file it is, its first bytes tell.
pub(crate) struct Extract {
    path: PathBuf,
    form: Form,
}

enum Form {
    Delimited {
        options: Options,
        inferred: Inferred,
    },
    Parquet(ParquetSource),
    Statistical(StatisticalSource),
}

/// The rows of an extract.
pub(crate) type Rows = Box<dyn Iterator<Item = Result<RecordBatch, StampError>>>;

impl Extract {
    /// Opens the file. In a delimited one the columns named in `text` stay text, so that a leading zero of an identifier
    /// is not lost.
    pub(crate) fn open(path: &Path, options: Options, text: &[&str]) -> Result<Self, StampError> {
        let mut head = Vec::new();
        if let Ok(file) = renketsu_seal::durable::open_file(path) {
            // What cannot be read is told by whoever reads it.
            let most = statistical::MAGIC as u64;
            file.take(most).read_to_end(&mut head).unwrap_or_default();
        }
        let form = if head.starts_with(PARQUET_MARK) {
            Form::Parquet(ParquetSource::file(path)?)
        } else if statistical::is_xport(&head) || statistical::is_stata(&head) {
            Form::Statistical(StatisticalSource::file(path, options.encoding)?)
        } else {
            let inferred = batches::infer(path, options, text)?;
            Form::Delimited { options, inferred }
        };
        Ok(Self {
            path: path.to_owned(),
            form,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn schema(&self) -> &SchemaRef {
        match &self.form {
            Form::Delimited { inferred, .. } => &inferred.schema,
            Form::Parquet(source) => source.schema(),
            Form::Statistical(source) => source.schema(),
        }
    }

    /// What the file says of its columns beside their names.
    pub(crate) fn labels(&self) -> Option<&BTreeMap<String, ColumnLabel>> {
        match &self.form {
            Form::Delimited { .. } | Form::Parquet(_) => None,
            Form::Statistical(source) => Some(source.labels()),
        }
    }

    pub(crate) fn has(&self, column: &str) -> bool {
        self.schema().field_with_name(column).is_ok()
    }

    /// The rows from the beginning.
    pub(crate) fn batches(&self) -> Result<Rows, StampError> {
        Ok(match &self.form {
            Form::Delimited { options, inferred } => {
                let batches = Batches::typed(&self.path, *options, inferred, BATCH_ROWS)?;
                Box::new(batches.map(|batch| Ok(batch?)))
            }
            Form::Parquet(source) => {
                let batches = source.batches(None, BATCH_ROWS)?;
                Box::new(batches.map(|batch| Ok(batch?)))
            }
            Form::Statistical(source) => {
                let batches = source.batches(BATCH_ROWS)?;
                Box::new(batches.map(|batch| Ok(batch?)))
            }
        })
    }
}

/// The column as text: dates as YYYY-MM-DD, numbers as they are written; SAS has no number that is not floating point, so
/// that whole ones are written without a point. `None` for a type that has no text.
pub(crate) fn text(column: &ArrayRef) -> Option<StringArray> {
    let numbers = column.as_primitive_opt::<Float64Type>().and_then(whole);
    let column: &dyn arrow::array::Array = match &numbers {
        Some(numbers) => numbers,
        None => column,
    };
    cast(column, &DataType::Utf8)
        .ok()?
        .as_string_opt::<i32>()
        .cloned()
}

fn whole(numbers: &Float64Array) -> Option<Int64Array> {
    let fits = |number: f64| number.fract() == 0.0 && number.abs() < WHOLE;
    if numbers.iter().flatten().all(fits) {
        let numbers = cast(numbers, &DataType::Int64).ok()?;
        numbers.as_primitive_opt().cloned()
    } else {
        None
    }
}

/// The value of a row, or nothing.
pub(crate) fn value(column: Option<&StringArray>, row: usize) -> &str {
    column
        .filter(|column| row < column.len() && !column.is_null(row))
        .map_or("", |column| column.value(row))
}
