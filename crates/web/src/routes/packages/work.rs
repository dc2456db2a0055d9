//! Long work on a package: verifying it, importing a table of it; and discarding it.
//!
//! It runs on a thread that may wait, with a handle of the state of its own, so that pages go on meanwhile.

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use jiff::Timestamp;
use renketsu_access::{Permit, act};
use renketsu_seal::Trust;
use renketsu_store::{QuarantineRecord, Store};
use renketsu_workspace::accounts::Acting;
use renketsu_workspace::intake::{self, Contents, IntakeError};
use renketsu_workspace::{Import, PlainExtract, Standing, TableKind};

use super::{KINDS, contents, found, study};
use crate::at::At;
use crate::fault::Fault;
use crate::form::Fields;
use crate::jobs::{Ended, Job, MEMORY};
use crate::office::Office;
use crate::page::go;
use crate::port::{Imported, Keys, Refusal};
use crate::visit::{SignedForm, Visit};

type Shown = Result<Response<Body>, Fault>;

/// A refusal without what a page doesn't tell: where files lie on the machine.
fn told(error: &IntakeError, record: &QuarantineRecord) -> Ended {
    Ended::Failed(error.code(), placeless(error.details(), record))
}

fn placeless(
    details: Vec<(&'static str, String)>,
    record: &QuarantineRecord,
) -> Vec<(&'static str, String)> {
    details
        .into_iter()
        .map(|(name, value)| match name {
            "file" | "path" => (name, format!("{}.sealed", record.delivery)),
            _ => (name, value),
        })
        .collect()
}

fn trust(office: &Office, store: &Store) -> Result<Trust, Refusal> {
    let sealed = store.trusted().map_err(|error| Refusal {
        code: error.code(),
        details: error.details(),
        exit: error.exit(),
    })?;
    Trust::open(sealed.as_deref(), &office.keys).map_err(|error| Refusal {
        code: error.code(),
        details: error.details(),
        exit: error.exit(),
    })
}

/// Verifies a delivery from here on, unless that is under way.
pub(super) fn begin_verifying(office: &Arc<Office>, record: QuarantineRecord, acting: Acting) {
    if !office.jobs.begin(&record.delivery, Job::Verifying) {
        return;
    }
    let office = Arc::clone(office);
    tokio::task::spawn_blocking(move || {
        office
            .jobs
            .run(&record.delivery, || verified(&office, &record, &acting));
    });
}

/// What there is to say that doesn't stand in the state.
fn verified(office: &Office, record: &QuarantineRecord, acting: &Acting) -> Option<Ended> {
    let mut store = match office.apart() {
        Ok(store) => store,
        Err(error) => return Some(told(&error.into(), record)),
    };
    let trust = match trust(office, &store) {
        Ok(trust) => trust,
        Err(refusal) => return Some(Ended::Failed(refusal.code, refusal.details)),
    };
    let keys = (office.keys.as_ref(), &trust);
    intake::verify(&mut store, keys, &office.dir, record, acting, office.now())
        .err()
        .map(|error| told(&error, record))
}

/// Verifies a delivery that was cut off in it, by a stop of the machine or a state that failed.
pub(crate) async fn verify(
    State(office): State<Arc<Office>>,
    At(delivery): At<String>,
    SignedForm { visit, .. }: SignedForm,
) -> Shown {
    let _permit = visit
        .permit::<act::PackageReceive>(&office, visit.on.clone())
        .await?;
    let record = look(&office, &visit, delivery).await?;
    if record.state != "received" {
        let delivery = record.delivery;
        return Err(IntakeError::State { delivery }.into());
    }
    let address = format!("/packages/{}", record.delivery);
    begin_verifying(&office, record, visit.acting());
    Ok(go(&address))
}

async fn look(
    office: &Arc<Office>,
    visit: &Visit,
    delivery: String,
) -> Result<QuarantineRecord, Fault> {
    let study = study(visit)?;
    office
        .with(move |store| found(store, &study, &delivery))
        .await
}

/// What somebody wants imported.
struct Wanted {
    package_table: String,
    table: String,
    kind: TableKind,
    standing: Standing,
}

impl Wanted {
    fn read(fields: &Fields, contents: &Contents) -> Option<Self> {
        let package_table = fields.get("package-table").to_owned();
        let named = fields.get("table").trim();
        let kind = KINDS
            .into_iter()
            .find(|kind| kind.as_str() == fields.get("kind"))?;
        contents
            .tables
            .iter()
            .any(|(name, _)| *name == package_table)
            .then(|| Self {
                table: if named.is_empty() {
                    package_table.clone()
                } else {
                    named.to_owned()
                },
                package_table,
                kind,
                standing: if fields.has("replace") {
                    Standing::Replaced
                } else {
                    Standing::New
                },
            })
    }
}

pub(crate) async fn import(
    State(office): State<Arc<Office>>,
    At(delivery): At<String>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let permit = visit
        .permit::<act::PackageImport>(&office, visit.on.clone())
        .await?;
    let record = look(&office, &visit, delivery).await?;
    let contents = contents(&record)
        .filter(|_| record.state == "verified")
        .ok_or_else(|| IntakeError::State {
            delivery: record.delivery.clone(),
        })?;
    let wanted = Wanted::read(&fields, &contents).ok_or(Fault::Malformed)?;
    let begun = Job::Importing {
        table: wanted.table.clone(),
        step: None,
    };
    let address = format!("/packages/{}", record.delivery);
    if !office.jobs.begin(&record.delivery, begun) {
        return Ok(go(&address));
    }
    let acting = visit.acting();
    let event = acting
        .event("package.import_asked", &record.delivery, office.now())
        .with("package", contents.package.as_str())
        .with("package_table", wanted.package_table.as_str())
        .with("table", wanted.table.as_str())
        .with("kind", wanted.kind.as_str());
    let asked = office
        .with(move |store| Ok(store.begin()?.commit(&event)?))
        .await;
    if let Err(fault) = asked {
        office.jobs.end(&record.delivery, None);
        return Err(fault);
    }
    tokio::task::spawn_blocking(move || {
        office.jobs.run(&record.delivery, || {
            let what = (&record, &contents);
            Some(imported(&office, permit, what, &wanted, &acting))
        });
    });
    Ok(go(&address))
}

/// Imports, and says in the record how it ended and for whom.
fn imported(
    office: &Office,
    permit: Permit<act::PackageImport>,
    (record, contents): (&QuarantineRecord, &Contents),
    wanted: &Wanted,
    acting: &Acting,
) -> Ended {
    let mut store = match office.apart() {
        Ok(store) => store,
        Err(error) => return told(&error.into(), record),
    };
    let now = office.now();
    match run(office, &mut store, permit, record, wanted, now) {
        Ok(counted) => {
            let what = (contents, wanted.package_table.as_str());
            match intake::imported(&mut store, &office.dir, record, what, acting, office.now()) {
                Ok(()) => Ended::Imported {
                    table: wanted.table.clone(),
                    counted,
                },
                Err(error) => told(&error, record),
            }
        }
        Err(refusal) => {
            let event = acting
                .event("package.failed", &record.delivery, office.now())
                .with("table", wanted.table.as_str())
                .with("code", refusal.code);
            let noted = store.begin().and_then(|txn| txn.commit(&event));
            match noted {
                Ok(()) => Ended::Failed(refusal.code, placeless(refusal.details, record)),
                Err(error) => told(&error.into(), record),
            }
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "a permit is used up")]
fn run(
    office: &Office,
    store: &mut Store,
    permit: Permit<act::PackageImport>,
    record: &QuarantineRecord,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<Imported, Refusal> {
    let trust = trust(office, store)?;
    let vault = office.vault.as_ref().ok_or(Refusal {
        code: "web.no_vault",
        details: Vec::new(),
        exit: 2,
    })?;
    // The permit is of one study: nothing is imported into another.
    let study = permit.object().study().map(|study| study.id.as_str());
    if study != Some(record.study.as_str()) {
        return Err(Refusal {
            code: "web.not_found",
            details: Vec::new(),
            exit: 2,
        });
    }
    let file: &Path = &intake::file(&office.dir, record);
    let ask = Import {
        dir: &office.dir,
        study: &record.study,
        table: &wanted.table,
        package_table: Some(&wanted.package_table),
        kind: wanted.kind,
        file,
        ids: None,
        plain: PlainExtract::default(),
        reference: None,
        keep: Vec::new(),
        standing: wanted.standing,
        memory: MEMORY,
    };
    let keys = Keys {
        vault,
        party: &office.keys,
        trust: &trust,
    };
    let watch = |step| office.jobs.at(&record.delivery, step);
    office.engine.import(store, keys, &ask, &watch, now)
}

pub(crate) async fn discard(
    State(office): State<Arc<Office>>,
    At(delivery): At<String>,
    SignedForm { visit, .. }: SignedForm,
) -> Shown {
    let permit = visit
        .permit::<act::PackageReceive>(&office, visit.on.clone())
        .await?;
    let record = look(&office, &visit, delivery).await?;
    // Nothing is discarded under the hands of whoever reads it.
    if !office.jobs.begin(&record.delivery, Job::Verifying) {
        let delivery = record.delivery;
        return Err(IntakeError::State { delivery }.into());
    }
    let (at, acting, now) = (Arc::clone(&office), visit.acting(), office.now());
    let number = record.delivery.clone();
    let discarded = office
        .with(move |store| {
            Ok(intake::discard(
                store, permit, &at.dir, &record, &acting, now,
            )?)
        })
        .await;
    office.jobs.end(&number, None);
    discarded.map(|()| go("/packages"))
}
