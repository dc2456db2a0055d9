use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use renketsu_duty::meter::{Length, MeterError, Metered, Reading, Span};

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_316_400 + second).unwrap()
}

pub(crate) fn measured(boot: &str, from: u64, to: u64) -> Span {
    Span {
        began: at(i64::try_from(from / 1_000_000_000).unwrap()),
        length: Length::Measured {
            boot: boot.to_owned(),
            from,
            to,
        },
    }
}

pub(crate) fn stated(length: Duration) -> Span {
    Span {
        began: at(0),
        length: Length::Stated(length),
    }
}

fn reading(boot: &str, nanos: u64) -> Reading {
    Reading {
        boot: boot.to_owned(),
        nanos,
    }
}

#[test]
fn a_restart_is_seen_and_a_clock_that_went_back_too() {
    let start = reading("one", 5);
    assert_eq!(start.until(&reading("one", 7)), Ok(Duration::from_nanos(2)));
    assert_eq!(start.until(&reading("two", 7)), Err(MeterError::Restarted));
    assert_eq!(start.until(&reading("one", 4)), Err(MeterError::Backwards));
    let back = [measured("one", 5, 9), measured("one", 9, 8)];
    assert_eq!(Metered::of(&back), Err(MeterError::Backwards));
}

#[test]
fn the_machines_time_has_no_say_in_a_length() {
    let (mut early, mut late) = (measured("one", 0, 10), measured("one", 20, 30));
    (early.began, late.began) = (at(50_000), at(-50_000));
    let total = Metered::of(&[early, late]).unwrap().total;
    assert_eq!(total, Duration::from_nanos(20));
}

#[test]
fn two_sessions_at_once_count_once_and_a_stated_one_whole() {
    let spans = [
        measured("one", 0, 10),
        measured("one", 5, 8),
        measured("one", 9, 15),
        measured("two", 0, 10),
        stated(Duration::from_nanos(3)),
    ];
    assert_eq!(Metered::of(&spans).unwrap().total, Duration::from_nanos(28));
}

#[test]
fn a_sum_without_a_place_is_refused() {
    let spans = [stated(Duration::MAX), stated(Duration::from_nanos(1))];
    assert_eq!(Metered::of(&spans), Err(MeterError::Overflow));
}

proptest! {
    /// Against the nanoseconds themselves, one by one.
    #[test]
    fn overlaps_count_once(ends in prop::collection::vec((0..2_usize, 0..60_u64, 0..60_u64), 0..12)) {
        let boots = ["one", "two"];
        let spans: Vec<Span> = ends
            .iter()
            .map(|(boot, one, other)| measured(boots[*boot], *one.min(other), *one.max(other)))
            .collect();
        let covered = (0..2_usize)
            .flat_map(|boot| (0..60_u64).map(move |nano| (boot, nano)))
            .filter(|(boot, nano)| {
                ends.iter().any(|(of, one, other)| of == boot && one.min(other) <= nano && nano < one.max(other))
            })
            .count();
        let total = Metered::of(&spans).unwrap().total;
        prop_assert_eq!(total.as_nanos(), u128::try_from(covered).unwrap());
        let mut turned = spans;
        turned.reverse();
        prop_assert_eq!(Metered::of(&turned).unwrap().total, total);
    }
}
