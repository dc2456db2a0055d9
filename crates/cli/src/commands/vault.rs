//! By whom the vault is opened: its making with two custodians, and the change of its words.

use std::path::Path;

use renketsu_seal::durable::{self, DirectoryLock};
use renketsu_seal::party;
use renketsu_seal::vault::{Custodians, Vault, VaultError};
use renketsu_seal::{PartyKeys, Role};
use renketsu_store::{Event, Store};
use serde::Serialize;

use crate::args::{VaultRewrap, VaultShow};
use crate::custodians::VaultWords;
use crate::failure::{Failure, exit};
use crate::passphrase::Passphrases;
use crate::session::Session;

/// The events that name the vault file as it is from then on.
const NAMED_BY: [&str; 2] = ["vault.created", "vault.rewrapped"];
/// Their detail with its digest.
const FILE: &str = "file";

fn custodians(count: u8) -> Custodians {
    if count > 1 {
        Custodians::Two
    } else {
        Custodians::One
    }
}

/// The words of a vault that `init` is to make, before anything is made.
pub(super) fn asked(
    session: &Session<'_>,
    dir: &Path,
    role: Role,
    count: Option<u8>,
) -> Result<Option<VaultWords>, Failure> {
    let Some(count) = count else {
        return Ok(None);
    };
    if role != Role::Workspace {
        let details = vec![("argument", "--vault-custodians".to_owned())];
        return Err(Failure::new("cli.usage.role", details, exit::INPUT));
    }
    if Vault::exists(dir) {
        let file = dir.join("vault").join("vault.json");
        return Err(VaultError::Exists { file }.into());
    }
    session.new_vault_words(custodians(count)).map(Some)
}

/// Makes the vault. How many open it is in the record; what they type is nowhere.
pub(super) fn make(
    session: &mut Session<'_>,
    dir: &Path,
    store: &mut Store,
    words: &VaultWords,
) -> Result<(), Failure> {
    let words = words.as_words();
    // Nothing lies in it yet: the key of its first study is made when it is opened.
    drop(Vault::create(dir, words, session.vault_cost)?);
    let event = Event::new("vault.created", "vault", session.now())
        .with("custodians", words.custodians().count())
        .with(FILE, Vault::digest(dir)?);
    store.begin()?.commit(&event)?;
    let path = dir.join("vault").join("vault.json").display().to_string();
    session.say("study-vault", &[("path", path)])?;
    told(session, words.custodians())
}

fn told(session: &mut Session<'_>, custodians: Custodians) -> Result<(), Failure> {
    let count = custodians.count().to_string();
    session.say("vault-custodians", &[("count", count)])
}

/// The state of a workspace, to be changed, and what keeps its server away meanwhile. A workspace that was served has a
/// proven state, which only its keys change.
pub(super) fn changing(
    session: &Session<'_>,
    dir: &Path,
) -> Result<(Store, Option<DirectoryLock>), Failure> {
    let site = renketsu_site::root(dir);
    if party::card(dir).is_err() || !site.exists() {
        return Ok((Session::store(dir)?, None));
    }
    let lock = durable::try_lock(&site).map_err(|error| Failure::io(&site, &error))?;
    let Some(lock) = lock else {
        let details = vec![("path", dir.display().to_string())];
        return Err(Failure::new("cli.serve.running", details, exit::REFUSED));
    };
    let keys: PartyKeys = session.keys(dir)?;
    Ok((Session::proven(dir, &keys)?, Some(lock)))
}

pub(crate) fn rewrap(session: &mut Session<'_>, args: &VaultRewrap) -> Result<(), Failure> {
    let dir = &args.at.dir;
    let offered = Passphrases::Offered {
        keys: None,
        vault: args.new_vault_passphrase_fd,
        second_vault: args.new_second_vault_passphrase_fd,
        pin: None,
        password: None,
        totp: None,
        // What stands there opens the vault as it is now.
        credentials: None,
    };
    offered.are_open()?;
    let before = Vault::custodians(dir)?;
    let after = args.custodians.map_or(before, custodians);
    if after.count() < before.count() {
        return Err(Failure::new("cli.vault.fewer", Vec::new(), exit::REFUSED));
    }
    let (mut store, _served_by_nobody) = changing(session, dir)?;
    let now = session.vault_words(dir)?;
    // A wrong one is told before anybody thinks of a new one.
    drop(Vault::open(dir, now.as_words())?);
    let then = VaultWords::fresh(&offered, after, session.messages)?;
    let rewrap = Vault::rewrap(dir, now.as_words(), then.as_words(), session.vault_cost)?;
    // Recorded before it has its name (decision 0010): a kill leaves the vault as it was, and `vault show` tells of it.
    let event = Event::new("vault.rewrapped", "vault", session.now())
        .with("custodians", after.count())
        .with("custodians_before", before.count())
        .with(FILE, rewrap.digest())
        .with("reason", args.reason.clone());
    store.begin()?.commit(&event)?;
    rewrap.put()?;
    if args.json.json {
        return shown(session, dir, &store);
    }
    session.say("vault-rewrapped", &[])?;
    told(session, after)
}

#[derive(Serialize)]
struct Answer {
    custodians: u8,
    /// SHA-256 of the vault file.
    file: String,
    /// Whether the record names that file; nothing where it names none.
    recorded: Option<bool>,
}

fn answer(dir: &Path, store: &Store) -> Result<Answer, Failure> {
    let file = Vault::digest(dir)?;
    let events = store.events()?;
    let named = events
        .iter()
        .rev()
        .find(|entry| NAMED_BY.contains(&entry.event.action.as_str()))
        .and_then(|entry| entry.event.details.get(FILE));
    Ok(Answer {
        custodians: Vault::custodians(dir)?.count(),
        recorded: named.map(|named| named == file.as_str()),
        file,
    })
}

fn shown(session: &mut Session<'_>, dir: &Path, store: &Store) -> Result<(), Failure> {
    let answer = answer(dir, store)?;
    session.json("renketsu.vault-custodians/1", &answer)
}

pub(crate) fn show(session: &mut Session<'_>, args: &VaultShow) -> Result<(), Failure> {
    let dir = &args.at.dir;
    let store = Session::store(dir)?;
    if args.json.json {
        return shown(session, dir, &store);
    }
    let answer = answer(dir, &store)?;
    told(session, custodians(answer.custodians))?;
    session.say(
        match answer.recorded {
            Some(true) => "vault-recorded",
            Some(false) => "vault-recorded-other",
            None => "vault-recorded-none",
        },
        &[("file", answer.file)],
    )
}
