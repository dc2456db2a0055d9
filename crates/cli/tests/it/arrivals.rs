//! Packages, files and removals into a study that is served: by a person, at the door, with the checks of before.

use std::process::Output;

use crate::chain::exchanged;
use crate::custody::{separate, stamped};
use crate::door::{PASSWORD, Served, enrolled};
use crate::removal::{BOTH, removed};
use crate::{Place, refused, text};

/// A workspace of the exchange, served, with a terminal of the study in `s` and one of the office in `o`.
fn served(place: &Place) -> Served {
    let (codes, _seed) = enrolled(place, "workspace");
    std::fs::create_dir(place.path("mine")).unwrap();
    place.write("mine/renketsu-password", PASSWORD);
    let served = Served::new(place, "workspace");
    for (code, seat) in [(&codes[0], "s"), (&codes[2], "o")] {
        place.ok(&format!(
            "study enter --dir workspace --code {code} --seat {seat}"
        ));
    }
    served
}

/// A command of a person, by a process that has their password and no passphrase of keys or vault.
fn at(place: &Place, words: &[&str], person: &str, seat: &str) -> Output {
    let mut all = vec!["study"];
    all.extend(words);
    all.extend(["--dir", "workspace", "--as", person, "--seat", seat]);
    let mut command = place.command(&all);
    command.env("CREDENTIALS_DIRECTORY", place.path("mine"));
    command.output().unwrap()
}

fn line(place: &Place, words: &str, person: &str, seat: &str) -> Output {
    let words: Vec<_> = words.split_whitespace().collect();
    at(place, &words, person, seat)
}

/// What the operator of the study has done.
fn done(place: &Place, words: &str) -> serde_json::Value {
    let output = line(place, &format!("{words} --study S --json"), "operator", "s");
    assert!(output.status.success(), "{words}\n{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn asked(place: &Place) -> Output {
    let words = ["query", "--study", "S", "--sql", BOTH];
    at(place, &words, "handler", "s")
}

const DELIVERY: &str = "import delivery.rkp --table visits --kind anonymized";

fn quarantined(place: &Place) -> usize {
    let place = place.path("workspace/quarantine/S");
    std::fs::read_dir(place).map_or(0, Iterator::count)
}

fn nobody_goes_past_the_server(place: &Place) {
    for words in [DELIVERY, "link", "verify"] {
        place.fails(
            &format!("study {words} --dir workspace --study S"),
            2,
            "cli.door.who",
        );
    }
    place.fails(
        "study create --dir workspace --study U --provision P-2026-0003",
        2,
        "cli.door.who",
    );
}

#[test]
fn what_comes_goes_through_the_quarantine_and_a_removal_takes_its_person_out() {
    let place = exchanged();
    let leaving = removed(&place, "leaving", "A2\n");
    assert_eq!(leaving["keys"]["number"], 1);
    let served = served(&place);
    nobody_goes_past_the_server(&place);
    let handler = line(&place, &format!("{DELIVERY} --study S"), "handler", "s");
    refused(&handler, 1, "access.denied.not-allowed", "takes nothing in");

    let wrong = "import ndb.rkp --table ndb --kind dpc --study S";
    refused(
        &line(&place, wrong, "operator", "s"),
        1,
        "workspace.intake.other_kind",
        "it is of another database",
    );
    let other = "import ndb.rkp --table other --kind ndb --study S";
    refused(
        &line(&place, other, "operator", "s"),
        1,
        "workspace.import.no_table",
        "it has no such table",
    );
    // Refused tables leave the package where it is, and it is taken up again.
    assert_eq!(quarantined(&place), 1);
    assert_eq!(
        done(&place, "import ndb.rkp --table ndb --kind ndb")["rows"],
        5
    );
    assert_eq!(done(&place, DELIVERY)["version"], 1);
    assert_eq!(quarantined(&place), 0);
    refused(
        &line(&place, &format!("{DELIVERY} --study S"), "operator", "s"),
        1,
        "workspace.intake.state",
        "a package is taken once",
    );
    refused(
        &line(
            &place,
            "remove-persons patients.csv --study S",
            "operator",
            "s",
        ),
        1,
        "workspace.intake.not_sealed",
        "no package",
    );

    let link = line(&place, "link --study S", "handler", "s");
    assert!(link.status.success(), "{}", text(&link.stderr));
    let answer = asked(&place);
    assert_eq!(text(&answer.stdout), "n\n4\n", "{}", text(&answer.stderr));
    let taken = done(&place, "remove-persons leaving.removal");
    assert_eq!((&taken["rows"], &taken["number"]), (&1.into(), &1.into()));
    refused(
        &asked(&place),
        1,
        "workspace.ask.removal_pending",
        "not asked while the person is still linked",
    );
    let link = line(&place, "link --study S", "handler", "s");
    assert!(link.status.success(), "{}", text(&link.stderr));
    assert_eq!(text(&asked(&place).stdout), "n\n3\n");
    served.stop();
    let record = place.ok("record --dir workspace --json");
    for action in [
        "package.received",
        "package.verified",
        "package.import_asked",
        "package.imported",
        "package.erased",
        "table.imported",
    ] {
        assert!(record.contains(action), "{action}");
    }
    place.ok("backup --dir workspace --out workspace.backup");
}

#[test]
fn a_file_without_a_seal_is_read_where_its_medium_was_laid() {
    let place = exchanged();
    place.write("codes.csv", "dx,label\nE11,diabetes\nI10,hypertension\n");
    let served = served(&place);
    let words = [
        "import",
        "codes.csv",
        "--table",
        "codes",
        "--kind",
        "reference",
        "--source",
        "https://example.org/icd",
        "--study",
        "S",
    ];
    let elsewhere = at(&place, &words, "operator", "s");
    refused(&elsewhere, 2, "cli.door.incoming", "it lies elsewhere");
    std::fs::create_dir_all(place.path("workspace/incoming/S")).unwrap();
    let there = "workspace/incoming/S/codes.csv";
    std::fs::rename(place.path("codes.csv"), place.path(there)).unwrap();
    let words = words.map(|word| if word == "codes.csv" { there } else { word });
    let output = at(&place, &words, "operator", "s");
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(place.path(there).exists(), "a medium is only read");
    let again = at(&place, &words, "operator", "s");
    assert_eq!(again.status.code(), Some(1), "{}", text(&again.stderr));
    let confirm = "approve-reference --table codes --table-version 1 --study S";
    let own = line(&place, confirm, "operator", "s");
    refused(&own, 1, "access.denied.own-proposal", "their own word");
    let done = line(&place, confirm, "lead", "s");
    assert!(done.status.success(), "{}", text(&done.stderr));

    let made = line(
        &place,
        "create --study U --provision P-2026-0003",
        "operator",
        "o",
    );
    assert!(made.status.success(), "{}", text(&made.stderr));
    let again = line(
        &place,
        "create --study U --provision P-2026-0003",
        "operator",
        "o",
    );
    assert_eq!(again.status.code(), Some(1), "{}", text(&again.stderr));
    let in_study = line(
        &place,
        "create --study V --provision P-2026-0004",
        "operator",
        "s",
    );
    refused(&in_study, 1, "access.denied.elsewhere", "from a study");
    served.stop();
}

#[test]
fn columns_and_their_ids_are_imported_together_and_both_files_are_erased() {
    let place = separate();
    stamped(&place, "n", "A-1");
    stamped(&place, "m", "A-2");
    let served = served(&place);
    let import = "import n.columns.rkp --table ndb --kind ndb";
    let alone = line(&place, &format!("{import} --study S"), "operator", "s");
    refused(&alone, 1, "workspace.import.ids_needed", "columns alone");
    let other = format!("{import} --ids m.stamps.rkp --study S");
    refused(
        &line(&place, &other, "operator", "s"),
        1,
        "workspace.import.pair_approval",
        "of another extract",
    );
    assert_eq!(
        done(&place, &format!("{import} --ids n.stamps.rkp"))["number"],
        3
    );
    // The other extract's IDs still wait for their columns.
    assert_eq!(quarantined(&place), 1);
    served.stop();
}
