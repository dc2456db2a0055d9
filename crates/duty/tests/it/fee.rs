use std::time::Duration;

use jiff::civil::{Date, date};
use proptest::prelude::*;
use renketsu_duty::fee::{Assessed, FeeError, FeeRule, Rounding, TariffDay, assess, due, units};
use renketsu_duty::meter::{MeterError, Span};
use renketsu_duty::tariff::Tariff;

use crate::meter::{at, stated};

const MINUTE: u64 = 60;

fn minutes(count: u64) -> Span {
    stated(Duration::from_secs(count * MINUTE))
}

fn day() -> Date {
    date(2026, 11, 22)
}

fn current(new: &[Span]) -> Assessed {
    let tariff = Tariff::current().unwrap();
    assess(&tariff, &FeeRule::default(), &[], new, 0, day()).unwrap()
}

/// 10,200 yen to the end of 2026, then 12,000.
fn changing() -> Tariff {
    Tariff::parse(
        "version = 2
         [[rate]]
         from = \"2024-04-01\"
         until = \"2026-12-31\"
         yen_per_hour = 10200
         source = \"令9条1項\"
         [[rate]]
         from = \"2027-01-01\"
         yen_per_hour = 12000
         source = \"令9条1項\"",
    )
    .unwrap()
}

#[test]
fn an_hour_is_charged_once_it_has_begun() {
    let cases = [
        (Duration::ZERO, 0, 0),
        (Duration::from_nanos(1), 1, 10_200),
        (Duration::from_secs(1), 1, 10_200),
        (Duration::from_millis(3_599_999), 1, 10_200),
        (Duration::from_millis(3_600_000), 1, 10_200),
        (Duration::from_millis(3_600_001), 2, 20_400),
        (Duration::from_secs(7200), 2, 20_400),
    ];
    for (time, hours, yen) in cases {
        assert_eq!(units(time), hours, "{time:?}");
        let assessed = current(&[stated(time)]);
        assert_eq!(
            (assessed.units, assessed.amount_yen),
            (hours, yen),
            "{time:?}"
        );
        assert_eq!(assessed.lines.is_empty(), hours == 0);
    }
}

#[test]
fn the_total_is_rounded_and_not_each_session() {
    let assessed = current(&[minutes(25), minutes(25), minutes(25)]);
    assert_eq!((assessed.units, assessed.amount_yen), (2, 20_400));
    let rule = FeeRule {
        rounding: Rounding::Answer,
        ..FeeRule::default()
    };
    let tariff = Tariff::current().unwrap();
    let one = |earlier: &[Span], before| {
        assess(&tariff, &rule, earlier, &[minutes(25)], before, day()).unwrap()
    };
    // The other reading: each answer by itself.
    assert_eq!(one(&[], 0).units, 1);
    assert_eq!(one(&[minutes(25)], 1).units, 1);
}

#[test]
fn a_later_answer_costs_only_the_hours_that_were_not_notified() {
    let tariff = Tariff::current().unwrap();
    let later = |earlier: u64, new: u64, notified: u64| {
        let assessed = assess(
            &tariff,
            &FeeRule::default(),
            &[minutes(earlier)],
            &[minutes(new)],
            notified,
            day(),
        )
        .unwrap();
        (assessed.units_before, assessed.units, assessed.amount_yen)
    };
    assert_eq!(later(20, 30, 1), (1, 0, 0));
    assert_eq!(later(20, 41, 1), (1, 1, 10_200));
    assert_eq!(later(20, 400, 1), (1, 6, 61_200));
    // More was notified than the time gives, after a correction of the meter: nothing more, and nothing below nothing.
    assert_eq!(later(20, 30, 3), (3, 0, 0));
}

#[test]
fn a_change_of_the_tariff_is_that_of_the_day_the_information_is_given() {
    let tariff = changing();
    let new = [minutes(150)];
    let on = |day| assess(&tariff, &FeeRule::default(), &[], &new, 0, day).unwrap();
    assert_eq!(on(date(2026, 12, 31)).amount_yen, 30_600);
    assert_eq!(on(date(2027, 1, 1)).amount_yen, 36_000);
    assert_eq!(on(date(2027, 1, 1)).lines.len(), 1);
}

#[test]
fn by_the_other_reading_each_hour_has_the_tariff_of_the_day_it_began() {
    let rule = FeeRule {
        tariff_day: TariffDay::Begun,
        ..FeeRule::default()
    };
    // Begins 90 minutes before midnight in Japan: two hours begin in the old year, two in the new one.
    let mut span = minutes(210);
    span.began = "2026-12-31T13:30:00Z".parse().unwrap();
    let assessed = assess(&changing(), &rule, &[], &[span], 0, date(2027, 1, 4)).unwrap();
    let lines: Vec<_> = assessed
        .lines
        .iter()
        .map(|line| (line.units, line.yen_per_hour, line.tariff_from))
        .collect();
    assert_eq!(
        lines,
        [(2, 10_200, date(2024, 4, 1)), (2, 12_000, date(2027, 1, 1))]
    );
    assert_eq!(assessed.amount_yen, 44_400);
}

#[test]
fn what_cannot_be_counted_is_refused() {
    let tariff = Tariff::current().unwrap();
    let rule = FeeRule::default();
    let assessed = |new: &[Span]| assess(&tariff, &rule, &[], new, 0, day());
    let long = Duration::from_secs(u64::MAX);
    assert_eq!(assessed(&[stated(long)]), Err(FeeError::Overflow));
    assert_eq!(
        assessed(&[stated(long), stated(Duration::from_secs(1))]),
        Err(FeeError::Meter(MeterError::Overflow))
    );
    let dear = Tariff::parse(&format!(
        "version = 1\n[[rate]]\nfrom = \"2024-04-01\"\nyen_per_hour = {}\nsource = \"x\"",
        i64::MAX
    ))
    .unwrap();
    assert_eq!(
        assess(&dear, &rule, &[], &[minutes(180)], 0, day()),
        Err(FeeError::Overflow)
    );
    assert_eq!(
        assess(&tariff, &rule, &[], &[minutes(1)], 0, date(2024, 3, 31)),
        Err(FeeError::NoRate {
            day: date(2024, 3, 31)
        })
    );
    assert_eq!(due(Date::MAX, &rule), Err(FeeError::Overflow));
    assert_eq!(due(date(2026, 12, 20), &rule), Ok(date(2027, 1, 19)));
}

#[test]
fn a_table_with_a_gap_is_one_and_with_an_overlap_none() {
    let table = |until: &str, from: &str| {
        Tariff::parse(&format!(
            "version = 1\n[[rate]]\nfrom = \"2024-04-01\"\nuntil = \"{until}\"\nyen_per_hour = 1\nsource = \"x\"\n\
             [[rate]]\nfrom = \"{from}\"\nyen_per_hour = 2\nsource = \"x\""
        ))
    };
    let gap = table("2025-03-31", "2025-05-01").unwrap();
    assert!(gap.on(date(2025, 4, 15)).is_err());
    assert_eq!(gap.on(date(2025, 5, 1)).unwrap().yen_per_hour, 2);
    assert_eq!(table("2025-03-31", "2025-03-31"), Err(FeeError::Tariff));
    assert_eq!(table("2024-03-31", "2025-03-31"), Err(FeeError::Tariff));
    assert_eq!(
        Tariff::parse("version = 1\nrate = []"),
        Err(FeeError::Tariff)
    );
    assert_eq!(
        Tariff::current().unwrap().on(day()).unwrap().yen_per_hour,
        10_200
    );
}

proptest! {
    #[test]
    fn hours_cover_the_time_and_no_hour_is_empty(seconds in 0..1_000_000_u64, nanos in 0..1_000_000_000_u32) {
        let time = Duration::new(seconds, nanos);
        let hours = units(time);
        prop_assert!(Duration::from_secs(hours * 3600) >= time);
        prop_assert!(hours == 0 || Duration::from_secs((hours - 1) * 3600) < time);
    }

    /// However the work is cut into answers, the provision costs the same.
    #[test]
    fn answers_together_cost_what_one_would(lengths in prop::collection::vec(0..20_000_u64, 1..8)) {
        let tariff = Tariff::current().unwrap();
        let rule = FeeRule::default();
        let spans: Vec<Span> = lengths.iter().map(|length| stated(Duration::from_secs(*length))).collect();
        let (mut notified, mut yen) = (0, 0);
        for (place, span) in spans.iter().enumerate() {
            let one = assess(&tariff, &rule, &spans[..place], std::slice::from_ref(span), notified, day()).unwrap();
            notified += one.units;
            yen += one.amount_yen;
        }
        let whole = current(&spans);
        prop_assert_eq!((notified, yen), (whole.units, whole.amount_yen));
    }

    #[test]
    fn both_days_agree_while_the_tariff_stays(lengths in prop::collection::vec(0..20_000_u64, 1..5)) {
        let tariff = Tariff::current().unwrap();
        let spans: Vec<Span> = lengths
            .iter()
            .enumerate()
            .map(|(place, length)| {
                let mut span = stated(Duration::from_secs(*length));
                span.began = at(i64::try_from(place).unwrap() * 86_400);
                span
            })
            .collect();
        let begun = FeeRule { tariff_day: TariffDay::Begun, ..FeeRule::default() };
        prop_assert_eq!(
            assess(&tariff, &begun, &[], &spans, 0, day()).unwrap(),
            current(&spans)
        );
    }
}
