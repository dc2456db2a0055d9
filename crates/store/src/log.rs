//! The signed log of a party: its entries are rows of the state, and everything in `log/` is made from them.
//!
//! A head is signed only after the root was computed again from the files as they are on disk, and from the rows: what is
//! signed is what others will read.

mod anchor;
mod erase;
mod error;
mod export;
mod received;
mod search;

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use renketsu_seal::durable;
use renketsu_seal::log::{
    Anchor, Copy, Examined, Frontier, LogFault, LogKey, Piece, Tiler, Verifier, Voucher,
    clear_partial, names, write_piece,
};
use renketsu_seal::{Card, PartyKeys};

pub use anchor::{Anchored, Inclusion, anchored, inclusion};
pub use error::LogError;
pub use received::{HeadDoubt, ReceivedHead};
pub use search::{LogMark, LogPage, LogQuery, OneEntry};

use crate::event::Line;
use crate::{Event, Store};

/// Where the log lies below the directory of a party.
const DIR: &str = "log";
/// The cosigners that this party knows, a verifier key a line.
const WITNESSES: &str = "witnesses";

/// A head that was signed.
#[derive(Debug)]
pub struct Signed {
    /// The head.
    pub head: Anchor,
    /// Whether it was signed now; nothing was recorded since it was, otherwise.
    pub fresh: bool,
}

/// How the log of a party stands.
#[derive(Debug)]
pub struct LogStanding {
    /// What the files say.
    pub examined: Examined,
    /// How many entries the state has; those after the newest head are not signed yet.
    pub entries: u64,
    /// The newest head that somebody outside has signed.
    pub witnessed: Option<Witnessed>,
}

/// A head that somebody outside has signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnessed {
    /// Who.
    pub witness: String,
    /// When, by their clock.
    pub at: Timestamp,
    /// How many entries it covers.
    pub size: u64,
}

/// Entries of the state on their way to the files of the log.
struct Rows<'a> {
    /// Only so many; all of them otherwise.
    until: Option<u64>,
    /// Heads to which they must still lead, smallest first.
    heads: VecDeque<&'a Anchor>,
    tiler: Tiler,
}

impl Rows<'_> {
    fn push(
        &mut self,
        line: &Line,
        give: &mut impl FnMut(Piece) -> Result<(), LogError>,
    ) -> Result<(), LogError> {
        if line.entry.is_none() || self.until == Some(self.tiler.tree().size()) {
            return Ok(());
        }
        self.tiler.push(&line.body, give)?;
        let tree = self.tiler.tree();
        while let Some(anchor) = self
            .heads
            .pop_front_if(|anchor| anchor.head.size <= tree.size())
        {
            if anchor.head.root != tree.root() {
                return Err(rewritten(anchor));
            }
        }
        Ok(())
    }
}

fn rewritten(anchor: &Anchor) -> LogError {
    LogError::Rows {
        size: anchor.head.size,
    }
}

impl Store {
    /// Signs the log as it stands, in the directory `dir` of the party that has these keys.
    pub fn sign_log(&self, dir: &Path, keys: &PartyKeys) -> Result<Signed, LogError> {
        let place = dir.join(DIR);
        durable::private_directory(&place).map_err(|source| io_fault(&place, source))?;
        let _alone = durable::lock(&place).map_err(|source| io_fault(&place, source))?;
        let key = LogKey::of(keys)?;
        for (name, text) in Voucher::new(keys, &key)?.files {
            // No two signatures are the same: one that is there stays, and is verified with the rest.
            if !place.join(name).exists() {
                let (path, bytes) = (name.to_owned(), text.into_bytes());
                write_piece(&place, &Piece { path, bytes })?;
            }
        }
        let copy = Copy::own(&place, keys.card().clone())?;
        let heads = heads(&copy)?;
        let rows = self.write_rows(&place, None, &heads)?;
        let size = rows.size();
        if size == 0 {
            return Err(LogError::Empty);
        }
        let found = copy.recompute(size, &heads)?;
        if found.root() != rows.root() {
            let file = place.join("tile");
            return Err(LogFault::Tile { file }.into());
        }
        let signed = heads.iter().find(|anchor| anchor.head.size == size);
        let note = match signed {
            Some(anchor) => anchor.note.clone(),
            None => key.sign(size, rows.root())?,
        };
        let fresh = signed.is_none();
        let head = keep_head(&copy, size, &note.to_string())?;
        clear_partial(&place, size)?;
        Ok(Signed { head, fresh })
    }

    /// Writes the files of the log that the rows give, and checks that the rows lead to every head.
    fn write_rows(
        &self,
        place: &Path,
        until: Option<u64>,
        heads: &[Anchor],
    ) -> Result<Frontier, LogError> {
        let mut give = |piece: Piece| Ok(write_piece(place, &piece)?);
        self.rows(until, heads, &mut give)
    }

    fn rows(
        &self,
        until: Option<u64>,
        heads: &[Anchor],
        give: &mut impl FnMut(Piece) -> Result<(), LogError>,
    ) -> Result<Frontier, LogError> {
        let mut sorted: Vec<&Anchor> = heads.iter().collect();
        sorted.sort_by_key(|anchor| anchor.head.size);
        let mut rows = Rows {
            until,
            heads: sorted.into(),
            tiler: Tiler::default(),
        };
        self.walk(&mut |line| rows.push(&line, give))?;
        match rows.heads.front() {
            Some(anchor) => Err(rewritten(anchor)),
            None => rows.tiler.finish(give),
        }
    }

    /// Checks the log of the party with this card: every row, every file, every head, and `more` heads kept elsewhere.
    pub fn verify_log(
        &self,
        dir: &Path,
        card: &Card,
        more: &[PathBuf],
    ) -> Result<LogStanding, LogError> {
        let copy = own(dir, card)?;
        let mut anchors = heads(&copy)?;
        let more = more
            .iter()
            .map(|file| copy.anchor(file))
            .collect::<Result<Vec<_>, _>>()?;
        anchors.extend(more.iter().cloned());
        let entries = self.rows(None, &anchors, &mut |_| Ok(()))?.size();
        let examined = copy.examine(&more, &mut |_, _| {})?;
        let witnesses = witnesses(&copy)?;
        let witnessed = examined
            .heads
            .iter()
            .rev()
            .find_map(|anchor| witnessed(anchor, &witnesses));
        Ok(LogStanding {
            examined,
            entries,
            witnessed,
        })
    }

    /// Takes in the head in `file` with the signature of a witness, who is known from then on if `introduced`.
    pub fn take_witnessed(
        &mut self,
        dir: &Path,
        card: &Card,
        file: &Path,
        introduced: Option<&Verifier>,
        now: Timestamp,
    ) -> Result<Witnessed, LogError> {
        let copy = own(dir, card)?;
        let _alone = durable::lock(copy.dir()).map_err(|source| io_fault(copy.dir(), source))?;
        let taken = copy.anchor(file)?;
        let mut known = witnesses(&copy)?;
        if let Some(introduced) = introduced
            && !known.contains(introduced)
        {
            known.push(introduced.clone());
        }
        let told = witnessed(&taken, &known).ok_or_else(|| LogError::Unwitnessed {
            file: file.to_owned(),
        })?;
        let heads = heads(&copy)?;
        let ours = heads
            .iter()
            .find(|anchor| anchor.head == taken.head)
            .ok_or_else(|| LogFault::Root {
                size: taken.head.size,
                file: file.to_owned(),
            })?;
        let mut note = ours.note.clone();
        for witness in &known {
            note.take(&taken.note, witness);
        }
        if let Some(introduced) = introduced {
            let list: Vec<String> = known.iter().map(Verifier::to_string).collect();
            let list = format!("{}\n", list.join("\n"));
            replace(&copy.dir().join(WITNESSES), &list)?;
            let event = Event::new("log.witness_known", introduced.name(), now)
                .with("verifier", introduced.to_string());
            self.begin()?.commit(&event)?;
        }
        let newest = heads.last().is_some_and(|newest| newest.head == taken.head);
        if newest {
            keep_head(&copy, taken.head.size, &note.to_string())?;
        } else {
            replace(&ours.file, &note.to_string())?;
        }
        let event = Event::new("log.witnessed", &told.witness, now)
            .with("entries", told.size)
            .with("at", told.at.to_string());
        self.begin()?.commit(&event)?;
        Ok(told)
    }
}

fn own(dir: &Path, card: &Card) -> Result<Copy, LogError> {
    match Copy::own(&dir.join(DIR), card.clone()) {
        Err(LogFault::Missing { .. }) => Err(LogError::Unsigned),
        other => Ok(other?),
    }
}

/// Every head that was signed, smallest first. A kill may have kept the newest out of the list of them.
fn heads(copy: &Copy) -> Result<Vec<Anchor>, LogError> {
    let mut heads = copy.heads()?;
    match copy.anchor(&copy.dir().join(names::CHECKPOINT)) {
        Ok(newest) => {
            if heads
                .last()
                .is_none_or(|last| last.head.size < newest.head.size)
            {
                heads.push(newest);
            }
        }
        Err(LogFault::Missing { .. }) => {}
        Err(fault) => return Err(fault.into()),
    }
    Ok(heads)
}

/// Writes the newest head: first where everybody looks for it, then in the list of all.
fn keep_head(copy: &Copy, size: u64, note: &str) -> Result<Anchor, LogError> {
    let newest = copy.dir().join(names::CHECKPOINT);
    replace(&newest, note)?;
    let list = copy.dir().join(names::CHECKPOINTS);
    durable::private_directory(&list).map_err(|source| io_fault(&list, source))?;
    replace(&list.join(size.to_string()), note)?;
    Ok(copy.anchor(&newest)?)
}

fn witnesses(copy: &Copy) -> Result<Vec<Verifier>, LogError> {
    let file = copy.dir().join(WITNESSES);
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(io_fault(&file, source)),
    };
    let known: Option<Vec<_>> = text.lines().map(Verifier::parse).collect();
    Ok(known.ok_or(LogFault::Form { file })?)
}

fn witnessed(anchor: &Anchor, witnesses: &[Verifier]) -> Option<Witnessed> {
    witnesses
        .iter()
        .filter_map(|witness| {
            Some(Witnessed {
                witness: witness.name().to_owned(),
                at: anchor.note.cosigned(witness)?,
                size: anchor.head.size,
            })
        })
        .max_by_key(|told| told.at)
}

fn replace(file: &Path, text: &str) -> Result<(), LogError> {
    durable::replace(file, text.as_bytes()).map_err(|source| io_fault(file, source))
}

fn io_fault(file: &Path, source: io::Error) -> LogError {
    let file = file.to_owned();
    LogFault::Io { file, source }.into()
}
