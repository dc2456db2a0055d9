//! Decisions about a study: refreshed extracts, reference tables, cohorts, rows of single persons.

use std::fmt::Write as _;

use crate::plain::{KCV, hex, study};
use crate::{Place, refused, text};

/// Asks study `S`, which must give these rows.
fn answers(place: &Place, sql: &str, rows: &str) {
    let output = place.ask("w", sql);
    assert_eq!(
        text(&output.stdout),
        rows,
        "{sql}\n{}",
        text(&output.stderr)
    );
}

const IMPORT: &str = "study import --dir w --study S --table ndb --kind ndb --provision P-2026-0001 --number-id id5 --approval A-1";

#[test]
fn a_refreshed_extract_needs_to_be_called_one_and_is_seen_after_the_next_link() {
    let place = study();
    place.ok("study link --dir w --study S");
    let mut fresh = String::from("id5,points\n");
    for person in 0..30 {
        writeln!(fresh, "{},1000", hex(person)).unwrap();
    }
    place.write("fresh.csv", fresh);
    let import = format!("{IMPORT} --kcv {KCV} fresh.csv");
    place.fails(&import, 1, "workspace.import.taken");
    place.fails(
        &format!("{import} --replace").replace("--table ndb", "--table nothing"),
        2,
        "workspace.import.nothing_to_replace",
    );
    place.fails(
        &format!("{import} --replace").replace("--kind ndb", "--kind dpc"),
        1,
        "workspace.import.other_kind",
    );
    place.fails(
        &format!("{import} --replace").replace("P-2026-0001", "P-2026-0002"),
        1,
        "workspace.import.other_provision",
    );
    let done = place.json(&format!("{import} --replace --json"));
    assert_eq!(done["version"], 2);

    let sql = "select count(*) as rows, sum(points) as points from ndb";
    answers(&place, sql, "rows,points\n40,6000\n");
    let link = place.json("study link --dir w --study S --json");
    assert_eq!(link["report"]["persons"], 30);
    assert_eq!(link["report"]["changes"]["appended"], 5);
    answers(&place, sql, "rows,points\n30,30000\n");
    let joined =
        "select count(distinct a.person) as persons from anon a join ndb n on a.person = n.person";
    answers(&place, joined, "persons\n10\n");
    assert!(
        place
            .ok("study verify --dir w --study S")
            .contains("all are")
    );
}

#[test]
fn a_reference_table_is_asked_after_two_persons_said_what_it_is() {
    let place = study();
    place.write("weights.csv", "v,weight\n1,10\n3,30\n");
    let import = "study import --dir w --study S --table weights --kind reference weights.csv";
    place.fails(import, 2, "workspace.import.reference_needs");
    place.fails(
        &format!("{import} --source https://example.go.jp"),
        2,
        "workspace.import.reference_needs",
    );
    place.ok(&format!(
        "{import} --source https://example.go.jp --declared-by Sato"
    ));
    let sql = "select sum(w.weight) as weight from anon a join weights w on a.value = w.v";
    place.ok("study link --dir w --study S");
    refused(&place.ask("w", sql), 1, "workspace.ask.not_approved", sql);
    let approve =
        "study approve-reference --dir w --study S --table weights --table-version 1 --approved-by";
    place.fails(
        &format!("{approve} sato"),
        1,
        "workspace.approve.same_person",
    );
    place.ok(&format!("{approve} Suzuki"));
    place.fails(&format!("{approve} Tanaka"), 1, "store.exists");
    answers(&place, sql, "weight\n40\n");
    place.fails(
        "study approve-reference --dir w --study S --table anon --table-version 1 --approved-by Suzuki",
        2,
        "store.missing",
    );
    let record = place.json("record --dir w --json");
    let approved = record["entries"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["event"]["action"] == "reference.approved");
    assert_eq!(approved.unwrap()["event"]["details"]["declared_by"], "Sato");
    let list = place.json("study list --dir w --json");
    let tables = list["studies"][0]["tables"].as_array().unwrap();
    let weights = tables
        .iter()
        .find(|table| table["name"] == "weights")
        .unwrap();
    assert_eq!(weights["approved_by"], "Suzuki");
}

#[test]
fn a_table_that_came_after_the_link_is_said_to_have() {
    let place = study();
    place.ok("study link --dir w --study S");
    let import = format!("{IMPORT} --kcv {KCV} ndb.csv").replace("--table ndb", "--table later");
    place.ok(&import);
    let sql = "select count(*) from later";
    refused(&place.ask("w", sql), 2, "workspace.ask.since", sql);
}

fn cohort(place: &Place, name: &str, sql: &str) -> std::process::Output {
    place.run_words(&[
        "study", "cohort", "save", "--dir", "w", "--study", "S", "--name", name, "--sql", sql,
        "--json",
    ])
}

#[test]
fn a_cohort_is_a_table_of_persons() {
    let place = study();
    let diabetic = "select person from anon where dx = 'E11'";
    refused(
        &cohort(&place, "c", diabetic),
        2,
        "workspace.ask.not_linked",
        "unlinked",
    );
    place.ok("study link --dir w --study S");
    let saved = cohort(&place, "diabetic", diabetic);
    let saved: serde_json::Value = serde_json::from_slice(&saved.stdout).unwrap();
    assert_eq!(
        (&saved["version"], &saved["persons"]),
        (&1.into(), &5.into())
    );
    assert!(place.path("w/studies/S/cohorts/diabetic.1").exists());
    answers(
        &place,
        "select count(distinct n.person) as persons, sum(n.points) as points from ndb n join diabetic d on d.person = n.person",
        "persons,points\n2,600\n",
    );
    answers(
        &place,
        "select count(*) as persons from diabetic",
        "persons\n5\n",
    );

    refused(
        &cohort(&place, "ndb", diabetic),
        1,
        "workspace.cohort.table",
        "a table's name",
    );
    refused(
        &cohort(&place, "../c", diabetic),
        2,
        "workspace.name.cohort",
        "a path",
    );
    for sql in [
        "select person, dx from anon",
        "select dx from anon",
        "select count(*) from anon",
        "select person + 1 from anon",
        "select person as p, value from anon",
    ] {
        let output = cohort(&place, "bad", sql);
        assert_eq!(
            output.status.code(),
            Some(1),
            "{sql}\n{}",
            text(&output.stderr)
        );
        assert!(text(&output.stderr).contains("[engine.guard."), "{sql}");
    }
    let import = format!("{IMPORT} --kcv {KCV} ndb.csv").replace("--table ndb", "--table diabetic");
    place.fails(&import, 1, "workspace.import.cohort");
    assert!(
        cohort(&place, "diabetic", "select person from ndb")
            .status
            .success()
    );
    answers(
        &place,
        "select count(*) as persons from diabetic",
        "persons\n20\n",
    );
    let list = place.json("study cohort list --dir w --study S --json");
    assert_eq!(list["cohorts"].as_array().unwrap().len(), 2);
    place.ok("study link --dir w --study S");
    answers(
        &place,
        "select count(*) as persons from diabetic",
        "persons\n20\n",
    );
    assert!(
        place
            .ok("study verify --dir w --study S")
            .contains("all are")
    );
}

#[test]
fn rows_of_single_persons_are_off_capped_and_marked() {
    let place = study();
    place.ok("study link --dir w --study S");
    let sql = "select dx, value from anon where value < 5";
    refused(&place.ask("w", sql), 1, "engine.guard.row_level", sql);
    let rows = "study rows --dir w --study S";
    place.fails(rows, 2, "cli.usage.missing");
    place.fails(&format!("{rows} --allow 3"), 2, "cli.usage.missing");
    place.fails(
        &format!("{rows} --allow 0 --approved-by A --reason checking"),
        2,
        "workspace.rows.needs",
    );
    place.ok(&format!(
        "{rows} --allow 3 --approved-by A --reason checking"
    ));
    let output = place.ask("w", sql);
    assert_eq!(
        text(&output.stdout).lines().count(),
        4,
        "{}",
        text(&output.stderr)
    );
    assert!(text(&output.stderr).contains("Row-level"));
    let shown = "select person from anon";
    assert_eq!(place.ask("w", shown).status.code(), Some(1));
    let aggregate = place.ask("w", "select count(*) from anon");
    assert!(!text(&aggregate.stderr).contains("Row-level"));
    place.ok(&format!("{rows} --forbid"));
    refused(&place.ask("w", sql), 1, "engine.guard.row_level", sql);
}

#[test]
fn small_rows_are_noted_beside_the_answer() {
    let place = study();
    place.ok("study link --dir w --study S");
    let output = place.ask(
        "w",
        "select dx, count(distinct person) as persons from anon group by dx order by dx",
    );
    assert_eq!(text(&output.stdout), "dx,persons\nE11,5\nI10,5\n");
    assert!(
        text(&output.stderr).contains("2 of the rows"),
        "{}",
        text(&output.stderr)
    );
    let output = place.ask("w", "select count(distinct person) as persons from ndb");
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn progress_comes_as_lines_for_a_program() {
    let place = study();
    let output = place.run(&format!(
        "{IMPORT} --kcv {KCV} ndb.csv --replace --progress-lines"
    ));
    let lines = text(&output.stderr);
    let stages: Vec<String> = lines
        .lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(line["schema"], "renketsu.progress/1");
            line["stage"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(stages.first().map(String::as_str), Some("reading"));
    assert_eq!(stages.last().map(String::as_str), Some("recording"));
    place.fails(
        &format!("{IMPORT} --memory 63 ndb.csv"),
        2,
        "cli.usage.value",
    );
}
