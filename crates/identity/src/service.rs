//! When a service was given: a day or a month.

use jiff::civil::Date;

use crate::date::{Written, clean, yyyymmdd};
use crate::era::{Era, FIRST_DAY};
use crate::profile::is_blank;
use crate::redacted::redacted_debug;
use crate::reject::Reject;

/// Service date (診療日) or service month (診療年月): the days on which a number must have been valid.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServicePeriod {
    first: Date,
    last: Date,
    month: bool,
}

redacted_debug!(ServicePeriod);

impl ServicePeriod {
    /// Reads a day in any form of a birth date, or a month as `YYYYMM`, `YYYY-MM`, `YYYY/MM` or
    /// `GYYMM`. Blank is `None`: no date is given.
    ///
    /// # Errors
    /// [`Reject::Form`], [`Reject::Date`] (no such day or month, or before 1868-01-25), [`Reject::Future`] (it begins
    /// after `today`), [`Reject::Era`] (wholly outside its era, or year 0).
    pub fn parse(text: &str, today: Date) -> Result<Option<Self>, Reject> {
        if let Some(month) = Month::six_digits(text) {
            return month.period(today).map(Some);
        }
        if is_blank(text) {
            return Ok(None);
        }
        let text = clean(text);
        if let Some(month) = Month::parse(&text) {
            return month.period(today).map(Some);
        }
        let day = Written::parse(&text).ok_or(Reject::Form)?.day(today)?;
        Ok(Some(Self {
            first: day,
            last: day,
            month: false,
        }))
    }

    /// First day.
    pub const fn first(&self) -> Date {
        self.first
    }

    /// Last day, the first day itself if one day is meant.
    pub const fn last(&self) -> Date {
        self.last
    }

    /// Whether some day of the period lies in the closed interval from `from` to `to`; without `to` it has no end.
    pub fn overlaps(&self, from: Date, to: Option<Date>) -> bool {
        self.last >= from && to.is_none_or(|to| self.first <= to)
    }

    /// `YYYYMMDD` for a day, `YYYYMM` for a month; [`ServicePeriod::parse`] reads it back.
    pub fn text(&self) -> String {
        let mut text = yyyymmdd(self.first);
        if self.month {
            text.truncate(6);
        }
        text
    }
}

/// A month as it stands in the text.
struct Month {
    /// The era and whether the year in it is 0.
    era: Option<(Era, bool)>,
    year: i16,
    number: i8,
}

impl Month {
    /// The form of nearly every claim, which cleaning leaves as it is.
    #[inline]
    fn six_digits(text: &str) -> Option<Self> {
        let digits: &[u8; 6] = text.as_bytes().try_into().ok()?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let value = |digits: &[u8]| {
            digits.iter().fold(0_i16, |value, digit| {
                let digit = i16::from(digit.wrapping_sub(b'0'));
                value.wrapping_mul(10).wrapping_add(digit)
            })
        };
        let (year, month) = digits.split_at(4);
        Some(Self {
            era: None,
            year: value(year),
            number: i8::try_from(value(month)).ok()?,
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if let Some((year, month)) = text.split_once(['-', '/']) {
            let fits =
                digits(year) && digits(month) && year.len() == 4 && matches!(month.len(), 1 | 2);
            return fits
                .then(|| format!("{year}{month:0>2}"))
                .and_then(|text| Self::parse(&text));
        }
        if !digits(text) {
            return None;
        }
        let number = |digits: &str| digits.parse().ok();
        match text.len() {
            6 => Self::six_digits(text),
            5 => {
                let era = Era::of_digit(text.chars().next()?)?;
                let (year, rest) = text.get(1..)?.split_at_checked(2)?;
                let year: i16 = year.parse().ok()?;
                Some(Self {
                    era: Some((era, year == 0)),
                    year: era.gregorian(year),
                    number: number(rest)?,
                })
            }
            _ => None,
        }
    }

    fn period(&self, today: Date) -> Result<ServicePeriod, Reject> {
        if matches!(self.era, Some((_, true))) {
            return Err(Reject::Era);
        }
        let first = Date::new(self.year, self.number, 1).map_err(|_| Reject::Date)?;
        let last = first.last_of_month();
        if last < FIRST_DAY {
            return Err(Reject::Date);
        }
        if first > today {
            return Err(Reject::Future);
        }
        if let Some((era, _)) = self.era {
            let (begins, ends) = era.days();
            if last < begins || first > ends {
                return Err(Reject::Era);
            }
        }
        Ok(ServicePeriod {
            first,
            last,
            month: true,
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 11, 22);

    fn period(text: &str) -> Result<Option<(Date, Date, String)>, Reject> {
        Ok(ServicePeriod::parse(text, TODAY)?
            .map(|period| (period.first(), period.last(), period.text())))
    }

    #[test]
    fn a_month_is_all_its_days_and_a_day_is_one() {
        let february = (date(2024, 2, 1), date(2024, 2, 29), "202402".to_owned());
        assert_eq!(period("202402"), Ok(Some(february.clone())));
        for text in [" ５０６０２ ", "2024-02", "2024/2"] {
            assert_eq!(period(text), Ok(Some(february.clone())), "{text}");
        }
        let day = (date(2024, 2, 29), date(2024, 2, 29), "20240229".to_owned());
        for text in ["20240229", "2024-2-29", "5060229", "令和6年2月29日"] {
            assert_eq!(period(text), Ok(Some(day.clone())), "{text}");
        }
    }

    #[test]
    fn nothing_is_no_period() {
        assert_eq!(period(""), Ok(None));
        assert_eq!(period("\u{3000} "), Ok(None));
    }

    #[test]
    fn a_month_that_cannot_be_is_rejected() {
        for (text, reject) in [
            ("202413", Reject::Date),
            ("202400", Reject::Date),
            ("186712", Reject::Date),
            ("202612", Reject::Future),
            ("50013", Reject::Era),
            ("36402", Reject::Era),
            ("53004", Reject::Future),
            ("60101", Reject::Form),
            ("2024", Reject::Form),
            ("2024-13", Reject::Date),
            ("2024-", Reject::Form),
            ("24-02", Reject::Form),
            ("2024-002", Reject::Form),
            ("9", Reject::Form),
            ("\n", Reject::Form),
            ("20240230", Reject::Date),
        ] {
            assert_eq!(period(text), Err(reject), "{text:?}");
        }
    }

    #[test]
    fn a_month_in_which_the_era_changes_belongs_to_both_eras() {
        let first = |text| period(text).map(|period| period.map(|(first, ..)| first));
        assert_eq!(first("36401"), Ok(Some(date(1989, 1, 1))));
        assert_eq!(first("40101"), Ok(Some(date(1989, 1, 1))));
        assert_eq!(
            first("202611"),
            Ok(Some(date(2026, 11, 1))),
            "the month of today has begun"
        );
    }

    #[test]
    fn a_period_overlaps_closed_intervals() {
        let april = ServicePeriod::parse("202404", TODAY).unwrap().unwrap();
        assert!(april.overlaps(date(2024, 4, 30), None));
        assert!(april.overlaps(date(2020, 1, 1), Some(date(2024, 4, 1))));
        assert!(!april.overlaps(date(2024, 5, 1), None));
        assert!(!april.overlaps(date(2020, 1, 1), Some(date(2024, 3, 31))));
    }
}
