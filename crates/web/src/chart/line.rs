//! A line through values in the order of their rows.

use super::scale::Scale;
use super::svg::{Anchor, INK, PALETTE, Picture, RULE, WIDTH, cut};
use super::{Caption, ChartError, few};

pub(super) const LEFT: f64 = 90.0;
pub(super) const RIGHT: f64 = WIDTH - 20.0;
pub(super) const TOP: f64 = 16.0;
pub(super) const BOTTOM: f64 = 300.0;
/// As many labels as stand below without touching.
const LABELS: usize = 8;

/// The axis at the left of what stands.
pub(super) fn axis(picture: &mut Picture, scale: &Scale) {
    for (value, text) in scale.ticks() {
        let y = BOTTOM - scale.place(value) * (BOTTOM - TOP);
        picture.line((LEFT, y), (RIGHT, y), RULE);
        picture.text((LEFT - 8.0, y + 4.0), Anchor::End, &text);
    }
    picture.line((LEFT, BOTTOM), (RIGHT, BOTTOM), INK);
}

/// One point a label; a missing value breaks the line.
pub(crate) fn line(
    points: &[(String, Option<f64>)],
    caption: Caption<'_>,
) -> Result<String, ChartError> {
    few(points.len())?;
    let values = points.iter().filter_map(|(_, value)| *value);
    if values.clone().next().is_none() {
        return Err(ChartError::Nothing);
    }
    let scale = Scale::over(values, false);
    let mut picture = Picture::default();
    axis(&mut picture, &scale);
    let gaps = f64::from(u32::try_from(points.len().saturating_sub(1)).unwrap_or(1)).max(1.0);
    let every = points.len().div_ceil(LABELS).max(1);
    let [first, ..] = PALETTE;
    let mut run: Vec<(f64, f64)> = Vec::new();
    let mut dots = Vec::new();
    for (place, (label, value)) in points.iter().enumerate() {
        let at = f64::from(u32::try_from(place).unwrap_or(u32::MAX));
        let x = LEFT + 20.0 + at / gaps * (RIGHT - LEFT - 40.0);
        if place.is_multiple_of(every) {
            picture.text((x, BOTTOM + 18.0), Anchor::Middle, &cut(label, 11));
        }
        if let Some(value) = value {
            let point = (x, BOTTOM - scale.place(*value) * (BOTTOM - TOP));
            run.push(point);
            dots.push(point);
        } else {
            picture.path(&std::mem::take(&mut run), first);
        }
    }
    picture.path(&run, first);
    for dot in dots {
        picture.dot(dot, first);
    }
    Ok(picture.finish(BOTTOM + 30.0, caption))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_value_breaks_the_line() {
        let points: Vec<_> = [Some(1.0), Some(2.0), None, Some(4.0)]
            .into_iter()
            .enumerate()
            .map(|(month, value)| (format!("2024-0{month}"), value))
            .collect();
        let caption = Caption {
            title: "t",
            description: "d",
        };
        let svg = line(&points, caption).unwrap();
        assert_eq!(svg.matches("<path").count(), 2);
        assert_eq!(svg.matches("<circle").count(), 3);
        assert_eq!(line(&[], caption), Err(ChartError::Nothing));
    }
}
