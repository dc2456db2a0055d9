//! The eras, and a day as an office writes it: in 和暦 and 西暦.

use std::fmt;

use jiff::civil::{Date, date};

/// The first day the profile knows: 明治元年一月一日 of the lunar calendar then in use.
pub(crate) const FIRST_DAY: Date = date(1868, 1, 25);

/// Era (元号).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Era {
    /// 明治
    Meiji,
    /// 大正
    Taisho,
    /// 昭和
    Showa,
    /// 平成
    Heisei,
    /// 令和
    Reiwa,
}

impl Era {
    pub(crate) const ALL: [Self; 5] = [
        Self::Meiji,
        Self::Taisho,
        Self::Showa,
        Self::Heisei,
        Self::Reiwa,
    ];

    /// The era of a day; none before 1868-01-25. The day an era ends belongs to one era only: 1989-01-07 is 昭和.
    pub fn of(day: Date) -> Option<Self> {
        Self::ALL.into_iter().find(|era| {
            let (first, last) = era.days();
            first <= day && day <= last
        })
    }

    /// Its name in Japanese, for example 令和.
    pub const fn japanese(self) -> &'static str {
        self.names()[0]
    }

    /// Its name in Latin letters, for example Reiwa.
    pub const fn english(self) -> &'static str {
        match self {
            Self::Meiji => "Meiji",
            Self::Taisho => "Taisho",
            Self::Showa => "Showa",
            Self::Heisei => "Heisei",
            Self::Reiwa => "Reiwa",
        }
    }

    /// The era of a claim's `GYYMMDD`: 1 明治 … 5 令和.
    pub(crate) fn of_digit(digit: char) -> Option<Self> {
        let place = digit.to_digit(10)?.checked_sub(1)?;
        Self::ALL.get(usize::try_from(place).ok()?).copied()
    }

    /// As it may be written: in full and as a letter.
    pub(crate) const fn names(self) -> [&'static str; 2] {
        match self {
            Self::Meiji => ["明治", "M"],
            Self::Taisho => ["大正", "T"],
            Self::Showa => ["昭和", "S"],
            Self::Heisei => ["平成", "H"],
            Self::Reiwa => ["令和", "R"],
        }
    }

    /// First and last day; 令和 has no last day yet.
    pub(crate) const fn days(self) -> (Date, Date) {
        match self {
            Self::Meiji => (FIRST_DAY, date(1912, 7, 29)),
            Self::Taisho => (date(1912, 7, 30), date(1926, 12, 24)),
            Self::Showa => (date(1926, 12, 25), date(1989, 1, 7)),
            Self::Heisei => (date(1989, 1, 8), date(2019, 4, 30)),
            Self::Reiwa => (date(2019, 5, 1), Date::MAX),
        }
    }

    /// Gregorian year of a year of this era.
    pub(crate) const fn gregorian(self, year: i16) -> i16 {
        self.year_zero().saturating_add(year)
    }

    const fn year_zero(self) -> i16 {
        match self {
            Self::Meiji => 1867,
            Self::Taisho => 1911,
            Self::Showa => 1925,
            Self::Heisei => 1988,
            Self::Reiwa => 2018,
        }
    }
}

/// A Gregorian day with the year of its era (和暦). Displays as 令和8年11月22日; the first year of an era is 元年.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JapaneseDate {
    era: Era,
    year: i16,
    month: i8,
    day: i8,
}

impl JapaneseDate {
    /// None before the first era, see [`Era::of`].
    pub fn of(day: Date) -> Option<Self> {
        let era = Era::of(day)?;
        Some(Self {
            era,
            year: day.year().checked_sub(era.year_zero())?,
            month: day.month(),
            day: day.day(),
        })
    }

    /// The era.
    pub const fn era(self) -> Era {
        self.era
    }

    /// The year of the era, from 1.
    pub const fn year(self) -> i16 {
        self.year
    }
}

impl fmt::Display for JapaneseDate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.era.japanese())?;
        match self.year {
            1 => out.write_str("元")?,
            year => write!(out, "{year}")?,
        }
        write!(out, "年{}月{}日", self.month, self.day)
    }
}

/// A day in 和暦 and 西暦, as papers for people write it: 令和8年11月22日（2026年11月22日）. Without an era, 西暦 only.
pub fn in_japanese(day: Date) -> String {
    let western = format!("{}年{}月{}日", day.year(), day.month(), day.day());
    match JapaneseDate::of(day) {
        Some(date) => format!("{date}（{western}）"),
        None => western,
    }
}

/// The same in English: 22 November 2026 (Reiwa 8).
pub fn in_english(day: Date) -> String {
    let western = day.strftime("%-d %B %Y").to_string();
    match JapaneseDate::of(day) {
        Some(date) => format!("{western} ({} {})", date.era().english(), date.year()),
        None => western,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_around_every_boundary() {
        for (day, japanese, english) in [
            (date(1868, 1, 24), "1868年1月24日", "24 January 1868"),
            (
                date(1868, 1, 25),
                "明治元年1月25日（1868年1月25日）",
                "25 January 1868 (Meiji 1)",
            ),
            (
                date(1912, 7, 29),
                "明治45年7月29日（1912年7月29日）",
                "29 July 1912 (Meiji 45)",
            ),
            (
                date(1912, 7, 30),
                "大正元年7月30日（1912年7月30日）",
                "30 July 1912 (Taisho 1)",
            ),
            (
                date(1926, 12, 24),
                "大正15年12月24日（1926年12月24日）",
                "24 December 1926 (Taisho 15)",
            ),
            (
                date(1926, 12, 25),
                "昭和元年12月25日（1926年12月25日）",
                "25 December 1926 (Showa 1)",
            ),
            (
                date(1989, 1, 7),
                "昭和64年1月7日（1989年1月7日）",
                "7 January 1989 (Showa 64)",
            ),
            (
                date(1989, 1, 8),
                "平成元年1月8日（1989年1月8日）",
                "8 January 1989 (Heisei 1)",
            ),
            (
                date(2019, 4, 30),
                "平成31年4月30日（2019年4月30日）",
                "30 April 2019 (Heisei 31)",
            ),
            (
                date(2019, 5, 1),
                "令和元年5月1日（2019年5月1日）",
                "1 May 2019 (Reiwa 1)",
            ),
            (
                date(2026, 11, 22),
                "令和8年11月22日（2026年11月22日）",
                "22 November 2026 (Reiwa 8)",
            ),
        ] {
            assert_eq!(in_japanese(day), japanese);
            assert_eq!(in_english(day), english);
        }
    }
}
