//! Life and death of keys: epochs, closings, and the record of every use.

use std::path::{Path, PathBuf};

use renketsu_authority::custody::{Custodian, epoch};
use renketsu_authority::issue::IssueError;
use renketsu_authority::issuer::IssuerKeys;
use renketsu_authority::provision::{self, Closed, Opening, ProvisionError};
use renketsu_identity::{KeyCheckValues, ProvisionCode, ProvisionRoot, ProvisionSalt};
use renketsu_seal::safe;
use renketsu_store::{Event, Store};
use renketsu_testkit::{Party, now};

use crate::issue::{REGISTRY, ROWS};
use crate::parties::{PROVISION, Parties};
use crate::two::secret_path;

fn close(parties: &mut Parties) -> Result<Closed, ProvisionError> {
    parties.at_work(|authority, store| provision::close(authority, store, PROVISION))
}

fn salt(party: &Party) -> PathBuf {
    secret_path(party, Custodian::Issuer, &format!("salt-{PROVISION}"))
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// What every file below the directory holds, and what those hold that the passphrase opens.
fn contents(party: &Party) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for path in files(party.path()) {
        found.push(std::fs::read(&path).unwrap());
        if let Ok(mut reader) = safe::open(&path, &party.keys) {
            let mut content = Vec::new();
            std::io::Read::read_to_end(&mut reader, &mut content).unwrap();
            found.push(content);
        }
    }
    found
}

/// Whether somebody with the directory and the passphrase can compute IDs under these key check values: with any two
/// secrets that open as root and salt, or with the salt lying around in clear or in hexadecimal.
fn recomputes(party: &Party, salt: [u8; 32], kcv: KeyCheckValues) -> bool {
    let contents = contents(party);
    let secrets: Vec<[u8; 32]> = contents
        .iter()
        .filter_map(|content| <[u8; 32]>::try_from(content.as_slice()).ok())
        .collect();
    let code = ProvisionCode::parse(PROVISION).unwrap();
    let derived = secrets.iter().any(|root| {
        let root = ProvisionRoot::from_bytes(&mut root.clone()).unwrap();
        secrets.iter().any(|salt| {
            let salt = ProvisionSalt::from_bytes(&mut salt.clone()).unwrap();
            let keys = IssuerKeys::derive(&root, &salt, &code).unwrap();
            keys.kcv() == kcv
        })
    });
    let hex = data_encoding::HEXLOWER.encode(&salt);
    let lies = |needle: &[u8]| {
        let holds = |content: &Vec<u8>| content.windows(needle.len()).any(|part| part == needle);
        contents.iter().any(holds)
    };
    derived || lies(&salt) || lies(hex.as_bytes())
}

fn opened_secret(party: &Party, path: &Path) -> [u8; 32] {
    let mut bytes = [0; 32];
    let mut reader = safe::open(path, &party.keys).unwrap();
    std::io::Read::read_exact(&mut reader, &mut bytes).unwrap();
    bytes
}

#[test]
fn nothing_left_can_compute_the_ids_of_a_closed_provision() {
    let mut parties = Parties::ready(REGISTRY);
    let request = parties.request("request.rkp", &ROWS);
    let kcv = parties.issue(&request, "answer.rkp").unwrap().kcv;
    let known = opened_secret(&parties.authority, &salt(&parties.authority));
    // The search finds the salt while it is there, and one that was copied.
    assert!(recomputes(&parties.authority, known, kcv));
    assert!(!recomputes(
        &parties.authority,
        [9; 32],
        KeyCheckValues {
            number: kcv.kana,
            ..kcv
        }
    ));
    let sealed = std::fs::read(salt(&parties.authority)).unwrap();
    let closed = close(&mut parties).unwrap();
    assert_eq!(closed.destroyed_bytes, sealed.len() as u64);
    let secrets = files(&parties.authority.path().join("secrets"));
    assert!(
        secrets
            .iter()
            .all(|path| !path.to_string_lossy().contains("salt-"))
    );
    assert!(!recomputes(&parties.authority, known, kcv));
    // A copy of the sealed salt without its one-file key is noise: who kept one can't open it.
    std::fs::write(salt(&parties.authority), &sealed).unwrap();
    let opened = safe::open(&salt(&parties.authority), &parties.authority.keys);
    assert_eq!(opened.unwrap_err().code(), "seal.safe.key_missing");
    assert!(!recomputes(&parties.authority, known, kcv));
    // Had it been copied in clear, the search would say so.
    std::fs::write(parties.authority.path().join("copy"), known).unwrap();
    assert!(recomputes(&parties.authority, known, kcv));
}

/// The directory put back from `backup` by the party's keys, with all that its custodians have by now.
fn restored(parties: &mut Parties, backup: &Path) {
    let dir = tempfile::tempdir().unwrap();
    let keys = &parties.authority.keys;
    let verified = renketsu_store::backup::verify(backup, keys).unwrap();
    let open = |dir: &Path| Store::open_proven(dir, &keys.proof());
    let store = renketsu_store::backup::restore(&verified, keys, dir.path(), open, now()).unwrap();
    for name in &verified.manifest().custodians {
        let kept = parties.authority.path().join(name);
        if kept.exists() {
            let back = dir.path().join(name);
            std::fs::create_dir_all(back.parent().unwrap()).unwrap();
            std::fs::copy(kept, back).unwrap();
        }
    }
    parties.store = store;
    parties.authority.dir = dir;
}

/// A second person compared what was put back.
fn confirmed(parties: &mut Parties) {
    let confirmation = renketsu_store::Confirmation {
        party: &parties.authority.card.name,
        reason: "compared with the producer",
        approved_by: "B",
    };
    parties.store.confirm(confirmation, now()).unwrap();
}

#[test]
fn a_backup_of_before_brings_no_id_of_a_closed_provision_back() {
    let mut parties = Parties::ready(REGISTRY);
    let backup = parties.path("authority.backup");
    let keys = &parties.authority.keys;
    let dir = parties.authority.path();
    renketsu_store::backup::backup(dir, &mut parties.store, keys, &backup, now()).unwrap();
    let request = parties.request("request.rkp", &ROWS);
    let kcv = parties.issue(&request, "answer.rkp").unwrap().kcv;
    let known = opened_secret(&parties.authority, &salt(&parties.authority));
    // While the provision is open, what was put back works on and gives the same IDs.
    restored(&mut parties, &backup);
    confirmed(&mut parties);
    assert!(recomputes(&parties.authority, known, kcv));
    parties.issue(&request, "again.rkp").unwrap();
    let (_, answered) = parties.answers("answer.rkp");
    assert_eq!(parties.answers("again.rkp").1, answered);
    close(&mut parties).unwrap();
    restored(&mut parties, &backup);
    confirmed(&mut parties);
    // Confirmed by mistake, it stands open in this state, and neither the state nor the backup nor the custodians have what an ID needs.
    assert!(!recomputes(&parties.authority, known, kcv));
    let request = parties.request("later.rkp", &ROWS);
    let refused = parties.issue(&request, "late.rkp").unwrap_err();
    assert_eq!(refused.code(), "seal.safe.missing");
    assert!(!parties.path("late.rkp").exists());
    let again = parties.open(&parties.opening(PROVISION)).unwrap_err();
    assert_eq!(again.code(), "authority.provision.exists");
    assert!(!salt(&parties.authority).exists());
    assert_eq!(close(&mut parties).unwrap().destroyed_bytes, 0);
    let actions = parties.actions();
    assert_eq!(actions.last().map(String::as_str), Some("provision.closed"));
    assert!(actions.contains(&"party.restored".to_owned()));
}

#[test]
fn a_closing_says_what_was_destroyed() {
    let mut parties = Parties::ready(REGISTRY);
    let digest = {
        use sha2::Digest as _;
        let sealed = std::fs::read(salt(&parties.authority)).unwrap();
        data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(sealed))
    };
    let kcv = parties.at_work(|_, store| provision::find(store, PROVISION).unwrap().terms.kcv);
    let closed = close(&mut parties).unwrap();
    assert_eq!(closed.salt_sha256, Some(digest.clone()));
    let events = parties.store.events().unwrap();
    let of = |action: &str| {
        let mut found = events.iter().filter(|entry| entry.event.action == action);
        let event = found.next().unwrap().event.clone();
        assert!(found.next().is_none());
        event
    };
    let (closing, closed) = (of("provision.closing"), of("provision.closed"));
    for event in [&closing, &closed] {
        assert_eq!(event.object, PROVISION);
        assert_eq!(event.details["salt_sha256"], digest);
        assert_eq!(event.details["kcv"]["number"], kcv.number.to_string());
    }
    assert_eq!(closed.details["key_erased"], true);
    assert_eq!(
        close(&mut parties).unwrap_err().code(),
        "authority.provision.closed"
    );
}

/// As a closing leaves the state that was cut off after its first step.
fn cut_off(parties: &mut Parties) {
    let transaction = parties.store.begin().unwrap();
    transaction.close_provision(PROVISION).unwrap();
    transaction
        .begin_closing(PROVISION, Some("00"), now())
        .unwrap();
    transaction
        .commit(&Event::new("provision.closing", PROVISION, now()))
        .unwrap();
}

#[test]
fn a_closing_that_was_cut_off_is_completed() {
    type Further = fn(&Path);
    let further: [(Further, bool); 3] = [
        (|_| (), true),
        (
            |salt| std::fs::remove_file(salt.with_added_extension("key")).unwrap(),
            true,
        ),
        (|salt| drop(safe::destroy(salt).unwrap()), false),
    ];
    for (further, remains) in further {
        let mut parties = Parties::ready(REGISTRY);
        let request = parties.request("request.rkp", &ROWS);
        cut_off(&mut parties);
        further(&salt(&parties.authority));
        let refused = parties.issue(&request, "answer.rkp").unwrap_err();
        assert!(matches!(
            refused,
            IssueError::Provision(ProvisionError::Closed { .. })
        ));
        let closed = close(&mut parties).unwrap();
        assert_eq!(closed.destroyed_bytes > 0, remains);
        assert!(!salt(&parties.authority).exists());
        assert_eq!(parties.actions().last().unwrap(), "provision.closed");
        // The next opening completes one, too.
        let mut parties = Parties::ready(REGISTRY);
        cut_off(&mut parties);
        further(&salt(&parties.authority));
        parties.open(&second(&parties)).unwrap();
        assert!(!salt(&parties.authority).exists());
        let actions = parties.actions();
        assert_eq!(
            actions[actions.len() - 3..],
            ["provision.closed", "provision.opening", "provision.opened"]
        );
    }
}

fn second(parties: &Parties) -> Opening {
    Opening {
        study: "study-2".to_owned(),
        ..parties.opening("P-2")
    }
}

fn roots(parties: &Parties) -> Vec<String> {
    let mut names: Vec<String> = files(&parties.authority.path().join("secrets"))
        .iter()
        .filter(|path| path.extension().is_none())
        .map(|path| {
            let parent = path.parent().unwrap().file_name().unwrap();
            let name = path.file_name().unwrap();
            format!("{}/{}", parent.display(), name.display())
        })
        .filter(|name| name.contains("root-"))
        .collect();
    names.sort();
    names
}

#[test]
fn an_epoch_ends_with_its_last_provision() {
    let mut parties = Parties::ready(REGISTRY);
    let rotated = parties.at_work(epoch::rotate).unwrap();
    assert_eq!((rotated.epoch.0, rotated.ended), (2, vec![]));
    assert_eq!(
        roots(&parties),
        [
            "issuer/root-1",
            "issuer/root-2",
            "resolver/root-1",
            "resolver/root-2"
        ]
    );
    // The old provision goes on with the old roots, a new one has the new.
    let request = parties.request("request.rkp", &ROWS);
    parties.issue(&request, "answer.rkp").unwrap();
    let opened = parties.open(&second(&parties)).unwrap();
    assert_eq!(opened.terms.epoch.0, 2);
    let standing = parties
        .at_work(|authority, store| epoch::standing(authority, store))
        .unwrap();
    let standing: Vec<_> = standing
        .epochs
        .into_iter()
        .map(|kept| (kept.epoch, kept.provisions))
        .collect();
    assert_eq!(
        standing,
        [(1, vec![PROVISION.to_owned()]), (2, vec!["P-2".to_owned()])]
    );
    let closed = close(&mut parties).unwrap();
    assert_eq!(closed.epochs_ended, [1]);
    assert_eq!(roots(&parties), ["issuer/root-2", "resolver/root-2"]);
    assert_eq!(parties.actions().last().unwrap(), "epoch.ended");
    // Without an open provision in it, an epoch ends at once.
    parties
        .at_work(|authority, store| provision::close(authority, store, "P-2"))
        .unwrap();
    let rotated = parties.at_work(epoch::rotate).unwrap();
    assert_eq!((rotated.epoch.0, rotated.ended), (3, vec![2]));
    assert_eq!(roots(&parties), ["issuer/root-3", "resolver/root-3"]);
}

#[test]
fn a_rotation_that_was_cut_off_is_completed() {
    let mut parties = Parties::new();
    let path = secret_path(&parties.authority, Custodian::Resolver, "root-2");
    let mut root = safe::create(&path, &parties.authority.keys).unwrap();
    std::io::Write::write_all(&mut root, &[5; 32]).unwrap();
    root.commit().unwrap();
    let rotated = parties.at_work(epoch::rotate).unwrap();
    assert_eq!((rotated.epoch.0, rotated.ended), (2, vec![1]));
    assert_eq!(opened_secret(&parties.authority, &path), [5; 32]);
    // A root destroyed before that was recorded: the next rotation records it.
    let mut parties = Parties::ready(REGISTRY);
    parties.at_work(epoch::rotate).unwrap();
    let transaction = parties.store.begin().unwrap();
    transaction.close_provision(PROVISION).unwrap();
    transaction
        .commit(&Event::new("test.closed", PROVISION, now()))
        .unwrap();
    let gone = secret_path(&parties.authority, Custodian::Issuer, "root-1");
    safe::destroy(&gone).unwrap();
    let rotated = parties.at_work(epoch::rotate).unwrap();
    assert_eq!(rotated.ended, [1, 2]);
}

#[test]
fn a_provision_opens_in_the_latest_epoch_or_not_at_all() {
    let mut parties = Parties::new();
    let mut other =
        Store::open_proven(parties.authority.path(), &parties.authority.proof()).unwrap();
    let transaction = other.begin().unwrap();
    transaction.begin_epoch(2, now()).unwrap();
    transaction
        .commit(&Event::new("epoch.begun", "2", now()))
        .unwrap();
    let transaction = parties.store.begin().unwrap();
    let held = transaction.hold_epoch(1).unwrap_err();
    assert_eq!(held.code(), "store.missing");
    transaction.hold_epoch(2).unwrap();
}

#[test]
fn every_use_of_a_key_is_recorded_and_no_key_is() {
    let mut parties = Parties::ready(REGISTRY);
    let request = parties.request("request.rkp", &ROWS);
    let kcv = parties.issue(&request, "answer.rkp").unwrap().kcv;
    let events = parties.store.events().unwrap();
    let uses: Vec<_> = events
        .iter()
        .filter(|entry| entry.event.action == "key.used")
        .map(|entry| {
            let text = |name: &str| entry.event.details[name].as_str().unwrap().to_owned();
            (
                entry.event.object.clone(),
                text("custodian"),
                text("purpose"),
            )
        })
        .collect();
    let of = |custodian: &str, purpose: &str| {
        (
            PROVISION.to_owned(),
            custodian.to_owned(),
            purpose.to_owned(),
        )
    };
    assert_eq!(
        uses,
        [
            of("issuer", "open"),
            of("resolver", "issue"),
            of("issuer", "issue")
        ]
    );
    let line = &events
        .iter()
        .rev()
        .find(|entry| entry.event.action == "key.used");
    assert_eq!(
        line.unwrap().event.details["kcv_number"],
        kcv.number.to_string()
    );
    let kept = parties.kept();
    for (custodian, name) in [
        (Custodian::Resolver, "root-1".to_owned()),
        (Custodian::Issuer, "root-1".to_owned()),
        (Custodian::Issuer, format!("salt-{PROVISION}")),
    ] {
        let path = secret_path(&parties.authority, custodian, &name);
        let secret = opened_secret(&parties.authority, &path);
        assert!(!kept.contains(&data_encoding::HEXLOWER.encode(&secret)));
    }
    // A request that is refused opens nothing that is not told: its transaction was undone.
    let again = parties.issue(&request, "again.rkp");
    assert!(again.is_err());
    assert_eq!(parties.store.events().unwrap().len(), events.len());
}
