//! What type the values of a column have.

use arrow::datatypes::DataType;

/// Digits of a decimal that a 64-bit float gives back.
const DIGITS: usize = 17;

/// The types still possible for a column.
#[expect(
    clippy::struct_excessive_bools,
    reason = "one flag per candidate type, cleared independently"
)]
pub(super) struct Column {
    any: bool,
    boolean: bool,
    date: bool,
    integer: bool,
    number: bool,
}

impl Column {
    pub(super) fn new(text: bool) -> Self {
        let open = !text;
        Self {
            any: false,
            boolean: open,
            date: open,
            integer: open,
            number: open,
        }
    }

    pub(super) fn see(&mut self, value: &str) {
        if value.is_empty() {
            return;
        }
        self.any = true;
        self.boolean = self.boolean && boolean(value).is_some();
        self.date = self.date && date(value).is_some();
        self.integer = self.integer && integer(value).is_some();
        self.number = self.number && number(value).is_some();
    }

    pub(super) fn kind(&self) -> DataType {
        if !self.any {
            DataType::Utf8
        } else if self.integer {
            DataType::Int64
        } else if self.number {
            DataType::Float64
        } else if self.date {
            DataType::Date32
        } else if self.boolean {
            DataType::Boolean
        } else {
            DataType::Utf8
        }
    }
}

/// `true` and `false` in the spellings of Python, R and SQL.
pub(super) fn boolean(value: &str) -> Option<bool> {
    match value {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

pub(super) fn integer(value: &str) -> Option<i64> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let canonical = whole(digits) && value != "-0";
    if canonical { value.parse().ok() } else { None }
}

pub(super) fn number(value: &str) -> Option<f64> {
    let unsigned = value.strip_prefix('-').unwrap_or(value);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa,
            Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)),
        ),
        None => (unsigned, None),
    };
    let (before, after) = match mantissa.split_once('.') {
        Some((before, after)) => (before, Some(after)),
        None => (mantissa, None),
    };
    let digits = before.len().saturating_add(after.map_or(0, str::len));
    let well_formed = whole(before)
        && after.is_none_or(all_digits)
        && exponent.is_none_or(all_digits)
        && digits <= DIGITS;
    if !well_formed {
        return None;
    }
    value.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Days since 1970-01-01 of an existing day written `YYYY-MM-DD`.
pub(super) fn date(value: &str) -> Option<i32> {
    let mut parts = value.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let shaped = parts.next().is_none() && year.len() == 4 && month.len() == 2 && day.len() == 2;
    if !shaped || ![year, month, day].into_iter().all(all_digits) {
        return None;
    }
    days(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// Counts days in years that begin in March, so that the leap day is the last one.
fn days(year: i32, month: i32, day: i32) -> Option<i32> {
    let leap =
        year.checked_rem(4)? == 0 && (year.checked_rem(100)? != 0 || year.checked_rem(400)? == 0);
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if day < 1 || day > last {
        return None;
    }
    let (march_year, march_month) = if month > 2 {
        (year, month.checked_sub(3)?)
    } else {
        (year.checked_sub(1)?, month.checked_add(9)?)
    };
    let of_year = march_month
        .checked_mul(153)?
        .checked_add(2)?
        .checked_div(5)?
        .checked_add(day)?
        .checked_sub(1)?;
    let leaps = march_year
        .div_euclid(4)
        .checked_sub(march_year.div_euclid(100))?
        .checked_add(march_year.div_euclid(400))?;
    march_year
        .checked_mul(365)?
        .checked_add(leaps)?
        .checked_add(of_year)?
        .checked_sub(719_468)
}

/// A whole number without a leading zero.
fn whole(digits: &str) -> bool {
    all_digits(digits) && (digits == "0" || !digits.starts_with('0'))
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(values: &[&str]) -> DataType {
        let mut column = Column::new(false);
        for value in values {
            column.see(value);
        }
        column.kind()
    }

    #[test]
    fn a_column_is_what_all_its_values_are() {
        assert_eq!(kind(&["1", "", "-20", "0"]), DataType::Int64);
        assert_eq!(kind(&["1", "2.5"]), DataType::Float64);
        assert_eq!(kind(&["1.5e3", "-0.25"]), DataType::Float64);
        assert_eq!(kind(&["2024-02-29", "1900-12-31"]), DataType::Date32);
        assert_eq!(kind(&["true", "FALSE"]), DataType::Boolean);
        assert_eq!(kind(&["", ""]), DataType::Utf8);
    }

    #[test]
    fn what_a_number_would_lose_stays_text() {
        for values in [
            &["007"][..],
            &["+1"],
            &["-0", "x"],
            &["1", "09"],
            &["9223372036854775808"],
            &["1."],
            &[".5"],
            &["1e999"],
            &["NaN"],
            &["inf"],
            &["0x10"],
            &["1 "],
            &["１"],
            &["2023-02-29"],
            &["2024-2-9"],
            &["1", "2024-01-01"],
            &["true", "1"],
        ] {
            assert_eq!(kind(values), DataType::Utf8, "{values:?}");
        }
    }

    #[test]
    fn days_are_counted_from_1970() {
        assert_eq!(date("1970-01-01"), Some(0));
        assert_eq!(date("1969-12-31"), Some(-1));
        assert_eq!(date("2000-03-01"), Some(11_017));
        assert_eq!(date("2024-02-29"), Some(19_782));
        assert_eq!(date("0000-03-01"), Some(-719_468));
        assert_eq!(date("1900-02-29"), None);
    }
}
