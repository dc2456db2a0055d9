use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use proptest::prelude::*;
use renketsu_seal::Passphrase;
use renketsu_seal::vault::{
    Catalogue, Entry, FileKey, FileName, Mac, Said, StudyKey, Vault, VaultCost, VaultError,
    VaultKey, Wrapped,
};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::fixture::{PASSPHRASE, passphrase, refused};

fn vault() -> (TempDir, VaultKey) {
    let dir = tempfile::tempdir().unwrap();
    let key = Vault::create(dir.path(), &passphrase(), VaultCost::Light).unwrap();
    (dir, key)
}

fn file(dir: &Path) -> PathBuf {
    dir.join("vault/vault.json")
}

fn name(table: &str, file: &str, version: u64) -> FileName {
    FileName {
        study: "s".to_owned(),
        table: table.to_owned(),
        file: file.to_owned(),
        version,
    }
}

fn open(dir: &Path) -> Result<VaultKey, VaultError> {
    Vault::open(dir, &passphrase())
}

/// The vault file with one field set to another value.
fn edit(dir: &Path, field: &str, value: serde_json::Value) {
    let mut stored: serde_json::Value =
        serde_json::from_slice(&fs::read(file(dir)).unwrap()).unwrap();
    stored[field] = value;
    fs::write(file(dir), stored.to_string()).unwrap();
}

fn same(one: &FileKey, other: &FileKey) -> bool {
    one.secret() == other.secret() && one.aad() == other.aad()
}

#[test]
fn a_vault_opens_with_its_passphrase_and_gives_the_same_keys_again() {
    let (dir, vault) = vault();
    let (study, wrapped_study) = vault.new_study("s").unwrap();
    let (key, wrapped) = study.new_file(&name("claims", "rows", 1)).unwrap();
    let again = open(dir.path()).unwrap();
    let study = again.open_study("s", &wrapped_study).unwrap();
    let opened = study
        .open_file(&name("claims", "rows", 1), &wrapped)
        .unwrap();
    assert!(same(&key, &opened));
    assert_eq!(opened.name(), &name("claims", "rows", 1));
    assert_eq!(study.study(), "s");
}

#[test]
fn a_vault_at_the_full_cost_states_it_and_opens() {
    let dir = tempfile::tempdir().unwrap();
    assert!(!Vault::exists(dir.path()));
    Vault::create(dir.path(), &passphrase(), VaultCost::Standard).unwrap();
    assert!(Vault::exists(dir.path()));
    let stored: serde_json::Value =
        serde_json::from_slice(&fs::read(file(dir.path())).unwrap()).unwrap();
    let parameters = ["memory_kib", "passes", "lanes"].map(|field| stored[field].as_u64().unwrap());
    assert_eq!(parameters, [65_536, 3, 1]);
    open(dir.path()).unwrap();
    // Cheaper parameters give another key, not a cheaper way to this one.
    edit(dir.path(), "memory_kib", 8.into());
    edit(dir.path(), "passes", 1.into());
    refused(open(dir.path()), "seal.vault.passphrase");
}

#[test]
fn the_derivation_is_argon2id_of_the_passphrase_and_the_salt() {
    let (dir, _) = vault();
    let stored: serde_json::Value =
        serde_json::from_slice(&fs::read(file(dir.path())).unwrap()).unwrap();
    let salt = BASE64
        .decode(stored["salt"].as_str().unwrap().as_bytes())
        .unwrap();
    let mut by = [0_u8; 32];
    let params = argon2::Params::new(8, 1, 1, Some(32)).unwrap();
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
        .hash_password_into(PASSPHRASE.as_bytes(), &salt, &mut by)
        .unwrap();
    let mut aad = b"renketsu/vault-key/1\0\0\0\x10renketsu.vault/1\0\0\0\x0cargon2id-1.3".to_vec();
    for parameter in [8_u64, 1, 1] {
        aad.extend(parameter.to_be_bytes());
    }
    aad.extend(16_u32.to_be_bytes());
    aad.extend(&salt);
    let mut wrapped = BASE64
        .decode(stored["key"].as_str().unwrap().as_bytes())
        .unwrap();
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
fn a_vault_is_for_its_owner_alone_and_is_never_overwritten() {
    let (dir, _) = vault();
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(dir.path().join("vault")), 0o700);
    assert_eq!(mode(file(dir.path())), 0o600);
    let before = fs::read(file(dir.path())).unwrap();
    refused(
        Vault::create(dir.path(), &passphrase(), VaultCost::Light),
        "seal.vault.exists",
    );
    assert_eq!(fs::read(file(dir.path())).unwrap(), before);
}

#[test]
fn a_vault_wants_a_passphrase_of_twelve_characters() {
    let dir = tempfile::tempdir().unwrap();
    let create = |text: &str| {
        let passphrase = Passphrase::new(text.to_owned()).unwrap();
        Vault::create(dir.path(), &passphrase, VaultCost::Light)
    };
    refused(
        create("あいうえおかきくけこさ"),
        "seal.vault.passphrase_short",
    );
    assert!(!Vault::exists(dir.path()));
    create("あいうえおかきくけこさし").unwrap();
}

#[test]
fn another_passphrase_and_another_vault_open_nothing() {
    let (dir, vault) = vault();
    let wrong = Passphrase::new("wrong horse battery staple".to_owned()).unwrap();
    refused(Vault::open(dir.path(), &wrong), "seal.vault.passphrase");
    let (_elsewhere, other) = self::vault();
    let (_, wrapped) = vault.new_study("s").unwrap();
    refused(other.open_study("s", &wrapped), "seal.vault.wrap");
}

#[test]
fn a_vault_that_is_missing_is_another_error_than_one_that_is_damaged() {
    let (dir, _) = vault();
    refused(open(&dir.path().join("no")), "seal.vault.missing");
    let good = fs::read(file(dir.path())).unwrap();
    for bad in [
        Vec::new(),
        b"{}".to_vec(),
        good[..good.len() - 4].to_vec(),
        [good.clone(), b"x".to_vec()].concat(),
        [good.clone(), vec![b' '; 5000]].concat(),
    ] {
        fs::write(file(dir.path()), bad).unwrap();
        refused(open(dir.path()), "seal.vault.damaged");
    }
    fs::write(file(dir.path()), good).unwrap();
    edit(dir.path(), "more", 1.into());
    refused(open(dir.path()), "seal.vault.damaged");
    fs::remove_file(file(dir.path())).unwrap();
    fs::create_dir(file(dir.path())).unwrap();
    refused(open(dir.path()), "seal.vault.io");
}

#[test]
fn edited_parameters_and_an_edited_salt_are_refused() {
    let (dir, _) = vault();
    let good = fs::read(file(dir.path())).unwrap();
    let salt = BASE64.encode(&[7; 16]);
    let cases = [
        ("format", "renketsu.vault/2".into(), "damaged"),
        ("kdf", "argon2i-1.3".into(), "damaged"),
        ("memory_kib", 9.into(), "damaged"),
        ("memory_kib", u32::MAX.into(), "damaged"),
        ("memory_kib", 65_536.into(), "damaged"),
        ("passes", 0.into(), "damaged"),
        ("passes", u32::MAX.into(), "damaged"),
        ("lanes", 2.into(), "damaged"),
        ("lanes", (-1).into(), "damaged"),
        ("salt", BASE64.encode(&[7; 15]).into(), "damaged"),
        ("salt", "".into(), "damaged"),
        ("key", "AAAA".into(), "damaged"),
        ("salt", salt.into(), "passphrase"),
    ];
    for (field, value, expected) in cases {
        edit(dir.path(), field, value);
        refused(open(dir.path()), &format!("seal.vault.{expected}"));
        fs::write(file(dir.path()), &good).unwrap();
    }
    // The price of a real vault on the wrap of this one.
    edit(dir.path(), "memory_kib", 65_536.into());
    edit(dir.path(), "passes", 3.into());
    refused(open(dir.path()), "seal.vault.passphrase");
}

#[test]
fn a_flipped_bit_anywhere_in_the_wrap_of_the_vault_key_is_noticed() {
    let (dir, _) = vault();
    let stored: serde_json::Value =
        serde_json::from_slice(&fs::read(file(dir.path())).unwrap()).unwrap();
    let good = BASE64
        .decode(stored["key"].as_str().unwrap().as_bytes())
        .unwrap();
    assert_eq!(good.len(), 60);
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        edit(dir.path(), "key", BASE64.encode(&bad).into());
        refused(open(dir.path()), "seal.vault.passphrase");
    }
    edit(dir.path(), "key", BASE64.encode(&good).into());
    open(dir.path()).unwrap();
}

#[test]
fn a_key_moved_to_another_name_opens_nothing() {
    let (_dir, vault) = vault();
    let (study, wrapped_study) = vault.new_study("s").unwrap();
    let (other, wrapped_other) = vault.new_study("t").unwrap();
    refused(vault.open_study("t", &wrapped_study), "seal.vault.wrap");
    refused(vault.open_study("s", &wrapped_other), "seal.vault.wrap");
    refused(vault.open_study("", &wrapped_study), "seal.vault.wrap");

    let own = name("claims", "rows", 1);
    let (_, wrapped) = study.new_file(&own).unwrap();
    for elsewhere in [
        name("claims", "keys", 1),
        name("claims", "rows", 2),
        name("visits", "rows", 1),
        FileName {
            study: "t".to_owned(),
            ..own.clone()
        },
    ] {
        refused(study.open_file(&elsewhere, &wrapped), "seal.vault.wrap");
    }
    let theirs = FileName {
        study: "t".to_owned(),
        ..own.clone()
    };
    refused(other.open_file(&theirs, &wrapped), "seal.vault.wrap");
    refused(other.open_file(&own, &wrapped), "seal.vault.wrap");
    refused(other.new_file(&own), "seal.vault.wrap");
    study.open_file(&own, &wrapped).unwrap();
    // A study's key is no file's key, whoever wraps it.
    refused(study.open_file(&own, &wrapped_study), "seal.vault.wrap");
    refused(vault.open_study("s", &wrapped), "seal.vault.wrap");
}

#[test]
fn a_wrapped_key_is_text_and_only_its_own() {
    let (_dir, vault) = vault();
    let (study, _) = vault.new_study("s").unwrap();
    let own = name("claims", "rows", 1);
    let (_, wrapped) = study.new_file(&own).unwrap();
    let text = wrapped.to_base64();
    assert_eq!(text.len(), 80);
    assert_eq!(Wrapped::parse(&text).unwrap(), wrapped);
    let json = serde_json::to_string(&wrapped).unwrap();
    assert_eq!(json, format!("\"{text}\""));
    assert_eq!(serde_json::from_str::<Wrapped>(&json).unwrap(), wrapped);
    assert!(serde_json::from_str::<Wrapped>("\"AAAA\"").is_err());
    for bad in [
        "",
        "AAAA",
        &text[4..],
        &format!("{text}AAAA"),
        &format!(" {text}"),
    ] {
        assert!(Wrapped::parse(bad).is_none(), "{bad}");
    }
    let bytes = BASE64.decode(text.as_bytes()).unwrap();
    for at in 0..bytes.len() {
        let mut bad = bytes.clone();
        bad[at] ^= 1 << (at % 8);
        let bad = Wrapped::parse(&BASE64.encode(&bad)).unwrap();
        refused(study.open_file(&own, &bad), "seal.vault.wrap");
    }
    let (_, again) = study.new_file(&own).unwrap();
    assert_ne!(again, wrapped);
}

#[test]
fn a_small_file_is_sealed_whole() {
    let (_dir, vault) = vault();
    let (study, _) = vault.new_study("s").unwrap();
    let (key, _) = study.new_file(&name("1", "persons", 1)).unwrap();
    let (other, _) = study.new_file(&name("1", "persons", 2)).unwrap();
    for content in [&b""[..], b"1,2,3", &[7; 10_000]] {
        let sealed = key.seal(content).unwrap();
        assert_eq!(sealed.len(), content.len() + 28);
        assert_ne!(sealed, key.seal(content).unwrap());
        assert_eq!(key.open(&sealed).unwrap().as_slice(), content);
        refused(other.open(&sealed), "seal.vault.content");
        refused(key.open(&sealed[..sealed.len() - 1]), "seal.vault.content");
        refused(key.open(&sealed[..11]), "seal.vault.content");
        for at in (0..sealed.len()).step_by(sealed.len() / 33 + 1) {
            let mut bad = sealed.clone();
            bad[at] ^= 0x10;
            refused(key.open(&bad), "seal.vault.content");
        }
    }
}

#[test]
fn a_digest_is_of_a_study_and_of_what_it_is_of() {
    let (_dir, vault) = vault();
    let (key, wrapped) = vault.new_study("s").unwrap();
    let (other, _) = vault.new_study("s").unwrap();
    let digest = key.digest(b"12");
    assert_eq!(digest.len(), 64);
    assert_eq!(
        vault.open_study("s", &wrapped).unwrap().digest(b"12"),
        digest
    );
    assert_ne!(key.digest(b"13"), digest);
    assert_ne!(other.digest(b"12"), digest);
    // Not the digest that anybody can try out.
    let plain = data_encoding::HEXLOWER.encode(&Sha256::digest(b"12"));
    assert_ne!(plain, digest);
}

#[test]
fn no_key_can_be_printed() {
    let (_dir, vault) = vault();
    let (study, _) = vault.new_study("s").unwrap();
    let (key, _) = study.new_file(&name("claims", "rows", 1)).unwrap();
    assert_eq!(format!("{vault:?}"), "VaultKey { .. }");
    assert_eq!(format!("{study:?}"), "StudyKey { study: \"s\", .. }");
    assert!(format!("{key:?}").ends_with("version: 1 }, .. }"));
}

#[test]
fn the_name_of_a_file_has_the_bytes_that_are_written_down() {
    let name = FileName {
        study: "s1".to_owned(),
        table: "表".to_owned(),
        file: "rows".to_owned(),
        version: 258,
    };
    let expected =
        b"renketsu/vault/1\0\0\0\x02s1\0\0\0\x03\xe8\xa1\xa8\0\0\0\x04rows\0\0\0\0\0\0\x01\x02";
    assert_eq!(name.aad(), expected);
    assert_eq!(name.to_string(), "s1/表/rows/258");
}

proptest! {
    #[test]
    fn two_names_never_have_the_same_bytes(
        one in any_name(),
        other in any_name(),
    ) {
        prop_assert_eq!(one == other, one.aad() == other.aad());
    }

    /// The same characters, divided among the parts in two ways.
    #[test]
    fn a_character_moved_from_one_part_to_the_next_changes_the_bytes(
        all in "[ab\0]{0,6}",
        cuts in prop::array::uniform4(0_usize..7),
    ) {
        let cut = |one: usize, other: usize| {
            let (one, other) = (one.min(all.len()), other.min(all.len()));
            let (first, second) = (one.min(other), one.max(other));
            FileName {
                study: all[..first].to_owned(),
                table: all[first..second].to_owned(),
                file: all[second..].to_owned(),
                version: 1,
            }
        };
        let (one, other) = (cut(cuts[0], cuts[1]), cut(cuts[2], cuts[3]));
        prop_assert_eq!(one == other, one.aad() == other.aad());
    }
}

fn any_name() -> impl Strategy<Value = FileName> {
    let part = || prop_oneof!["[ab\0]{0,3}", any::<String>()];
    let version = prop_oneof![0_u64..3, any::<u64>()];
    (part(), part(), part(), version).prop_map(|(study, table, file, version)| FileName {
        study,
        table,
        file,
        version,
    })
}

/// A study with two files and the wrap of its key.
fn study(vault: &VaultKey) -> (StudyKey, Wrapped, Catalogue, Mac) {
    let (key, wrapped) = vault.new_study("s").unwrap();
    let entries = [entry(&key, "claims", 1), entry(&key, "visits", 1)];
    let catalogue = Catalogue::empty("s", Said::default()).next(&entries, &[], Said::default());
    let mac = key.mac(&catalogue);
    (key, wrapped, catalogue, mac)
}

fn entry(key: &StudyKey, table: &str, version: u64) -> Entry {
    let name = name(table, "rows", version);
    let (_, wrapped) = key.new_file(&name).unwrap();
    Entry {
        path: format!("studies/s/tables/{table}/{version}/rows.parquet"),
        name,
        bytes: 1_000,
        sha256: "ab".repeat(32),
        key: wrapped,
    }
}

#[test]
fn a_study_opens_with_the_catalogue_that_was_proven() {
    let (_dir, vault) = vault();
    let (key, wrapped, catalogue, mac) = study(&vault);
    key.check(&catalogue, &mac).unwrap();
    let open = vault
        .open_catalogue("s", &wrapped, catalogue.clone(), &mac)
        .unwrap();
    assert_eq!(open.catalogue(), &catalogue);
    assert_eq!(open.study_key().study(), "s");
    let rows = name("claims", "rows", 1);
    let entry = open.entry(&rows).unwrap();
    let direct = key.open_file(&rows, &entry.key).unwrap();
    assert!(same(&open.key(&rows).unwrap(), &direct));
    assert!(open.entry(&name("claims", "rows", 2)).is_none());
    refused(
        open.key(&name("claims", "rows", 2)),
        "seal.vault.unknown_file",
    );
    assert_eq!(Mac::parse(&mac.to_hex()).unwrap(), mac);
    let json = serde_json::to_string(&mac).unwrap();
    assert_eq!(serde_json::from_str::<Mac>(&json).unwrap(), mac);
    assert!(Mac::parse(&mac.to_hex()[2..]).is_none());
    assert!(Mac::parse(&mac.to_hex().to_uppercase()).is_none() || !mac.to_hex().contains('a'));
}

type Edit<'a> = &'a dyn Fn(&mut Catalogue);

#[test]
fn an_edited_catalogue_is_refused_whatever_was_edited() {
    let (_dir, vault) = vault();
    let (key, wrapped, good, mac) = study(&vault);
    let rows = name("claims", "rows", 1);
    let visits = name("visits", "rows", 1);
    let another = key.new_file(&rows).unwrap().1;
    let edits: [(&str, Edit<'_>); 13] = [
        ("path", &|c| {
            c.entries.get_mut(&rows).unwrap().path.push('x');
        }),
        ("bytes", &|c| c.entries.get_mut(&rows).unwrap().bytes += 1),
        ("sha256", &|c| {
            c.entries.get_mut(&rows).unwrap().sha256 = "00".repeat(32);
        }),
        ("key", &|c| {
            c.entries.get_mut(&rows).unwrap().key = another.clone();
        }),
        ("name under the old one", &|c| {
            c.entries.get_mut(&rows).unwrap().name.version = 2;
        }),
        ("name", &|c| {
            let mut entry = c.entries.remove(&rows).unwrap();
            entry.name.version = 2;
            c.entries.insert(entry.name.clone(), entry);
        }),
        ("place in the map", &|c| {
            let entry = c.entries.remove(&rows).unwrap();
            c.entries.insert(name("claims", "rows", 2), entry);
        }),
        ("rows exchanged", &|c| {
            let one = c.entries.remove(&rows).unwrap();
            let other = c.entries.insert(visits.clone(), one).unwrap();
            c.entries.insert(rows.clone(), other);
        }),
        ("row removed", &|c| {
            c.entries.remove(&rows).unwrap();
        }),
        ("row added", &|c| {
            let more = entry(&key, "more", 1);
            c.entries.insert(more.name.clone(), more);
        }),
        ("older sequence", &|c| c.sequence -= 1),
        ("study", &|c| c.study = "t".to_owned()),
        ("what the state said", &|c| c.said = Said([1; 32])),
    ];
    for (what, edit) in edits {
        let mut edited = good.clone();
        edit(&mut edited);
        assert_ne!(edited, good, "{what}");
        refused(key.check(&edited, &mac), "seal.vault.catalogue");
        refused(
            vault.open_catalogue("s", &wrapped, edited, &mac),
            "seal.vault.catalogue",
        );
    }
    let newer = key.mac(&good.next(&[], &[], Said::default()));
    refused(key.check(&good, &newer), "seal.vault.catalogue");
}

#[test]
fn the_proof_of_another_study_proves_nothing_here() {
    let (_dir, vault) = vault();
    let (key, wrapped, catalogue, _) = study(&vault);
    // Even with the same name: two keys, two proofs.
    let (other, wrapped_other) = vault.new_study("s").unwrap();
    let theirs = other.mac(&catalogue);
    refused(key.check(&catalogue, &theirs), "seal.vault.catalogue");
    refused(
        vault.open_catalogue("s", &wrapped, catalogue.clone(), &theirs),
        "seal.vault.catalogue",
    );
    // Key and proof of the other study over these files: the proof holds, no file opens.
    let open = vault
        .open_catalogue("s", &wrapped_other, catalogue, &theirs)
        .unwrap();
    refused(open.key(&name("claims", "rows", 1)), "seal.vault.wrap");
    let (renamed, _) = vault.new_study("t").unwrap();
    let empty = Catalogue::empty("s", Said::default());
    refused(
        renamed.check(&empty, &renamed.mac(&empty)),
        "seal.vault.catalogue",
    );
}

#[test]
fn an_open_study_takes_over_the_next_catalogue_and_no_other() {
    let (_dir, vault) = vault();
    let (key, wrapped, catalogue, mac) = study(&vault);
    let mut open = vault
        .open_catalogue("s", &wrapped, catalogue.clone(), &mac)
        .unwrap();
    let gone = name("visits", "rows", 1);
    let replaced = entry(&key, "claims", 1);
    let added = entry(&key, "claims", 2);
    let (next, proof) = open
        .next(
            &[replaced.clone(), added.clone()],
            std::slice::from_ref(&gone),
            Said::default(),
        )
        .unwrap();
    assert_eq!(next.sequence, catalogue.sequence + 1);
    assert_eq!(
        next.entries.values().collect::<Vec<_>>(),
        [&replaced, &added]
    );
    refused(open.advance(next.clone(), &mac), "seal.vault.catalogue");
    open.advance(next.clone(), &proof).unwrap();
    refused(open.advance(next, &proof), "seal.vault.catalogue");
    refused(open.advance(catalogue, &mac), "seal.vault.catalogue");
    assert!(open.entry(&gone).is_none());
    open.key(&added.name).unwrap();
    let mut foreign = added;
    foreign.name.version = 3;
    refused(
        open.next(&[foreign], &[], Said::default()),
        "seal.vault.wrap",
    );
}

#[test]
fn an_entry_is_the_same_after_being_written_down() {
    let (_dir, vault) = vault();
    let (key, _, _, _) = study(&vault);
    let entry = entry(&key, "claims", 1);
    let json = serde_json::to_string(&entry).unwrap();
    assert_eq!(serde_json::from_str::<Entry>(&json).unwrap(), entry);
}
