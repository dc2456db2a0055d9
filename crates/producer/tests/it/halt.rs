//! A producer whose state was put back asks, attaches and delivers nothing until somebody confirmed it.

use renketsu_store::{Confirmation, Event};
use renketsu_testkit::now;

use crate::world::{HEAD, Said, World, claim, number};

const HALTED: &str = "store.halted";

fn put_back(world: &mut World) {
    let event = Event::new("party.restored", "A", now());
    world.store.begin().unwrap().commit(&event).unwrap();
}

fn confirm(world: &mut World) {
    let confirmation = Confirmation {
        party: "A",
        reason: "compared",
        approved_by: "B",
    };
    world.store.confirm(confirmation, now()).unwrap();
}

#[test]
fn nothing_is_asked_attached_or_delivered_until_somebody_confirmed() {
    let mut world = World::new();
    let text = [
        HEAD.to_owned(),
        claim(1, "202110", "カキクケコ", "19910125", "７", "11"),
    ];
    let sources = [world.claims("a.UKE", &text.concat())];
    put_back(&mut world);
    let refused = world.request(&sources, "request.rkp").unwrap_err();
    assert_eq!((refused.code(), refused.exit()), (HALTED, 1));
    assert!(!world.path("request.rkp").exists());
    confirm(&mut world);
    let request = world.request(&sources, "request.rkp").unwrap();
    let say = |texts: &[String]| match texts[4].as_str() {
        "カキクケコ" => number(1, 101),
        _ => Said::default(),
    };
    let answer = world.answer(&request, "answer.rkp", say);
    let table = world.file("one.csv", "patient,v\n11,1\n");
    put_back(&mut world);
    let refused = world.attach(&answer, &[("one", &table)]).unwrap_err();
    assert_eq!(refused.code(), HALTED);
    confirm(&mut world);
    world.attach(&answer, &[("one", &table)]).unwrap();
    put_back(&mut world);
    assert_eq!(world.deliver("d.rkp").unwrap_err().code(), HALTED);
    assert!(!world.path("d.rkp").exists());
    confirm(&mut world);
    world.deliver("d.rkp").unwrap();
}
