//! Five numbers of groups of values as boxes.

use super::bar::{LEFT, RIGHT, axis};
use super::scale::Scale;
use super::svg::{Anchor, INK, PALETTE, Picture, cut};
use super::{Caption, ChartError, few};

const TOP: f64 = 12.0;
const ROW: f64 = 40.0;

/// Least, lower quartile, median, upper quartile and greatest value (quantiles of type 7, as R has them by default).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Five {
    pub(crate) least: f64,
    pub(crate) lower: f64,
    pub(crate) median: f64,
    pub(crate) upper: f64,
    pub(crate) greatest: f64,
    pub(crate) count: usize,
}

impl Five {
    /// Of these values; `None` of none.
    pub(crate) fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        Some(Self {
            least: *sorted.first()?,
            lower: quantile(&sorted, 1)?,
            median: quantile(&sorted, 2)?,
            upper: quantile(&sorted, 3)?,
            greatest: *sorted.last()?,
            count: sorted.len(),
        })
    }
}

/// `quarters` quarters of the way through sorted values.
fn quantile(sorted: &[f64], quarters: usize) -> Option<f64> {
    let way = sorted.len().checked_sub(1)?.saturating_mul(quarters);
    let below = *sorted.get(way / 4)?;
    let above = sorted
        .get((way / 4).saturating_add(1))
        .copied()
        .unwrap_or(below);
    let part = f64::from(u32::try_from(way % 4).ok()?) / 4.0;
    Some(below * (1.0 - part) + above * part)
}

/// One box a group, its whiskers to the least and the greatest value.
pub(crate) fn boxes(groups: &[(String, Five)], caption: Caption<'_>) -> Result<String, ChartError> {
    few(groups.len())?;
    let ends = groups
        .iter()
        .flat_map(|(_, five)| [five.least, five.greatest]);
    let scale = Scale::over(ends, false);
    let mut picture = Picture::default();
    let rows = f64::from(u32::try_from(groups.len()).unwrap_or(u32::MAX));
    let bottom = TOP + rows * ROW;
    axis(&mut picture, &scale, (TOP, bottom));
    let at = |value: f64| LEFT + scale.place(value) * (RIGHT - LEFT);
    let [_, second, ..] = PALETTE;
    let mut y = TOP;
    for (label, five) in groups {
        let (top, middle, low) = (y + 8.0, y + ROW / 2.0, y + ROW - 8.0);
        picture.text((LEFT - 8.0, middle + 4.0), Anchor::End, &cut(label, 26));
        picture.line((at(five.least), middle), (at(five.greatest), middle), INK);
        for end in [five.least, five.greatest] {
            picture.line((at(end), top + 4.0), (at(end), low - 4.0), INK);
        }
        let width = at(five.upper) - at(five.lower);
        picture.rect((at(five.lower), top), (width, low - top), second);
        let median = at(five.median);
        picture.path(&[(median, top), (median, low)], INK);
        y += ROW;
    }
    Ok(picture.finish(bottom + 30.0, caption))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_five_numbers_are_those_of_r() {
        // quantile(c(1, 2, 3, 4, 10, 20)): 1.00 2.25 3.50 8.50 20.00
        let five = Five::of(&[20.0, 3.0, 1.0, 10.0, 2.0, 4.0]).unwrap();
        let got = [
            five.least,
            five.lower,
            five.median,
            five.upper,
            five.greatest,
        ];
        assert_eq!(
            got.map(|x| x.to_string()),
            ["1", "2.25", "3.5", "8.5", "20"]
        );
        let one = Five::of(&[7.0]).unwrap();
        let one = [one.lower, one.median, one.upper];
        assert_eq!(one.map(|x| x.to_string()), ["7", "7", "7"]);
        assert_eq!(Five::of(&[]), None);
    }

    #[test]
    fn a_box_for_every_group() {
        let five = Five::of(&[1.0, 2.0, 3.0]).unwrap();
        let caption = Caption {
            title: "t",
            description: "d",
        };
        let groups = [("男".to_owned(), five), ("女".to_owned(), five)];
        let svg = boxes(&groups, caption).unwrap();
        assert_eq!(svg.matches("<rect").count(), 3);
        assert!(svg.contains(">女<"));
        assert_eq!(boxes(&[], caption), Err(ChartError::Nothing));
    }
}
