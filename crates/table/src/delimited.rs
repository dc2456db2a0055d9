//! CSV and TSV, in UTF-8 (with or without a mark) or CP932, record by record with physical line numbers.
//!
//! Fields are taken apart as bytes and decoded one by one: a CP932 trail byte is never a comma, quote, tab or line
//! ending. CRLF, LF and CR may be mixed; lines with nothing on them are skipped; a line ending inside quotes belongs
//! to the field. Only a quote that opens a field quotes it, and nothing may follow the quote that closes it.

mod fault;
mod parser;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};
use std::path::Path;

use encoding_rs::SHIFT_JIS;
use renketsu_seal::durable;

pub use fault::DelimitedError;
use parser::{Fault, Parser, Raw};

use crate::MAX_COLUMNS;

/// How much of a file decides its encoding.
const SAMPLE: u64 = 1024 * 1024;
const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The encoding of a delimited file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// CP932, the `Shift_JIS` of claims and of Japanese Excel, decoded as WHATWG says.
    Cp932,
    /// UTF-8 if the file begins with its mark or its first MiB is valid UTF-8, else CP932. The whole file is then
    /// held to that: a UTF-8 file damaged after the first MiB is refused, not read as CP932.
    #[default]
    Detect,
    /// UTF-8, with or without the mark.
    Utf8,
}

/// What stands between two fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delimiter {
    /// A tab for `.tsv` and `.tab`, else a comma.
    #[default]
    ByExtension,
    /// A comma.
    Comma,
    /// A tab.
    Tab,
}

/// How to read a delimited file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Its encoding.
    pub encoding: Encoding,
    /// Its delimiter.
    pub delimiter: Delimiter,
}

/// One record, decoded. Its `Debug` form shows no field.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Record {
    line: u64,
    text: String,
    ends: Vec<usize>,
}

impl Record {
    /// An empty record to read into.
    pub fn new() -> Self {
        Self::default()
    }

    /// The physical line the record begins on; the header of a plain file is line 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// How many fields it has.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of its fields together.
    pub(crate) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Whether it has no field at all, which no record read from a file is.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The field at a position, counted from 0.
    pub fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.text.get(start..end)
    }

    /// The fields in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    fn clear(&mut self, line: u64) {
        self.line = line;
        self.text.clear();
        self.ends.clear();
    }

    fn push(&mut self, field: &str) {
        self.text.push_str(field);
        self.ends.push(self.text.len());
    }
}

impl std::fmt::Debug for Record {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Record")
            .field("line", &self.line)
            .field("fields", &self.len())
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Decoded {
    Utf8,
    Cp932,
}

/// An open delimited file with a header line. An iterator of its records; after an error it ends.
pub struct Delimited {
    file: String,
    parser: Parser<Box<dyn Read + Send>>,
    decoded: Decoded,
    columns: Vec<String>,
    raw: Raw,
    ended: bool,
}

impl std::fmt::Debug for Delimited {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Delimited")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl Delimited {
    /// Opens a file and reads its header.
    pub fn open(path: &Path, options: Options) -> Result<Self, DelimitedError> {
        let file = path.display().to_string();
        let opened = durable::open_file(path).map_err(|source| {
            let file = file.clone();
            let missing = source.kind() == io::ErrorKind::NotFound;
            if missing {
                DelimitedError::Missing { file }
            } else {
                DelimitedError::Io { file, source }
            }
        })?;
        let about = opened.metadata().map_err(|source| DelimitedError::Io {
            file: file.clone(),
            source,
        })?;
        if about.is_dir() {
            return Err(DelimitedError::Directory { file });
        }
        Self::from_reader(&file, opened, options)
    }

    /// Reads the header of an open file; `name` is what errors call it, and what tells its delimiter.
    pub fn from_reader(
        name: &str,
        mut reader: impl Read + Send + 'static,
        options: Options,
    ) -> Result<Self, DelimitedError> {
        let file = name.to_owned();
        let mut head = Vec::new();
        let io = |source| DelimitedError::Io {
            file: file.clone(),
            source,
        };
        reader
            .by_ref()
            .take(SAMPLE)
            .read_to_end(&mut head)
            .map_err(io)?;
        let complete = u64::try_from(head.len()).is_ok_and(|length| length < SAMPLE);
        let (decoded, mark) = encoding_of(&head, complete, options.encoding);
        let mut start = Cursor::new(head);
        start.set_position(u64::try_from(mark).unwrap_or(0));
        let input: Box<dyn Read + Send> = Box::new(start.chain(reader));
        let mut delimited = Self {
            parser: Parser::new(input, delimiter_of(name, options.delimiter)),
            file,
            decoded,
            columns: Vec::new(),
            raw: Raw::default(),
            ended: false,
        };
        delimited.read_header()?;
        Ok(delimited)
    }

    /// The file as errors call it.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The header names, in order, each once.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The position of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// The encoding the file is read in; never [`Encoding::Detect`].
    pub fn encoding(&self) -> Encoding {
        match self.decoded {
            Decoded::Utf8 => Encoding::Utf8,
            Decoded::Cp932 => Encoding::Cp932,
        }
    }

    /// Reads the next record into `record`, which keeps its memory; false at the end.
    pub fn read(&mut self, record: &mut Record) -> Result<bool, DelimitedError> {
        if self.ended {
            return Ok(false);
        }
        let outcome = self.read_any(record, self.columns.len());
        if !matches!(outcome, Ok(true)) {
            self.ended = true;
        }
        outcome
    }

    fn read_header(&mut self) -> Result<(), DelimitedError> {
        let mut header = Record::new();
        if !self.read_any(&mut header, 0)? {
            return Err(DelimitedError::Empty {
                file: self.file.clone(),
            });
        }
        let mut seen = BTreeMap::new();
        for (column, name) in (1_u64..).zip(header.iter()) {
            if name.is_empty() {
                return Err(DelimitedError::Unnamed {
                    file: self.file.clone(),
                    column,
                });
            }
            if let Some(first) = seen.insert(name, column) {
                return Err(DelimitedError::Duplicate {
                    file: self.file.clone(),
                    column,
                    first,
                });
            }
        }
        self.columns = header.iter().map(str::to_owned).collect();
        Ok(())
    }

    /// `width` is the number of fields wanted; 0 for the header, which sets it.
    fn read_any(&mut self, record: &mut Record, width: usize) -> Result<bool, DelimitedError> {
        let limit = if width == 0 { MAX_COLUMNS } else { width };
        let found = match self.parser.read(&mut self.raw, limit) {
            Ok(found) => found,
            Err(fault) => return Err(self.refused(fault, width)),
        };
        if !found {
            return Ok(false);
        }
        let line = self.raw.line;
        if width != 0 && self.raw.len() != width {
            return Err(self.ragged(line, width, self.raw.len()));
        }
        record.clear(line);
        for (column, bytes) in (1_u64..).zip(self.raw.fields()) {
            match decode(bytes, self.decoded) {
                Some(text) => record.push(&text),
                None => {
                    return Err(DelimitedError::Encoding {
                        file: self.file.clone(),
                        line,
                        column,
                    });
                }
            }
        }
        Ok(true)
    }

    fn refused(&self, fault: Fault, width: usize) -> DelimitedError {
        let file = self.file.clone();
        match fault {
            Fault::Io(source) => DelimitedError::Io { file, source },
            Fault::Long { line } => DelimitedError::Long { file, line },
            Fault::Nul { line } => DelimitedError::Nul { file, line },
            Fault::Quote { line } => DelimitedError::Quote { file, line },
            Fault::Wide { .. } if width == 0 => DelimitedError::Wide { file },
            Fault::Wide { line } => self.ragged(line, width, width.saturating_add(1)),
        }
    }

    fn ragged(&self, line: u64, expected: usize, found: usize) -> DelimitedError {
        let (expected, found) = (expected as u64, found as u64);
        DelimitedError::Ragged {
            file: self.file.clone(),
            line,
            expected,
            found,
        }
    }
}

impl Iterator for Delimited {
    type Item = Result<Record, DelimitedError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut record = Record::new();
        match self.read(&mut record) {
            Ok(true) => Some(Ok(record)),
            Ok(false) => None,
            Err(error) => Some(Err(error)),
        }
    }
}

/// Which encoding, and how many bytes of mark to leave out.
fn encoding_of(head: &[u8], complete: bool, wanted: Encoding) -> (Decoded, usize) {
    let mark = if head.starts_with(UTF8_MARK) {
        UTF8_MARK.len()
    } else {
        0
    };
    match wanted {
        Encoding::Cp932 => (Decoded::Cp932, 0),
        Encoding::Utf8 => (Decoded::Utf8, mark),
        Encoding::Detect if mark > 0 => (Decoded::Utf8, mark),
        Encoding::Detect => match std::str::from_utf8(head) {
            Ok(_) => (Decoded::Utf8, 0),
            // A character cut by the end of the sample is no fault.
            Err(fault) if fault.error_len().is_none() && !complete => (Decoded::Utf8, 0),
            Err(_) => (Decoded::Cp932, 0),
        },
    }
}

fn delimiter_of(name: &str, wanted: Delimiter) -> u8 {
    let tabbed = || {
        let extension = Path::new(name)
            .extension()
            .and_then(|extension| extension.to_str());
        extension.is_some_and(|text| {
            text.eq_ignore_ascii_case("tsv") || text.eq_ignore_ascii_case("tab")
        })
    };
    match wanted {
        Delimiter::Tab => b'\t',
        Delimiter::ByExtension if tabbed() => b'\t',
        Delimiter::ByExtension | Delimiter::Comma => b',',
    }
}

fn decode(bytes: &[u8], decoded: Decoded) -> Option<Cow<'_, str>> {
    match decoded {
        Decoded::Utf8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        Decoded::Cp932 => SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes),
    }
}
