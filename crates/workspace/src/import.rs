//! Taking a table into a study: from a sealed package, or from a plain extract with typed key check values.

mod refusal;
mod source;

use std::fs;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use renketsu_identity::KeyCheckValues;
use renketsu_seal::{PartyKeys, Trust, durable};
use renketsu_store::{Event, SeenPackage, Store, StoreError, TableRecord};
use serde::Serialize;

use crate::engine::{IdColumns, LinkEngine};
use crate::kind::TableKind;
use crate::name;

pub use refusal::ImportError;
pub use source::is_sealed;
use source::{Format, format, from_package, from_plain};

/// What somebody typed about a plain extract. Nothing proves it, and the report says so.
#[derive(Debug, Clone, Default)]
pub struct PlainExtract {
    /// The provision the extract was made for.
    pub provision: Option<String>,
    /// The key check values that came with it.
    pub kcv: Option<KeyCheckValues>,
    /// Where its IDs stand.
    pub ids: Option<IdColumns>,
    /// The approval number of the public database (clause 3.separate-extract).
    pub approval: Option<String>,
}

/// An import that is asked for.
#[derive(Debug)]
pub struct Import<'a> {
    /// The party's directory.
    pub dir: &'a Path,
    /// The study.
    pub study: &'a str,
    /// The table's name in the study.
    pub table: &'a str,
    /// What it is.
    pub kind: TableKind,
    /// The package or plain file; only read.
    pub file: &'a Path,
    /// For plain files.
    pub plain: PlainExtract,
    /// Columns that stay although they look identifying; the decision is recorded.
    pub keep: Vec<String>,
}

/// Where a table came from, as the state keeps it.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "from", rename_all = "lowercase")]
pub enum Origin {
    /// A sealed package.
    Package {
        /// Its id.
        package: String,
        /// The table inside it.
        table: String,
        /// The sender's name.
        sender: String,
        /// The sender's fingerprint.
        fingerprint: String,
        /// The approval number, if it is a public database's.
        approval: Option<String>,
        /// Its key check values: proven by the signature.
        kcv: Option<KeyCheckValues>,
        /// The purpose the sender states.
        purpose: String,
        /// The agreed places of use (利用場所).
        places: Vec<String>,
    },
    /// A plain file.
    Plain {
        /// Its approval number, if it is a public database's.
        approval: Option<String>,
        /// The key check values as typed: unproven. `None` for a reference table.
        kcv: Option<KeyCheckValues>,
    },
}

/// An import that was done.
#[derive(Debug, Serialize)]
pub struct Imported<R> {
    /// The study.
    pub study: String,
    /// The table.
    pub table: String,
    /// Its kind.
    pub kind: TableKind,
    /// Its version.
    pub version: u64,
    /// Where it came from.
    pub origin: Origin,
    /// Whether the study's key check values are proven by a signed package; `None` without any.
    pub kcv_proven: Option<bool>,
    /// What the engine counted.
    pub report: R,
}

/// Takes a table into a study. On any error nothing of it remains, and the source is untouched.
///
/// A sealed package is authenticated before a row of it is read; `keys` may be absent for plain files. The package
/// counts as taken only with the table that came out of it, so that interrupted work may be done again.
pub fn import<L: LinkEngine>(
    store: &mut Store,
    keys: Option<(&PartyKeys, &Trust)>,
    engine: &L,
    ask: &Import<'_>,
    now: Timestamp,
) -> Result<Imported<L::ImportReport>, ImportError<L::Error>> {
    name::table(ask.table)?;
    let study = store
        .study(ask.study)?
        .ok_or_else(|| ImportError::NoStudy {
            study: ask.study.to_owned(),
        })?;
    // Held until the work is recorded: two runs on one study would take each other's directories for leftovers.
    let _held = lock(ask.dir, ask.study).map_err(|source| {
        let path = ask.dir.join("studies").join(ask.study);
        ImportError::Io { path, source }
    })?;
    if store
        .tables(ask.study)?
        .iter()
        .any(|table| table.name == ask.table)
    {
        return Err(ImportError::Taken {
            table: ask.table.to_owned(),
        });
    }
    let taken = match format(ask.file)? {
        Format::Sealed => {
            let (keys, trust) = keys.ok_or_else(|| ImportError::KeysNeeded {
                path: ask.file.to_owned(),
            })?;
            from_package(store, keys, trust, &study, ask, now)?
        }
        Format::Plain => from_plain(&study, ask)?,
    };

    let version = 1;
    let directory = format!("studies/{}/tables/{}/{version}", ask.study, ask.table);
    let out = ask.dir.join(&directory);
    let report = fill(&out, || {
        engine
            .import(taken.source, ask.table, taken.ids.as_ref(), &ask.keep, &out)
            .map_err(ImportError::Engine)
    })?;

    let kcv_proven = taken.kcv.map(|_| study.kcv_proven || taken.proven);
    let imported = Imported {
        study: ask.study.to_owned(),
        table: ask.table.to_owned(),
        kind: ask.kind,
        version,
        origin: taken.origin,
        kcv_proven,
        report,
    };
    if let Err(error) = record(
        store,
        &imported,
        &Noted {
            kcv: taken.kcv,
            proven: taken.proven,
            seen: taken.seen,
            directory,
            keep: &ask.keep,
        },
        now,
    ) {
        let _unused = fs::remove_dir_all(&out);
        return Err(error.into());
    }
    Ok(imported)
}

/// Waits for the only right to write below a study's directory, which is made for its owner only.
pub(crate) fn lock(dir: &Path, study: &str) -> io::Result<durable::DirectoryLock> {
    use std::os::unix::fs::DirBuilderExt as _;
    let directory = dir.join("studies").join(study);
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&directory)?;
    durable::lock(&directory)
}

/// Makes room for `out`, and removes it when the work on it fails. What lies there without a row in the state is left
/// over from work that was cut off.
fn fill<T, E: std::error::Error + 'static>(
    out: &Path,
    work: impl FnOnce() -> Result<T, ImportError<E>>,
) -> Result<T, ImportError<E>> {
    make_room(out).map_err(|source| ImportError::Io {
        path: out.to_owned(),
        source,
    })?;
    work().inspect_err(|_| {
        let _unused = fs::remove_dir_all(out);
    })
}

/// Makes the parent of `out`, for its owner only, and sees to it that `out` is not there.
pub(crate) fn make_room(out: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    match fs::remove_dir_all(out) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let parent = out.parent().unwrap_or(out);
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(parent)
}

/// What is noted beside the table itself.
struct Noted<'a> {
    kcv: Option<KeyCheckValues>,
    proven: bool,
    seen: Option<SeenPackage>,
    directory: String,
    keep: &'a [String],
}

fn record<R: Serialize>(
    store: &mut Store,
    imported: &Imported<R>,
    noted: &Noted<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let report = serde_json::to_value(&imported.report).unwrap_or_default();
    let origin = serde_json::to_value(&imported.origin).unwrap_or_default();
    let txn = store.begin()?;
    if let Some(seen) = &noted.seen {
        txn.see(seen)?;
    }
    if let Some(kcv) = noted.kcv {
        txn.fix_kcv(&imported.study, kcv, noted.proven)?;
    }
    txn.import_table(&TableRecord {
        study: imported.study.clone(),
        name: imported.table.clone(),
        version: imported.version,
        kind: imported.kind.as_str().to_owned(),
        directory: noted.directory.clone(),
        origin: origin.clone(),
        report: report.clone(),
        imported_at: now,
    })?;
    let event = Event::new(
        "table.imported",
        &format!("{}/{}", imported.study, imported.table),
        now,
    )
    .with("kind", imported.kind.as_str())
    .with("version", imported.version)
    .with("origin", origin)
    .with("kept_columns", noted.keep)
    .with("report", report);
    txn.commit(&event)
}
