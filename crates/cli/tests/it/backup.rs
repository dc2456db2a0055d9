//! A directory is backed up, and put back where nothing is.

use crate::Place;
use crate::chain::{COLUMNS, PATIENTS, REGISTRY, answers, exchanged, introduced};
use crate::vault::{edit_state, editor_is_missing};

/// What only its custodians have is put back, from the directory `custodians`.
fn custodians_put_back(place: &Place, back: &serde_json::Value, dir: &str) {
    put_back(place, back, "custodians", dir);
}

fn put_back(place: &Place, back: &serde_json::Value, from: &str, dir: &str) {
    for name in back["custodians"].as_array().unwrap() {
        let name = name.as_str().unwrap();
        let to = place.path(dir).join(name);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(place.path(from).join(name), to).unwrap();
    }
}

#[test]
fn a_directory_is_backed_up_checked_and_put_back() {
    let place = introduced(REGISTRY);
    place.write("patients.csv", PATIENTS);
    place.write("columns.toml", COLUMNS);
    place.ok("producer request --dir producer --provision P-2026-0001 --table patients.csv --columns columns.toml --out request.rkp");
    let made = place.json("backup --dir authority --out authority.backup --json");
    assert_eq!(made["role"], "authority");
    let custodians = made["custodians"].as_array().unwrap();
    assert!(custodians.contains(&"keys/private.age".into()));
    let salt = "secrets/issuer/salt-P-2026-0001";
    assert!(custodians.contains(&salt.into()), "{made}");
    place.fails(
        "backup --dir authority --out authority.backup",
        1,
        "cli.file.exists",
    );
    let before = place.listing();
    let checked = place.json("restore authority.backup --keys authority --verify --json");
    assert_eq!(checked["entries"], made["entries"]);
    assert_eq!(checked["head"], made["head"]);
    assert_eq!(place.listing(), before, "a check writes nothing");
    place.fails(
        "restore authority.backup --keys authority",
        2,
        "cli.usage.missing",
    );
    place.fails(
        "restore authority.backup --keys producer --verify",
        1,
        "seal.backup.other_party",
    );
    let mut bytes = std::fs::read(place.path("authority.backup")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    place.write("changed.backup", bytes);
    place.fails(
        "restore changed.backup --keys authority --dir new",
        1,
        "seal.backup.damaged",
    );
    assert!(!place.path("new").exists());
    place.fails(
        "restore authority.backup --keys authority --dir producer",
        1,
        "backup.not_empty",
    );
    // The disk is lost; the custodians have the keys, and what lies in secrets.
    std::fs::rename(place.path("authority"), place.path("custodians")).unwrap();
    let back = place.json("restore authority.backup --keys custodians --dir authority --json");
    assert_eq!(back["open"], serde_json::json!(["P-2026-0001"]));
    let issue = "authority issue request.rkp --dir authority --out answer.rkp";
    place.fails(issue, 2, "seal.keys.missing");
    custodians_put_back(&place, &back, "authority");
    assert_eq!(
        place.json("state check --dir authority --json")["halted"]["entry"],
        made["entries"].as_u64().unwrap() + 1
    );
    halted_until_confirmed(&place, issue);
    // A producer's maps are in no backup.
    let made = place.json("backup --dir producer --out producer.backup --json");
    let left = made["left_out"].as_array().unwrap();
    assert!(
        left.iter()
            .any(|path| path.as_str().unwrap().starts_with("maps/")),
        "{made}"
    );
}

/// An authority that was put back issues nothing until a second person confirmed.
fn halted_until_confirmed(place: &Place, issue: &str) {
    for line in [
        issue,
        "authority provision dismiss P-2026-0001 --dir authority --reason r --approved-by b",
        "authority serve --listen 127.0.0.1:0 --dir authority",
    ] {
        place.fails(line, 1, "store.halted");
    }
    assert!(!place.path("answer.rkp").exists());
    for line in [
        "authority status --dir authority",
        "authority provision list --dir authority",
        "trust list --dir authority",
        "log checkpoint --dir authority",
        "log verify --dir authority",
        "record --dir authority",
    ] {
        place.ok(line);
    }
    let confirm = "state confirm --dir authority --reason compared --approved-by";
    place.fails(
        &format!("{confirm} Authority"),
        1,
        "store.confirm.same_person",
    );
    let confirmed = place.ok(&format!("{confirm} Suzuki"));
    assert!(confirmed.contains("Suzuki"), "{confirmed}");
    place.fails(&format!("{confirm} Suzuki"), 1, "store.confirm.not_halted");
    let checked = place.json("state check --dir authority --json");
    assert!(checked["halted"].is_null(), "{checked}");
    place.ok(issue);
    let record = place.ok("record --dir authority");
    assert!(record.contains("party.restored"), "{record}");
}

#[test]
fn a_study_that_was_put_back_answers_nothing_until_a_second_person_confirmed() {
    let place = exchanged();
    let import =
        "study import --dir workspace --study S --table visits --kind anonymized delivery.rkp";
    place.ok(import);
    place.ok("study link --dir workspace --study S");
    let sql = "select count(distinct person) as n from visits";
    answers(&place, sql, "n\n4\n");
    place.ok("backup --dir workspace --out workspace.backup");
    std::fs::rename(place.path("workspace"), place.path("custodians")).unwrap();
    let restore = "restore workspace.backup --keys custodians --dir workspace";
    let back = place.json(&format!("{restore} --json"));
    custodians_put_back(&place, &back, "workspace");
    let output = place.ask("workspace", sql);
    crate::refused(&output, 1, "store.halted", sql);
    assert!(output.stdout.is_empty());
    let said = crate::text(&output.stderr);
    assert!(said.contains("renketsu state confirm"), "{said}");
    for line in [
        "study link --dir workspace --study S",
        "study import --dir workspace --study S --table ndb --kind ndb ndb.rkp",
    ] {
        place.fails(line, 1, "store.halted");
    }
    place.ok("study list --dir workspace");
    place.ok("study verify --dir workspace --study S");
    let told = place.ok("state check --dir workspace");
    assert!(told.contains("Halted"), "{told}");
    place.ok("state confirm --dir workspace --reason compared --approved-by Suzuki");
    answers(&place, sql, "n\n4\n");
    place.ok("study import --dir workspace --study S --table ndb --kind ndb ndb.rkp");
}

#[test]
fn an_older_list_of_trusted_cards_comes_back_only_behind_the_halt() {
    if editor_is_missing() {
        return;
    }
    let place = introduced(REGISTRY);
    let cards = |dir: &str| {
        let list = place.json(&format!("trust list --dir {dir} --json"));
        list["cards"].as_array().unwrap().len()
    };
    for (dir, other, edited) in [
        ("workspace", "authority", "store.trust"),
        ("authority", "workspace", "store.edited"),
    ] {
        place.ok(&format!("backup --dir {dir} --out {dir}.backup"));
        place.ok(&format!("trust remove producer --dir {dir}"));
        assert_eq!(cards(dir), 1);
        let new = format!("{dir}-back");
        let back = place.json(&format!(
            "restore {dir}.backup --keys {dir} --dir {new} --json"
        ));
        put_back(&place, &back, dir, &new);
        // Whom it trusted then it trusts, but nobody comes in, and one more may go.
        assert_eq!(cards(&new), 2);
        place.ok(&format!("trust remove {other} --dir {new}"));
        assert_eq!(cards(&new), 1);
        let line = format!("trust add {other}.card --dir {new} --fingerprint");
        let mut words: Vec<&str> = line.split(' ').collect();
        let theirs = place.json(&format!("keys show --dir {other} --json"));
        words.push(theirs["fingerprint"].as_str().unwrap());
        let output = place.run_words(&words);
        crate::refused(&output, 1, "store.halted", &new);
        // The list of the directory that was lost is signed too, and has the same number.
        let from = format!(
            "ATTACH '{dir}/state.sqlite' AS saved;
             UPDATE trusted SET list = (SELECT list FROM saved.trusted); DETACH saved"
        );
        edit_state(&place, &new, &from);
        let output = place.run(&format!("trust remove producer --dir {new}"));
        crate::refused(&output, 1, edited, &new);
    }
}
