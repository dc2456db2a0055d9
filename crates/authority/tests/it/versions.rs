//! Versions of the registry: differences, what a provision is held to, adoption, compaction, pruning.

use renketsu_authority::registration::{
    self, Compared, Listed, Registered, RegistryError, Taking, current, version,
};
use renketsu_authority::registry::Acceptance;
use renketsu_seal::safe;
use renketsu_table::delimited::Options;
use std::io::Read as _;

use crate::parties::{PROVISION, Parties};

const HEADER: &str = "person,kana,birth_date,sex,insurer,symbol,number,branch,valid_from,valid_to";
const DIFFERENCES: &str =
    "operation,person,kana,birth_date,sex,insurer,symbol,number,branch,valid_from,valid_to,into";
const TARO: &str = "R1,ヤマダ タロウ,19850102,1,06132013,12-34,0007,00,20200401,";
const HANAKO: &str = "R2,ヤマダ ハナコ,19870304,2,06132013,12-34,0007,01,20200401,";
const LATER: &str = "R1,ヤマダ タロウ,19850102,1,39131107,,98211194,,20260401,";
const EARLIER: &str = "R1,ヤマダ タロウ,19850102,1,39131107,,98211195,,20190401,20200331";
const JIRO: &str = "R3,ヤマダ ジロウ,19900102,1,06132013,12-34,0009,00,20200401,";

fn csv(header: &str, rows: &[String]) -> String {
    let mut text = header.to_owned();
    for row in rows {
        text.push('\n');
        text.push_str(row);
    }
    text
}

fn registry(rows: &[&str]) -> String {
    let rows: Vec<String> = rows.iter().map(|row| (*row).to_owned()).collect();
    csv(HEADER, &rows)
}

fn update(parties: &mut Parties, lines: &[(&str, &str)]) -> Result<Registered, RegistryError> {
    let lines: Vec<String> = lines
        .iter()
        .map(|(operation, row)| format!("{operation},{row},"))
        .collect();
    let path = parties.file("differences.csv", &csv(DIFFERENCES, &lines));
    parties.at_work(|authority, store| {
        registration::update(
            authority,
            store,
            &path,
            Options::default(),
            Acceptance::Refuse,
        )
    })
}

fn compare(parties: &mut Parties) -> Result<Compared, RegistryError> {
    parties
        .at_work(|authority, store| registration::compare(authority, store, PROVISION, None, None))
}

fn adopt(parties: &mut Parties, to: u64, taking: Taking) -> Result<Compared, RegistryError> {
    parties.at_work(|authority, store| registration::adopt(authority, store, PROVISION, to, taking))
}

fn issue(parties: &mut Parties, name: &str) -> u64 {
    let asked = ["06132013", "12-34", "0007", "00", "", "", "", ""];
    let another = ["06132013", "12-34", "0007", "01", "", "", "", "202604"];
    let request = parties.request(&format!("{name}.request"), &[(1, asked), (2, another)]);
    let answered = parties.issue(&request, &format!("{name}.answer"));
    answered.unwrap().registry
}

fn listed(parties: &Parties) -> Vec<Listed> {
    registration::list(&parties.store).unwrap()
}

#[test]
fn differences_and_a_load_give_versions_of_equal_content() {
    let mut parties = Parties::new();
    parties
        .register(&registry(&[TARO, HANAKO]), Acceptance::Refuse)
        .unwrap();
    let updated = update(&mut parties, &[("add", LATER), ("remove", HANAKO)]).unwrap();
    let loaded = parties
        .register(&registry(&[LATER, TARO]), Acceptance::Refuse)
        .unwrap();
    assert_eq!(
        (updated.version, updated.rows, updated.persons),
        (2, loaded.rows, loaded.persons)
    );
    assert_eq!(updated.content, loaded.content);
    assert_eq!(
        parties.actions(),
        [
            "authority.initialised",
            "registry.loaded",
            "registry.updated",
            "registry.loaded"
        ]
    );
    let first = parties
        .at_work(|authority, store| version(authority, store, 1))
        .unwrap();
    assert_eq!(first.persons(), 2, "an earlier version stays readable");
}

#[test]
fn refused_differences_leave_no_version_and_no_file() {
    let mut parties = Parties::new();
    parties
        .register(&registry(&[TARO]), Acceptance::Refuse)
        .unwrap();
    let error = update(&mut parties, &[("remove", HANAKO)]).unwrap_err();
    assert_eq!(
        (error.code(), error.exit()),
        ("authority.registry.refused", 1)
    );
    assert_eq!(error.findings().unwrap().iter().next().unwrap().line, 2);
    assert_eq!(listed(&parties).len(), 1);
    let files = std::fs::read_dir(parties.authority.path().join("registry")).unwrap();
    assert_eq!(files.count(), 3);
}

#[test]
fn a_provision_stays_with_its_version_until_the_operator_decides() {
    let mut parties = Parties::ready(&registry(&[TARO, HANAKO]));
    let error = compare(&mut parties).unwrap_err();
    assert_eq!(error.code(), "authority.registry.not_held");
    assert_eq!(issue(&mut parties, "one"), 1);
    update(&mut parties, &[("add", JIRO)]).unwrap();
    assert!(compare(&mut parties).unwrap().changes.is_none());
    assert_eq!(issue(&mut parties, "two"), 1);
    assert_eq!(adopt(&mut parties, 2, Taking::Unchanged).unwrap().held, 1);
    assert_eq!(issue(&mut parties, "three"), 2);
    // A number from before the first one is found later: another first number.
    update(&mut parties, &[("add", EARLIER)]).unwrap();
    let changes = compare(&mut parties).unwrap().changes;
    assert_eq!((changes.persons, changes.first_number), (1, 1));
    assert_eq!(
        (changes.partition, changes.kana, changes.kana_unique),
        (0, 0, 0)
    );
    assert_eq!(issue(&mut parties, "four"), 2);
    let error = adopt(&mut parties, 3, Taking::Unchanged).unwrap_err();
    assert_eq!(
        (error.code(), error.exit()),
        ("authority.registry.changes", 1)
    );
    assert_eq!(issue(&mut parties, "five"), 2);
    adopt(&mut parties, 3, Taking::WithChanges).unwrap();
    assert_eq!(issue(&mut parties, "six"), 3);
    let events = parties.store.events().unwrap();
    let adopted: Vec<_> = events
        .iter()
        .filter(|entry| entry.event.action == "provision.registry_adopted")
        .map(|entry| &entry.event.details)
        .collect();
    assert_eq!(adopted.len(), 2);
    assert_eq!(adopted[1]["from"], 2);
    assert_eq!(adopted[1]["to"], 3);
    assert_eq!(adopted[1]["changes"]["first_number"], 1);
    assert!(!parties.kept().contains("R1"));
}

#[test]
fn a_person_merged_split_or_renamed_is_told_and_who_it_is_only_under_seal() {
    let mut parties = Parties::ready(&registry(&[TARO, HANAKO, JIRO]));
    issue(&mut parties, "one");
    let renamed = HANAKO
        .replace("ハナコ", "タロウ")
        .replace("19870304,2", "19850102,1");
    let line = format!("merge,{},R1", "R3,,,,,,,,,");
    let lines = [line, format!("remove,{HANAKO},"), format!("add,{renamed},")];
    let path = parties.file("merge.csv", &csv(DIFFERENCES, &lines));
    let error = parties
        .at_work(|authority, store| {
            registration::update(
                authority,
                store,
                &path,
                Options::default(),
                Acceptance::Accept,
            )
        })
        .unwrap_err();
    assert_eq!(
        error.code(),
        "authority.registry.refused",
        "two birth dates"
    );
    let same_day = JIRO.replace("19900102", "19850102");
    update(&mut parties, &[("remove", JIRO), ("add", &same_day)]).unwrap();
    parties
        .at_work(|authority, store| {
            registration::update(
                authority,
                store,
                &path,
                Options::default(),
                Acceptance::Accept,
            )
        })
        .unwrap();
    let report = parties.path("changed");
    let compared = parties
        .at_work(|authority, store| {
            registration::compare(authority, store, PROVISION, None, Some(&report))
        })
        .unwrap();
    let changes = compared.changes;
    assert_eq!((compared.held, compared.with), (1, 3));
    assert_eq!(
        (
            changes.persons,
            changes.first_number,
            changes.partition,
            changes.kana,
            changes.kana_unique
        ),
        (3, 0, 1, 2, 2)
    );
    let mut text = String::new();
    safe::open(&report, &parties.authority.keys)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(
        text,
        "R1\tkana,kana_unique\nR2\tkana,kana_unique\nR3\tpartition\n"
    );
}

#[test]
fn compaction_changes_nothing_and_pruning_spares_what_is_in_use() {
    let mut parties = Parties::ready(&registry(&[TARO, HANAKO]));
    issue(&mut parties, "one");
    update(&mut parties, &[("add", JIRO)]).unwrap();
    update(&mut parties, &[("add", LATER)]).unwrap();
    let pruned = parties.at_work(registration::prune).unwrap();
    assert_eq!(pruned, [2], "1 is held, 3 is the latest");
    let read = |parties: &mut Parties, number| {
        parties
            .at_work(|authority, store| version(authority, store, number))
            .map(|registry| registry.content().unwrap())
    };
    assert_eq!(
        read(&mut parties, 2).unwrap_err().code(),
        "authority.registry.pruned"
    );
    assert_eq!(
        read(&mut parties, 9).unwrap_err().code(),
        "authority.registry.version"
    );
    let before = read(&mut parties, 3).unwrap();
    assert_eq!(parties.at_work(registration::compact).unwrap(), 3);
    assert_eq!(read(&mut parties, 3).unwrap(), before);
    assert_eq!(listed(&parties)[2].parent, None);
    assert_eq!(listed(&parties)[0].provisions, [PROVISION]);
    assert!(read(&mut parties, 1).is_ok());
    assert!(parties.at_work(registration::prune).unwrap().is_empty());
    let files = std::fs::read_dir(parties.authority.path().join("registry")).unwrap();
    assert_eq!(files.count(), 6, "1 and 3");
    update(&mut parties, &[("remove", JIRO)]).unwrap();
    let (latest, registry) = parties
        .at_work(|authority, store| current(authority, store))
        .unwrap();
    assert_eq!((latest, registry.persons(), registry.rows()), (4, 2, 3));
}
