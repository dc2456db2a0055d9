//! A provision and a later version of the registry: what would change, and the operator's decision.

use std::io::Write as _;
use std::path::Path;

use renketsu_seal::safe;
use renketsu_store::{Event, Store};
use serde::Serialize;

use super::{RegistryError, version};
use crate::custody::Custodian;
use crate::party::Authority;
use crate::registry::{Changes, PersonChanges, changes};

/// What a later version of the registry would change for a provision. Counts only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// The provision.
    pub provision: String,
    /// The version it is held to.
    pub held: u64,
    /// The version it was compared with.
    pub with: u64,
    /// Persons whose IDs would change.
    pub changes: Changes,
}

/// Compares the version a provision is held to with another, the latest unless one is named. With `report`, the persons
/// are written into a safe of that name, which only this party opens: key and what happened, separated by tabs.
pub fn compare(
    authority: &Authority<'_>,
    store: &Store,
    provision: &str,
    with: Option<u64>,
    report: Option<&Path>,
) -> Result<Compared, RegistryError> {
    authority.may(Custodian::Resolver)?;
    let (compared, persons) = compared(authority, store, provision, with)?;
    if let Some(report) = report {
        write(authority, report, &persons)?;
    }
    Ok(compared)
}

fn compared(
    authority: &Authority<'_>,
    store: &Store,
    provision: &str,
    with: Option<u64>,
) -> Result<(Compared, PersonChanges), RegistryError> {
    let held = store
        .provision_registry(provision)?
        .ok_or_else(|| RegistryError::NotHeld {
            provision: provision.to_owned(),
        })?;
    let latest = store.registry_version()?.ok_or(RegistryError::NotLoaded)?;
    let with = with.unwrap_or(latest.version);
    let (changes, persons) = if with == held {
        (Changes::default(), PersonChanges::new())
    } else {
        changes(
            &version(authority, store, held)?,
            &version(authority, store, with)?,
        )?
    };
    let compared = Compared {
        provision: provision.to_owned(),
        held,
        with,
        changes,
    };
    Ok((compared, persons))
}

fn write(
    authority: &Authority<'_>,
    report: &Path,
    persons: &PersonChanges,
) -> Result<(), RegistryError> {
    let io = |source| RegistryError::io(report, source);
    let mut writer = safe::create(report, authority.keys())?;
    for (person, change) in persons {
        let happened: Vec<&str> = change.names().collect();
        writer.write_all(person).map_err(io)?;
        writeln!(writer, "\t{}", happened.join(",")).map_err(io)?;
    }
    Ok(writer.commit()?)
}

/// Whether the operator takes over a version that changes IDs inside the provision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taking {
    /// Only a version that changes no ID of a registered person.
    Unchanged,
    /// This one, having seen what changes; the counts are recorded.
    WithChanges,
}

/// Holds a provision to another version from now on, which is recorded with what it changes.
pub fn adopt(
    authority: &Authority<'_>,
    store: &mut Store,
    provision: &str,
    to: u64,
    taking: Taking,
) -> Result<Compared, RegistryError> {
    authority.may(Custodian::Resolver)?;
    let (compared, _) = compared(authority, store, provision, Some(to))?;
    if !compared.changes.is_none() && taking == Taking::Unchanged {
        return Err(RegistryError::Changes {
            provision: compared.provision,
            persons: compared.changes.persons,
        });
    }
    if compared.held == to {
        return Ok(compared);
    }
    let at = authority.now();
    let counts = serde_json::to_value(compared.changes).map_err(|_| RegistryError::Meanwhile)?;
    let transaction = store.begin()?;
    transaction.adopt_registry(&compared.provision, compared.held, to, at)?;
    let event = Event::new("provision.registry_adopted", &compared.provision, at)
        .with("from", compared.held)
        .with("to", to)
        .with("changes", counts);
    transaction.commit(&event)?;
    Ok(compared)
}
