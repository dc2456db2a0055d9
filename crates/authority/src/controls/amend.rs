//! Changing the controls of an open provision: a new entry, never a change of one.

use renketsu_store::{Amendment, Event, Store};

use super::{Allowed, ControlError, Controls, Kind, Leave};
use crate::party::Authority;
use crate::provision::{self, ProvisionError};

/// What is amended; the rest stays.
#[derive(Clone, Debug)]
pub struct Amending {
    /// The provision.
    pub provision: String,
    /// Persons declared.
    pub cohort: Option<u64>,
    /// Rows over all requests.
    pub quota: Option<u64>,
    /// Fewest rows of a request.
    pub least: Option<u64>,
    /// Most rows of a request.
    pub largest: Option<u64>,
    /// Findings that stop no request from now on.
    pub allow: Vec<Kind>,
    /// Why, and who allowed it.
    pub by: Leave,
}

impl Amending {
    /// The controls after `before`.
    fn after(&self, before: &Controls) -> Result<Controls, ControlError> {
        let by = self.by.checked()?;
        let mut after = before.clone();
        after.cohort = self.cohort.or(after.cohort);
        after.quota = self.quota.or(after.quota);
        after.largest = self.largest.unwrap_or(after.largest);
        if let Some(least) = self.least {
            after.least = least;
            after.exception = Some(by.clone());
        }
        for finding in &self.allow {
            if after.stops(*finding) {
                after.allowed.push(Allowed {
                    finding: *finding,
                    by: by.clone(),
                });
            }
        }
        let after = after.checked()?;
        if after == *before {
            return Err(ControlError::Nothing);
        }
        Ok(after)
    }
}

/// Amends the controls of an open provision, and says which they are now.
pub fn amend(
    authority: &Authority<'_>,
    store: &mut Store,
    amending: &Amending,
) -> Result<Controls, ProvisionError> {
    // The write lock comes first: no other amendment can come between.
    let standing = provision::find_open(store, &amending.provision)?;
    let transaction = store.begin()?;
    provision::still_open(&transaction, &standing)?;
    let before = provision::controls_now(&transaction, &standing)?;
    let after = amending.after(&before)?;
    let body =
        serde_json::to_value(&after).map_err(|_| ProvisionError::Broken("controls are JSON"))?;
    let by = amending.by.checked()?;
    let amendment = Amendment {
        provision: amending.provision.clone(),
        number: 0,
        controls: body.clone(),
        reason: by.reason,
        approved_by: by.approved_by,
        amended_at: authority.now(),
    };
    let number = transaction.amend(&amendment)?;
    let event = Event::new("provision.amended", &amending.provision, authority.now())
        .with("number", number)
        .with("controls", body)
        .with("reason", amendment.reason.as_str())
        .with("approved_by", amendment.approved_by.as_str());
    transaction.commit(&event)?;
    Ok(after)
}
