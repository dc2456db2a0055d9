//! The port to the engine, which knows Arrow; pages don't.

use std::fmt::Debug;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use renketsu_seal::vault::VaultKey;
use renketsu_seal::{PartyKeys, Trust};
use renketsu_store::{LogError, Store};
use renketsu_workspace::{Import, Link, Linked, Removal, Step};

/// Tells the engine to stop.
#[derive(Debug, Default)]
pub struct Stopping(AtomicBool);

impl Stopping {
    /// Asks it to.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A column of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerColumn {
    /// Its name.
    pub name: String,
    /// Whether its values are numbers, which stand on the right.
    pub is_number: bool,
    /// Its type as the engine names it.
    pub kind: &'static str,
    /// What its values are in JSON, as the engine names it.
    pub form: &'static str,
}

/// An answer as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// Its columns.
    pub columns: Vec<AnswerColumn>,
    /// Its rows; `None` is NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// Indexes of rows that stand for so few persons that they may have to be suppressed before publication.
    pub small: Vec<usize>,
    /// Whether its rows speak of persons, so that some may be small.
    pub of_persons: bool,
    /// Whether it has rows of single persons.
    pub row_level: bool,
    /// Whether the cap cut it.
    pub cut: bool,
}

/// Why the engine refused or failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The code.
    pub code: &'static str,
    /// Its named values.
    pub details: Vec<(&'static str, String)>,
    /// How a command ends that is refused so.
    pub exit: u8,
}

impl Refusal {
    /// Why the log of a directory can't be believed, signed or read. Where the directory lies is for nobody at a page.
    pub(crate) fn of_log(error: &LogError, dir: &Path) -> Self {
        let inside = |text: String| match Path::new(&text).strip_prefix(dir) {
            Ok(inside) => inside.display().to_string(),
            Err(_) => text,
        };
        let details = error.details().into_iter();
        Self {
            code: error.code(),
            details: details.map(|(name, value)| (name, inside(value))).collect(),
            exit: error.exit(),
        }
    }
}

/// What an import counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Imported {
    /// The version of the table.
    pub version: u64,
    /// Its rows.
    pub rows: u64,
    /// Rows with a `number_id`.
    pub number: u64,
    /// Rows with a `kana_id` alone.
    pub kana_only: u64,
    /// Rows with neither.
    pub neither: u64,
}

/// What opens a study and a package.
#[derive(Debug, Clone, Copy)]
pub struct Keys<'a> {
    /// The vault of the studies.
    pub vault: &'a VaultKey,
    /// The workspace's own.
    pub party: &'a PartyKeys,
    /// Whose packages are opened.
    pub trust: &'a Trust,
}

/// What pages ask of the engine. Each may take long, and runs on a thread that may wait.
pub trait Engine: Debug + Send + Sync {
    /// Answers a question.
    fn ask(
        &self,
        dir: &Path,
        linked: &Linked,
        sql: &str,
        stopping: &Stopping,
    ) -> Result<Answer, Refusal>;

    /// Takes a table of a sealed package or a plain file into a study; on any refusal nothing of it remains.
    fn import(
        &self,
        store: &mut Store,
        keys: Keys<'_>,
        ask: &Import<'_>,
        watch: &dyn Fn(Step),
        now: Timestamp,
    ) -> Result<Imported, Refusal>;

    /// Takes a removal into a study; on any refusal nothing of it remains.
    fn remove(
        &self,
        store: &mut Store,
        keys: Keys<'_>,
        ask: Removal<'_>,
        watch: &dyn Fn(Step),
        now: Timestamp,
    ) -> Result<Imported, Refusal>;

    /// Links the tables of a study as its next version, which it gives; on any refusal the version before stands.
    fn link(
        &self,
        store: &mut Store,
        vault: &VaultKey,
        ask: Link<'_>,
        watch: &dyn Fn(Step),
        now: Timestamp,
    ) -> Result<u64, Refusal>;
}
