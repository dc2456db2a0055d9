use crate::{Place, text};

fn demo(place: &Place, more: &str) -> String {
    let output = place.run(&format!("demo --persons 400 --plain {more}"));
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn the_demo_prints_the_same_for_a_seed_and_leaves_nothing() {
    let place = Place::new();
    let before = place.listing();
    let first = demo(&place, "--seed 7");
    assert_eq!(first, demo(&place, "--seed 7"));
    assert_ne!(first, demo(&place, "--seed 8"));
    assert_eq!(place.listing(), before);
}

#[test]
fn the_demo_can_keep_its_directories_and_never_takes_one_that_is_there() {
    let place = Place::new();
    demo(&place, "--keep here");
    assert!(place.path("here/workspace/state.sqlite").exists());
    let link = std::fs::read_to_string(place.path("here/link.svg")).unwrap();
    assert!(link.contains("<svg"));
    place.fails("demo --persons 400 --keep here", 1, "cli.file.exists");
    // The map is gone, and nothing a party keeps to itself about persons lies there in clear.
    let maps: Vec<_> = std::fs::read_dir(place.path("here/producer/maps"))
        .unwrap()
        .collect();
    assert!(maps.is_empty());
}
