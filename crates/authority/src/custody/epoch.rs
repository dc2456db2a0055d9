//! Epochs: `authority keys rotate` begins one, with new roots. A provision keeps the epoch it was opened in, and a root goes
//! when its epoch is over and no open provision is left in it.

use renketsu_identity::Epoch;
use renketsu_seal::key_token::Place;
use renketsu_store::{Event, Store};
use serde::Serialize;

use super::Custodian;
use crate::init::FIRST_EPOCH;
use crate::party::Authority;
use crate::provision::{self, ProvisionError, close};
use crate::secrets::{Held, holdings, token_in_use};

/// What a rotation did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rotated {
    /// The epoch of provisions to be opened from now on.
    pub epoch: Epoch,
    /// Epochs whose roots nothing needed any more, and which were destroyed.
    pub ended: Vec<u32>,
}

/// The keys of a directory; nothing of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Whose key stores are here.
    pub custodians: Vec<Custodian>,
    /// The epochs whose roots are kept, in order; the last is that of provisions to be opened.
    pub epochs: Vec<KeptEpoch>,
    /// The key token in use.
    pub token: Option<Place>,
    /// Every secret and what opens it.
    pub secrets: Vec<Held>,
}

/// An epoch whose roots are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeptEpoch {
    /// Its number.
    pub epoch: u32,
    /// The open provisions that need it.
    pub provisions: Vec<String>,
}

/// Begins the next epoch with a new root in each key store of this directory, after completing what was interrupted.
pub fn rotate(authority: &Authority<'_>, store: &mut Store) -> Result<Rotated, ProvisionError> {
    store.not_halted()?;
    close::complete(authority, store)?;
    let epoch = Epoch(store.epoch()?.unwrap_or(0).saturating_add(1));
    let secrets = authority.secrets();
    let held = custodians(authority);
    for custodian in &held {
        secrets.make_root(*custodian, epoch)?;
    }
    let names: Vec<&str> = held.iter().map(|custodian| custodian.as_str()).collect();
    let event =
        Event::new("epoch.begun", &epoch.to_string(), authority.now()).with("custodians", names);
    let transaction = store.begin()?;
    transaction.begin_epoch(epoch.0, authority.now())?;
    transaction.commit(&event)?;
    Ok(Rotated {
        epoch,
        ended: sweep(authority, store)?,
    })
}

/// What is kept, and for whom.
pub fn standing(authority: &Authority<'_>, store: &Store) -> Result<Standing, ProvisionError> {
    Ok(Standing {
        custodians: custodians(authority),
        epochs: kept(store)?,
        token: token_in_use(authority)?,
        secrets: holdings(authority)?,
    })
}

/// Destroys the roots of every epoch that is over and in which no provision is open; completes what was interrupted.
pub(crate) fn sweep(
    authority: &Authority<'_>,
    store: &mut Store,
) -> Result<Vec<u32>, ProvisionError> {
    let current = store.epoch()?.map_or(FIRST_EPOCH, Epoch);
    let mut ended = Vec::new();
    for KeptEpoch { epoch, provisions } in kept(store)? {
        if epoch >= current.0 || !provisions.is_empty() {
            continue;
        }
        let mut gone = Vec::new();
        for custodian in custodians(authority) {
            let destroyed = authority.secrets().destroy_root(custodian, Epoch(epoch))?;
            gone.extend(destroyed.map(|_| custodian.as_str()));
        }
        let event = Event::new("epoch.ended", &epoch.to_string(), authority.now())
            .with("roots_destroyed", gone);
        let transaction = store.begin()?;
        transaction.end_epoch(epoch, authority.now())?;
        transaction.commit(&event)?;
        ended.push(epoch);
    }
    Ok(ended)
}

fn custodians(authority: &Authority<'_>) -> Vec<Custodian> {
    let secrets = authority.secrets();
    Custodian::ALL
        .into_iter()
        .filter(|custodian| secrets.has(*custodian))
        .collect()
}

fn kept(store: &Store) -> Result<Vec<KeptEpoch>, ProvisionError> {
    let open = provision::list_all(store)?;
    let epochs = store.kept_epochs()?.into_iter().map(|epoch| KeptEpoch {
        epoch,
        provisions: open
            .iter()
            .filter(|provision| provision.open && provision.terms.epoch == Epoch(epoch))
            .map(|provision| provision.code.as_str().to_owned())
            .collect(),
    });
    Ok(epochs.collect())
}
