use std::fmt::Write as _;

use crate::{Place, text};

pub(crate) const KCV: &str = "number=0011223344556677,kana=8899aabbccddeeff";

pub(crate) fn hex(person: u32) -> String {
    // All zeros is padding and nobody.
    format!("{:064x}", person.saturating_add(1))
}

/// A study with two plain extracts: `anon` (persons 0–9) and `ndb` (persons 5–24, two rows each).
pub(crate) fn study() -> Place {
    let place = Place::new();
    let mut anon = String::from("id5,dx,value\n");
    for person in 0..10 {
        writeln!(
            anon,
            "{},{},{}",
            hex(person),
            if person % 2 == 0 { "E11" } else { "I10" },
            person
        )
        .unwrap();
    }
    anon.push_str(",E11,99\n9,E11,99\n");
    let mut ndb = String::from("id5,points\n");
    for person in 5..25 {
        writeln!(
            ndb,
            "{},100\n{},200",
            hex(person),
            hex(person).to_uppercase()
        )
        .unwrap();
    }
    place.write("anon.csv", anon);
    place.write("ndb.csv", ndb);
    place.vault("w");
    place.ok("study create --dir w --study S --provision P-2026-0001");
    place.ok(&format!(
        "study import --dir w --study S --table anon --kind anonymized anon.csv --provision P-2026-0001 --kcv {KCV} --number-id id5"
    ));
    place.ok(&format!(
        "study import --dir w --study S --table ndb --kind ndb ndb.csv --provision P-2026-0001 --kcv {KCV} --number-id id5 --approval A-1"
    ));
    place
}

#[test]
fn plain_extracts_are_linked_and_asked_without_any_key() {
    let place = study();
    let link: serde_json::Value =
        serde_json::from_str(&place.ok("study link --dir w --study S --json")).unwrap();
    assert_eq!(link["schema"], "renketsu.study.link/1");
    assert_eq!(link["report"]["persons"], 25);
    assert_eq!(link["report"]["tables"][0]["unlinked"]["no_id"], 2);
    assert_eq!(link["report"]["overlaps"]["pairs"][0]["persons"], 5);

    let ask = |sql: &str, format: &str| {
        let output = place.run_words(&[
            "study", "query", "--dir", "w", "--study", "S", "--sql", sql, "--format", format,
        ]);
        assert!(output.status.success(), "{sql}\n{}", text(&output.stderr));
        output.stdout
    };
    let both = "select a.dx, count(distinct n.person) as persons, sum(n.points) as points \
                from anon a join ndb n on a.person = n.person group by a.dx order by a.dx";
    assert_eq!(
        text(&ask(both, "csv")),
        "dx,persons,points\nE11,2,600\nI10,3,900\n"
    );
    let json: serde_json::Value = serde_json::from_slice(&ask(both, "json")).unwrap();
    assert_eq!(json["schema"], "renketsu.query/1");
    assert_eq!(json["rows"][1][1], 3);
    assert!(ask(both, "parquet").starts_with(b"PAR1"));
    assert!(place.ok("study list --dir w").contains("anon"));
}

#[test]
fn rows_about_persons_do_not_leave() {
    let place = study();
    place.ok("study link --dir w --study S");
    for sql in [
        "select * from anon",
        "select person, count(*) from anon group by person",
        "select value from anon order by value limit 1",
        "select min(person) from anon",
        "select count(*) from anon where person = 3",
        "select array_agg(value) from anon",
        "copy (select count(*) from anon) to 'out.csv'",
        "create table t as select 1",
        "select count(*) from anon; select count(*) from ndb",
    ] {
        let output =
            place.run_words(&["study", "query", "--dir", "w", "--study", "S", "--sql", sql]);
        assert!(!output.status.success(), "{sql}");
        assert_eq!(text(&output.stdout), "", "{sql}");
        assert!(
            text(&output.stderr).contains("[engine."),
            "{sql}\n{}",
            text(&output.stderr)
        );
    }
    assert!(!place.path("out.csv").exists());
}

#[test]
fn what_sql_sees_has_no_id() {
    let place = study();
    place.ok("study link --dir w --study S");
    for column in ["id5", "number_id", "kana_id", "kana_unique"] {
        let sql = format!("select count({column}) as c from anon");
        let output = place.run_words(&[
            "study", "query", "--dir", "w", "--study", "S", "--sql", &sql,
        ]);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{column}\n{}",
            text(&output.stderr)
        );
    }
}

#[test]
fn a_refused_import_leaves_nothing() {
    let place = Place::new();
    place.vault("w");
    place.ok("study create --dir w --study S --provision P-2026-0001");
    place.write("bad.csv", format!("id5,x\n{},1\nnot-an-id,2\n", hex(1)));
    place.write("nul.csv", b"id5,x\n\0,1\n");
    place.write("ragged.csv", format!("id5,x\n{},1,2\n", hex(1)));
    place.write("sjis.csv", b"id5,x\n\x81,1\n");
    place.write("empty.csv", b"");
    let before = place.listing();
    let papers = format!("--provision P-2026-0001 --kcv {KCV} --number-id id5");
    for (file, exit) in [
        ("bad.csv", 2),
        ("nul.csv", 2),
        ("ragged.csv", 2),
        ("sjis.csv", 2),
        ("empty.csv", 2),
        (".", 2),
        ("none.csv", 2),
    ] {
        let line =
            format!("study import --dir w --study S --table t --kind anonymized {file} {papers}");
        let output = place.run(&line);
        assert_eq!(
            output.status.code(),
            Some(exit),
            "{file}\n{}",
            text(&output.stderr)
        );
        assert!(
            !text(&output.stderr).contains("not-an-id"),
            "an error shows a cell"
        );
    }
    let wrong = format!(
        "study import --dir w --study S --table t --kind anonymized bad.csv --provision P-2026-0001 --kcv {KCV} --number-id nope"
    );
    assert_eq!(place.run(&wrong).status.code(), Some(2));
    assert_eq!(place.listing(), before);
}

#[test]
fn a_relink_keeps_what_stood() {
    let place = study();
    place.ok("study link --dir w --study S --svg one.svg");
    let link: serde_json::Value =
        serde_json::from_str(&place.ok("study link --dir w --study S --json")).unwrap();
    assert_eq!(link["version"], 2);
    assert_eq!(link["report"]["changes"]["appended"], 0);
    assert!(
        std::fs::read_to_string(place.path("one.svg"))
            .unwrap()
            .contains("<title")
    );
    place.fails(
        "study link --dir w --study S --svg one.svg",
        1,
        "cli.file.exists",
    );
}
