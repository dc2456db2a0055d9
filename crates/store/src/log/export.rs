//! A copy of the log for somebody else.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use renketsu_seal::Card;
use renketsu_seal::durable::NewFile;
use renketsu_seal::log::{Copy, Examined, Piece, details_line, names, write_piece};

use super::{LogError, heads, io_fault, own};
use crate::Store;
use crate::event::Line;

impl Store {
    /// Writes a copy of the log, up to its newest head, to the new directory `to`: all that somebody else needs to check it.
    pub fn export_log(&self, dir: &Path, card: &Card, to: &Path) -> Result<Examined, LogError> {
        let copy = own(dir, card)?;
        let heads = heads(&copy)?;
        let Some(head) = heads.last() else {
            return Err(LogError::Unsigned);
        };
        let size = head.head.size;
        fs::create_dir(to).map_err(|source| io_fault(to, source))?;
        self.write_rows(to, Some(size), &heads)?;
        let mut beside = Beside::create(to)?;
        self.walk(&mut |line| beside.add(&line, size))?;
        beside.commit()?;
        let put = |name: &str, bytes: Vec<u8>| {
            let path = name.to_owned();
            write_piece(to, &Piece { path, bytes })
        };
        for (name, text) in copy.voucher()? {
            put(name, text)?;
        }
        put(names::CARD, card.to_json().into_bytes())?;
        for anchor in &heads {
            let name = format!("{}/{}", names::CHECKPOINTS, anchor.head.size);
            put(&name, anchor.note.to_string().into_bytes())?;
        }
        put(names::CHECKPOINT, head.note.to_string().into_bytes())?;
        // What was written is read again as whoever gets it will.
        Ok(Copy::open(to, Some(&card.fingerprint()))?.examine(&[], &mut |_, _| {})?)
    }
}

/// The files of a copy that lie beside the entries: earlier events, and details.
struct Beside {
    earlier: NewFile,
    any_earlier: bool,
    details: NewFile,
}

impl Beside {
    fn create(to: &Path) -> Result<Self, LogError> {
        let start = |name: &str| {
            let file = to.join(name);
            NewFile::create(&file).map_err(|source| io_fault(&file, source))
        };
        Ok(Self {
            earlier: start(names::EARLIER)?,
            any_earlier: false,
            details: start(names::DETAILS)?,
        })
    }

    fn add(&mut self, line: &Line, size: u64) -> Result<(), LogError> {
        let written = match &line.entry {
            None => {
                self.any_earlier = true;
                writeln!(self.earlier, "{}", line.body).map_err(|error| (&self.earlier, error))
            }
            Some((entry, Some(details))) if entry.index < size => self
                .details
                .write_all(details_line(entry.index, details).as_bytes())
                .map_err(|error| (&self.details, error)),
            Some(_) => Ok(()),
        };
        written.map_err(|(file, source)| io_fault(file.path(), source))
    }

    fn commit(self) -> Result<(), LogError> {
        let commit = |file: NewFile| {
            let path = file.path().to_owned();
            file.commit().map_err(|source| io_fault(&path, source))
        };
        if self.any_earlier {
            commit(self.earlier)?;
        }
        commit(self.details)
    }
}
