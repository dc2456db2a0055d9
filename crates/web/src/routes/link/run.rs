//! Linking the tables of a study, on a thread that may wait and with a handle of the state of its own.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use renketsu_access::{Permit, act};
use renketsu_store::{LinkRecord, TableRecord};
use renketsu_workspace::Link;
use renketsu_workspace::accounts::Acting;
use serde::Deserialize;
use serde_json::json;

use crate::at::At;
use crate::fault::{Fault, problem};
use crate::jobs::{Ended, Job, MEMORY};
use crate::office::{Office, placeless};
use crate::page::{self, go};
use crate::study;
use crate::visit::SignedForm;

/// A table as a link has it.
#[derive(Deserialize, PartialEq)]
struct Taken {
    name: String,
    version: u64,
}

/// Tables that the next link would take anew: those that the latest one doesn't have, or has in an older version.
pub(in crate::routes) fn waiting(link: Option<&LinkRecord>, tables: &[TableRecord]) -> Vec<String> {
    let taken: Vec<Taken> = link
        .and_then(|link| serde_json::from_value(link.tables.clone()).ok())
        .unwrap_or_default();
    tables
        .iter()
        .map(|table| Taken {
            name: table.name.clone(),
            version: table.version,
        })
        .filter(|table| !taken.contains(table))
        .map(|table| table.name)
        .collect()
}

/// How far a link is, as a program reads it.
pub(super) fn told(job: Option<&Job>) -> Result<Response<Body>, Fault> {
    page::json(&match job {
        Some(Job::Verifying | Job::Importing { .. } | Job::Linking { .. }) => {
            json!({ "runs": true })
        }
        Some(Job::Ended(Ended::Linked { version })) => {
            json!({ "runs": false, "version": version })
        }
        Some(Job::Ended(Ended::Failed(code, details))) => {
            json!({ "runs": false, "problem": problem(code, details, 1) })
        }
        // The server was started again meanwhile.
        Some(Job::Ended(Ended::Imported { .. })) | None => {
            json!({ "runs": false, "problem": problem("web.door.gone", &[], 1) })
        }
    })
}

pub(crate) async fn run(
    State(office): State<Arc<Office>>,
    At(study): At<String>,
    SignedForm { visit, .. }: SignedForm,
) -> Result<Response<Body>, Fault> {
    let on = study::of_address(&office, &visit, &study).await?;
    let permit = visit.permit::<act::LinkRun>(&office, on).await?;
    office.vault()?;
    let address = format!("/studies/{study}/link");
    if !office.links.begin(&study, Job::Linking { step: None }) {
        return Ok(go(&address));
    }
    let acting = visit.acting();
    let event = acting.event("link.asked", &study, office.now());
    let asked = office
        .with(move |store| Ok(store.begin()?.commit(&event)?))
        .await;
    if let Err(fault) = asked {
        office.links.end(&study, None);
        return Err(fault);
    }
    tokio::task::spawn_blocking(move || {
        office
            .links
            .run(&study, || Some(linked(&office, permit, &study, &acting)));
    });
    Ok(go(&address))
}

/// Links, and says in the record for whom it failed; that it was done, the state says.
#[expect(clippy::needless_pass_by_value, reason = "a permit is used up")]
fn linked(office: &Office, permit: Permit<act::LinkRun>, study: &str, acting: &Acting) -> Ended {
    // The permit is of one study: no other is linked.
    let of = permit.object().study().map(|study| study.id.as_str());
    let Some(vault) = office.vault.as_ref().filter(|_| of == Some(study)) else {
        return Ended::Failed("web.not_found", Vec::new());
    };
    // Where files lie on the machine is nothing for a page.
    let state =
        |error: renketsu_store::StoreError| Ended::Failed(error.code(), placeless(error.details()));
    let mut store = match office.apart() {
        Ok(store) => store,
        Err(error) => return state(error),
    };
    let ask = Link {
        dir: &office.dir,
        study,
        memory: MEMORY,
    };
    let watch = |step| office.links.at(study, step);
    let done = office
        .engine
        .link(&mut store, vault, ask, &watch, office.now());
    let refusal = match done {
        Ok(version) => return Ended::Linked { version },
        Err(refusal) => refusal,
    };
    let event = acting
        .event("link.failed", study, office.now())
        .with("code", refusal.code);
    match store.begin().and_then(|txn| txn.commit(&event)) {
        Ok(()) => Ended::Failed(refusal.code, placeless(refusal.details)),
        Err(error) => state(error),
    }
}
