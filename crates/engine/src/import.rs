//! 取り込み: one table into the vault, sorted by its IDs, whatever its size, within a memory budget.
//!
//! Two files come of it: `keys.parquet`, one row per run of rows with equal IDs, and `rows.parquet`, the data columns in
//! the same order (`docs/decisions/0011-vault-and-table-files.md`). A third holds what the source says of its columns, if
//! it says anything: the report, which goes into the state in clear, only counts that.
//!
//! A row's IDs come as 32 bytes or as 64 hexadecimal digits. What real extracts write where there is no ID (null, an
//! empty text, `9`) is no ID: it becomes null and is counted. Any other text refuses the whole import: an ID that is
//! damaged would otherwise be a person who is silently missing.

mod columns;
mod fault;
mod held;
mod ids;
mod labels;
mod pair;
mod source;
mod write;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use renketsu_seal::vault::Entry;
use renketsu_table::parquet::Sorting;
use serde::Serialize;

use crate::shelf::{self, Shelf};
use crate::sort::{Order, Pairs, Sorter};

use columns::Columns;
pub use fault::ImportError;
use held::Held;
pub use ids::Sentinels;
use ids::{Keys, Kinds};
pub use labels::{LABELS, labels};
pub use pair::{Pair, Proofs};
pub use source::{IdColumns, ReadSeek, Source};
use source::{Incoming, read};
use write::KeyRuns;

/// Form of [`ImportReport`] in JSON.
pub const IMPORT_SCHEMA: &str = "renketsu.import/1";

/// File of the IDs.
pub const KEYS: &str = "keys";
/// File of the data columns.
pub const ROWS: &str = "rows";
/// Number of rows that a row of [`KEYS`] stands for.
pub(crate) const COUNT: &str = "rows";

/// Memory of an import unless the caller says otherwise, in bytes.
pub const MEMORY: u64 = 1 << 30;
/// The least memory an import works in.
pub const LEAST_MEMORY: u64 = 64 << 20;

/// What an import found, in counts only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Always [`IMPORT_SCHEMA`].
    pub schema: &'static str,
    /// Rows; the next three add up to it, where the table has IDs.
    pub rows: u64,
    /// Rows with a number ID.
    pub number: u64,
    /// Rows with only a kana ID.
    pub kana_only: u64,
    /// Rows without any ID.
    pub neither: u64,
    /// What stood where there is no number ID.
    pub number_sentinels: Sentinels,
    /// What stood where there is no kana ID.
    pub kana_sentinels: Sentinels,
    /// Different number IDs.
    pub distinct_number_ids: u64,
    /// Different kana IDs, of all rows.
    pub distinct_kana_ids: u64,
    /// The data columns, without the IDs.
    pub columns: Vec<ImportedColumn>,
    /// Data columns that look identifying and were taken because the caller said so.
    pub kept: Vec<String>,
    /// Bytes of the files.
    pub bytes: u64,
    /// Sorted runs that went to temporary files because the rows didn't fit into the budget.
    pub runs: u64,
}

/// What an import leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// What it found.
    pub report: ImportReport,
    /// Its files, for the study's catalogue.
    pub files: Vec<Entry>,
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
    /// The source is read and sorted in runs.
    Reading,
    /// The runs are merged and written.
    Writing,
    /// Rows are written by person.
    Linking,
}

/// Where an import goes, and how.
pub struct Target<'a> {
    /// The study's files.
    pub shelf: &'a Shelf,
    /// The table's name: in the catalogue, and in errors.
    pub table: &'a str,
    /// The table's version.
    pub version: u64,
    /// The directory of this version; it is made, and mustn't exist.
    pub dir: &'a Path,
    /// Columns that may look identifying, by a decision that the caller records.
    pub keep: &'a [String],
    /// Bytes of memory for rows; at least [`LEAST_MEMORY`].
    pub memory: u64,
    /// Is told how far the work is.
    pub watch: &'a dyn Fn(Step),
}

/// A data column of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportedColumn {
    /// Its name.
    pub name: String,
    /// Its Arrow type.
    pub kind: String,
    /// Whether the source has words for it: a label or a unit. They are in [`LABELS`].
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub labelled: bool,
    /// How many codes the source lists for it; they are there too.
    #[serde(skip_serializing_if = "none")]
    pub codes: u64,
    /// Rows without a value.
    pub missing: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form serde asks for")]
fn none(count: &u64) -> bool {
    *count == 0
}

/// Imports `source`. `ids` is `None` for a reference table (no person in it): its rows keep their order, and it has no
/// [`KEYS`]. A data column that looks as if it identified persons refuses the import unless `keep` names it. Whatever
/// goes wrong, no file is left.
pub fn import(
    source: &Source,
    ids: Option<&IdColumns>,
    target: &Target<'_>,
) -> Result<Imported, ImportError> {
    let Target {
        table, keep, dir, ..
    } = target;
    let (schema, incoming) = read(source, ids)?;
    let columns = Columns::find(&schema, table, ids, source.labels())?;
    if let Some(unknown) = keep.iter().find(|name| schema.index_of(name).is_err()) {
        return Err(ImportError::Column {
            table: (*table).to_owned(),
            column: unknown.clone(),
        });
    }
    shelf::own_dir(target.shelf.root(), dir)?;
    let outcome = match &columns.ids {
        Some(kinds) => sorted(source, incoming, &columns, kinds, target),
        None => as_it_comes(incoming, &columns, target),
    };
    if outcome.is_err() {
        // A directory of its own, with finished files at most that no catalogue names.
        fs::remove_dir_all(dir).unwrap_or_default();
    }
    outcome
}

fn as_it_comes(
    incoming: Incoming,
    columns: &Columns,
    target: &Target<'_>,
) -> Result<Imported, ImportError> {
    let shelf = target.shelf;
    let mut screen = columns.screen(target.table)?;
    let mut missing = vec![0; columns.data.len()];
    let name = shelf.name(target.table, ROWS, target.version);
    let path = target.dir.join("rows.parquet");
    let mut file = shelf.table(&path, name, &columns.schema, &Sorting::none())?;
    for batch in incoming {
        let batch = batch?;
        Columns::look(&mut screen, &batch, target.table)?;
        columns.count_missing(&batch, &mut missing);
        file.write(&columns.data(&batch)?)?;
        target.say(Stage::Writing, file.rows(), None);
    }
    let kept = columns.judge(&screen, target)?;
    let rows = file.rows();
    let mut files = vec![file.finish()?];
    files.extend(labels::write(target, &columns.labels)?);
    let found = Found {
        rows,
        kept,
        missing,
        ..Found::default()
    };
    Ok(found.report(columns, files))
}

/// Sorts the rows by their IDs and writes keys and data apart.
fn sorted(
    source: &Source,
    incoming: Incoming,
    columns: &Columns,
    kinds: &Kinds,
    target: &Target<'_>,
) -> Result<Imported, ImportError> {
    let empty_is_null = matches!(source, Source::Delimited { .. });
    let total = source.rows();
    let memory = usize::try_from(target.memory.max(LEAST_MEMORY)).unwrap_or(usize::MAX);
    let mut keys = Keys::new(target.table, empty_is_null);
    let mut screen = columns.screen(target.table)?;
    let budget = memory.saturating_sub(memory / 8);
    // Sorted runs of rows that didn't fit.
    let mut runs = Sorter::new(Order::Ids, Arc::clone(&columns.schema), budget, target.dir);
    let mut held = Held::default();
    // A column without nulls is stored as one that can't have any: there is less to read.
    let mut missing = vec![0; columns.data.len()];
    for batch in incoming {
        let batch = batch?;
        Columns::look(&mut screen, &batch, target.table)?;
        let (numbers, kanas, unique) = keys.add(&batch, kinds)?;
        columns.count_missing(&batch, &mut missing);
        let data = columns.data(&batch)?;
        let size = held.size().saturating_add(data.get_array_memory_size());
        if size > budget && !held.is_empty() {
            let full = std::mem::take(&mut held);
            runs.push_run(full.in_order().whole(&columns.schema))?;
        }
        held.push(&numbers, &kanas, &unique, data)?;
        target.say(Stage::Reading, keys.rows, total);
    }
    let kept = columns.judge(&screen, target)?;
    let rows = keys.rows;
    let spilled = runs.spilled() as u64;
    let mut writer = KeyRuns::create(
        target,
        &columns.data_schema(&missing),
        Pairs::new(memory / 16, target.dir),
    )?;
    let mut written = 0_u64;
    let mut say = |more: usize| {
        written = written.saturating_add(more as u64);
        target.say(Stage::Writing, written, Some(rows));
    };
    let held = held.in_order();
    if spilled == 0 {
        for chunk in held {
            let chunk = chunk?;
            writer.held(&chunk)?;
            say(chunk.data.num_rows());
        }
    } else {
        for batch in runs.finish_with(held.whole(&columns.schema))? {
            let batch = batch?;
            writer.merged(&batch)?;
            say(batch.num_rows());
        }
    }
    let (mut files, distinct_numbers, distinct_kanas) = writer.finish()?;
    files.extend(labels::write(target, &columns.labels)?);
    let found = Found {
        rows,
        runs: spilled,
        kept,
        missing,
        keys,
        distinct_numbers,
        distinct_kanas,
    };
    Ok(found.report(columns, files))
}

impl std::fmt::Debug for Target<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target")
            .field("table", &self.table)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl Target<'_> {
    fn say(&self, stage: Stage, rows: u64, of: Option<u64>) {
        (self.watch)(Step { stage, rows, of });
    }
}

/// What an import has counted at its end.
#[derive(Default)]
struct Found {
    rows: u64,
    runs: u64,
    kept: Vec<String>,
    /// Of each data column.
    missing: Vec<u64>,
    keys: Keys,
    distinct_numbers: u64,
    distinct_kanas: u64,
}

impl Found {
    fn report(self, columns: &Columns, files: Vec<Entry>) -> Imported {
        let report = ImportReport {
            schema: IMPORT_SCHEMA,
            rows: self.rows,
            number: self.keys.number,
            kana_only: self.keys.kana_only,
            neither: self.keys.neither,
            number_sentinels: self.keys.number_sentinels,
            kana_sentinels: self.keys.kana_sentinels,
            distinct_number_ids: self.distinct_numbers,
            distinct_kana_ids: self.distinct_kanas,
            columns: columns.report(&self.missing),
            kept: self.kept,
            bytes: files.iter().map(|file| file.bytes).sum(),
            runs: self.runs,
        };
        Imported { report, files }
    }
}
