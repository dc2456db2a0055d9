//! The sample people of a demonstration: one of every role, without password, each at a terminal of their own.
//!
//! They can't sign in by the door that people use: without a password there is none to show. A server that demonstrates lets them
//! in through another one, and that takes nobody who isn't a sample.

use jiff::Timestamp;
use renketsu_access::Role;
use renketsu_seal::sign_in::Bearer;
use renketsu_store::{Event, PersonRecord, PlaceRecord, Store, StoreError, TerminalRecord};
use serde_json::json;

use super::sign_in::{Opened, open};
use super::{AccountError, NewPerson, enrol};

/// Where samples sit.
const PLACE: &str = "demo";
/// Who made them, in the record.
const BY: &str = "demo";
/// What their exception from the second factor says.
const REASON: &str = "demo";

/// A sample person: id, role, and whether they sit in the study or in the office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// What they would sign in with.
    pub person: &'static str,
    /// What they are there.
    pub role: Role,
    /// In the study, else in the office.
    pub in_study: bool,
}

/// One of every role, and of those that can be both, in the office and in the study.
pub const SAMPLES: &[Sample] = &[
    sample("handler", Role::Handler, true),
    sample("lead", Role::Lead, true),
    sample("output-checker", Role::OutputChecker, true),
    sample("study-operator", Role::SystemOperator, true),
    sample("study-auditor", Role::Auditor, true),
    sample("operator", Role::SystemOperator, false),
    sample("security-manager", Role::SecurityManager, false),
    sample("place-manager", Role::PlaceManager, false),
    sample("auditor", Role::Auditor, false),
];

const fn sample(person: &'static str, role: Role, in_study: bool) -> Sample {
    Sample {
        person,
        role,
        in_study,
    }
}

/// Whether this account is a sample's.
pub fn is_sample(person: &PersonRecord) -> bool {
    let exception = person.single_factor.as_ref();
    person.password.is_none()
        && exception.is_some_and(|exception| exception["reason"] == json!(REASON))
}

/// Adds the samples, those of the study to this one. `names` gives each a name, and a place its own.
///
/// # Errors
/// [`StoreError::Exists`] if anybody has an account: samples are never beside people.
pub fn add_samples(
    store: &mut Store,
    study: &str,
    affiliation: &str,
    names: &dyn Fn(Sample) -> String,
    language: &str,
    now: Timestamp,
) -> Result<(), AccountError> {
    if store.has_people()? {
        return Err(StoreError::Exists {
            what: "person",
            name: BY.to_owned(),
        }
        .into());
    }
    let mut people = Vec::new();
    for sample in SAMPLES {
        let person = NewPerson {
            person: sample.person.to_owned(),
            name: names(*sample),
            affiliation: affiliation.to_owned(),
        };
        people.push((*sample, enrol::account(&person, language, now, BY)?));
    }
    let place = PlaceRecord {
        place: PLACE.to_owned(),
        name: affiliation.to_owned(),
        acceptance: None,
    };
    let txn = store.begin()?;
    txn.add_place(&place, now, BY)?;
    for (sample, person) in &people {
        txn.add_person(person)?;
        txn.allow_single_factor(&person.person, Some(&json!({ "reason": REASON })))?;
        txn.pledged(&person.person, now)?;
        let study = sample.in_study.then_some(study);
        txn.add_grant(&person.person, sample.role.as_str(), study, now, BY)?;
        txn.add_terminal(
            &TerminalRecord {
                terminal: format!("demo-{}", person.person),
                place: PLACE.to_owned(),
                study: study.map(str::to_owned),
                // Taken by who sits down, and by nobody else: nobody knows a code of this digest.
                code: Some((Bearer::random()?.digest(), now)),
                enrolled_at: None,
                revoked_at: None,
                failures: 0,
                failed_at: None,
            },
            now,
            BY,
        )?;
    }
    Ok(txn.commit(&Event::new("demo.people", study, now).with("people", people.len()))?)
}

/// A sample sits down at their terminal: what the browser shows from now on as the terminal, if it wasn't that already, and as the session.
///
/// # Errors
/// [`AccountError::Refused`] for everybody who is no sample, and in a browser that is another terminal already.
pub fn sit_down(
    store: &mut Store,
    person: &str,
    browser: Option<&TerminalRecord>,
    now: Timestamp,
) -> Result<(Option<Bearer>, Opened), AccountError> {
    let person = store
        .person(person)?
        .filter(is_sample)
        .ok_or(AccountError::Refused)?;
    let name = format!("demo-{}", person.person);
    let terminal = store.terminal(&name)?.ok_or(AccountError::Refused)?;
    if browser.is_some_and(|browser| browser.terminal == name) {
        return Ok((None, open(store, &person, "none", &terminal, now)?));
    }
    let bearer = Bearer::random()?;
    let txn = store.begin()?;
    txn.seat_terminal(&name, &bearer.digest(), now)?;
    txn.commit(&Event::new("terminal.enrolled", &name, now))?;
    Ok((Some(bearer), open(store, &person, "none", &terminal, now)?))
}
