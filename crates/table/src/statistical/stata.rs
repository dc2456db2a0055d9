//! Stata. The library reads header, columns and values; lengths that a file may claim are walked here before anything is
//! read by them, and so is the end, so that a file that is cut off is refused before its first row.

mod sections;

use std::collections::BTreeMap;
use std::io::{BufRead as _, Seek as _};

use dta::stata::dta::dta_error::{DtaError, FormatErrorKind};
use dta::stata::dta::dta_reader::DtaReader;
use dta::stata::dta::header::Header;
use dta::stata::dta::record_reader::RecordReader;
use dta::stata::dta::release::Release;
use dta::stata::dta::schema::Schema;
use dta::stata::dta::value::Value;
use dta::stata::dta::variable::Variable;
use dta::stata::dta::variable_type::VariableType;
use dta::stata::missing_value::MissingValue;
use dta::stata::stata_byte::StataByte;
use dta::stata::stata_double::StataDouble;
use dta::stata::stata_float::StataFloat;
use dta::stata::stata_int::StataInt;
use dta::stata::stata_long::StataLong;
use encoding_rs::{SHIFT_JIS, UTF_8};

use super::column::{Cell, Kind};
use super::input::{Input, Reader};
use super::{
    Column, Layout as AnyLayout, Opened, SAMPLE, Sink, StatisticalError, decoded, settled,
};
use crate::MAX_COLUMNS;
use crate::delimited::Encoding;
use crate::schema::{Codes, ColumnLabel};
use sections::{LongText, Sections, ValueLabels};

/// The most bytes of code lists that may be said of all columns together.
const SAID: usize = 64 * 1024 * 1024;
/// What an entry of a list takes beside its texts.
const ENTRY: usize = 8;

/// The first value that labels a missing one, in 32 bits.
const FIRST_MISSING: i32 = 2_147_483_621;

pub(super) fn is_dataset(head: &[u8]) -> bool {
    if head.starts_with(b"<stata_dta><header>") {
        return true;
    }
    // Release, byte order, file type: no text begins so.
    matches!(head, [102, 0..=2, 1, ..] | [103..=105 | 108 | 110..=116, 1 | 2, 1, ..])
        || matches!(head, [106 | 107 | 109, 1 | 2, 1, ..])
}

/// Where the rows and the long texts are.
#[derive(Clone)]
pub(super) struct Layout {
    rows: u64,
    encoding: Encoding,
    columns: usize,
    texts: std::sync::Arc<Vec<LongText>>,
}

/// Header and columns, and where they end.
struct Head {
    header: Header,
    schema: Schema,
    end: u64,
}

pub(super) fn open(input: &Input, encoding: Encoding) -> Result<Opened, StatisticalError> {
    let first = if encoding == Encoding::Cp932 {
        Encoding::Cp932
    } else {
        Encoding::Utf8
    };
    let (head, by_head) = match head(input, first) {
        Err(StatisticalError::Heading { .. }) if encoding == Encoding::Detect => {
            (head(input, Encoding::Cp932)?, Encoding::Cp932)
        }
        outcome => (outcome?, encoding),
    };
    let release = head.header.release();
    let sections = Sections::walk(input, &head.header, &head.schema, head.end)?;
    let encoding = if release >= Release::V118 {
        Encoding::Utf8
    } else {
        settled(by_head, || {
            Ok(sections.labels.iter().all(ValueLabels::is_utf8)
                && sample_is_utf8(
                    input,
                    &head.schema,
                    sections.rows_start,
                    head.header.observation_count(),
                )?)
        })?
    };
    let lists = lists(input, &sections.labels, encoding)?;
    let mut said = 0_usize;
    let mut columns = Vec::with_capacity(head.schema.variables().len());
    for variable in head.schema.variables() {
        let mut label = ColumnLabel::of_text(variable.label());
        if let Some((codes, bytes)) = lists.get(variable.value_label_name()) {
            // Whoever writes down what is said of the columns writes a list once for each.
            said = said.saturating_add(*bytes);
            if said > SAID {
                return Err(input.long());
            }
            label.codes = Codes::clone(codes);
        }
        let column = Column {
            name: variable.name().to_owned(),
            kind: kind(variable),
        };
        columns.push((column, label));
    }
    let layout = Layout {
        rows: head.header.observation_count(),
        encoding,
        columns: columns.len(),
        texts: std::sync::Arc::new(sections.texts),
    };
    Ok(Opened {
        columns,
        encoding,
        layout: AnyLayout::Stata(layout),
    })
}

fn head(input: &Input, encoding: Encoding) -> Result<Head, StatisticalError> {
    let mut reader = input.at(0);
    let header = DtaReader::new()
        .encoding(foreign(encoding))
        .from_reader(&mut reader);
    let header = header
        .read_header()
        .map_err(|error| refused(input, error))?;
    // From 118 on it is UTF-8 whatever the caller said.
    if header.header().release() >= Release::V118 && encoding != Encoding::Utf8 {
        return head(input, Encoding::Utf8);
    }
    let columns = header.header().variable_count();
    if columns == 0 {
        return Err(StatisticalError::Empty {
            file: input.file.clone(),
        });
    }
    if columns as usize > MAX_COLUMNS {
        return Err(StatisticalError::Wide {
            file: input.file.clone(),
        });
    }
    let about = header.header().clone();
    let schema = header
        .read_schema()
        .map_err(|error| refused(input, error))?;
    let schema = schema.schema().clone();
    let end = reader
        .stream_position()
        .map_err(|error| input.stopped(error, 0))?;
    Ok(Head {
        header: about,
        schema,
        end,
    })
}

/// What the library would not take, in our words; none of its own stays.
fn refused(input: &Input, error: DtaError) -> StatisticalError {
    match error {
        DtaError::Io { source, .. } => input.stopped(source, 0),
        DtaError::Format(error)
            if matches!(error.kind(), FormatErrorKind::InvalidEncoding { .. }) =>
        {
            input.heading()
        }
        DtaError::Format(_) | DtaError::SortOrderOutOfBounds { .. } | _ => input.malformed(),
    }
}

fn foreign(encoding: Encoding) -> &'static encoding_rs::Encoding {
    if encoding == Encoding::Cp932 {
        SHIFT_JIS
    } else {
        UTF_8
    }
}

fn kind(variable: &Variable) -> Kind {
    let storage = match variable.variable_type() {
        VariableType::Byte => Kind::Byte,
        VariableType::Int => Kind::Int,
        VariableType::Long => Kind::Long,
        VariableType::Float => Kind::Float,
        VariableType::Double => Kind::Double,
        VariableType::FixedString(_) | VariableType::LongString => return Kind::Text,
    };
    let format = variable.format();
    let format = format.strip_prefix('%').unwrap_or(format);
    let format = format.strip_prefix('-').unwrap_or(format);
    if format.starts_with("td") || format.starts_with('d') {
        Kind::Date
    } else if format.starts_with("tc") {
        Kind::Milliseconds
    } else {
        storage
    }
}

/// The lists of codes by their names, each with the bytes it takes to write it down; of two with one name the first.
fn lists(
    input: &Input,
    labels: &[ValueLabels],
    encoding: Encoding,
) -> Result<BTreeMap<String, (Codes, usize)>, StatisticalError> {
    let mut lists = BTreeMap::new();
    for set in labels {
        let name = decoded(&set.name, encoding).ok_or_else(|| input.heading())?;
        if name.is_empty() || lists.contains_key(name.as_ref()) {
            continue;
        }
        let mut codes = Vec::new();
        let mut bytes = 0_usize;
        for (value, text) in &set.entries {
            if *value >= FIRST_MISSING {
                continue;
            }
            let text = decoded(text, encoding).ok_or_else(|| input.heading())?;
            let value = value.to_string();
            bytes = bytes.saturating_add(value.len().saturating_add(text.len()));
            bytes = bytes.saturating_add(ENTRY);
            codes.push((value, text.into_owned()));
        }
        lists.insert(name.into_owned(), (codes.into(), bytes));
    }
    Ok(lists)
}

/// Whether the texts of the first rows are UTF-8.
fn sample_is_utf8(
    input: &Input,
    schema: &Schema,
    start: u64,
    rows: u64,
) -> Result<bool, StatisticalError> {
    let widths: Vec<(usize, bool)> = schema
        .variables()
        .iter()
        .map(|variable| {
            let kind = variable.variable_type();
            (
                sections::width(kind),
                matches!(kind, VariableType::FixedString(_)),
            )
        })
        .collect();
    let length: usize = widths
        .iter()
        .map(|(width, _)| *width)
        .fold(0, usize::saturating_add);
    let enough = SAMPLE
        .checked_div(length as u64)
        .unwrap_or(0)
        .saturating_add(1)
        .min(rows);
    for row in 0..enough {
        let place = start.saturating_add(row.saturating_mul(length as u64));
        let bytes = input.bytes(place, length)?;
        let mut rest = bytes.as_slice();
        for (width, text) in &widths {
            let (cell, after) = rest.split_at_checked(*width).unwrap_or_default();
            rest = after;
            if *text && std::str::from_utf8(sections::until_null(cell)).is_err() {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

impl Layout {
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    pub(super) fn read(&self, input: &Input) -> Result<Rows, StatisticalError> {
        let mut reader = input.at(0);
        // A file emptied since is told by whoever reads it; this only fills the buffer.
        reader.fill_buf().map_err(|error| input.stopped(error, 0))?;
        let reading = DtaReader::new()
            .encoding(foreign(self.encoding))
            .from_reader(reader);
        let reading = reading
            .read_header()
            .map_err(|error| refused(input, error))?;
        let same = reading.header().observation_count() == self.rows
            && reading.header().variable_count() as usize == self.columns;
        if !same {
            return Err(StatisticalError::Changed {
                file: input.file.clone(),
            });
        }
        let mut reading = reading
            .read_schema()
            .map_err(|error| refused(input, error))?;
        reading
            .skip_to_end()
            .map_err(|error| refused(input, error))?;
        let reading = reading
            .into_record_reader()
            .map_err(|error| refused(input, error))?;
        Ok(Rows {
            input: input.clone(),
            reading,
            texts: std::sync::Arc::clone(&self.texts),
            encoding: self.encoding,
        })
    }
}

/// The rows in order.
pub(super) struct Rows {
    input: Input,
    reading: RecordReader<Reader>,
    texts: std::sync::Arc<Vec<LongText>>,
    encoding: Encoding,
}

impl Rows {
    pub(super) fn row(&mut self, sink: &mut Sink<'_>) -> Result<bool, StatisticalError> {
        let before = sink.row.saturating_sub(1);
        let record = self
            .reading
            .read_lazy_record()
            .map_err(|error| match error {
                DtaError::Io { source, .. } => self.input.stopped(source, before),
                DtaError::Format(_) | DtaError::SortOrderOutOfBounds { .. } | _ => {
                    self.input.damaged(before)
                }
            })?;
        let Some(record) = record else {
            return Ok(false);
        };
        for place in 0..record.variable_count() {
            let value = record.value(place).map_err(|_| sink.unreadable(place))?;
            let cell = match value {
                Value::Byte(StataByte::Present(value)) => Cell::Whole(value.into()),
                Value::Int(StataInt::Present(value)) => Cell::Whole(value.into()),
                Value::Long(StataLong::Present(value)) => Cell::Whole(value),
                Value::Float(StataFloat::Present(value)) => Cell::Single(value),
                Value::Double(StataDouble::Present(value)) => Cell::Double(value),
                Value::Byte(StataByte::Missing(reason))
                | Value::Int(StataInt::Missing(reason))
                | Value::Long(StataLong::Missing(reason))
                | Value::Float(StataFloat::Missing(reason))
                | Value::Double(StataDouble::Missing(reason)) => missing(reason),
                Value::String(ref text) => Cell::Text(text.trim_end_matches(' ')),
                Value::LongStringRef(key) => {
                    let key = (key.variable(), key.observation());
                    long_text(&self.input, &self.texts, self.encoding, key, place, sink)?;
                    continue;
                }
            };
            sink.push(place, cell)?;
        }
        Ok(true)
    }
}

fn missing(reason: MissingValue) -> Cell<'static> {
    if reason == MissingValue::System {
        Cell::System
    } else {
        Cell::Tagged
    }
}

fn long_text(
    input: &Input,
    texts: &[LongText],
    encoding: Encoding,
    key: (u32, u64),
    place: usize,
    sink: &mut Sink<'_>,
) -> Result<(), StatisticalError> {
    if key == (0, 0) {
        return sink.push(place, Cell::Text(""));
    }
    let found = texts.binary_search_by_key(&key, |text| text.key).ok();
    let text = found
        .and_then(|found| texts.get(found))
        .ok_or_else(|| sink.value(place))?;
    if text.binary {
        return Err(sink.binary(place));
    }
    let bytes = input.bytes(text.start, text.length)?;
    let text =
        decoded(sections::until_null(&bytes), encoding).ok_or_else(|| sink.encoding(place))?;
    sink.push(place, Cell::Text(text.trim_end_matches(' ')))
}
