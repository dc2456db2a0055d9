use renketsu_producer::listing::{Place, Route, identities};
use renketsu_producer::sources::uke::ClaimKey;
use renketsu_producer::sources::{Source, Threads};
use renketsu_testkit::today;

use crate::world::{HEAD, World, claim, public_claim};

#[test]
fn every_record_is_listed_without_a_value() {
    let world = World::uncertified();
    let text = [
        HEAD.to_owned(),
        claim(1, "202110", "カキクケコ", "19910125", "７", "11"),
        claim(2, "202110", "かき クケコ", "1991/1/25", "7", "12"),
        public_claim(3, "202110", "ミヤコ", "20000101", ""),
        claim(4, "202110", "", "", "", "14").replace("01130012,６４", ","),
        claim(5, "202111", "カキクケコ", "19910125", "７", "11"),
    ];
    let listing = identities(
        world.files.path(),
        &[world.claims("a.UKE", &text.concat())],
        Threads::of_machine(),
        today(),
        &mut |_| {},
    )
    .unwrap();
    assert_eq!(
        (
            listing.count.records,
            listing.count.rows,
            listing.count.rejected(),
            listing.count.merged()
        ),
        (5, 3, 1, 1)
    );
    assert_eq!(listing.count.without_number(), 2);
    assert_eq!(listing.count.files[0].without_key, 1);
    let routes: Vec<Route> = listing.rows.iter().map(|row| row.route).collect();
    assert_eq!(
        routes,
        [
            Route::Number,
            Route::Number,
            Route::Kana,
            Route::Rejected,
            Route::Number
        ]
    );
    assert_eq!(
        listing.rows.iter().map(|row| row.line).collect::<Vec<_>>(),
        [2, 4, 6, 8, 10]
    );
    assert_eq!(listing.rows[0].duplicate_of, None);
    assert_eq!(
        listing.rows[1].duplicate_of,
        Some(Place { file: 0, line: 2 })
    );
    assert_eq!(listing.rows[4].duplicate_of, None, "another month");
    assert_eq!(
        listing.rows[3].problems,
        ["number:absent", "kana:absent", "birth_date:absent"]
    );
    let text = serde_json::to_string(&listing).unwrap();
    assert!(!text.contains("カキ") && !text.contains("1991") && !text.contains("0113"));
}

#[test]
fn the_same_identity_and_month_is_a_duplicate_of_the_first_across_files() {
    let world = World::uncertified();
    let one = format!(
        "{HEAD}{}",
        claim(1, "202110", "カキクケコ", "19910125", "７", "11")
    );
    let other = format!(
        "{HEAD}{}",
        claim(9, "202110", "かき クケコ", "19910125", "7", "99")
    );
    let sources = [world.claims("a.UKE", &one), world.claims("b.UKE", &other)];
    let listing = identities(
        world.files.path(),
        &sources,
        Threads::ONE,
        today(),
        &mut |_| {},
    )
    .unwrap();
    assert_eq!(
        listing.rows[1].duplicate_of,
        Some(Place { file: 0, line: 2 })
    );
    assert_eq!(listing.count.files[1].merged, 1);
}

#[test]
fn a_source_that_cannot_be_read_is_named() {
    let world = World::uncertified();
    let source = Source::Claims {
        path: world.path("none.UKE"),
        key: ClaimKey::Chart,
    };
    let error = identities(
        world.files.path(),
        &[source],
        Threads::ONE,
        today(),
        &mut |_| {},
    )
    .unwrap_err();
    assert_eq!((error.code(), error.exit()), ("producer.uke.missing", 2));
}
