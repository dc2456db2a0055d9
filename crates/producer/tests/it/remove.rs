//! Who is asked for beside those who leave.

use std::collections::BTreeSet;

use renketsu_identity::ProvisionCode;
use renketsu_producer::remove::{RemoveError, RemoveOrder, RemoveReport, request};
use renketsu_producer::request::RequestOrder;
use renketsu_producer::sources::Source;

use crate::world::{HEAD, PROVISION, World, later, public_claim};

/// Claims of so many patients, each with a name of her own.
fn patients(world: &World, number: u32) -> Source {
    const SYLLABLES: &str = "アカサタナハマヤラワ";
    let claims = (1..).zip(0..number).map(|(line, patient)| {
        let kana: String = format!("{patient:03}")
            .chars()
            .filter_map(|digit| {
                SYLLABLES
                    .chars()
                    .nth(usize::try_from(digit.to_digit(10)?).ok()?)
            })
            .collect();
        public_claim(line, "202110", &kana, "19800101", &patient.to_string())
    });
    let text: String = std::iter::once(HEAD.to_owned()).chain(claims).collect();
    world.claims("patients.UKE", &text)
}

fn remove(
    world: &mut World,
    source: &Source,
    leaving: &[u32],
    persons: u64,
    out: &str,
) -> Result<RemoveReport, RemoveError> {
    let lines: Vec<String> = leaving.iter().map(u32::to_string).collect();
    let keys = world.file("leaving.csv", format!("patient\n{}\n", lines.join("\n")));
    let (out, card) = (world.path(out), world.authority.card.clone());
    let order = RemoveOrder {
        request: RequestOrder {
            keys: world.keys,
            provision: &ProvisionCode::parse(PROVISION).unwrap(),
            authority: &card,
            sources: std::slice::from_ref(source),
            purpose: "法31条2項",
            expires: later(),
            out: &out,
            rejects: None,
            threads: world.threads,
        },
        keys: &keys,
        column: "patient",
        persons,
    };
    request(&mut world.producer(), &order, &mut |_| {})
}

/// Names asked for in a request.
fn names(world: &World, out: &str) -> BTreeSet<String> {
    let asked = world.asked(&world.path(out));
    asked
        .into_iter()
        .map(|(_, texts)| texts[4].clone())
        .collect()
}

#[test]
fn asked_again_the_same_persons_leave_among_the_same_others() {
    let mut world = World::new();
    let source = patients(&world, 300);
    for out in ["first.rkp", "again.rkp"] {
        let report = remove(&mut world, &source, &[7, 8], 50, out).unwrap();
        assert_eq!((report.leaving, report.others), (2, 48));
    }
    let first = names(&world, "first.rkp");
    assert_eq!(first, names(&world, "again.rkp"));
    assert!(first.len() == 50 && first.contains("アアヤ") && first.contains("アアラ"));
    // Another removal has others of its own: what two of them share doesn't show who left in both.
    remove(&mut world, &source, &[9, 10], 50, "other.rkp").unwrap();
    let shared = names(&world, "other.rkp").intersection(&first).count();
    assert!(shared < 25, "{shared} of 50 are in both");
}

#[test]
fn those_who_leave_are_never_the_most_of_a_request() {
    let mut world = World::new();
    let source = patients(&world, 5);
    let refused = remove(&mut world, &source, &[0, 1, 2], 5, "few.rkp").unwrap_err();
    assert_eq!((refused.code(), refused.exit()), ("producer.remove.few", 1));
    assert!(!world.path("few.rkp").exists());
    remove(&mut world, &source, &[0, 1], 5, "enough.rkp").unwrap();
}
