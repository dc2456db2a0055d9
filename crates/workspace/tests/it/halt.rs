//! A workspace whose state was put back answers nothing until somebody confirmed it.

use renketsu_store::{Confirmation, Event, Store};
use renketsu_testkit::now;
use renketsu_workspace::{Import, PlainExtract, Standing, TableKind, import, linked};

use crate::link::imported;
use crate::{FakeEngine, Workspace, workspace};

fn put_back(store: &mut Store) {
    let event = Event::new("party.restored", "A", now());
    store.begin().unwrap().commit(&event).unwrap();
}

/// The code that importing a file of this kind is refused with; the file isn't there.
fn import_code(place: &mut Workspace, kind: TableKind) -> &'static str {
    let Workspace { dir, vault, store } = place;
    let ask = Import {
        dir: dir.path(),
        study: "S",
        table: "t",
        package_table: None,
        kind,
        file: &dir.path().join("none"),
        ids: None,
        plain: PlainExtract::default(),
        reference: None,
        keep: Vec::new(),
        standing: Standing::New,
        memory: 0,
    };
    let engine = FakeEngine::default();
    let refused = import(store, vault, None, &engine, &ask, &|_| (), now());
    refused.unwrap_err().code().unwrap()
}

#[test]
fn a_study_is_neither_asked_nor_linked_nor_filled_until_somebody_confirmed() {
    let mut place = workspace();
    imported(&mut place, "visits");
    let engine = FakeEngine::default();
    place.link(&engine, "S").unwrap();
    linked(&place.store, &place.vault, "S").unwrap();
    put_back(&mut place.store);
    let asked = linked(&place.store, &place.vault, "S").unwrap_err();
    assert_eq!((asked.code(), asked.exit()), ("store.halted", 1));
    let refused = place.link(&engine, "S").unwrap_err();
    assert_eq!(refused.code().unwrap(), "store.halted");
    assert_eq!(engine.linked.borrow().len(), 1, "the engine wasn't asked");
    assert_eq!(
        import_code(&mut place, TableKind::Anonymized),
        "store.halted"
    );
    // Persons may leave meanwhile: this is refused for the file, which isn't there.
    assert_eq!(
        import_code(&mut place, TableKind::Removed),
        "workspace.import.io"
    );
    // What stands is still shown.
    assert_eq!(place.store.tables("S").unwrap().len(), 1);
    let confirmation = Confirmation {
        party: "A",
        reason: "compared",
        approved_by: "B",
    };
    place.store.confirm(confirmation, now()).unwrap();
    linked(&place.store, &place.vault, "S").unwrap();
    place.link(&engine, "S").unwrap();
}
