//! Honest packages, and drafts that are refused.

use std::fs;
use std::io::{Read, Seek, SeekFrom};

use jiff::SignedDuration;
use renketsu_identity::{KanaMode, KanaPublicKey, KeyCheckValues};
use renketsu_seal::Role;
use renketsu_seal::package::{Custody, Draft, Expected, Header, PackageId, PackageKind, Sealed};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::fixture::{
    PUBLIC_KEY, claims, expected, given, kcv, now, party, read_all, refused, scene, schema,
    write_table,
};
use crate::hostile::{Parts, private};

#[test]
fn a_package_says_and_holds_what_was_put_into_it() {
    let scene = scene();
    let receipt = scene.delivery("a.rkp");
    let opened = scene.workspace.open(&receipt.path).unwrap();
    assert_eq!(opened.header(), &scene.header());
    assert_eq!(opened.sender(), &scene.producer.card);
    assert_eq!(
        (opened.package_id(), opened.sequence()),
        (receipt.package_id, 3)
    );
    assert_eq!(opened.tables().len(), 2);
    let table = &opened.tables()[0];
    assert_eq!(
        (table.name.as_str(), table.path.as_str(), table.bytes),
        ("claims", "data/claims.parquet", 1500)
    );
    assert_eq!(
        (
            table.rows,
            table.distinct_number_ids,
            table.distinct_kana_ids
        ),
        (7, Some(5), None)
    );
    assert_eq!(table.schema, schema());
    assert_eq!(table.sha256, crate::hostile::sha256(&claims()));
    assert_eq!(read_all(opened.table("claims").unwrap()), claims());
    assert_eq!(
        read_all(opened.table("lab_1").unwrap()),
        b"PAR1 second table PAR1"
    );
    opened.expect(&expected()).unwrap();
    opened
        .expect(&Expected {
            kcv: None,
            ..expected()
        })
        .unwrap();
}

#[test]
fn the_receipt_describes_the_sealed_file() {
    let scene = scene();
    let receipt = scene.delivery("a.rkp");
    let sealed = fs::read(&receipt.path).unwrap();
    assert_eq!(receipt.bytes, sealed.len() as u64);
    assert_eq!(
        receipt.sha256,
        data_encoding::HEXLOWER.encode(&Sha256::digest(&sealed))
    );
    assert_eq!(
        PackageId::parse(&receipt.package_id.to_string()),
        Some(receipt.package_id)
    );
    assert_eq!(PackageId::parse("00"), None);
}

#[test]
fn a_statement_is_known_and_a_sender_named_before_the_tables_are_read() {
    let scene = scene();
    let receipt = scene.delivery("a.rkp");
    let sealed = Sealed::open(&receipt.path).unwrap();
    let authentic = sealed
        .authenticate(&scene.workspace.keys, &scene.workspace.trust(), now())
        .unwrap();
    assert_eq!(authentic.package_id(), receipt.package_id);
    assert_eq!(authentic.header(), &scene.header());
    assert_eq!(authentic.sender(), &scene.producer.card);
    assert_eq!(authentic.tables().len(), 2);
}

#[test]
fn a_table_is_read_at_any_place_by_several_readers_at_once() {
    let scene = scene();
    let content: Vec<u8> = (0..300_000_u32)
        .map(|at| u8::try_from(at % 251).unwrap())
        .collect();
    let mut draft = Draft::new(scene.dir.path());
    write_table(&mut draft, "empty", b"").unwrap();
    write_table(&mut draft, "long", &content).unwrap();
    let signed = draft
        .sign(
            scene.header(),
            given(&scene.producer.keys),
            &scene.producer.keys,
            &scene.workspace.card,
        )
        .unwrap();
    signed.seal(&scene.path("a.rkp")).unwrap();
    let opened = scene.workspace.open(&scene.path("a.rkp")).unwrap();
    let (mut one, mut two) = (opened.table("long").unwrap(), opened.table("long").unwrap());
    assert_eq!(one.len(), 300_000);
    let mut footer = [0; 8];
    one.seek(SeekFrom::End(-8)).unwrap();
    one.read_exact(&mut footer).unwrap();
    assert_eq!(footer, content[299_992..]);
    assert_eq!(read_all(&mut two), content);
    one.seek(SeekFrom::Start(131_072)).unwrap();
    assert_eq!(read_all(&mut one), content[131_072..]);
    one.seek(SeekFrom::Start(u64::MAX)).unwrap();
    assert!(read_all(&mut one).is_empty());
    assert!(one.seek(SeekFrom::End(-300_001)).is_err());
    assert!(read_all(opened.table("empty").unwrap()).is_empty());
    refused(opened.table("other"), "seal.open.no_table");
}

#[test]
fn every_kind_goes_its_way() {
    let (a, i, p, w) = (
        party(Role::Authority, "A"),
        party(Role::Issuer, "I"),
        party(Role::Producer, "P"),
        party(Role::Workspace, "W"),
    );
    let scene = scene();
    for (kind, from, to) in [
        (PackageKind::Request, &p, &a),
        (PackageKind::Answer, &a, &p),
        (PackageKind::Delivery, &p, &w),
        (PackageKind::Extract, &a, &w),
        (PackageKind::Terms, &i, &a),
        (PackageKind::Tokens, &a, &i),
        (PackageKind::References, &a, &p),
        (PackageKind::Ids, &i, &p),
        (PackageKind::Columns, &a, &w),
        (PackageKind::Subjects, &a, &i),
        (PackageKind::Stamps, &i, &w),
    ] {
        to.trusts(from);
        let path = scene.path(kind.as_str());
        let mut draft = Draft::new(scene.dir.path());
        write_table(&mut draft, "t", b"x").unwrap();
        let named = kind.by_token() && kind != PackageKind::Columns;
        let header = Header {
            kind,
            kcv: None,
            in_reply_to: named.then(|| PackageId::parse(&"ab".repeat(16)).unwrap()),
            custody: kind.by_token().then(|| Custody {
                resolver: a.card.fingerprint(),
                issuer: i.card.fingerprint(),
                registry: 1,
                sha256: named.then(|| "0f".repeat(32)),
            }),
            ..scene.header()
        };
        draft
            .sign(header, given(&from.keys), &from.keys, &to.card)
            .unwrap()
            .seal(&path)
            .unwrap();
        assert_eq!(to.open(&path).unwrap().header().kind, kind);
    }
}

#[test]
fn what_tokens_are_about_is_stated_where_there_are_tokens_and_nowhere_else() {
    let scene = scene();
    let (a, i) = (party(Role::Authority, "A"), party(Role::Issuer, "I"));
    let id = || PackageId::parse(&"ab".repeat(16));
    let custody = |sha256: Option<String>| Custody {
        resolver: a.card.fingerprint(),
        issuer: i.card.fingerprint(),
        registry: 1,
        sha256,
    };
    let digest = || Some("0f".repeat(32));
    let cases = [
        (PackageKind::Tokens, id(), Some(custody(digest())), true),
        (PackageKind::Tokens, id(), None, false),
        (PackageKind::Tokens, None, Some(custody(digest())), false),
        (PackageKind::Tokens, id(), Some(custody(None)), false),
        (
            PackageKind::Tokens,
            id(),
            Some(custody(Some("0F".repeat(32)))),
            false,
        ),
        (PackageKind::Columns, None, Some(custody(None)), true),
        (PackageKind::Columns, None, None, false),
        (PackageKind::Columns, None, Some(custody(digest())), false),
        (PackageKind::Columns, id(), Some(custody(None)), false),
        (PackageKind::Extract, None, None, true),
        (PackageKind::Extract, None, Some(custody(digest())), false),
    ];
    let workspace = party(Role::Workspace, "W");
    for (place, (kind, in_reply_to, custody, holds)) in cases.into_iter().enumerate() {
        let mut draft = Draft::new(scene.dir.path());
        write_table(&mut draft, "t", b"x").unwrap();
        let header = Header {
            kind,
            kcv: None,
            in_reply_to,
            custody,
            ..scene.header()
        };
        let to = if kind == PackageKind::Tokens {
            &i
        } else {
            &workspace
        };
        let signed = draft.sign(header, given(&a.keys), &a.keys, &to.card);
        match (signed, holds) {
            (Ok(_), true) => {}
            (outcome, false) => {
                assert_eq!(outcome.unwrap_err().code(), "seal.write.field", "{place}");
            }
            (Err(error), true) => panic!("{place}: {error}"),
        }
    }
}

#[test]
fn the_archive_holds_nothing_of_where_and_when_the_tables_came_from() {
    let scene = scene();
    let receipt = scene.delivery("a.rkp");
    let plain = private(scene.workspace.dir.path()).decrypt(&fs::read(&receipt.path).unwrap());
    let mut names = Vec::new();
    for entry in tar::Archive::new(plain.as_slice())
        .entries()
        .unwrap()
        .raw(true)
    {
        let entry = entry.unwrap();
        let header = entry.header();
        assert_eq!(header.entry_type(), tar::EntryType::Regular);
        assert_eq!(
            (
                header.mtime().unwrap(),
                header.uid().unwrap(),
                header.gid().unwrap(),
                header.mode().unwrap()
            ),
            (0, 0, 0, 0o600)
        );
        assert_eq!(
            (header.username(), header.groupname()),
            (Ok(Some("")), Ok(Some("")))
        );
        names.push(entry.path().unwrap().to_str().unwrap().to_owned());
    }
    assert_eq!(
        names,
        [
            "datapackage.json",
            "datapackage.json.minisig",
            "data/claims.parquet",
            "data/lab_1.parquet"
        ]
    );
    let place = scene.dir.path().to_str().unwrap().as_bytes();
    assert!(!plain.windows(place.len()).any(|window| window == place));
}

#[test]
fn the_manifest_is_a_data_package_with_the_agreed_fields() {
    let scene = scene();
    let receipt = scene.delivery("a.rkp");
    let parts = Parts::of(&receipt.path, &private(scene.workspace.dir.path()));
    let manifest: Value = serde_json::from_slice(&parts.manifest).unwrap();
    assert_eq!(
        manifest["resources"][0],
        json!({
            "name": "claims", "path": "data/claims.parquet", "bytes": 1500, "hash": format!("sha256:{}", crate::hostile::sha256(&claims())),
            "format": "parquet", "mediatype": "application/vnd.apache.parquet",
            "renketsu": {"rows": 7, "distinct_number_ids": 5, "distinct_kana_ids": null}, "schema": schema(),
        })
    );
    let (p, w) = (&scene.producer.card, &scene.workspace.card);
    // A signature is never the same twice; `refusals` holds what it signs.
    let log = manifest["renketsu"]["log"].clone();
    let parts_of_log: Vec<&String> = log.as_object().unwrap().keys().collect();
    assert_eq!(parts_of_log, ["checkpoint", "verifier", "voucher"]);
    assert_eq!(
        manifest["renketsu"],
        json!({
            "format": "renketsu.package/1", "package_id": receipt.package_id.to_string(), "kind": "delivery", "provision": "P-2026-0001",
            "study": "糖尿病の研究", "profile": "jp-1", "kcv": {"number": "0011223344556677", "kana": "8899aabbccddeeff"}, "sequence": 3,
            "in_reply_to": null, "sender": {"name": p.name, "role": "producer", "fingerprint": p.fingerprint().to_hex()},
            "recipient": {"name": w.name, "fingerprint": w.fingerprint().to_hex(), "key": w.recipient},
            "created": "2026-11-22T03:00:00Z", "expires": "2026-12-22T03:00:00Z", "purpose": "研究", "places": ["第一解析室"],
            "producer": {"kind": "anonymized", "number": "匿-1", "ground": "19-1"},
            "recipient_ground": {"name": w.name, "fingerprint": w.fingerprint().to_hex(), "item": "7-1-2"},
            "databases": ["ndb"], "approval": null, "contract": "C-9",
            "period_start": "2026-12-01", "period_end": "2028-03-31", "log": log,
        })
    );
    let signature = String::from_utf8(parts.signature).unwrap();
    assert!(signature.contains(&format!(
        "trusted comment: renketsu.package/1 {}\n",
        receipt.package_id
    )));
}

#[test]
fn two_packages_of_the_same_tables_share_no_id() {
    let scene = scene();
    assert_ne!(
        scene.delivery("a.rkp").package_id,
        scene.delivery("b.rkp").package_id
    );
}

#[test]
fn sealing_leaves_nothing_but_the_package() {
    let scene = scene();
    scene.delivery("a.rkp");
    assert_eq!(fs::read_dir(scene.dir.path()).unwrap().count(), 1);
}

#[test]
fn opening_writes_nothing() {
    let scene = scene();
    let receipt = scene.delivery("a.rkp");
    let before = fs::read(&receipt.path).unwrap();
    let opened = scene.workspace.open(&receipt.path).unwrap();
    read_all(opened.table("claims").unwrap());
    assert_eq!(fs::read(&receipt.path).unwrap(), before);
    assert_eq!(fs::read_dir(scene.dir.path()).unwrap().count(), 1);
}

#[test]
fn a_package_expires_and_is_not_from_the_future() {
    let scene = scene();
    let receipt = scene.delivery("a.rkp");
    let trust = scene.workspace.trust();
    let at = |when| {
        Sealed::open(&receipt.path)
            .unwrap()
            .authenticate(&scene.workspace.keys, &trust, when)
    };
    let (created, expires) = (scene.header().created, scene.header().expires);
    let second = SignedDuration::from_secs(1);
    assert!(at(expires - second).is_ok());
    refused(at(expires), "seal.open.expired");
    refused(at(expires + second), "seal.open.expired");
    let day = SignedDuration::from_hours(24);
    assert!(at(created - day).is_ok());
    refused(at(created - day - second), "seal.open.future");
}

#[test]
fn a_package_other_than_expected_is_refused() {
    let scene = scene();
    let opened = scene.workspace.open(&scene.delivery("a.rkp").path).unwrap();
    refused(
        opened.expect(&Expected {
            kind: PackageKind::Extract,
            ..expected()
        }),
        "seal.open.kind",
    );
    refused(
        opened.expect(&Expected {
            provision: "P-2026-0002".to_owned(),
            ..expected()
        }),
        "seal.open.provision",
    );
    let other: KeyCheckValues =
        serde_json::from_value(json!({"number": "0011223344556677", "kana": "8899aabbccddee00"}))
            .unwrap();
    refused(
        opened.expect(&Expected {
            kcv: Some(other),
            ..expected()
        }),
        "seal.open.kcv",
    );
}

#[test]
fn a_package_without_key_check_values_is_not_one_with_the_expected_ones() {
    let scene = scene();
    let receipt = scene.delivery_with(
        "a.rkp",
        Header {
            kcv: None,
            ..scene.header()
        },
    );
    refused(
        scene
            .workspace
            .open(&receipt.path)
            .unwrap()
            .expect(&expected()),
        "seal.open.kcv",
    );
}

#[test]
fn a_package_of_another_profile_is_refused() {
    let scene = scene();
    let receipt = scene.delivery_with(
        "a.rkp",
        Header {
            profile: "jp-2".to_owned(),
            ..scene.header()
        },
    );
    refused(
        scene
            .workspace
            .open(&receipt.path)
            .unwrap()
            .expect(&expected()),
        "seal.open.profile",
    );
}

#[test]
fn a_mode_of_kana_ids_goes_with_its_check_value_and_the_other_one_is_not_mentioned() {
    let scene = scene();
    let key: KanaPublicKey = PUBLIC_KEY.parse().unwrap();
    let mode = KanaMode::Verifiable(key);
    let proven = KeyCheckValues {
        kana: key.kcv(),
        ..kcv()
    };
    let with = |kcv| Header {
        kcv,
        kana_mode: mode,
        ..scene.header()
    };
    let receipt = scene.delivery_with("a.rkp", with(Some(proven)));
    let opened = scene.workspace.open(&receipt.path).unwrap();
    assert_eq!(opened.header().kana_mode, mode);
    for other in [Some(kcv()), None] {
        let mut draft = Draft::new(scene.dir.path());
        write_table(&mut draft, "t", b"x").unwrap();
        let error = draft
            .sign(
                with(other),
                given(&scene.producer.keys),
                &scene.producer.keys,
                &scene.workspace.card,
            )
            .unwrap_err();
        assert_eq!(error.code(), "seal.write.field");
        assert_eq!(error.details(), [("field", "kana_mode".to_owned())]);
    }
    let receipt = scene.delivery_with("b.rkp", scene.header());
    let parts = Parts::of(&receipt.path, &private(scene.workspace.dir.path()));
    let manifest = String::from_utf8(parts.manifest).unwrap();
    assert!(manifest.contains("kcv") && !manifest.contains("kana_mode"));
}
