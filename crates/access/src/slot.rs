//! The time slots of studies in a place of use (4-3-3①: handlers of two studies don't mix).

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{self, TimeZone};

use crate::StudyId;

/// Days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Days(u8);

impl Days {
    /// Monday to Friday.
    pub const WORKING: Self = Self(0b001_1111);

    /// These days.
    pub fn of(days: impl IntoIterator<Item = Weekday>) -> Self {
        let bits = days.into_iter().fold(0, |bits, day| bits | bit(day));
        Self(bits)
    }

    /// Whether it is one of them.
    pub fn has(self, day: Weekday) -> bool {
        self.0 & bit(day) != 0
    }

    /// From Monday on.
    pub fn iter(self) -> impl Iterator<Item = Weekday> {
        Weekday::Monday
            .cycle_forward()
            .take(7)
            .filter(move |day| self.has(*day))
    }
}

fn bit(day: Weekday) -> u8 {
    match day {
        Weekday::Monday => 1,
        Weekday::Tuesday => 1 << 1,
        Weekday::Wednesday => 1 << 2,
        Weekday::Thursday => 1 << 3,
        Weekday::Friday => 1 << 4,
        Weekday::Saturday => 1 << 5,
        Weekday::Sunday => 1 << 6,
    }
}

/// When one study uses one place, in Japan's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    study: StudyId,
    place: String,
    days: Days,
    from: Time,
    until: Time,
    first: Date,
    last: Date,
}

/// A slot that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SlotError {
    /// No day of the week falls into its dates.
    #[error("no day of the slot falls into its dates")]
    Never,
    /// It ends before it begins.
    #[error("the slot ends before it begins")]
    Reversed,
}

impl SlotError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] =
        &[("access.slot.never", &[]), ("access.slot.reversed", &[])];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Never => "access.slot.never",
            Self::Reversed => "access.slot.reversed",
        }
    }
}

/// Another study has the place at that time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("another study has the place on {on}")]
pub struct Clash {
    /// Which of the slots that were there.
    pub index: usize,
    /// The first day on which they meet.
    pub on: Date,
}

impl Clash {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[("access.slot.clash", &["on"])];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        "access.slot.clash"
    }
}

/// Whether the studies of a place may meet in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// They may not.
    Apart,
    /// The producers' written acceptance is on record.
    Accepted,
}

impl Slot {
    /// A slot from `from` until before `until` on each of the days from `first` to `last`. Midnight as `until` is the day's end; a
    /// slot over midnight is two.
    pub fn new(
        study: StudyId,
        place: impl Into<String>,
        days: Days,
        (from, until): (Time, Time),
        (first, last): (Date, Date),
    ) -> Result<Self, SlotError> {
        if (until != Time::midnight() && from >= until) || first > last {
            return Err(SlotError::Reversed);
        }
        if meeting(days, first, last).is_none() {
            return Err(SlotError::Never);
        }
        Ok(Self {
            study,
            place: place.into(),
            days,
            from,
            until,
            first,
            last,
        })
    }

    /// Whose.
    pub fn study(&self) -> &StudyId {
        &self.study
    }

    /// Where.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// On which days of the week.
    pub fn days(&self) -> Days {
        self.days
    }

    /// From and until what time of the day.
    pub fn times(&self) -> (Time, Time) {
        (self.from, self.until)
    }

    /// The first and last date.
    pub fn dates(&self) -> (Date, Date) {
        (self.first, self.last)
    }

    /// Whether the study has the place now.
    pub fn is_open(&self, now: Timestamp) -> bool {
        let now = in_japan(now);
        let date = now.date();
        (self.first..=self.last).contains(&date)
            && self.days.has(date.weekday())
            && self.from <= now.time()
            && (self.until == Time::midnight() || now.time() < self.until)
    }

    /// The first day on which both have the place at one time, if they are of two studies.
    pub fn meets(&self, other: &Self) -> Option<Date> {
        let before = |until: Time, from: Time| until != Time::midnight() && until <= from;
        if self.study == other.study
            || self.place != other.place
            || before(self.until, other.from)
            || before(other.until, self.from)
        {
            return None;
        }
        meeting(
            Days(self.days.0 & other.days.0),
            self.first.max(other.first),
            self.last.min(other.last),
        )
    }
}

/// Whether a slot may be entered beside those that are there.
pub fn admit(there: &[Slot], new: &Slot, sharing: Sharing) -> Result<(), Clash> {
    if sharing == Sharing::Accepted {
        return Ok(());
    }
    let mut clashes = there.iter().enumerate().filter_map(|(index, slot)| {
        Some(Clash {
            index,
            on: slot.meets(new)?,
        })
    });
    clashes.next().map_or(Ok(()), Err)
}

/// Japan has had no summer time since 1951, and the law's days are Japan's.
fn in_japan(now: Timestamp) -> DateTime {
    now.to_zoned(TimeZone::fixed(tz::offset(9))).datetime()
}

/// The first date in a range that is one of the days. Within a week all days come round.
fn meeting(days: Days, first: Date, last: Date) -> Option<Date> {
    let dates = std::iter::successors(Some(first), |date| date.tomorrow().ok());
    dates
        .take(7)
        .take_while(|date| *date <= last)
        .find(|date| days.has(date.weekday()))
}
