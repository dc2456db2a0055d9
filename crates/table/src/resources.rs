//! Anonymized HL7 FHIR resources, one in each line (NDJSON), as Arrow batches: `docs/formats/resources.md`.
//!
//! A file is read once for the types of its lines, once for the columns, and once for the rows. What identifies by
//! definition is left out and named; it never becomes a column.

mod fault;
mod flat;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, RecordBatch, StringBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use serde::Deserialize;
use serde_json::{Map, Value};

pub use fault::ResourceError;

use crate::{BATCH_BYTES, MAX_COLUMNS, MAX_RECORD};
use flat::{Flat, Kind};

/// The column of the person a resource is about: the id in its reference to a `Patient`.
pub const PATIENT: &str = "patient";
/// The column of what has no column of its own, as JSON.
pub const REST: &str = "rest";

/// Whether a file that begins so holds resources.
pub fn is_resources(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    head.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

/// The resources of one type in a file. They can be read any number of times.
#[derive(Debug)]
pub struct Resources {
    path: PathBuf,
    kind: String,
    /// Beside [`PATIENT`] and [`REST`], by name.
    columns: BTreeMap<String, Kind>,
    rest: bool,
    schema: SchemaRef,
    rows: u64,
    dropped: Vec<String>,
}

#[derive(Deserialize)]
struct Probe {
    #[serde(rename = "resourceType")]
    kind: Option<String>,
}

impl Resources {
    /// Finds the columns of a table. If the file has resources of the type that `table` is called (in any case, without
    /// its underscores), they are the table's; else all its resources must be of one type.
    pub fn file(path: &Path, table: &str) -> Result<Self, ResourceError> {
        let kind = kind(path, table)?;
        let mut columns: BTreeMap<String, Kind> = BTreeMap::new();
        let mut dropped = BTreeSet::new();
        let mut rest = false;
        let mut rows = 0_u64;
        let mut lines = Lines::open(path)?;
        while let Some(resource) = lines.resource(&kind)? {
            let flat = Flat::of(resource);
            for (name, cell) in &flat.cells {
                if let Some(kind) = columns.get_mut(name) {
                    *kind = kind.and(cell.kind());
                } else if columns.len() < MAX_COLUMNS.saturating_sub(2) {
                    columns.insert(name.clone(), cell.kind());
                } else {
                    let file = path.display().to_string();
                    return Err(ResourceError::Columns { file });
                }
            }
            rest = rest || !flat.rest.is_empty();
            dropped.extend(flat.dropped);
            rows = rows.saturating_add(1);
        }
        let patient = Field::new(PATIENT, DataType::Utf8, true);
        let fields = columns
            .iter()
            .map(|(name, kind)| Field::new(name, kind.data_type(), true));
        let rest_field = rest.then(|| Field::new(REST, DataType::Utf8, true));
        let fields = std::iter::once(patient).chain(fields).chain(rest_field);
        Ok(Self {
            path: path.to_owned(),
            kind,
            schema: Arc::new(Schema::new(fields.collect::<Vec<_>>())),
            columns,
            rest,
            rows,
            dropped: dropped.into_iter().collect(),
        })
    }

    /// The type of its resources.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// [`PATIENT`], the columns by name, [`REST`] if any resource has one; all nullable.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// How many there are.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The elements that are left out because they identify by definition, or refer to the source.
    pub fn dropped(&self) -> &[String] {
        &self.dropped
    }

    /// Batches of at most `rows` rows, from the beginning; fewer where lines are long.
    pub fn batches(&self, rows: usize) -> Result<ResourceBatches, ResourceError> {
        Ok(ResourceBatches {
            lines: Lines::open(&self.path)?,
            kind: self.kind.clone(),
            columns: self.columns.clone(),
            rest: self.rest,
            schema: Arc::clone(&self.schema),
            rows: rows.max(1),
            ended: false,
        })
    }
}

/// The type of the resources that make up a table.
fn kind(path: &Path, table: &str) -> Result<String, ResourceError> {
    let wanted = table.replace('_', "");
    let mut lines = Lines::open(path)?;
    let mut first: Option<String> = None;
    let mut other: Option<(u64, String)> = None;
    while let Some(probe) = lines.next::<Probe>()? {
        let file = || lines.file.clone();
        let line = lines.line;
        let kind = probe.kind.filter(|kind| is_type(kind));
        let kind = kind.ok_or_else(|| ResourceError::Kind { file: file(), line })?;
        if kind.eq_ignore_ascii_case(&wanted) {
            return Ok(kind);
        }
        match &first {
            None => first = Some(kind),
            Some(first) if *first == kind => {}
            Some(_) => drop(other.get_or_insert((line, kind))),
        }
    }
    let file = lines.file;
    match (first, other) {
        (Some(kind), None) => Ok(kind),
        (None, _) => Err(ResourceError::Empty { file }),
        (Some(first), Some((line, other))) => Err(ResourceError::Several {
            file,
            line,
            types: format!("{first}, {other}"),
        }),
    }
}

/// A name that may be shown.
fn is_type(kind: &str) -> bool {
    (1..=64).contains(&kind.len()) && kind.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// The lines of a file.
#[derive(Debug)]
struct Lines {
    file: String,
    input: BufReader<File>,
    bytes: Vec<u8>,
    line: u64,
}

impl Lines {
    fn open(path: &Path) -> Result<Self, ResourceError> {
        let file = path.display().to_string();
        match renketsu_seal::durable::open_file(path) {
            Ok(input) => Ok(Self {
                file,
                input: BufReader::with_capacity(1 << 18, input),
                bytes: Vec::new(),
                line: 0,
            }),
            Err(source) => Err(ResourceError::Io { file, source }),
        }
    }

    /// What the next line that is not blank says.
    fn next<T: for<'a> Deserialize<'a>>(&mut self) -> Result<Option<T>, ResourceError> {
        loop {
            self.bytes.clear();
            self.line = self.line.saturating_add(1);
            let (file, line) = (|| self.file.clone(), self.line);
            let most = (MAX_RECORD as u64).saturating_add(1);
            let read = (&mut self.input)
                .take(most)
                .read_until(b'\n', &mut self.bytes)
                .map_err(|source| ResourceError::Io {
                    file: file(),
                    source,
                })?;
            if read == 0 {
                return Ok(None);
            }
            if read > MAX_RECORD {
                return Err(ResourceError::Long { file: file(), line });
            }
            let text = self.bytes.as_slice();
            let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
            if text.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            return serde_json::from_slice(text)
                .map(Some)
                .map_err(|_| ResourceError::Json { file: file(), line });
        }
    }

    /// The next resource of a type.
    fn resource(&mut self, kind: &str) -> Result<Option<Map<String, Value>>, ResourceError> {
        while let Some(resource) = self.next::<Map<String, Value>>()? {
            if resource.get("resourceType").and_then(Value::as_str) == Some(kind) {
                return Ok(Some(resource));
            }
        }
        Ok(None)
    }
}

/// An iterator of batches; after an error it ends.
#[derive(Debug)]
pub struct ResourceBatches {
    lines: Lines,
    kind: String,
    columns: BTreeMap<String, Kind>,
    rest: bool,
    schema: SchemaRef,
    rows: usize,
    ended: bool,
}

impl ResourceBatches {
    fn batch(&mut self) -> Result<Option<RecordBatch>, ResourceError> {
        let mut patients = StringBuilder::new();
        let mut rest = StringBuilder::new();
        let mut builders: BTreeMap<&str, Builder> = self
            .columns
            .iter()
            .map(|(name, kind)| (name.as_str(), Builder::new(*kind)))
            .collect();
        let (mut rows, mut bytes) = (0_usize, 0_usize);
        while rows < self.rows && bytes < BATCH_BYTES {
            let Some(resource) = self.lines.resource(&self.kind)? else {
                break;
            };
            bytes = bytes.saturating_add(self.lines.bytes.len());
            let mut flat = Flat::of(resource);
            patients.append_option(flat.patient.take());
            for (name, builder) in &mut builders {
                if !builder.push(flat.cells.remove(*name)) {
                    return Err(self.lines.changed());
                }
            }
            if !flat.cells.is_empty() || (!flat.rest.is_empty() && !self.rest) {
                return Err(self.lines.changed());
            }
            let left = (!flat.rest.is_empty()).then(|| Value::Object(flat.rest).to_string());
            rest.append_option(left);
            rows = rows.saturating_add(1);
        }
        if rows == 0 {
            return Ok(None);
        }
        let patients: ArrayRef = Arc::new(patients.finish());
        let rest: ArrayRef = Arc::new(rest.finish());
        let arrays = std::iter::once(patients)
            .chain(builders.into_values().map(Builder::finish))
            .chain(self.rest.then_some(rest));
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays.collect());
        batch
            .map(Some)
            .map_err(|_| ResourceError::Broken("a batch fits its schema"))
    }
}

impl Lines {
    fn changed(&self) -> ResourceError {
        ResourceError::Changed {
            file: self.file.clone(),
            line: self.line,
        }
    }
}

impl Iterator for ResourceBatches {
    type Item = Result<RecordBatch, ResourceError>;

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
    Integer(Int64Builder),
    Number(Float64Builder),
    Text(StringBuilder),
}

impl Builder {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Boolean => Self::Boolean(BooleanBuilder::new()),
            Kind::Integer => Self::Integer(Int64Builder::new()),
            Kind::Number => Self::Number(Float64Builder::new()),
            Kind::Text => Self::Text(StringBuilder::new()),
        }
    }

    /// False if the cell has not the type of the column.
    fn push(&mut self, cell: Option<flat::Cell>) -> bool {
        match self {
            Self::Boolean(builder) => {
                let value = cell.as_ref().and_then(flat::Cell::boolean);
                builder.append_option(value);
                cell.is_none() || value.is_some()
            }
            Self::Integer(builder) => {
                let value = cell.as_ref().and_then(flat::Cell::integer);
                builder.append_option(value);
                cell.is_none() || value.is_some()
            }
            Self::Number(builder) => {
                let value = cell.as_ref().and_then(flat::Cell::number);
                builder.append_option(value);
                cell.is_none() || value.is_some()
            }
            Self::Text(builder) => {
                builder.append_option(cell.map(flat::Cell::text));
                true
            }
        }
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::Boolean(mut builder) => Arc::new(builder.finish()),
            Self::Integer(mut builder) => Arc::new(builder.finish()),
            Self::Number(mut builder) => Arc::new(builder.finish()),
            Self::Text(mut builder) => Arc::new(builder.finish()),
        }
    }
}
