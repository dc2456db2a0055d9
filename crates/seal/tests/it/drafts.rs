//! Drafts that never become a package.

use std::fs;
use std::io::Write;

use renketsu_seal::Card;
use renketsu_seal::package::{Counts, Draft, Header, PackageKind};
use serde_json::{Value, json};

use crate::fixture::{Scene, claims, given, refused, scene, schema, write_table};

fn draft(scene: &Scene) -> Draft {
    let mut draft = Draft::new(scene.dir.path());
    write_table(&mut draft, "claims", &claims()).unwrap();
    draft
}

#[test]
fn a_package_never_replaces_a_file() {
    let scene = scene();
    fs::write(scene.path("a.rkp"), b"theirs").unwrap();
    let signed = draft(&scene)
        .sign(
            scene.header(),
            given(&scene.producer.keys),
            &scene.producer.keys,
            &scene.workspace.card,
        )
        .unwrap();
    refused(signed.seal(&scene.path("a.rkp")), "seal.write.exists");
    assert_eq!(fs::read(scene.path("a.rkp")).unwrap(), b"theirs");
}

#[test]
fn a_package_that_cannot_be_written_is_an_environment_error() {
    let scene = scene();
    let signed = draft(&scene)
        .sign(
            scene.header(),
            given(&scene.producer.keys),
            &scene.producer.keys,
            &scene.workspace.card,
        )
        .unwrap();
    refused(signed.seal(&scene.path("no/a.rkp")), "seal.write.io");
    refused(
        Draft::new(&scene.path("no")).table("t", schema()),
        "seal.write.io",
    );
}

#[test]
fn a_table_needs_a_plain_name_of_its_own_and_a_schema() {
    let scene = scene();
    let mut draft = draft(&scene);
    for name in ["", "A", "a-b", "../a", "a.b", "あ", &"a".repeat(65)] {
        refused(draft.table(name, schema()), "seal.write.table_name");
    }
    refused(draft.table("claims", schema()), "seal.write.table_twice");
    let bad = [
        json!(null),
        json!({}),
        json!({"fields": []}),
        json!({"fields": [{"name": "a"}]}),
        json!({"fields": [{"type": "string"}]}),
        json!({"fields": [{"name": "a", "type": "string"}, {"name": "a", "type": "integer"}]}),
    ];
    for schema in bad {
        refused(draft.table("t", schema), "seal.write.schema");
    }
}

#[test]
fn a_table_that_was_not_finished_is_not_in_the_package() {
    let scene = scene();
    let mut empty = Draft::new(scene.dir.path());
    empty
        .table("t", schema())
        .unwrap()
        .write_all(b"half")
        .unwrap();
    refused(
        empty.sign(
            scene.header(),
            given(&scene.producer.keys),
            &scene.producer.keys,
            &scene.workspace.card,
        ),
        "seal.write.empty",
    );
}

#[test]
fn a_package_has_256_tables_at_most() {
    let scene = scene();
    let mut draft = Draft::new(scene.dir.path());
    for number in 0..256 {
        let table = draft.table(&format!("t{number}"), schema()).unwrap();
        table.finish(Counts::default()).unwrap();
    }
    refused(draft.table("more", schema()), "seal.write.too_many_tables");
    let signed = draft.sign(
        scene.header(),
        given(&scene.producer.keys),
        &scene.producer.keys,
        &scene.workspace.card,
    );
    signed.unwrap().seal(&scene.path("a.rkp")).unwrap();
    let opened = scene.workspace.open(&scene.path("a.rkp")).unwrap();
    assert_eq!(opened.tables().len(), 256);
}

#[test]
fn a_manifest_no_reader_would_take_is_not_signed() {
    let scene = scene();
    let mut draft = Draft::new(scene.dir.path());
    let fields: Vec<Value> = (0..60_000)
        .map(|at| json!({"name": format!("c{at}"), "type": "string", "title": "x".repeat(300)}))
        .collect();
    draft
        .table("wide", json!({"fields": fields}))
        .unwrap()
        .finish(Counts::default())
        .unwrap();
    refused(
        draft.sign(
            scene.header(),
            given(&scene.producer.keys),
            &scene.producer.keys,
            &scene.workspace.card,
        ),
        "seal.write.manifest_too_long",
    );
}

#[test]
fn a_package_of_the_wrong_direction_is_not_signed() {
    let scene = scene();
    for kind in [PackageKind::Answer, PackageKind::Extract] {
        let header = Header {
            kind,
            ..scene.header()
        };
        refused(
            draft(&scene).sign(
                header,
                given(&scene.producer.keys),
                &scene.producer.keys,
                &scene.workspace.card,
            ),
            "seal.write.sender_role",
        );
    }
    let header = Header {
        kind: PackageKind::Request,
        ..scene.header()
    };
    refused(
        draft(&scene).sign(
            header,
            given(&scene.producer.keys),
            &scene.producer.keys,
            &scene.workspace.card,
        ),
        "seal.write.recipient_role",
    );
    refused(
        draft(&scene).sign(
            scene.header(),
            given(&scene.workspace.keys),
            &scene.workspace.keys,
            &scene.workspace.card,
        ),
        "seal.write.sender_role",
    );
}

#[test]
fn a_malformed_recipient_gets_nothing() {
    let scene = scene();
    let bad = Card {
        recipient: "age1qqq".to_owned(),
        ..scene.workspace.card.clone()
    };
    refused(
        draft(&scene).sign(
            scene.header(),
            given(&scene.producer.keys),
            &scene.producer.keys,
            &bad,
        ),
        "seal.card.recipient",
    );
}

type Change = fn(&mut Header);

#[test]
fn a_header_no_reader_would_take_is_not_signed() {
    let scene = scene();
    let changes: [(&str, Change); 17] = [
        ("provision", |h| h.provision = "p-1".to_owned()),
        ("provision", |h| h.provision = String::new()),
        ("provision", |h| h.provision = "P".repeat(65)),
        ("sequence", |h| h.sequence = 0),
        ("expires", |h| h.expires = h.created),
        ("profile", |h| h.profile = String::new()),
        ("study", |h| h.study = Some(" ".to_owned())),
        ("purpose", |h| h.purpose = "a\nb".to_owned()),
        ("purpose", |h| h.purpose = "a".repeat(2001)),
        ("places", |h| h.places = vec![String::new()]),
        ("places", |h| h.places = vec!["x".to_owned(); 1001]),
        ("databases", |h| h.databases = vec!["\u{1b}[2J".to_owned()]),
        ("contract", |h| h.contract = Some(String::new())),
        ("approval", |h| h.approval = Some("\t".to_owned())),
        ("recipient_ground", |h| {
            h.recipient_ground.as_mut().unwrap().item = String::new();
        }),
        ("producer", |h| {
            h.producer.as_mut().unwrap().kind = "x".to_owned();
        }),
        ("producer", |h| {
            h.producer.as_mut().unwrap().ground = "20-1".to_owned();
        }),
    ];
    for (field, change) in changes {
        let mut header = scene.header();
        change(&mut header);
        let signed = draft(&scene).sign(
            header,
            given(&scene.producer.keys),
            &scene.producer.keys,
            &scene.workspace.card,
        );
        let error = signed.unwrap_err();
        let details = vec![("field", field.to_owned())];
        assert_eq!(
            (error.code(), error.details()),
            ("seal.write.field", details)
        );
    }
}
