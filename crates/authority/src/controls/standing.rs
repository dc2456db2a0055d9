//! What an operator sees of a provision: what it may ask, what it asked, and what was found.

use renketsu_store::{FindingRecord, Store};
use serde::Serialize;

use super::{ControlError, Controls, Sketch, open};
use crate::provision::{Provision, ProvisionError};

/// A provision as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// The provision.
    pub provision: String,
    /// Whether IDs may still be issued.
    pub open: bool,
    /// What may be asked.
    pub controls: Controls,
    /// Rows over all requests.
    pub quota: u64,
    /// Rows answered.
    pub used: u64,
    /// Rows that were looked up or stopped, and not answered: they count too.
    pub unanswered: u64,
    /// Rows left.
    pub left: u64,
    /// Requests answered.
    pub requests: u64,
    /// About how many different persons IDs were issued to; `None` once the provision closed.
    pub persons: Option<u64>,
    /// Amendments, the first one first.
    pub amendments: Vec<Change>,
    /// Findings, the first one first.
    pub findings: Vec<Finding>,
    /// Whether a finding nobody decided about stops every request.
    pub halted: bool,
    /// Dismissals, the first one first.
    pub dismissals: Vec<Decision>,
}

/// Findings that were dismissed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Why.
    pub reason: String,
    /// Who allowed it.
    pub approved_by: String,
    /// When.
    pub at: jiff::Timestamp,
}

/// An amendment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its number.
    pub number: u64,
    /// Why.
    pub reason: String,
    /// Who allowed it.
    pub approved_by: String,
    /// When.
    pub at: jiff::Timestamp,
}

/// A finding in a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Package id of the request.
    pub request: String,
    /// Its name.
    pub finding: String,
    /// How many rows or numbers.
    pub found: u64,
    /// Of how many.
    pub of: u64,
    /// Why the operator went on; `None` where it stopped the request.
    pub accepted: Option<String>,
    /// Whether it stops every request of the provision until somebody decides.
    pub open: bool,
    /// When.
    pub at: jiff::Timestamp,
}

/// How a provision stands.
pub fn standing(store: &Store, provision: &Provision) -> Result<Standing, ProvisionError> {
    let id = provision.code.as_str();
    let used = store.used(id)?;
    let persons = match store.issue_sketch(id)? {
        Some(kept) => {
            let sketch = Sketch::of(kept).ok_or_else(|| ControlError::Damaged {
                provision: id.to_owned(),
            })?;
            Some(sketch.estimate())
        }
        None => provision.open.then_some(0),
    };
    let quota = provision.controls.quota();
    let (found, dismissals) = (store.issue_findings(id)?, store.dismissals(id)?);
    let open = open(&provision.controls, &found, &dismissals);
    let findings: Vec<Finding> = found
        .iter()
        .map(|record| finding(record, open.iter().any(|open| std::ptr::eq(*open, record))))
        .collect();
    Ok(Standing {
        provision: id.to_owned(),
        open: provision.open,
        controls: provision.controls.clone(),
        quota,
        used: used.rows,
        unanswered: used.unanswered,
        left: quota.saturating_sub(used.counted()),
        requests: used.requests,
        persons,
        amendments: store
            .amendments(id)?
            .into_iter()
            .map(|amendment| Change {
                number: amendment.number,
                reason: amendment.reason,
                approved_by: amendment.approved_by,
                at: amendment.amended_at,
            })
            .collect(),
        halted: provision.open && !open.is_empty(),
        findings,
        dismissals: dismissals
            .into_iter()
            .map(|dismissal| Decision {
                reason: dismissal.reason,
                approved_by: dismissal.approved_by,
                at: dismissal.dismissed_at,
            })
            .collect(),
    })
}

fn finding(record: &FindingRecord, open: bool) -> Finding {
    Finding {
        request: record.request.clone(),
        finding: record.finding.clone(),
        found: record.found,
        of: record.of,
        accepted: record.accepted.clone(),
        open,
        at: record.found_at,
    }
}
