//! The port to the engine, which knows Arrow; pages don't.

use std::fmt::Debug;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use renketsu_workspace::Linked;

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
}
