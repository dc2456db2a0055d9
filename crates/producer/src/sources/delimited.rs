//! Rows of a CSV or TSV table, through its column map.

use std::io::Read as _;
use std::path::Path;

use renketsu_table::columns::{ColumnMap, ColumnsError};
use renketsu_table::delimited::{Delimited, Record};

use super::uke::UkeError;
use super::{SourceError, SourceRecord, Texts, file_name, trimmed};

/// The rows of a table, in order; after an error it ends.
#[derive(Debug)]
pub struct Rows {
    table: Delimited,
    name: String,
    places: Places,
    record: Record,
    read: u64,
    ended: bool,
}

/// Where in a record each text stands.
#[derive(Debug)]
pub(super) struct Places {
    insurer: Option<usize>,
    symbol: Option<usize>,
    number: Option<usize>,
    branch: Option<usize>,
    kana: Option<usize>,
    birth_date: Option<usize>,
    sex: Option<usize>,
    service: Option<usize>,
    key: Option<usize>,
}

impl Places {
    /// Where the columns of a map stand in the table that errors call `file`.
    pub(super) fn find(
        columns: &ColumnMap,
        file: &str,
        at: impl Fn(&str) -> Option<usize>,
    ) -> Result<Self, ColumnsError> {
        let find = |name: Option<&String>, role: &'static str| match name {
            None => Ok(None),
            Some(name) => match at(name) {
                Some(place) => Ok(Some(place)),
                None => Err(ColumnsError::Unknown {
                    file: file.to_owned(),
                    column: name.clone(),
                    role,
                }),
            },
        };
        Ok(Self {
            insurer: find(columns.insurer.as_ref(), "insurer")?,
            symbol: find(columns.symbol.as_ref(), "symbol")?,
            number: find(columns.number.as_ref(), "number")?,
            branch: find(columns.branch.as_ref(), "branch")?,
            kana: find(columns.kana.as_ref(), "kana")?,
            birth_date: find(columns.birth_date.as_ref(), "birth_date")?,
            sex: find(columns.sex.as_ref(), "sex")?,
            service: find(columns.service_date.as_ref(), "service_date")?,
            key: find(columns.key.as_ref(), "key")?,
        })
    }

    /// A row as a record; `name` is the file's own, `line` where it stands and `record` its number.
    pub(super) fn record<'a>(
        &self,
        (name, line, record): (&str, u64, u64),
        text: impl Fn(usize) -> &'a str,
    ) -> SourceRecord {
        let text = |place: Option<usize>| place.map(&text).unwrap_or_default();
        SourceRecord {
            line,
            record,
            key: trimmed(text(self.key)),
            substitute: format!("row:{name}:{record}"),
            texts: Texts {
                insurer: text(self.insurer).to_owned(),
                symbol: text(self.symbol).to_owned(),
                number: text(self.number).to_owned(),
                branch: text(self.branch).to_owned(),
                kana: text(self.kana).to_owned(),
                birth_date: text(self.birth_date).to_owned(),
                sex: text(self.sex).to_owned(),
                service: text(self.service).to_owned(),
            },
            ..SourceRecord::default()
        }
    }
}

impl Rows {
    /// Opens a table and finds its columns.
    pub fn open(path: &Path, columns: &ColumnMap) -> Result<Self, SourceError> {
        if columns.key.is_none() {
            return Err(ColumnsError::Key {
                file: path.display().to_string(),
            }
            .into());
        }
        if is_claims(path) {
            return Err(UkeError::AsTable {
                file: path.display().to_string(),
            }
            .into());
        }
        let table = Delimited::open(path, columns.options)?;
        let file = table.file().to_owned();
        let places = Places::find(columns, &file, |name| table.column(name))?;
        Ok(Self {
            table,
            name: file_name(path),
            places,
            record: Record::new(),
            read: 0,
            ended: false,
        })
    }

    fn step(&mut self) -> Result<Option<SourceRecord>, SourceError> {
        if !self.table.read(&mut self.record)? {
            return Ok(None);
        }
        self.read = self.read.saturating_add(1);
        let place = (self.name.as_str(), self.record.line(), self.read);
        Ok(Some(self.places.record(place, |place| {
            self.record.get(place).unwrap_or_default()
        })))
    }
}

/// Whether a file begins as a claim file does: its record's name, then a number. What cannot be read is told by whoever
/// reads it.
fn is_claims(path: &Path) -> bool {
    let mut head = [0_u8; 4];
    let read =
        renketsu_seal::durable::open_file(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok()
        && matches!(
            head,
            [b'I', b'R', b',', b'0'..=b'9'] | [b'R', b'E', b',', b'0'..=b'9']
        )
}

impl Iterator for Rows {
    type Item = Result<SourceRecord, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let outcome = self.step().transpose();
        self.ended = !matches!(outcome, Some(Ok(_)));
        outcome
    }
}
