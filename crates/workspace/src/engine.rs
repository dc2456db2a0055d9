//! The port to the engine.

use std::fmt;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use renketsu_identity::KanaPublicKey;
use renketsu_seal::package::TableReader;
use renketsu_seal::vault::{Entry, OpenStudy};
use serde::Serialize;

use crate::kind::TableKind;

/// Where the rows of an import come from.
#[derive(Debug)]
pub enum TableSource {
    /// A Parquet table inside an opened package, read in place: nothing of it is written in clear on the way.
    Package {
        /// The table.
        reader: Box<TableReader>,
        /// Its Table Schema as the signed manifest states it; the table must conform to it.
        schema: serde_json::Value,
    },
    /// Data columns and IDs of the same rows from two packages, by token: an extract of an authority of two custodians.
    Pair {
        /// Token, `kana_unique`, in the verifiable mode what makes kana IDs, data columns, in the order of the tokens.
        columns: Box<TableReader>,
        /// Token, `number_id`, `kana_id` or the points that it is made from, in the order of the tokens.
        ids: Box<TableReader>,
        /// In the verifiable mode, the key that made the kana IDs and the table of its proofs.
        proofs: Option<(KanaPublicKey, Box<TableReader>)>,
        /// Table Schema of the columns as the signed manifest states it.
        schema: serde_json::Value,
    },
    /// A Parquet, CSV or TSV file as the public database gave it, told apart by its content.
    Plain {
        /// The file; only read.
        path: PathBuf,
    },
}

/// The columns that hold provision IDs (提供用ID).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IdColumns {
    /// 規則28条二号.
    pub number_id: String,
    /// 規則28条一号.
    pub kana_id: Option<String>,
    /// Whether exactly one registered person has the `kana_id`.
    pub kana_unique: Option<String>,
}

/// A table to be imported.
#[derive(Debug, Clone, Copy)]
pub struct ImportTable<'a> {
    /// Its name: in the catalogue, and in errors.
    pub name: &'a str,
    /// Where its IDs stand; `None` for a reference table.
    pub ids: Option<&'a IdColumns>,
    /// Columns that stay although they look identifying (clause 2-1.no-method).
    pub keep: &'a [String],
}

/// A table to be linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkTable {
    /// Its name in SQL.
    pub name: String,
    /// What it is; never a reference table.
    pub kind: TableKind,
    /// Its version.
    pub version: u64,
}

/// Where the engine writes, and how.
pub struct Output<'a> {
    /// The party's directory; paths in the catalogue are below it.
    pub root: &'a Path,
    /// The study, whose keys seal what is written.
    pub study: &'a Arc<OpenStudy>,
    /// The version of what is written, of its files too.
    pub version: u64,
    /// The directory of the files, which the engine makes; only its parent exists.
    pub dir: &'a Path,
    /// Bytes of memory for rows.
    pub memory: u64,
    /// Is told how far the work is.
    pub watch: &'a dyn Fn(Step),
}

impl Debug for Output<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output")
            .field("dir", &self.dir)
            .field("version", &self.version)
            .field("memory", &self.memory)
            .finish_non_exhaustive()
    }
}

/// How far a long piece of work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// What is being done.
    pub stage: Stage,
    /// Rows done in this stage.
    pub rows: u64,
    /// Rows of this stage, where they are known.
    pub of: Option<u64>,
}

/// A part of a long piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Rows are written by person.
    Linking,
    /// The source is read.
    Reading,
    /// The files are whole; the state and its event are written.
    Recording,
    /// Rows are written.
    Writing,
}

impl Stage {
    /// Its word in messages and progress lines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Linking => "linking",
            Self::Reading => "reading",
            Self::Recording => "recording",
            Self::Writing => "writing",
        }
    }
}

/// What the engine wrote.
#[derive(Debug)]
pub struct Written<R> {
    /// What it counted.
    pub report: R,
    /// The files, for the study's catalogue.
    pub files: Vec<Entry>,
}

/// What the workspace asks of an engine.
pub trait LinkEngine {
    /// What an import counted.
    type ImportReport: Serialize + Debug;
    /// What a link counted.
    type LinkReport: Serialize + Debug;
    /// Why the engine refused or failed.
    type Error: std::error::Error + 'static;

    /// Writes a version of a table, sorted by ID. Columns that look identifying are refused, unless the table's `keep`
    /// names them.
    fn import(
        &self,
        source: TableSource,
        table: &ImportTable<'_>,
        out: &Output<'_>,
    ) -> Result<Written<Self::ImportReport>, Self::Error>;

    /// Resolves persons over `tables` and writes the link `out.version`. `previous` is the version of the link before,
    /// whose person numbers stay.
    fn link(
        &self,
        tables: &[LinkTable],
        previous: Option<u64>,
        out: &Output<'_>,
    ) -> Result<Written<Self::LinkReport>, Self::Error>;

    /// Reads a file of the study from end to end and holds its length and digest against the catalogue.
    fn verify(&self, root: &Path, study: &Arc<OpenStudy>, entry: &Entry)
    -> Result<(), Self::Error>;
}
