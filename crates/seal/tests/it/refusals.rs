//! Packages that are sealed in due form, and refused for what their manifest or signature says.

use std::fs;

use age::secrecy::SecretString;
use renketsu_seal::Role;
use renketsu_seal::package::{Draft, Header, PackageKind, Sealed};
use serde_json::{Value, json};

use crate::fixture::{PUBLIC_KEY, given, now, party, refused, scene, write_table};
use crate::hostile::{Parts, attack, file, private, seal, sha256};

#[test]
fn a_package_for_another_party_is_refused() {
    let scene = scene();
    let other = party(Role::Workspace, "他大学");
    other.trusts(&scene.producer);
    refused(
        other.open(&scene.delivery("a.rkp").path),
        "seal.open.recipient",
    );
}

#[test]
fn a_package_sealed_again_for_another_party_is_refused() {
    let attack = attack();
    let other = party(Role::Workspace, "他大学");
    other.trusts(&attack.scene.producer);
    let path = attack.scene.path("again.rkp");
    seal(&attack.parts.archive(), &other.card, &path);
    refused(other.open(&path), "seal.open.other_recipient");
}

#[test]
fn a_manifest_naming_only_our_key_or_only_our_fingerprint_is_for_another() {
    let attack = attack();
    let other = party(Role::Workspace, "他大学").card;
    attack.refused_with_manifest(
        |m| m["renketsu"]["recipient"]["key"] = json!(other.recipient),
        "seal.open.other_recipient",
    );
    let fingerprint = other.fingerprint().to_hex();
    attack.refused_with_manifest(
        |m| m["renketsu"]["recipient"]["fingerprint"] = json!(fingerprint),
        "seal.open.other_recipient",
    );
}

#[test]
fn a_package_sealed_with_a_passphrase_is_not_for_us() {
    let attack = attack();
    let path = attack.scene.path("a.rkp");
    let mut recipient = age::scrypt::Recipient::new(SecretString::from("x".to_owned()));
    recipient.set_work_factor(2);
    fs::write(
        &path,
        age::encrypt(&recipient, &attack.parts.archive()).unwrap(),
    )
    .unwrap();
    refused(attack.scene.workspace.open(&path), "seal.open.recipient");
}

#[test]
fn a_sender_nobody_confirmed_is_unknown() {
    let scene = scene();
    let receipt = scene.delivery("a.rkp");
    scene.workspace.trusts_nobody();
    refused(
        scene.workspace.open(&receipt.path),
        "seal.open.unknown_sender",
    );
}

#[test]
fn a_signature_of_somebody_else_is_refused() {
    let attack = attack();
    let stranger = private(party(Role::Producer, "S").dir.path());
    let mut parts = attack.parts.clone().resigned(&stranger, |_| {});
    attack.refused(&parts.archive(), "seal.open.unknown_sender");
    // The stranger's signature under the sender's key number.
    let forged = |signature: &[u8], number: &[u8]| {
        let text = String::from_utf8(signature.to_vec()).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut bytes = data_encoding::BASE64.decode(lines[1].as_bytes()).unwrap();
        bytes[2..10].copy_from_slice(number);
        lines[1] = data_encoding::BASE64.encode(&bytes);
        (lines.join("\n") + "\n").into_bytes()
    };
    let number = data_encoding::BASE64
        .decode(attack.scene.producer.card.verifier.as_bytes())
        .unwrap()[2..10]
        .to_vec();
    parts.signature = forged(&parts.signature, &number);
    attack.refused(&parts.archive(), "seal.open.signature");
}

#[test]
fn a_manifest_changed_after_signing_is_refused() {
    let attack = attack();
    let mut parts = attack.parts.clone();
    parts.manifest.push(b' ');
    attack.refused(&parts.archive(), "seal.open.signature");
    let text = String::from_utf8(attack.parts.manifest.clone()).unwrap();
    parts.manifest = text.replace("P-2026-0001", "P-2026-0002").into_bytes();
    attack.refused(&parts.archive(), "seal.open.signature");
}

#[test]
fn a_signature_file_in_any_other_form_is_refused() {
    let attack = attack();
    let good = String::from_utf8(attack.parts.signature.clone()).unwrap();
    let lines: Vec<&str> = good.lines().collect();
    let short = data_encoding::BASE64.encode(&[0; 63]);
    let legacy = {
        let mut bytes = data_encoding::BASE64.decode(lines[1].as_bytes()).unwrap();
        bytes[1] = b'd';
        data_encoding::BASE64.encode(&bytes)
    };
    let forms = [
        String::new(),
        good.trim_end().to_owned(),
        format!("{good}\n"),
        good.replace('\n', "\r\n"),
        lines[..2].join("\n"),
        [lines[0], lines[1], lines[2], &short].join("\n") + "\n",
        [lines[0], &short, lines[2], lines[3]].join("\n") + "\n",
        [lines[0], &legacy, lines[2], lines[3]].join("\n") + "\n",
        [
            lines[0],
            lines[1],
            "trusted comment: renketsu.package/1 other",
            lines[3],
        ]
        .join("\n")
            + "\n",
    ];
    for form in forms {
        let parts = Parts {
            signature: form.clone().into_bytes(),
            ..attack.parts.clone()
        };
        attack.refused(&parts.archive(), "seal.open.signature");
    }
    attack.refused(
        &Parts {
            signature: vec![0xFF; 100],
            ..attack.parts.clone()
        }
        .archive(),
        "seal.open.signature",
    );
}

#[test]
fn a_signature_of_another_package_of_the_sender_is_refused() {
    let attack = attack();
    let mut parts = attack.parts.clone();
    parts.signature = attack.producer.sign(
        &parts.manifest,
        "renketsu.package/1 00000000000000000000000000000000",
    );
    attack.refused(&parts.archive(), "seal.open.signature");
}

#[test]
fn a_manifest_naming_another_sender_than_who_signed_is_refused() {
    let attack = attack();
    let other = party(Role::Producer, "別の事業者");
    attack.scene.workspace.trusts(&other);
    let fingerprint = other.card.fingerprint().to_hex();
    attack.refused_with_manifest(
        |m| m["renketsu"]["sender"]["fingerprint"] = json!(fingerprint),
        "seal.open.sender",
    );
    attack.refused_with_manifest(
        |m| m["renketsu"]["sender"]["name"] = json!("別の事業者"),
        "seal.open.sender",
    );
    attack.refused_with_manifest(
        |m| m["renketsu"]["sender"]["role"] = json!("authority"),
        "seal.open.sender",
    );
}

#[test]
fn a_sender_without_business_in_this_kind_is_refused() {
    let attack = attack();
    for kind in ["extract", "answer"] {
        attack.refused_with_manifest(
            |m| m["renketsu"]["kind"] = json!(kind),
            "seal.open.sender_role",
        );
    }
    let (authority, workspace) = (party(Role::Authority, "A"), &attack.scene.workspace);
    workspace.trusts(&authority);
    let mut draft = Draft::new(attack.scene.dir.path());
    write_table(&mut draft, "t", b"x").unwrap();
    let header = Header {
        kind: PackageKind::Extract,
        ..attack.scene.header()
    };
    let path = attack.scene.path("extract.rkp");
    draft
        .sign(
            header,
            given(&authority.keys),
            &authority.keys,
            &workspace.card,
        )
        .unwrap()
        .seal(&path)
        .unwrap();
    let parts = Parts::of(&path, &private(workspace.dir.path()));
    for kind in ["delivery", "request"] {
        let parts = parts.clone().resigned(&private(authority.dir.path()), |m| {
            m["renketsu"]["kind"] = json!(kind);
        });
        attack.refused(&parts.archive(), "seal.open.sender_role");
    }
}

#[test]
fn a_checkpoint_that_the_senders_log_did_not_sign_is_refused() {
    let attack = attack();
    let code = "seal.open.checkpoint";
    let text = |m: &Value| {
        m["renketsu"]["log"]["checkpoint"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    // Another size, under the signature that was.
    attack.refused_with_manifest(
        |m| m["renketsu"]["log"]["checkpoint"] = json!(text(m).replacen("\n0\n", "\n1\n", 1)),
        code,
    );
    for malformed in ["", "\n", "renketsu/x\n0\n\n"] {
        attack.refused_with_manifest(
            |m| m["renketsu"]["log"]["checkpoint"] = json!(malformed),
            code,
        );
    }
    // The whole of another party's log, and its parts beside ours.
    let other = party(Role::Producer, "別の事業者");
    let others = serde_json::to_value(given(&other.keys)).unwrap();
    attack.refused_with_manifest(|m| m["renketsu"]["log"] = others.clone(), code);
    for part in ["checkpoint", "verifier", "voucher"] {
        attack.refused_with_manifest(|m| m["renketsu"]["log"][part] = others[part].clone(), code);
    }
    attack.refused_with_manifest(
        |m| m["renketsu"]["log"]["more"] = json!(1),
        "seal.open.manifest",
    );
    attack.refused_with_manifest(|m| m["renketsu"]["log"] = json!({}), "seal.open.manifest");
}

#[test]
fn a_package_of_before_there_were_checkpoints_is_read() {
    let attack = attack();
    let open = |parts: &Parts| {
        let sealed = attack.sealed(&parts.archive());
        let opened = attack.scene.workspace.open(&sealed).unwrap();
        fs::remove_file(sealed).unwrap();
        opened.head().cloned()
    };
    let taken = open(&attack.parts).unwrap();
    assert_eq!(taken.head.size, 0);
    assert_eq!(
        taken.party(),
        attack.scene.producer.card.fingerprint().to_hex()
    );
    let older = attack.parts.clone().resigned(&attack.producer, |m| {
        m["renketsu"]
            .as_object_mut()
            .unwrap()
            .remove("log")
            .unwrap();
    });
    assert_eq!(open(&older), None);
}

#[test]
fn an_unknown_version_is_named_whatever_else_it_holds() {
    let attack = attack();
    attack.refused_with_manifest(
        |m| m["renketsu"]["format"] = json!("renketsu.package/2"),
        "seal.open.version",
    );
    attack.refused_with_manifest(
        |m| {
            m["renketsu"] = json!({"format": "renketsu.package/2", "package_id": m["renketsu"]["package_id"], "new": [1]});
            m["resources"] = json!("elsewhere");
        },
        "seal.open.version",
    );
}

#[test]
fn a_manifest_of_another_shape_is_refused() {
    let attack = attack();
    attack.refused_with_manifest(|m| m["renketsu"]["more"] = json!(1), "seal.open.manifest");
    attack.refused_with_manifest(|m| m["more"] = json!(1), "seal.open.manifest");
    attack.refused_with_manifest(
        |m| m["resources"][0]["more"] = json!(1),
        "seal.open.manifest",
    );
    attack.refused_with_manifest(
        |m| m["renketsu"]["sequence"] = json!(-1),
        "seal.open.manifest",
    );
    attack.refused_with_manifest(
        |m| m["renketsu"]["kind"] = json!("gift"),
        "seal.open.manifest",
    );
    attack.refused_with_manifest(
        |m| m["renketsu"]["expires"] = json!("tomorrow"),
        "seal.open.manifest",
    );
    attack.refused_with_manifest(
        |m| m["renketsu"]["kcv"] = json!({"number": "00"}),
        "seal.open.manifest",
    );
    attack.refused_with_manifest(|m| *m = json!([]), "seal.open.manifest");
    for bytes in [
        &b"not json"[..],
        b"{\"renketsu\":{\"format\":\"renketsu.package/1\",\"format\":\"renketsu.package/1\"}}",
        &b"[".repeat(200_000),
    ] {
        let signature = attack.producer.sign(bytes, "renketsu.package/1");
        let parts = Parts {
            manifest: bytes.to_vec(),
            signature,
            tables: Vec::new(),
        };
        attack.refused(&parts.archive(), "seal.open.manifest");
    }
}

#[test]
fn a_manifest_that_says_what_it_may_not_is_refused() {
    let attack = attack();
    attack.refused_with_manifest(
        |m| m["renketsu"]["provision"] = json!("p-1"),
        "seal.open.field",
    );
    attack.refused_with_manifest(
        |m| m["renketsu"]["purpose"] = json!("\u{1b}[2J"),
        "seal.open.field",
    );
    attack.refused_with_manifest(
        |m| m["renketsu"]["expires"] = m["renketsu"]["created"].clone(),
        "seal.open.field",
    );
    // A public key, but the check value of another key; and what is no key.
    attack.refused_with_manifest(
        |m| m["renketsu"]["kana_mode"] = json!({"verifiable": PUBLIC_KEY}),
        "seal.open.field",
    );
    for no_mode in [json!({"verifiable": "00".repeat(32)}), json!("other")] {
        attack.refused_with_manifest(
            |m| m["renketsu"]["kana_mode"] = no_mode.clone(),
            "seal.open.manifest",
        );
    }
    attack.refused_with_manifest(|m| m["resources"] = json!([]), "seal.open.field");
    attack.refused_with_manifest(
        |m| m["resources"][1] = m["resources"][0].clone(),
        "seal.open.field",
    );
    attack.refused_with_manifest(
        |m| {
            let resource = |number| {
                let mut resource = m["resources"][0].clone();
                resource["name"] = json!(format!("t{number}"));
                resource["path"] = json!(format!("data/t{number}.parquet"));
                resource
            };
            m["resources"] = (0..257).map(resource).collect();
        },
        "seal.open.field",
    );
    attack.refused_with_manifest(
        |m| m["resources"][0]["schema"] = json!({}),
        "seal.open.field",
    );
    attack.refused_with_manifest(
        |m| m["resources"][0]["schema"] = json!(null),
        "seal.open.field",
    );
    attack.refused_with_manifest(
        |m| m["resources"][0]["hash"] = json!("md5:00"),
        "seal.open.field",
    );
    attack.refused_with_manifest(
        |m| m["resources"][0]["format"] = json!("csv"),
        "seal.open.field",
    );
    attack.refused_with_manifest(
        |m| m["resources"][0]["mediatype"] = json!("text/csv"),
        "seal.open.field",
    );
    attack.refused_with_manifest(
        |m| m["resources"][0]["name"] = json!("../claims"),
        "seal.open.field",
    );
    for path in [
        "data/lab_1.parquet",
        "data/../claims.parquet",
        "/data/claims.parquet",
        "claims.parquet",
    ] {
        attack.refused_with_manifest(
            |m| m["resources"][0]["path"] = json!(path),
            "seal.open.field",
        );
    }
}

#[test]
fn a_table_other_than_the_signed_one_is_refused() {
    let attack = attack();
    let mut data = attack.parts.data();
    let mut content = attack.parts.tables[0].1.clone();
    content[700] ^= 1;
    data[0] = file("data/claims.parquet", &content);
    attack.refused_with_data(&data, "seal.open.hash");
    content.push(0);
    data[0] = file("data/claims.parquet", &content);
    attack.refused_with_data(&data, "seal.open.hash");
    data[0] = file("data/claims.parquet", &content[..1499]);
    attack.refused_with_data(&data, "seal.open.hash");
    let swapped = [
        file("data/claims.parquet", &attack.parts.tables[1].1),
        file("data/lab_1.parquet", &attack.parts.tables[0].1),
    ];
    attack.refused_with_data(&swapped, "seal.open.hash");
    let other = sha256(b"other");
    attack.refused_with_manifest(
        |m| m["resources"][0]["hash"] = json!(format!("sha256:{other}")),
        "seal.open.hash",
    );
}

#[test]
fn what_is_no_sealed_file_is_refused() {
    let scene = scene();
    refused(Sealed::open(&scene.path("none")), "seal.open.io");
    refused(Sealed::open(scene.dir.path()), "seal.open.not_package");
    let path = scene.path("a");
    for bytes in [&b"PK\x03\x04"[..], b"{}", b"age-encryption.orgy/v1\n"] {
        fs::write(&path, bytes).unwrap();
        refused(Sealed::open(&path), "seal.open.not_package");
    }
    fs::write(&path, b"").unwrap();
    refused(Sealed::open(&path), "seal.open.truncated");
    fs::write(
        &path,
        [
            b"age-encryption.org/v2\n-> X\n--- x\n".to_vec(),
            vec![0; 99],
        ]
        .concat(),
    )
    .unwrap();
    refused(
        Sealed::open(&path).unwrap().authenticate(
            &scene.workspace.keys,
            &scene.workspace.trust(),
            now(),
        ),
        "seal.open.not_package",
    );
}

#[test]
fn a_header_far_longer_than_ours_is_not_parsed() {
    let scene = scene();
    let path = scene.path("a");
    fs::write(
        &path,
        [
            b"age-encryption.org/v1\n".to_vec(),
            b"-> X25519 aaaa\n\n".repeat(5000),
        ]
        .concat(),
    )
    .unwrap();
    refused(Sealed::open(&path), "seal.open.corrupt");
}
