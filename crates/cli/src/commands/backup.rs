//! Backups of a party's directory.

use renketsu_authority::provision;
use renketsu_seal::backup::Manifest;
use renketsu_seal::{PartyKeys, Role};
use renketsu_store::{Store, backup};
use serde::Serialize;

use super::party::check_new;
use crate::args::{Backup, Restore};
use crate::clock;
use crate::failure::Failure;
use crate::session::Session;

#[derive(Serialize)]
struct Answer<'a> {
    party: String,
    name: &'a str,
    role: &'static str,
    created: String,
    entries: u64,
    head: Option<&'a str>,
    files: usize,
    bytes: u64,
    /// What those who keep it put back.
    custodians: &'a [String],
    left_out: &'a [String],
    /// Provisions that stand open in the state that was put back.
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<Vec<String>>,
}

impl<'a> Answer<'a> {
    fn of(manifest: &'a Manifest) -> Self {
        Self {
            party: manifest.party.to_string(),
            name: &manifest.name,
            role: manifest.role.as_str(),
            created: manifest.created.to_string(),
            entries: manifest.entries,
            head: manifest.head.as_deref(),
            files: manifest.files.len(),
            bytes: manifest
                .files
                .iter()
                .fold(0, |sum, item| sum.saturating_add(item.bytes)),
            custodians: &manifest.custodians,
            left_out: &manifest.left_out,
            open: None,
        }
    }
}

pub(crate) fn make(session: &mut Session<'_>, args: &Backup) -> Result<(), Failure> {
    check_new(&args.out)?;
    let dir = &args.at.dir;
    let (keys, _trust, mut store) = session.party(dir)?;
    let work = session.progress.work("progress-backup", session.messages);
    let made = backup::backup(dir, &mut store, &keys, &args.out, session.now());
    drop(work);
    let made = made?;
    if args.json.json {
        return session.json("renketsu.backup/1", &Answer::of(&made.manifest));
    }
    told(session, &made.manifest)?;
    custodians(session, &made.manifest)?;
    session.say("backup-done", &[("path", args.out.display().to_string())])
}

pub(crate) fn restore(session: &mut Session<'_>, args: &Restore) -> Result<(), Failure> {
    let keys = session.keys(&args.keys)?;
    let work = session.progress.work("progress-backup", session.messages);
    let verified = backup::verify(&args.file, &keys);
    drop(work);
    let verified = verified?;
    let manifest = verified.manifest();
    let Some(dir) = &args.dir else {
        if args.json.json {
            return session.json("renketsu.backup/1", &Answer::of(manifest));
        }
        told(session, manifest)?;
        return session.say("backup-whole", &[]);
    };
    let work = session.progress.work("progress-restore", session.messages);
    let proof = keys.proof();
    let open = |dir: &std::path::Path| match keys.card().role {
        Role::Workspace => Store::open(dir),
        Role::Authority | Role::Issuer | Role::Producer => Store::open_proven(dir, &proof),
    };
    let open = |dir: &std::path::Path| Ok(open(dir)?.with_clock(clock::of_the_machine));
    let restored = backup::restore(&verified, &keys, dir, open, session.now());
    drop(work);
    let standing = open_provisions(&keys, &restored?)?;
    if args.json.json {
        let mut answer = Answer::of(manifest);
        answer.open = Some(standing);
        return session.json("renketsu.backup/1", &answer);
    }
    told(session, manifest)?;
    session.say("restore-done", &[("path", dir.display().to_string())])?;
    custodians(session, manifest)?;
    for id in standing {
        session.say("restore-open", &[("id", id)])?;
    }
    match keys.card().role {
        Role::Producer => session.say("restore-producer", &[])?,
        Role::Authority | Role::Issuer => session.say("restore-authority", &[])?,
        Role::Workspace => session.say("restore-workspace", &[])?,
    }
    session.say("restore-halted", &[])
}

fn open_provisions(keys: &PartyKeys, store: &Store) -> Result<Vec<String>, Failure> {
    if !matches!(keys.card().role, Role::Authority | Role::Issuer) {
        return Ok(Vec::new());
    }
    Ok(provision::list_all(store)?
        .into_iter()
        .filter(|provision| provision.open)
        .map(|provision| provision.code.as_str().to_owned())
        .collect())
}

fn told(session: &mut Session<'_>, manifest: &Manifest) -> Result<(), Failure> {
    let answer = Answer::of(manifest);
    session.say(
        "backup-line",
        &[
            ("name", manifest.name.clone()),
            ("created", answer.created),
            ("files", answer.files.to_string()),
            ("entries", manifest.entries.to_string()),
            ("head", manifest.head.clone().unwrap_or_default()),
        ],
    )
}

fn custodians(session: &mut Session<'_>, manifest: &Manifest) -> Result<(), Failure> {
    manifest
        .custodians
        .iter()
        .try_for_each(|path| session.say("backup-custodian", &[("path", path.clone())]))
}
