//! Bars of parts, each part of a whole with its share.

use super::bar::{LEFT, RIGHT};
use super::svg::{Anchor, PALETTE, Picture, cut};
use super::{Caption, ChartError, few, numbers};

const TOP: f64 = 40.0;
const ROW: f64 = 30.0;

/// A whole and its parts, in the order of the legend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stack {
    pub(crate) label: String,
    pub(crate) parts: Vec<u64>,
}

/// One bar a whole, each as long as the next. More parts than colours have none: the last one is used again.
pub(crate) fn stack(
    stacks: &[Stack],
    legend: &[String],
    caption: Caption<'_>,
) -> Result<String, ChartError> {
    few(stacks.len().saturating_mul(legend.len().max(1)))?;
    let mut picture = Picture::default();
    let mut x = 12.0;
    for (place, word) in legend.iter().enumerate() {
        picture.rect((x, 10.0), (14.0, 14.0), colour(place));
        picture.text((x + 20.0, 22.0), Anchor::Start, &cut(word, 22));
        x += 186.0;
    }
    let mut y = TOP;
    for Stack { label, parts } in stacks {
        picture.text((LEFT - 8.0, y + 19.0), Anchor::End, &cut(label, 26));
        let whole = parts
            .iter()
            .fold(0, |sum: u64, part| sum.saturating_add(*part));
        let mut x = LEFT;
        for (place, part) in parts.iter().enumerate() {
            let width = share(*part, whole) * (RIGHT - LEFT);
            if *part > 0 {
                // Somebody is never shown as nobody.
                picture.rect((x, y + 4.0), (width.max(1.0), ROW - 8.0), colour(place));
            }
            x += width;
        }
        let text = numbers::text(count(whole), 0);
        picture.text((RIGHT + 6.0, y + 19.0), Anchor::Start, &text);
        y += ROW;
    }
    Ok(picture.finish(y + 12.0, caption))
}

fn colour(place: usize) -> &'static str {
    let [.., last] = PALETTE;
    PALETTE.get(place).copied().unwrap_or(last)
}

#[expect(clippy::cast_precision_loss, reason = "a picture has no more digits")]
fn count(count: u64) -> f64 {
    count as f64
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        count(part) / count(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_one_is_seen_and_one_of_none_isn_t() {
        let stacks = [Stack {
            label: "ndb".to_owned(),
            parts: vec![1_000_000, 1, 0],
        }];
        let legend = ["a", "b", "c"].map(str::to_owned);
        let caption = Caption {
            title: "t",
            description: "d",
        };
        let svg = stack(&stacks, &legend, caption).unwrap();
        // Paper, three of the legend, two parts.
        assert_eq!(svg.matches("<rect").count(), 6);
        assert!(svg.contains(r#"width="1.00""#), "{svg}");
        assert!(svg.contains(">1,000,001<"), "{svg}");
        assert_eq!(stack(&[], &legend, caption), Err(ChartError::Nothing));
    }
}
