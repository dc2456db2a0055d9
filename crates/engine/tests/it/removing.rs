//! Persons who were removed from a study.

use renketsu_engine::link::{LinkDone, LinkTable, REMOVED};

use crate::linking::{Row, tested};

#[test]
fn who_was_removed_stays_removed_although_the_name_is_another_persons_too_by_now() {
    let visits: &[Row] = &[(1, 21, true, "1", 1950), (2, 0, false, "2", 1960)];
    let tested = tested(&[
        ("visits", visits),
        ("leaving", &[(0, 21, true, "", 0), (0, 0, false, "", 0)]),
        ("later", &[(3, 21, true, "1", 1970)]),
    ]);
    let link = |names: &[&str], previous, to| {
        let mut tables: Vec<LinkTable> = names
            .iter()
            .map(|name| tested.table(name, "anonymized"))
            .collect();
        tables.push(tested.table("leaving", REMOVED));
        tested.place.link(&tables, previous, to).unwrap()
    };
    let first = link(&["visits"], None, "link1");
    let told = |done: &LinkDone| {
        let [removal] = &done.report.removals[..] else {
            panic!()
        };
        (removal.rows, removal.persons, removal.nobody)
    };
    assert_eq!(told(&first), (2, 1, 1), "one row names nobody");
    assert_eq!(first.report.tables[0].unlinked.removed, 1);
    // Two persons bear the name now, so that it leads to neither; the one who was removed does not come back.
    let second = link(&["visits", "later"], Some(&first), "link2");
    assert_eq!(told(&second), (2, 1, 2));
    assert_eq!(second.report.tables[0].unlinked.removed, 1);
    assert_eq!(second.report.tables[0].persons, 1);
    assert_eq!(second.report.tables[1].persons, 1);
    // Without what the link before knew she would.
    let forgetful = link(&["visits", "later"], None, "link3");
    assert_eq!(forgetful.report.tables[0].unlinked.removed, 0);
}
