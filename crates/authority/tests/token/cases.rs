//! What is shown of key tokens, each in a process with tokens of its own.

use std::cell::Cell;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use renketsu_authority::custody::{Custodian, epoch};
use renketsu_authority::fee::Monotonic;
use renketsu_authority::init::init;
use renketsu_authority::party::Authority;
use renketsu_authority::provision::{self, ProvisionError};
use renketsu_authority::secrets::{Door, Taken, UseToken, leave_token, open_token, use_token};
use renketsu_seal::key_token::Which;
use renketsu_seal::{Passphrase, Role, safe};
use renketsu_store::Store;
use renketsu_testkit::{Party, now};

use crate::scene::{self, Scene};
use crate::tokens::{self, LABEL, PIN};

type Case = fn(&Path);

pub(crate) const ALL: &[(&str, Case)] = &[
    ("wrapped_secrets_do_the_same_work", same_work),
    ("the_passphrase_alone_opens_nothing", passphrase_alone),
    ("a_wrong_pin_is_offered_once", wrong_pin),
    ("what_is_missing_is_named", missing),
    ("a_key_that_was_outside_is_refused", extractable),
    ("wrapped_secrets_cannot_be_swapped", swapped),
    ("another_key_of_the_same_name_is_noticed", other_key),
    ("an_interrupted_change_is_completed", interrupted),
    ("new_epochs_and_closings_stay_with_the_token", life),
    ("a_key_without_locked_memory_is_not_opened", not_locked),
];

fn pin() -> Option<Passphrase> {
    Passphrase::new(PIN.to_owned()).ok()
}

fn at<T>(
    party: &Party,
    door: Option<&Door<'_>>,
    act: impl FnOnce(&Authority<'_>, &mut Store) -> T,
) -> T {
    let mut opened = scene::opened(party.path());
    let (keys, trust) = (&opened.keys, &opened.trust);
    let of = if party.card.role == Role::Issuer {
        Authority::issuer
    } else {
        Authority::new
    };
    let stopped = &scene::stopped;
    let mut authority = of(party.path(), keys, trust, now(), Monotonic::new(stopped)).unwrap();
    if let Some(door) = door {
        authority = authority.with_door(door);
    }
    act(&authority, &mut opened.store)
}

fn order(module: &Path) -> UseToken {
    UseToken {
        module: module.to_owned(),
        token: Which::Label(LABEL.to_owned()),
        key: None,
        make: true,
    }
}

fn wrap(party: &Party, order: &UseToken) -> Result<Taken, ProvisionError> {
    at(party, None, |authority, store| {
        use_token(authority, store, order, &pin)
    })
}

fn store_of(party: &Party, custodian: Custodian) -> PathBuf {
    party.path().join("secrets").join(custodian.as_str())
}

/// The names in a key store, without those of keys.
fn names(party: &Party, custodian: Custodian) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(store_of(party, custodian))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_none_or(|ending| ending != "key"))
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

fn content(party: &Party, path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut reader = safe::open(path, &party.keys).unwrap();
    reader.read_to_end(&mut bytes).unwrap();
    bytes
}

fn seal(party: &Party, path: &Path, bytes: &[u8]) {
    let mut writer = safe::create(path, &party.keys).unwrap();
    writer.write_all(bytes).unwrap();
    writer.commit().unwrap();
}

fn reseal(party: &Party, path: &Path, bytes: &[u8]) {
    safe::destroy(path).unwrap();
    seal(party, path, bytes);
}

/// The code with which opening the issuer's keys ends.
fn opening(scene: &Scene, door: Option<&Door<'_>>) -> Result<(), &'static str> {
    at(&scene.issuer, door, |authority, store| {
        let mut again = scene::opening(&scene.producer, &scene.recipient);
        again.provision = format!("P-{}", store.events().unwrap().len());
        again.study = again.provision.clone();
        provision::open(authority, store, &again)
            .map(|_| ())
            .map_err(|error| error.code())
    })
}

fn same_work(module: &Path) {
    tokens::make(LABEL);
    let scene = Scene::new();
    let before = [scene.issuer_secrets(), scene.resolver_secrets()].concat();
    let mut order = order(module);
    let taken = wrap(&scene.issuer, &order).unwrap();
    assert_eq!(taken.secrets, ["issuer/root-1", "issuer/salt-P-2026-0001"]);
    assert_eq!(taken.token.token, LABEL);
    assert!(taken.token.key.starts_with("renketsu-"));
    // The other custodian has a key of its own, of a name it chose.
    order.key = Some("照会側の鍵".to_owned());
    wrap(&scene.resolver, &order).unwrap();
    assert_eq!(
        names(&scene.issuer, Custodian::Issuer),
        ["root-1.wrapped", "salt-P-2026-0001.wrapped"]
    );
    assert_eq!(
        names(&scene.resolver, Custodian::Resolver),
        ["root-1.wrapped"]
    );
    // Both do their halves: the key check values of the provision, made before, are those of the keys now.
    let asked = Cell::new(0);
    let ask = || {
        asked.set(asked.get() + 1);
        pin()
    };
    let (one, other) = (Door::asking(&ask), Door::asking(&ask));
    let files = scene.files.path();
    scene::resolve(scene.resolver.path(), files, Some(&one));
    scene::issue(scene.issuer.path(), files, scene::IDS, Some(&other));
    assert_eq!(asked.get(), 2, "once for each process that needs it");
    assert!(scene.ids().len() > 100);
    let standing = at(&scene.issuer, None, |authority, store| {
        epoch::standing(authority, store).unwrap()
    });
    assert_eq!(standing.token, Some(taken.token));
    assert!(
        standing
            .secrets
            .iter()
            .all(|held| held.opened_by == "token")
    );
    drop((one, other));
    // And back: the secrets are those they were.
    for party in [&scene.issuer, &scene.resolver] {
        let door = Door::asking(&pin);
        at(party, Some(&door), |authority, store| {
            leave_token(authority, store).unwrap()
        });
        assert!(!party.path().join("secrets/key-token").exists());
    }
    let after = [scene.issuer_secrets(), scene.resolver_secrets()].concat();
    assert!(before == after);
    opening(&scene, None).unwrap();
    let store = scene::opened(scene.issuer.path()).store;
    let told: Vec<String> = store
        .events()
        .unwrap()
        .into_iter()
        .map(|entry| entry.event.action)
        .filter(|action| action.starts_with("keys."))
        .collect();
    assert_eq!(
        told,
        [
            "keys.wrapping",
            "keys.wrapped",
            "keys.unwrapping",
            "keys.unwrapped"
        ]
    );
}

/// Every file below a directory, one after the other.
fn bytes_below(dir: &Path, into: &mut Vec<u8>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            bytes_below(&path, into);
        } else {
            into.extend(std::fs::read(&path).unwrap());
        }
    }
}

fn passphrase_alone(module: &Path) {
    tokens::make(LABEL);
    let scene = Scene::new();
    let known = scene.issuer_secrets();
    wrap(&scene.issuer, &order(module)).unwrap();
    // Nobody to ask: the error is ours, and nothing was made.
    assert_eq!(opening(&scene, None), Err("authority.secret.pin"));
    let none = || None;
    let silent = Door::asking(&none);
    assert_eq!(opening(&scene, Some(&silent)), Err("authority.secret.pin"));
    assert_eq!(names(&scene.issuer, Custodian::Issuer).len(), 2);
    // What the passphrase opens holds no secret, and what lies in the token neither.
    let mut readable = Vec::new();
    for name in names(&scene.issuer, Custodian::Issuer) {
        let path = store_of(&scene.issuer, Custodian::Issuer).join(name);
        readable.extend(content(&scene.issuer, &path));
    }
    let note = scene.issuer.path().join("secrets/key-token");
    readable.extend(content(&scene.issuer, &note));
    bytes_below(&tokens::directory(), &mut readable);
    for secret in &known {
        assert!(memchr::memmem::find(&readable, secret).is_none());
    }
    readable.extend(known.last().unwrap());
    assert!(memchr::memmem::find(&readable, known.last().unwrap()).is_some());
    // Who removes the note does not get secrets made without the token.
    safe::destroy(&note).unwrap();
    let door = Door::asking(&pin);
    assert_eq!(
        opening(&scene, Some(&door)),
        Err("authority.secret.unrecorded")
    );
}

fn wrong_pin(module: &Path) {
    tokens::make(LABEL);
    let scene = Scene::new();
    let asked = Cell::new(0);
    let wrong = || {
        asked.set(asked.get() + 1);
        Passphrase::new("0000".to_owned()).ok()
    };
    let refused = at(&scene.issuer, None, |authority, store| {
        use_token(authority, store, &order(module), &wrong)
    })
    .unwrap_err();
    assert_eq!(refused.code(), "seal.key_token.pin");
    let tries = ("tries", "few".to_owned());
    assert!(refused.details().contains(&tries), "it was not the first");
    assert_eq!(asked.get(), 1);
    assert_eq!(
        names(&scene.issuer, Custodian::Issuer),
        ["root-1", "salt-P-2026-0001"]
    );
    wrap(&scene.issuer, &order(module)).unwrap();
    let door = Door::asking(&wrong);
    assert_eq!(opening(&scene, Some(&door)), Err("seal.key_token.pin"));
    assert_eq!(asked.get(), 2);
}

fn missing(module: &Path) {
    let scene = Scene::new();
    let code = |order: &UseToken| wrap(&scene.issuer, order).unwrap_err().code();
    let with = |change: fn(&mut UseToken)| {
        let mut order = order(module);
        change(&mut order);
        order
    };
    assert_eq!(code(&order(module)), "seal.key_token.absent");
    tokens::make(LABEL);
    assert_eq!(
        code(&with(|order| order.module = "/no/such/module.so".into())),
        "seal.key_token.module"
    );
    assert_eq!(
        code(&with(|order| order.module = "/usr/bin/env".into())),
        "seal.key_token.module"
    );
    assert_eq!(
        code(&with(|order| order.token = Which::Serial("0".to_owned()))),
        "seal.key_token.absent"
    );
    assert_eq!(
        code(&with(|order| order.make = false)),
        "seal.key_token.key_missing"
    );
    tokens::make("双子");
    tokens::make("双子");
    assert_eq!(
        code(&with(|order| order.token = Which::Label("双子".to_owned()))),
        "seal.key_token.several"
    );
    // None of this left anything: neither a note of a token nor a secret in another form.
    assert!(!scene.issuer.path().join("secrets/key-token").exists());
    let taken = wrap(&scene.issuer, &order(module)).unwrap();
    // A key that is there is never replaced; another token is not taken beside the one in use.
    let again = with(|order| order.key = Some("別の鍵".to_owned()));
    assert_eq!(code(&again), "authority.secret.token_in_use");
    let stolen = Scene::new();
    let same = UseToken {
        key: Some(taken.token.key.clone()),
        ..order(module)
    };
    let refused = wrap(&stolen.issuer, &same).unwrap_err();
    assert_eq!(refused.code(), "seal.key_token.key_exists");
    // The token is gone.
    let serial = taken.token.serial.as_str();
    tokens::tool(&["--delete-token", "--serial", serial]);
    let door = Door::asking(&pin);
    assert_eq!(opening(&scene, Some(&door)), Err("seal.key_token.absent"));
}

fn extractable(module: &Path) {
    tokens::make(LABEL);
    let scene = Scene::new();
    let file = scene.files.path().join("key");
    std::fs::write(&file, [7; 32]).unwrap();
    let import = ["--import", file.to_str().unwrap(), "--aes", "--id", "01"];
    let whose = ["--token", LABEL, "--pin", PIN, "--label", "外から"];
    tokens::tool(&[&import[..], &whose[..]].concat());
    let order = UseToken {
        key: Some("外から".to_owned()),
        make: false,
        ..order(module)
    };
    let refused = wrap(&scene.issuer, &order).unwrap_err();
    assert_eq!(refused.code(), "seal.key_token.key_extractable");
    assert!(!scene.issuer.path().join("secrets/key-token").exists());
}

fn swapped(module: &Path) {
    tokens::make(LABEL);
    let scene = Scene::new();
    wrap(&scene.issuer, &order(module)).unwrap();
    let store = store_of(&scene.issuer, Custodian::Issuer);
    let (root, salt) = (
        store.join("root-1.wrapped"),
        store.join("salt-P-2026-0001.wrapped"),
    );
    let (of_root, of_salt) = (content(&scene.issuer, &root), content(&scene.issuer, &salt));
    let door = Door::asking(&pin);
    // Who has the passphrase can make safes, and still not put one wrapping in another's place,
    reseal(&scene.issuer, &root, &of_salt);
    assert_eq!(
        opening(&scene, Some(&door)),
        Err("seal.key_token.other_key")
    );
    // nor alter one, nor cut it.
    for at in [0, 21, 60, of_root.len() - 1] {
        let mut altered = of_root.clone();
        altered[at] ^= 1;
        reseal(&scene.issuer, &root, &altered);
        let code = match at {
            0 => "authority.secret.form",
            _ => "seal.key_token.other_key",
        };
        assert_eq!(opening(&scene, Some(&door)), Err(code), "{at}");
    }
    reseal(&scene.issuer, &root, &of_root[..100]);
    assert_eq!(opening(&scene, Some(&door)), Err("authority.secret.form"));
    reseal(&scene.issuer, &root, &of_root);
    opening(&scene, Some(&door)).unwrap();
}

fn other_key(module: &Path) {
    tokens::make(LABEL);
    let scene = Scene::new();
    let order = UseToken {
        key: Some("鍵".to_owned()),
        ..order(module)
    };
    // The token as it was before it had the key, and as somebody else made a key of that name in it.
    let (empty, other) = (scene.files.path().join("empty"), Scene::new());
    tokens::copy(&tokens::directory(), &empty);
    wrap(&scene.issuer, &order).unwrap();
    for entry in std::fs::read_dir(tokens::directory()).unwrap() {
        std::fs::remove_dir_all(entry.unwrap().path()).unwrap();
    }
    tokens::copy(&empty, &tokens::directory());
    wrap(&other.issuer, &order).unwrap();
    let door = Door::asking(&pin);
    assert_eq!(
        opening(&scene, Some(&door)),
        Err("seal.key_token.other_key")
    );
    let opened = open_token(scene.issuer.path(), &scene.issuer.keys, &pin);
    assert_eq!(opened.unwrap_err().code(), "seal.key_token.other_key");
    let opened = open_token(other.issuer.path(), &other.issuer.keys, &pin);
    assert!(opened.unwrap().is_some());
}

fn interrupted(module: &Path) {
    tokens::make(LABEL);
    let scene = Scene::new();
    let issuer = &scene.issuer;
    let [root, salt] = scene.issuer_secrets().try_into().unwrap();
    wrap(issuer, &order(module)).unwrap();
    let store = store_of(issuer, Custodian::Issuer);
    // Cut off between the new form of one secret and the end of its old one, and before another secret's turn.
    seal(issuer, &store.join("root-1"), &root);
    safe::destroy(&store.join("salt-P-2026-0001.wrapped")).unwrap();
    seal(issuer, &store.join("salt-P-2026-0001"), &salt);
    let standing = at(issuer, None, |authority, store| {
        epoch::standing(authority, store).unwrap()
    });
    let opened: Vec<_> = standing.secrets.iter().map(|held| held.opened_by).collect();
    assert_eq!(opened, ["both", "passphrase"]);
    let taken = wrap(issuer, &order(module)).unwrap();
    assert_eq!(taken.secrets.len(), 2);
    assert_eq!(
        names(issuer, Custodian::Issuer),
        ["root-1.wrapped", "salt-P-2026-0001.wrapped"]
    );
    let files = scene.files.path();
    let door = Door::asking(&pin);
    scene::resolve(scene.resolver.path(), files, None);
    scene::issue(issuer.path(), files, scene::IDS, Some(&door));
    // Two forms that differ: neither goes.
    seal(issuer, &store.join("root-1"), &[9; 32]);
    let refused = wrap(issuer, &order(module)).unwrap_err();
    assert_eq!(refused.code(), "authority.secret.changed");
    assert_eq!(names(issuer, Custodian::Issuer).len(), 3);
    safe::destroy(&store.join("root-1")).unwrap();
    // Leaving is completed too.
    seal(issuer, &store.join("root-1"), &root);
    let left = at(issuer, Some(&door), |authority, store| {
        leave_token(authority, store).unwrap()
    });
    assert_eq!(left.secrets.len(), 2);
    assert_eq!(
        names(issuer, Custodian::Issuer),
        ["root-1", "salt-P-2026-0001"]
    );
    assert!(scene.issuer_secrets() == [root, salt]);
    let none = at(issuer, Some(&door), leave_token).unwrap_err();
    assert_eq!(none.code(), "authority.secret.no_token");
}

fn life(module: &Path) {
    tokens::make(LABEL);
    let scene = Scene::new();
    let issuer = &scene.issuer;
    wrap(issuer, &order(module)).unwrap();
    let door = Door::asking(&pin);
    at(issuer, Some(&door), epoch::rotate).unwrap();
    assert_eq!(
        names(issuer, Custodian::Issuer),
        [
            "root-1.wrapped",
            "root-2.wrapped",
            "salt-P-2026-0001.wrapped"
        ]
    );
    let sealed = store_of(issuer, Custodian::Issuer).join("salt-P-2026-0001.wrapped");
    let bytes = std::fs::metadata(&sealed).unwrap().len();
    // Closing needs no token: to destroy, nothing is opened.
    let closed = at(issuer, None, |authority, store| {
        provision::close(authority, store, "P-2026-0001")
    })
    .unwrap();
    assert_eq!(closed.destroyed_bytes, bytes);
    assert!(closed.salt_sha256.is_some());
    assert_eq!(closed.epochs_ended, [1]);
    assert_eq!(names(issuer, Custodian::Issuer), ["root-2.wrapped"]);
    opening(&scene, Some(&door)).unwrap();
}

fn not_locked(module: &Path) {
    // The process starts itself where no memory may be locked.
    if std::env::var_os("RENKETSU_TEST_UNLOCKED").is_some() {
        let issuer = Party::new(Role::Issuer, "発行側");
        let refused = at(&issuer, None, init).unwrap_err();
        assert_eq!(refused.code(), "identity.memory.locked");
        return;
    }
    let me = std::env::current_exe().unwrap();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let effective = status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))
        .unwrap();
    let may = u64::from_str_radix(effective.trim(), 16).unwrap() & (1 << 14) != 0;
    let mut command = if may {
        // An account that may lock any memory: without that right.
        let mut command = Command::new("setpriv");
        command.args(["--bounding-set=-ipc_lock", "--inh-caps=-ipc_lock", "sh"]);
        command
    } else {
        Command::new("sh")
    };
    command
        .args(["-c", "ulimit -l 0 && exec \"$0\" \"$@\""])
        .arg(me)
        .args(["a_key_without_locked_memory_is_not_opened"])
        .arg(module)
        .env("RENKETSU_TEST_UNLOCKED", "1");
    assert!(command.status().unwrap().success());
}
