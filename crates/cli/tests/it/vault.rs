//! The vault as a thief, an editor and a forgetful owner meet it.

use std::path::Path;
use std::process::Command;

use renketsu_store::Store;

use crate::plain::{KCV, study};
use crate::{Place, VAULT_PASSPHRASE, refused, text};

/// Edits the state of `w` as somebody with another program would.
fn edit(place: &Place, sql: &str) {
    edit_state(place, "w", sql);
}

/// As [`edit`], of any party's directory.
pub(crate) fn edit_state(place: &Place, dir: &str, sql: &str) {
    const SCRIPT: &str =
        "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])";
    let output = python()
        .args(["-c", SCRIPT, &format!("{dir}/state.sqlite"), sql])
        .current_dir(place.dir.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{sql}\n{}", text(&output.stderr));
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test command names its own interpreter"
)]
fn python() -> Command {
    Command::new(std::env::var("RENKETSU_PYTHON").unwrap_or_else(|_| "python3".to_owned()))
}

/// Whether there is another program to edit the state with; the test command has to have one.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "the test command must not skip what a developer's machine may"
)]
pub(crate) fn editor_is_missing() -> bool {
    let found = python().args(["-c", "import sqlite3"]).output();
    let missing = !found.is_ok_and(|output| output.status.success());
    if missing {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "not installed: python3"
        );
        println!("SKIPPED: not installed: python3");
    }
    missing
}

/// Keeps the catalogue as it stands, for [`PUT_BACK`].
const KEEP: &str = "VACUUM INTO 'saved.sqlite'";
const PUT_BACK: &str = "ATTACH 'saved.sqlite' AS saved; DELETE FROM vault_files; INSERT INTO vault_files SELECT * FROM saved.vault_files;
    UPDATE vault_studies SET (wrapped, sequence, mac) = (SELECT wrapped, sequence, mac FROM saved.vault_studies); DETACH saved";

const SUM: &str =
    "select sum(a.value) as v, sum(n.points) as p from anon a join ndb n on a.person = n.person";

/// A linked study with a saved cohort.
fn linked() -> Place {
    let place = study();
    place.ok("study link --dir w --study S");
    let words = [
        "study", "cohort", "save", "--dir", "w", "--study", "S", "--name", "c", "--sql",
    ];
    let sql = "select person from anon where dx = 'E11'";
    let output = place.run_words(&[&words[..], &[sql]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    place
}

#[test]
fn the_vault_opens_with_its_own_passphrase_from_the_right_places() {
    let place = study();
    let credential = place.path("credentials/renketsu-vault-passphrase");
    place.write(
        "credentials/renketsu-vault-passphrase",
        "another passphrase\n",
    );
    for line in ["link", "verify"] {
        let line = format!("study {line} --dir w --study S");
        place.fails(&line, 1, "seal.vault.passphrase");
    }
    std::fs::remove_file(&credential).unwrap();
    place.fails(
        "study link --dir w --study S",
        2,
        "cli.passphrase.vault_missing",
    );
    place.fails(
        "study create --dir new --study S --provision P-2026-0001",
        2,
        "cli.passphrase.vault_missing",
    );
    assert!(!place.path("new/vault").exists());
    place.write("words", format!("{VAULT_PASSPHRASE}\n"));
    let script = format!(
        "{} study link --dir w --study S --vault-passphrase-fd 3 3<words",
        env!("CARGO_BIN_EXE_renketsu")
    );
    let output = Command::new("sh")
        .args(["-c", &script])
        .env("LC_ALL", "en_US.UTF-8")
        .current_dir(place.dir.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn a_new_vault_needs_a_long_passphrase_and_a_lost_one_is_not_made_again() {
    let place = Place::new();
    let create = "study create --dir w --provision P-2026-0001 --study S";
    place.write("credentials/renketsu-vault-passphrase", "short\n");
    place.fails(create, 1, "seal.vault.passphrase_short");
    assert!(!place.path("w/vault/vault.json").exists());
    place.write("credentials/renketsu-vault-passphrase", VAULT_PASSPHRASE);
    place.ok(create);
    assert!(place.path("w/vault/vault.json").exists());
    std::fs::remove_file(place.path("w/vault/vault.json")).unwrap();
    place.fails("study link --dir w --study S", 2, "seal.vault.missing");
    place.fails(
        "study create --dir w --provision P-2026-0002 --study T",
        2,
        "seal.vault.missing",
    );
    assert!(!place.path("w/vault/vault.json").exists());
}

/// Every file of the study, below the place.
fn files(place: &Place) -> Vec<String> {
    let listing = place.listing();
    let below = |path: &Path| {
        path.strip_prefix(place.dir.path())
            .unwrap()
            .display()
            .to_string()
    };
    let files = listing.iter().map(|(path, _)| below(path));
    files
        .filter(|path| path.starts_with("w/studies/"))
        .collect()
}

/// What fails when this file is not the one that was written.
fn user(file: &str) -> &'static str {
    if file.contains("/tables/")
        || file.contains("attached")
        || file.contains("aliases")
        || file.ends_with("persons.parquet")
    {
        "link"
    } else if file.contains("/cohorts/") {
        "cohort"
    } else {
        "query"
    }
}

/// Runs what reads the file, and the check of the whole study; both must be refused.
fn refuses(place: &Place, file: &str, what: &str) {
    let output = match user(file) {
        "link" => place.run("study link --dir w --study S"),
        "cohort" => place.ask("w", "select count(*) from c"),
        _ => place.ask("w", SUM),
    };
    assert_eq!(
        output.status.code(),
        Some(1),
        "{what} {file}\n{}",
        text(&output.stderr)
    );
    assert_eq!(text(&output.stdout), "", "{what} {file}");
    let output = place.run("study verify --dir w --study S");
    refused(&output, 1, "cli.verify.wrong", file);
    let said = text(&output.stdout);
    let name = Path::new(file).file_name().unwrap().to_str().unwrap();
    assert!(said.contains(name), "{what} {file}\n{said}");
}

#[test]
fn a_file_with_one_flipped_bit_cut_or_gone_is_refused_and_named() {
    let place = linked();
    let all = files(&place);
    assert_eq!(all.len(), 12, "{all:?}");
    for file in all {
        let path = place.path(&file);
        let good = std::fs::read(&path).unwrap();
        let mut flipped = good.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        for (what, bytes) in [("flipped", &flipped[..]), ("cut", &good[..good.len() - 1])] {
            std::fs::write(&path, bytes).unwrap();
            refuses(&place, &file, what);
        }
        std::fs::remove_file(&path).unwrap();
        refuses(&place, &file, "gone");
        std::fs::write(&path, good).unwrap();
    }
    assert!(
        place
            .ok("study verify --dir w --study S")
            .contains("12 files")
    );
}

#[test]
fn a_file_of_another_table_or_version_is_refused() {
    let place = linked();
    // The same rows under another name and in another version: files of the same length.
    let import = |table: &str, more: &str| {
        place.ok(&format!(
            "study import --dir w --study S --table {table} --kind anonymized anon.csv --provision P-2026-0001 --kcv {KCV} --number-id id5 {more}"
        ));
    };
    import("other", "");
    import("anon", "--replace");
    let link = "study link --dir w --study S";
    place.ok(link);
    let sql = "select sum(value) as v from anon";
    assert_eq!(text(&place.ask("w", sql).stdout), "v\n45\n");
    let mine = place.path("w/studies/S/tables/anon/2/rows.parquet");
    let good = std::fs::read(&mine).unwrap();
    for foreign in ["other/1", "anon/1"] {
        let foreign = place.path(&format!("w/studies/S/tables/{foreign}/rows.parquet"));
        let foreign = std::fs::read(foreign).unwrap();
        assert_eq!(foreign.len(), good.len());
        std::fs::write(&mine, foreign).unwrap();
        refused(&place.ask("w", sql), 1, "engine.file.changed", sql);
        place.fails(link, 1, "engine.link.import");
        place.fails("study verify --dir w --study S", 1, "cli.verify.wrong");
    }
    std::fs::write(&mine, good).unwrap();
    place.ok(link);
}

#[test]
fn an_edited_catalogue_or_wrap_is_refused_by_every_command() {
    if editor_is_missing() {
        return;
    }
    let place = linked();
    place.vault("other");
    place.ok("study create --dir other --study S --provision P-2026-0001");
    let other = Store::open(&place.path("other")).unwrap();
    let (foreign, _, _) = other.vault("S").unwrap().unwrap();
    let foreign = format!(
        "UPDATE vault_studies SET wrapped = '{}'",
        foreign.to_base64()
    );
    edit(&place, KEEP);
    let of_anon = [
        "UPDATE vault_files SET bytes = bytes + 1",
        "UPDATE vault_files SET path = replace(path, 'anon', 'ndb')",
        "UPDATE vault_files SET version = 2",
        "DELETE FROM vault_files",
        "UPDATE vault_files SET wrapped = (SELECT wrapped FROM vault_files WHERE table_name = 'ndb' AND file = 'rows')",
        "UPDATE vault_files SET sha256 = replace(sha256, substr(sha256, 1, 1), 'x')",
    ];
    let of_study = [
        (foreign.as_str(), "seal.vault.wrap"),
        (
            "UPDATE vault_studies SET sequence = sequence - 1",
            "store.older",
        ),
        (
            "UPDATE vault_studies SET mac = (CASE substr(mac, 1, 1) WHEN '0' THEN '1' ELSE '0' END) || substr(mac, 2)",
            "store.older",
        ),
        (
            "UPDATE vault_studies SET mac = replace(mac, substr(mac, 1, 1), 'x')",
            "store.damaged",
        ),
    ];
    let edits = of_anon
        .iter()
        .map(|sql| {
            (
                format!("{sql} WHERE table_name = 'anon' AND file = 'rows'"),
                "seal.vault.catalogue",
            )
        })
        .chain(of_study.map(|(sql, code)| (sql.to_owned(), code)));
    for (sql, code) in edits {
        edit(&place, &sql);
        refused_by_all(&place, code);
        edit(&place, PUT_BACK);
    }
    place.ok("study verify --dir w --study S");
}

/// As [`PUT_BACK`], for the rows that say something of the study.
const ROWS_PUT_BACK: &str = "ATTACH 'saved.sqlite' AS saved; PRAGMA foreign_keys = OFF;
        DELETE FROM cohorts; DELETE FROM links; DELETE FROM study_tables;
        UPDATE studies SET (provision, kcv, kcv_proven, row_level) = (SELECT provision, kcv, kcv_proven, row_level FROM saved.studies);
        INSERT INTO study_tables SELECT * FROM saved.study_tables; INSERT INTO links SELECT * FROM saved.links;
        INSERT INTO cohorts SELECT * FROM saved.cohorts; DETACH saved";

#[test]
fn an_edited_row_of_the_study_is_refused_by_every_command() {
    if editor_is_missing() {
        return;
    }
    let place = linked();
    edit(&place, KEEP);
    let before = place.listing();
    for sql in [
        r#"UPDATE studies SET row_level = '{"cap":1000,"approved_by":"x","reason":"x"}'"#,
        "UPDATE studies SET provision = 'P-2026-0009'",
        "UPDATE studies SET kcv_proven = 1",
        "UPDATE study_tables SET kind = 'reference' WHERE name = 'ndb'",
        "UPDATE study_tables SET kind = 'reference', source = 'x', approved_by = 'y' WHERE name = 'ndb'",
        "DELETE FROM study_tables WHERE name = 'ndb'",
        "UPDATE links SET tables = replace(tables, '\"version\":1', '\"version\":2')",
        "DELETE FROM links",
        "DELETE FROM cohorts",
        "UPDATE cohorts SET persons = persons + 1",
    ] {
        edit(&place, sql);
        refused_by_all(&place, "seal.vault.catalogue");
        edit(&place, ROWS_PUT_BACK);
    }
    place.ok("study verify --dir w --study S");
    // No file went away: what the edited rows no longer named is still there.
    let files = |listing: &[(std::path::PathBuf, _)]| {
        listing
            .iter()
            .filter(|(path, _)| path.starts_with(place.path("w/studies")))
            .count()
    };
    assert_eq!(files(&place.listing()), files(&before));
}

/// Every command that opens the study is refused.
fn refused_by_all(place: &Place, code: &str) {
    // What no version of ours writes is damage.
    let exit = if code == "store.damaged" { 3 } else { 1 };
    for line in [
        "link",
        "verify",
        "query --sql x",
        "cohort save --name d --sql x",
        "rows --forbid",
        "rows --allow 5 --approved-by A --reason R",
        "approve-reference --table ndb --table-version 1 --approved-by A",
    ] {
        place.fails(&format!("study {line} --dir w --study S"), exit, code);
    }
    place.fails(
        &format!("study import --dir w --study S --table t --kind anonymized anon.csv --provision P-2026-0001 --kcv {KCV} --number-id id5"),
        exit,
        code,
    );
}

#[test]
fn an_edited_vault_file_is_refused() {
    let place = study();
    place.vault("other");
    let vault = place.path("w/vault/vault.json");
    let good = std::fs::read_to_string(&vault).unwrap();
    let elsewhere = std::fs::read_to_string(place.path("other/vault/vault.json")).unwrap();
    let edited = good.replace("\"passes\": 1", "\"passes\": 2");
    for (text, code, exit) in [
        (elsewhere, "seal.vault.wrap", 1),
        (edited, "seal.vault.damaged", 1),
        (
            good.replace("\"salt\": \"", "\"salt\": \"AAAA"),
            "seal.vault.damaged",
            1,
        ),
    ] {
        std::fs::write(&vault, text).unwrap();
        place.fails("study verify --dir w --study S", exit, code);
    }
    std::fs::write(&vault, good).unwrap();
    place.ok("study verify --dir w --study S");
}

#[test]
fn an_older_catalogue_with_its_own_mac_is_refused() {
    if editor_is_missing() {
        return;
    }
    let place = study();
    edit(&place, KEEP);
    place.ok("study link --dir w --study S");
    edit(&place, &format!("DELETE FROM links; {PUT_BACK}"));
    for line in ["link", "verify"] {
        place.fails(&format!("study {line} --dir w --study S"), 1, "store.older");
    }
}

/// Puts a pipe that nobody writes into where `path` was.
fn pipe(path: &Path) {
    std::fs::remove_file(path).unwrap_or_default();
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    let kind = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, path, kind, mode, 0).unwrap();
}

/// The outcome of a command that must not wait for ever.
fn ends(place: &Place, line: &str) -> std::process::Output {
    let words: Vec<&str> = line.split_whitespace().collect();
    let child = place
        .command(&words)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let (tell, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || tell.send(child.wait_with_output()));
    let minute = std::time::Duration::from_mins(1);
    let output = ended.recv_timeout(minute).ok();
    output.unwrap_or_else(|| panic!("{line} waits")).unwrap()
}

#[test]
fn a_pipe_in_the_place_of_a_file_keeps_nobody_waiting() {
    let place = linked();
    let import = format!(
        "study import --dir w --study S --table more --kind ndb --provision P-2026-0001 \
        --number-id id5 --approval A-1 --kcv {KCV} "
    );
    for name in ["pipe", "pipe.rkp", "pipe.csv"] {
        pipe(&place.path(name));
        let output = ends(&place, &format!("{import} {name}"));
        refused(&output, 3, "workspace.import.io", name);
    }

    let (rows, _) = place
        .listing()
        .into_iter()
        .find(|(path, _)| path.ends_with("anon/1/rows.parquet"))
        .unwrap();
    pipe(&rows);
    let output = ends(&place, "study verify --dir w --study S");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));

    pipe(&place.path("w/vault/vault.json"));
    let output = ends(&place, "study verify --dir w --study S");
    refused(&output, 3, "seal.vault.io", "vault.json");
}
