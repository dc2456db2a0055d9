//! A calendar day in four bytes, because the registry holds millions of them.

use jiff::civil::Date;

/// A day written YYYYMMDD as one number: the order of the numbers is the order of the days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Day(u32);

impl Day {
    /// Before every day: the start of a row without `valid_from`.
    pub(crate) const OPEN_START: Self = Self(0);
    /// After every day: the end of a row without `valid_to`.
    pub(crate) const OPEN_END: Self = Self(u32::MAX);

    /// Days before year 0 do not occur: every canonical date is on or after 1868-01-25.
    pub(crate) fn of(date: Date) -> Self {
        let year = u32::from(date.year().unsigned_abs());
        let month = u32::from(date.month().unsigned_abs());
        let day = u32::from(date.day().unsigned_abs());
        Self(
            year.saturating_mul(10_000)
                .saturating_add(month.saturating_mul(100))
                .saturating_add(day),
        )
    }

    /// YYYYMMDD as a number, or an open end's.
    pub(crate) const fn raw(self) -> u32 {
        self.0
    }

    /// What [`Day::raw`] gave.
    pub(crate) const fn from_raw(raw: u32) -> Self {
        Self(raw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_order_as_the_calendar_does_between_the_open_ends() {
        let days = [
            (1868, 1, 25),
            (1999, 12, 31),
            (2000, 1, 1),
            (2000, 1, 31),
            (2000, 2, 1),
            (9999, 12, 31),
        ]
        .map(|(year, month, day)| Day::of(jiff::civil::date(year, month, day)));
        assert!(days.is_sorted());
        assert!(
            days.iter()
                .all(|day| Day::OPEN_START < *day && *day < Day::OPEN_END)
        );
        assert_eq!(days[0].raw(), 18_680_125);
    }
}
