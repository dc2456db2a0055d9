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
use renketsu_seal::vault::VaultKey;
use renketsu_store::{Event, QuarantineRecord, Store};
use renketsu_workspace::accounts::Acting;
use renketsu_workspace::intake::{self, IntakeError};
use renketsu_workspace::{Import, PlainExtract, Removal};

use super::wanted::{Came, Wanted};
use super::{found, study};
use crate::at::At;
use crate::fault::Fault;
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

pub(super) fn trust(office: &Office, store: &Store) -> Result<Trust, Refusal> {
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
    let (scanner, dir, now) = (office.scanner.as_ref(), &office.dir, office.now());
    intake::verify(&mut store, keys, scanner, dir, record, acting, now)
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

pub(crate) async fn import(
    State(office): State<Arc<Office>>,
    At(delivery): At<String>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let permit = visit
        .permit::<act::PackageImport>(&office, visit.on.clone())
        .await?;
    let of = study(&visit)?;
    let (came, wanted) = office
        .with(move |store| {
            let came = Came::verified(found(store, &of, &delivery)?)?;
            let ids = match fields.get("ids") {
                "" => None,
                ids => Some(Came::verified(found(store, &of, ids)?)?),
            };
            let wanted = Wanted::read(&fields, &came, ids)?;
            Ok((came, wanted))
        })
        .await?;
    let number = came.record.delivery.clone();
    let begun = Job::Importing {
        table: wanted.table().to_owned(),
        step: None,
    };
    let address = format!("/packages/{number}");
    if !office.jobs.begin(&number, begun) {
        return Ok(go(&address));
    }
    // IDs that come apart are in use with their columns.
    let held = wanted.ids().map(|ids| ids.record.delivery.clone());
    if let Some(held) = held.filter(|held| !office.jobs.begin(held, Job::Verifying)) {
        office.jobs.end(&number, None);
        return Err(IntakeError::State { delivery: held }.into());
    }
    let acting = visit.acting();
    let event = asked(&acting, &came, &wanted, office.now());
    let noted = office
        .with(move |store| Ok(store.begin()?.commit(&event)?))
        .await;
    if let Err(fault) = noted {
        freed(&office, &wanted);
        office.jobs.end(&number, None);
        return Err(fault);
    }
    tokio::task::spawn_blocking(move || {
        office.jobs.run(&number, || {
            let ended = imported(&office, permit, &came, &wanted, &acting);
            freed(&office, &wanted);
            Some(ended)
        });
    });
    Ok(go(&address))
}

/// The IDs of columns are free again.
fn freed(office: &Office, wanted: &Wanted) {
    if let Some(ids) = wanted.ids() {
        office.jobs.end(&ids.record.delivery, None);
    }
}

fn asked(acting: &Acting, came: &Came, wanted: &Wanted, now: Timestamp) -> Event {
    let event = acting
        .event("package.import_asked", &came.record.delivery, now)
        .with("package", came.contents.package.as_str())
        .with("package_table", wanted.package_table())
        .with("table", wanted.table());
    match wanted {
        Wanted::Removal => event,
        Wanted::Table(table) => event
            .with("kind", table.kind.as_str())
            .with("keep", table.keep.clone()),
    }
}

/// Imports, and says in the record how it ended and for whom.
fn imported(
    office: &Office,
    permit: Permit<act::PackageImport>,
    came: &Came,
    wanted: &Wanted,
    acting: &Acting,
) -> Ended {
    let record = &came.record;
    let mut store = match office.apart() {
        Ok(store) => store,
        Err(error) => return told(&error.into(), record),
    };
    let now = office.now();
    match run(office, &mut store, permit, record, wanted, now) {
        Ok(counted) => {
            let ids = wanted.ids().map(Came::both);
            let table = wanted.package_table();
            let (dir, now) = (&office.dir, office.now());
            match intake::imported(&mut store, dir, came.both(), ids, table, acting, now) {
                Ok(()) => Ended::Imported {
                    table: wanted.table().to_owned(),
                    counted,
                },
                Err(error) => told(&error, record),
            }
        }
        Err(refusal) => {
            let event = acting
                .event("package.failed", &record.delivery, office.now())
                .with("table", wanted.table())
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
    let vault = vault(office)?;
    // The permit is of one study: nothing is imported into another.
    is_of(&permit, &record.study)?;
    let file: &Path = &intake::file(&office.dir, record);
    let keys = Keys {
        vault,
        party: &office.keys,
        trust: &trust,
    };
    let watch = |step| office.jobs.at(&record.delivery, step);
    let Wanted::Table(wanted) = wanted else {
        let ask = Removal {
            dir: &office.dir,
            study: &record.study,
            file,
            memory: MEMORY,
        };
        return office.engine.remove(store, keys, ask, &watch, now);
    };
    let ids = wanted.ids.as_ref();
    let ids = ids.map(|ids| intake::file(&office.dir, &ids.record));
    let ask = Import {
        dir: &office.dir,
        study: &record.study,
        table: &wanted.table,
        package_table: Some(&wanted.package_table),
        kind: wanted.kind,
        file,
        ids: ids.as_deref(),
        plain: PlainExtract::default(),
        reference: None,
        keep: wanted.keep.clone(),
        standing: wanted.standing,
        memory: MEMORY,
    };
    office.engine.import(store, keys, &ask, &watch, now)
}

pub(super) fn vault(office: &Office) -> Result<&VaultKey, Refusal> {
    office.vault.as_ref().ok_or(Refusal {
        code: "web.no_vault",
        details: Vec::new(),
        exit: 2,
    })
}

/// Whether a permit is of this study.
pub(super) fn is_of(permit: &Permit<act::PackageImport>, study: &str) -> Result<(), Refusal> {
    let of = permit.object().study().map(|study| study.id.as_str());
    if of == Some(study) {
        return Ok(());
    }
    Err(Refusal {
        code: "web.not_found",
        details: Vec::new(),
        exit: 2,
    })
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
