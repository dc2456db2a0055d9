//! The figures issue 3 sets, and whether a run reached them.

use serde_json::{Value, json};

use super::engines::{Engine, Question};
use super::numbers::{geometric_mean, short};
use super::results::{Measure, Results};

/// How many times the data the second size has.
pub(super) const SCALE: u64 = 5;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Target {
    AtLeast(f64),
    AtMost(f64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Reached,
    NotReached,
    NotMeasured,
}

impl Verdict {
    fn name(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::NotReached => "not reached",
            Self::NotMeasured => "not measured",
        }
    }
}

/// One figure: what it is about, what is wanted, what was found and where.
#[derive(Debug)]
pub(super) struct Figure {
    what: String,
    target: Target,
    unit: &'static str,
    got: Option<f64>,
    place: Option<String>,
}

impl Figure {
    pub(super) fn new(
        what: impl Into<String>,
        target: Target,
        unit: &'static str,
        got: Option<f64>,
    ) -> Self {
        Self {
            what: what.into(),
            target,
            unit,
            got,
            place: None,
        }
    }

    /// The figure is the most extreme of several, and this one is it.
    fn at(
        what: impl Into<String>,
        target: Target,
        unit: &'static str,
        got: Option<(f64, String)>,
    ) -> Self {
        let (got, place) = got.unzip();
        Self {
            place,
            ..Self::new(what, target, unit, got)
        }
    }

    pub(super) fn verdict(&self) -> Verdict {
        match (self.got, self.target) {
            (None, _) => Verdict::NotMeasured,
            (Some(got), Target::AtLeast(bound)) if got >= bound => Verdict::Reached,
            (Some(got), Target::AtMost(bound)) if got <= bound => Verdict::Reached,
            (Some(_), _) => Verdict::NotReached,
        }
    }

    /// Cells: figure, target, found, verdict.
    pub(super) fn row(&self) -> Vec<String> {
        let unit = self.unit;
        let target = match self.target {
            Target::AtLeast(bound) => format!("≥ {bound}{unit}"),
            Target::AtMost(bound) => format!("≤ {bound}{unit}"),
        };
        let place = self.place.as_ref();
        let place = place.map_or_else(String::new, |place| format!(" ({place})"));
        let got = self.got.map_or_else(
            || "–".to_owned(),
            |got| format!("{}{unit}{place}", short(got)),
        );
        vec![
            self.what.clone(),
            target,
            got,
            self.verdict().name().to_owned(),
        ]
    }

    pub(super) fn json(&self) -> Value {
        let (bound, limit) = match self.target {
            Target::AtLeast(limit) => ("at least", limit),
            Target::AtMost(limit) => ("at most", limit),
        };
        json!({
            "figure": self.what, "bound": bound, "target": limit, "unit": self.unit.trim(),
            "found": self.got, "at": self.place, "verdict": self.verdict().name(),
        })
    }
}

/// All figures of the issue, in its order; what was not measured says so.
pub(super) fn figures(results: &Results, scaled: Option<&Results>, memory_mib: u32) -> Vec<Figure> {
    let ours = Engine::Renketsu;
    let strongest = Engine::DuckdbPersons;
    let mut figures: Vec<Figure> = [
        (Engine::Duckdb, 25.0),
        (Engine::DuckdbPrepared, 5.0),
        (Engine::DuckdbPersons, 3.0),
        (Engine::Polars, 30.0),
    ]
    .into_iter()
    .map(|(peer, bound)| {
        Figure::new(
            format!("CPU, six questions, against {}", peer.name()),
            Target::AtLeast(bound),
            "×",
            results.mean_ratio(peer, &Question::ALL, Measure::Cpu),
        )
    })
    .collect();
    figures.extend([
        Figure::at(
            "CPU, the worst question, against duckdb-persons",
            Target::AtLeast(1.0),
            "×",
            worst_question(results, strongest),
        ),
        Figure::new(
            "CPU, the four questions that scan, against duckdb-persons",
            Target::AtLeast(1.5),
            "×",
            results.mean_ratio(strongest, &Question::SCANS, Measure::Cpu),
        ),
        Figure::new(
            "CPU, import and link, of what duckdb-persons prepares in",
            Target::AtMost(0.8),
            "×",
            prepare_ratio(results, strongest),
        ),
        Figure::new(
            "CPU that encryption adds to the six questions",
            Target::AtMost(15.0),
            " %",
            encryption(results),
        ),
        Figure::at(
            "peak memory of a question, the most of all",
            Target::AtMost(512.0),
            " MiB",
            question_peak(results),
        ),
        Figure::new(
            format!("peak memory of import at a budget of {memory_mib} MiB, the most of all"),
            Target::AtMost(f64::from(memory_mib) + 256.0),
            " MiB",
            results
                .prepared(ours, Measure::Peak)
                .map(|spread| spread.most),
        ),
        Figure::at(
            format!("time at {SCALE} times the data, the most that anything grows"),
            Target::AtMost(5.5),
            "×",
            scaled.and_then(|scaled| growth(results, scaled)),
        ),
    ]);
    figures
}

fn worst_question(results: &Results, peer: Engine) -> Option<(f64, String)> {
    let ratios: Option<Vec<(f64, String)>> = Question::ALL
        .into_iter()
        .map(|question| {
            let ratio = results.ratio(peer, question, Measure::Cpu)?;
            Some((ratio, question.name().to_owned()))
        })
        .collect();
    ratios?.into_iter().min_by(|a, b| a.0.total_cmp(&b.0))
}

fn prepare_ratio(results: &Results, peer: Engine) -> Option<f64> {
    let ours = results.prepared(Engine::Renketsu, Measure::Cpu)?.median;
    let theirs = results.prepared(peer, Measure::Cpu)?.median;
    Some(ours / theirs)
}

/// In per cent, over the geometric mean of the same engine without it.
fn encryption(results: &Results) -> Option<f64> {
    let plain = results.mean_ratio(Engine::RenketsuPlain, &Question::ALL, Measure::Cpu)?;
    Some((1.0 / plain - 1.0) * 100.0)
}

fn question_peak(results: &Results) -> Option<(f64, String)> {
    let peaks: Option<Vec<(f64, String)>> = Question::ALL
        .into_iter()
        .map(|question| {
            let spread = results.answered(Engine::Renketsu, question, Measure::Peak)?;
            Some((spread.most, question.name().to_owned()))
        })
        .collect();
    peaks?.into_iter().max_by(|a, b| a.0.total_cmp(&b.0))
}

/// Of CPU and of wall time, of import and of each question.
fn growth(small: &Results, large: &Results) -> Option<(f64, String)> {
    let mut found = Vec::new();
    for (measure, name) in [(Measure::Cpu, "CPU"), (Measure::Wall, "wall")] {
        for question in Question::ALL {
            let ours = Engine::Renketsu;
            let before = small.answered(ours, question, measure)?.median;
            let after = large.answered(ours, question, measure)?.median;
            found.push((after / before, format!("{}, {name}", question.name())));
        }
        let before = small.prepared(Engine::Renketsu, measure)?.median;
        let after = large.prepared(Engine::Renketsu, measure)?.median;
        found.push((after / before, format!("import, {name}")));
    }
    found.into_iter().max_by(|a, b| a.0.total_cmp(&b.0))
}

/// Per engine measured at both sizes: how its CPU time grows, for the table.
pub(super) fn growth_rows(small: &Results, large: &Results) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for engine in large.engines() {
        let grown = |before: Option<f64>, after: Option<f64>| {
            before.zip(after).map(|(before, after)| after / before)
        };
        for measure in [Measure::Cpu, Measure::Wall, Measure::Peak] {
            let each: Vec<Option<f64>> = Question::ALL
                .into_iter()
                .map(|question| {
                    grown(
                        Some(small.answered(engine, question, measure)?.median),
                        Some(large.answered(engine, question, measure)?.median),
                    )
                })
                .collect();
            let mean = each
                .iter()
                .copied()
                .collect::<Option<Vec<f64>>>()
                .and_then(geometric_mean);
            let prepare = grown(
                small.prepared(engine, measure).map(|spread| spread.median),
                large.prepared(engine, measure).map(|spread| spread.median),
            );
            let mut row = vec![format!("{}, {}", engine.name(), measure.title())];
            row.extend(each.into_iter().chain([mean, prepare]).map(|ratio| {
                ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{}×", short(ratio)))
            }));
            rows.push(row);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::super::results::tests::results;
    use super::*;

    fn verdicts(results: &Results, scaled: Option<&Results>) -> Vec<Verdict> {
        figures(results, scaled, 1024)
            .iter()
            .map(Figure::verdict)
            .collect()
    }

    #[test]
    fn a_run_that_reaches_every_figure() {
        let small = results(&[
            (Engine::Renketsu, [0.1; 6], Some(10.0)),
            (Engine::RenketsuPlain, [0.09; 6], Some(10.0)),
            (Engine::Duckdb, [2.6; 6], None),
            (Engine::DuckdbPrepared, [0.6; 6], Some(20.0)),
            (Engine::DuckdbPersons, [0.31; 6], Some(13.0)),
            (Engine::Polars, [3.1; 6], None),
        ]);
        let large = results(&[(Engine::Renketsu, [0.5; 6], Some(54.0))]);
        assert_eq!(verdicts(&small, Some(&large)), [Verdict::Reached; 11]);
        let told = figures(&small, Some(&large), 1024);
        assert_eq!(
            told.last().unwrap().row(),
            [
                "time at 5 times the data, the most that anything grows",
                "≤ 5.5×",
                "5.40× (import, wall)",
                "reached"
            ]
        );
    }

    #[test]
    fn a_run_that_reaches_none() {
        // Fast on average, and slower than the strongest peer in one question.
        let small = results(&[
            (Engine::Renketsu, [0.1; 6], Some(10.0)),
            (Engine::RenketsuPlain, [0.08; 6], Some(10.0)),
            (Engine::Duckdb, [2.4; 6], None),
            (Engine::DuckdbPrepared, [0.4; 6], Some(20.0)),
            (
                Engine::DuckdbPersons,
                [0.4, 0.14, 0.14, 0.14, 0.4, 0.09],
                Some(12.0),
            ),
            (Engine::Polars, [2.9; 6], None),
        ]);
        let large = results(&[(Engine::Renketsu, [0.5; 6], Some(56.0))]);
        let told = figures(&small, Some(&large), 128);
        for figure in &told {
            let expected = if figure.what.starts_with("peak memory of a question") {
                Verdict::Reached
            } else {
                Verdict::NotReached
            };
            assert_eq!(figure.verdict(), expected, "{figure:?}");
        }
        let worst = &told[4];
        assert_eq!(worst.place.as_deref(), Some("onset"));
        assert!((worst.got.unwrap() - 0.9).abs() < 1e-9);
        assert_eq!(worst.json()["verdict"], "not reached");
    }

    #[test]
    fn what_was_left_out_is_not_reached_silently() {
        let peers = results(&[(Engine::DuckdbPersons, [0.3; 6], Some(13.0))]);
        assert_eq!(verdicts(&peers, None), [Verdict::NotMeasured; 11]);
        let ours = results(&[(Engine::Renketsu, [0.3; 6], None)]);
        let measured = verdicts(&ours, None)
            .into_iter()
            .filter(|verdict| *verdict != Verdict::NotMeasured)
            .count();
        assert_eq!(measured, 1, "the peak of a question");
    }

    #[test]
    fn a_bound_is_part_of_what_it_bounds() {
        for (target, got, verdict) in [
            (Target::AtLeast(3.0), 3.0, Verdict::Reached),
            (Target::AtLeast(3.0), 2.999, Verdict::NotReached),
            (Target::AtMost(15.0), 15.0, Verdict::Reached),
            (Target::AtMost(15.0), 15.001, Verdict::NotReached),
            (Target::AtMost(15.0), -3.0, Verdict::Reached),
        ] {
            let figure = Figure::new("x", target, "", Some(got));
            assert_eq!(figure.verdict(), verdict, "{figure:?}");
        }
    }
}
