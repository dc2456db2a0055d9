use renketsu_seal::vault::Entry;
use renketsu_store::CohortRecord;
use renketsu_testkit::now;
use renketsu_workspace::{
    AskError, CohortError, CohortFile, Linked, NewCohort, linked, save_cohort,
};

use crate::link::imported;
use crate::{FakeEngine, Told, Workspace, workspace, written};

fn save(
    place: &mut Workspace,
    name: &str,
    work: impl FnOnce(&Linked, CohortFile<'_>) -> Result<(Entry, u64), Told>,
) -> Result<CohortRecord, CohortError<Told>> {
    let Workspace { dir, vault, store } = place;
    let ask = NewCohort {
        dir: dir.path(),
        study: "S",
        name,
    };
    save_cohort(store, vault, ask, work, now())
}

/// Saves three persons of nobody.
fn three(place: &mut Workspace, name: &str) -> Result<CohortRecord, CohortError<Told>> {
    let root = place.path().to_owned();
    save(place, name, |linked, file| {
        let names = [file.name, "cohort"];
        let entry = written(&root, &linked.study, file.path, names, file.version, b"123");
        Ok((entry, 3))
    })
}

#[test]
fn a_cohort_is_a_version_with_its_link() {
    let mut place = workspace();
    assert!(matches!(
        three(&mut place, "c"),
        Err(CohortError::Ask(AskError::NotLinked { .. }))
    ));
    imported(&mut place, "a");
    place.link(&FakeEngine::default(), "S").unwrap();
    assert!(matches!(
        three(&mut place, "a"),
        Err(CohortError::Table { .. })
    ));
    assert!(matches!(
        three(&mut place, "person"),
        Err(CohortError::Name(_))
    ));
    for version in [1, 2] {
        let saved = three(&mut place, "c").unwrap();
        assert_eq!((saved.version, saved.persons, saved.link), (version, 3, 1));
    }
    let found = linked(&place.store, &place.vault, "S").unwrap();
    assert_eq!(found.cohorts.len(), 1);
    assert_eq!(found.cohorts[0].version, 2);
    assert!(place.path().join("studies/S/cohorts/c.1").exists());
}

#[test]
fn a_cohort_that_fails_leaves_nothing() {
    let mut place = workspace();
    imported(&mut place, "a");
    place.link(&FakeEngine::default(), "S").unwrap();
    let failed = save(&mut place, "c", |_, file| {
        std::fs::write(file.path, b"1").unwrap();
        Err(Told)
    });
    assert!(matches!(failed, Err(CohortError::Engine(Told))));
    assert!(!place.path().join("studies/S/cohorts/c.1").exists());
    three(&mut place, "c").unwrap();
}

#[test]
fn a_cohort_of_persons_who_became_one_is_not_asked() {
    let mut place = workspace();
    imported(&mut place, "a");
    place.link(&FakeEngine::default(), "S").unwrap();
    three(&mut place, "c").unwrap();
    place.link(&FakeEngine::default(), "S").unwrap();
    let found = linked(&place.store, &place.vault, "S").unwrap();
    assert_eq!(found.cohorts.len(), 1);
    let merging = FakeEngine {
        merged: 1,
        ..FakeEngine::default()
    };
    place.link(&merging, "S").unwrap();
    let found = linked(&place.store, &place.vault, "S").unwrap();
    assert_eq!(found.cohorts, []);
    assert!(matches!(found.refusal("c"), Some(AskError::Stale { .. })));
    three(&mut place, "c").unwrap();
    let found = linked(&place.store, &place.vault, "S").unwrap();
    assert_eq!(found.cohorts.len(), 1);
}
