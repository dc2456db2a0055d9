//! The values of one column on their way to Arrow.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Builder, Float32Builder, Float64Builder, Int8Builder, Int16Builder,
    Int32Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, TimeUnit};

/// Days from 1960-01-01, the origin of SAS and Stata, to 1970-01-01.
const ORIGIN: i64 = 3653;
/// 0001-01-01 and 9999-12-31, as days of 1970.
const FIRST_DAY: i64 = -719_162;
const LAST_DAY: i64 = 2_932_896;
const DAY_MICROS: i64 = 86_400_000_000;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Byte,
    Int,
    Long,
    Float,
    Double,
    /// Days since 1960.
    Date,
    /// Milliseconds since 1960 (Stata).
    Milliseconds,
    /// Seconds since 1960 (SAS).
    Seconds,
    Text,
}

impl Kind {
    pub(super) fn data_type(self) -> DataType {
        match self {
            Self::Byte => DataType::Int8,
            Self::Int => DataType::Int16,
            Self::Long => DataType::Int32,
            Self::Float => DataType::Float32,
            Self::Double => DataType::Float64,
            Self::Date => DataType::Date32,
            Self::Milliseconds | Self::Seconds => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::Text => DataType::Utf8,
        }
    }
}

/// One value as its file has it.
#[derive(Clone, Copy)]
pub(super) enum Cell<'a> {
    Whole(i32),
    Single(f32),
    Double(f64),
    Text(&'a str),
    /// Missing without a reason.
    System,
    /// Missing for one of 26 or 27 reasons.
    Tagged,
}

/// How many values of a column are missing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count {
    pub(super) system: u64,
    pub(super) tagged: u64,
    pub(super) empty: u64,
}

impl Count {
    pub(super) fn see(&mut self, cell: Cell<'_>) {
        let count = match cell {
            Cell::System => &mut self.system,
            Cell::Tagged => &mut self.tagged,
            Cell::Text("") => &mut self.empty,
            Cell::Whole(_) | Cell::Single(_) | Cell::Double(_) | Cell::Text(_) => return,
        };
        *count = count.saturating_add(1);
    }
}

pub(super) enum Builder {
    Byte(Int8Builder),
    Int(Int16Builder),
    Long(Int32Builder),
    Float(Float32Builder),
    Double(Float64Builder),
    Date(Date32Builder),
    Time(TimestampMicrosecondBuilder, f64),
    Text(StringBuilder),
}

impl Builder {
    pub(super) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Byte => Self::Byte(Int8Builder::new()),
            Kind::Int => Self::Int(Int16Builder::new()),
            Kind::Long => Self::Long(Int32Builder::new()),
            Kind::Float => Self::Float(Float32Builder::new()),
            Kind::Double => Self::Double(Float64Builder::new()),
            Kind::Date => Self::Date(Date32Builder::new()),
            Kind::Milliseconds => Self::Time(TimestampMicrosecondBuilder::new(), 1_000.0),
            Kind::Seconds => Self::Time(TimestampMicrosecondBuilder::new(), 1_000_000.0),
            Kind::Text => Self::Text(StringBuilder::new()),
        }
    }

    /// False if the column cannot have that value.
    pub(super) fn push(&mut self, cell: Cell<'_>) -> bool {
        if matches!(cell, Cell::System | Cell::Tagged | Cell::Text("")) {
            self.push_null();
            return true;
        }
        match self {
            Self::Byte(builder) => keep(
                whole(cell).and_then(|value| i8::try_from(value).ok()),
                |value| {
                    builder.append_value(value);
                },
            ),
            Self::Int(builder) => keep(
                whole(cell).and_then(|value| i16::try_from(value).ok()),
                |value| {
                    builder.append_value(value);
                },
            ),
            Self::Long(builder) => keep(whole(cell), |value| builder.append_value(value)),
            Self::Float(builder) => keep(single(cell), |value| builder.append_value(value)),
            Self::Double(builder) => keep(number(cell), |value| builder.append_value(value)),
            Self::Date(builder) => keep(number(cell).and_then(day), |value| {
                builder.append_value(value);
            }),
            Self::Time(builder, factor) => keep(
                number(cell).and_then(|value| micros(value * *factor)),
                |value| {
                    builder.append_value(value);
                },
            ),
            Self::Text(builder) => keep(text(cell), |value| builder.append_value(value)),
        }
    }

    fn push_null(&mut self) {
        match self {
            Self::Byte(builder) => builder.append_null(),
            Self::Int(builder) => builder.append_null(),
            Self::Long(builder) => builder.append_null(),
            Self::Float(builder) => builder.append_null(),
            Self::Double(builder) => builder.append_null(),
            Self::Date(builder) => builder.append_null(),
            Self::Time(builder, _) => builder.append_null(),
            Self::Text(builder) => builder.append_null(),
        }
    }

    pub(super) fn finish(self) -> ArrayRef {
        match self {
            Self::Byte(mut builder) => Arc::new(builder.finish()),
            Self::Int(mut builder) => Arc::new(builder.finish()),
            Self::Long(mut builder) => Arc::new(builder.finish()),
            Self::Float(mut builder) => Arc::new(builder.finish()),
            Self::Double(mut builder) => Arc::new(builder.finish()),
            Self::Date(mut builder) => Arc::new(builder.finish()),
            Self::Time(mut builder, _) => Arc::new(builder.finish()),
            Self::Text(mut builder) => Arc::new(builder.finish()),
        }
    }
}

fn keep<T>(value: Option<T>, append: impl FnOnce(T)) -> bool {
    value.map(append).is_some()
}

fn whole(cell: Cell<'_>) -> Option<i32> {
    if let Cell::Whole(value) = cell {
        Some(value)
    } else {
        None
    }
}

fn single(cell: Cell<'_>) -> Option<f32> {
    if let Cell::Single(value) = cell {
        Some(value).filter(|value| value.is_finite())
    } else {
        None
    }
}

fn text(cell: Cell<'_>) -> Option<&str> {
    if let Cell::Text(value) = cell {
        Some(value)
    } else {
        None
    }
}

fn number(cell: Cell<'_>) -> Option<f64> {
    match cell {
        Cell::Whole(value) => Some(f64::from(value)),
        Cell::Single(value) => Some(f64::from(value)),
        Cell::Double(value) => Some(value),
        Cell::Text(_) | Cell::System | Cell::Tagged => None,
    }
    .filter(|value| value.is_finite())
}

/// Days since 1970 from days since 1960, if it is a whole day of the years 1 to 9999.
fn day(value: f64) -> Option<i32> {
    let days = exact(value).filter(|_| value.fract() == 0.0)?;
    let days = days.checked_sub(ORIGIN)?;
    let known = (FIRST_DAY..=LAST_DAY).contains(&days);
    i32::try_from(days).ok().filter(|_| known)
}

/// Microseconds since 1970 from microseconds since 1960, rounded, in the years 1 to 9999.
fn micros(value: f64) -> Option<i64> {
    let micros = exact(value.round())?.checked_sub(ORIGIN.checked_mul(DAY_MICROS)?)?;
    let first = FIRST_DAY.checked_mul(DAY_MICROS)?;
    let end = LAST_DAY.checked_add(1)?.checked_mul(DAY_MICROS)?;
    (first..end).contains(&micros).then_some(micros)
}

/// The whole part, if 64 bits hold it with room to spare.
fn exact(value: f64) -> Option<i64> {
    const LARGEST: f64 = 1e18;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the range was just checked, and the fraction is the caller's"
    )]
    let whole = (value.abs() < LARGEST).then_some(value as i64);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_instants_count_from_1960() {
        assert_eq!(day(0.0), Some(-3653));
        assert_eq!(day(3653.0), Some(0));
        assert_eq!(day(2_936_549.0), Some(2_932_896));
        for none in [0.5, 2_936_550.0, -1e9, 1e300, -715_510.0] {
            assert_eq!(day(none), None, "{none}");
        }
        assert_eq!(micros(3653.0 * 86_400e6), Some(0));
        assert_eq!(micros(1e300), None);
    }
}
