//! The verifiable mode of the kana ID from the command line: what is linked by number and by name is what the other mode links.

use crate::chain::{answers, exchanged_in};
use crate::custody::{separate_in, stamped};
use crate::removal::{BOTH, link, removed, take};
use crate::{Place, text};

const SQL: &str = "select v.dx, sum(n.points) as points from visits v join ndb n on v.person = n.person group by v.dx order by v.dx";

fn key(place: &Place, dir: &str) -> String {
    let list = place.json(&format!("authority provision list --dir {dir} --json"));
    let key = &list["provisions"][0]["terms"]["kana_mode"]["verifiable"];
    key.as_str().unwrap().to_owned()
}

/// A4 and R4 are known by name alone, so that a kana ID joins them.
#[test]
fn answer_and_stamp_of_one_authority_link_and_a_removal_finds_its_person_again() {
    let place = link(exchanged_in("verifiable"));
    answers(&place, SQL, "dx,points\nE11,600\nI10,500\n");
    let shown = place.ok("authority provision list --dir authority");
    assert!(shown.contains(&key(&place, "authority")), "{shown}");
    // The same persons asked for again have the same IDs: one who is known by name alone leaves.
    let told = removed(&place, "gone", "A4\n");
    assert_eq!(told["keys"]["kana"], 1, "{told}");
    take(&place, "gone");
    answers(&place, BOTH, "n\n3\n");
}

#[test]
fn answer_and_stamp_of_two_custodians_link() {
    let place = separate_in("verifiable");
    assert_eq!(key(&place, "issuer"), key(&place, "resolver"));
    stamped(&place, "n", "A-1");
    place
        .ok("study import --dir workspace --study S --table visits --kind anonymized delivery.rkp");
    place.ok("study import --dir workspace --study S --table ndb --kind ndb n.columns.rkp --ids n.stamps.rkp");
    let linked = place.json("study link --dir workspace --study S --json");
    assert_eq!(linked["report"]["overlaps"]["pairs"][0]["persons"], 4);
    answers(&place, SQL, "dx,points\nE11,600\nI10,500\n");
    // What made the IDs is no column of the table.
    let list = text(&place.run("study list --dir workspace --json").stdout);
    assert!(list.contains("points") && !list.contains("kana_input") && !list.contains("token"));
}

#[test]
fn files_of_the_two_modes_never_join() {
    let (keyed, verifiable) = (exchanged_in("keyed"), exchanged_in("verifiable"));
    let kana = |place: &Place| {
        let list = place.json("authority provision list --dir authority --json");
        list["provisions"][0]["terms"]["kcv"]["kana"].clone()
    };
    assert_ne!(kana(&keyed), kana(&verifiable));
    // Typed key check values of the one do not go with the delivery of the other.
    verifiable
        .ok("study import --dir workspace --study S --table visits --kind anonymized delivery.rkp");
    let list = keyed.json("authority provision list --dir authority --json");
    let kcv = &list["provisions"][0]["terms"]["kcv"];
    let number = kcv["number"].as_str().unwrap();
    let kana = kcv["kana"].as_str().unwrap();
    verifiable.write("plain.csv", "number_id,points\n");
    verifiable.fails(
        &format!(
            "study import plain.csv --dir workspace --study S --table ndb --kind ndb --provision P-2026-0001 \
             --kcv number={number},kana={kana} --number-id number_id --approval A-1"
        ),
        1,
        "workspace.import.other_kcv",
    );
}
