//! Answers as CSV, JSON and Parquet.

use std::io::{self, Write};
use std::sync::Arc;

use arrow::array::{Array, AsArray as _, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Field, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, Schema,
    SchemaRef, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use renketsu_table::parquet::{ParquetSink, SinkError, Sorting};
use serde_json::Value;

use super::QueryError;

/// Form of an answer in JSON.
pub const QUERY_SCHEMA: &str = "renketsu.query/1";

/// A column of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// `boolean`, `integer`, `number`, `decimal`, `date`, `datetime`, `time`, `string`, or `other`.
    pub kind: &'static str,
    /// What its values are in JSON.
    pub form: Form,
}

/// What the values of a column are in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `true` or `false`.
    Boolean,
    /// An exact number.
    Integer,
    /// A number of single precision.
    Single,
    /// A number of double precision.
    Double,
    /// A text; null of a column that has nothing else.
    Text,
}

impl Form {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Boolean, "boolean"),
        (Self::Integer, "integer"),
        (Self::Single, "single"),
        (Self::Double, "double"),
        (Self::Text, "text"),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        let mut all = Self::ALL.iter();
        all.find(|(form, _)| *form == self)
            .map_or("text", |(_, name)| name)
    }

    /// The form of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter();
        all.find(|(_, known)| *known == name).map(|(form, _)| *form)
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the types JSON has; all others are text"
    )]
    fn of(kind: &DataType) -> Self {
        match kind {
            DataType::Boolean => Self::Boolean,
            DataType::Float32 => Self::Single,
            DataType::Float64 => Self::Double,
            integer if integer.is_integer() => Self::Integer,
            _ => Self::Text,
        }
    }

    /// The value of a cell whose text [`QueryResult::cells`] gave, as [`QueryResult::json`] writes it; `None` for a text of
    /// another form.
    pub fn value(self, text: &str) -> Option<Value> {
        Some(match self {
            Self::Boolean => text.parse::<bool>().ok()?.into(),
            Self::Integer => match text.parse::<i64>() {
                Ok(number) => number.into(),
                Err(_) => text.parse::<u64>().ok()?.into(),
            },
            Self::Single => f64::from(text.parse::<f32>().ok()?).into(),
            Self::Double => text.parse::<f64>().ok()?.into(),
            Self::Text => text.into(),
        })
    }
}

/// The answer to a question: rows about nobody.
#[derive(Debug, Clone)]
pub struct QueryResult {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    /// How many persons stand behind each row; nothing prints it.
    persons: Option<Vec<u64>>,
    /// Where the rows are about single persons: whether there would have been more than may come out.
    row_level: Option<Cut>,
}

/// Whether an answer has all its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Cut,
    Whole,
}

impl QueryResult {
    /// With `counted`, the last column is the number of persons behind each row and is taken off. `cap`: the rows are
    /// about single persons, and at most so many come out.
    pub(super) fn new(
        schema: SchemaRef,
        mut batches: Vec<RecordBatch>,
        counted: bool,
        cap: Option<usize>,
    ) -> Result<Self, QueryError> {
        let row_level = cap.map(|cap| first(&mut batches, cap));
        let last = schema.fields().len().checked_sub(1);
        let Some(last) = last.filter(|_| counted) else {
            return Ok(Self {
                schema,
                batches,
                persons: None,
                row_level,
            });
        };
        let shown: Vec<usize> = (0..last).collect();
        let broken = |_| QueryError::Internal;
        let mut persons = Vec::new();
        let mut kept = Vec::with_capacity(batches.len());
        for batch in &batches {
            let counts = cast(batch.column(last), &DataType::UInt64).map_err(broken)?;
            let counts = counts.as_primitive::<UInt64Type>().iter();
            persons.extend(counts.map(Option::unwrap_or_default));
            kept.push(batch.project(&shown).map_err(broken)?);
        }
        Ok(Self {
            schema: Arc::new(schema.project(&shown).map_err(broken)?),
            batches: kept,
            persons: Some(persons),
            row_level,
        })
    }

    /// Positions of the rows, from 0, that speak of fewer than `threshold` persons; none where the answer speaks of
    /// nobody. How many fewer stays inside.
    pub fn small(&self, threshold: u64) -> Vec<usize> {
        let persons = self.persons.iter().flatten().enumerate();
        let small = persons.filter(|(_, persons)| **persons < threshold);
        small.map(|(row, _)| row).collect()
    }

    /// The fewest persons behind each row, for the release desk; `None` where the answer speaks of nobody.
    pub fn persons(&self) -> Option<&[u64]> {
        self.persons.as_deref()
    }

    /// Whether the rows are about single persons, by a decision for the study.
    pub fn row_level(&self) -> bool {
        self.row_level.is_some()
    }

    /// Whether there would have been more rows about single persons than may come out.
    pub fn cut(&self) -> bool {
        self.row_level == Some(Cut::Cut)
    }

    /// How many rows.
    pub fn rows(&self) -> u64 {
        self.batches
            .iter()
            .map(|batch| batch.num_rows() as u64)
            .fold(0, u64::saturating_add)
    }

    /// The columns in order.
    pub fn columns(&self) -> Vec<Column> {
        let column = |field: &Arc<Field>| Column {
            name: field.name().clone(),
            kind: kind(field.data_type()),
            form: Form::of(field.data_type()),
        };
        self.schema.fields().iter().map(column).collect()
    }

    /// The rows as Arrow batches.
    pub fn batches(&self) -> &[RecordBatch] {
        &self.batches
    }

    /// The cells of each row as text; null is `None`.
    pub fn cells(&self) -> Result<Vec<Vec<Option<String>>>, QueryError> {
        let mut rows = Vec::new();
        self.each_row(|cells| {
            rows.push(cells.iter().map(Cell::text).collect::<Result<_, _>>()?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// CSV in UTF-8 with a header line, LF, quotes only where needed; null is an empty field and an empty text is `""`.
    pub fn csv(&self, target: &mut dyn Write) -> Result<(), QueryError> {
        let header = self.schema.fields().iter();
        let header: Vec<Option<String>> = header.map(|f| Some(f.name().clone())).collect();
        csv_line(target, &header)?;
        self.each_row(|cells| {
            let cells: Result<Vec<Option<String>>, QueryError> =
                cells.iter().map(Cell::text).collect();
            csv_line(target, &cells?)
        })
    }

    /// One JSON object: `schema` ([`QUERY_SCHEMA`]), `row_level` (only where the rows are about single persons: true) and
    /// with it `cut` (whether there would have been more of them than may come out), of aggregates about persons `threshold` and `small`
    /// (positions in `rows`, from 0, of those that stand on fewer persons), `columns` (name, type) and `rows` (arrays).
    /// Integers are exact numbers; decimals, dates and times are strings; what JSON can't say (infinity) is null.
    pub fn json(&self, target: &mut dyn Write, threshold: u64) -> Result<(), QueryError> {
        let columns: Vec<Value> = self
            .columns()
            .into_iter()
            .map(|column| serde_json::json!({ "name": column.name, "type": column.kind }))
            .collect();
        let put =
            |target: &mut dyn Write, text: &str| target.write_all(text.as_bytes()).map_err(output);
        let head = Value::from(columns).to_string();
        let mark = match self.row_level {
            None if self.persons.is_none() => String::new(),
            None => {
                let small = Value::from(self.small(threshold));
                format!("\"threshold\":{threshold},\"small\":{small},")
            }
            Some(cut) => format!("\"row_level\":true,\"cut\":{},", cut == Cut::Cut),
        };
        put(
            target,
            &format!("{{\"schema\":\"{QUERY_SCHEMA}\",{mark}\"columns\":{head},\"rows\":["),
        )?;
        let mut first = true;
        self.each_row(|cells| {
            let row: Result<Vec<Value>, QueryError> = cells.iter().map(Cell::json).collect();
            let comma = if std::mem::take(&mut first) {
                "\n"
            } else {
                ",\n"
            };
            put(target, &format!("{comma}{}", Value::from(row?)))
        })?;
        put(target, "\n]}\n")
    }

    /// A Parquet file. Where the rows are about single persons, its metadata has `renketsu.row_level` and `renketsu.cut`.
    pub fn parquet(&self, target: &mut (dyn Write + Send)) -> Result<(), QueryError> {
        let plain = |field: &Arc<Field>| Field::new(field.name(), stored(field.data_type()), true);
        let schema = Arc::new(Schema::new(
            self.schema.fields().iter().map(plain).collect::<Vec<_>>(),
        ));
        let mut sink = ParquetSink::create(target, &schema, &Sorting::none())?;
        for batch in &self.batches {
            let arrays = batch.columns().iter().zip(schema.fields());
            let arrays = arrays
                .map(|(array, field)| cast(array, field.data_type()))
                .collect::<Result<Vec<_>, _>>();
            let batch = arrays.and_then(|arrays| RecordBatch::try_new(Arc::clone(&schema), arrays));
            sink.write(&batch.map_err(|_| SinkError::Broken("a result fits its own schema"))?)?;
        }
        if self.row_level() {
            sink.note("renketsu.row_level", "true");
            sink.note("renketsu.cut", if self.cut() { "true" } else { "false" });
        }
        sink.finish()?;
        Ok(())
    }

    fn each_row(
        &self,
        mut row: impl FnMut(&[Cell<'_>]) -> Result<(), QueryError>,
    ) -> Result<(), QueryError> {
        let options = FormatOptions::default();
        for batch in &self.batches {
            let formatters = batch
                .columns()
                .iter()
                .map(|array| ArrayFormatter::try_new(array.as_ref(), &options))
                .collect::<Result<Vec<_>, _>>()
                .map_err(|_| QueryError::Internal)?;
            for index in 0..batch.num_rows() {
                let cells: Vec<Cell<'_>> = batch
                    .columns()
                    .iter()
                    .zip(&formatters)
                    .map(|(array, formatter)| Cell {
                        array: array.as_ref(),
                        formatter,
                        index,
                    })
                    .collect();
                row(&cells)?;
            }
        }
        Ok(())
    }
}

/// Keeps the first `cap` rows.
fn first(batches: &mut Vec<RecordBatch>, cap: usize) -> Cut {
    let mut left = cap;
    let mut cut = Cut::Whole;
    for batch in batches.iter_mut() {
        if batch.num_rows() > left {
            *batch = batch.slice(0, left);
            cut = Cut::Cut;
        }
        left = left.saturating_sub(batch.num_rows());
    }
    batches.retain(|batch| batch.num_rows() > 0);
    cut
}

struct Cell<'a> {
    array: &'a dyn Array,
    formatter: &'a ArrayFormatter<'a>,
    index: usize,
}

impl Cell<'_> {
    fn text(&self) -> Result<Option<String>, QueryError> {
        if self.array.is_null(self.index) {
            return Ok(None);
        }
        self.formatter
            .value(self.index)
            .try_to_string()
            .map(Some)
            .map_err(|_| QueryError::Internal)
    }

    fn json(&self) -> Result<Value, QueryError> {
        if self.array.is_null(self.index) {
            return Ok(Value::Null);
        }
        let (array, i) = (self.array, self.index);
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the types JSON has; all others are text"
        )]
        Ok(match array.data_type() {
            DataType::Null => Value::Null,
            DataType::Boolean => array.as_boolean().value(i).into(),
            DataType::Int8 => array.as_primitive::<Int8Type>().value(i).into(),
            DataType::Int16 => array.as_primitive::<Int16Type>().value(i).into(),
            DataType::Int32 => array.as_primitive::<Int32Type>().value(i).into(),
            DataType::Int64 => array.as_primitive::<Int64Type>().value(i).into(),
            DataType::UInt8 => array.as_primitive::<UInt8Type>().value(i).into(),
            DataType::UInt16 => array.as_primitive::<UInt16Type>().value(i).into(),
            DataType::UInt32 => array.as_primitive::<UInt32Type>().value(i).into(),
            DataType::UInt64 => array.as_primitive::<UInt64Type>().value(i).into(),
            DataType::Float32 => f64::from(array.as_primitive::<Float32Type>().value(i)).into(),
            DataType::Float64 => array.as_primitive::<Float64Type>().value(i).into(),
            _ => self.text()?.into(),
        })
    }
}

fn output(source: io::Error) -> QueryError {
    QueryError::Output { source }
}

/// A line as [`QueryResult::csv`] writes it, of cells as [`QueryResult::cells`] gives them.
pub fn csv_line(target: &mut dyn Write, cells: &[Option<String>]) -> Result<(), QueryError> {
    let cells: Vec<String> = cells
        .iter()
        .map(|cell| cell.as_deref().map_or_else(String::new, quoted))
        .collect();
    target
        .write_all(cells.join(",").as_bytes())
        .and_then(|()| target.write_all(b"\n"))
        .map_err(output)
}

fn quoted(text: &str) -> String {
    if text.is_empty() || text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "types with a word of their own; all others are one"
)]
fn kind(kind: &DataType) -> &'static str {
    match kind {
        DataType::Boolean => "boolean",
        DataType::Float16 | DataType::Float32 | DataType::Float64 => "number",
        DataType::Date32 | DataType::Date64 => "date",
        DataType::Timestamp(..) => "datetime",
        DataType::Time32(_) | DataType::Time64(_) => "time",
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "string",
        integer if integer.is_integer() => "integer",
        decimal if decimal.is_decimal() => "decimal",
        _ => "other",
    }
}

/// The type a column has in a file.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "types that a file has in another form"
)]
fn stored(kind: &DataType) -> DataType {
    match kind {
        DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => DataType::Utf8,
        DataType::Dictionary(_, values) => stored(values),
        other => other.clone(),
    }
}
