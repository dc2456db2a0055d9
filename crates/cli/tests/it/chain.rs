//! The whole exchange with three directories and real commands.

use std::path::PathBuf;

use crate::{Place, refused, text};

/// Three introduced parties, an opened provision, and the registry in `registry`.
pub(crate) fn introduced(registry: &str) -> Place {
    introduced_in("keyed", registry)
}

/// With kana IDs of this mode.
fn introduced_in(mode: &str, registry: &str) -> Place {
    let place = Place::new();
    for role in ["producer", "authority", "workspace"] {
        let site = if role == "workspace" {
            "--host localhost"
        } else {
            ""
        };
        place.ok(&format!(
            "init --dir {role} --role {role} --name {role} {site}"
        ));
        place.ok(&format!("keys show --dir {role} --out {role}.card"));
    }
    for (of, to) in [
        ("authority", "producer"),
        ("workspace", "producer"),
        ("producer", "authority"),
        ("workspace", "authority"),
        ("producer", "workspace"),
        ("authority", "workspace"),
    ] {
        let card: serde_json::Value =
            serde_json::from_str(&place.ok(&format!("keys show --dir {of} --json"))).unwrap();
        let fingerprint = card["fingerprint"].as_str().unwrap().to_owned();
        let card = format!("{of}.card");
        let output = place.run_words(&[
            "trust",
            "add",
            &card,
            "--dir",
            to,
            "--fingerprint",
            &fingerprint,
        ]);
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    place.ok("producer certify --dir producer --kind anonymized --number N-1 --ground 19-1");
    place.ok("authority init --dir authority");
    let opening = open("P-2026-0001", "anonymized");
    place.ok(&match mode {
        // Nothing is said of the mode that nobody asks for.
        "keyed" => opening,
        mode => format!("{opening} --kana-mode {mode}"),
    });
    place.write("application.pdf", "an application");
    place.ok("authority application receive --dir authority --number A-1 --provision P-2026-0001 --dated 2026-04-01 --document application.pdf");
    place.ok("authority application accept A-1 --dir authority");
    place.write("registry.csv", registry);
    place.ok("authority registry load registry.csv --dir authority");
    place
}

fn open(id: &str, certification: &str) -> String {
    format!(
        "authority provision open --dir authority --id {id} --study S-{id} --producer producer --certification {certification} \
         --certification-number N-1 --ground 19-1 --recipient workspace --recipient-item 7-1 --database ndb \
         --cohort 100 --minimum-batch 2 --reason test --approved-by test"
    )
}

pub(crate) const REGISTRY: &str =
    "person,kana,birth_date,sex,insurer,symbol,number,branch,valid_from,valid_to
R1,ヤマダ タロウ,1980-01-02,1,01010016,1,1,00,2015-04-01,
R2,ヤマダ ハナコ,1982-03-04,2,01010016,1,1,01,2015-04-01,
R3,サトウ ケン,1950-05-06,1,39131107,,51882816,,2020-04-01,
R4,スズキ アイ,1990-07-08,2,,,,,,
";

pub(crate) const PATIENTS: &str = "患者番号,保険者番号,記号,番号,枝番,カナ氏名,生年月日,性別,診療日
A1,01010016,１,１,,ﾔﾏﾀﾞﾀﾛｳ,S55.1.2,1,2021-10-05
A2,01010016,１,１,,ﾔﾏﾀﾞ ﾊﾅｺ,19820304,2,2021-10-06
A3,39131107,,51882816,,サトウケン,1950/5/6,男,2021-10-07
A4,,,,,スズキアイ,19900708,女,2021-10-08
A5,01010016,9,9,,ダレカ,19700101,1,2021-10-09
";

pub(crate) const COLUMNS: &str = "[columns]
key = \"患者番号\"
insurer = \"保険者番号\"
symbol = \"記号\"
number = \"番号\"
branch = \"枝番\"
kana = \"カナ氏名\"
birth_date = \"生年月日\"
sex = \"性別\"
service_date = \"診療日\"
";

/// Everything up to the delivery and the stamped extract.
pub(crate) fn exchanged() -> Place {
    exchanged_in("keyed")
}

/// With kana IDs of this mode.
pub(crate) fn exchanged_in(mode: &str) -> Place {
    let place = introduced_in(mode, REGISTRY);
    place.write("patients.csv", PATIENTS);
    place.write("columns.toml", COLUMNS);
    place.write(
        "visits.csv",
        "患者番号,dx,value\nA1,E11,1\nA1,I10,2\nA2,E11,3\nA3,E11,4\nA4,I10,5\nA5,I10,6\nA9,I10,7\n",
    );
    place.write(
        "ndb.csv",
        "person,points\nR1,100\nR2,200\nR3,300\nR4,400\nR9,500\n",
    );
    place.ok("producer request --dir producer --provision P-2026-0001 --table patients.csv --columns columns.toml --out request.rkp");
    place.ok("authority issue request.rkp --dir authority --out answer.rkp");
    place.ok("authority stamp ndb.csv --dir authority --provision P-2026-0001 --database ndb --approval A-1 --table ndb --person person --out ndb.rkp");
    place.ok("producer attach --dir producer --answers answer.rkp --key 患者番号 --table visits=visits.csv");
    place.ok("producer deliver --dir producer --provision P-2026-0001 --purpose research --place room --contract C-1 --from 2026-01-01 --until 2099-12-31 --out delivery.rkp");
    place.vault("workspace");
    place.ok("study create --dir workspace --study S --provision P-2026-0001");
    place
}

/// Asks study `S`, which must give these rows.
pub(crate) fn answers(place: &Place, sql: &str, rows: &str) {
    let output = place.run_words(&[
        "study",
        "query",
        "--dir",
        "workspace",
        "--study",
        "S",
        "--sql",
        sql,
    ]);
    assert_eq!(text(&output.stdout), rows, "{}", text(&output.stderr));
}

#[test]
fn one_person_has_one_link_through_three_parties() {
    let place = exchanged();
    place
        .ok("study import --dir workspace --study S --table visits --kind anonymized delivery.rkp");
    place.ok("study import --dir workspace --study S --table ndb --kind ndb ndb.rkp");
    let link: serde_json::Value =
        serde_json::from_str(&place.ok("study link --dir workspace --study S --json")).unwrap();
    assert_eq!(
        link["report"]["overlaps"]["pairs"][0]["persons"], 4,
        "{link}"
    );
    let sql = "select v.dx, sum(n.points) as points from visits v join ndb n on v.person = n.person group by v.dx order by v.dx";
    answers(&place, sql, "dx,points\nE11,600\nI10,500\n");
    let list: serde_json::Value =
        serde_json::from_str(&place.ok("study list --dir workspace --json")).unwrap();
    assert_eq!(list["studies"][0]["kcv_proven"], true);
    assert_eq!(list["studies"][0]["tables"][0]["origin"]["approval"], "A-1");
    let delivery = &list["studies"][0]["deliveries"][0];
    let said = ["purpose", "contract", "period_start", "period_end"].map(|term| &delivery[term]);
    assert_eq!(said, ["research", "C-1", "2026-01-01", "2099-12-31"]);
    assert_eq!(delivery["places"], serde_json::json!(["room"]));
    assert_eq!(delivery["tables"], serde_json::json!([["visits", 1]]));
}

#[test]
fn a_raw_patient_file_is_not_attached_and_the_map_stays() {
    let place = introduced(REGISTRY);
    place.write("patients.csv", PATIENTS);
    place.write("columns.toml", COLUMNS);
    place.write("visits.csv", "患者番号,dx\nA1,E11\n");
    place.ok("producer request --dir producer --provision P-2026-0001 --table patients.csv --columns columns.toml --out request.rkp");
    place.ok("authority issue request.rkp --dir authority --out answer.rkp");
    let check = "producer check --table raw=patients.csv --table visits=visits.csv --key 患者番号";
    let found: serde_json::Value =
        serde_json::from_str(&place.ok(&format!("{check} --json"))).unwrap();
    let found = &found["tables"];
    assert!(found[0]["identifying"][0]["reason"].is_string(), "{found}");
    assert_eq!(found[1]["identifying"], serde_json::json!([]));
    assert_eq!(found[1]["columns"], serde_json::json!(["dx"]));
    assert!(place.ok(check).contains("--drop"));
    place.fails(
        "producer attach --dir producer --answers answer.rkp --key 患者番号 --table raw=patients.csv",
        1,
        "producer.attach.identifying",
    );
    place.ok("producer attach --dir producer --answers answer.rkp --key 患者番号 --table visits=visits.csv --table again=visits.csv");
    place.ok("producer deliver --dir producer --provision P-2026-0001 --purpose p --place r --table again --contract C-1 --from 2026-01-01 --until 2099-12-31 --out one.rkp");
    place.fails(
        "producer deliver --dir producer --provision P-2026-0001 --purpose p --place r --contract C-1 --from 2019-01-01 --until 2020-01-01 --out two.rkp",
        1,
        "producer.deliver.past",
    );
    place.ok("producer deliver --dir producer --provision P-2026-0001 --purpose p --place r --contract C-1 --from 2026-01-01 --until 2099-12-31 --out two.rkp");
    place.fails(
        "producer deliver --dir producer --provision P-2026-0001 --purpose p --place r --table again --contract C-1 --from 2026-01-01 --until 2099-12-31 --out x.rkp",
        1,
        "producer.deliver.delivered",
    );
}

#[test]
fn packages_are_taken_once_and_by_their_recipient() {
    let place = exchanged();
    place.fails(
        "authority issue request.rkp --dir authority --out again.rkp",
        1,
        "authority.issue.replayed",
    );
    // A name that is not the table's own is refused while the package can still be taken.
    let import = "study import --dir workspace --study S --kind anonymized delivery.rkp --table";
    place.fails(&format!("{import} visit"), 2, "workspace.import.no_table");
    place.ok(&format!("{import} visits"));
    let again = format!("{import} visits --replace");
    let output = place.run(&again);
    refused(&output, 1, "store.replayed", &again);
    assert!(text(&output.stderr).contains("It is table \"visits\""));
    place.fails(
        "study import --dir workspace --study S --table x --kind anonymized answer.rkp",
        1,
        "seal.open.recipient",
    );
    place.fails(
        "study import --dir workspace --study S --table x --kind anonymized ndb.rkp",
        1,
        "seal.open.kind",
    );
    assert!(!place.path("again.rkp").exists());
}

#[test]
fn an_altered_or_cut_package_is_refused_and_leaves_nothing() {
    let place = exchanged();
    let good = std::fs::read(place.path("delivery.rkp")).unwrap();
    let mut altered = good.clone();
    let middle = good.len() / 2;
    altered[middle] ^= 1;
    place.write("altered.rkp", altered);
    place.write("cut.rkp", &good[..good.len() - 1]);
    let before = place.listing();
    for name in ["altered.rkp", "cut.rkp"] {
        let output = place.run(&format!(
            "study import --dir workspace --study S --table visits --kind anonymized {name}"
        ));
        assert_eq!(
            output.status.code(),
            Some(1),
            "{name}: {}",
            text(&output.stderr)
        );
    }
    assert_eq!(place.listing(), before);
}

#[test]
fn the_wrong_party_and_the_wrong_certification_are_refused() {
    let place = introduced(REGISTRY);
    place.fails(
        &open("P-2026-0002", "pseudonymized"),
        1,
        "authority.provision.only_pseudonymized",
    );
    place.fails(
        &open("P-2026-0001", "anonymized"),
        1,
        "authority.provision.exists",
    );
    place.fails("authority init --dir producer", 1, "cli.role.other");
    place.fails(
        "producer certify --dir producer --kind pseudonymized --number N-1 --ground 19-1",
        1,
        "producer.certification.pseudonymized",
    );
}

/// The sample claim file of another project, beside this one; absent outside its workplace.
fn sample() -> Option<PathBuf> {
    let path = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/fixtures/claims/RECEIPTC_GAIRAI_SAMPLE.UKE"
    ));
    path.exists().then_some(path)
}

#[test]
fn the_chain_runs_on_a_real_claim_file_and_keeps_a_family_apart() {
    let Some(sample) = sample() else {
        eprintln!("skipped: the sample claim file is not beside this checkout");
        return;
    };
    // Claims 7 and 8 of the file share insurer, symbol and number, without a branch.
    let registry = "person,kana,birth_date,sex,insurer,symbol,number,branch,valid_from,valid_to
F7,ミヤコゾ ヤヨイ,1955-05-05,1,34130021,19D0001,1,00,2015-04-01,
F8,ミヤコゾ ヤヨイ,2018-10-04,2,34130021,19D0001,1,01,2018-10-04,
K2,カキクケコ,1991-01-25,1,01130012,64440718,7,00,2015-04-01,
";
    let place = introduced(registry);
    let list = place.ok(&format!(
        "producer request --dir producer --uke {} --list",
        sample.display()
    ));
    assert!(list.lines().count() >= 75, "{list}");
    assert!(
        !list.contains("ミヤコ") && !list.contains("19911121"),
        "a listing shows no value"
    );
    place.ok(&format!(
        "producer request --dir producer --provision P-2026-0001 --uke {} --out request.rkp",
        sample.display()
    ));
    let issued: serde_json::Value = serde_json::from_str(
        &place.ok("authority issue request.rkp --dir authority --out answer.rkp --accept probed --accept unknown --reason test --json"),
    )
    .unwrap();
    assert_eq!(issued["schema"], "renketsu.issue/1");
    // Chart numbers (RE-13) of claims 7, 8 and 2.
    place.write("visits.csv", "chart,v\n00895,7\n00896,8\n00698,2\n");
    place.ok(
        "producer attach --dir producer --answers answer.rkp --key chart --table visits=visits.csv",
    );
    place.ok("producer deliver --dir producer --provision P-2026-0001 --purpose research --place room --contract C-1 --from 2026-01-01 --until 2099-12-31 --out delivery.rkp");
    place.write("ndb.csv", "person,n\nF7,70\nF8,80\nK2,20\n");
    place.ok("authority stamp ndb.csv --dir authority --provision P-2026-0001 --database ndb --approval A-1 --table ndb --person person --out ndb.rkp");
    place.vault("workspace");
    place.ok("study create --dir workspace --study S --provision P-2026-0001");
    place
        .ok("study import --dir workspace --study S --table visits --kind anonymized delivery.rkp");
    place.ok("study import --dir workspace --study S --table ndb --kind ndb ndb.rkp");
    place.ok("study link --dir workspace --study S");
    let sql = "select sum(case when n.n = v.v * 10 then 1 else 0 end) as own, count(*) as pairs from visits v join ndb n on v.person = n.person";
    answers(&place, sql, "own,pairs\n3,3\n");
}
