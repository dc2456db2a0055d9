//! Numbers as an answer writes them, and as a chart does.

use super::ChartError;

/// The number that a cell of an answer holds; `None` for NULL, and for what is none or has no end.
pub(crate) fn number(cell: Option<&str>, row: usize) -> Result<Option<f64>, ChartError> {
    let Some(text) = cell else {
        return Ok(None);
    };
    match text.trim().parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Some(value)),
        Ok(_) | Err(_) => Err(ChartError::NoNumber {
            row: row.saturating_add(1),
        }),
    }
}

/// A number with at most `digits` digits after the point, thousands apart.
pub(super) fn text(value: f64, digits: usize) -> String {
    let plain = format!("{value:.digits$}");
    let (sign, rest) = match plain.strip_prefix('-') {
        Some(rest) if rest.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) => ("-", rest),
        Some(rest) => ("", rest),
        None => ("", plain.as_str()),
    };
    let (whole, part) = match rest.split_once('.') {
        Some((whole, part)) => (whole, part.trim_end_matches('0')),
        None => (rest, ""),
    };
    let mut grouped = String::from(sign);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && whole.len().saturating_sub(place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if !part.is_empty() {
        grouped.push('.');
        grouped.push_str(part);
    }
    grouped
}

/// A number with as many digits as a reader of a chart needs.
pub(super) fn short(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !(1e-4..1e15).contains(&value.abs()) {
        return format!("{value:.3e}");
    }
    text(value, if value.abs() >= 100.0 { 1 } else { 4 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_numbers_or_say_which_row_is_none() {
        assert_eq!(number(Some("-12.5"), 0), Ok(Some(-12.5)));
        assert_eq!(number(None, 0), Ok(None));
        for bad in ["", "abc", "NaN", "inf", "1,2", "0x1"] {
            assert_eq!(
                number(Some(bad), 4),
                Err(ChartError::NoNumber { row: 5 }),
                "{bad}"
            );
        }
    }

    #[test]
    fn thousands_stand_apart_and_zeros_at_the_end_don_t() {
        assert_eq!(text(1_234_567.0, 0), "1,234,567");
        assert_eq!(text(-1234.50, 2), "-1,234.5");
        assert_eq!(text(-0.001, 1), "0");
        assert_eq!(text(999.0, 1), "999");
        assert_eq!(short(0.0), "0");
        assert_eq!(short(1e20), "1.000e20");
        assert_eq!(short(0.125), "0.125");
    }
}
