//! A person's removal, from the producer to the study's answers.

use crate::Place;
use crate::chain::{answers, exchanged};

const SOURCES: &str = "--table patients.csv --columns columns.toml";
pub(crate) const BOTH: &str =
    "select count(distinct v.person) as n from visits v join ndb n on v.person = n.person";

/// Linked, with four persons in both tables.
fn linked() -> Place {
    link(exchanged())
}

pub(crate) fn link(place: Place) -> Place {
    place
        .ok("study import --dir workspace --study S --table visits --kind anonymized delivery.rkp");
    place.ok("study import --dir workspace --study S --table ndb --kind ndb ndb.rkp");
    place.ok("study link --dir workspace --study S");
    answers(&place, BOTH, "n\n4\n");
    place
}

/// The producer asks for these keys among others, the authority answers, and the removal is sealed as `NAME.removal`.
pub(crate) fn removed(place: &Place, name: &str, keys: &str) -> serde_json::Value {
    place.write(&format!("{name}.csv"), format!("患者番号\n{keys}"));
    let asked: serde_json::Value = serde_json::from_str(&place.ok(&format!(
        "producer remove request --dir producer --provision P-2026-0001 {SOURCES} --keys {name}.csv --key 患者番号 --out {name}.request --json"
    )))
    .unwrap();
    assert_eq!(asked["schema"], "renketsu.remove-request/1");
    place.ok(&format!(
        "authority issue {name}.request --dir authority --out {name}.answer"
    ));
    let told = place.ok(&format!(
        "producer remove deliver --dir producer --answers {name}.answer --out {name}.removal --json"
    ));
    serde_json::from_str(&told).unwrap()
}

pub(crate) fn take(place: &Place, name: &str) {
    place.ok(&format!(
        "study remove-persons {name}.removal --dir workspace --study S"
    ));
    place.ok("study link --dir workspace --study S");
}

#[test]
fn a_person_who_was_removed_is_nobody_in_every_table_and_cohort_from_the_next_link_on() {
    let place = linked();
    // By the steps: the same IDs again, and a table named `removed`.
    place.ok(&format!(
        "producer request --dir producer --provision P-2026-0001 {SOURCES} --out again.rkp"
    ));
    place.ok("authority issue again.rkp --dir authority --out again-answer.rkp");
    place.write("leaving.csv", "患者番号\nA2\n");
    place.ok("producer attach --dir producer --answers again-answer.rkp --key 患者番号 --table removed=leaving.csv");
    place.ok("producer deliver --dir producer --provision P-2026-0001 --purpose research --place room --contract C-1 --from 2026-01-01 --until 2099-12-31 --table removed --out removal.rkp");
    let mistaken = place.run(
        "study import --dir workspace --study S --table removed --kind anonymized removal.rkp",
    );
    assert!(
        !mistaken.status.success(),
        "a removal is no table to be linked"
    );
    place.ok("study remove-persons removal.rkp --dir workspace --study S");
    let again = place.run("study remove-persons removal.rkp --dir workspace --study S");
    assert!(!again.status.success(), "a package is taken once");

    // Not asked while the rows are still linked.
    let pending = place.run_words(&[
        "--lang",
        "en",
        "study",
        "query",
        "--dir",
        "workspace",
        "--study",
        "S",
        "--sql",
        BOTH,
    ]);
    assert!(!pending.status.success() && pending.stdout.is_empty());
    let said = String::from_utf8_lossy(&pending.stderr).into_owned();
    assert!(said.contains("workspace.ask.removal_pending"), "{said}");

    place.ok("study link --dir workspace --study S");
    answers(&place, BOTH, "n\n3\n");
    answers(
        &place,
        "select count(distinct person) as n from ndb",
        "n\n3\n",
    );
}

#[test]
fn persons_are_removed_again_and_again_and_nobody_comes_back() {
    let place = linked();
    let saved = place.run_words(&[
        "study",
        "cohort",
        "save",
        "--dir",
        "workspace",
        "--study",
        "S",
        "--name",
        "everybody",
        "--sql",
        "select person from ndb",
    ]);
    assert!(saved.status.success());
    let first = removed(&place, "first", "A2\n");
    assert_eq!(first["keys"]["number"], 1);
    assert_eq!(first["purpose"], "research", "as in the delivery before");
    take(&place, "first");
    answers(&place, BOTH, "n\n3\n");
    // A further removal adds its person. A5 has a kana ID of nobody, and is told as one without an ID.
    let second = removed(&place, "second", "A1\nA5\n");
    assert_eq!(
        (&second["keys"]["rows"], &second["keys"]["number"]),
        (&2.into(), &1.into())
    );
    place.ok("study remove-persons second.removal --dir workspace --study S");
    let link: serde_json::Value =
        serde_json::from_str(&place.ok("study link --dir workspace --study S --json")).unwrap();
    let removals = &link["report"]["removals"];
    assert_eq!(
        (&removals[0]["persons"], &removals[0]["nobody"]),
        (&1.into(), &0.into())
    );
    assert_eq!(
        (&removals[1]["persons"], &removals[1]["nobody"]),
        (&1.into(), &1.into())
    );
    answers(&place, BOTH, "n\n2\n");
    answers(&place, "select count(person) as n from everybody", "n\n2\n");
    // A table that comes in once more brings nobody back, and the list says what still lies there.
    place.ok("authority stamp ndb.csv --dir authority --provision P-2026-0001 --database ndb --approval A-2 --table ndb --person person --out ndb-again.rkp");
    place.ok(
        "study import --dir workspace --study S --table ndb --kind ndb --replace ndb-again.rkp",
    );
    place.ok("study link --dir workspace --study S");
    answers(&place, BOTH, "n\n2\n");
    let list: serde_json::Value =
        serde_json::from_str(&place.ok("study list --dir workspace --json")).unwrap();
    let tables = list["studies"][0]["tables"].as_array().unwrap();
    let lying = |name: &str| {
        let table = tables.iter().find(|table| table["name"] == name);
        table.unwrap()["removed_rows"].as_u64().unwrap()
    };
    assert_eq!((lying("visits"), lying("ndb")), (3, 2));
}

#[test]
fn the_keys_of_those_who_leave_lie_nowhere_in_clear_and_go_with_the_delivery() {
    let place = linked();
    place.write("leaving.csv", "患者番号\nA2\n");
    let request = format!(
        "producer remove request --dir producer --provision P-2026-0001 {SOURCES} --keys leaving.csv --key 患者番号"
    );
    // Who stands in no source would silently stay.
    place.write("wrong.csv", "患者番号\nA2\nA77\n");
    place.fails(
        &format!("{request} --out wrong.request").replace("leaving.csv", "wrong.csv"),
        1,
        "producer.remove.absent",
    );
    assert!(!place.path("wrong.request").exists());
    place.ok(&format!("{request} --out leaving.request"));
    let removals = || {
        std::fs::read_dir(place.path("producer/removals"))
            .unwrap()
            .count()
    };
    assert_eq!(removals(), 2, "keys, and what opens them");
    for entry in std::fs::read_dir(place.path("producer/removals")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(4).any(|window| window == b"\"A2\""));
    }
    place.ok("authority issue leaving.request --dir authority --out leaving.answer");
    // The answer waits for the keys alone.
    place.fails(
        "producer attach --dir producer --answers leaving.answer --key 患者番号 --table more=visits.csv",
        1,
        "producer.attach.removal",
    );
    place.ok(
        "producer remove deliver --dir producer --answers leaving.answer --out leaving.removal",
    );
    assert_eq!(removals(), 0);
    // Done is done: the table went out and is destroyed.
    place.fails(
        "producer remove deliver --dir producer --answers leaving.answer --out again.removal",
        1,
        "producer.deliver.delivered",
    );
    // Another request's answer is none of a removal.
    place.ok(&format!(
        "producer request --dir producer --provision P-2026-0001 {SOURCES} --out other.rkp"
    ));
    place.ok("authority issue other.rkp --dir authority --out other-answer.rkp");
    place.fails(
        "producer remove deliver --dir producer --answers other-answer.rkp --out other.removal",
        1,
        "producer.attach.no_removal",
    );
}
