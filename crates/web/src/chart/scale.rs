//! Ticks at round numbers, and where a value lies between them.

/// As many steps as an axis has at most.
const STEPS: f64 = 6.0;

/// An axis over values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) step: f64,
}

impl Scale {
    /// An axis over all of `values`, from and to round numbers. `zero`: it has 0 on it, as lengths need.
    pub(super) fn over(values: impl IntoIterator<Item = f64>, zero: bool) -> Self {
        let mut ends: Option<(f64, f64)> = zero.then_some((0.0, 0.0));
        for value in values.into_iter().filter(|value| value.is_finite()) {
            ends = Some(match ends {
                None => (value, value),
                Some((low, high)) => (low.min(value), high.max(value)),
            });
        }
        let (low, mut high) = ends.unwrap_or((0.0, 1.0));
        // Halves first, so that the width of the widest range has an end.
        let mut step = round((high / STEPS) - (low / STEPS));
        if step <= 0.0 || !step.is_finite() {
            // All values are one.
            step = round((low.abs() / STEPS).max(1.0 / STEPS));
            high = low + step;
        }
        let (from, to) = ((low / step).floor() * step, (high / step).ceil() * step);
        if from.is_finite() && to.is_finite() && from < to {
            Self { from, to, step }
        } else {
            Self {
                from: low,
                to: high,
                step: (high / 2.0) - (low / 2.0),
            }
        }
    }

    /// Where a value lies, 0 to 1.
    pub(super) fn place(&self, value: f64) -> f64 {
        let width = (self.to / 2.0) - (self.from / 2.0);
        if width <= 0.0 {
            return 0.0;
        }
        (((value / 2.0) - (self.from / 2.0)) / width).clamp(0.0, 1.0)
    }

    /// The ticks with their texts.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        let digits = digits(self.step);
        (0..=32_u32)
            .map(|tick| self.from + f64::from(tick) * self.step)
            .take_while(|value| *value <= self.to + self.step / 1000.0)
            .map(|value| (value, super::numbers::text(value, digits)))
            .map(|(value, text)| {
                let long = text.len() > 15;
                (value, if long { format!("{value:.2e}") } else { text })
            })
            .collect()
    }
}

/// The smallest 1, 2 or 5 times a power of ten that is no less.
fn round(step: f64) -> f64 {
    if step <= 0.0 || !step.is_finite() {
        return 0.0;
    }
    let power = 10_f64.powf(step.log10().floor());
    let times = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|times| times * power >= step * (1.0 - 1e-9));
    times.unwrap_or(10.0) * power
}

/// Digits after the point that a step needs.
fn digits(step: f64) -> usize {
    (0..=12_usize)
        .find(|digits| {
            let scaled = step * 10_f64.powi(i32::try_from(*digits).unwrap_or(0));
            (scaled - scaled.round()).abs() < 1e-6 * scaled.abs().max(1e-300)
        })
        .unwrap_or(12)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(values: &[f64], zero: bool) -> Vec<String> {
        let scale = Scale::over(values.iter().copied(), zero);
        scale.ticks().into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(
            texts(&[3.0, 97.0], true),
            ["0", "20", "40", "60", "80", "100"]
        );
        assert_eq!(
            texts(&[0.02, 0.11], true),
            ["0", "0.02", "0.04", "0.06", "0.08", "0.1", "0.12"]
        );
        assert_eq!(texts(&[-4.0, 6.0], true), ["-4", "-2", "0", "2", "4", "6"]);
        assert_eq!(texts(&[1_000_000.0], true).last().unwrap(), "1,000,000");
    }

    #[test]
    fn every_value_lies_on_its_axis() {
        for values in [
            vec![5.0],
            vec![0.0],
            vec![-1e-12],
            vec![1e300, -1e300],
            vec![f64::MAX, f64::MIN],
            vec![f64::MIN_POSITIVE],
            vec![2.0, 2.0],
            vec![-3.0, -9.0],
        ] {
            for zero in [false, true] {
                let scale = Scale::over(values.iter().copied(), zero);
                assert!(scale.from < scale.to, "{values:?} {scale:?}");
                assert!(scale.ticks().len() <= 33, "{values:?}");
                for value in &values {
                    let place = scale.place(*value);
                    assert!((0.0..=1.0).contains(&place), "{values:?} {place}");
                    assert!(
                        *value >= scale.from && *value <= scale.to,
                        "{values:?} {scale:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn an_axis_of_nothing_is_one() {
        assert_eq!(texts(&[], false).first().unwrap(), "0");
    }
}
