use std::fs;
use std::os::unix::fs::PermissionsExt;

use renketsu_seal::card::FingerprintError;
use renketsu_seal::party::{self, Cost};
use renketsu_seal::{Card, Fingerprint, Passphrase, Role};

use crate::fixture::{PASSPHRASE, now, party, passphrase, refused};

#[test]
fn keys_made_at_the_full_cost_open_with_their_passphrase_and_state_the_cost() {
    let dir = tempfile::tempdir().unwrap();
    let card = party::create(
        dir.path(),
        "厚生労働大臣",
        Role::Authority,
        &passphrase(),
        now(),
    )
    .unwrap();
    let keys = party::open(dir.path(), &passphrase()).unwrap();
    assert_eq!(keys.card(), &card);
    assert_eq!(party::card(dir.path()).unwrap(), card);
    let header = fs::read(dir.path().join("keys/private.age")).unwrap();
    let stanza = String::from_utf8_lossy(&header)
        .lines()
        .nth(1)
        .unwrap()
        .to_owned();
    assert!(
        stanza.starts_with("-> scrypt ") && stanza.ends_with(" 17"),
        "{stanza}"
    );
    refused(
        party::open(
            dir.path(),
            &Passphrase::new("wrong horse battery staple".to_owned()).unwrap(),
        ),
        "seal.keys.passphrase",
    );
}

#[test]
fn private_files_are_for_the_owner_alone() {
    let p = party(Role::Producer, "P");
    let mode = |path: &str| {
        fs::metadata(p.dir.path().join(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!((mode("keys"), mode("keys/private.age")), (0o700, 0o600));
}

#[test]
fn private_files_hold_no_key_in_the_clear() {
    let p = party(Role::Producer, "P");
    let private = crate::hostile::private(p.dir.path());
    for file in ["keys/private.age", "keys/card.json"] {
        let bytes = fs::read(p.dir.path().join(file)).unwrap();
        for secret in [&private.identity_line, &private.signer_line] {
            assert!(
                !bytes
                    .windows(secret.len())
                    .any(|window| window == secret.as_bytes()),
                "{file}"
            );
        }
    }
}

#[test]
fn nothing_secret_is_in_the_debug_output() {
    let p = party(Role::Producer, "P");
    let printed = format!("{:?} {:?}", p.keys, passphrase());
    assert_eq!(printed, "PartyKeys { name: \"P\", .. } Passphrase { .. }");
    assert!(!printed.contains(PASSPHRASE));
}

#[test]
fn keys_are_never_overwritten() {
    let p = party(Role::Producer, "P");
    let before = fs::read(p.dir.path().join("keys/private.age")).unwrap();
    refused(
        party::create_with_cost(
            p.dir.path(),
            "P",
            Role::Producer,
            &passphrase(),
            now(),
            Cost::Light,
        ),
        "seal.keys.exists",
    );
    fs::remove_file(p.dir.path().join("keys/card.json")).unwrap();
    refused(
        party::create_with_cost(
            p.dir.path(),
            "P",
            Role::Producer,
            &passphrase(),
            now(),
            Cost::Light,
        ),
        "seal.keys.exists",
    );
    assert_eq!(
        fs::read(p.dir.path().join("keys/private.age")).unwrap(),
        before
    );
}

#[test]
fn a_short_passphrase_makes_no_keys_but_is_counted_in_characters() {
    let dir = tempfile::tempdir().unwrap();
    let make = |text: &str| {
        let passphrase = Passphrase::new(text.to_owned()).unwrap();
        party::create_with_cost(
            dir.path(),
            "P",
            Role::Producer,
            &passphrase,
            now(),
            Cost::Light,
        )
    };
    refused(make("elevenchars"), "seal.keys.passphrase_short");
    assert!(!dir.path().join("keys").exists());
    assert!(make("十二文字の日本語の合言葉").is_ok());
}

#[test]
fn a_text_that_is_no_passphrase_is_refused() {
    refused(Passphrase::new(String::new()), "seal.passphrase.empty");
    refused(
        Passphrase::new("correct horse battery staple\n".to_owned()),
        "seal.passphrase.control",
    );
}

#[test]
fn a_name_that_deceives_the_eye_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let long = "あ".repeat(101);
    for name in ["", " x", "x\n", "a\u{202E}b", "a\u{200B}b", long.as_str()] {
        refused(
            party::create_with_cost(
                dir.path(),
                name,
                Role::Producer,
                &passphrase(),
                now(),
                Cost::Light,
            ),
            "seal.keys.name",
        );
    }
}

#[test]
fn a_directory_that_cannot_be_made_is_an_environment_error() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), b"").unwrap();
    let under = dir.path().join("file/party");
    refused(
        party::create_with_cost(
            &under,
            "P",
            Role::Producer,
            &passphrase(),
            now(),
            Cost::Light,
        ),
        "seal.keys.create_io",
    );
}

#[test]
fn keys_without_their_files_are_missing() {
    let p = party(Role::Producer, "P");
    fs::remove_file(p.dir.path().join("keys/private.age")).unwrap();
    refused(
        party::open(p.dir.path(), &passphrase()),
        "seal.keys.missing",
    );
    fs::create_dir(p.dir.path().join("keys/private.age")).unwrap();
    refused(
        party::open(p.dir.path(), &passphrase()),
        "seal.keys.open_io",
    );
    fs::remove_file(p.dir.path().join("keys/card.json")).unwrap();
    refused(party::open(p.dir.path(), &passphrase()), "seal.card.io");
}

#[test]
fn a_private_file_with_any_byte_changed_or_cut_off_is_refused() {
    let p = party(Role::Producer, "P");
    let file = p.dir.path().join("keys/private.age");
    let good = fs::read(&file).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x01;
        fs::write(&file, &bad).unwrap();
        let error = party::open(p.dir.path(), &passphrase()).unwrap_err();
        assert!(
            ["seal.keys.damaged", "seal.keys.passphrase"].contains(&error.code()),
            "byte {at}: {}",
            error.code()
        );
        fs::write(&file, &good[..at]).unwrap();
        let error = party::open(p.dir.path(), &passphrase()).unwrap_err();
        assert_eq!(error.code(), "seal.keys.damaged", "length {at}");
    }
}

#[test]
fn a_private_file_that_asks_for_more_work_than_ours_is_refused_without_doing_it() {
    let p = party(Role::Producer, "P");
    let file = p.dir.path().join("keys/private.age");
    let text = fs::read(&file).unwrap();
    let end = text.iter().position(|byte| *byte == b'\n').unwrap();
    let second = end
        + 1
        + text[end + 1..]
            .iter()
            .position(|byte| *byte == b'\n')
            .unwrap();
    // ` 8` at the end of the stanza's line becomes ` 40`: a terabyte of memory.
    let bad = [&text[..second - 1], b"40", &text[second..]].concat();
    fs::write(&file, bad).unwrap();
    refused(
        party::open(p.dir.path(), &passphrase()),
        "seal.keys.damaged",
    );
}

#[test]
fn a_card_that_was_edited_does_not_fit_its_keys() {
    let p = party(Role::Producer, "P");
    let file = p.dir.path().join("keys/card.json");
    let edited = fs::read_to_string(&file).unwrap().replace("\"P\"", "\"Q\"");
    fs::write(&file, edited).unwrap();
    refused(
        party::open(p.dir.path(), &passphrase()),
        "seal.keys.mismatch",
    );
    fs::write(&file, party(Role::Producer, "P").card.to_json()).unwrap();
    refused(
        party::open(p.dir.path(), &passphrase()),
        "seal.keys.mismatch",
    );
}

#[test]
fn a_card_survives_its_json_and_any_change_changes_the_fingerprint() {
    let card = party(Role::Workspace, "連結大学").card;
    assert_eq!(Card::parse(&card.to_json()).unwrap(), card);
    assert!(card.to_json().contains("\"schema\": \"renketsu.card/1\""));
    let other = party(Role::Workspace, "連結大学").card;
    let changes = [
        Card {
            name: "連結大".to_owned(),
            ..card.clone()
        },
        Card {
            role: Role::Producer,
            ..card.clone()
        },
        Card {
            recipient: other.recipient.clone(),
            ..card.clone()
        },
        Card {
            verifier: other.verifier.clone(),
            ..card.clone()
        },
        Card {
            created: card.created + jiff::SignedDuration::from_nanos(1),
            ..card.clone()
        },
    ];
    for changed in changes {
        assert_ne!(changed.fingerprint(), card.fingerprint());
    }
}

#[test]
fn the_fingerprint_is_the_documented_digest() {
    use sha2::{Digest, Sha256};
    let card = Card {
        name: "A".to_owned(),
        role: Role::Authority,
        recipient: "age1x".to_owned(),
        verifier: "RWx".to_owned(),
        created: now(),
    };
    let encoded = b"\0\0\0\x0frenketsu.card/1\0\0\0\x01A\0\0\0\x09authority\0\0\0\x05age1x\0\0\0\x03RWx\0\0\0\x142026-11-22T03:00:00Z";
    assert_eq!(
        card.fingerprint().to_hex(),
        data_encoding::HEXLOWER.encode(&Sha256::digest(encoded))
    );
}

#[test]
fn a_fingerprint_is_read_as_people_write_it() {
    let fingerprint = party(Role::Workspace, "W").card.fingerprint();
    let shown = fingerprint.to_string();
    assert_eq!(
        shown.split(' ').map(str::len).collect::<Vec<_>>(),
        vec![4; 16]
    );
    for written in [
        shown.clone(),
        shown.to_uppercase(),
        shown.replace(' ', "-"),
        fingerprint.to_hex(),
        format!("\n {shown}\n"),
    ] {
        assert_eq!(Fingerprint::parse(&written).unwrap(), fingerprint);
        assert_eq!(written.parse::<Fingerprint>(), Ok(fingerprint));
    }
}

#[test]
fn a_shortened_or_mistyped_fingerprint_is_none() {
    let shown = party(Role::Workspace, "W").card.fingerprint().to_string();
    for wrong in [
        "",
        &shown[..74],
        &shown[..4],
        &format!("{shown} 00"),
        &shown.replacen(|c: char| c.is_ascii_hexdigit(), "g", 1),
    ] {
        refused(Fingerprint::parse(wrong), "seal.fingerprint.form");
        assert_eq!(wrong.parse::<Fingerprint>(), Err(FingerprintError));
    }
}

#[test]
fn what_is_no_card_is_refused_with_the_reason() {
    let card = party(Role::Workspace, "W").card;
    let json = card.to_json();
    let with = |from: &str, to: &str| Card::parse(&json.replace(from, to));
    refused(
        with("renketsu.card/1", "renketsu.card/2"),
        "seal.card.schema",
    );
    refused(with("\"W\"", "\"\""), "seal.card.name");
    refused(with(&card.recipient, "age1qqq"), "seal.card.recipient");
    refused(
        with(&card.recipient, &card.recipient.to_uppercase()),
        "seal.card.recipient",
    );
    refused(with(&card.verifier, "RWQ"), "seal.card.verifier");
    refused(
        with(&card.verifier, &format!("XX{}", &card.verifier[2..])),
        "seal.card.verifier",
    );
    refused(with("workspace", "administrator"), "seal.card.json");
    refused(with("\"name\"", "\"extra\": 1, \"name\""), "seal.card.json");
    refused(Card::parse(""), "seal.card.json");
    refused(Card::parse(&json[..json.len() / 2]), "seal.card.json");
}

#[test]
fn a_file_that_is_no_card_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    refused(Card::read(&dir.path().join("none")), "seal.card.io");
    refused(Card::read(dir.path()), "seal.card.io");
    let big = dir.path().join("big");
    fs::write(&big, vec![b' '; 65 * 1024]).unwrap();
    refused(Card::read(&big), "seal.card.too_long");
    let binary = dir.path().join("binary");
    fs::write(&binary, [0xFF, 0xFE]).unwrap();
    refused(Card::read(&binary), "seal.card.io");
}
