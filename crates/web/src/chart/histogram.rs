//! Counts of values in ranges of one width.

use super::line::{BOTTOM, LEFT, RIGHT, TOP, axis};
use super::scale::Scale;
use super::svg::{Anchor, PALETTE, Picture};
use super::{Caption, ChartError, numbers};

/// The most ranges.
const BINS: u32 = 20;

/// A range and how many values it has: `from` is in it, `to` only in the last one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bin {
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) count: u64,
}

impl Bin {
    /// The range as text.
    pub(crate) fn range(&self) -> String {
        format!(
            "{} – {}",
            numbers::short(self.from),
            numbers::short(self.to)
        )
    }
}

/// Sorts values into ranges; as many as the root of their number, and their ends are round.
pub(crate) fn bins(values: &[f64]) -> Result<Vec<Bin>, ChartError> {
    if values.is_empty() {
        return Err(ChartError::Nothing);
    }
    let axis = Scale::over(values.iter().copied(), false);
    let wanted = f64::from(u32::try_from(values.len()).unwrap_or(u32::MAX)).sqrt();
    let mut step = axis.step;
    let width = axis.to - axis.from;
    // Halving keeps the ends round enough to read.
    while width / step < wanted.min(f64::from(BINS) / 2.0) {
        step /= 2.0;
    }
    let mut bins: Vec<Bin> = (0..BINS.saturating_mul(2))
        .map(|place| axis.from + f64::from(place) * step)
        .take_while(|from| *from < axis.to - step / 1000.0)
        .map(|from| Bin {
            from,
            to: from + step,
            count: 0,
        })
        .collect();
    let last = bins.len().saturating_sub(1);
    for value in values {
        let at = bins.partition_point(|bin| bin.to <= *value).min(last);
        if let Some(bin) = bins.get_mut(at) {
            bin.count = bin.count.saturating_add(1);
        }
    }
    Ok(bins)
}

/// One column a range.
pub(crate) fn histogram(bins: &[Bin], caption: Caption<'_>) -> Result<String, ChartError> {
    super::few(bins.len())?;
    let counts = bins.iter().map(|bin| count(bin.count));
    let scale = Scale::over(counts, true);
    let mut picture = Picture::default();
    axis(&mut picture, &scale);
    let each = (RIGHT - LEFT) / count(u64::try_from(bins.len()).unwrap_or(1));
    let every = bins.len().div_ceil(8).max(1);
    let [first, ..] = PALETTE;
    let mut x = LEFT;
    for (place, bin) in bins.iter().enumerate() {
        let height = scale.place(count(bin.count)) * (BOTTOM - TOP);
        picture.rect((x + 1.0, BOTTOM - height), (each - 2.0, height), first);
        if place.is_multiple_of(every) {
            let text = numbers::short(bin.from);
            picture.text((x, BOTTOM + 18.0), Anchor::Middle, &text);
        }
        x += each;
    }
    Ok(picture.finish(BOTTOM + 30.0, caption))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts below 2^53; and a picture has no more digits"
)]
fn count(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_in_one_range() {
        for values in [
            vec![1.0],
            vec![0.0, 0.0, 0.0],
            (0..1000_i32).map(f64::from).collect::<Vec<_>>(),
            vec![-5.0, 5.0, 1e9],
            vec![1e300, -1e300],
        ] {
            let bins = bins(&values).unwrap();
            let counted: u64 = bins.iter().map(|bin| bin.count).sum();
            assert_eq!(counted, u64::try_from(values.len()).unwrap());
            assert!((1..=40).contains(&bins.len()), "{bins:?}");
            for pair in bins.windows(2) {
                assert!(pair[0].to <= pair[1].from + pair[1].from.abs() * 1e-9);
            }
        }
        assert_eq!(bins(&[]), Err(ChartError::Nothing));
    }

    #[test]
    fn a_value_on_an_end_is_in_the_range_that_begins_there() {
        let bins = bins(&[0.0, 10.0, 10.0, 20.0]).unwrap();
        let at = bins.iter().find(|bin| bin.from <= 10.0 && 10.0 < bin.to);
        assert_eq!(at.unwrap().count, 2);
        assert_eq!(bins.last().unwrap().count, 1);
    }

    #[test]
    fn a_column_for_every_range() {
        let bins = bins(&[1.0, 2.0, 3.0, 4.0]).unwrap();
        let caption = Caption {
            title: "t",
            description: "d",
        };
        let svg = histogram(&bins, caption).unwrap();
        assert_eq!(svg.matches("<rect").count(), bins.len() + 1);
    }
}
