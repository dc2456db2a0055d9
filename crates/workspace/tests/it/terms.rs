//! What was agreed about a delivery.

use renketsu_seal::package::{Header, PackageKind};
use renketsu_workspace::{Standing, TableKind};

use crate::import::{NDB, three};

#[test]
fn the_terms_of_a_delivery_are_kept_and_a_change_of_them_is_recorded() {
    let mut three = three();
    let first = three.package(
        "d.rkp",
        three.header(PackageKind::Delivery),
        &["visits", "labs"],
    );
    let taken = three.take("visits", TableKind::Anonymized, &first).unwrap();
    assert!(taken.terms_changed.is_empty());
    let kept = &three.store.tables("S").unwrap()[0].origin;
    let said = [
        "contract",
        "purpose",
        "period_start",
        "period_end",
        "recipient",
    ];
    assert_eq!(
        said.map(|term| kept[term].as_str().unwrap()),
        ["C-1", "research", "2026-04-01", "2029-03-31", "user"]
    );
    assert_eq!(kept["places"], serde_json::json!(["room 1"]));
    let again = three.take("labs", TableKind::Anonymized, &first).unwrap();
    assert!(again.terms_changed.is_empty(), "the same delivery");

    let shorter = Header {
        sequence: 2,
        period_end: Some("2027-03-31".parse().unwrap()),
        ..three.header(PackageKind::Delivery)
    };
    let second = three.package("e.rkp", shorter, &["visits"]);
    let taken = three
        .take_as(Standing::Replaced, "visits", TableKind::Anonymized, &second)
        .unwrap();
    let expected =
        serde_json::json!([{"term": "period_end", "before": "2029-03-31", "now": "2027-03-31"}]);
    assert_eq!(
        serde_json::to_value(&taken.terms_changed).unwrap(),
        expected
    );
    let events = three.store.events().unwrap();
    let details = &events.last().unwrap().event.details;
    assert_eq!(details["terms_changed"], expected);
    assert!(
        !events[events.len() - 2]
            .event
            .details
            .contains_key("terms_changed")
    );
    // The terms of an extract are the authority's, not the producer's.
    let extract = three.package("x.rkp", three.header(PackageKind::Extract), &["claims"]);
    assert!(
        three
            .take("claims", NDB, &extract)
            .unwrap()
            .terms_changed
            .is_empty()
    );
}

#[test]
fn a_delivery_that_does_not_say_what_was_agreed_is_refused() {
    type Case = (&'static str, fn(&mut Header));
    let mut three = three();
    let cases: [Case; 4] = [
        ("contract", |header| header.contract = None),
        ("places", |header| header.places.clear()),
        ("period_start", |header| header.period_start = None),
        ("period_end", |header| header.period_end = None),
    ];
    for (term, change) in cases {
        let mut header = three.header(PackageKind::Delivery);
        change(&mut header);
        let path = three.package(&format!("{term}.rkp"), header, &["visits"]);
        let refused = three
            .take("visits", TableKind::Anonymized, &path)
            .unwrap_err();
        assert_eq!(
            (refused.code().unwrap(), refused.exit().unwrap()),
            ("workspace.import.no_term", 1)
        );
        assert_eq!(refused.details(), [("term", term.to_owned())]);
    }
    assert!(three.store.tables("S").unwrap().is_empty());
}
