//! The application (申出): received with its document, accepted or refused. The authority *may* give the information
//! (法31条3項); without an accepted application nothing is given, and nothing is notified.

use std::path::PathBuf;

use jiff::civil::Date;
use renketsu_duty::application::{Accepted, Application, Found, Received, Refused};
use renketsu_identity::ProvisionCode;
use renketsu_store::{ApplicationRecord, Decision, Event, Store, Txn};
use serde::Serialize;

use super::{FeeError, document, past, text};
use crate::methods::Methods;
use crate::party::Authority;

/// An application that came in.
#[derive(Clone, Debug)]
pub struct Handed {
    /// Its number.
    pub number: String,
    /// The provision it asks for, which may not be open yet.
    pub provision: String,
    /// The day on its document.
    pub dated: Date,
    /// By which method it came, apart from the method of sending a request.
    pub method: String,
    /// The document.
    pub document: PathBuf,
}

/// An application on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its number.
    pub number: String,
    /// The provision it asks for.
    pub provision: String,
    /// The day on its document.
    pub dated: Date,
    /// By which method it came.
    pub method: String,
    /// Version of the method.
    pub version: String,
    /// Digest of the document.
    pub sha256: String,
    /// `received`, `accepted` or `refused`.
    pub state: &'static str,
    /// When that was decided.
    pub decided_on: Option<Date>,
    /// Why it was refused.
    pub reason: Option<String>,
}

impl From<ApplicationRecord> for Listed {
    fn from(record: ApplicationRecord) -> Self {
        let state = match &record.decision {
            None => "received",
            Some(decision) if decision.accepted => "accepted",
            Some(_) => "refused",
        };
        Self {
            number: record.number,
            provision: record.provision,
            dated: record.dated,
            method: record.method,
            version: record.version,
            sha256: record.sha256,
            state,
            decided_on: record.decision.as_ref().map(|decision| decision.on),
            reason: record.decision.and_then(|decision| decision.reason),
        }
    }
}

/// Records an application and keeps its document sealed.
pub fn receive(
    authority: &Authority<'_>,
    store: &mut Store,
    handed: &Handed,
) -> Result<Listed, FeeError> {
    let number = text("number", &handed.number)?;
    let provision = ProvisionCode::parse(&handed.provision)
        .map_err(|_| FeeError::Text { field: "provision" })?;
    let methods = Methods::current()?;
    let method = methods
        .applications()
        .iter()
        .find(|listed| listed.code == handed.method)
        .ok_or_else(|| FeeError::Method {
            method: handed.method.clone(),
            known: known(&methods),
        })?;
    let dated = past(handed.dated, authority.today())?;
    if store
        .applications()?
        .iter()
        .any(|found| found.number == number)
    {
        return Err(FeeError::ApplicationExists {
            application: number.to_owned(),
        });
    }
    let kept = document::keep(authority, &handed.document)?;
    let record = ApplicationRecord {
        number: number.to_owned(),
        provision: provision.as_str().to_owned(),
        dated,
        method: method.code.clone(),
        version: method.version.clone(),
        sha256: kept.sha256,
        file: kept.file,
        received_at: authority.now(),
        decision: None,
    };
    let event = Event::new("application.received", number, authority.now())
        .with("provision", record.provision.as_str())
        .with("dated", dated.to_string())
        .with("method", record.method.as_str())
        .with("version", record.version.as_str())
        .with("sha256", record.sha256.as_str());
    let transaction = store.begin()?;
    transaction.receive_application(&record)?;
    transaction.commit(&event)?;
    Ok(record.into())
}

fn known(methods: &Methods) -> String {
    let codes = methods
        .applications()
        .iter()
        .map(|listed| listed.code.as_str());
    codes.collect::<Vec<_>>().join(", ")
}

/// Accepts an application that is not decided.
pub fn accept(
    authority: &Authority<'_>,
    store: &mut Store,
    number: &str,
) -> Result<Listed, FeeError> {
    let accepted = undecided(store, number)?.accept(authority.today());
    let decision = Decision {
        accepted: true,
        on: accepted.state.on,
        reason: None,
    };
    let event = Event::new("application.accepted", number, authority.now())
        .with("provision", accepted.provision.as_str());
    decide(store, number, &decision, &event)
}

/// Refuses an application that is not decided. The provision's requests are not answered, and no fee is notified.
pub fn refuse(
    authority: &Authority<'_>,
    store: &mut Store,
    number: &str,
    reason: &str,
) -> Result<Listed, FeeError> {
    let refused = undecided(store, number)?.refuse(authority.today(), reason)?;
    let reason = text("reason", reason)?.to_owned();
    let event = Event::new("application.refused", number, authority.now())
        .with("provision", refused.provision.as_str())
        .with("reason", reason.as_str());
    let decision = Decision {
        accepted: false,
        on: refused.state.on,
        reason: Some(reason),
    };
    decide(store, number, &decision, &event)
}

fn decide(
    store: &mut Store,
    number: &str,
    decision: &Decision,
    event: &Event,
) -> Result<Listed, FeeError> {
    let transaction = store.begin()?;
    transaction.decide_application(number, decision)?;
    transaction.commit(event)?;
    let found = store.applications()?.into_iter();
    found
        .map(Listed::from)
        .find(|listed| listed.number == number)
        .ok_or(FeeError::Broken("a decided application is on record"))
}

fn undecided(store: &Store, number: &str) -> Result<Application<Received>, FeeError> {
    let record = store
        .applications()?
        .into_iter()
        .find(|found| found.number == number)
        .ok_or_else(|| FeeError::ApplicationUnknown {
            application: number.to_owned(),
        })?;
    match found(record) {
        Found::Received(application) => Ok(application),
        Found::Accepted(_) | Found::Refused(_) => Err(FeeError::Decided {
            application: number.to_owned(),
        }),
    }
}

fn found(record: ApplicationRecord) -> Found {
    let (number, provision) = (record.number, record.provision);
    match record.decision {
        None => Found::Received(Application {
            number,
            provision,
            state: Received,
        }),
        Some(decision) if decision.accepted => Found::Accepted(Application {
            number,
            provision,
            state: Accepted { on: decision.on },
        }),
        Some(decision) => Found::Refused(Application {
            number,
            provision,
            state: Refused {
                on: decision.on,
                reason: decision.reason.unwrap_or_default(),
            },
        }),
    }
}

/// Every application in the order it came.
pub fn list(store: &Store) -> Result<Vec<Listed>, FeeError> {
    Ok(store
        .applications()?
        .into_iter()
        .map(Listed::from)
        .collect())
}

/// The accepted application that lets an answer out. Of several for one provision the latest decides.
pub(crate) fn accepted(
    transaction: &Txn<'_>,
    provision: &str,
) -> Result<Application<Accepted>, FeeError> {
    latest(transaction.applications()?, provision)
}

/// As [`accepted`], before the work is done.
pub(crate) fn accepted_so_far(
    store: &Store,
    provision: &str,
) -> Result<Application<Accepted>, FeeError> {
    latest(store.applications()?, provision)
}

fn latest(
    applications: Vec<ApplicationRecord>,
    provision: &str,
) -> Result<Application<Accepted>, FeeError> {
    let latest = applications
        .into_iter()
        .rfind(|found| found.provision == provision)
        .ok_or_else(|| FeeError::NoApplication {
            provision: provision.to_owned(),
        })?;
    let provision = provision.to_owned();
    match found(latest) {
        Found::Accepted(application) => Ok(application),
        Found::Received(Application { number, .. }) => Err(FeeError::Undecided {
            provision,
            application: number,
        }),
        Found::Refused(Application { number, .. }) => Err(FeeError::Refused {
            provision,
            application: number,
        }),
    }
}
