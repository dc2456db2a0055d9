//! Results as Markdown tables, aligned so that a terminal shows them as well.

use super::engines::{Engine, Question};
use super::numbers::{Spread, short};
use super::results::{Measure, Results};

/// Columns to the width of their widest cell; the first to the left, the others to the right.
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let head: Vec<String> = head.iter().map(|&cell| cell.to_owned()).collect();
    let mut widths = vec![3_usize; head.len()];
    for row in std::iter::once(&head).chain(rows) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    let mut line = |row: &[String]| {
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let filled = if column == 0 {
                format!("| {cell:<width$} |")
            } else {
                format!(" {cell:>width$} |")
            };
            text.push_str(&filled);
        }
        text.push('\n');
    };
    line(&head);
    let rule: Vec<String> = widths
        .iter()
        .enumerate()
        .map(|(column, width)| {
            let dashes = "-".repeat(width.saturating_sub(1));
            if column == 0 {
                format!("{dashes}-")
            } else {
                format!("{dashes}:")
            }
        })
        .collect();
    line(&rule);
    for row in rows {
        line(row);
    }
    text
}

/// One measure of every engine: each question, the geometric mean of the ratios to ours, and preparing.
pub(super) fn of_measure(results: &Results, measure: Measure) -> String {
    let engines: Vec<Engine> = results.engines().into_iter().collect();
    let mut head = vec![measure.title()];
    head.extend(engines.iter().map(|engine| engine.name()));
    let mut rows = Vec::new();
    for question in Question::ALL {
        let mut row = vec![question.name().to_owned()];
        for engine in &engines {
            let spread = results.answered(*engine, question, measure);
            let ratio = results.ratio(*engine, question, measure);
            row.push(cell(spread, ratio.filter(|_| *engine != Engine::Renketsu)));
        }
        rows.push(row);
    }
    let mut means = vec!["geometric mean".to_owned()];
    for engine in &engines {
        let mean = results.mean_ratio(*engine, &Question::ALL, measure);
        let mean = mean.filter(|_| *engine != Engine::Renketsu);
        means.push(mean.map_or_else(String::new, |mean| format!("{}×", short(mean))));
    }
    if means.iter().skip(1).any(|mean| !mean.is_empty()) {
        rows.push(means);
    }
    let ours = results.prepared(Engine::Renketsu, measure);
    let mut prepare = vec!["prepare".to_owned()];
    for engine in &engines {
        let spread = results.prepared(*engine, measure);
        let ratio = spread
            .zip(ours)
            .map(|(theirs, ours)| theirs.median / ours.median);
        prepare.push(cell(spread, ratio.filter(|_| *engine != Engine::Renketsu)));
    }
    rows.push(prepare);
    table(&head, &rows)
}

/// Median, least and most, and how many times ours.
fn cell(spread: Option<Spread>, ratio: Option<f64>) -> String {
    let Some(spread) = spread else {
        return "–".to_owned();
    };
    let times = ratio.map_or_else(String::new, |ratio| format!(" = {}×", short(ratio)));
    format!(
        "{} ({}–{}){times}",
        short(spread.median),
        short(spread.least),
        short(spread.most)
    )
}

#[cfg(test)]
mod tests {
    use super::super::results::tests::results;
    use super::*;

    #[test]
    fn a_table_is_aligned() {
        let rows = [
            vec!["a".to_owned(), "≥ 25×".to_owned()],
            vec!["longer".to_owned(), "1".to_owned()],
        ];
        let expected = "\
| x      | found |
| ------ | ----: |
| a      | ≥ 25× |
| longer |     1 |
";
        assert_eq!(table(&["x", "found"], &rows), expected);
    }

    #[test]
    fn a_measure_shows_medians_spread_and_ratios() {
        let results = results(&[
            (Engine::Renketsu, [0.1; 6], Some(10.0)),
            (Engine::Polars, [3.0; 6], None),
        ]);
        let text = of_measure(&results, Measure::Cpu);
        let lines: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
            .collect();
        assert_eq!(lines[0], ["CPU time, s", "renketsu", "polars"]);
        assert_eq!(
            lines[2],
            [
                "overlap",
                "0.100 (0.0900–0.110)",
                "3.00 (2.70–3.30) = 30.0×"
            ]
        );
        assert_eq!(lines[8], ["geometric mean", "", "30.0×"]);
        assert_eq!(lines[9], ["prepare", "10.0 (10.0–10.0)", "–"]);
    }
}
