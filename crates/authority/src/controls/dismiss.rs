//! Leaving stopped requests unanswered, so that others of the provision are looked up again.

use renketsu_store::{Dismissal, Event, FindingRecord, Store};
use serde_json::json;

use super::{ControlError, Leave, open};
use crate::party::Authority;
use crate::provision::{self, ProvisionError};

/// What is dismissed: every open finding of a provision.
#[derive(Clone, Debug)]
pub struct Dismissing {
    /// The provision.
    pub provision: String,
    /// Why, and who allowed it.
    pub by: Leave,
}

/// Dismisses what stops a provision, and says what that was. What is found later stops it again.
pub fn dismiss(
    authority: &Authority<'_>,
    store: &mut Store,
    dismissing: &Dismissing,
) -> Result<Vec<FindingRecord>, ProvisionError> {
    let id = dismissing.provision.as_str();
    let by = dismissing.by.checked()?;
    let standing = provision::find_open(store, id)?;
    let transaction = store.begin()?;
    provision::still_open(&transaction, &standing)?;
    let controls = provision::controls_now(&transaction, &standing)?;
    let findings = transaction.issue_findings(id)?;
    let dismissals = transaction.dismissals(id)?;
    let dismissed: Vec<FindingRecord> = open(&controls, &findings, &dismissals)
        .into_iter()
        .cloned()
        .collect();
    if dismissed.is_empty() {
        return Err(ControlError::NotHalted {
            provision: id.to_owned(),
        }
        .into());
    }
    transaction.dismiss(&Dismissal {
        provision: id.to_owned(),
        findings: u64::try_from(findings.len()).unwrap_or(u64::MAX),
        reason: by.reason.clone(),
        approved_by: by.approved_by.clone(),
        dismissed_at: authority.now(),
    })?;
    let named: serde_json::Value = dismissed
        .iter()
        .map(|found| json!({"request": found.request, "finding": found.finding, "found": found.found, "of": found.of}))
        .collect();
    let event = Event::new("provision.dismissed", id, authority.now())
        .with("findings", named)
        .with("reason", by.reason)
        .with("approved_by", by.approved_by);
    transaction.commit(&event)?;
    Ok(dismissed)
}
