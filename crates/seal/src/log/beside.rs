//! What lies beside the entries in a complete copy: the events from before the log, and the details.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::copy::names;
use super::entry::{Details, EARLIER, Entry, GENESIS, Salt, is_written_so, link};
use super::fault::LogFault;
use crate::durable;

/// A line of the earlier events or of the details. Ours have some hundred bytes.
const MAX_LINE: u64 = 16 * 1024 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Earlier {
    entries: u64,
    head: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DetailsLine {
    index: u64,
    salt: String,
    text: String,
}

/// Writes a file of details: a line for an entry.
pub fn details_line(index: u64, details: &Details) -> String {
    let line = DetailsLine {
        index,
        salt: details.salt.to_hex(),
        text: details.text.clone(),
    };
    // A number and two strings can't fail to serialise.
    let mut line = serde_json::to_string(&line).unwrap_or_default();
    line.push('\n');
    line
}

/// How many events were recorded before the first entry, which carries the head of their chain. They are read in a complete
/// copy, whose directory is given.
pub(super) fn earlier(complete: Option<&Path>, first: &Entry) -> Result<u64, LogFault> {
    let told: Earlier = first
        .facts
        .get(EARLIER)
        .and_then(|told| serde_json::from_value(told.clone()).ok())
        .ok_or(LogFault::Earlier)?;
    let (mut head, mut entries) = (GENESIS.to_owned(), 0_u64);
    let Some(dir) = complete else {
        return Ok(told.entries);
    };
    if told.entries > 0 {
        let mut lines = Lines::open(dir.join(names::EARLIER))?;
        while let Some(line) = lines.next()? {
            head = link(&head, &line);
            entries = entries.saturating_add(1);
        }
    }
    if (entries, &head) == (told.entries, &told.head) {
        Ok(entries)
    } else {
        Err(LogFault::Earlier)
    }
}

/// The file with the details that were not erased, read beside the entries.
pub(super) struct DetailsFile {
    lines: Option<Lines>,
    next: Option<DetailsLine>,
}

impl DetailsFile {
    /// Those of a complete copy, whose directory is given.
    pub(super) fn open(complete: Option<&Path>) -> Result<Self, LogFault> {
        let mut file = Self {
            lines: None,
            next: None,
        };
        if let Some(dir) = complete {
            file.lines = Some(Lines::open(dir.join(names::DETAILS))?);
            file.advance()?;
        }
        Ok(file)
    }

    fn advance(&mut self) -> Result<(), LogFault> {
        self.next = None;
        if let Some(lines) = &mut self.lines
            && let Some(line) = lines.next()?
        {
            // Only the one spelling that `details_line` writes.
            let read = serde_json::from_str::<DetailsLine>(&line)
                .ok()
                .filter(|read| is_written_so(read, &line));
            self.next = Some(read.ok_or_else(|| lines.form())?);
        }
        Ok(())
    }

    /// The details of the next entry, unless they were erased.
    pub(super) fn of(&mut self, entry: &Entry) -> Result<Option<String>, LogFault> {
        let Some(line) = self.next.take_if(|next| next.index == entry.index) else {
            return Ok(None);
        };
        let details = Salt::parse(&line.salt)
            .map(|salt| Details {
                salt,
                text: line.text,
            })
            .filter(|details| entry.has(details))
            .ok_or(LogFault::Details { index: entry.index })?;
        self.advance()?;
        Ok(Some(details.text))
    }

    /// Refuses details of no entry.
    pub(super) fn ended(self) -> Result<(), LogFault> {
        match (self.next, self.lines) {
            (Some(_), Some(lines)) => Err(lines.form()),
            _ => Ok(()),
        }
    }
}

/// A file of lines, each of which ends in a line break.
struct Lines {
    file: PathBuf,
    reader: BufReader<File>,
}

impl Lines {
    fn open(file: PathBuf) -> Result<Self, LogFault> {
        let opened = durable::open_file(&file).map_err(|source| LogFault::io(&file, source))?;
        Ok(Self {
            file,
            reader: BufReader::new(opened),
        })
    }

    fn form(&self) -> LogFault {
        LogFault::Form {
            file: self.file.clone(),
        }
    }

    fn next(&mut self) -> Result<Option<String>, LogFault> {
        let mut line = Vec::new();
        let read = self
            .reader
            .by_ref()
            .take(MAX_LINE)
            .read_until(b'\n', &mut line);
        if read.map_err(|source| LogFault::io(&self.file, source))? == 0 {
            return Ok(None);
        }
        if line.pop() != Some(b'\n') {
            return Err(self.form());
        }
        let line = String::from_utf8(line).map_err(|_| self.form())?;
        Ok(Some(line))
    }
}
