//! Where an answer meets the controls of its provision: before an ID is made, when all are made, and in the transaction that
//! records them.

use std::collections::BTreeMap;

use renketsu_seal::package::Opened;
use renketsu_store::{Attempt, Dismissal, Event, FindingRecord, Store, Txn};
use serde_json::{Value, json};

use super::IssueError;
use super::persons::Persons;
use super::request::Asked;
use crate::controls::{ControlError, Controls, Found, Kind, Seen, Sketch, Watch, margin, open};
use crate::party::Authority;
use crate::provision::{self, Provision};

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
    sha256: &'a str,
    rows: u64,
    accepted: &'a [Accepted],
    findings: Vec<Found>,
}

impl<'a> Held<'a> {
    /// Whether the provision is stopped, the size, the quota as it stands, and one look at every row.
    pub(crate) fn before(
        authority: &Authority<'_>,
        store: &mut Store,
        provision: &'a Provision,
        (opened, sha256): (&Opened, &'a str),
        accepted: &'a [Accepted],
    ) -> Result<Self, IssueError> {
        let mut held = Self {
            provision,
            request: opened.package_id().to_string(),
            sha256,
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
        // What was found in one file must not be accepted for another: the sender chooses the id.
        if store.asked_otherwise(id, &held.request, sha256)? {
            return Err(ControlError::Renewed {
                request: held.request,
            }
            .into());
        }
        let asked = Asked::open(opened)?;
        held.rows = asked.rows();
        let controls = &provision.controls;
        held.goes_on(controls, &store.issue_findings(id)?, &store.dismissals(id)?)?;
        let counted = store.used_but_for(id, sha256)?.counted();
        controls.admit(id, held.rows, counted)?;
        let Seen { findings, persons } = look(authority, asked)?;
        held.find(authority, store, findings)?;
        controls.enough(persons)?;
        Ok(held)
    }

    /// Rows of the request.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Counts the rows against the quota, once for each sealed file. It comes before the look-up: whatever becomes of that, what
    /// was asked has been asked.
    pub(crate) fn count(
        &self,
        authority: &Authority<'_>,
        store: &mut Store,
    ) -> Result<(), IssueError> {
        let id = self.provision.code.as_str();
        let transaction = store.begin_checked()?;
        provision::still_open(&transaction, self.provision)?;
        let controls = provision::controls_now(&transaction, self.provision)?;
        let findings = transaction.issue_findings(id)?;
        self.goes_on(&controls, &findings, &transaction.dismissals(id)?)?;
        let counted = transaction.used_but_for(id, self.sha256)?.counted();
        controls.admit(id, self.rows, counted)?;
        if self.attempt(authority, &transaction)? {
            let event = Event::new("provision.asked", id, authority.now())
                .with("request", self.request.as_str())
                .with("request_sha256", self.sha256)
                .with("rows", self.rows);
            transaction.commit(&event)?;
        }
        Ok(())
    }

    /// What only the looking up shows: rows of nobody, fewer registered persons than the least batch, and, where IDs are made,
    /// more persons than were declared; a resolver makes no ID to count those by.
    pub(crate) fn after(
        &mut self,
        authority: &Authority<'_>,
        store: &mut Store,
        by_status: &BTreeMap<&'static str, u64>,
        registered: u64,
        persons: Option<&Persons>,
    ) -> Result<(), IssueError> {
        if let Some(persons) = persons {
            within(self.provision, persons)?;
        }
        self.unknown(authority, store, by_status)?;
        Ok(self.provision.controls.enough(registered)?)
    }

    /// Stops the request if too many of its rows are nobody's.
    pub(super) fn unknown(
        &mut self,
        authority: &Authority<'_>,
        store: &mut Store,
        by_status: &BTreeMap<&'static str, u64>,
    ) -> Result<(), IssueError> {
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
        let controls = provision::controls_now(transaction, self.provision)?;
        let counted = transaction.used_but_for(id, self.sha256)?.counted();
        controls.admit(id, self.rows, counted)?;
        for found in &self.findings {
            transaction.find(&self.record(authority, found, self.reason(found.kind)))?;
        }
        match persons {
            Some(persons) => remember(transaction, id, &controls, persons),
            None => Ok(()),
        }
    }

    /// Refuses while a finding stands that nobody decided about, unless all that stand are this request's, and accepted now.
    fn goes_on(
        &self,
        controls: &Controls,
        findings: &[FindingRecord],
        dismissals: &[Dismissal],
    ) -> Result<(), ControlError> {
        let accepted = |found: &FindingRecord| {
            let kind = Kind::of_name(&found.finding);
            found.request == self.request
                && kind.is_some_and(|kind| self.accepted.iter().any(|now| now.finding == kind))
        };
        let mut standing = open(controls, findings, dismissals);
        standing.retain(|found| !accepted(found));
        let Some(first) = standing.first() else {
            return Ok(());
        };
        let of_it = standing
            .iter()
            .filter(|found| found.request == first.request);
        let mut names: Vec<&str> = of_it.map(|found| found.finding.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        Err(ControlError::Halted {
            provision: self.provision.code.as_str().to_owned(),
            request: first.request.clone(),
            findings: names.join(", "),
        })
    }

    fn attempt(
        &self,
        authority: &Authority<'_>,
        transaction: &Txn<'_>,
    ) -> Result<bool, IssueError> {
        Ok(transaction.attempt(&Attempt {
            provision: self.provision.code.as_str().to_owned(),
            sha256: self.sha256.to_owned(),
            request: self.request.clone(),
            rows: self.rows,
            attempted_at: authority.now(),
        })?)
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

    /// Keeps what is accepted; anything else is recorded, stops this request and, until somebody decides, every other one.
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
        self.attempt(authority, &transaction)?;
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
            .with("request_sha256", self.sha256)
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

/// What all rows of a request show before anybody is looked up.
fn look(authority: &Authority<'_>, mut asked: Asked) -> Result<Seen, IssueError> {
    let mut watch = Watch::new(authority.today());
    while let Some(rows) = asked.next()? {
        rows.identifiers().for_each(|row| watch.see(&row));
    }
    Ok(watch.seen())
}
