//! SIGKILL while an import or a link runs. What stands afterwards is whole, and the same command does the work.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::plain::KCV;
use crate::{Place, text};

/// Batches of the engine that each table has at first, but for a bit.
const BATCHES: u32 = 3;

/// How many kills must have met a running command: 9, or what `cargo xtask long` asks for.
#[expect(
    clippy::disallowed_methods,
    reason = "a longer run of the same test is asked for by its environment"
)]
fn wanted() -> usize {
    std::env::var("RENKETSU_KILLS").map_or(9, |kills| kills.parse().unwrap())
}

/// Two tables. `ndb` names half of its persons by a kana ID only, so that the link writes its rows anew.
fn tables(rows: u32) -> Place {
    let place = Place::new();
    place.vault("w");
    let (mut anon, mut ndb) = (String::from("n,k,u,v\n"), String::from("n,k,u,v\n"));
    for person in 1..=rows {
        let number = format!("{:064x}", u64::from(person) * 7919);
        let kana = format!("{:064x}", u64::from(person) << 40 | 5);
        writeln!(anon, "{number},{kana},1,{}", person % 10).unwrap();
        let number = if person % 2 == 0 {
            number
        } else {
            String::new()
        };
        writeln!(ndb, "{number},{kana},1,1").unwrap();
    }
    place.write("anon.csv", anon);
    place.write("ndb.csv", ndb);
    place.ok("study create --dir w --study S --provision P-1");
    place.ok(&import("anon", "anonymized", ""));
    place.ok(&import("ndb", "ndb", "--approval A-1"));
    place
}

fn import(table: &str, kind: &str, more: &str) -> String {
    format!(
        "study import --dir w --study S --table {table} --kind {kind} {table}.csv --provision P-1 --kcv {KCV} \
         --number-id n --kana-id k --kana-unique u {more}"
    )
}

/// Runs a command and kills it once it has written so many lines of progress. Says whether it was still running.
fn killed_after(place: &Place, line: &str, lines: usize) -> bool {
    let words: Vec<&str> = line
        .split_whitespace()
        .chain(["--progress-lines"])
        .collect();
    let mut child = place
        .command(&words)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stderr.take().unwrap()).lines();
    for line in said.take(lines) {
        let line = line.unwrap();
        assert!(line.contains("renketsu.progress/1"), "{line}");
    }
    child.kill().unwrap();
    !child.wait().unwrap().success()
}

/// How many versions `ndb` and the link have together. Every file that the catalogue names is whole.
fn versions(place: &Place) -> u64 {
    let checked = place.json("study verify --dir w --study S --json");
    assert_eq!(checked["wrong"], serde_json::json!([]));
    let list = place.json("study list --dir w --json");
    let study = &list["studies"][0];
    let tables = study["tables"].as_array().unwrap().iter();
    let ndb = tables.filter(|table| table["name"] == "ndb");
    let versions = ndb.map(|table| table["version"].as_u64().unwrap());
    versions.chain(study["link"].as_u64()).sum()
}

/// Files below the study that the catalogue doesn't name.
fn left_over(place: &Place) -> serde_json::Value {
    place.json("study verify --dir w --study S --json")["left_over"].take()
}

/// Kills at every one of the first `points` lines, and lets the same command do the work after each. Returns how often
/// the command was still running.
fn killed_everywhere(place: &Place, line: &str, points: usize) -> usize {
    let cut_off = (0..points).filter(|point| {
        let before = versions(place);
        let killed = killed_after(place, line, *point);
        let then = versions(place);
        assert!(
            (before..=before.saturating_add(1)).contains(&then),
            "{line} at {point}"
        );
        place.ok(line);
        assert_eq!(
            versions(place),
            then.saturating_add(1),
            "{line} after {point}"
        );
        assert_eq!(
            left_over(place),
            serde_json::json!([]),
            "{line} after {point}"
        );
        killed
    });
    cut_off.count()
}

#[test]
fn a_killed_import_or_link_leaves_what_stood_and_can_be_done_again() {
    let mut met = 0;
    for batches in BATCHES.. {
        let rows = batches * 16 * 1024 + 100;
        let place = tables(rows);
        // Each batch is read, and written; then the table is recorded.
        let lines = 2 * batches as usize + 4;
        let line = import("ndb", "ndb", "--approval A-1 --replace");
        let imports = killed_everywhere(&place, &line, lines);
        let links = killed_everywhere(&place, "study link --dir w --study S", lines);
        assert!(
            imports >= 6 && links >= 3,
            "killed {imports} imports and {links} links"
        );
        let sql = "select count(distinct a.person) as persons, sum(n.v) as rows from anon a join ndb n on a.person = n.person";
        assert_eq!(
            text(&place.ask("w", sql).stdout),
            format!("persons,rows\n{rows},{rows}\n")
        );
        assert!(place.ok("record --dir w").contains("whole"));
        met += imports + links;
        if met >= wanted() {
            break;
        }
    }
}
