//! The state and the trusted cards of a party as an editor of its disk meets them.

use std::path::Path;

use renketsu_store::{Event, Store};

use crate::chain::{COLUMNS, PATIENTS, REGISTRY, introduced};
use crate::vault::{edit_state, editor_is_missing};
use crate::{Place, refused, text};

/// Edits one row, has `line` refuse it, and puts the row back.
fn not_believed(place: &Place, dir: &str, edit: &str, back: &str, line: &str) {
    edit_state(place, dir, edit);
    place.fails(line, 1, "store.edited");
    edit_state(place, dir, back);
}

#[test]
fn an_edited_row_of_a_party_is_believed_by_no_command() {
    if editor_is_missing() {
        return;
    }
    let place = introduced(REGISTRY);
    place.write("patients.csv", PATIENTS);
    place.write("columns.toml", COLUMNS);
    place.ok("producer request --dir producer --provision P-2026-0001 --table patients.csv --columns columns.toml --out request.rkp");
    let issue = "authority issue request.rkp --dir authority --out answer.rkp";
    for (edit, back) in [
        (
            "UPDATE applications SET decision = 'refused'",
            "UPDATE applications SET decision = 'accepted'",
        ),
        (
            "UPDATE provisions SET body = replace(body, 'N-1', 'N-2')",
            "UPDATE provisions SET body = replace(body, 'N-2', 'N-1')",
        ),
        (
            "UPDATE registry_versions SET file = file || 'x'",
            "UPDATE registry_versions SET file = substr(file, 1, length(file) - 1)",
        ),
        (
            "INSERT INTO delegations VALUES (1, 'P-2026-0001', '{}', '', '', '')",
            "DELETE FROM delegations",
        ),
        (
            "INSERT INTO amendments VALUES ('P-2026-0001', 1, '{}', '', '', '')",
            "DELETE FROM amendments",
        ),
        (
            "INSERT INTO service_certificates VALUES ('', '', '', '', NULL)",
            "DELETE FROM service_certificates",
        ),
        (
            "INSERT INTO fee_rules VALUES (1, '{}', '')",
            "DELETE FROM fee_rules",
        ),
    ] {
        not_believed(&place, "authority", edit, back, issue);
    }
    for line in [
        "authority provision close P-2026-0001 --dir authority",
        "authority application notice A-1 --pdf a.pdf --dir authority",
        "authority fee rule --due-days 9 --dir authority",
        "authority serve --listen 127.0.0.1:0 --dir authority",
        "trust remove producer --dir authority",
        "state check --dir authority",
        "state adopt --dir authority",
    ] {
        edit_state(&place, "authority", "UPDATE applications SET method = 'x'");
        let code = if line.starts_with("state adopt") {
            "cli.state.proven"
        } else {
            "store.edited"
        };
        place.fails(line, 1, code);
    }
    assert!(!place.path("answer.rkp").exists() && !place.path("a.pdf").exists());
    not_believed(
        &place,
        "producer",
        "UPDATE certification SET number = 'N-2'",
        "UPDATE certification SET number = 'N-1'",
        "producer status --dir producer",
    );
    not_believed(
        &place,
        "producer",
        "UPDATE requests SET map_file = map_file || 'x'",
        "UPDATE requests SET map_file = substr(map_file, 1, length(map_file) - 1)",
        "producer certify --dir producer --kind anonymized --number N-1 --ground 19-1",
    );
    place.ok("producer status --dir producer");
}

#[test]
fn a_list_says_whether_it_is_proven_and_nobody_is_asked_for_it() {
    let place = Place::new();
    place.ok("init --dir a --role authority --name A");
    let list = "authority provision list --dir a --json";
    assert_eq!(place.json(list)["proven"], true);
    let whole = place.json("state check --dir a --json");
    assert_eq!(
        (&whole["entries"], &whole["proven"]),
        (&1.into(), &true.into())
    );
    std::fs::remove_file(place.path("credentials/renketsu-passphrase")).unwrap();
    let output = place.run(list);
    assert!(output.status.success());
    assert!(text(&output.stdout).contains("\"proven\": false"));
    assert!(
        text(&output.stderr).contains("as they stand"),
        "{}",
        text(&output.stderr)
    );
    place.fails("state check --dir a", 2, "cli.passphrase.missing");
}

#[test]
fn whom_a_party_trusts_is_nobodys_to_say_who_has_not_its_passphrase() {
    if editor_is_missing() {
        return;
    }
    let place = introduced(REGISTRY);
    // A card among the files, as it was done before lists were signed.
    place.ok("init --dir s --role producer --name Stranger");
    let card = place.json("keys show --dir s --json --out stranger.card");
    let name = card["fingerprint"].as_str().unwrap().replace(' ', "");
    std::fs::create_dir(place.path("workspace/trust")).unwrap();
    let file = place.path(&format!("workspace/trust/{name}.json"));
    std::fs::copy(place.path("stranger.card"), file).unwrap();
    for dir in ["workspace", "authority", "producer"] {
        let list = place.ok(&format!("trust list --dir {dir}"));
        assert_eq!(list.lines().count(), 2, "{list}");
    }
    // The list of another party, an older one, and none.
    let older = "UPDATE trusted SET list = (SELECT list FROM saved.trusted); DETACH saved";
    edit_state(&place, "workspace", "VACUUM INTO 'saved.sqlite'");
    place.ok("trust remove producer --dir workspace");
    for (dir, from, code) in [
        ("workspace", "authority/state.sqlite", "store.trust_older"),
        ("workspace", "saved.sqlite", "store.trust_older"),
        ("authority", "producer/state.sqlite", "store.edited"),
    ] {
        let kept = place.path(&format!("{dir}.kept"));
        edit_state(&place, dir, &format!("VACUUM INTO '{dir}.kept'"));
        edit_state(&place, dir, &format!("ATTACH '{from}' AS saved; {older}"));
        let output = place.run(&format!("trust remove authority --dir {dir}"));
        refused(&output, 1, code, from);
        let output = place.run(&format!("trust list --dir {dir}"));
        refused(&output, 1, code, from);
        let back = format!("ATTACH '{dir}.kept' AS saved; {older}");
        edit_state(&place, dir, &back);
        std::fs::remove_file(kept).unwrap();
    }
    edit_state(
        &place,
        "workspace",
        "VACUUM INTO 'whole.sqlite'; DELETE FROM trusted",
    );
    place.fails("trust list --dir workspace", 1, "store.trust");
    let back = "ATTACH 'whole.sqlite' AS saved; INSERT INTO trusted SELECT * FROM saved.trusted";
    edit_state(&place, "workspace", back);
    place.ok("trust list --dir workspace");
    // The record edited: its chain is left.
    let other = "DROP TRIGGER events_keep; UPDATE events SET body = replace(body, 'trust_sha256', 'x');
        CREATE TRIGGER events_keep   BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
        UPDATE trusted SET list = replace(list, 'producer', 'authority')";
    edit_state(&place, "workspace", other);
    place.fails("trust list --dir workspace", 1, "store.chain");
}

#[test]
fn a_state_without_a_proof_is_taken_over_once_and_only_if_it_is_from_before() {
    if editor_is_missing() {
        return;
    }
    let place = Place::new();
    place.ok("init --dir new --role authority --name A");
    edit_state(&place, "new", "DELETE FROM state_proof");
    place.fails("authority init --dir new", 1, "store.unproven");
    place.fails("state adopt --dir new", 1, "cli.state.proven");
    // Keys that a version made that knew of no proof, and a state as it left one.
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/before-proofs");
    std::fs::create_dir_all(place.path("old/keys")).unwrap();
    for file in ["card.json", "private.age"] {
        std::fs::copy(fixture.join(file), place.path("old/keys").join(file)).unwrap();
    }
    let now = "2026-11-22T03:00:00Z".parse().unwrap();
    let mut store = Store::open(&place.path("old")).unwrap();
    let event = Event::new("party.created", "A", now);
    store.begin().unwrap().commit(&event).unwrap();
    drop(store);
    place.fails("authority init --dir old", 1, "store.unproven");
    place.fails("state check --dir old", 1, "store.unproven");
    assert_eq!(place.json("state adopt --dir old --json")["entries"], 2);
    place.ok("authority init --dir old");
    place.ok("state check --dir old");
    edit_state(&place, "old", "DELETE FROM state_proof");
    place.fails("state adopt --dir old", 1, "store.exists");
    place.ok("init --dir w --name W");
    place.fails("state adopt --dir w", 2, "cli.state.workspace");
    assert_eq!(place.json("state check --dir w --json")["proven"], false);
}
