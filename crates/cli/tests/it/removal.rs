//! A person's removal, from the producer to the study's answers.

use crate::chain::{answers, exchanged};

#[test]
fn a_person_who_was_removed_is_nobody_in_every_table_and_cohort_from_the_next_link_on() {
    let place = exchanged();
    place
        .ok("study import --dir workspace --study S --table visits --kind anonymized delivery.rkp");
    place.ok("study import --dir workspace --study S --table ndb --kind ndb ndb.rkp");
    place.ok("study link --dir workspace --study S");
    let both =
        "select count(distinct v.person) as n from visits v join ndb n on v.person = n.person";
    answers(&place, both, "n\n4\n");

    // The producer asks for everybody again, gets the same IDs, and names the one who leaves.
    place.ok("producer request --dir producer --provision P-2026-0001 --table patients.csv --columns columns.toml --out again.rkp");
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
        both,
    ]);
    assert!(!pending.status.success() && pending.stdout.is_empty());
    let said = String::from_utf8_lossy(&pending.stderr).into_owned();
    assert!(said.contains("workspace.ask.removal_pending"), "{said}");

    place.ok("study link --dir workspace --study S");
    answers(&place, both, "n\n3\n");
    answers(
        &place,
        "select count(distinct person) as n from ndb",
        "n\n3\n",
    );
}
