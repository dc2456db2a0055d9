//! A file without a seal from the study's incoming directory: an extract whose papers say what it is, or a table about no person.
//!
//! It is read where it lies, and nothing of it is written in clear.

use std::path::Path;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use renketsu_access::{Permit, act};
use renketsu_seal::durable;
use renketsu_store::{Store, StoreError};
use renketsu_workspace::accounts::Acting;
use renketsu_workspace::scan::ScanError;
use renketsu_workspace::{
    Database, Declaration, IdColumns, Import, PlainExtract, Standing, TableKind, key_check_values,
};

use super::wanted::{columns, standing};
use super::work::{is_of, trust, vault};
use super::{Shown, incoming, machine, place, study};
use crate::fault::Fault;
use crate::form::Fields;
use crate::jobs::{Ended, Job, MEMORY};
use crate::office::{Office, placeless};
use crate::page::{self, Frame, Machine, go, show_as};
use crate::plain::plain;
use crate::port::{Imported, Keys, Refusal};
use crate::progress::told;
use crate::visit::{SignedForm, SignedIn, Visit};

const ADDRESS: &str = "/packages/plain";

/// Kinds of tables that come without a seal.
const KINDS: [TableKind; 5] = [
    TableKind::Public(Database::Ndb),
    TableKind::Public(Database::Dpc),
    TableKind::Public(Database::Kaigo),
    TableKind::Anonymized,
    TableKind::Reference,
];

/// What somebody says of a file, as they typed it.
#[derive(Debug, Clone, Default)]
struct Typed {
    name: String,
    table: String,
    kind: String,
    source: String,
    provision: String,
    kcv: String,
    number_id: String,
    kana_id: String,
    kana_unique: String,
    approval: String,
    keep: String,
    replace: bool,
}

impl Typed {
    fn of(fields: &Fields) -> Self {
        let text = |name| fields.get(name).trim().to_owned();
        Self {
            // A file's name is what it is.
            name: fields.get("name").to_owned(),
            table: text("table"),
            kind: text("kind"),
            source: text("source"),
            provision: text("provision"),
            kcv: text("kcv"),
            number_id: text("number-id"),
            kana_id: text("kana-id"),
            kana_unique: text("kana-unique"),
            approval: text("approval"),
            keep: text("keep"),
            replace: matches!(standing(fields), Standing::Replaced),
        }
    }
}

/// A file that is to be imported.
struct Wanted {
    name: String,
    table: String,
    kind: TableKind,
    plain: PlainExtract,
    reference: Option<Declaration>,
    keep: Vec<String>,
    standing: Standing,
}

fn given(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

impl Wanted {
    /// What a form says; who says that a table is about no person is who sends it.
    fn read(typed: &Typed, person: &str) -> Result<Self, Fault> {
        let kind = KINDS
            .into_iter()
            .find(|kind| kind.as_str() == typed.kind)
            .ok_or(Fault::Malformed)?;
        let is_reference = kind == TableKind::Reference;
        let plain = if is_reference {
            PlainExtract::default()
        } else {
            PlainExtract {
                provision: given(&typed.provision),
                kcv: given(&typed.kcv)
                    .map(|text| key_check_values(&text).ok_or_else(unreadable))
                    .transpose()?,
                ids: given(&typed.number_id).map(|number_id| IdColumns {
                    number_id,
                    kana_id: given(&typed.kana_id),
                    kana_unique: given(&typed.kana_unique),
                }),
                approval: given(&typed.approval),
            }
        };
        Ok(Self {
            name: typed.name.clone(),
            table: typed.table.clone(),
            kind,
            plain,
            reference: is_reference.then(|| Declaration {
                source: typed.source.clone(),
                declared_by: person.to_owned(),
            }),
            keep: columns(&typed.keep),
            standing: if typed.replace {
                Standing::Replaced
            } else {
                Standing::New
            },
        })
    }
}

fn unreadable() -> Fault {
    Fault::Refused {
        code: "cli.kcv.form",
        details: Vec::new(),
    }
}

#[derive(Template)]
#[template(path = "package-plain.html")]
struct PlainPage {
    frame: Frame,
    files: Vec<String>,
    typed: Typed,
    kinds: Vec<(&'static str, String)>,
    problem: Option<String>,
    progress: Option<String>,
    outcome: Option<(String, bool)>,
}

/// Work on plain files is done one at a time in a study. A delivery's number is never this.
fn key(study: &str) -> String {
    format!("plain/{study}")
}

pub(crate) async fn page(
    State(office): State<Arc<Office>>,
    SignedIn(visit): SignedIn,
    Machine(machine): Machine,
) -> Shown {
    let _permit = visit
        .permit::<act::PackageImport>(&office, visit.on.clone())
        .await?;
    if machine {
        let study = study(&visit)?;
        return page::json(&machine::work(office.jobs.of(&key(&study))));
    }
    shown(&office, &visit, Typed::default(), None).await
}

async fn shown(
    office: &Arc<Office>,
    visit: &Visit,
    typed: Typed,
    problem: Option<String>,
) -> Shown {
    let study = study(visit)?;
    let job = office.jobs.of(&key(&study));
    let by_itself = visit.by_itself && matches!(job, Some(Job::Importing { .. }));
    let event = visit
        .acting()
        .event("packages.viewed", &study, office.now());
    let here = place(&office.dir, &study);
    let files = office
        .with(move |store| {
            if !by_itself {
                store.begin()?.commit(&event)?;
            }
            Ok(incoming(&here, false))
        })
        .await?;
    let frame = Frame::of(office, visit, "web-menu-packages");
    let (progress, outcome) = told(&frame, job);
    let status = if problem.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let page = PlainPage {
        files: files.into_iter().map(|file| file.name).collect(),
        kinds: KINDS
            .into_iter()
            .map(|kind| {
                let name = kind.as_str();
                (name, frame.t(&format!("web-packages-kind-{name}")))
            })
            .collect(),
        typed,
        problem,
        progress,
        outcome,
        frame,
    };
    show_as(status, &page)
}

pub(crate) async fn import(
    State(office): State<Arc<Office>>,
    Machine(machine): Machine,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let permit = visit
        .permit::<act::PackageImport>(&office, visit.on.clone())
        .await?;
    let typed = Typed::of(&fields);
    match begun(&office, permit, &visit, &typed).await {
        Ok(()) => Ok(go(ADDRESS)),
        Err(fault) if machine => Err(fault),
        Err(fault) => {
            let frame = Frame::of(&office, &visit, "web-menu-packages");
            let problem = frame.problem(fault)?;
            shown(&office, &visit, typed, Some(problem)).await
        }
    }
}

async fn begun(
    office: &Arc<Office>,
    permit: Permit<act::PackageImport>,
    visit: &Visit,
    typed: &Typed,
) -> Result<(), Fault> {
    let study = study(visit)?;
    let wanted = Wanted::read(typed, &visit.person.person)?;
    let here = place(&office.dir, &study);
    // Only a name that is in the list is one: nothing that was typed becomes a path.
    let file = incoming(&here, false)
        .into_iter()
        .find(|found| found.name == wanted.name)
        .ok_or(Fault::NotFound)?;
    let file = here.join(file.name);
    let begun = Job::Importing {
        table: wanted.table.clone(),
        step: None,
    };
    let key = key(&study);
    if !office.jobs.begin(&key, begun) {
        return Err(Fault::Refused {
            code: "web.working",
            details: Vec::new(),
        });
    }
    let acting = visit.acting();
    let event = acting
        .event("plain.import_asked", &study, office.now())
        .with("table", wanted.table.as_str())
        .with("kind", wanted.kind.as_str())
        .with("keep", wanted.keep.clone());
    let noted = office
        .with(move |store| Ok(store.begin()?.commit(&event)?))
        .await;
    if let Err(fault) = noted {
        office.jobs.end(&key, None);
        return Err(fault);
    }
    let office = Arc::clone(office);
    tokio::task::spawn_blocking(move || {
        office.jobs.run(&key, || {
            Some(imported(&office, permit, (&study, &file), &wanted, &acting))
        });
    });
    Ok(())
}

/// Imports, and says in the record for whom it failed; that it was done, the import's own event says.
fn imported(
    office: &Office,
    permit: Permit<act::PackageImport>,
    (study, file): (&str, &Path),
    wanted: &Wanted,
    acting: &Acting,
) -> Ended {
    let state = |error: StoreError| Ended::Failed(error.code(), placeless(error.details()));
    let mut store = match office.apart() {
        Ok(store) => store,
        Err(error) => return state(error),
    };
    let refusal = match run(office, &mut store, permit, (study, file), wanted, acting) {
        Ok(counted) => {
            return Ended::Imported {
                table: wanted.table.clone(),
                counted,
            };
        }
        Err(refusal) => refusal,
    };
    let event = acting
        .event("plain.failed", study, office.now())
        .with("table", wanted.table.as_str())
        .with("code", refusal.code);
    match store.begin().and_then(|txn| txn.commit(&event)) {
        Ok(()) => Ended::Failed(refusal.code, named(refusal.details, &wanted.name)),
        Err(error) => state(error),
    }
}

/// The file by its name alone: where it lies on the machine is nothing for a page.
fn named(details: Vec<(&'static str, String)>, file: &str) -> Vec<(&'static str, String)> {
    let details = details.into_iter();
    details
        .map(|(name, value)| match name {
            "file" | "path" => (name, plain(file)),
            _ => (name, value),
        })
        .collect()
}

/// Looks for viruses before the import reads anything, where something does, and says so in the record.
fn scanned(
    office: &Office,
    store: &mut Store,
    (study, file): (&str, &Path),
    acting: &Acting,
) -> Result<(), Refusal> {
    let Some(scanner) = &office.scanner else {
        return Ok(());
    };
    let scan = || {
        let engine = scanner.engine()?;
        let bytes = scanner.scan(durable::open_file(file).map_err(ScanError::Read)?)?;
        Ok::<_, ScanError>((engine, bytes))
    };
    let (engine, bytes) = scan().map_err(|error| Refusal {
        code: error.code(),
        details: error.details(),
        exit: 1,
    })?;
    let event = acting
        .event("plain.scanned", study, office.now())
        .with("engine", engine.name)
        .with("bytes", bytes);
    let noted = store.begin().and_then(|txn| txn.commit(&event));
    noted.map_err(|error| Refusal {
        code: error.code(),
        details: placeless(error.details()),
        exit: error.exit(),
    })
}

#[expect(clippy::needless_pass_by_value, reason = "a permit is used up")]
fn run(
    office: &Office,
    store: &mut Store,
    permit: Permit<act::PackageImport>,
    (study, file): (&str, &Path),
    wanted: &Wanted,
    acting: &Acting,
) -> Result<Imported, Refusal> {
    is_of(&permit, study)?;
    scanned(office, store, (study, file), acting)?;
    let keys = Keys {
        vault: vault(office)?,
        party: &office.keys,
        trust: &trust(office, store)?,
    };
    let ask = Import {
        dir: &office.dir,
        study,
        table: &wanted.table,
        package_table: None,
        kind: wanted.kind,
        file,
        ids: None,
        plain: wanted.plain.clone(),
        reference: wanted.reference.clone(),
        keep: wanted.keep.clone(),
        standing: wanted.standing,
        memory: MEMORY,
    };
    let watch = |step| office.jobs.at(&key(study), step);
    office
        .engine
        .import(store, keys, &ask, &watch, office.now())
}
