//! What an operator sees of a provision: what it may ask, what it asked, and what was found.

use renketsu_store::{FindingRecord, Store};
use serde::Serialize;

use super::{ControlError, Controls, Sketch};
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
    Ok(Standing {
        provision: id.to_owned(),
        open: provision.open,
        controls: provision.controls.clone(),
        quota,
        used: used.rows,
        left: quota.saturating_sub(used.rows),
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
        findings: store.issue_findings(id)?.into_iter().map(finding).collect(),
    })
}

fn finding(record: FindingRecord) -> Finding {
    Finding {
        request: record.request,
        finding: record.finding,
        found: record.found,
        of: record.of,
        accepted: record.accepted,
        at: record.found_at,
    }
}
