//! The arithmetic of the benchmark.

/// Middle, least and most of some samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Spread {
    /// Nothing of nothing.
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let upper = *sorted.get(sorted.len() / 2)?;
        let lower = *sorted.get(sorted.len().saturating_sub(1) / 2)?;
        Some(Self {
            median: f64::midpoint(lower, upper),
            least: *sorted.first()?,
            most: *sorted.last()?,
        })
    }
}

/// Of numbers above zero; nothing if there is none, or one is not above zero.
pub(super) fn geometric_mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (mut logarithms, mut count) = (0.0, 0.0);
    for value in values {
        if value <= 0.0 || !value.is_finite() {
            return None;
        }
        logarithms += value.ln();
        count += 1.0;
    }
    (count > 0.0).then(|| f64::exp(logarithms / count))
}

/// Three figures or so, whatever the size.
pub(super) fn short(value: f64) -> String {
    let places = match value.abs() {
        size if size >= 99.95 => 0,
        size if size >= 9.995 => 1,
        size if size >= 0.9995 => 2,
        size if size >= 0.09995 => 3,
        _ => 4,
    };
    format!("{value:.places$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_the_mean_of_the_two_in_the_middle() {
        let cases: &[(&[f64], f64, f64, f64)] = &[
            (&[3.0], 3.0, 3.0, 3.0),
            (&[9.0, 1.0, 5.0], 5.0, 1.0, 9.0),
            (&[4.0, 1.0, 3.0, 2.0], 2.5, 1.0, 4.0),
            (&[0.5, 0.1, 0.1, 0.1, 70.0], 0.1, 0.1, 70.0),
        ];
        for (values, median, least, most) in cases {
            let expected = Spread {
                median: *median,
                least: *least,
                most: *most,
            };
            assert_eq!(Spread::of(values.iter().copied()), Some(expected));
        }
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn the_geometric_mean_multiplies() {
        let mean = geometric_mean([1.0, 10.0, 100.0]).unwrap();
        assert!((mean - 10.0).abs() < 1e-9, "{mean}");
        let mean = geometric_mean([2.0, 0.5]).unwrap();
        assert!((mean - 1.0).abs() < 1e-9, "{mean}");
        assert_eq!(geometric_mean([]), None);
        assert_eq!(geometric_mean([1.0, 0.0]), None);
        assert_eq!(geometric_mean([1.0, f64::INFINITY]), None);
    }

    #[test]
    fn numbers_are_short() {
        let cases = [
            (1234.5, "1234"),
            (99.96, "100"),
            (42.55, "42.5"),
            (2.0, "2.00"),
            (0.9999, "1.00"),
            (0.1234, "0.123"),
            (0.012_34, "0.0123"),
        ];
        for (value, text) in cases {
            assert_eq!(short(value), text);
        }
    }
}
