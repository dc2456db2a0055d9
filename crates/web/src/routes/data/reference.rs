//! Tables that somebody says hold no person, until somebody else confirms it (2-1.allowed-non-personal).

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use renketsu_access::{Object, PersonId, act};
use renketsu_store::{PersonRecord, Store, TableRecord, same_person};
use renketsu_workspace::{Approval, approve_reference};
use serde_json::Value;

use crate::at::At;
use crate::fault::Fault;
use crate::office::Office;
use crate::page::go;
use crate::study;
use crate::visit::{SignedForm, Visit};

/// A table that waits.
pub(super) struct Waiting {
    pub(super) table: String,
    pub(super) version: u64,
    pub(super) source: String,
    pub(super) declared_by: String,
}

fn said(table: &TableRecord, name: &str) -> String {
    let said = table.origin.get(name).and_then(Value::as_str);
    said.unwrap_or_default().to_owned()
}

/// What was declared, as the policies see it. Before there were accounts, people declared under their names.
fn proposal(on: &Object, declared_by: &str, visitor: &PersonRecord) -> Object {
    let proposer = if same_person(declared_by, &visitor.name) {
        &visitor.person
    } else {
        declared_by
    };
    Object::Proposal {
        study: on.study().cloned(),
        proposer: PersonId::new(proposer),
        about: None,
    }
}

/// The reference tables of a study that nobody has confirmed.
pub(super) fn unconfirmed(store: &Store, study: &str) -> Result<Vec<TableRecord>, Fault> {
    let tables = store.tables(study)?.into_iter();
    let waits = |table: &TableRecord| {
        let reference = table.reference.as_ref();
        reference.is_some_and(|reference| reference.approved_by.is_none())
    };
    Ok(tables.filter(waits).collect())
}

/// Those that a person may confirm.
pub(super) fn offered(
    office: &Office,
    visit: &Visit,
    on: &Object,
    tables: Vec<TableRecord>,
) -> Vec<Waiting> {
    let tables = tables.into_iter().map(|table| Waiting {
        version: table.version,
        source: said(&table, "source"),
        declared_by: said(&table, "declared_by"),
        table: table.name,
    });
    tables
        .filter(|waiting| {
            let proposal = proposal(on, &waiting.declared_by, &visit.person);
            visit.may::<act::ReferenceApprove>(office, &proposal)
        })
        .collect()
}

/// Confirms that a version of a table holds no person.
pub(crate) async fn approve(
    State(office): State<Arc<Office>>,
    At(study): At<String>,
    SignedForm { visit, fields }: SignedForm,
) -> Result<Response<Body>, Fault> {
    let on = study::of_address(&office, &visit, &study).await?;
    let (of, name) = (study.clone(), fields.get("table").to_owned());
    let declared_by = office
        .with(move |store| {
            let tables = store.tables(&of)?.into_iter();
            let mut named = tables.filter(|table| table.name == name && table.reference.is_some());
            Ok(named.next().map(|table| said(&table, "declared_by")))
        })
        .await?;
    // Whoever may not is refused alike, whether there is such a table or not.
    let proposal = proposal(
        &on,
        declared_by.as_deref().unwrap_or_default(),
        &visit.person,
    );
    let permit = visit
        .permit::<act::ReferenceApprove>(&office, proposal)
        .await?;
    declared_by.ok_or(Fault::NotFound)?;
    let version = fields
        .get("version")
        .parse()
        .map_err(|_| Fault::Malformed)?;
    let (at, acting, now) = (Arc::clone(&office), visit.acting(), office.now());
    let (of, table) = (study.clone(), fields.get("table").to_owned());
    office
        .with(move |store| {
            let approval = Approval {
                study: &of,
                table: &table,
                version,
                approved_by: &acting.person,
                by: Some((&permit, &acting)),
            };
            Ok(approve_reference(store, at.vault()?, approval, now)?)
        })
        .await?;
    Ok(go(&format!("/studies/{study}/data")))
}
