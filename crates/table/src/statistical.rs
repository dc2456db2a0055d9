//! SAS XPORT (`.xpt`, versions 5, 8 and 9) and Stata (`.dta`, releases 102 to 119), as Arrow batches.
//!
//! A number comes as the narrowest type that holds every value of its storage; in XPORT that is always 64-bit floating
//! point. A column whose format shows a day or an instant comes as one, counted from 1960 as both programs do: Stata
//! `%td` and `%tc`, SAS `DATE9.`, `DATETIME.` and their like. Anything else that counts time (`%tm`, `%tC`, `TIME.`) stays
//! the number it is. Missing values of all kinds, and blank texts, are null and are counted.
//!
//! Neither format has a checksum, and XPORT 5 no count of its rows: a file cut off between two rows, where its padding
//! may end, is a shorter table, and rows of nothing but spaces at its very end are padding. Nor does a Stata file up to
//! release 116 say how many code lists it ends with.

mod column;
mod fault;
mod input;
mod stata;
mod xport;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Seek};
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema, SchemaRef};
use encoding_rs::SHIFT_JIS;
use renketsu_seal::durable;

pub use fault::StatisticalError;

use crate::delimited::Encoding;
use crate::schema::ColumnLabel;
use crate::{BATCH_BYTES, MAX_COLUMNS};
use column::{Builder, Cell, Count, Kind};
use input::Input;

/// How many bytes tell a file's format.
pub const MAGIC: usize = 80;

/// How much of the rows decides an encoding.
const SAMPLE: u64 = 1024 * 1024;

/// Whether a file that begins so is SAS XPORT.
pub fn is_xport(head: &[u8]) -> bool {
    xport::is_library(head)
}

/// Whether a file that begins so is Stata's.
pub fn is_stata(head: &[u8]) -> bool {
    stata::is_dataset(head)
}

/// Which program's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Stata.
    Stata,
    /// SAS XPORT.
    Xport,
}

/// An open file of SAS or Stata. It can be read any number of times.
pub struct StatisticalSource {
    input: Input,
    encoding: Encoding,
    columns: Vec<Column>,
    schema: SchemaRef,
    labels: BTreeMap<String, ColumnLabel>,
    layout: Layout,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Column {
    name: String,
    kind: Kind,
}

#[derive(Clone)]
enum Layout {
    Stata(stata::Layout),
    Xport(xport::Layout),
}

/// What a module of one format found at the beginning of a file.
struct Opened {
    columns: Vec<(Column, ColumnLabel)>,
    encoding: Encoding,
    layout: Layout,
}

impl std::fmt::Debug for StatisticalSource {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("StatisticalSource")
            .field("file", &self.input.file)
            .finish_non_exhaustive()
    }
}

impl StatisticalSource {
    /// Opens a file. `encoding` is that of XPORT and of Stata up to release 117; later ones are UTF-8.
    pub fn file(path: &Path, encoding: Encoding) -> Result<Self, StatisticalError> {
        let file = path.display().to_string();
        let opened = durable::open_file(path).map_err(|source| {
            let file = file.clone();
            if source.kind() == io::ErrorKind::NotFound {
                StatisticalError::Missing { file }
            } else {
                StatisticalError::Io { file, source }
            }
        })?;
        let about = opened.metadata().map_err(|source| StatisticalError::Io {
            file: file.clone(),
            source,
        })?;
        if about.is_dir() {
            return Err(StatisticalError::Directory { file });
        }
        Self::open(&file, opened, about.len(), encoding)
    }

    /// Reads what `length` bytes say of their columns; `name` is what errors call them.
    pub fn open(
        name: &str,
        input: impl Read + Seek + Send + 'static,
        length: u64,
        encoding: Encoding,
    ) -> Result<Self, StatisticalError> {
        let input = Input::new(name, input, length);
        if length == 0 {
            return Err(StatisticalError::Empty { file: input.file });
        }
        let head = usize::try_from(length).unwrap_or(MAGIC).min(MAGIC);
        let head = input.bytes(0, head)?;
        let opened = if is_xport(&head) {
            xport::open(&input, encoding)?
        } else if is_stata(&head) {
            stata::open(&input, encoding)?
        } else {
            return Err(input.malformed());
        };
        let Opened {
            columns,
            encoding,
            layout,
        } = opened;
        checked(&input, &columns)?;
        let fields: Vec<Field> = columns
            .iter()
            .map(|(column, _)| Field::new(&column.name, column.kind.data_type(), true))
            .collect();
        let (columns, labels): (Vec<Column>, Vec<ColumnLabel>) = columns.into_iter().unzip();
        let labels = columns
            .iter()
            .map(|column| column.name.clone())
            .zip(labels)
            .filter(|(_, label)| !label.is_empty())
            .collect();
        Ok(Self {
            input,
            encoding,
            columns,
            schema: Arc::new(Schema::new(fields)),
            labels,
            layout,
        })
    }

    /// The file as errors call it.
    pub fn name(&self) -> &str {
        &self.input.file
    }

    /// Which program's format it has.
    pub fn format(&self) -> Format {
        match self.layout {
            Layout::Stata(_) => Format::Stata,
            Layout::Xport(_) => Format::Xport,
        }
    }

    /// The encoding it is read in; never [`Encoding::Detect`].
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The columns, all nullable, without metadata: what the file says of them beside name and type is in
    /// [`Self::labels`].
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// What the file says of its columns, by name; only those it says something of.
    pub fn labels(&self) -> &BTreeMap<String, ColumnLabel> {
        &self.labels
    }

    /// How many rows there are.
    pub fn rows(&self) -> u64 {
        match &self.layout {
            Layout::Stata(layout) => layout.rows(),
            Layout::Xport(layout) => layout.rows(),
        }
    }

    /// Batches of at most `rows` rows, from the beginning; fewer where texts are long.
    pub fn batches(&self, rows: usize) -> Result<StatisticalBatches, StatisticalError> {
        let reading = match &self.layout {
            Layout::Stata(layout) => Reading::Stata(Box::new(layout.read(&self.input)?)),
            Layout::Xport(layout) => Reading::Xport(Box::new(layout.read(&self.input))),
        };
        Ok(StatisticalBatches {
            file: self.input.file.clone(),
            schema: Arc::clone(&self.schema),
            counts: vec![Count::default(); self.columns.len()],
            columns: self.columns.clone(),
            reading,
            rows: rows.max(1),
            row: 0,
            ended: false,
        })
    }
}

/// The missing values of a column, by what stood there.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct MissingValues {
    /// The column.
    pub column: String,
    /// The plain missing value, `.`.
    pub system: u64,
    /// One with a reason: `.a` to `.z` of Stata; `.A` to `.Z` and `._` of SAS.
    pub tagged: u64,
    /// A text of nothing or of spaces.
    pub empty: u64,
}

enum Reading {
    Stata(Box<stata::Rows>),
    Xport(Box<xport::Rows>),
}

/// An iterator of batches; after an error it ends.
pub struct StatisticalBatches {
    file: String,
    schema: SchemaRef,
    columns: Vec<Column>,
    counts: Vec<Count>,
    reading: Reading,
    rows: usize,
    row: u64,
    ended: bool,
}

impl std::fmt::Debug for StatisticalBatches {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("StatisticalBatches")
            .field("file", &self.file)
            .field("row", &self.row)
            .finish_non_exhaustive()
    }
}

impl StatisticalBatches {
    /// The schema of every batch.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The missing values of the rows read so far, of each column that has any.
    pub fn missing(&self) -> Vec<MissingValues> {
        let counted = self.columns.iter().zip(&self.counts);
        counted
            .map(|(column, count)| MissingValues {
                column: column.name.clone(),
                system: count.system,
                tagged: count.tagged,
                empty: count.empty,
            })
            .filter(|missing| (missing.system, missing.tagged, missing.empty) != (0, 0, 0))
            .collect()
    }

    fn batch(&mut self) -> Result<Option<RecordBatch>, StatisticalError> {
        let mut sink = Sink {
            file: &self.file,
            columns: &self.columns,
            builders: self
                .columns
                .iter()
                .map(|column| Builder::new(column.kind))
                .collect(),
            counts: &mut self.counts,
            row: self.row,
            bytes: 0,
            limit: 0,
        };
        let mut rows = 0_usize;
        while rows < self.rows && sink.bytes < BATCH_BYTES {
            // A row of a few bytes may refer to any number of long texts.
            sink.limit = sink.bytes.saturating_add(BATCH_BYTES);
            sink.row = sink.row.saturating_add(1);
            let more = match &mut self.reading {
                Reading::Stata(reading) => reading.row(&mut sink)?,
                Reading::Xport(reading) => reading.row(&mut sink)?,
            };
            if !more {
                break;
            }
            rows = rows.saturating_add(1);
        }
        let arrays = sink.builders.into_iter().map(Builder::finish).collect();
        self.row = self.row.saturating_add(rows as u64);
        if rows == 0 {
            return Ok(None);
        }
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays);
        batch
            .map(Some)
            .map_err(|_| StatisticalError::Broken("a batch fits its schema"))
    }
}

impl Iterator for StatisticalBatches {
    type Item = Result<RecordBatch, StatisticalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let outcome = self.batch().transpose();
        self.ended = !matches!(outcome, Some(Ok(_)));
        outcome
    }
}

/// Where the cells of a row go.
struct Sink<'a> {
    file: &'a str,
    columns: &'a [Column],
    builders: Vec<Builder>,
    counts: &'a mut [Count],
    /// The row that is read, from 1.
    row: u64,
    /// Bytes of text so far, and how many there may be after this row.
    bytes: usize,
    limit: usize,
}

impl Sink<'_> {
    fn push(&mut self, place: usize, cell: Cell<'_>) -> Result<(), StatisticalError> {
        let (Some(builder), Some(count)) =
            (self.builders.get_mut(place), self.counts.get_mut(place))
        else {
            return Err(StatisticalError::Broken(
                "a row has the columns of its table",
            ));
        };
        count.see(cell);
        if let Cell::Text(text) = cell {
            self.bytes = self.bytes.saturating_add(text.len());
            if self.bytes > self.limit {
                let file = self.file.to_owned();
                return Err(StatisticalError::Long { file });
            }
        }
        if builder.push(cell) {
            Ok(())
        } else {
            Err(self.value(place))
        }
    }

    fn name(&self, place: usize) -> String {
        self.columns
            .get(place)
            .map(|column| column.name.clone())
            .unwrap_or_default()
    }

    /// Why a cell of this column gave no value at all.
    fn unreadable(&self, place: usize) -> StatisticalError {
        let text = |column: &Column| column.kind == Kind::Text;
        if self.columns.get(place).is_some_and(text) {
            self.encoding(place)
        } else {
            self.value(place)
        }
    }

    fn value(&self, place: usize) -> StatisticalError {
        StatisticalError::Value {
            file: self.file.to_owned(),
            row: self.row,
            column: self.name(place),
        }
    }

    fn encoding(&self, place: usize) -> StatisticalError {
        StatisticalError::Encoding {
            file: self.file.to_owned(),
            row: self.row,
            column: self.name(place),
        }
    }

    fn binary(&self, place: usize) -> StatisticalError {
        StatisticalError::Binary {
            file: self.file.to_owned(),
            row: self.row,
            column: self.name(place),
        }
    }
}

/// Refuses what no table of ours has.
fn checked(input: &Input, columns: &[(Column, ColumnLabel)]) -> Result<(), StatisticalError> {
    let file = || input.file.clone();
    if columns.is_empty() {
        return Err(StatisticalError::Empty { file: file() });
    }
    if columns.len() > MAX_COLUMNS {
        return Err(StatisticalError::Wide { file: file() });
    }
    let mut seen = BTreeSet::new();
    for (position, (column, _)) in (1_u64..).zip(columns) {
        if column.name.trim().is_empty() {
            return Err(StatisticalError::Unnamed {
                file: file(),
                position,
            });
        }
        if !seen.insert(&column.name) {
            return Err(StatisticalError::Duplicate {
                file: file(),
                column: column.name.clone(),
            });
        }
    }
    Ok(())
}

/// Strictly: `None` instead of a replacement character.
fn decoded(bytes: &[u8], encoding: Encoding) -> Option<std::borrow::Cow<'_, str>> {
    if encoding == Encoding::Cp932 {
        return SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes);
    }
    std::str::from_utf8(bytes)
        .ok()
        .map(std::borrow::Cow::Borrowed)
}

/// The encoding a file is read in, where it was to be found out.
fn settled(
    encoding: Encoding,
    is_utf8: impl FnOnce() -> Result<bool, StatisticalError>,
) -> Result<Encoding, StatisticalError> {
    match encoding {
        Encoding::Cp932 | Encoding::Utf8 => Ok(encoding),
        Encoding::Detect => Ok(if is_utf8()? {
            Encoding::Utf8
        } else {
            Encoding::Cp932
        }),
    }
}

/// A text without the padding at its end.
fn trimmed(bytes: &[u8]) -> &[u8] {
    let end = bytes
        .iter()
        .rposition(|byte| !matches!(byte, b' ' | 0))
        .map_or(0, |last| last.saturating_add(1));
    bytes.get(..end).unwrap_or_default()
}
