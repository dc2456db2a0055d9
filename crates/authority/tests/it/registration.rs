//! Loading registry files, keeping them, opening them again.

use jiff::civil::date;
use renketsu_authority::lookup::Identifiers;
use renketsu_authority::registration::{RegistryError, current, register};
use renketsu_authority::registry::{Acceptance, FindingKind, LoadError};
use renketsu_authority::resolver::{Resolver, ResolverKeys};
use renketsu_identity::{Epoch, RootKey};
use renketsu_table::delimited::Options;

use crate::parties::Parties;

const HEADER: &str = "person,kana,birth_date,sex,insurer,symbol,number,branch,valid_from,valid_to";
const TARO: &str = "R1,ヤマダ タロウ,19850102,1,06132013,12-34,0007,00,20200401,20210331";
const HANAKO: &str = "R2,ヤマダ ハナコ,19870304,2,06132013,12-34,0007,01,20200401,";

fn csv(rows: &[&str]) -> String {
    let mut text = HEADER.to_owned();
    for row in rows {
        text.push('\n');
        text.push_str(row);
    }
    text
}

fn kept_files(parties: &Parties) -> Vec<String> {
    let Ok(files) = std::fs::read_dir(parties.authority.path().join("registry")) else {
        return Vec::new();
    };
    let mut names: Vec<String> = files
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_register_is_loaded_kept_sealed_and_opened_again() {
    let mut parties = Parties::new();
    let registered = parties
        .register(&csv(&[TARO, HANAKO]), Acceptance::Refuse)
        .unwrap();
    assert_eq!(
        (registered.version, registered.rows, registered.persons),
        (1, 2, 2)
    );
    assert_eq!(registered.persons_without_first_number, 0);
    let (version, registry) = parties
        .at_work(|authority, store| current(authority, store))
        .unwrap();
    assert_eq!((version, registry.rows(), registry.persons()), (1, 2, 2));
    for name in kept_files(&parties) {
        let bytes = std::fs::read(parties.authority.path().join("registry").join(&name)).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            (text.starts_with("age-encryption.org/v1") || name == "1.blocks")
                && !text.contains("0007")
                && !text.contains("ヤマダ")
        );
    }
    assert!(!parties.kept().contains("ヤマダ"));
    let next = parties.register(&csv(&[TARO]), Acceptance::Refuse).unwrap();
    assert_eq!(next.version, 2);
    let (version, registry) = parties
        .at_work(|authority, store| current(authority, store))
        .unwrap();
    assert_eq!((version, registry.persons()), (2, 1));
}

#[test]
fn columns_may_stand_in_any_order_and_the_file_in_cp932_or_with_a_mark() {
    let mut parties = Parties::new();
    let turned = "valid_to,valid_from,branch,number,symbol,insurer,sex,birth_date,kana,person\r\n,20200401,01,0007,12-34,06132013,2,19870304,ﾔﾏﾀﾞ,R2\r\n";
    parties.register(turned, Acceptance::Refuse).unwrap();
    let marked = format!("\u{feff}{}", csv(&[TARO]));
    parties.register(&marked, Acceptance::Refuse).unwrap();
    let path = parties.path("cp932.csv");
    let mut bytes = format!("{HEADER}\nR1,").into_bytes();
    bytes.extend([0xD4, 0xCF, 0xC0, 0xDE]);
    bytes.extend(b",19850102,1,06132013,12-34,0007,00,20200401,\n");
    std::fs::write(&path, bytes).unwrap();
    let loaded = parties
        .at_work(|authority, store| {
            register(
                authority,
                store,
                &path,
                Options::default(),
                Acceptance::Refuse,
            )
        })
        .unwrap();
    assert_eq!((loaded.version, loaded.persons), (3, 1));
}

#[test]
fn findings_name_the_lines_of_the_file_and_nothing_is_half_loaded() {
    let mut parties = Parties::new();
    let reversed = TARO.replace("20210331", "20190331");
    let text = csv(&[
        TARO,
        "",
        &reversed,
        "R3,\"ﾔﾏ\nﾀﾞ\",x,1,06132013,1,2,03,20200401,",
    ]);
    let error = parties.register(&text, Acceptance::Accept).unwrap_err();
    assert_eq!(
        (error.code(), error.exit()),
        ("authority.registry.refused", 1)
    );
    let findings = error.findings().unwrap();
    let lines: Vec<_> = findings
        .iter()
        .map(|finding| (finding.kind, finding.line))
        .collect();
    let rejected = (FindingKind::FieldRejected, 5);
    assert_eq!(lines, [rejected, rejected, (FindingKind::DatesReversed, 4)]);
    assert!(matches!(
        parties.at_work(|authority, store| current(authority, store)),
        Err(RegistryError::NotLoaded)
    ));
    assert_eq!(kept_files(&parties), Vec::<String>::new());
    assert_eq!(parties.actions(), ["authority.initialised"]);
}

#[test]
fn a_refused_file_leaves_the_registry_before_in_use() {
    let mut parties = Parties::new();
    parties
        .register(&csv(&[TARO, HANAKO]), Acceptance::Refuse)
        .unwrap();
    parties
        .register(&csv(&[TARO, TARO]), Acceptance::Refuse)
        .unwrap_err();
    let (version, registry) = parties
        .at_work(|authority, store| current(authority, store))
        .unwrap();
    assert_eq!((version, registry.persons()), (1, 2));
    assert_eq!(kept_files(&parties), ["1.blocks", "1.layer", "1.layer.key"]);
}

#[test]
fn accepted_questions_are_in_the_record() {
    let mut parties = Parties::new();
    let text = csv(&[TARO, TARO, HANAKO]);
    assert_eq!(
        parties
            .register(&text, Acceptance::Refuse)
            .unwrap_err()
            .code(),
        "authority.registry.refused"
    );
    let registered = parties.register(&text, Acceptance::Accept).unwrap();
    assert_eq!(
        (
            registered.rows,
            registered.findings.count(FindingKind::RowDuplicated)
        ),
        (2, 1)
    );
    let record = parties.store.registry_version().unwrap().unwrap();
    assert_eq!(
        record.accepted,
        serde_json::json!({ "counts": { "row_duplicated": 1 }, "questions_accepted": true })
    );
    assert_eq!(record.digest, registered.sha256);
    let json = serde_json::to_value(&registered).unwrap();
    assert_eq!(json["findings"]["findings"][0]["other_line"], 2);
}

#[test]
fn the_header_must_be_that_of_a_registry() {
    let mut parties = Parties::new();
    for (text, code) in [
        (
            csv(&[TARO]).replacen("valid_to", "validto", 1),
            "authority.registry.column_missing",
        ),
        (
            csv(&[TARO]).replacen("kana,", "", 1),
            "authority.registry.column_missing",
        ),
        (TARO.to_owned(), "authority.registry.column_missing"),
        (
            format!("{HEADER},memo\n{TARO},"),
            "authority.registry.column_unknown",
        ),
        (
            format!("person,{HEADER}\nR1,{TARO}"),
            "table.delimited.duplicate",
        ),
        (csv(&[]), "authority.registry.empty"),
        (String::new(), "table.delimited.empty"),
        (csv(&["R1,ヤマダ タロウ"]), "table.delimited.ragged"),
        (
            csv(&[&TARO.replace("12-34", "12\u{0}34")]),
            "table.delimited.nul",
        ),
    ] {
        let error = parties.register(&text, Acceptance::Accept).unwrap_err();
        assert_eq!(error.code(), code);
        assert!(!format!("{error} {error:?} {:?}", error.details()).contains("ヤマダ"));
    }
    let missing = parties.path("nowhere.csv");
    let directory = parties.files.path().to_owned();
    for (path, code) in [
        (missing, "table.delimited.missing"),
        (directory, "table.delimited.directory"),
    ] {
        let outcome = parties.at_work(|authority, store| {
            register(
                authority,
                store,
                &path,
                Options::default(),
                Acceptance::Accept,
            )
        });
        assert!(matches!(
            &outcome,
            Err(RegistryError::Load(LoadError::Table(_)))
        ));
        assert_eq!(outcome.unwrap_err().code(), code);
    }
    assert_eq!(parties.actions(), ["authority.initialised"]);
}

#[test]
fn a_kept_registry_that_was_changed_or_taken_away_is_refused() {
    let mut parties = Parties::new();
    parties
        .register(&csv(&[TARO, HANAKO]), Acceptance::Refuse)
        .unwrap();
    let directory = parties.authority.path().join("registry");
    let change = |name: &str| {
        let mut bytes = std::fs::read(directory.join(name)).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        std::fs::write(directory.join(name), bytes).unwrap();
    };
    change("1.blocks");
    let (_, registry) = parties
        .at_work(|authority, store| current(authority, store))
        .unwrap();
    let keys = ResolverKeys::derive(&RootKey::from_bytes(&mut [1; 32]).unwrap(), Epoch(1)).unwrap();
    let resolver = Resolver::new(&registry, &keys, date(2026, 11, 22));
    // The last block is the one of the triples.
    let asked = Identifiers {
        kana: "ヤマダタロウ",
        birth_date: "19850102",
        sex: "1",
        ..Identifiers::default()
    };
    let error = resolver.resolve(&asked).unwrap_err();
    assert_eq!(
        (error.code(), error.exit()),
        ("authority.registry.kept_changed", 1)
    );
    std::fs::remove_file(directory.join("1.blocks")).unwrap();
    let error = parties
        .at_work(|authority, store| current(authority, store))
        .unwrap_err();
    assert_eq!(error.code(), "authority.registry.kept_io");
    change("1.layer");
    let error = parties
        .at_work(|authority, store| current(authority, store))
        .unwrap_err();
    assert_eq!(error.code(), "seal.safe.damaged");
    std::fs::remove_file(directory.join("1.layer")).unwrap();
    let error = parties
        .at_work(|authority, store| current(authority, store))
        .unwrap_err();
    assert_eq!(error.code(), "seal.safe.missing");
}
