//! SAS XPORT, byte by byte as SAS Institute's TS-140 and the record layout of version 8 say.
//!
//! The rows are not left to a library: the one there is takes a row of zeros for padding, and a row cut off for the end.

use std::io::Read as _;

use super::column::{Cell, Kind};
use super::input::{Input, Reader};
use super::{
    Column, Layout as AnyLayout, Opened, SAMPLE, Sink, StatisticalError, decoded, settled, trimmed,
};
use crate::MAX_COLUMNS;
use crate::delimited::Encoding;
use crate::schema::ColumnLabel;

const BLOCK: usize = 80;
/// How far the name of a header record goes.
const NAME: usize = 48;
/// Library, two records about it, member, descriptor, two records about it, columns.
const HEADERS: usize = 8 * BLOCK;

struct Names {
    library: &'static [u8],
    member: &'static [u8],
    descriptor: &'static [u8],
    columns: &'static [u8],
    rows: &'static [u8],
}

const VERSION_5: Names = Names {
    library: b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!",
    member: b"HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!",
    descriptor: b"HEADER RECORD*******DSCRPTR HEADER RECORD!!!!!!!",
    columns: b"HEADER RECORD*******NAMESTR HEADER RECORD!!!!!!!",
    rows: b"HEADER RECORD*******OBS     HEADER RECORD!!!!!!!",
};
const VERSION_8: Names = Names {
    library: b"HEADER RECORD*******LIBV8   HEADER RECORD!!!!!!!",
    member: b"HEADER RECORD*******MEMBV8  HEADER RECORD!!!!!!!",
    descriptor: b"HEADER RECORD*******DSCPTV8 HEADER RECORD!!!!!!!",
    columns: b"HEADER RECORD*******NAMSTV8 HEADER RECORD!!!!!!!",
    rows: b"HEADER RECORD*******OBSV8   HEADER RECORD!!!!!!!",
};
const LABELS_8: &[u8] = b"HEADER RECORD*******LABELV8 HEADER RECORD!!!!!!!";
const LABELS_9: &[u8] = b"HEADER RECORD*******LABELV9 HEADER RECORD!!!!!!!";

/// Formats that show a day, and those that show an instant; a suffix for the separator is left out.
const DAYS: &[&str] = &[
    "B8601DA", "DATE", "DDMMYY", "DDMMYYB", "DDMMYYC", "DDMMYYD", "DDMMYYN", "DDMMYYP", "DDMMYYS",
    "E8601DA", "IS8601DA", "JULIAN", "MINGUO", "MMDDYY", "MMDDYYB", "MMDDYYC", "MMDDYYD",
    "MMDDYYN", "MMDDYYP", "MMDDYYS", "NENGO", "NLDATE", "NLDATEL", "NLDATEM", "NLDATES", "NLDATEW",
    "WEEKDATE", "WEEKDATX", "WORDDATE", "WORDDATX", "YYMMDD", "YYMMDDB", "YYMMDDC", "YYMMDDD",
    "YYMMDDN", "YYMMDDP", "YYMMDDS",
];
const INSTANTS: &[&str] = &[
    "B8601DN", "B8601DT", "B8601DZ", "DATEAMPM", "DATETIME", "DTDATE", "E8601DN", "E8601DT",
    "E8601DZ", "IS8601DT", "MDYAMPM", "NLDATM", "NLDATML", "NLDATMM", "NLDATMS", "NLDATMW",
];

pub(super) fn is_library(head: &[u8]) -> bool {
    head.starts_with(VERSION_5.library) || head.starts_with(VERSION_8.library)
}

/// Where the rows are and how they are cut.
#[derive(Clone)]
pub(super) struct Layout {
    member: &'static [u8],
    start: u64,
    rows: u64,
    length: usize,
    cells: Vec<(usize, bool)>,
    encoding: Encoding,
}

/// A column as its descriptor says, undecoded.
struct Described {
    numeric: bool,
    length: usize,
    name: Vec<u8>,
    label: Vec<u8>,
    format: Vec<u8>,
}

pub(super) fn open(input: &Input, encoding: Encoding) -> Result<Opened, StatisticalError> {
    // Every part of the file is a whole number of records.
    if !input.length.is_multiple_of(BLOCK as u64) {
        return Err(input.damaged(0));
    }
    let head = input.bytes(0, HEADERS)?;
    let record = |index: usize| {
        let start = index.saturating_mul(BLOCK);
        head.get(start..start.saturating_add(BLOCK))
            .unwrap_or_default()
    };
    let names = if record(0).starts_with(VERSION_5.library) {
        &VERSION_5
    } else {
        &VERSION_8
    };
    let whole = record(3).starts_with(names.member)
        && record(4).starts_with(names.descriptor)
        && record(7).starts_with(names.columns);
    if !whole {
        return Err(input.malformed());
    }
    let width = number(record(3), 74, 78).filter(|width| matches!(width, 136 | 140));
    let count = number(record(7), 54, 58);
    let (Some(width), Some(count)) = (width, count) else {
        return Err(input.malformed());
    };
    if count > MAX_COLUMNS {
        return Err(StatisticalError::Wide {
            file: input.file.clone(),
        });
    }
    let size = count.saturating_mul(width);
    let descriptors = input.bytes(HEADERS as u64, size)?;
    let mut columns = Vec::with_capacity(count);
    let mut place = 0_usize;
    for bytes in descriptors.chunks_exact(width) {
        let described = described(bytes, names, place).ok_or_else(|| input.malformed())?;
        place = place.saturating_add(described.length);
        columns.push(described);
    }
    let mut position = padded(HEADERS.saturating_add(size) as u64);
    let mut header = input.bytes(position, BLOCK)?;
    for (name, formats) in [(LABELS_8, false), (LABELS_9, true)] {
        if header.starts_with(name) {
            let after = position.saturating_add(BLOCK as u64);
            position = labels(input, &header, after, formats, &mut columns)?;
            header = input.bytes(position, BLOCK)?;
        }
    }
    if !header.starts_with(names.rows) {
        return Err(input.malformed());
    }
    let start = position.saturating_add(BLOCK as u64);
    let stated = header.get(NAME..NAME.saturating_add(15)).and_then(|count| {
        let count = std::str::from_utf8(count).ok()?.trim();
        count.parse::<u64>().ok().filter(|count| *count > 0)
    });
    let layout = Layout {
        member: names.member,
        start,
        rows: 0,
        length: place,
        cells: columns
            .iter()
            .map(|column| (column.length, column.numeric))
            .collect(),
        encoding,
    };
    finished(input, layout, &columns, stated, encoding)
}

fn finished(
    input: &Input,
    mut layout: Layout,
    columns: &[Described],
    stated: Option<u64>,
    encoding: Encoding,
) -> Result<Opened, StatisticalError> {
    if columns.is_empty() {
        return Err(StatisticalError::Empty {
            file: input.file.clone(),
        });
    }
    layout.rows = match layout.count(input, stated)? {
        Some(rows) => rows,
        None if layout.another(input)? => return Err(several(input)),
        None => return Err(input.damaged(0)),
    };
    layout.encoding = settled(encoding, || {
        let heads = columns.iter().all(|column| {
            let texts = [&column.name, &column.label];
            texts.iter().all(|text| {
                std::str::from_utf8(text).is_ok() || cut(text, Encoding::Utf8).is_some()
            })
        });
        Ok(heads && layout.sample_is_utf8(input)?)
    })?;
    let decode = |bytes: &[u8]| {
        let text = decoded(bytes, layout.encoding).or_else(|| cut(bytes, layout.encoding));
        text.map(std::borrow::Cow::into_owned)
            .ok_or_else(|| input.heading())
    };
    let mut found = Vec::with_capacity(columns.len());
    for described in columns {
        let column = Column {
            name: decode(&described.name)?,
            kind: described.kind(),
        };
        let label = decode(&described.label)?;
        found.push((column, ColumnLabel::of_text(&label)));
    }
    Ok(Opened {
        columns: found,
        encoding: layout.encoding,
        layout: AnyLayout::Xport(layout),
    })
}

/// A label that fills its field, without the character that writers cut through there.
fn cut(bytes: &[u8], encoding: Encoding) -> Option<std::borrow::Cow<'_, str>> {
    const FIELD: usize = 40;
    let longest = if encoding == Encoding::Utf8 { 3 } else { 1 };
    (1..=longest)
        .filter(|_| bytes.len() == FIELD)
        .find_map(|less| decoded(bytes.get(..FIELD.checked_sub(less)?)?, encoding))
}

/// A descriptor (NAMESTR). Its values must stand where those before it end.
fn described(bytes: &[u8], names: &Names, place: usize) -> Option<Described> {
    let text = |from: usize, to: usize| bytes.get(from..to).map(|part| trimmed(part).to_vec());
    let small = |from: usize| short(bytes, from);
    let numeric = match small(0)? {
        1 => true,
        2 => false,
        _ => return None,
    };
    let length = small(4)?;
    let position = [small(84)?, small(86)?];
    let stands = position == [place >> 16, place & 0xFFFF];
    let fits = if numeric {
        (2..=8).contains(&length)
    } else {
        length > 0
    };
    if !stands || !fits {
        return None;
    }
    let long = if names.library == VERSION_8.library {
        text(88, 120)?
    } else {
        Vec::new()
    };
    Some(Described {
        numeric,
        length,
        name: if long.is_empty() { text(8, 16)? } else { long },
        label: text(16, 56)?,
        format: text(56, 64)?,
    })
}

impl Described {
    fn kind(&self) -> Kind {
        if !self.numeric {
            return Kind::Text;
        }
        let format = String::from_utf8_lossy(&self.format).to_ascii_uppercase();
        let format = format.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        if DAYS.contains(&format) {
            Kind::Date
        } else if INSTANTS.contains(&format) {
            Kind::Seconds
        } else {
            Kind::Double
        }
    }
}

/// The long names, labels and formats of version 8 and 9; gives where the next record begins.
fn labels(
    input: &Input,
    header: &[u8],
    start: u64,
    formats: bool,
    columns: &mut [Described],
) -> Result<u64, StatisticalError> {
    let count = number(header, NAME, BLOCK).filter(|count| *count <= columns.len());
    let count = count.ok_or_else(|| input.malformed())?;
    let lengths = if formats { 5 } else { 3 };
    let mut position = start;
    for _ in 0..count {
        let head = input.bytes(position, 2_usize.saturating_mul(lengths))?;
        let parts: Vec<usize> = (0..lengths)
            .filter_map(|part| short(&head, part.saturating_mul(2)))
            .collect();
        let &[number, name, label, ref rest @ ..] = parts.as_slice() else {
            return Err(input.malformed());
        };
        let column = number
            .checked_sub(1)
            .and_then(|index| columns.get_mut(index));
        let column = column.ok_or_else(|| input.malformed())?;
        let size = rest.iter().fold(name.saturating_add(label), |sum, part| {
            sum.saturating_add(*part)
        });
        let texts = input.bytes(position.saturating_add(head.len() as u64), size)?;
        let (name, texts) = texts.split_at_checked(name).unwrap_or_default();
        let (label, texts) = texts.split_at_checked(label).unwrap_or_default();
        if !trimmed(name).is_empty() {
            column.name = trimmed(name).to_vec();
        }
        if !trimmed(label).is_empty() {
            column.label = trimmed(label).to_vec();
        }
        let format = rest
            .first()
            .and_then(|format| texts.get(..*format))
            .unwrap_or_default();
        if !trimmed(format).is_empty() {
            column.format = trimmed(format).to_vec();
        }
        position = position
            .saturating_add(head.len() as u64)
            .saturating_add(size as u64);
    }
    Ok(padded(position))
}

impl Layout {
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    pub(super) fn read(&self, input: &Input) -> Rows {
        Rows {
            input: input.clone(),
            blocks: Blocks {
                reader: input.at(self.start),
                member: self.member,
                block: [0; BLOCK],
                used: BLOCK,
            },
            left: self.rows,
            record: vec![0; self.length],
            cells: self.cells.clone(),
            encoding: self.encoding,
        }
    }

    /// How many rows there are. What follows the last one is less than a record, and blank. Rows shorter than a record
    /// that are blank at the very end are padding, unless the file says how many rows it has.
    fn count(&self, input: &Input, stated: Option<u64>) -> Result<Option<u64>, StatisticalError> {
        let Some(bytes) = input.length.checked_sub(self.start) else {
            return Ok(None);
        };
        let length = self.length as u64;
        let most = bytes.checked_div(length).unwrap_or(0);
        let rest = |rows: u64| {
            bytes
                .checked_sub(rows.saturating_mul(length))
                .filter(|rest| *rest < 80)
        };
        let tail_length = bytes.min(BLOCK as u64);
        let tail = input.bytes(
            input.length.saturating_sub(tail_length),
            BLOCK.min(usize::try_from(bytes).unwrap_or(BLOCK)),
        )?;
        let blanks = tail.iter().rev().take_while(|byte| **byte == b' ').count() as u64;
        let padding = |rows: u64| rest(rows).is_some_and(|rest| rest <= blanks);
        if let Some(stated) = stated {
            return Ok(Some(stated).filter(|rows| padding(*rows)));
        }
        let mut rows = most;
        if !padding(rows) {
            return Ok(None);
        }
        while let Some(fewer) = rows.checked_sub(1).filter(|fewer| padding(*fewer)) {
            rows = fewer;
        }
        Ok(Some(rows))
    }

    /// Whether the header of another table stands among the rows.
    fn another(&self, input: &Input) -> Result<bool, StatisticalError> {
        let mut reader = input.at(self.start);
        let mut block = [0; BLOCK];
        let blocks = input
            .length
            .saturating_sub(self.start)
            .checked_div(BLOCK as u64)
            .unwrap_or(0);
        for _ in 0..blocks {
            reader
                .read_exact(&mut block)
                .map_err(|error| input.stopped(error, 0))?;
            if block.starts_with(self.member) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn sample_is_utf8(&self, input: &Input) -> Result<bool, StatisticalError> {
        let mut rows = self.read(input);
        let mut seen = 0_u64;
        let mut row = 0_u64;
        while seen < SAMPLE && rows.next(row)? {
            let utf8 = rows
                .parts()
                .all(|(bytes, numeric)| numeric || std::str::from_utf8(trimmed(bytes)).is_ok());
            if !utf8 {
                return Ok(false);
            }
            seen = seen.saturating_add(self.length as u64);
            row = row.saturating_add(1);
        }
        Ok(true)
    }
}

/// The rows in order.
pub(super) struct Rows {
    input: Input,
    blocks: Blocks,
    left: u64,
    record: Vec<u8>,
    cells: Vec<(usize, bool)>,
    encoding: Encoding,
}

impl Rows {
    pub(super) fn row(&mut self, sink: &mut Sink<'_>) -> Result<bool, StatisticalError> {
        if !self.next(sink.row.saturating_sub(1))? {
            return Ok(false);
        }
        for (place, (bytes, numeric)) in self.parts().enumerate() {
            if numeric {
                let cell = value(bytes).ok_or_else(|| sink.value(place))?;
                sink.push(place, cell)?;
            } else {
                let text = decoded(trimmed(bytes), self.encoding);
                let text = text.ok_or_else(|| sink.encoding(place))?;
                sink.push(place, Cell::Text(&text))?;
            }
        }
        Ok(true)
    }

    /// Reads the record after `row` others.
    fn next(&mut self, row: u64) -> Result<bool, StatisticalError> {
        let Some(left) = self.left.checked_sub(1) else {
            return Ok(false);
        };
        self.left = left;
        match self.blocks.fill(&mut self.record) {
            Ok(true) => Ok(true),
            Ok(false) => Err(several(&self.input)),
            Err(error) => Err(self.input.stopped(error, row)),
        }
    }

    /// The cells of the record, and whether each is a number.
    fn parts(&self) -> impl Iterator<Item = (&[u8], bool)> {
        let mut rest = self.record.as_slice();
        self.cells.iter().map(move |(length, numeric)| {
            let (cell, after) = rest.split_at_checked(*length).unwrap_or_default();
            rest = after;
            (cell, *numeric)
        })
    }
}

/// The records under the rows, each looked at for the beginning of another table.
struct Blocks {
    reader: Reader,
    member: &'static [u8],
    block: [u8; BLOCK],
    used: usize,
}

impl Blocks {
    /// False where another table begins.
    fn fill(&mut self, mut target: &mut [u8]) -> std::io::Result<bool> {
        while !target.is_empty() {
            if self.used >= BLOCK {
                self.reader.read_exact(&mut self.block)?;
                if self.block.starts_with(self.member) {
                    return Ok(false);
                }
                self.used = 0;
            }
            let ready = self.block.get(self.used..).unwrap_or_default();
            let count = ready.len().min(target.len());
            let (now, later) = target.split_at_mut(count);
            now.copy_from_slice(ready.get(..count).unwrap_or_default());
            self.used = self.used.saturating_add(count);
            target = later;
        }
        Ok(true)
    }
}

/// A number: hexadecimal floating point of IBM, whose last bytes may be left out, or a missing value.
fn value(bytes: &[u8]) -> Option<Cell<'static>> {
    let (first, rest) = bytes.split_first()?;
    if rest.iter().all(|byte| *byte == 0) {
        return match first {
            b'.' => Some(Cell::System),
            b'_' | b'A'..=b'Z' => Some(Cell::Tagged),
            0 | 0x80 => Some(Cell::Double(0.0)),
            _ => None,
        };
    }
    if bytes.iter().all(|byte| *byte == b' ') {
        return None;
    }
    let mut fraction = [0_u8; 8];
    fraction
        .get_mut(1..)?
        .get_mut(..rest.len())?
        .copy_from_slice(rest);
    let fraction = u64::from_be_bytes(fraction);
    let high = u32::try_from(fraction >> 32).ok()?;
    let low = u32::try_from(fraction & u64::from(u32::MAX)).ok()?;
    // Both parts are exact; their sum is rounded once.
    let fraction = f64::from(high) * 4_294_967_296.0 + f64::from(low);
    let exponent = i32::from(first & 0x7F)
        .checked_sub(64)?
        .checked_mul(4)?
        .checked_sub(56)?;
    let sign = if first & 0x80 == 0 { 1.0 } else { -1.0 };
    Some(Cell::Double(sign * fraction * 2_f64.powi(exponent)))
}

fn several(input: &Input) -> StatisticalError {
    StatisticalError::Several {
        file: input.file.clone(),
    }
}

fn short(bytes: &[u8], from: usize) -> Option<usize> {
    let pair = bytes.get(from..from.checked_add(2)?)?;
    Some(usize::from(u16::from_be_bytes(pair.try_into().ok()?)))
}

/// Decimal digits in a header record.
fn number(record: &[u8], from: usize, to: usize) -> Option<usize> {
    let text = std::str::from_utf8(record.get(from..to)?).ok()?.trim();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// The next multiple of a record's length.
fn padded(position: u64) -> u64 {
    position.next_multiple_of(BLOCK as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn double(bytes: &[u8]) -> f64 {
        match value(bytes) {
            Some(Cell::Double(value)) => value,
            _ => panic!("no number"),
        }
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "the values are exact in both forms")]
    fn numbers_of_ibm_are_read_with_any_length() {
        assert_eq!(double(&[0x41, 0x10, 0, 0, 0, 0, 0, 0]), 1.0);
        assert_eq!(double(&[0xC1, 0x10, 0]), -1.0);
        assert_eq!(double(&[0x42, 0x64]), 100.0);
        assert_eq!(double(&[0x40, 0x80]), 0.5);
        assert_eq!(double(&[0; 8]), 0.0);
    }

    #[test]
    fn missing_values_are_told_from_numbers() {
        assert!(matches!(value(b".\0\0\0"), Some(Cell::System)));
        for tagged in [b"_\0\0\0", b"A\0\0\0", b"Z\0\0\0"] {
            assert!(matches!(value(tagged), Some(Cell::Tagged)));
        }
        assert!(value(b"a\0\0\0").is_none());
        assert!(value(b"        ").is_none());
    }
}
