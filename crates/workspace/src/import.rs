//! Taking a table into a study: from a sealed package, or from a plain extract with typed key check values.

mod pair;
mod refusal;
mod source;
mod terms;

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use renketsu_identity::{KeyCheckValue, KeyCheckValues};
use renketsu_seal::vault::{Entry, OpenStudy, VaultKey};
use renketsu_seal::{PartyKeys, Trust};
use renketsu_store::{Event, ReferenceRecord, SeenPackage, Store, TableRecord};
use serde::Serialize;

use crate::engine::{IdColumns, ImportTable, LinkEngine, Output, Stage, Step};
use crate::kind::TableKind;
use crate::vault::{StudyVaultError, commit, open_study};
use crate::{name, place};

pub use pair::{Joined, Unpaired};
pub use refusal::ImportError;
pub(crate) use source::SEALED;
pub use source::is_sealed;
use source::{Format, format, from_package, from_plain};
pub use terms::{TermChange, Terms};

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

/// Key check values as people type them: `number=HEX,kana=HEX`, in either order.
pub fn key_check_values(text: &str) -> Option<KeyCheckValues> {
    let part = |name: &str| {
        text.split(',')
            .filter_map(|part| part.trim().split_once('='))
            .find(|(found, _)| found.trim() == name)
            .and_then(|(_, hex)| hex.trim().parse::<KeyCheckValue>().ok())
    };
    Some(KeyCheckValues {
        number: part("number")?,
        kana: part("kana")?,
    })
}

/// What somebody says about a reference table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// Where its content was published.
    pub source: String,
    /// Who says so; another person approves it.
    pub declared_by: String,
}

/// Whether a table of that name is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is not.
    New,
    /// It is, and this is its next version.
    Replaced,
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
    /// Its name in the package, where that is another one.
    pub package_table: Option<&'a str>,
    /// What it is.
    pub kind: TableKind,
    /// The package or plain file; only read.
    pub file: &'a Path,
    /// With the columns of an extract: the issuer's package of its IDs.
    pub ids: Option<&'a Path>,
    /// For plain files.
    pub plain: PlainExtract,
    /// For reference tables.
    pub reference: Option<Declaration>,
    /// Columns that stay although they look identifying; the decision is recorded.
    pub keep: Vec<String>,
    /// Whether the table is there already.
    pub standing: Standing,
    /// Bytes of memory for rows.
    pub memory: u64,
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
        /// The issuer's package that its IDs came in, where that is another one.
        #[serde(skip_serializing_if = "Option::is_none")]
        ids: Option<Box<Joined>>,
        /// What was agreed.
        #[serde(flatten)]
        terms: Box<Terms>,
    },
    /// A plain file.
    Plain {
        /// Its approval number, if it is a public database's.
        approval: Option<String>,
        /// The key check values as typed: unproven.
        kcv: KeyCheckValues,
    },
    /// A table about no person.
    Reference {
        /// Where its content was published, as somebody says.
        source: String,
        /// Who says so.
        declared_by: String,
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
    /// What the sender agreed otherwise in its delivery before.
    pub terms_changed: Vec<TermChange>,
    /// What the engine counted.
    pub report: R,
}

/// Takes a table into a study. On any error nothing of it remains, and the source is untouched.
///
/// A sealed package is authenticated before a row of it is read; `keys` may be absent for plain files. The package
/// counts as taken only with the table that came out of it, so that interrupted work may be done again.
pub fn import<L: LinkEngine>(
    store: &mut Store,
    vault: &VaultKey,
    keys: Option<(&PartyKeys, &Trust)>,
    engine: &L,
    ask: &Import<'_>,
    watch: &dyn Fn(Step),
    now: Timestamp,
) -> Result<Imported<L::ImportReport>, ImportError<L::Error>> {
    named(store, ask)?;
    let missing = || ImportError::NoStudy {
        study: ask.study.to_owned(),
    };
    store.study(ask.study)?.ok_or_else(missing)?;
    let place = ask.dir.join("studies").join(ask.study);
    let astray = |(path, source)| ImportError::Io { path, source };
    place::reachable(ask.dir, &place.join("tables")).map_err(astray)?;
    let _held = place::lock(ask.dir, ask.study).map_err(|source| ImportError::Io {
        path: place,
        source,
    })?;
    // Whatever is read from here on is proven.
    let open = Arc::new(open_study(store, vault, ask.study)?);
    let study = store.study(ask.study)?.ok_or_else(missing)?;
    let version = version(store, ask)?;
    let tables = store.table_versions(ask.study)?;
    let taken = match format(ask.file)? {
        Format::Sealed => {
            let (keys, trust) = keys.ok_or_else(|| ImportError::KeysNeeded {
                path: ask.file.to_owned(),
            })?;
            from_package(store, keys, trust, &study, ask, now)?
        }
        Format::Plain => from_plain(&study, ask)?,
    };

    let directory = format!("studies/{}/tables/{}/{version}", ask.study, ask.table);
    let out = ask.dir.join(&directory);
    let io = |source| ImportError::Io {
        path: out.clone(),
        source,
    };
    place::reachable(ask.dir, &out).map_err(astray)?;
    place::make_room(&out).map_err(io)?;
    let table = ImportTable {
        name: ask.table,
        ids: taken.ids.as_ref(),
        keep: &ask.keep,
    };
    let target = Output {
        root: ask.dir,
        study: &open,
        version,
        dir: &out,
        memory: ask.memory,
        watch,
    };
    let done = engine
        .import(taken.source, &table, &target)
        .map_err(ImportError::Engine)
        .and_then(|written| {
            place::settle(ask.dir, &out).map_err(io)?;
            watch(Step {
                stage: Stage::Recording,
                rows: 0,
                of: None,
            });
            let imported = Imported {
                study: ask.study.to_owned(),
                table: ask.table.to_owned(),
                kind: ask.kind,
                version,
                terms_changed: terms_changed(&taken.origin, ask.kind, &tables),
                origin: taken.origin,
                kcv_proven: taken.kcv.map(|_| study.kcv_proven || taken.proven),
                report: written.report,
            };
            let noted = Noted {
                kcv: taken.kcv,
                proven: taken.proven,
                seen: &taken.seen,
                directory,
                ask,
            };
            record(store, &open, &written.files, &imported, &noted, now)?;
            Ok(imported)
        });
    done.inspect_err(|_| {
        let _unused = place::clear(&out);
    })
}

/// What is refused by the name and kind alone. Persons who leave may leave before anybody has confirmed a state that was put back.
fn named<E: std::error::Error + 'static>(
    store: &Store,
    ask: &Import<'_>,
) -> Result<(), ImportError<E>> {
    if ask.kind != TableKind::Removed {
        store.not_halted()?;
    }
    Ok(name::table(ask.table)?)
}

/// What the terms of a delivery change; a public database's extract has a sender and terms of its own.
fn terms_changed(origin: &Origin, kind: TableKind, tables: &[TableRecord]) -> Vec<TermChange> {
    match origin {
        Origin::Package {
            fingerprint, terms, ..
        } if kind == TableKind::Anonymized => terms.changes(fingerprint, tables),
        Origin::Package { .. } | Origin::Plain { .. } | Origin::Reference { .. } => Vec::new(),
    }
}

/// The version that comes: the first of a new name, or the next of a table of the same kind.
fn version<E: std::error::Error + 'static>(
    store: &Store,
    ask: &Import<'_>,
) -> Result<u64, ImportError<E>> {
    let table = || ask.table.to_owned();
    if store
        .cohorts(ask.study)?
        .iter()
        .any(|cohort| cohort.name == ask.table)
    {
        return Err(ImportError::Cohort { table: table() });
    }
    let tables = store.tables(ask.study)?;
    let standing = tables.iter().find(|found| found.name == ask.table);
    match (standing, ask.standing) {
        (None, Standing::New) => Ok(1),
        (None, Standing::Replaced) => Err(ImportError::NothingToReplace { table: table() }),
        (Some(_), Standing::New) => Err(ImportError::Taken { table: table() }),
        (Some(found), Standing::Replaced) if found.kind != ask.kind.as_str() => {
            Err(ImportError::OtherKind {
                table: table(),
                kind: found.kind.clone(),
            })
        }
        (Some(found), Standing::Replaced) => Ok(found.version.saturating_add(1)),
    }
}

/// What is noted beside the table itself.
struct Noted<'a> {
    kcv: Option<KeyCheckValues>,
    proven: bool,
    seen: &'a [SeenPackage],
    directory: String,
    ask: &'a Import<'a>,
}

/// The table, its files and the event, all or nothing.
fn record<R: Serialize>(
    store: &mut Store,
    study: &OpenStudy,
    files: &[Entry],
    imported: &Imported<R>,
    noted: &Noted<'_>,
    now: Timestamp,
) -> Result<(), StudyVaultError> {
    let report = serde_json::to_value(&imported.report).unwrap_or_default();
    let origin = serde_json::to_value(&imported.origin).unwrap_or_default();
    let txn = store.begin()?;
    for seen in noted.seen {
        txn.see(seen)?;
    }
    if let Some(kcv) = noted.kcv {
        txn.fix_kcv(&imported.study, kcv, noted.proven)?;
    }
    let reference = match &imported.origin {
        Origin::Reference { source, .. } => Some(ReferenceRecord {
            source: source.clone(),
            approved_by: None,
        }),
        Origin::Package { .. } | Origin::Plain { .. } => None,
    };
    txn.import_table(&TableRecord {
        study: imported.study.clone(),
        name: imported.table.clone(),
        version: imported.version,
        kind: imported.kind.as_str().to_owned(),
        reference,
        directory: noted.directory.clone(),
        origin: origin.clone(),
        report: report.clone(),
        imported_at: now,
    })?;
    let mut event = Event::new(
        if imported.kind == TableKind::Removed {
            "persons.removed"
        } else {
            "table.imported"
        },
        &format!("{}/{}", imported.study, imported.table),
        now,
    )
    .with("kind", imported.kind.as_str())
    .with("version", imported.version)
    .with("origin", origin)
    .with("kept_columns", noted.ask.keep.as_slice())
    .with("report", report);
    if !imported.terms_changed.is_empty() {
        let changed = serde_json::to_value(&imported.terms_changed).unwrap_or_default();
        event = event.with("terms_changed", changed);
    }
    commit(txn, study, files, event)
}
