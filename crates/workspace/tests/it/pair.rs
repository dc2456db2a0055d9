//! An extract in two packages: the resolver's columns and the issuer's IDs.

use std::path::{Path, PathBuf};

use renketsu_identity::{KanaMode, KanaPublicKey, KeyCheckValues};
use renketsu_seal::package::{Custody, Header, PackageKind};
use renketsu_workspace::{Import, ImportError, Imported, TableKind};

use crate::import::{NDB, Three, packaged, three};
use crate::{Heard, Told, kcv};

/// The columns `ndb` as the resolver seals them.
fn columns(three: &Three, name: &str, change: impl Fn(&mut Header)) -> PathBuf {
    let mut header = Header {
        custody: Some(Custody {
            resolver: three.authority.card.fingerprint(),
            issuer: three.issuer.card.fingerprint(),
            registry: 3,
            sha256: None,
        }),
        ..three.header(PackageKind::Columns)
    };
    change(&mut header);
    three.package(name, header, &["ndb"])
}

/// The IDs of these columns as the issuer seals them.
fn stamps(three: &Three, name: &str, columns: &Path, change: impl Fn(&mut Header)) -> PathBuf {
    let opened = three.opened(columns);
    let stated = opened.header();
    let mut header = Header {
        in_reply_to: Some(opened.package_id()),
        custody: stated.custody.clone().map(|custody| Custody {
            sha256: Some(renketsu_seal::durable::digest(columns).unwrap()),
            ..custody
        }),
        ..three.header(PackageKind::Stamps)
    };
    change(&mut header);
    three.package(name, header, &["stamps"])
}

fn take(
    three: &mut Three,
    kind: TableKind,
    file: &Path,
    ids: Option<&Path>,
) -> Result<Imported<Heard>, ImportError<Told>> {
    three.take_all(Import {
        ids,
        ..packaged(Path::new(""), "ndb", kind, file)
    })
}

/// The error of IDs whose header is changed in this way.
type Case<'a> = (&'static str, &'a dyn Fn(&mut Header));

fn code(outcome: Result<Imported<Heard>, ImportError<Told>>) -> &'static str {
    outcome.unwrap_err().code().unwrap()
}

#[test]
fn columns_and_ids_of_one_stamp_are_taken_together_and_once() {
    let mut three = three();
    let file = columns(&three, "c.rkp", |_| ());
    let ids = stamps(&three, "i.rkp", &file, |_| ());
    assert_eq!(
        code(take(&mut three, NDB, &file, None)),
        "workspace.import.ids_needed"
    );
    let taken = take(&mut three, NDB, &file, Some(&ids)).unwrap();
    // The engine got both tables.
    assert_eq!(taken.report.bytes, 9);
    let origin = serde_json::to_value(&taken.origin).unwrap();
    assert_eq!(origin["sender"], "authority");
    assert_eq!(origin["ids"]["sender"], "issuer");
    assert_eq!(origin["ids"]["registry"], 3);
    assert_eq!(origin["approval"], "A-1");
    assert_eq!(taken.kcv_proven, Some(true));
    for (file, ids) in [
        (file.clone(), ids.clone()),
        // New IDs for columns that were taken, and IDs that were taken.
        (file.clone(), stamps(&three, "again.rkp", &file, |_| ())),
    ] {
        let outcome = three.take_all(Import {
            ids: Some(&ids),
            standing: renketsu_workspace::Standing::Replaced,
            ..packaged(Path::new(""), "ndb", NDB, &file)
        });
        assert_eq!(code(outcome), "store.replayed");
    }
}

#[test]
fn ids_belong_to_columns_of_a_public_database_alone() {
    let mut three = three();
    let file = columns(&three, "c.rkp", |_| ());
    let ids = stamps(&three, "i.rkp", &file, |_| ());
    let delivery = three.package("d.rkp", three.header(PackageKind::Delivery), &["ndb"]);
    let extract = three.package("e.rkp", three.header(PackageKind::Extract), &["ndb"]);
    let plain = three.authority.path().join("plain.csv");
    std::fs::write(&plain, "id,x\n").unwrap();
    let cases = [
        (
            TableKind::Anonymized,
            &delivery,
            "workspace.import.ids_unfit",
        ),
        (NDB, &plain, "workspace.import.ids_unfit"),
        (NDB, &extract, "seal.open.kind"),
        (NDB, &ids, "seal.open.kind"),
    ];
    for (kind, file, expected) in cases {
        assert_eq!(code(take(&mut three, kind, file, Some(&ids))), expected);
    }
    // The columns in the place of the IDs.
    assert_eq!(
        code(take(&mut three, NDB, &file, Some(&file))),
        "seal.open.kind"
    );
}

#[test]
fn whatever_both_state_must_be_the_same() {
    let mut three = three();
    let file = columns(&three, "c.rkp", |_| ());
    let stranger = three.header(PackageKind::Extract);
    let stranger = stranger.recipient_ground.unwrap().fingerprint;
    let key: KanaPublicKey = "c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e"
        .parse()
        .unwrap();
    let cases: [Case<'_>; 14] = [
        ("seal.open.provision", &|header| {
            header.provision = "P-2".to_owned();
        }),
        ("seal.open.kcv", &|header| header.kcv = Some(kcv(9))),
        ("workspace.import.pair_mode", &|header| {
            header.kana_mode = KanaMode::Verifiable(key);
            header.kcv = header.kcv.map(|kcv| KeyCheckValues {
                kana: key.kcv(),
                ..kcv
            });
        }),
        ("workspace.import.pair_approval", &|header| {
            header.approval = Some("A-2".to_owned());
        }),
        ("workspace.import.pair_approval", &|header| {
            header.approval = None;
        }),
        ("workspace.import.pair_database", &|header| {
            header.databases = vec!["dpc".to_owned()];
        }),
        ("workspace.import.pair_registry", &|header| {
            header.custody.as_mut().unwrap().registry = 4;
        }),
        ("workspace.import.pair_custodians", &|header| {
            header.custody.as_mut().unwrap().resolver = stranger;
        }),
        ("workspace.import.pair_custodians", &|header| {
            header.custody.as_mut().unwrap().issuer = stranger;
        }),
        ("workspace.import.pair_terms", &|header| {
            header.purpose = "another".to_owned();
        }),
        ("workspace.import.pair_terms", &|header| {
            header.study = Some("S2".to_owned());
        }),
        ("workspace.import.pair_terms", &|header| {
            header.recipient_ground = None;
        }),
        ("workspace.import.pair_columns", &|header| {
            header.custody.as_mut().unwrap().sha256 = Some("ab".repeat(32));
        }),
        ("workspace.import.pair_columns", &|header| {
            header.in_reply_to = renketsu_seal::package::PackageId::parse(&"ab".repeat(16));
        }),
    ];
    for (case, (expected, change)) in cases.into_iter().enumerate() {
        let ids = stamps(&three, &format!("{case}.rkp"), &file, change);
        assert_eq!(code(take(&mut three, NDB, &file, Some(&ids))), expected);
    }
    // The IDs of another number of rows.
    let few = three.package_of(
        "few.rkp",
        three
            .opened(&stamps(&three, "s.rkp", &file, |_| ()))
            .header()
            .clone(),
        &["stamps"],
        2,
    );
    assert_eq!(
        code(take(&mut three, NDB, &file, Some(&few))),
        "workspace.import.pair_rows"
    );
    assert_eq!(three.store.tables("S").unwrap(), []);
    // The right ones are taken after all of it.
    let ids = stamps(&three, "right.rkp", &file, |_| ());
    take(&mut three, NDB, &file, Some(&ids)).unwrap();
}
