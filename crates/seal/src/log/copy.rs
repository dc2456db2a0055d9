//! A log on disk, believed only when all of it was checked: by its own party, a second person, or an inspector with a copy.

use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::beside::{DetailsFile, earlier};
use super::checkpoint::Checkpoint;
use super::entry::Entry;
use super::fault::LogFault;
use super::key::{VOUCHER, Voucher, small};
use super::note::{MAX_NOTE, Note, Verifier};
use super::tiles::{Piece, Tiler, WIDTH, files, is_unfinished, path, unbundle};
use super::tree::{Frontier, Hash};
use crate::card::{Card, Fingerprint};
use crate::durable;
use crate::signature::MAX_SIGNATURE_FILE;

/// The names below the directory of a log.
pub mod names {
    /// The newest head.
    pub const CHECKPOINT: &str = "checkpoint";
    /// Every head that was signed, named by its size.
    pub const CHECKPOINTS: &str = "checkpoints";
    /// The card of the party; in a copy for others.
    pub const CARD: &str = "card.json";
    /// Events from before the log, one a line, where there are any; in a copy for others.
    pub const EARLIER: &str = "earlier.jsonl";
    /// The details that were not erased; in a copy for others.
    pub const DETAILS: &str = "details.jsonl";
}
/// A bundle of the longest entries.
const MAX_BUNDLE: u64 = 256 * 65_537;

/// A head that the log signed, and where it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// Where it was read.
    pub file: PathBuf,
    /// What it says.
    pub head: Checkpoint,
    /// With every signature.
    pub note: Note,
}

/// What was found in a log of which everything was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// The newest head.
    pub head: Anchor,
    /// Those that lie beside it, smallest first; it is one of them.
    pub heads: Vec<Anchor>,
    /// What the entries say together.
    pub tally: Tally,
}

/// What the entries of a log say together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many events were recorded before the log began.
    pub earlier: u64,
    /// When its first entry and its last were written.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Entries whose details lie beside them.
    pub detailed: u64,
    /// Entries written while nothing kept the clock in step.
    pub unsynchronised: u64,
    /// Entries written without a look at the clock's state.
    pub unclocked: u64,
    /// Entries before which the clock was moved.
    pub stepped: u64,
}

/// The directory of a log.
#[derive(Debug)]
pub struct Copy {
    dir: PathBuf,
    card: Card,
    verifier: Verifier,
    /// Whether it was written for others: card, earlier events and details lie in it, and nothing else does.
    complete: bool,
}

impl Copy {
    /// The log of the party that runs the program.
    pub fn own(dir: &Path, card: Card) -> Result<Self, LogFault> {
        let verifier = Voucher::read(dir, &card)?;
        Ok(Self {
            dir: dir.to_owned(),
            card,
            verifier,
            complete: false,
        })
    }

    /// A copy that was written for others. Without an `expected` fingerprint nothing says whose it is but the card in it:
    /// whoever shows it must compare that.
    pub fn open(dir: &Path, expected: Option<&Fingerprint>) -> Result<Self, LogFault> {
        let file = dir.join(names::CARD);
        let card = Card::read(&file)?;
        if small(&file, MAX_NOTE as u64)? != card.to_json().as_bytes() {
            return Err(LogFault::Form { file });
        }
        if expected.is_some_and(|expected| *expected != card.fingerprint()) {
            return Err(LogFault::Fingerprint);
        }
        let verifier = Voucher::read(dir, &card)?;
        Ok(Self {
            dir: dir.to_owned(),
            card,
            verifier,
            complete: true,
        })
    }

    /// Whose log it says it is.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// What verifies its heads.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Its directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The directory of a complete copy.
    fn complete(&self) -> Option<&Path> {
        self.complete.then_some(self.dir.as_path())
    }

    /// The files with which the card vouches for the key.
    pub fn voucher(&self) -> Result<[(&'static str, Vec<u8>); 2], LogFault> {
        let [verifier, signature] = VOUCHER;
        let read = |name: &str| small(&self.dir.join(name), MAX_SIGNATURE_FILE);
        Ok([(verifier, read(verifier)?), (signature, read(signature)?)])
    }

    /// A head of this log, from wherever it was kept.
    ///
    /// # Errors
    /// [`LogFault::Signature`] for one that this log did not sign.
    pub fn anchor(&self, file: &Path) -> Result<Anchor, LogFault> {
        let note = Note::parse(&small(file, MAX_NOTE as u64)?).ok_or_else(|| LogFault::Form {
            file: file.to_owned(),
        })?;
        let head = Checkpoint::read(&note, &self.verifier).ok_or_else(|| LogFault::Signature {
            file: file.to_owned(),
        })?;
        Ok(Anchor {
            file: file.to_owned(),
            head,
            note,
        })
    }

    /// The heads that lie beside the entries, smallest first. One that a kill left unfinished is none: nobody was given it. In a
    /// copy for others it is a stray, as every file that doesn't belong there.
    pub fn heads(&self) -> Result<Vec<Anchor>, LogFault> {
        let mut heads = Vec::new();
        let listed = files(&self.dir, names::CHECKPOINTS)?;
        for file in listed.into_iter().filter(|file| !is_unfinished(file)) {
            let anchor = self.anchor(&self.dir.join(&file))?;
            if file != format!("{}/{}", names::CHECKPOINTS, anchor.head.size) {
                return Err(LogFault::Form { file: anchor.file });
            }
            heads.push(anchor);
        }
        heads.sort_by_key(|anchor| anchor.head.size);
        Ok(heads)
    }

    /// Checks everything: each entry, every tile and head, `more` heads kept elsewhere, and, in a copy for others, the
    /// earlier events and the details. `seen` is given each entry with its details, of which nothing is believed before
    /// this returns.
    pub fn examine(
        &self,
        more: &[Anchor],
        seen: &mut dyn FnMut(&Entry, Option<&str>),
    ) -> Result<Examined, LogFault> {
        let head = self.anchor(&self.dir.join(names::CHECKPOINT))?;
        let heads = self.heads()?;
        let mut anchors: Vec<&Anchor> = heads.iter().chain(more).chain([&head]).collect();
        anchors.sort_by_key(|anchor| anchor.head.size);
        if let Some(larger) = anchors
            .last()
            .filter(|last| last.head.size > head.head.size)
        {
            return Err(LogFault::Short {
                size: larger.head.size,
                entries: head.head.size,
                file: larger.file.clone(),
            });
        }
        let mut reading = Reading::new(self, anchors.into())?;
        reading.entries(head.head.size, seen)?;
        let Reading {
            belongs,
            details,
            tally,
            ..
        } = reading;
        details.ended()?;
        if self.complete {
            self.refuse_strays(belongs, &heads, tally.earlier)?;
        }
        Ok(Examined { head, heads, tally })
    }

    /// The root over the first `size` entries as they are on disk now, whatever was signed, after every entry, every tile
    /// and the heads up to there were checked.
    pub fn recompute(&self, size: u64, heads: &[Anchor]) -> Result<Frontier, LogFault> {
        let anchors = heads.iter().filter(|anchor| anchor.head.size <= size);
        let mut reading = Reading::new(self, anchors.collect())?;
        reading.entries(size, &mut |_, _| {})
    }

    fn refuse_strays(
        &self,
        mut belongs: BTreeSet<String>,
        heads: &[Anchor],
        earlier: u64,
    ) -> Result<(), LogFault> {
        belongs.extend([names::CHECKPOINT, names::CARD, names::DETAILS].map(str::to_owned));
        belongs.extend(VOUCHER.map(str::to_owned));
        if earlier > 0 {
            belongs.insert(names::EARLIER.to_owned());
        }
        for anchor in heads {
            belongs.insert(format!("{}/{}", names::CHECKPOINTS, anchor.head.size));
        }
        match files(&self.dir, "")?
            .into_iter()
            .find(|file| !belongs.contains(file))
        {
            Some(stray) => Err(LogFault::Stray {
                file: self.dir.join(stray),
            }),
            None => Ok(()),
        }
    }

    /// The hash of the perfect subtree of a height that has an index among those of this height, from the tiles of a log of
    /// `size` entries.
    pub(super) fn subtree(&self, size: u64, height: u32, index: u64) -> Result<Hash, LogFault> {
        let level = height / 8;
        let within = height % 8;
        let first = index << within;
        let tile = first / WIDTH;
        let whole = size.checked_shr(level.saturating_mul(8)).unwrap_or(0);
        let width = whole.saturating_sub(tile.saturating_mul(WIDTH)).min(WIDTH);
        let file = self.dir.join(path(Some(level as usize), tile, width));
        let bytes = durable::read_file(&file).map_err(|source| LogFault::io(&file, source))?;
        let (hashes, _rest) = bytes.as_chunks::<{ Hash::BYTES }>();
        let from = usize::try_from(first % WIDTH).unwrap_or(usize::MAX);
        let until = from.saturating_add(1 << within);
        let hashes: Vec<Hash> = hashes
            .get(from..until)
            .ok_or(LogFault::Form { file })?
            .iter()
            .map(|bytes| Hash(*bytes))
            .collect();
        Ok(super::tree::root(&hashes))
    }

    /// The line of an entry of a log of `size` entries.
    pub(super) fn line(&self, size: u64, index: u64) -> Result<String, LogFault> {
        let first = index.saturating_sub(index % WIDTH);
        let width = size.saturating_sub(first).min(WIDTH);
        let file = self.dir.join(path(None, index / WIDTH, width));
        let bytes = small(&file, MAX_BUNDLE)?;
        let place = usize::try_from(index % WIDTH).unwrap_or(usize::MAX);
        unbundle(&bytes, width)
            .and_then(|entries| entries.get(place).map(|line| (*line).to_owned()))
            .ok_or(LogFault::Form { file })
    }
}

/// A log while it is read from its first entry to its last.
struct Reading<'a> {
    copy: &'a Copy,
    belongs: BTreeSet<String>,
    /// The heads that the entries must still lead to.
    anchors: VecDeque<&'a Anchor>,
    details: DetailsFile,
    tally: Tally,
}

impl<'a> Reading<'a> {
    fn new(copy: &'a Copy, anchors: VecDeque<&'a Anchor>) -> Result<Self, LogFault> {
        Ok(Self {
            copy,
            belongs: BTreeSet::new(),
            anchors,
            details: DetailsFile::open(copy.complete())?,
            tally: Tally::default(),
        })
    }

    fn entries(
        &mut self,
        size: u64,
        seen: &mut dyn FnMut(&Entry, Option<&str>),
    ) -> Result<Frontier, LogFault> {
        let mut tiler = Tiler::default();
        self.compare_heads(tiler.tree())?;
        while tiler.tree().size() < size {
            let first = tiler.tree().size();
            let width = size.saturating_sub(first).min(WIDTH);
            let name = path(None, first / WIDTH, width);
            let file = self.copy.dir.join(&name);
            let bytes = small(&file, MAX_BUNDLE)?;
            self.belongs.insert(name);
            let lines =
                unbundle(&bytes, width).ok_or_else(|| LogFault::Form { file: file.clone() })?;
            for line in lines {
                let index = tiler.tree().size();
                let entry = Entry::parse(line)
                    .filter(|entry| entry.index == index)
                    .ok_or_else(|| LogFault::Entry {
                        index,
                        file: file.clone(),
                    })?;
                self.entry(&entry, seen)?;
                tiler.push(line, &mut |piece| self.compare(&piece))?;
                self.compare_heads(tiler.tree())?;
            }
        }
        tiler.finish(&mut |piece| self.compare(&piece))
    }

    fn entry(
        &mut self,
        entry: &Entry,
        seen: &mut dyn FnMut(&Entry, Option<&str>),
    ) -> Result<(), LogFault> {
        if entry.index == 0 {
            self.tally.earlier = earlier(self.copy.complete(), entry)?;
        }
        let first = self.tally.span.map_or(entry.at, |(first, _)| first);
        self.tally.span = Some((first, entry.at));
        let count = |of: &mut u64, when: bool| *of = of.saturating_add(u64::from(when));
        let clock = entry.clock.as_ref();
        count(&mut self.tally.unclocked, clock.is_none());
        count(
            &mut self.tally.unsynchronised,
            clock.is_some_and(|clock| clock.unsynchronised),
        );
        count(
            &mut self.tally.stepped,
            clock.is_some_and(|clock| clock.step_us.is_some()),
        );
        let details = self.details.of(entry)?;
        count(&mut self.tally.detailed, details.is_some());
        seen(entry, details.as_deref());
        Ok(())
    }

    fn compare_heads(&mut self, tree: &Frontier) -> Result<(), LogFault> {
        while let Some(anchor) = self
            .anchors
            .pop_front_if(|anchor| anchor.head.size == tree.size())
        {
            if anchor.head.root != tree.root() {
                return Err(LogFault::Root {
                    size: anchor.head.size,
                    file: anchor.file.clone(),
                });
            }
        }
        Ok(())
    }

    fn compare(&mut self, piece: &Piece) -> Result<(), LogFault> {
        let file = self.copy.dir.join(&piece.path);
        // A bundle is where the entries were just read.
        if !self.belongs.insert(piece.path.clone()) {
            return Ok(());
        }
        let found = durable::read_file(&file).map_err(|source| LogFault::io(&file, source))?;
        if found == piece.bytes {
            Ok(())
        } else {
            Err(LogFault::Tile { file })
        }
    }
}
