//! Where an answer meets the controls of its provision: before an ID is made, when all are made, and in the transaction that
//! records them.

use std::collections::BTreeMap;

use renketsu_seal::package::Opened;
use renketsu_store::{Event, FindingRecord, Store, Txn};
use serde_json::{Value, json};

use super::IssueError;
use super::persons::Persons;
use super::request::Asked;
use crate::controls::{ControlError, Controls, Found, Kind, Sketch, Watch, margin};
use crate::party::Authority;
use crate::provision::Provision;

/// A finding the operator goes on in spite of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Which.
    pub finding: Kind,
    /// Why.
    pub reason: String,
}

/// What came of the checks so far.
pub(crate) struct Held<'a> {
    provision: &'a Provision,
    request: String,
    rows: u64,
    accepted: &'a [Accepted],
    findings: Vec<Found>,
}

impl<'a> Held<'a> {
    /// The size, the quota as it stands, and one look at every row.
    pub(crate) fn before(
        authority: &Authority<'_>,
        store: &mut Store,
        provision: &'a Provision,
        opened: &Opened,
        accepted: &'a [Accepted],
    ) -> Result<Self, IssueError> {
        let mut held = Self {
            provision,
            request: opened.package_id().to_string(),
            rows: 0,
            accepted,
            findings: Vec::new(),
        };
        let id = provision.code.as_str();
        if accepted
            .iter()
            .any(|accepted| accepted.reason.trim().is_empty())
        {
            return Err(ControlError::Reason.into());
        }
        let asked = Asked::open(opened)?;
        held.rows = asked.rows();
        provision
            .controls
            .admit(id, held.rows, store.used(id)?.rows)?;
        let findings = look(authority, asked)?;
        held.find(authority, store, findings)?;
        Ok(held)
    }

    /// What only the looking up shows, and the persons of this request alone; a resolver makes no ID to count them by.
    pub(crate) fn after(
        &mut self,
        authority: &Authority<'_>,
        store: &mut Store,
        by_status: &BTreeMap<&'static str, u64>,
        persons: Option<&Persons>,
    ) -> Result<(), IssueError> {
        if let Some(persons) = persons {
            within(self.provision, persons)?;
        }
        let unknown = Found::unknown(by_status, self.rows);
        self.find(authority, store, unknown.into_iter().collect())
    }

    /// Counts again what other answers may have used meanwhile, and remembers what this one uses.
    pub(crate) fn settle(
        &self,
        authority: &Authority<'_>,
        transaction: &Txn<'_>,
        persons: Option<&Persons>,
    ) -> Result<(), IssueError> {
        let id = self.provision.code.as_str();
        let damaged = || ControlError::Damaged {
            provision: id.to_owned(),
        };
        let controls = match transaction.amended_controls(id)? {
            None => self.provision.terms.controls.clone(),
            Some(body) => serde_json::from_value(body).map_err(|_| damaged())?,
        };
        controls.admit(id, self.rows, transaction.used(id)?.rows)?;
        for found in &self.findings {
            transaction.find(&self.record(authority, found, self.reason(found.kind)))?;
        }
        match persons {
            Some(persons) => remember(transaction, id, &controls, persons),
            None => Ok(()),
        }
    }

    /// The findings that were accepted, for the record.
    pub(crate) fn recorded(&self) -> Value {
        self.findings
            .iter()
            .map(|found| {
                json!({"finding": found.kind, "found": found.found, "of": found.of, "accepted": self.reason(found.kind)})
            })
            .collect()
    }

    /// Keeps what is accepted; anything else is recorded and stops.
    fn find(
        &mut self,
        authority: &Authority<'_>,
        store: &mut Store,
        findings: Vec<Found>,
    ) -> Result<(), IssueError> {
        let (accepted, stopping): (Vec<Found>, Vec<Found>) = findings
            .into_iter()
            .partition(|found| self.reason(found.kind).is_some());
        self.findings.extend(accepted);
        if stopping.is_empty() {
            return Ok(());
        }
        let transaction = store.begin()?;
        for found in &stopping {
            transaction.find(&self.record(authority, found, None))?;
        }
        let counts: Value = stopping
            .iter()
            .map(|found| json!({"finding": found.kind, "found": found.found, "of": found.of}))
            .collect();
        let id = self.provision.code.as_str();
        let event = Event::new("provision.stopped", id, authority.now())
            .with("request", self.request.as_str())
            .with("rows", self.rows)
            .with("findings", counts);
        transaction.commit(&event)?;
        Err(ControlError::Stopped {
            request: self.request.clone(),
            findings: stopping,
        }
        .into())
    }

    fn reason(&self, kind: Kind) -> Option<String> {
        let now = self.accepted.iter().find(|now| now.finding == kind);
        let allowed = &self.provision.controls.allowed;
        let standing = || allowed.iter().find(|allowed| allowed.finding == kind);
        now.map(|now| now.reason.trim().to_owned())
            .or_else(|| standing().map(|standing| standing.by.reason.clone()))
    }

    fn record(
        &self,
        authority: &Authority<'_>,
        found: &Found,
        accepted: Option<String>,
    ) -> FindingRecord {
        FindingRecord {
            request: self.request.clone(),
            provision: self.provision.code.as_str().to_owned(),
            finding: found.kind.name().to_owned(),
            found: found.found,
            of: found.of,
            accepted,
            found_at: authority.now(),
        }
    }
}

/// Refuses an answer about more persons than the provision declared.
pub(crate) fn within(provision: &Provision, persons: &Persons) -> Result<(), ControlError> {
    match provision.controls.cohort {
        Some(cohort) if persons.count() > cohort => Err(ControlError::Cohort {
            provision: provision.code.as_str().to_owned(),
            persons: persons.count(),
            cohort,
        }),
        Some(_) | None => Ok(()),
    }
}

/// Counts the persons of this answer with those of all before, refuses more than were declared, and remembers the sketch.
pub(crate) fn remember(
    transaction: &Txn<'_>,
    provision: &str,
    controls: &Controls,
    persons: &Persons,
) -> Result<(), IssueError> {
    let mut sketch = persons.sketch();
    if let Some(kept) = transaction.issue_sketch(provision)? {
        sketch.merge(&Sketch::of(kept).ok_or_else(|| ControlError::Damaged {
            provision: provision.to_owned(),
        })?);
    }
    let estimate = sketch.estimate();
    if let Some(cohort) = controls.cohort
        && estimate > cohort.saturating_add(margin(cohort))
    {
        return Err(ControlError::Cohort {
            provision: provision.to_owned(),
            persons: estimate,
            cohort,
        }
        .into());
    }
    Ok(transaction.remember(provision, sketch.as_bytes())?)
}

/// What honest data don't show, in all rows of a request.
pub(super) fn look(authority: &Authority<'_>, mut asked: Asked) -> Result<Vec<Found>, IssueError> {
    let mut watch = Watch::new(authority.today());
    while let Some(rows) = asked.next()? {
        rows.identifiers().for_each(|row| watch.see(&row));
    }
    Ok(watch.findings())
}
