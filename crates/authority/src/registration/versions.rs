//! Versions made of others: differences, compaction, and what is no longer needed.

use std::collections::BTreeSet;
use std::path::Path;

use renketsu_store::{Event, RegistryVersion, Store};
use renketsu_table::delimited::Options;
use serde::Serialize;

use super::layers::LayerFiles;
use super::{Recorded, Registered, RegistryError, alone, record, version};
use crate::custody::Custodian;
use crate::party::Authority;
use crate::registry::{Acceptance, LoadError, read_differences, rebuild};

/// Makes the next version of the registry from the latest one and a file of differences: all of them or none.
pub fn update(
    authority: &Authority<'_>,
    store: &mut Store,
    path: &Path,
    options: Options,
    acceptance: Acceptance,
) -> Result<Registered, RegistryError> {
    authority.may(Custodian::Resolver)?;
    let _alone = alone(authority, store)?;
    let parent = store
        .registry_version()?
        .ok_or(RegistryError::NotLoaded)?
        .version;
    let registry = version(authority, store, parent)?;
    let next = parent.saturating_add(1);
    let files = LayerFiles::fresh(authority, &next.to_string())?;
    let place = files.place()?;
    let recorded = read_differences(path, options, &registry, authority.today())
        .and_then(|read| read.finish(acceptance, &place))
        .map_err(RegistryError::from)
        .and_then(|(updated, sha256)| {
            files.seal(&updated.layer, updated.key.as_ref())?;
            let registered = Registered {
                version: next,
                rows: updated.registry.rows(),
                persons: updated.registry.persons(),
                persons_without_first_number: updated.registry.persons_without_first_number(),
                sha256,
                content: data_encoding::HEXLOWER.encode(&updated.registry.content()?),
                findings: updated.findings,
                acceptance,
            };
            let transaction = store.begin()?;
            if transaction.next_registry_version()? != next {
                return Err(RegistryError::Meanwhile);
            }
            let about = Recorded {
                action: "registry.updated",
                file: &files.name,
                parent: Some(parent),
                touched: Some(updated.touched),
            };
            record(authority, transaction, &registered, &about)?;
            Ok(registered)
        });
    recorded.inspect_err(|_| {
        let _unrecorded = files.destroy();
    })
}

/// A version of the registry as `registry list` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Counted from 1.
    pub version: u64,
    /// The version it was made from by differences.
    pub parent: Option<u64>,
    /// Rows.
    pub rows: u64,
    /// Persons.
    pub persons: u64,
    /// SHA-256 of the canonical content.
    pub content: String,
    /// When it was made.
    pub loaded_at: jiff::Timestamp,
    /// When its files were destroyed.
    pub pruned_at: Option<jiff::Timestamp>,
    /// Open provisions that are held to it.
    pub provisions: Vec<String>,
}

/// Every version, the oldest first.
pub fn list(store: &Store) -> Result<Vec<Listed>, RegistryError> {
    let pinned = store.pinned_registries()?;
    let versions = store
        .registry_versions()?
        .into_iter()
        .map(|version| Listed {
            provisions: pinned
                .iter()
                .filter(|(_, held)| *held == version.version)
                .map(|(provision, _)| provision.clone())
                .collect(),
            version: version.version,
            parent: version.parent,
            rows: version.rows,
            persons: version.persons,
            content: version.content,
            loaded_at: version.loaded_at,
            pruned_at: version.pruned_at,
        });
    Ok(versions.collect())
}

/// Writes the latest version as one layer that stands alone; what it says stays what it was, which its digest proves.
pub fn compact(authority: &Authority<'_>, store: &mut Store) -> Result<u64, RegistryError> {
    authority.may(Custodian::Resolver)?;
    let _alone = alone(authority, store)?;
    let latest = store.registry_version()?.ok_or(RegistryError::NotLoaded)?;
    if latest.parent.is_none() {
        return Ok(latest.version);
    }
    let registry = version(authority, store, latest.version)?;
    let files = LayerFiles::fresh(authority, &format!("{}-whole", latest.version))?;
    let old = LayerFiles::of(authority, &latest.file);
    let done = rebuild(&registry, &files.place()?)
        .map_err(|error| RegistryError::from(LoadError::of(error, &files.name)))
        .and_then(|built| {
            let content = data_encoding::HEXLOWER.encode(&built.content);
            if content != latest.content {
                return Err(RegistryError::Content {
                    version: latest.version,
                });
            }
            files.seal(&built.layer, built.key.as_ref())?;
            let transaction = store.begin()?;
            if transaction.next_registry_version()? != latest.version.saturating_add(1) {
                return Err(RegistryError::Meanwhile);
            }
            transaction.compact_registry(latest.version, &files.name)?;
            let event = Event::new(
                "registry.compacted",
                &latest.version.to_string(),
                authority.now(),
            )
            .with("content", content);
            Ok(transaction.commit(&event)?)
        });
    done.inspect_err(|_| {
        let _unrecorded = files.destroy();
    })?;
    old.destroy()?;
    Ok(latest.version)
}

/// Destroys the versions that are neither the latest nor held by an open provision, and the layers that no version left
/// stands on. The versions that were destroyed.
pub fn prune(authority: &Authority<'_>, store: &mut Store) -> Result<Vec<u64>, RegistryError> {
    authority.may(Custodian::Resolver)?;
    let _alone = alone(authority, store)?;
    let versions = store.registry_versions()?;
    let mut keep: BTreeSet<u64> = store
        .pinned_registries()?
        .into_iter()
        .map(|(_, version)| version)
        .chain(versions.last().map(|latest| latest.version))
        .collect();
    let named = keep.clone();
    // A kept version stands on its parents' layers.
    for version in versions.iter().rev() {
        if keep.contains(&version.version) {
            keep.extend(version.parent);
        }
    }
    let gone: Vec<&RegistryVersion> = versions
        .iter()
        .filter(|version| !named.contains(&version.version) && version.pruned_at.is_none())
        .collect();
    if !gone.is_empty() {
        let transaction = store.begin()?;
        for version in &gone {
            transaction.prune_registry(version.version, authority.now())?;
        }
        let numbers: Vec<u64> = gone.iter().map(|version| version.version).collect();
        let event =
            Event::new("registry.pruned", "registry", authority.now()).with("versions", numbers);
        transaction.commit(&event)?;
    }
    // Recorded first: a version whose files are half gone must not be in use. What a kill leaves goes the next time.
    for version in versions
        .iter()
        .filter(|version| !keep.contains(&version.version))
    {
        LayerFiles::of(authority, &version.file).destroy()?;
    }
    Ok(gone.iter().map(|version| version.version).collect())
}
