use renketsu_store::Event;
use renketsu_testkit::now;
use renketsu_workspace::{Verified, VerifyError, verify};

use crate::link::imported;
use crate::{FakeEngine, Told, Workspace, workspace};

fn check(place: &mut Workspace) -> Result<Verified<Told>, VerifyError> {
    let Workspace { dir, vault, store } = place;
    let engine = FakeEngine::default();
    verify(store, vault, &engine, dir.path(), "S", now())
}

#[test]
fn a_check_names_what_is_wrong_and_what_is_left_over() {
    let mut place = workspace();
    imported(&mut place, "a");
    place.link(&FakeEngine::default(), "S").unwrap();
    let found = check(&mut place).unwrap();
    assert_eq!((found.files, found.bytes), (2, 6));
    assert!(found.wrong.is_empty() && found.left_over.is_empty());

    let studies = place.path().join("studies/S");
    std::fs::write(studies.join("tables/a/1/rows.parquet"), b"longer").unwrap();
    std::fs::create_dir_all(studies.join("links/2")).unwrap();
    let over = studies.join("links/2/persons.parquet");
    std::fs::write(&over, b"x").unwrap();
    let found = check(&mut place).unwrap();
    let wrong: Vec<String> = found.wrong.iter().map(|(n, _)| n.to_string()).collect();
    assert_eq!(wrong, ["S/a/rows/1"]);
    assert_eq!(found.left_over, [over]);
    let last = place.store.events().unwrap().pop().unwrap().event;
    assert_eq!(last.action, "study.verified");
    assert_eq!(last.details["wrong"], serde_json::json!(["S/a/rows/1"]));
}

#[test]
fn a_catalogue_that_is_not_the_one_recorded_ends_the_check() {
    let mut place = workspace();
    imported(&mut place, "a");
    let (_, catalogue, mac) = place.store.vault("S").unwrap().unwrap();
    let change = |place: &mut Workspace, sequence: u64, event: Event| {
        let txn = place.store.begin().unwrap();
        txn.put_files("S", &[], &[], sequence, &mac).unwrap();
        txn.commit(&event).unwrap();
        let refused = check(place).unwrap_err();
        assert_eq!(refused.exit(), 1);
        refused.code()
    };
    let next = catalogue.sequence.saturating_add(1);
    let silent = Event::new("study.linked", "S", now());
    assert_eq!(change(&mut place, next, silent.clone()), "store.older");
    // The record says so, and the MAC is that of another catalogue.
    let next = next.saturating_add(1);
    let told = silent.at_catalogue("S", next, &mac);
    assert_eq!(change(&mut place, next, told), "seal.vault.catalogue");
}
