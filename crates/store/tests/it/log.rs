//! The signed log: what is written, what is refused, and what a kill leaves.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use renketsu_seal::log::{Clock, Copy, GENESIS, LogFault, Note, Verifier, Witness, link, names};
use renketsu_seal::party::Cost;
use renketsu_seal::{Card, PartyKeys, Role};
use renketsu_store::{LogError, Store, StoreError};
use renketsu_testkit::{Party, passphrase};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::{event, now};

/// A party whose log has some entries.
pub(crate) struct Logged {
    pub(crate) dir: TempDir,
    pub(crate) keys: PartyKeys,
    pub(crate) card: Card,
    pub(crate) store: Store,
}

impl Logged {
    pub(crate) fn new(entries: u64) -> Self {
        let party = Party::new(Role::Workspace, "利用者");
        let store = Store::open(party.path()).unwrap();
        let mut logged = Self::with(party, store);
        logged.add(entries);
        logged
    }

    fn with(party: Party, store: Store) -> Self {
        let Party {
            dir, keys, card, ..
        } = party;
        Self {
            dir,
            keys,
            card,
            store,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Adds entries in one transaction.
    pub(crate) fn add(&mut self, entries: u64) {
        let txn = self.store.begin().unwrap();
        for n in 1..entries {
            txn.also(&event("study.asked").with("rows", n)).unwrap();
        }
        txn.commit(&event("study.verified").with("by", "山田"))
            .unwrap();
    }

    pub(crate) fn sign(&self) -> u64 {
        let signed = self.store.sign_log(self.path(), &self.keys).unwrap();
        signed.head.head.size
    }

    pub(crate) fn export(&self) -> (TempDir, PathBuf) {
        let dir = TempDir::new().unwrap();
        let copy = dir.path().join("copy");
        self.store
            .export_log(self.path(), &self.card, &copy)
            .unwrap();
        (dir, copy)
    }

    pub(crate) fn verify(&self) -> Result<u64, LogError> {
        self.store
            .verify_log(self.path(), &self.card, &[])
            .map(|standing| standing.entries)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path().join("log").join(name)
    }

    fn sql(&self) -> Connection {
        let sql = Connection::open(self.path().join("state.sqlite")).unwrap();
        sql.execute_batch("DROP TRIGGER events_keep; DROP TRIGGER events_remain")
            .unwrap();
        sql
    }
}

/// All files below a directory.
pub(crate) fn listing(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(listing(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

pub(crate) fn witness(name: &str) -> (TempDir, Witness, Verifier) {
    let dir = TempDir::new().unwrap();
    let key = Witness::create(dir.path(), name, &passphrase(), Cost::Light).unwrap();
    let witness = Witness::open(dir.path(), &passphrase()).unwrap();
    (dir, witness, key)
}

/// Whether a copy is believed, by somebody who knows the party and the witness.
pub(crate) fn believed(copy: &Path, logged: &Logged, witness: Option<&Verifier>) -> bool {
    let expected = logged.card.fingerprint();
    let Ok(copy) = Copy::open(copy, Some(&expected)) else {
        return false;
    };
    if let Some(witness) = witness {
        // Before all of it is read: this is asked of a thousand changed copies.
        let signed = |note: &Note| note.cosigned(witness).is_some();
        let newest = copy.anchor(&copy.dir().join(names::CHECKPOINT));
        let all = copy.heads();
        if !newest.is_ok_and(|head| signed(&head.note))
            || !all.is_ok_and(|heads| heads.iter().all(|head| signed(&head.note)))
        {
            return false;
        }
    }
    copy.examine(&[], &mut |_, _| {}).is_ok()
}

#[test]
fn a_log_is_signed_as_it_stands_and_goes_on() {
    let mut logged = Logged::new(3);
    assert!(matches!(logged.verify(), Err(LogError::Unsigned)));
    assert_eq!(logged.sign(), 3);
    assert_eq!(logged.verify().unwrap(), 3);
    logged.add(300);
    // What isn't signed yet is no fault.
    assert_eq!(logged.verify().unwrap(), 303);
    assert_eq!(logged.sign(), 303);
    assert_eq!(logged.sign(), 303);
    assert_eq!(logged.verify().unwrap(), 303);
    let names: Vec<_> = listing(&logged.path().join("log"))
        .iter()
        .map(|path| path.strip_prefix(logged.path()).unwrap().to_owned())
        .collect();
    let expected = [
        "log/checkpoint",
        "log/checkpoints/3",
        "log/checkpoints/303",
        "log/tile/0/000",
        "log/tile/0/001.p/47",
        "log/tile/1/000.p/1",
        "log/tile/entries/000",
        "log/tile/entries/001.p/47",
        "log/verifier",
        "log/verifier.minisig",
    ];
    assert_eq!(names, expected.map(PathBuf::from));
}

#[test]
fn the_same_keys_give_the_same_log_key_and_others_do_not() {
    let mut logged = Logged::new(1);
    logged.sign();
    let first = fs::read(logged.file("verifier")).unwrap();
    logged.add(1);
    fs::remove_file(logged.file("verifier")).unwrap();
    fs::remove_file(logged.file("verifier.minisig")).unwrap();
    logged.sign();
    assert_eq!(fs::read(logged.file("verifier")).unwrap(), first);
    let other = Logged::new(1);
    other.sign();
    assert_ne!(fs::read(other.file("verifier")).unwrap(), first);
    // Another party's log under this one's card.
    for name in ["verifier", "verifier.minisig"] {
        fs::copy(other.file(name), logged.file(name)).unwrap();
    }
    assert!(matches!(
        logged.verify(),
        Err(LogError::Log(LogFault::Voucher { .. }))
    ));
}

#[test]
fn what_a_kill_leaves_while_a_head_is_signed_goes_on() {
    let mut logged = Logged::new(300);
    logged.sign();
    let log = logged.path().join("log");
    let before = TempDir::new().unwrap();
    let save = |files: &[PathBuf]| {
        for file in files {
            let to = before.path().join(file.strip_prefix(&log).unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(file, to).unwrap();
        }
    };
    save(&listing(&log));
    logged.add(400);
    logged.sign();
    // Files appear whole, in this order; a kill comes between two of them.
    let new = |name: &str| (name.to_owned(), fs::read(log.join(name)).unwrap());
    let written = [
        "tile/entries/001",
        "tile/0/001",
        "tile/entries/002.p/188",
        "tile/0/002.p/188",
        "tile/1/000.p/2",
        "checkpoint",
        "checkpoints/700",
    ]
    .map(new);
    for kept in 0..=written.len() {
        fs::remove_dir_all(&log).unwrap();
        for file in listing(before.path()) {
            let to = log.join(file.strip_prefix(before.path()).unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(file, to).unwrap();
        }
        for (name, bytes) in &written[..kept] {
            fs::create_dir_all(log.join(name).parent().unwrap()).unwrap();
            fs::write(log.join(name), bytes).unwrap();
        }
        // And a kill while one is written leaves a part of it under a name of its own.
        let unfinished = [
            ".checkpoint.0123456789abcdef.tmp",
            "checkpoints/.700.67b48aa7398f4da0.tmp",
        ]
        .map(|name| log.join(name));
        for file in &unfinished {
            fs::write(file, b"renketsu/").unwrap();
        }
        assert_eq!(logged.verify().unwrap(), 700, "{kept}");
        assert_eq!(logged.sign(), 700, "{kept}");
        assert_eq!(logged.verify().unwrap(), 700, "{kept}");
        assert!(!unfinished.iter().any(|file| file.exists()), "{kept}");
        assert!(!log.join("tile/0/001.p").exists(), "{kept}");
        let (_dir, copy) = logged.export();
        assert!(believed(&copy, &logged, None), "{kept}");
    }
    // Everything but the heads can be made again.
    fs::remove_dir_all(log.join("tile")).unwrap();
    logged.sign();
    assert_eq!(logged.verify().unwrap(), 700);
}

#[test]
fn a_state_that_is_not_what_was_signed_is_found() {
    let edit = |statements: &str| {
        let logged = Logged::new(20);
        logged.sign();
        logged.sql().execute_batch(statements).unwrap();
        (
            logged.verify(),
            logged.store.sign_log(logged.path(), &logged.keys).map(drop),
        )
    };
    // An older state put back, with a record that ends earlier.
    let (verified, signed) = edit("DELETE FROM events WHERE seq > 15");
    for result in [verified.map(drop), signed] {
        assert!(
            matches!(result, Err(LogError::Rows { size: 20 })),
            "{result:?}"
        );
    }
    for (statement, seq) in [
        ("UPDATE event_details SET details = '{}' WHERE entry = 3", 4),
        (
            "UPDATE event_details SET salt = replace(salt, 'a', 'b') WHERE entry = 3",
            4,
        ),
        (
            "UPDATE events SET body = replace(body, 'asked', 'erase') WHERE seq = 7",
            7,
        ),
        ("UPDATE events SET entry = NULL WHERE seq = 7", 7),
    ] {
        let (verified, signed) = edit(statement);
        for result in [verified.map(drop), signed] {
            assert!(
                matches!(result, Err(LogError::Store(StoreError::Chain { seq: found })) if found == seq),
                "{statement}: {result:?}"
            );
        }
    }
    // A tile that somebody changed is not signed over.
    let mut logged = Logged::new(300);
    logged.sign();
    let tile = logged.file("tile/0/000");
    let mut bytes = fs::read(&tile).unwrap();
    bytes[100] ^= 1;
    fs::write(&tile, bytes).unwrap();
    logged.add(1);
    let signed = logged.store.sign_log(logged.path(), &logged.keys);
    assert!(matches!(signed, Err(LogError::Log(LogFault::Tile { file })) if file == tile));
}

#[test]
fn details_are_erased_and_the_log_stays_whole() {
    let mut logged = Logged::new(4);
    logged.sign();
    let year = SignedDuration::from_hours(366 * 24);
    let soon = now() + year - SignedDuration::from_secs(1);
    let early = logged.store.erase_details(&[3], "end of use", soon);
    assert!(matches!(early, Err(LogError::Retained { index: 3, until }) if until == now() + year));
    logged
        .store
        .erase_details(&[3], "end of use", now() + year)
        .unwrap();
    assert!(matches!(
        logged.store.erase_details(&[1, 9], "", now() + year),
        Err(LogError::Store(StoreError::Missing { .. }))
    ));
    logged.sign();
    assert_eq!(logged.verify().unwrap(), 5);
    let entries = logged.store.events().unwrap();
    assert_eq!(
        entries.iter().map(|entry| entry.erased).collect::<Vec<_>>(),
        [false, false, false, true, false]
    );
    assert_eq!(entries[3].event.action, "study.verified");
    assert!(entries[3].event.details.is_empty());
    let (_dir, copy) = logged.export();
    let expected = logged.card.fingerprint();
    let found = Copy::open(&copy, Some(&expected)).unwrap();
    let found = found.examine(&[], &mut |_, _| {}).unwrap();
    assert_eq!((found.tally.detailed, found.head.head.size), (4, 5));
    // Neither the name nor anything else of the details is left in the state.
    drop(logged.store);
    for file in ["state.sqlite", "state.sqlite-wal"] {
        let bytes = fs::read(logged.dir.path().join(file)).unwrap_or_default();
        let named = bytes.windows(6).any(|window| window == "山田".as_bytes());
        assert!(!named, "{file}");
    }
}

#[test]
fn what_the_machine_knew_of_the_time_stands_in_every_entry() {
    fn reading(read: &str, since_boot_us: u64) -> Clock {
        Clock {
            boot: "3f2a".to_owned(),
            max_error_us: 16_000_000,
            read: read.parse().unwrap(),
            since_boot_us,
            state: 5,
            step_us: None,
            unsynchronised: true,
        }
    }
    let party = Party::new(Role::Authority, "authority");
    let mut store = Store::open(party.path())
        .unwrap()
        .with_clock(|| Some(reading("2026-11-22T03:00:00Z", 5_000_000)));
    store.begin().unwrap().commit(&event("one")).unwrap();
    store.begin().unwrap().commit(&event("two")).unwrap();
    let mut store = store.with_clock(|| Some(reading("2026-11-22T02:00:01Z", 6_000_000)));
    store.begin().unwrap().commit(&event("three")).unwrap();
    let clocks: Vec<_> = store
        .events()
        .unwrap()
        .into_iter()
        .map(|entry| entry.clock.unwrap().step_us)
        .collect();
    assert_eq!(clocks, [None, None, Some(-3_600_000_000)]);
    store.sign_log(party.path(), &party.keys).unwrap();
    let standing = store.verify_log(party.path(), &party.card, &[]).unwrap();
    let tally = standing.examined.tally;
    assert_eq!(
        (tally.stepped, tally.unsynchronised, tally.unclocked),
        (1, 3, 0)
    );
}

/// A state as the version before the log left it, with these events.
fn before_the_log(party: &Party, actions: &[&str]) -> String {
    let sql = Connection::open(party.path().join("state.sqlite")).unwrap();
    for migration in [
        include_str!("../../src/migrations/0001_state.sql"),
        include_str!("../../src/migrations/0002_vault.sql"),
        include_str!("../../src/migrations/0003_registry.sql"),
        include_str!("../../src/migrations/0004_fees.sql"),
        include_str!("../../src/migrations/0005_service.sql"),
        include_str!("../../src/migrations/0006_custody.sql"),
        include_str!("../../src/migrations/0007_closings.sql"),
        include_str!("../../src/migrations/0008_controls.sql"),
    ] {
        sql.execute_batch(migration).unwrap();
    }
    sql.pragma_update(None, "user_version", 8).unwrap();
    let mut head = GENESIS.to_owned();
    for action in actions {
        let body = serde_json::to_string(&event(action).with("rows", 3)).unwrap();
        let hash = link(&head, &body);
        sql.execute(
            "INSERT INTO events (body, previous, hash) VALUES (?1, ?2, ?3)",
            [&body, &head, &hash],
        )
        .unwrap();
        head = hash;
    }
    head
}

#[test]
fn the_first_entry_carries_the_head_of_the_chain_before_it() {
    let party = Party::new(Role::Producer, "producer");
    let head = before_the_log(&party, &["one", "two"]);
    let store = Store::open(party.path()).unwrap();
    assert!(matches!(
        store.sign_log(party.path(), &party.keys),
        Err(LogError::Empty)
    ));
    let mut logged = Logged::with(party, store);
    logged.add(3);
    let entries = logged.store.events().unwrap();
    assert_eq!(
        entries.iter().map(|entry| entry.index).collect::<Vec<_>>(),
        [None, None, Some(0), Some(1), Some(2)]
    );
    assert_eq!(entries[1].event.details["rows"], 3);
    assert_eq!(
        entries[2].event.details["earlier"],
        serde_json::json!({"entries": 2, "head": head})
    );
    assert_eq!(logged.sign(), 3);
    let (_dir, copy) = logged.export();
    let found = Copy::open(&copy, None).unwrap();
    assert_eq!(found.examine(&[], &mut |_, _| {}).unwrap().tally.earlier, 2);
    let file = copy.join("earlier.jsonl");
    let whole = fs::read_to_string(&file).unwrap();
    for other in [
        whole.replace("two", "six"),
        whole.lines().next().unwrap().to_owned() + "\n",
    ] {
        fs::write(&file, other).unwrap();
        assert!(!believed(&copy, &logged, None));
    }
    fs::remove_file(&file).unwrap();
    assert!(!believed(&copy, &logged, None));
}
