//! The eras against ICU4X, which knows them from CLDR.

use icu_calendar::Date as IcuDate;
use icu_calendar::cal::Japanese;
use jiff::ToSpan as _;
use jiff::civil::date;
use renketsu_identity::{Era, JapaneseDate};

#[test]
fn every_day_since_1873_has_the_era_and_year_that_icu_gives() {
    // Before 1873 (明治6年) the calendar was lunar, and ICU gives no era.
    let mut day = date(1873, 1, 1);
    let mut eras = Vec::new();
    while day < date(2101, 1, 1) {
        let ours = JapaneseDate::of(day).unwrap();
        let month = u8::try_from(day.month()).unwrap();
        let number = u8::try_from(day.day()).unwrap();
        let theirs = IcuDate::try_new_iso(i32::from(day.year()), month, number)
            .unwrap()
            .to_calendar(Japanese::new());
        let year = theirs.era_year();
        let era = match year.era.as_str() {
            "meiji" => Era::Meiji,
            "taisho" => Era::Taisho,
            "showa" => Era::Showa,
            "heisei" => Era::Heisei,
            "reiwa" => Era::Reiwa,
            other => panic!("{day}: {other}"),
        };
        assert_eq!(
            (ours.era(), i32::from(ours.year())),
            (era, year.year),
            "{day}"
        );
        if eras.last() != Some(&era) {
            eras.push(era);
        }
        day = day.checked_add(1.day()).unwrap();
    }
    assert_eq!(
        eras,
        [Era::Meiji, Era::Taisho, Era::Showa, Era::Heisei, Era::Reiwa]
    );
}
