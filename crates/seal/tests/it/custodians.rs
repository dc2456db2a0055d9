//! A vault of two custodians, and a vault whose words are changed.

use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use renketsu_seal::Passphrase;
use renketsu_seal::vault::{Custodians, Vault, VaultCost, VaultError, VaultKey, Words};
use tempfile::TempDir;

use crate::fixture::refused;

const FIRST: &str = "the first custodian's part";
const SECOND: &str = "and what the second one holds";

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned()).unwrap()
}

fn open(dir: &Path, first: &str, second: &str) -> Result<VaultKey, VaultError> {
    Vault::open(dir, Words::Two([&passphrase(first), &passphrase(second)]))
}

fn vault() -> (TempDir, VaultKey) {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (passphrase(FIRST), passphrase(SECOND));
    let words = Words::Two([&first, &second]);
    let key = Vault::create(dir.path(), words, VaultCost::Light).unwrap();
    (dir, key)
}

fn file(dir: &Path) -> PathBuf {
    dir.join("vault/vault.json")
}

fn stored(dir: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(file(dir)).unwrap()).unwrap()
}

/// What the vault file refuses without the right words.
const WRONG: &str = "seal.vault.passphrase";

#[test]
fn two_parts_open_the_vault_in_their_order_alone() {
    let (dir, vault) = vault();
    let (_, wrapped) = vault.new_study("s").unwrap();
    let again = open(dir.path(), FIRST, SECOND).unwrap();
    again.open_study("s", &wrapped).unwrap();
    assert_eq!(Vault::custodians(dir.path()).unwrap(), Custodians::Two);
    refused(open(dir.path(), SECOND, FIRST), WRONG);
}

#[test]
fn no_part_alone_opens_or_tells_whether_it_is_right() {
    let (dir, _) = vault();
    let stranger = "a stranger's idea of a part";
    for alone in [FIRST, SECOND, stranger] {
        refused(Vault::open(dir.path(), &passphrase(alone)), WRONG);
    }
    // What is said of a right part beside a wrong one is what is said of two wrong ones.
    let said = |first, second| open(dir.path(), first, second).unwrap_err().to_string();
    let both = said(stranger, "another stranger's idea of it");
    assert_eq!(said(FIRST, stranger), both);
    assert_eq!(said(stranger, SECOND), both);
    assert_eq!(said(FIRST, FIRST), both);
}

#[test]
fn no_other_cut_of_the_same_words_opens_the_vault() {
    let (dir, _) = vault();
    let joined = format!("{FIRST}{SECOND}");
    refused(Vault::open(dir.path(), &passphrase(&joined)), WRONG);
    for at in 1..joined.len() {
        let (first, second) = joined.split_at(at);
        let opened = open(dir.path(), first, second);
        assert_eq!(opened.is_ok(), at == FIRST.len(), "{at}");
    }
}

#[test]
fn equal_parts_and_a_short_part_make_no_vault() {
    let dir = tempfile::tempdir().unwrap();
    let create = |first: &str, second: &str| {
        let (first, second) = (passphrase(first), passphrase(second));
        Vault::create(dir.path(), Words::Two([&first, &second]), VaultCost::Light)
    };
    refused(create(FIRST, FIRST), "seal.vault.parts_equal");
    refused(create(FIRST, "short"), "seal.vault.passphrase_short");
    refused(create("short", SECOND), "seal.vault.passphrase_short");
    assert!(!Vault::exists(dir.path()));
    create(FIRST, SECOND).unwrap();
}

#[test]
fn the_derivation_is_argon2id_of_both_parts_with_their_lengths() {
    let (dir, _) = vault();
    let stored = stored(dir.path());
    let bytes = |field: &str| {
        let text = stored[field].as_str().unwrap();
        BASE64.decode(text.as_bytes()).unwrap()
    };
    let salt = bytes("salt");
    let mut joined = b"renketsu/vault-custodians/1".to_vec();
    for part in [FIRST, SECOND] {
        joined.extend((part.len() as u64).to_be_bytes());
        joined.extend(part.as_bytes());
    }
    let mut by = [0_u8; 32];
    let params = argon2::Params::new(8, 1, 1, Some(32)).unwrap();
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
        .hash_password_into(&joined, &salt, &mut by)
        .unwrap();
    let mut aad = b"renketsu/vault-key/1\0\0\0\x10renketsu.vault/2".to_vec();
    aad.extend(2_u64.to_be_bytes());
    aad.extend(b"\0\0\0\x0cargon2id-1.3");
    for parameter in [8_u64, 1, 1] {
        aad.extend(parameter.to_be_bytes());
    }
    aad.extend(16_u32.to_be_bytes());
    aad.extend(&salt);
    let mut wrapped = bytes("key");
    let (nonce, sealed) = wrapped.split_at_mut(12);
    let by = ring::aead::UnboundKey::new(&ring::aead::AES_256_GCM, &by).unwrap();
    let opened = ring::aead::LessSafeKey::new(by)
        .open_in_place(
            ring::aead::Nonce::try_assume_unique_for_key(nonce).unwrap(),
            ring::aead::Aad::from(aad),
            sealed,
        )
        .unwrap();
    assert_eq!(opened.len(), 32);
}

#[test]
fn a_file_that_says_another_number_of_custodians_opens_with_nothing() {
    let (dir, _) = vault();
    let good = stored(dir.path());
    let put = |value: &serde_json::Value| fs::write(file(dir.path()), value.to_string()).unwrap();
    // As a vault of one: its parts are wrong words.
    let mut one = good.clone();
    one["format"] = "renketsu.vault/1".into();
    one.as_object_mut().unwrap().remove("custodians");
    put(&one);
    assert_eq!(Vault::custodians(dir.path()).unwrap(), Custodians::One);
    refused(open(dir.path(), FIRST, SECOND), WRONG);
    refused(Vault::open(dir.path(), &passphrase(FIRST)), WRONG);
    for (field, value) in [
        ("custodians", 1.into()),
        ("custodians", 3.into()),
        ("custodians", serde_json::Value::Null),
        ("format", "renketsu.vault/1".into()),
    ] {
        let mut bad = good.clone();
        bad[field] = value;
        put(&bad);
        refused(open(dir.path(), FIRST, SECOND), "seal.vault.damaged");
    }
    put(&good);
    open(dir.path(), FIRST, SECOND).unwrap();
}

#[test]
fn other_words_open_the_same_vault_once_they_are_put() {
    let dir = tempfile::tempdir().unwrap();
    let alone = passphrase("what one person knew alone");
    let vault = Vault::create(dir.path(), &alone, VaultCost::Light).unwrap();
    let (_, wrapped) = vault.new_study("s").unwrap();
    let before = fs::read(file(dir.path())).unwrap();
    let (first, second) = (passphrase(FIRST), passphrase(SECOND));
    let two = Words::Two([&first, &second]);
    let one = Words::One(&alone);

    let dropped = Vault::rewrap(dir.path(), one, two, VaultCost::Light).unwrap();
    drop(dropped);
    assert_eq!(fs::read(file(dir.path())).unwrap(), before);
    assert_eq!(fs::read_dir(dir.path().join("vault")).unwrap().count(), 1);

    let rewrap = Vault::rewrap(dir.path(), one, two, VaultCost::Light).unwrap();
    assert_eq!(fs::read(file(dir.path())).unwrap(), before);
    Vault::open(dir.path(), &alone).unwrap();
    let digest = rewrap.digest().to_owned();
    rewrap.put().unwrap();
    assert_eq!(Vault::digest(dir.path()).unwrap(), digest);
    refused(Vault::open(dir.path(), &alone), WRONG);
    let opened = open(dir.path(), FIRST, SECOND).unwrap();
    opened.open_study("s", &wrapped).unwrap();
    assert_eq!(fs::read_dir(dir.path().join("vault")).unwrap().count(), 1);
}

#[test]
fn words_are_changed_by_whoever_has_those_of_now_and_to_none_that_make_no_vault() {
    let (dir, _) = vault();
    let before = fs::read(file(dir.path())).unwrap();
    let (first, second) = (passphrase(FIRST), passphrase(SECOND));
    let third = passphrase("who comes after the second");
    let now = Words::Two([&first, &second]);
    let then = Words::Two([&first, &third]);
    let rewrap = |now, then| Vault::rewrap(dir.path(), now, then, VaultCost::Light);
    refused(rewrap(Words::Two([&first, &third]), then), WRONG);
    refused(rewrap(Words::One(&first), then), WRONG);
    refused(
        rewrap(now, Words::Two([&first, &first])),
        "seal.vault.parts_equal",
    );
    assert_eq!(fs::read(file(dir.path())).unwrap(), before);
    rewrap(now, then).unwrap().put().unwrap();
    refused(open(dir.path(), FIRST, SECOND), WRONG);
    Vault::open(dir.path(), then).unwrap();
}

#[test]
fn what_a_killed_rewrap_left_goes_with_the_next_one() {
    let (dir, _) = vault();
    let left = dir.path().join("vault/.vault.json.0123456789abcdef.tmp");
    fs::write(&left, "half").unwrap();
    open(dir.path(), FIRST, SECOND).unwrap();
    let (first, second) = (passphrase(FIRST), passphrase(SECOND));
    let words = Words::Two([&first, &second]);
    let rewrap = Vault::rewrap(dir.path(), words, words, VaultCost::Light).unwrap();
    rewrap.put().unwrap();
    assert!(!left.exists());
    open(dir.path(), FIRST, SECOND).unwrap();
}
