//! The look-up against its own text, read the slow way, on random small registries; and the sentences of the text
//! one by one.

use jiff::civil::{Date, date};
use proptest::prelude::*;
use renketsu_authority::issuer::IssuerKeys;
use renketsu_authority::lookup::{Identifiers, Status};
use renketsu_authority::registry::{Acceptance, Builder, RawRow, Registry};
use renketsu_authority::resolver::{Resolution, Resolver, ResolverKeys, Subjects};
use renketsu_identity::{
    ByKana, ByNumber, Epoch, InsuredNumber, ProvisionCode, ProvisionKey, ProvisionRoot,
    ProvisionSalt, RootKey, SubjectKey, Triple,
};

use crate::naive::{self, Entry};

pub(crate) const TODAY: Date = date(2026, 11, 22);

pub(crate) fn registry(entries: &[Entry]) -> Registry {
    let mut builder = Builder::new(TODAY);
    for (line, entry) in (2_u64..).zip(entries) {
        builder
            .push(
                line,
                &RawRow {
                    person: &entry.person,
                    kana: &entry.kana,
                    birth_date: &entry.birth,
                    sex: &entry.sex,
                    insurer: &entry.insurer,
                    symbol: &entry.symbol,
                    number: &entry.number,
                    branch: &entry.branch,
                    valid_from: &entry.from,
                    valid_to: &entry.to,
                },
            )
            .unwrap();
    }
    builder.finish(Acceptance::Accept).unwrap().0
}

fn root() -> RootKey {
    RootKey::from_bytes(&mut [1; 32]).unwrap()
}

fn provision() -> (ProvisionRoot, ProvisionSalt, ProvisionCode) {
    let code = ProvisionCode::parse("P-1").unwrap();
    (
        ProvisionRoot::from_bytes(&mut [2; 32]).unwrap(),
        ProvisionSalt::from_bytes(&mut [3; 32]).unwrap(),
        code,
    )
}

pub(crate) fn keys() -> (ResolverKeys, IssuerKeys) {
    let (provision_root, salt, code) = provision();
    (
        ResolverKeys::derive(&root(), Epoch(1)).unwrap(),
        IssuerKeys::derive(&provision_root, &salt, &code).unwrap(),
    )
}

/// IDs made without the code under test.
pub(crate) fn number_id(number: &InsuredNumber) -> String {
    let (provision_root, salt, code) = provision();
    let subject = SubjectKey::<ByNumber>::derive(&root(), Epoch(1))
        .unwrap()
        .subject(number);
    ProvisionKey::<ByNumber>::derive(&provision_root, &salt, &code)
        .unwrap()
        .id(&subject)
        .to_hex()
}

pub(crate) fn kana_id(triple: &Triple) -> String {
    let (provision_root, salt, code) = provision();
    let subject = SubjectKey::<ByKana>::derive(&root(), Epoch(1))
        .unwrap()
        .subject(triple);
    ProvisionKey::<ByKana>::derive(&provision_root, &salt, &code)
        .unwrap()
        .id(&subject)
        .to_hex()
}

fn resolve(entries: &[Entry], asked: &Identifiers<'_>) -> (Resolution, Subjects) {
    let (resolver_keys, _) = keys();
    Resolver::new(&registry(entries), &resolver_keys, TODAY)
        .resolve(asked)
        .unwrap()
}

/// Status, reason, whether there is a `number_id` and a `kana_id`, and `kana_unique`.
fn outcome(
    entries: &[Entry],
    asked: &Identifiers<'_>,
) -> (Status, Option<String>, bool, bool, Option<bool>) {
    let (resolution, subjects) = resolve(entries, asked);
    (
        resolution.status,
        resolution.reason.map(|reason| reason.to_string()),
        subjects.number.is_some(),
        subjects.kana.is_some(),
        resolution.kana_unique,
    )
}

pub(crate) fn entry(
    person: &str,
    [kana, birth, sex]: [&str; 3],
    [insurer, symbol, number, branch]: [&str; 4],
    [from, to]: [&str; 2],
) -> Entry {
    let own = str::to_owned;
    Entry {
        person: own(person),
        kana: own(kana),
        birth: own(birth),
        sex: own(sex),
        insurer: own(insurer),
        symbol: own(symbol),
        number: own(number),
        branch: own(branch),
        from: own(from),
        to: own(to),
    }
}

fn of<'a>(
    [insurer, symbol, number, branch]: [&'a str; 4],
    [kana, birth_date, sex]: [&'a str; 3],
    service: &'a str,
) -> Identifiers<'a> {
    Identifiers {
        insurer,
        symbol,
        number,
        branch,
        kana,
        birth_date,
        sex,
        service,
    }
}

const TARO: [&str; 3] = ["ヤマダ タロウ", "19850102", "1"];
const HANAKO: [&str; 3] = ["ヤマダ ハナコ", "19870304", "2"];
const NOBODY: [&str; 3] = ["", "", ""];
const FAMILY: [&str; 4] = ["06132013", "12-34", "0007", ""];
const FAMILY_00: [&str; 4] = ["06132013", "12-34", "0007", "00"];
const FAMILY_01: [&str; 4] = ["06132013", "12-34", "0007", "01"];
const SINCE_2020: [&str; 2] = ["20200401", ""];

fn family() -> Vec<Entry> {
    vec![
        entry("R1", TARO, FAMILY_00, SINCE_2020),
        entry("R2", HANAKO, FAMILY_01, SINCE_2020),
    ]
}

#[test]
fn two_people_sharing_a_family_number_without_branch_never_get_each_others_id() {
    let entries = family();
    let (resolver_keys, issuer_keys) = keys();
    let registry = registry(&entries);
    let resolver = Resolver::new(&registry, &resolver_keys, TODAY);
    let id = |asked: &Identifiers<'_>| {
        let (resolution, subjects) = resolver.resolve(asked).unwrap();
        (resolution.status, issuer_keys.issue(&subjects).number_id)
    };
    let own = [FAMILY_00, FAMILY_01].map(|number| id(&of(number, NOBODY, "")).1.unwrap());
    assert_ne!(own[0], own[1]);
    for (person, triple) in [TARO, HANAKO].into_iter().enumerate() {
        let [kana, birth, sex] = triple;
        for given in [
            triple,
            ["", birth, sex],
            ["", birth, ""],
            ["", "", sex],
            [kana, birth, sex],
        ] {
            assert_eq!(
                id(&of(FAMILY, given, "")),
                (Status::NumberLoose, Some(own[person]))
            );
        }
    }
    assert_eq!(id(&of(FAMILY, NOBODY, "")), (Status::NumberAmbiguous, None));
    assert_eq!(
        id(&of(FAMILY, ["", "19850102", "2"], "")),
        (Status::Conflict, None)
    );
    let twins = vec![
        entry("R1", TARO, FAMILY_00, SINCE_2020),
        entry(
            "R2",
            ["ヤマダ ジロウ", "19850102", "1"],
            FAMILY_01,
            SINCE_2020,
        ),
    ];
    assert_eq!(
        outcome(&twins, &of(FAMILY, TARO, "")).0,
        Status::NumberAmbiguous,
        "kana is no agreement"
    );
}

#[test]
fn the_branch_decides_first_and_an_absent_one_is_not_00() {
    let entries = family();
    assert_eq!(
        outcome(&entries, &of(FAMILY_01, NOBODY, "")),
        (Status::Number, None, true, true, Some(true))
    );
    let asked = of(["06132013", "12-34", "0007", "02"], NOBODY, "");
    let not_found = (
        Status::NotFound,
        Some("number:not_found".to_owned()),
        false,
        false,
        None,
    );
    assert_eq!(outcome(&entries, &asked), not_found);
}

#[test]
fn a_household_number_has_no_first_number_but_finds_its_person() {
    let entries = vec![entry("R1", TARO, FAMILY, ["20150401", "20191231"])];
    assert_eq!(
        outcome(&entries, &of(FAMILY, TARO, "")),
        (Status::Number, None, false, true, Some(true))
    );
    let old_age = ["39131107", "", "98211194", ""];
    let entries = vec![
        entry("R1", TARO, FAMILY, ["20150401", "20191231"]),
        entry("R1", TARO, old_age, SINCE_2020),
    ];
    assert_eq!(
        outcome(&entries, &of(FAMILY, TARO, "")),
        (Status::Number, None, true, true, Some(true))
    );
}

#[test]
fn the_number_must_have_been_valid_on_the_day_or_in_the_month() {
    let entries = vec![
        entry("R1", TARO, FAMILY_00, ["20200401", "20200615"]),
        entry("R2", HANAKO, FAMILY_00, ["20200616", ""]),
    ];
    let status = |service, triple| outcome(&entries, &of(FAMILY_00, triple, service)).0;
    assert_eq!(status("20200615", NOBODY), Status::Number);
    assert_eq!(status("20200616", HANAKO), Status::Number);
    assert_eq!(
        status("20200616", ["", "19850102", ""]),
        Status::Conflict,
        "the number is another's by now"
    );
    assert_eq!(
        status("202006", NOBODY),
        Status::NumberAmbiguous,
        "both held it in that month"
    );
    assert_eq!(status("202006", ["", "", "2"]), Status::Number);
    assert_eq!(status("202003", TARO), Status::Kana, "nobody held it then");
    assert_eq!(status("202003", ["", "19850102", "1"]), Status::NotFound);
    assert_eq!(status("", NOBODY), Status::NumberAmbiguous);
}

#[test]
fn an_unreadable_service_date_makes_the_number_useless() {
    let entries = family();
    let asked = of(FAMILY_00, TARO, "20230230");
    assert_eq!(
        outcome(&entries, &asked),
        (
            Status::Kana,
            Some("service:date".into()),
            false,
            true,
            Some(true)
        )
    );
    let asked = of(FAMILY_00, NOBODY, "soon");
    assert_eq!(
        outcome(&entries, &asked),
        (
            Status::Invalid,
            Some("service:form".into()),
            false,
            false,
            None
        )
    );
}

#[test]
fn the_reason_says_why_the_number_did_not_help() {
    let entries = family();
    let reason = |number, triple| outcome(&entries, &of(number, triple, "")).1;
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(reason(FAMILY_00, TARO), None);
    assert_eq!(reason(["", "", "", ""], TARO), text("number:absent"));
    assert_eq!(
        reason(["", "", "", "01"], TARO),
        text("number:absent"),
        "a branch alone is no number"
    );
    assert_eq!(
        reason(["06132013", "12-34", "0008", ""], TARO),
        text("number:not_found")
    );
    assert_eq!(
        reason(["0613201", "12-34", "0007", ""], TARO),
        text("insurer:length")
    );
    assert_eq!(
        reason(["06132013", "12_34", "0007", ""], TARO),
        text("symbol:character")
    );
    assert_eq!(
        reason(["06132013", "12-34", "", ""], TARO),
        text("number:empty")
    );
    assert_eq!(
        reason(["06132013", "12-34", "0007", "123"], TARO),
        text("branch:length")
    );
    assert_eq!(reason(["", "", "", ""], NOBODY), text("number:absent"));
    assert_eq!(
        reason(["", "", "", ""], ["●", "19850102", "1"]),
        text("kana:character")
    );
    assert_eq!(
        reason(["", "", "", ""], ["ヤマダ", "S64.1.8", "1"]),
        text("birth_date:era")
    );
    assert_eq!(
        reason(["", "", "", ""], ["ヤマダ", "19850102", "3"]),
        text("sex:sex")
    );
    assert_eq!(
        reason(["06132013", "12-34", "", ""], ["●", "19850102", "1"]),
        text("number:empty")
    );
}

#[test]
fn a_valid_triple_of_nobody_still_has_its_id() {
    let entries = family();
    let stranger = ["サトウ", "19900101", "2"];
    let not_found = (
        Status::NotFound,
        Some("number:absent".to_owned()),
        false,
        true,
        Some(false),
    );
    assert_eq!(
        outcome(&entries, &of(["", "", "", ""], stranger, "")),
        not_found
    );
    let invalid = (
        Status::Invalid,
        Some("number:empty".to_owned()),
        false,
        true,
        Some(false),
    );
    assert_eq!(
        outcome(&entries, &of(["06132013", "1", "", ""], stranger, "")),
        invalid
    );
}

#[test]
fn a_triple_of_another_person_is_a_conflict_and_of_nobody_is_none() {
    let entries = vec![
        entry("R1", TARO, FAMILY_00, SINCE_2020),
        entry(
            "R2",
            ["ヤマダ ジロウ", "19850102", "1"],
            FAMILY_01,
            SINCE_2020,
        ),
    ];
    let asked = of(FAMILY_00, ["ヤマダ ジロウ", "19850102", "1"], "");
    assert_eq!(
        outcome(&entries, &asked),
        (Status::Conflict, None, false, false, None)
    );
    let married = of(FAMILY_00, ["スズキ タロウ", "19850102", "1"], "");
    assert_eq!(outcome(&entries, &married).0, Status::Number);
}

#[test]
fn homonyms_share_a_kana_id_that_is_not_unique() {
    let other = ["39131107", "", "98211194", ""];
    let entries = vec![
        entry("R1", TARO, FAMILY_00, SINCE_2020),
        entry("R2", TARO, other, SINCE_2020),
    ];
    let asked = of(["", "", "", ""], TARO, "");
    let expected = (
        Status::KanaAmbiguous,
        Some("number:absent".to_owned()),
        false,
        true,
        Some(false),
    );
    assert_eq!(outcome(&entries, &asked), expected);
    assert_eq!(
        outcome(&entries, &of(other, TARO, "")),
        (Status::Number, None, true, true, Some(false))
    );
}

#[test]
fn the_kana_is_that_of_the_service_date_else_the_latest() {
    let married = ["スズキ ハナコ", "19870304", "2"];
    let entries = vec![
        entry("R2", HANAKO, FAMILY_01, ["20200401", "20210331"]),
        entry("R2", married, FAMILY_01, ["20210401", ""]),
    ];
    let (_, issuer_keys) = keys();
    let id = |service| {
        issuer_keys
            .issue(&resolve(&entries, &of(FAMILY_01, NOBODY, service)).1)
            .kana_id
    };
    let by_kana = |triple| {
        issuer_keys
            .issue(&resolve(&entries, &of(["", "", "", ""], triple, "")).1)
            .kana_id
    };
    assert_eq!(id("202103"), by_kana(HANAKO));
    assert_eq!(id("202104"), by_kana(married));
    assert_eq!(id(""), by_kana(married));
    assert_ne!(by_kana(HANAKO), by_kana(married));
}

fn pick(values: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    proptest::sample::select(values)
}

const INSURERS: &[&str] = &["06132013", "06132013", "39131107"];
const SYMBOLS: &[&str] = &["", "1-2", "12"];
const NUMBERS: &[&str] = &["1", "01", "1-", "2"];
const BRANCHES: &[&str] = &["", "", "00", "01"];
const KANA: &[&str] = &["ヤマダ", "タナカ", "キョウコ"];
const BIRTHS: &[&str] = &["19850102", "19900203"];
const TIMES: &[(&str, &str)] = &[
    ("20200101", "20200131"),
    ("20200115", "20200615"),
    ("20200401", ""),
    ("20200616", "20210331"),
    ("20200201", "20200331"),
];

type RowChoice = (
    usize,
    &'static str,
    [&'static str; 4],
    (&'static str, &'static str),
    bool,
);

pub(crate) fn rows() -> impl Strategy<Value = Vec<Entry>> {
    let number = (pick(INSURERS), pick(SYMBOLS), pick(NUMBERS), pick(BRANCHES))
        .prop_map(|(insurer, symbol, number, branch)| [insurer, symbol, number, branch]);
    let row = (
        0..5_usize,
        pick(KANA),
        number,
        proptest::sample::select(TIMES),
        proptest::bool::weighted(0.1),
    );
    let persons = proptest::collection::vec((pick(BIRTHS), pick(&["1", "2"])), 5);
    (persons, proptest::collection::vec(row, 1..12)).prop_map(|(persons, rows)| {
        rows.into_iter()
            .map(
                |(person, kana, number, (from, to), numberless): RowChoice| {
                    let (birth, sex) = persons[person];
                    let number = if numberless { [""; 4] } else { number };
                    entry(
                        &format!("R{person}"),
                        [kana, birth, sex],
                        number,
                        [from, to],
                    )
                },
            )
            .collect()
    })
}

pub(crate) fn asked() -> impl Strategy<Value = [&'static str; 8]> {
    (
        pick(&[
            "06132013",
            "０６１３２０１３",
            "39131107",
            "39131107",
            "",
            "123",
        ]),
        pick(&["", "１－２", "12", "1_2"]),
        pick(&["1", "01", "001", "２", "", "1?"]),
        pick(&["", "", "0", "01", "９９", "x"]),
        pick(&["ﾔﾏﾀﾞ", "タ ナカ", "キヨウコ", "サトウ", "", "●"]),
        pick(&[
            "S60.1.2",
            "19850102",
            "1990-02-03",
            "",
            "S64.1.8",
            "20261123",
        ]),
        pick(&["1", "女", "", "3"]),
        pick(&[
            "", "", "20200120", "202006", "20200616", "50204", "20200230",
        ]),
    )
        .prop_map(<[&str; 8]>::from)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_look_up_is_what_its_text_says(entries in rows(), asked in asked()) {
        let [insurer, symbol, number, branch, kana, birth_date, sex, service] = asked;
        let asked = Identifiers { insurer, symbol, number, branch, kana, birth_date, sex, service };
        let expected = naive::answer(&entries, &asked, TODAY);
        let (resolution, subjects) = resolve(&entries, &asked);
        prop_assert_eq!(resolution.status.name(), expected.status);
        prop_assert_eq!(resolution.kana_unique, expected.kana_unique);
        let issued = keys().1.issue(&subjects);
        prop_assert_eq!(issued.number_id.map(|id| id.to_hex()), expected.number.as_ref().map(number_id));
        prop_assert_eq!(issued.kana_id.map(|id| id.to_hex()), expected.triple.as_ref().map(kana_id));
    }

    #[test]
    fn the_order_of_the_file_changes_no_answer(entries in rows(), asked in asked(), turn in 0..12_usize) {
        let [insurer, symbol, number, branch, kana, birth_date, sex, service] = asked;
        let asked = Identifiers { insurer, symbol, number, branch, kana, birth_date, sex, service };
        let mut turned = entries.clone();
        turned.rotate_left(turn % entries.len());
        turned.reverse();
        let (one, other) = (resolve(&entries, &asked), resolve(&turned, &asked));
        prop_assert_eq!(one.0, other.0);
        let (_, issuer_keys) = keys();
        prop_assert_eq!(issuer_keys.issue(&one.1), issuer_keys.issue(&other.1));
    }
}
