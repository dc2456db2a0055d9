//! Versions of the authority's registry.

use renketsu_authority::registration::{self, Compared, Listed, Taking};
use renketsu_authority::registry::Acceptance;
use renketsu_seal::Role;
use renketsu_table::delimited::Options;
use serde::Serialize;

use super::authority::{registered, with_authority};
use crate::args::{
    RegistryAdopt, RegistryChanges, RegistryCompact, RegistryList, RegistryPrune, RegistryUpdate,
};
use crate::failure::Failure;
use crate::session::Session;

pub(crate) fn update(session: &mut Session<'_>, args: &RegistryUpdate) -> Result<(), Failure> {
    with_authority(session, &args.at.dir, |session, authority, store| {
        let acceptance = if args.accept_findings {
            Acceptance::Accept
        } else {
            Acceptance::Refuse
        };
        let work = session.progress.work("progress-reading", session.messages);
        let updated =
            registration::update(authority, store, &args.file, Options::default(), acceptance);
        drop(work);
        registered(session, updated, args.json.json)
    })
}

pub(crate) fn list(session: &mut Session<'_>, args: &RegistryList) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Answer {
        versions: Vec<Listed>,
    }
    session.role(&args.at.dir, Role::Authority)?;
    let versions = registration::list(&session.listing(&args.at.dir)?)?;
    if args.json.json {
        return session.json("renketsu.registry-versions/1", &Answer { versions });
    }
    if versions.is_empty() {
        return session.say("registry-none", &[]);
    }
    for version in versions {
        let state = session.messages.text(if version.pruned_at.is_some() {
            "registry-pruned-state"
        } else {
            "registry-kept-state"
        });
        session.say(
            "registry-line",
            &[
                ("version", version.version.to_string()),
                ("state", state),
                ("rows", version.rows.to_string()),
                ("persons", version.persons.to_string()),
                ("at", version.loaded_at.to_string()),
                ("content", version.content),
                ("provisions", version.provisions.join(", ")),
            ],
        )?;
    }
    Ok(())
}

pub(crate) fn changes(session: &mut Session<'_>, args: &RegistryChanges) -> Result<(), Failure> {
    with_authority(session, &args.at.dir, |session, authority, store| {
        let compared = registration::compare(
            authority,
            store,
            &args.provision,
            args.version,
            args.sealed_report.as_deref(),
        )?;
        if args.json.json {
            return session.json("renketsu.registry-changes/1", &compared);
        }
        describe(session, &compared)
    })
}

fn describe(session: &mut Session<'_>, compared: &Compared) -> Result<(), Failure> {
    let changes = compared.changes;
    session.say(
        "registry-compared",
        &[
            ("provision", compared.provision.clone()),
            ("held", compared.held.to_string()),
            ("with", compared.with.to_string()),
            ("persons", changes.persons.to_string()),
        ],
    )?;
    session.say(
        "registry-changed",
        &[
            ("first", changes.first_number.to_string()),
            ("partition", changes.partition.to_string()),
            ("kana", changes.kana.to_string()),
            ("unique", changes.kana_unique.to_string()),
        ],
    )
}

pub(crate) fn adopt(session: &mut Session<'_>, args: &RegistryAdopt) -> Result<(), Failure> {
    with_authority(session, &args.at.dir, |session, authority, store| {
        let taking = if args.accept_changes {
            Taking::WithChanges
        } else {
            Taking::Unchanged
        };
        let compared =
            registration::adopt(authority, store, &args.provision, args.version, taking)?;
        if args.json.json {
            return session.json("renketsu.registry-changes/1", &compared);
        }
        describe(session, &compared)?;
        session.say(
            "registry-adopted",
            &[
                ("provision", compared.provision.clone()),
                ("version", args.version.to_string()),
            ],
        )
    })
}

pub(crate) fn compact(session: &mut Session<'_>, args: &RegistryCompact) -> Result<(), Failure> {
    with_authority(session, &args.at.dir, |session, authority, store| {
        let version = registration::compact(authority, store)?;
        session.say("registry-compacted", &[("version", version.to_string())])
    })
}

pub(crate) fn prune(session: &mut Session<'_>, args: &RegistryPrune) -> Result<(), Failure> {
    with_authority(session, &args.at.dir, |session, authority, store| {
        let pruned = registration::prune(authority, store)?;
        let versions: Vec<String> = pruned.iter().map(u64::to_string).collect();
        session.say("registry-pruned", &[("versions", versions.join(", "))])
    })
}
