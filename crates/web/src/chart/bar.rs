//! Bars that lie, so that long labels have room.

use super::scale::Scale;
use super::svg::{Anchor, INK, PALETTE, Picture, RULE, WIDTH, cut};
use super::{Caption, ChartError, few, numbers};

pub(super) const LEFT: f64 = 200.0;
pub(super) const RIGHT: f64 = WIDTH - 90.0;
const TOP: f64 = 12.0;
const ROW: f64 = 26.0;

/// The axis below or above rows that lie.
pub(super) fn axis(picture: &mut Picture, scale: &Scale, (top, bottom): (f64, f64)) {
    for (value, text) in scale.ticks() {
        let x = LEFT + scale.place(value) * (RIGHT - LEFT);
        picture.line((x, top), (x, bottom), RULE);
        picture.text((x, bottom + 18.0), Anchor::Middle, &text);
    }
}

/// One bar a label. A missing value has no bar and says so.
pub(crate) fn bar(
    bars: &[(String, Option<f64>)],
    missing: &str,
    caption: Caption<'_>,
) -> Result<String, ChartError> {
    few(bars.len())?;
    if bars.iter().all(|(_, value)| value.is_none()) {
        return Err(ChartError::Nothing);
    }
    let scale = Scale::over(bars.iter().filter_map(|(_, value)| *value), true);
    let mut picture = Picture::default();
    let rows = f64::from(u32::try_from(bars.len()).unwrap_or(u32::MAX));
    let bottom = TOP + rows * ROW;
    axis(&mut picture, &scale, (TOP, bottom));
    let at = |value: f64| LEFT + scale.place(value) * (RIGHT - LEFT);
    let zero = at(0.0);
    let mut y = TOP;
    for (label, value) in bars {
        let text = y + 18.0;
        picture.text((LEFT - 8.0, text), Anchor::End, &cut(label, 26));
        match value {
            Some(value) => {
                let end = at(*value);
                let (from, to) = (zero.min(end), zero.max(end));
                picture.rect((from, y + 4.0), (to - from, ROW - 8.0), first());
                picture.text((to + 6.0, text), Anchor::Start, &numbers::short(*value));
            }
            None => picture.text((zero + 6.0, text), Anchor::Start, missing),
        }
        y += ROW;
    }
    picture.line((zero, TOP), (zero, bottom), INK);
    Ok(picture.finish(bottom + 30.0, caption))
}

fn first() -> &'static str {
    let [first, ..] = PALETTE;
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPTION: Caption<'static> = Caption {
        title: "t",
        description: "d",
    };

    #[test]
    fn every_value_has_its_bar_and_its_number() {
        let bars = [
            ("男".to_owned(), Some(1200.0)),
            ("女".to_owned(), Some(-40.0)),
            ("?".to_owned(), None),
        ];
        let svg = bar(&bars, "なし", CAPTION).unwrap();
        // One is the paper.
        assert_eq!(svg.matches("<rect").count(), 3);
        for text in [">1,200<", ">-40<", ">なし<", ">男<"] {
            assert!(svg.contains(text), "{text} in {svg}");
        }
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        assert_eq!(bar(&[], "", CAPTION), Err(ChartError::Nothing));
        assert_eq!(
            bar(&[(String::new(), None)], "", CAPTION),
            Err(ChartError::Nothing)
        );
        let many = vec![(String::new(), Some(1.0)); super::super::MARKS + 1];
        assert_eq!(
            bar(&many, "", CAPTION),
            Err(ChartError::Many {
                max: super::super::MARKS
            })
        );
    }
}
