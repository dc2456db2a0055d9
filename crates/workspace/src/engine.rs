//! The port to the engine.

use std::fmt::Debug;
use std::path::{Path, PathBuf};

use renketsu_seal::package::TableReader;
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

/// A table to be linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkTable {
    /// Its name in SQL.
    pub name: String,
    /// What it is; never a reference table.
    pub kind: TableKind,
    /// The directory its import was written to.
    pub import: PathBuf,
    /// What the imported file's SHA-256 was, by the state; the engine refuses another file.
    pub sha256: Option<String>,
}

/// What the workspace asks of an engine.
pub trait LinkEngine {
    /// What an import counted.
    type ImportReport: Serialize + Debug;
    /// What a link counted.
    type LinkReport: Serialize + Debug;
    /// Why the engine refused or failed.
    type Error: std::error::Error + 'static;

    /// Writes the table, sorted by ID, into the directory `out`, which it makes; only its parent exists. `ids` is
    /// `None` for a reference table. `table` is what errors call it. Columns that look identifying are refused, unless
    /// `keep` names them (clause 2-1.no-method).
    fn import(
        &self,
        source: TableSource,
        table: &str,
        ids: Option<&IdColumns>,
        keep: &[String],
        out: &Path,
    ) -> Result<Self::ImportReport, Self::Error>;

    /// Resolves persons over `tables` and writes the linked tables into `out`, which it makes. `previous` is the
    /// directory of the link before, whose person numbers stay.
    fn link(
        &self,
        tables: &[LinkTable],
        previous: Option<&Path>,
        out: &Path,
    ) -> Result<Self::LinkReport, Self::Error>;
}
