//! Birth date: canonical form and the eras.

use std::borrow::Cow;

use jiff::civil::Date;

use crate::era::{Era, FIRST_DAY};
use crate::profile::{fold_width, is_space};
use crate::redacted::redacted_debug;
use crate::reject::Reject;

/// Birth date (生年月日): a day that exists, from 1868-01-25 to the today it was parsed with.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BirthDate {
    date: Date,
}

redacted_debug!(BirthDate);

impl BirthDate {
    /// Canonical form of a date in one of the profile's ways of writing, Gregorian or with an era.
    ///
    /// # Errors
    /// [`Reject::Form`], [`Reject::Date`], [`Reject::Future`], [`Reject::Era`]. An era's year 0 is [`Reject::Era`] before
    /// the other three are looked at.
    pub fn parse(text: &str, today: Date) -> Result<Self, Reject> {
        // Eight digits are what nearly every register writes, and the same with or without cleaning.
        let written = Written::eight_digits(text)
            .or_else(|| Written::parse(&clean(text)))
            .ok_or(Reject::Form)?;
        written.day(today).map(|date| Self { date })
    }

    /// The day.
    pub const fn date(&self) -> Date {
        self.date
    }

    /// The day as 8 digits, `YYYYMMDD`.
    pub fn yyyymmdd(&self) -> String {
        yyyymmdd(self.date)
    }

    pub(crate) fn digits(&self) -> [u8; 8] {
        digits_of(self.date)
    }
}

/// `YYYYMMDD` of a day that has four digits for its year.
fn digits_of(date: Date) -> [u8; 8] {
    let mut digits = [b'0'; 8];
    let year = u32::from(date.year().unsigned_abs());
    let (month, day) = (
        u32::from(date.month().unsigned_abs()),
        u32::from(date.day().unsigned_abs()),
    );
    let mut value = year
        .wrapping_mul(10_000)
        .wrapping_add(month.wrapping_mul(100))
        .wrapping_add(day);
    for digit in digits.iter_mut().rev() {
        *digit = b'0'.wrapping_add(u8::try_from(value % 10).unwrap_or_default());
        value /= 10;
    }
    digits
}

pub(crate) fn yyyymmdd(date: Date) -> String {
    format!("{:04}{:02}{:02}", date.year(), date.month(), date.day())
}

/// Spaces out, full-width ASCII as ASCII, ASCII letters in upper case.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Cow::Borrowed(text);
    }
    text.chars()
        .filter(|c| !is_space(*c))
        .map(|c| fold_width(c).to_ascii_uppercase())
        .collect()
}

/// A date as it stands in the text, not yet a day that exists.
pub(crate) struct Written {
    /// The era and whether the year in it is 0.
    era: Option<(Era, bool)>,
    year: i16,
    month: i8,
    day: i8,
}

impl Written {
    /// Reads one of the forms from [`clean`] text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::eight_digits(text)
            .or_else(|| Self::seven_digits(text))
            .or_else(|| Self::separated(text))
            .or_else(|| Self::with_era(text))
    }

    /// The day, judged in the order of the profile: year 0 of an era, date, future, era.
    pub(crate) fn day(&self, today: Date) -> Result<Date, Reject> {
        if matches!(self.era, Some((_, true))) {
            return Err(Reject::Era);
        }
        let day = Date::new(self.year, self.month, self.day).map_err(|_| Reject::Date)?;
        if day < FIRST_DAY {
            return Err(Reject::Date);
        }
        if day > today {
            return Err(Reject::Future);
        }
        if let Some((era, _)) = self.era {
            let (first, last) = era.days();
            if day < first || day > last {
                return Err(Reject::Era);
            }
        }
        Ok(day)
    }

    #[inline]
    fn eight_digits(text: &str) -> Option<Self> {
        let digits: &[u8; 8] = text.as_bytes().try_into().ok()?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let mut pairs = digits.as_chunks::<2>().0.iter().map(|[ten, one]| {
            let value = |digit: &u8| digit.wrapping_sub(b'0').cast_signed();
            value(ten).wrapping_mul(10).wrapping_add(value(one))
        });
        let (century, year) = (i16::from(pairs.next()?), i16::from(pairs.next()?));
        Some(Self {
            era: None,
            year: century.wrapping_mul(100).wrapping_add(year),
            month: pairs.next()?,
            day: pairs.next()?,
        })
    }

    fn seven_digits(text: &str) -> Option<Self> {
        let mut rest = Cursor(text);
        let era = Era::of_digit(rest.character()?)?;
        let year = rest.digits(2, 2)?;
        let written = Self {
            era: Some((era, year == 0)),
            year: era.gregorian(year),
            month: rest.two_digits()?,
            day: rest.two_digits()?,
        };
        rest.end().then_some(written)
    }

    fn separated(text: &str) -> Option<Self> {
        let mut rest = Cursor(text);
        let year = rest.digits(4, 4)?;
        rest.one_of(&['-', '/'])?;
        let month = rest.one_or_two_digits()?;
        rest.one_of(&['-', '/'])?;
        let day = rest.one_or_two_digits()?;
        rest.end().then_some(Self {
            era: None,
            year,
            month,
            day,
        })
    }

    fn with_era(text: &str) -> Option<Self> {
        let mut rest = Cursor(text);
        let era = rest.era()?;
        let year = match rest.one_of(&['元']) {
            Some(_) => 1,
            None => rest.digits(1, 2)?,
        };
        rest.one_of(&['-', '.', '/', '年'])?;
        let month = rest.one_or_two_digits()?;
        rest.one_of(&['-', '.', '/', '月'])?;
        let day = rest.one_or_two_digits()?;
        // The closing 日 may be left out.
        let _closing = rest.one_of(&['日']);
        rest.end().then_some(Self {
            era: Some((era, year == 0)),
            year: era.gregorian(year),
            month,
            day,
        })
    }
}

/// What is left of the text to read; every reader takes from the front or leaves it as it is.
struct Cursor<'a>(&'a str);

impl Cursor<'_> {
    fn character(&mut self) -> Option<char> {
        let mut characters = self.0.chars();
        let first = characters.next()?;
        self.0 = characters.as_str();
        Some(first)
    }

    fn one_of(&mut self, wanted: &[char]) -> Option<char> {
        let first = self.0.chars().next()?;
        if wanted.contains(&first) {
            self.character()
        } else {
            None
        }
    }

    fn era(&mut self) -> Option<Era> {
        let (era, rest) = Era::ALL
            .into_iter()
            .flat_map(|era| era.names().map(|name| (era, name)))
            .find_map(|(era, name)| Some((era, self.0.strip_prefix(name)?)))?;
        self.0 = rest;
        Some(era)
    }

    /// As many ASCII digits as there are, at least `fewest`, at most `most`.
    fn digits(&mut self, fewest: usize, most: usize) -> Option<i16> {
        let count = self
            .0
            .bytes()
            .take(most)
            .take_while(u8::is_ascii_digit)
            .count();
        if count < fewest {
            return None;
        }
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        digits.parse().ok()
    }

    fn two_digits(&mut self) -> Option<i8> {
        self.digits(2, 2).and_then(|value| value.try_into().ok())
    }

    fn one_or_two_digits(&mut self) -> Option<i8> {
        self.digits(1, 2).and_then(|value| value.try_into().ok())
    }

    const fn end(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 11, 22);

    fn canonical(text: &str) -> Result<String, Reject> {
        BirthDate::parse(text, TODAY).map(|birth| birth.yyyymmdd())
    }

    fn era_of(day: Date) -> (usize, Era) {
        let era = Era::of(day).unwrap();
        let place = Era::ALL.iter().position(|other| *other == era).unwrap();
        (place, era)
    }

    #[test]
    fn every_day_from_1868_to_today_reads_the_same_in_every_form() {
        let mut day = FIRST_DAY;
        while day <= TODAY {
            let (place, era) = era_of(day);
            let year = day.year() - era.gregorian(0);
            let (month, number) = (day.month(), day.day());
            let expected = Ok(yyyymmdd(day));
            let [name, letter] = era.names();
            for text in [
                yyyymmdd(day),
                day.to_string(),
                format!("{}/{month}/{number}", day.year()),
                format!("{}{year:02}{month:02}{number:02}", place + 1),
                format!("{name}{year}年{month}月{number}日"),
                format!("{letter}{year:02}.{month:02}.{number:02}"),
            ] {
                assert_eq!(canonical(&text), expected, "{text}");
            }
            if year == 1 {
                assert_eq!(
                    canonical(&format!("{name}元年{month}月{number}日")),
                    expected
                );
            }
            day = day.tomorrow().unwrap();
        }
    }

    #[test]
    fn every_day_in_an_era_that_is_not_its_own_is_an_era_reject() {
        for boundary in Era::ALL.map(|era| era.days().0) {
            let mut day = boundary
                .saturating_sub(jiff::Span::new().days(3))
                .max(FIRST_DAY);
            while day <= boundary.saturating_add(jiff::Span::new().days(3)) {
                let (_, own) = era_of(day);
                for era in Era::ALL {
                    let year = day.year() - era.gregorian(0);
                    if era != own && (1..=99).contains(&year) {
                        let text =
                            format!("{}{year}/{}/{}", era.names()[1], day.month(), day.day());
                        assert_eq!(canonical(&text), Err(Reject::Era), "{text}");
                    }
                }
                day = day.tomorrow().unwrap();
            }
        }
    }

    #[test]
    fn rejects_come_in_the_order_of_the_profile() {
        for (text, reject) in [
            ("R0-13-99", Reject::Era),
            ("3001399", Reject::Era),
            ("S64-13-08", Reject::Date),
            ("R99-02-30", Reject::Date),
            ("R99-02-28", Reject::Future),
            ("H99-02-28", Reject::Future),
            ("S99-02-28", Reject::Era),
            ("M1-01-24", Reject::Date),
            ("99991231", Reject::Future),
        ] {
            assert_eq!(canonical(text), Err(reject), "{text}");
        }
    }

    #[test]
    fn other_ways_of_writing_are_no_form() {
        for text in [
            "6010101",
            "0010101",
            "9640229",
            "196402290",
            "64-2-9",
            "1964.2.9",
            "1964-2",
            "1964-002-9",
            "1964-2-9日",
            "S39",
            "S139.2.29",
            "昭39.2.29",
            "S元元年1月1日",
            "㍼39.2.29",
            "昭和三十九年二月二十九日",
            "1964-2-9\n",
            "+196429",
            "-1964229",
            "19640229T",
            "١٩٦٤٠٢٢٩",
            "39年2月29日",
        ] {
            assert_eq!(canonical(text), Err(Reject::Form), "{text}");
        }
    }

    #[test]
    fn separators_may_be_mixed_and_of_any_width() {
        assert_eq!(canonical("1964-2/9").as_deref(), Ok("19640209"));
        assert_eq!(canonical("昭和　３９．２／２９").as_deref(), Ok("19640229"));
    }
}
