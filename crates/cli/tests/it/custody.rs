//! Two custodians from the command line: what they make together links as what one authority makes.

use crate::chain::{COLUMNS, PATIENTS, REGISTRY, answers, exchanged};
use crate::{Place, text};

const VISITS: &str =
    "患者番号,dx,value\nA1,E11,1\nA1,I10,2\nA2,E11,3\nA3,E11,4\nA4,I10,5\nA5,I10,6\nA9,I10,7\n";
const NDB: &str = "person,points\nR1,100\nR2,200\nR3,300\nR4,400\nR9,500\n";

fn trust(place: &Place, of: &str, to: &str) {
    let card = place.json(&format!("keys show --dir {of} --json"));
    let fingerprint = card["fingerprint"].as_str().unwrap().to_owned();
    let file = format!("{of}.card");
    let output = place.run_words(&[
        "trust",
        "add",
        &file,
        "--dir",
        to,
        "--fingerprint",
        &fingerprint,
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// Four parties, a provision at both custodians, and everything up to the delivery.
pub(crate) fn separate() -> Place {
    separate_in("keyed")
}

/// With kana IDs of this mode.
pub(crate) fn separate_in(mode: &str) -> Place {
    let place = Place::new();
    for (dir, role) in [
        ("producer", "producer"),
        ("resolver", "authority"),
        ("issuer", "issuer"),
        ("workspace", "workspace"),
    ] {
        let site = if role == "workspace" {
            "--host localhost"
        } else {
            ""
        };
        place.ok(&format!(
            "init --dir {dir} --role {role} --name {dir} {site}"
        ));
        place.ok(&format!("keys show --dir {dir} --out {dir}.card"));
    }
    for (of, to) in [
        ("resolver", "producer"),
        ("issuer", "producer"),
        ("workspace", "producer"),
        ("producer", "resolver"),
        ("issuer", "resolver"),
        ("workspace", "resolver"),
        ("producer", "issuer"),
        ("resolver", "issuer"),
        ("workspace", "issuer"),
        ("producer", "workspace"),
        ("resolver", "workspace"),
        ("issuer", "workspace"),
    ] {
        trust(&place, of, to);
    }
    place.ok("producer certify --dir producer --kind anonymized --number N-1 --ground 19-1");
    place.ok("authority init --dir resolver --custodian resolver");
    place.ok("authority init --dir issuer");
    place.ok(&format!(
        "authority provision open --dir issuer --id P-2026-0001 --study S-P-2026-0001 --producer producer --certification anonymized \
         --certification-number N-1 --ground 19-1 --recipient workspace --recipient-item 7-1 --database ndb \
         --kana-mode {mode} --cohort 100 --minimum-batch 2 --reason test --approved-by test",
    ));
    place.ok("authority provision hand --dir issuer --id P-2026-0001 --resolver resolver --out terms.rkp");
    place.ok("authority provision take terms.rkp --dir resolver");
    place.write("application.pdf", "an application");
    place.ok("authority application receive --dir resolver --number A-1 --provision P-2026-0001 --dated 2026-04-01 --document application.pdf");
    place.ok("authority application accept A-1 --dir resolver");
    place.write("registry.csv", REGISTRY);
    place.ok("authority registry load registry.csv --dir resolver");
    place.write("patients.csv", PATIENTS);
    place.write("columns.toml", COLUMNS);
    place.write("visits.csv", VISITS);
    place.write("ndb.csv", NDB);
    place.ok("producer request --dir producer --provision P-2026-0001 --table patients.csv --columns columns.toml --out request.rkp");
    place.ok("authority resolve request.rkp --dir resolver --to-issuer tokens.rkp --to-producer references.rkp");
    place.ok("authority issue tokens.rkp --dir issuer --out ids.rkp");
    place.ok("producer attach --dir producer --answers ids.rkp --references references.rkp --key 患者番号 --table visits=visits.csv");
    place.ok("producer deliver --dir producer --provision P-2026-0001 --purpose research --place room --contract C-1 --from 2026-01-01 --until 2099-12-31 --out delivery.rkp");
    place.vault("workspace");
    place.ok("study create --dir workspace --study S --provision P-2026-0001");
    place
}

#[test]
fn neither_custodian_serves() {
    let place = separate();
    place.fails(
        "authority serve --dir resolver --listen 127.0.0.1:0",
        1,
        "service.serve.custodian",
    );
    let output = place.run("authority serve --dir issuer --listen 127.0.0.1:0");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("next:"));
}

/// The resolver's and the issuer's part of a stamp.
pub(crate) fn stamped(place: &Place, name: &str, approval: &str) {
    place.ok(&format!(
        "authority stamp ndb.csv --dir resolver --provision P-2026-0001 --database ndb --approval {approval} --table ndb \
         --person person --to-issuer {name}.subjects.rkp --out {name}.columns.rkp"
    ));
    place.ok(&format!(
        "authority issue {name}.subjects.rkp --dir issuer --out {name}.stamps.rkp"
    ));
}

#[test]
fn a_stamp_of_two_custodians_links_as_that_of_one() {
    let place = separate();
    place.fails(
        "authority stamp ndb.csv --dir resolver --provision P-2026-0001 --database ndb --approval A-1 --table ndb --person person --out ndb.rkp",
        1,
        "authority.stamp.custodians",
    );
    stamped(&place, "n", "A-1");
    stamped(&place, "m", "A-2");
    let import = "study import --dir workspace --study S --table ndb --kind ndb";
    place.fails(
        &format!("{import} n.columns.rkp"),
        2,
        "workspace.import.ids_needed",
    );
    place.fails(
        &format!("{import} n.columns.rkp --ids m.stamps.rkp"),
        1,
        "workspace.import.pair_approval",
    );
    place.fails(
        &format!("{import} n.stamps.rkp --ids n.columns.rkp"),
        1,
        "seal.open.kind",
    );
    place.fails(
        &format!("{import} ndb.csv --ids n.stamps.rkp"),
        2,
        "workspace.import.ids_unfit",
    );
    let visits =
        "study import --dir workspace --study S --table visits --kind anonymized delivery.rkp";
    place.fails(
        &format!("{visits} --ids n.stamps.rkp"),
        2,
        "workspace.import.ids_unfit",
    );
    place.ok(visits);
    let done = place.json(&format!("{import} n.columns.rkp --ids n.stamps.rkp --json"));
    assert_eq!(done["origin"]["sender"], "resolver");
    assert_eq!(done["origin"]["ids"]["sender"], "issuer");
    place.fails(
        &format!("{import} n.columns.rkp --ids n.stamps.rkp --replace"),
        1,
        "store.replayed",
    );
    let link = place.json("study link --dir workspace --study S --json");

    let one = exchanged();
    one.ok(visits);
    let whole = one.json(&format!("{import} ndb.rkp --json"));
    let reference = one.json("study link --dir workspace --study S --json");
    for count in [
        "rows",
        "number",
        "kana_only",
        "neither",
        "distinct_number_ids",
        "distinct_kana_ids",
        "columns",
    ] {
        assert_eq!(done["report"][count], whole["report"][count], "{count}");
    }
    assert_eq!(link["report"], reference["report"]);
    assert_eq!(link["report"]["overlaps"]["pairs"][0]["persons"], 4);
    let sql = "select v.dx, sum(n.points) as points from visits v join ndb n on v.person = n.person group by v.dx order by v.dx";
    for place in [&place, &one] {
        answers(place, sql, "dx,points\nE11,600\nI10,500\n");
    }
    // A refreshed extract of both is the next version.
    place.ok(&format!(
        "{import} m.columns.rkp --ids m.stamps.rkp --replace"
    ));
}
