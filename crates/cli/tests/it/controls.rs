//! What an operator does about a finding.

use crate::chain::{COLUMNS, PATIENTS, REGISTRY, introduced};

const HEADER: &str = "患者番号,保険者番号,記号,番号,枝番,カナ氏名,生年月日,性別,診療日\n";

#[test]
fn a_finding_stops_the_provision_until_the_operator_has_decided() {
    let place = introduced(REGISTRY);
    place.write("columns.toml", COLUMNS);
    place.write("patients.csv", PATIENTS);
    // Three who are registered, and numbers that nobody has.
    let mut guesses: String = HEADER.to_owned();
    guesses.extend(
        PATIENTS
            .lines()
            .skip(1)
            .take(3)
            .map(|line| format!("{line}\n")),
    );
    for n in 0..30 {
        let number = 1_000 + n * 37;
        guesses.extend([format!("G{n},01010016,7,{number},,,,,\n")]);
    }
    place.write("guesses.csv", guesses);
    let request = "producer request --dir producer --provision P-2026-0001 --columns columns.toml";
    place.ok(&format!("{request} --table guesses.csv --out guesses.rkp"));
    place.ok(&format!("{request} --table patients.csv --out honest.rkp"));
    let issue =
        |file: &str| format!("authority issue {file}.rkp --dir authority --out {file}.answer");

    place.fails(&issue("guesses"), 1, "authority.control.stopped");
    let standing = || {
        let told = place.ok("authority status --dir authority --json");
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        told["provisions"][0].clone()
    };
    let stopped = standing();
    assert_eq!(
        (&stopped["halted"], &stopped["unanswered"]),
        (&true.into(), &33.into())
    );
    assert_eq!(stopped["findings"][0]["open"], true);
    place.fails(&issue("honest"), 1, "authority.control.halted");
    place.fails(
        "authority issue honest.rkp --dir authority --dry-run",
        1,
        "authority.control.halted",
    );
    let said = place.run_words(&["--lang", "en", "authority", "status", "--dir", "authority"]);
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(
        said.contains("STOPPED") && said.contains("provision dismiss P-2026-0001"),
        "{said}"
    );

    place.ok("authority provision dismiss P-2026-0001 --dir authority --reason mistake --approved-by head");
    place.fails(
        "authority provision dismiss P-2026-0001 --dir authority --reason mistake --approved-by head",
        1,
        "authority.control.not_halted",
    );
    let estimate: serde_json::Value = serde_json::from_str(
        &place.ok("authority issue honest.rkp --dir authority --dry-run --json"),
    )
    .unwrap();
    assert_eq!(estimate["step"], 100);
    assert_eq!(standing()["unanswered"], 38);
    place.ok(&issue("honest"));
    let after = standing();
    assert_eq!(
        (&after["used"], &after["unanswered"]),
        (&5.into(), &33.into())
    );
    assert_eq!(
        (&after["halted"], &after["dismissals"][0]["approved_by"]),
        (&false.into(), &"head".into())
    );
    // What was stopped can still be answered, by a decision of its own.
    place.ok(&format!(
        "{} --accept unknown --reason checked",
        issue("guesses")
    ));
    assert_eq!(standing()["unanswered"], 0);
}
