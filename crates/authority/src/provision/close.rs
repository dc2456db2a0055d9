//! Closing a provision (提供): nothing is issued for it any more, and its salt is destroyed, so that nobody can compute its
//! IDs again.
//!
//! Durable steps, in this order: the provision is closed, which is recorded (`provision.closing`); the key of the sealed salt
//! is erased, then the sealed salt; that is recorded (`provision.closed`). A crash in between leaves the later steps, which
//! the next closing, opening or rotation takes first.

use renketsu_store::{ClosingRecord, Event, Store};
use serde::Serialize;

use super::{Provision, ProvisionError, find, record_of};
use crate::custody::{Custodian, epoch};
use crate::party::Authority;

/// What came of a closing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Closed {
    /// The provision.
    pub provision: String,
    /// SHA-256 of the sealed salt as it lay here; `None` where there was none: at a resolver, which never has it, or
    /// because it was gone before.
    pub salt_sha256: Option<String>,
    /// Bytes of the sealed salt that were overwritten by this call.
    pub destroyed_bytes: u64,
    /// Epochs whose roots nothing needed any more, and which were destroyed too.
    pub epochs_ended: Vec<u32>,
}

/// Closes a provision and destroys its salt, or completes a closing that was interrupted.
pub fn close(
    authority: &Authority<'_>,
    store: &mut Store,
    provision: &str,
) -> Result<Closed, ProvisionError> {
    let found = find(store, provision)?;
    if found.open {
        begin(authority, store, &found)?;
    }
    let mut finished = None;
    for closed in complete(authority, store)? {
        if closed.provision == provision {
            finished = Some(closed);
        }
    }
    let Some(mut closed) = finished else {
        return Err(ProvisionError::Closed {
            provision: provision.to_owned(),
        });
    };
    // Provisions that were opened since a backup stand in no state that was put back, and need their epoch's root.
    if store.halt()?.is_none() {
        closed.epochs_ended = epoch::sweep(authority, store)?;
    }
    Ok(closed)
}

/// The first step. From here on nothing is issued.
fn begin(
    authority: &Authority<'_>,
    store: &mut Store,
    provision: &Provision,
) -> Result<(), ProvisionError> {
    let id = provision.code.as_str();
    let secrets = authority.secrets();
    let salt_sha256 = if secrets.has(Custodian::Issuer) {
        secrets.salt_digest(&provision.code)?
    } else {
        None
    };
    let event = Event::new("provision.closing", id, authority.now())
        .with("kcv", kcv(provision)?)
        .with("salt_sha256", salt_sha256.clone());
    let transaction = store.begin()?;
    transaction.close_provision(id)?;
    transaction.forget(id)?;
    transaction.begin_closing(id, salt_sha256.as_deref(), authority.now())?;
    Ok(transaction.commit(&event)?)
}

/// Takes the steps that are left of every closing that was begun.
pub(crate) fn complete(
    authority: &Authority<'_>,
    store: &mut Store,
) -> Result<Vec<Closed>, ProvisionError> {
    let mut completed = Vec::new();
    for ClosingRecord {
        provision,
        salt_sha256,
    } in store.closings()?
    {
        let found = find(store, &provision)?;
        let destroyed = authority.secrets().destroy_salt(&found.code)?;
        let bytes = destroyed.as_ref().map_or(0, |destroyed| destroyed.bytes);
        let event = Event::new("provision.closed", &provision, authority.now())
            .with("kcv", kcv(&found)?)
            .with("salt_sha256", salt_sha256.clone())
            .with("bytes", bytes)
            .with(
                "key_erased",
                destroyed.is_some_and(|destroyed| destroyed.key_erased),
            );
        let transaction = store.begin()?;
        transaction.finish_closing(&provision, authority.now())?;
        transaction.commit(&event)?;
        completed.push(Closed {
            provision,
            salt_sha256,
            destroyed_bytes: bytes,
            epochs_ended: Vec::new(),
        });
    }
    Ok(completed)
}

fn kcv(provision: &Provision) -> Result<serde_json::Value, ProvisionError> {
    record_of(&provision.terms.kcv)
}
