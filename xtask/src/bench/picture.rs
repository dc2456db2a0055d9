//! The ratios as bars: how many times our CPU time each peer takes, on a logarithmic scale.

use std::fmt::Write as _;

use super::engines::{Engine, Question};
use super::numbers::short;
use super::results::{Measure, Results};

const WIDTH: f64 = 860.0;
const LEFT: f64 = 130.0;
const RIGHT: f64 = 90.0;
const TOP: f64 = 96.0;
const BAR: f64 = 13.0;
const GAP: f64 = 2.0;
const BETWEEN: f64 = 14.0;

/// Each peer's colour (Okabe and Ito: told apart by the colour-blind too) and the ratio it is to reach over all.
const PEERS: [(Engine, &str, f64); 4] = [
    (Engine::Duckdb, "#56b4e9", 25.0),
    (Engine::DuckdbPrepared, "#0072b2", 5.0),
    (Engine::DuckdbPersons, "#d55e00", 3.0),
    (Engine::Polars, "#009e73", 30.0),
];

/// Ratios from a tenth to a thousand fit; beyond, a bar ends at the edge and its number says how far it would go.
struct Scale {
    least: f64,
    most: f64,
}

impl Scale {
    fn of(ratios: &[f64]) -> Self {
        let least = ratios.iter().copied().fold(1.0, f64::min).max(0.1);
        let most = ratios.iter().copied().fold(30.0, f64::max).min(1000.0);
        Self {
            least: least * 0.9,
            most: most * 1.1,
        }
    }

    fn x(&self, ratio: f64) -> f64 {
        let share =
            (ratio.clamp(self.least, self.most) / self.least).ln() / (self.most / self.least).ln();
        LEFT + share * (WIDTH - LEFT - RIGHT)
    }

    fn marks(&self) -> impl Iterator<Item = f64> {
        [
            0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0,
        ]
        .into_iter()
        .filter(|mark| (self.least..=self.most).contains(mark))
    }
}

/// One group of bars: a question, or all of them.
struct Group {
    name: &'static str,
    /// Median of our CPU seconds.
    ours: Option<f64>,
    bars: Vec<Bar>,
}

struct Bar {
    colour: &'static str,
    ratio: f64,
    note: String,
    target: Option<f64>,
}

/// Nothing if ours or every peer was not measured.
pub(super) fn picture(results: &Results, below: &str, remarks: &[String]) -> Option<String> {
    let groups = groups(results);
    let ratios: Vec<f64> = groups
        .iter()
        .flat_map(|group| &group.bars)
        .map(|bar| bar.ratio)
        .collect();
    if ratios.is_empty() {
        return None;
    }
    let scale = Scale::of(&ratios);
    let mut body = String::new();
    let mut y = TOP;
    for group in &groups {
        y = draw_group(&mut body, group, &scale, y) + BETWEEN;
    }
    let bottom = y - BETWEEN + 6.0;
    let mut under = bottom + 50.0;
    let mut notes = String::new();
    text(&mut notes, 20.0, under, "note", &escape(below));
    for remark in remarks {
        under += 16.0;
        let remark = escape(&format!("A trial: {remark}"));
        text(&mut notes, 20.0, under, "trial", &remark);
    }
    let mut svg = head(under + 14.0);
    axis(&mut svg, &scale, bottom);
    svg.push_str(&body);
    legend(&mut svg, results);
    svg.push_str(&notes);
    svg.push_str("</svg>\n");
    Some(svg)
}

fn groups(results: &Results) -> Vec<Group> {
    let mut groups: Vec<Group> = Question::ALL
        .into_iter()
        .map(|question| Group {
            name: question.name(),
            ours: results
                .answered(Engine::Renketsu, question, Measure::Cpu)
                .map(|spread| spread.median),
            bars: PEERS
                .into_iter()
                .filter_map(|(engine, colour, _)| {
                    let seconds = results.answered(engine, question, Measure::Cpu)?.median;
                    Some(Bar {
                        colour,
                        ratio: results.ratio(engine, question, Measure::Cpu)?,
                        note: format!(" ({} s)", short(seconds)),
                        target: None,
                    })
                })
                .collect(),
        })
        .collect();
    groups.push(Group {
        name: "all six",
        ours: None,
        bars: PEERS
            .into_iter()
            .filter_map(|(engine, colour, target)| {
                Some(Bar {
                    colour,
                    ratio: results.mean_ratio(engine, &Question::ALL, Measure::Cpu)?,
                    note: String::new(),
                    target: Some(target),
                })
            })
            .collect(),
    });
    groups.retain(|group| !group.bars.is_empty());
    groups
}

fn head(height: f64) -> String {
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0}" width="{WIDTH}" height="{height:.0}" role="img">
<title>CPU time of the peers as a multiple of Renketsu's</title>
<style>
text {{ font-family: sans-serif; font-size: 12px; fill: #222 }}
.title {{ font-size: 16px; font-weight: bold }} .name {{ text-anchor: end }} .all {{ font-weight: bold; text-anchor: end }}
.mark {{ text-anchor: middle; fill: #555; font-size: 11px }} .ours {{ text-anchor: end; font-size: 11px; fill: #555 }}
.value {{ font-size: 11px }} .note {{ font-size: 11px; fill: #555 }} .trial {{ font-size: 11px; fill: #b00020 }}
</style>
<rect width="100%" height="100%" rx="6" fill="#fff"/>
<text x="20" y="28" class="title">CPU time of the peers as a multiple of Renketsu's (logarithmic)</text>
"##
    )
}

fn axis(svg: &mut String, scale: &Scale, bottom: f64) {
    for mark in scale.marks() {
        let x = scale.x(mark);
        let (colour, width) = if (mark - 1.0).abs() < 1e-9 {
            ("#222", 1.5)
        } else {
            ("#ddd", 1.0)
        };
        line(svg, x, TOP - 8.0, bottom, colour, width);
        text(svg, x, bottom + 16.0, "mark", &format!("{mark}×"));
    }
    let note = "1× is Renketsu, encrypted; the peers are not";
    text(svg, scale.x(1.0), bottom + 32.0, "note", note);
}

fn draw_group(svg: &mut String, group: &Group, scale: &Scale, top: f64) -> f64 {
    let mut y = top;
    let one = scale.x(1.0);
    for bar in &group.bars {
        let end = scale.x(bar.ratio);
        let (from, to) = (one.min(end), one.max(end));
        rectangle(svg, from, y, (to - from).max(1.0), bar.colour);
        if let Some(target) = bar.target {
            let x = scale.x(target);
            line(svg, x, y - 1.0, y + BAR + 1.0, "#000", 2.5);
        }
        let label = format!("{}×{}", short(bar.ratio), bar.note);
        // A mark just after the bar's end would strike the number through.
        let beside = bar
            .target
            .map(|target| scale.x(target))
            .filter(|x| (to - 4.0..to + 50.0).contains(x))
            .map_or(to, |x| x.max(to));
        text(svg, beside + 5.0, y + BAR - 3.0, "value", &label);
        y += BAR + GAP;
    }
    let class = if group.name == "all six" {
        "all"
    } else {
        "name"
    };
    let middle = f64::midpoint(top, y - GAP) + 4.0;
    if let Some(ours) = group.ours {
        text(svg, LEFT - 14.0, middle - 7.0, class, group.name);
        let ours = format!("ours {} s", short(ours));
        text(svg, LEFT - 14.0, middle + 8.0, "ours", &ours);
    } else {
        text(svg, LEFT - 14.0, middle, class, group.name);
    }
    y
}

fn legend(svg: &mut String, results: &Results) {
    let measured = results.engines();
    let mut x = 20.0;
    for (engine, colour, _) in PEERS {
        if measured.contains(&engine) {
            rectangle(svg, x, 46.0, BAR, colour);
            text(svg, x + 19.0, 57.0, "value", engine.name());
            x += 150.0;
        }
    }
    line(svg, x + 6.0, 45.0, 60.0, "#000", 2.5);
    text(svg, x + 19.0, 57.0, "value", "to be reached over all six");
}

fn rectangle(svg: &mut String, x: f64, y: f64, width: f64, colour: &str) {
    push(
        svg,
        format_args!(
            r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{BAR}" fill="{colour}"/>"#
        ),
    );
}

fn line(svg: &mut String, x: f64, from: f64, to: f64, colour: &str, width: f64) {
    push(
        svg,
        format_args!(
            r#"<path d="M{x:.1} {from:.1}V{to:.1}" stroke="{colour}" stroke-width="{width}"/>"#
        ),
    );
}

fn text(svg: &mut String, x: f64, y: f64, class: &str, words: &str) {
    push(
        svg,
        format_args!(r#"<text x="{x:.1}" y="{y:.1}" class="{class}">{words}</text>"#),
    );
}

fn push(svg: &mut String, element: std::fmt::Arguments<'_>) {
    // Writing to a `String` cannot fail.
    let _infallible = writeln!(svg, "{element}");
}

fn escape(words: &str) -> String {
    words
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::results::tests::results;
    use super::*;

    #[test]
    fn one_bar_for_each_ratio() {
        let results = results(&[
            (Engine::Renketsu, [0.1; 6], None),
            (Engine::Duckdb, [2.0; 6], None),
            (Engine::DuckdbPersons, [0.05; 6], None),
        ]);
        let svg = picture(&results, "5 M × 20 M <rows>", &["busy".to_owned()]).unwrap();
        assert_eq!(svg.matches("#56b4e9").count(), 8, "six, the mean, a key");
        assert_eq!(svg.matches("#009e73").count(), 0, "no Polars, no key");
        assert!(svg.contains(">20.0× (2.00 s)<"), "{svg}");
        assert!(svg.contains(">0.500× (0.0500 s)<"), "{svg}");
        assert!(svg.contains("&lt;rows&gt;"));
        assert!(svg.contains("A trial: busy"));
        assert!(!svg.contains("NaN"));
    }

    #[test]
    fn no_ratios_no_picture() {
        assert_eq!(
            picture(&results(&[(Engine::Duckdb, [2.0; 6], None)]), "", &[]),
            None
        );
        assert_eq!(
            picture(&results(&[(Engine::Renketsu, [2.0; 6], None)]), "", &[]),
            None
        );
    }

    #[test]
    fn the_scale_is_logarithmic_and_holds_one() {
        let scale = Scale::of(&[0.5, 50.0, 5000.0]);
        let step = scale.x(10.0) - scale.x(1.0);
        assert!((scale.x(100.0) - scale.x(10.0) - step).abs() < 1e-9);
        assert!((scale.x(5000.0) - (WIDTH - RIGHT)).abs() < 1e-9);
        assert!(scale.marks().any(|mark| (mark - 1.0).abs() < 1e-9));
    }
}
