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
    let done = place.ok(&format!("{import} --replace"));
    assert!(done.contains("version 2: 30 rows"), "{done}");
    assert!(done.contains("after the next study link"), "{done}");
    let list = place.ok("study list --dir w");
    assert!(list.contains("ndb  ndb  version 2 (linked: 1)"), "{list}");
    assert!(list.contains("    points  Int64"), "{list}");

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
    assert!(
        place
            .ok("study list --dir w")
            .contains("weights  reference  version 1, not approved")
    );
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
    assert!(
        place
            .ok("study list --dir w")
            .contains("weights  reference  version 1, approved")
    );
    let again = place.run(&format!("{approve} Tanaka"));
    refused(&again, 1, "store.exists", "approved already");
    assert!(text(&again.stderr).contains("has been approved already"));
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
        "cli.usage.value",
    );
    assert!(text(&place.run(rows).stderr).contains("--forbid"));
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
    assert!(text(&output.stderr).contains("Only the first 3 rows"));
    let whole = place.ask("w", "select dx, value from anon where value < 3");
    assert!(!text(&whole.stderr).contains("Only the first"));
    let ordered = format!("{sql} order by value");
    refused(&place.ask("w", &ordered), 1, "engine.guard.order", &ordered);
    let list = place.ok("study list --dir w");
    assert!(list.contains("rows of single persons: up to 3"), "{list}");
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
        text(&output.stderr).contains("fewer than 10 persons: 2 (row 1, 2;"),
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

#[test]
fn options_that_do_not_fit_the_kind_are_refused() {
    let place = study();
    place.write("weather.csv", "day,rain\n1,2\n");
    for (kind, options) in [
        ("reference", "--source s --declared-by A --number-id day"),
        ("reference", "--source s --declared-by A --approval A-1"),
        ("ndb", "--number-id day --source s"),
    ] {
        place.fails(
            &format!(
                "study import --dir w --study S --table weather --kind {kind} weather.csv {options}"
            ),
            2,
            "cli.usage.conflict",
        );
    }
}

#[test]
fn names_that_sql_takes_for_its_own_are_refused_for_what_they_are() {
    let place = study();
    place.ok("study link --dir w --study S");
    let import = format!("{IMPORT} --kcv {KCV} ndb.csv").replace("--table ndb", "--table select");
    place.fails(&import, 2, "workspace.name.table");
    for name in ["糖尿病", "select"] {
        let refusal = cohort(&place, name, "select person from anon");
        refused(&refusal, 2, "workspace.name.cohort", name);
        assert!(text(&refusal.stderr).contains("cannot name a cohort"));
    }
}

#[test]
fn a_statement_may_come_from_a_file() {
    let place = study();
    place.ok("study link --dir w --study S");
    place.write("q.sql", "select count(*) as n\nfrom anon\n");
    let ask = "study query --dir w --study S --sql-file";
    assert_eq!(place.ok(&format!("{ask} q.sql")), "n\n10\n");
    place.fails(&format!("{ask} none.sql"), 2, "cli.file.missing");
    place.fails(&format!("{ask} q.sql --sql x"), 2, "cli.usage.conflict");
    place.fails("study query --dir w --study S", 2, "cli.usage.missing");
    place.write("long.sql", " ".repeat(32 * 1024 + 1));
    place.fails(&format!("{ask} long.sql"), 2, "engine.sql.length");
    place.write("bytes.sql", b"\xff\xfe");
    place.fails(&format!("{ask} bytes.sql"), 2, "cli.file.encoding");
    place.write("c.sql", "select person from anon where dx = 'E11'");
    let words = "study cohort save --dir w --study S --name c --sql-file -";
    let words: Vec<&str> = words.split(' ').collect();
    let input = std::fs::File::open(place.path("c.sql")).unwrap();
    let output = place.command(&words).stdin(input).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("version 1: 5 persons"));
}

#[test]
fn an_import_whose_kana_ids_link_nobody_says_so() {
    let place = study();
    let table = format!("id5,kana,x\n,{},1\n,{},0\n", hex(1), hex(2));
    place.write("kana.csv", table);
    let import = format!("{IMPORT} --kcv {KCV} kana.csv --kana-id kana");
    let first = import.replace("--table ndb", "--table a");
    let said = place.ok(&first);
    assert!(said.contains("No --kana-unique"), "{said}");
    let second = format!("{import} --kana-unique x").replace("--table ndb", "--table b");
    let said = place.ok(&second);
    assert!(!said.contains("No --kana-unique"), "{said}");
}

#[test]
fn a_report_of_many_tables_names_the_largest_pairs_alone() {
    let place = study();
    for table in 0..9 {
        let import = format!("{IMPORT} --kcv {KCV} ndb.csv");
        place.ok(&import.replace("--table ndb", &format!("--table t{table}")));
    }
    let report = place.ok("study link --dir w --study S");
    assert!(report.contains("Too many tables"), "{report}");
    let pairs = report.lines().filter(|line| line.starts_with("  in "));
    assert_eq!(pairs.count(), 45);
    assert!(report.contains("10 smaller pairs are left out"), "{report}");
}

#[test]
fn columns_that_look_identifying_are_named_in_the_readers_words() {
    let place = study();
    place.write(
        "names.csv",
        format!("id5,patient_name,mobile\n{},x,y\n", hex(1)),
    );
    let import = format!("{IMPORT} --kcv {KCV} names.csv --lang ja");
    let output = place.run(&import.replace("--table ndb", "--table t"));
    let said = text(&output.stderr);
    assert!(
        said.contains("patient_name（氏名）、mobile（電話番号）"),
        "{said}"
    );
}

#[test]
fn no_text_that_a_file_says_of_its_columns_is_in_the_state_or_the_record() {
    let place = study();
    let column = renketsu_testkit::StataColumn {
        name: "kind",
        label: "秘密の区分",
        codes: "kinds",
    };
    let codes = renketsu_testkit::StataCodes::new("kinds", &["秘密の意味"]);
    place.write("t.dta", renketsu_testkit::stata(&[column], &[codes]));
    let answer = place.ok(
        "study import --dir w --study S --table kinds --kind reference \
        --source https://example.go.jp --declared-by Sato --json t.dta",
    );
    assert!(answer.contains(r#""codes": 1"#), "{answer}");
    std::fs::remove_file(place.path("t.dta")).unwrap();
    for (path, _) in place.listing() {
        let bytes = std::fs::read(&path).unwrap();
        let secret = "秘密".as_bytes();
        let found = bytes.windows(secret.len()).any(|part| part == secret);
        assert!(!found, "{}", path.display());
    }
    assert!(
        place
            .ok("study verify --dir w --study S")
            .contains("all are")
    );
}

#[test]
fn a_link_below_the_directory_leads_no_work_out_of_it() {
    use std::os::unix::fs::symlink;
    let place = study();
    place.ok("study link --dir w --study S");
    let import = "study import --dir w --study S --table more --kind reference \
        --source https://example.go.jp --declared-by Sato more.csv";
    place.write("more.csv", "v\n1\n");
    let import: Vec<&str> = import.split_whitespace().collect();
    let link = ["study", "link", "--dir", "w", "--study", "S"];
    let save = "study cohort save --dir w --study S --name some --sql";
    let mut save: Vec<&str> = save.split(' ').collect();
    save.push("select distinct person from ndb");
    for (part, words, code) in [
        ("/S/tables", &import[..], "workspace.import.io"),
        ("/S/links", &link, "workspace.link.io"),
        ("/S/cohorts", &save, "workspace.cohort.io"),
        ("/S", &import, "workspace.import.io"),
        ("", &import, "workspace.import.io"),
    ] {
        let path = place.path(&format!("w/studies{part}"));
        let aside = place.path("aside");
        if path.exists() {
            std::fs::rename(&path, &aside).unwrap();
        }
        // What is there has the names that the work would take for left over.
        let out = place.path("out");
        for name in ["more/1", "2", "some.1", "tables/more/1", "S/tables/more/1"] {
            std::fs::create_dir_all(out.join(name)).unwrap();
            std::fs::write(out.join(name).join("theirs"), "theirs").unwrap();
        }
        symlink(&out, &path).unwrap();
        let before = place.listing();
        let output = place.run_words(words);
        refused(&output, 3, code, part);
        let said = text(&output.stderr);
        assert!(said.contains(&format!("w/studies{part}")), "{said}");
        assert_eq!(place.listing(), before, "{part}");
        std::fs::remove_file(&path).unwrap();
        std::fs::remove_dir_all(&out).unwrap();
        if aside.exists() {
            std::fs::rename(&aside, &path).unwrap();
        }
    }
    assert!(place.run_words(&import).status.success());
}

#[test]
fn only_the_owner_may_look_into_a_study() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = study();
    place.ok("study link --dir w --study S");
    let mut below = vec![place.path("w/studies")];
    let mut looked_at = 0;
    while let Some(dir) = below.pop() {
        let mode = std::fs::metadata(&dir).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{}", dir.display());
        looked_at += 1;
        for entry in std::fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                below.push(path);
            }
        }
    }
    assert!(looked_at > 6, "{looked_at}");
}
