//! Safes: what only this party reads, and what it can destroy.

use std::fs;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use renketsu_seal::{Role, safe};

use crate::fixture::{Party, party, read_all, refused};

fn content() -> Vec<u8> {
    (0..200_000_u32)
        .map(|at| u8::try_from(at % 251).unwrap())
        .collect()
}

fn filled(path: &Path, owner: &Party) {
    let mut safe = safe::create(path, &owner.keys).unwrap();
    safe.write_all(&content()).unwrap();
    safe.commit().unwrap();
}

fn key_of(path: &Path) -> PathBuf {
    PathBuf::from(format!("{}.key", path.display()))
}

#[test]
fn a_safe_reads_back_at_any_place() {
    let owner = party(Role::Producer, "P");
    let path = owner.dir.path().join("map");
    filled(&path, &owner);
    let mut reader = safe::open(&path, &owner.keys).unwrap();
    assert_eq!(reader.len(), 200_000);
    reader.seek(SeekFrom::Start(131_000)).unwrap();
    assert_eq!(read_all(&mut reader), content()[131_000..]);
    reader.seek(SeekFrom::Start(5)).unwrap();
    assert_eq!(read_all(&mut reader), content()[5..]);
    for file in [&path, &key_of(&path)] {
        assert!(
            fs::read(file)
                .unwrap()
                .starts_with(b"age-encryption.org/v1\n")
        );
    }
}

#[test]
fn an_empty_safe_is_a_safe() {
    let owner = party(Role::Producer, "P");
    let path = owner.dir.path().join("map");
    safe::create(&path, &owner.keys).unwrap().commit().unwrap();
    assert!(read_all(safe::open(&path, &owner.keys).unwrap()).is_empty());
}

#[test]
fn a_safe_that_is_dropped_leaves_nothing() {
    let owner = party(Role::Producer, "P");
    let dir = tempfile::tempdir().unwrap();
    let mut safe = safe::create(&dir.path().join("map"), &owner.keys).unwrap();
    safe.write_all(b"half").unwrap();
    drop(safe);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_destroyed_safe_cannot_be_opened() {
    let owner = party(Role::Producer, "P");
    let path = owner.dir.path().join("map");
    filled(&path, &owner);
    let destroyed = safe::destroy(&path).unwrap();
    assert!(destroyed.key_erased && destroyed.bytes > 200_000);
    assert!(!path.exists() && !key_of(&path).exists());
    refused(safe::open(&path, &owner.keys), "seal.safe.missing");
    refused(safe::destroy(&path), "seal.safe.missing");
}

#[test]
fn an_interrupted_destruction_leaves_nothing_readable_and_can_be_completed() {
    let owner = party(Role::Producer, "P");
    let path = owner.dir.path().join("map");
    filled(&path, &owner);
    let copy = fs::read(&path).unwrap();
    fs::remove_file(key_of(&path)).unwrap();
    refused(safe::open(&path, &owner.keys), "seal.safe.key_missing");
    let destroyed = safe::destroy(&path).unwrap();
    assert!(!destroyed.key_erased);
    assert_eq!(destroyed.bytes, copy.len() as u64);
    assert!(!path.exists());
}

#[test]
fn a_key_left_by_a_crash_does_not_block_the_name() {
    let owner = party(Role::Producer, "P");
    let path = owner.dir.path().join("map");
    filled(&path, &owner);
    fs::remove_file(&path).unwrap();
    filled(&path, &owner);
    assert_eq!(read_all(safe::open(&path, &owner.keys).unwrap()), content());
}

#[test]
fn a_safe_refuses_a_name_that_is_taken_and_keeps_the_first_one_whole() {
    let owner = party(Role::Producer, "P");
    let path = owner.dir.path().join("map");
    let late = safe::create(&path, &owner.keys).unwrap();
    filled(&path, &owner);
    refused(safe::create(&path, &owner.keys), "seal.safe.exists");
    refused(late.commit(), "seal.safe.exists");
    assert_eq!(read_all(safe::open(&path, &owner.keys).unwrap()), content());
}

#[test]
fn another_party_cannot_open_a_safe() {
    let (owner, other) = (party(Role::Producer, "P"), party(Role::Producer, "Q"));
    let path = owner.dir.path().join("map");
    filled(&path, &owner);
    refused(safe::open(&path, &other.keys), "seal.safe.other_party");
}

#[test]
fn a_safe_made_by_somebody_who_knows_only_the_card_is_refused() {
    let owner = party(Role::Authority, "A");
    let path = owner.dir.path().join("root");
    filled(&path, &owner);
    let forged = age::x25519::Identity::generate();
    let identity = {
        use age::secrecy::ExposeSecret;
        forged.to_string().expose_secret().to_owned()
    };
    let signer = crate::hostile::private(party(Role::Authority, "E").dir.path());
    let signature = String::from_utf8(signer.sign(
        format!("renketsu.safe/1\n726f6f74\n{}\n", forged.to_public()).as_bytes(),
        "renketsu.safe/1",
    ))
    .unwrap();
    crate::hostile::seal(
        format!("{identity}\n{signature}").as_bytes(),
        &owner.card,
        &key_of(&path),
    );
    refused(safe::open(&path, &owner.keys), "seal.safe.forged");
}

#[test]
fn safes_cannot_be_swapped_renamed_or_given_another_payload() {
    let owner = party(Role::Producer, "P");
    let (a, b) = (owner.dir.path().join("a"), owner.dir.path().join("b"));
    filled(&a, &owner);
    filled(&b, &owner);
    fs::copy(&b, &a).unwrap();
    refused(safe::open(&a, &owner.keys), "seal.safe.other_party");
    fs::copy(key_of(&b), key_of(&a)).unwrap();
    refused(safe::open(&a, &owner.keys), "seal.safe.forged");
}

#[test]
fn a_safe_with_any_key_byte_changed_or_cut_off_is_refused() {
    let owner = party(Role::Producer, "P");
    let path = owner.dir.path().join("map");
    filled(&path, &owner);
    let key = fs::read(key_of(&path)).unwrap();
    for at in 0..key.len() {
        let mut bad = key.clone();
        bad[at] ^= 0x01;
        fs::write(key_of(&path), &bad).unwrap();
        assert!(safe::open(&path, &owner.keys).is_err(), "byte {at}");
        fs::write(key_of(&path), &key[..at]).unwrap();
        assert!(safe::open(&path, &owner.keys).is_err(), "length {at}");
    }
    fs::write(key_of(&path), &key).unwrap();
    assert!(safe::open(&path, &owner.keys).is_ok());
}

#[test]
fn a_payload_changed_or_cut_short_is_refused() {
    let owner = party(Role::Producer, "P");
    let path = owner.dir.path().join("map");
    filled(&path, &owner);
    let good = fs::read(&path).unwrap();
    for length in [0, 10, good.len() / 2, good.len() - 65_552, good.len() - 1] {
        fs::write(&path, &good[..length]).unwrap();
        refused(safe::open(&path, &owner.keys), "seal.safe.damaged");
    }
    let mut bad = good.clone();
    let middle = bad.len() / 2;
    bad[middle] ^= 0x80;
    fs::write(&path, &bad).unwrap();
    let mut all = Vec::new();
    let error = safe::open(&path, &owner.keys)
        .unwrap()
        .read_to_end(&mut all)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
}

#[test]
fn a_safe_in_a_missing_directory_is_an_environment_error() {
    let owner = party(Role::Producer, "P");
    refused(
        safe::create(&owner.dir.path().join("no/map"), &owner.keys),
        "seal.safe.io",
    );
    refused(
        safe::destroy(&owner.dir.path().join("no/map")),
        "seal.safe.io",
    );
}
