//! A chart of an answer, and the table that says the same.

use std::collections::BTreeMap;

use crate::chart::{self, Caption, ChartError, Five};
use crate::port::Answer;

/// A kind of chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bar,
    Line,
    Histogram,
    Box,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Bar, Self::Line, Self::Histogram, Self::Box];

    /// As forms and messages have it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Bar => "bar",
            Self::Line => "line",
            Self::Histogram => "histogram",
            Self::Box => "box",
        }
    }

    pub(crate) fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What is to be drawn: columns by their places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) kind: Kind,
    /// Labels, or groups of a box; a histogram has none.
    pub(crate) of: Option<usize>,
    /// Numbers.
    pub(crate) numbers: usize,
}

/// The words of a chart.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    pub(crate) title: String,
    pub(crate) description: String,
    /// What stands where there is no value.
    pub(crate) missing: String,
    /// What all values together are called.
    pub(crate) all: String,
}

/// A chart with the table of its marks, which has as many columns as its kind has.
#[derive(Debug)]
pub(crate) struct Drawn {
    pub(crate) svg: String,
    pub(crate) rows: Vec<Vec<String>>,
}

type Labelled = Vec<(String, Option<f64>)>;

/// Draws.
pub(crate) fn draw(answer: &Answer, choice: Choice, words: &Words) -> Result<Drawn, ChartError> {
    let caption = Caption {
        title: &words.title,
        description: &words.description,
    };
    let pairs = labelled(answer, choice, words)?;
    match choice.kind {
        Kind::Bar => {
            let svg = chart::bar(&pairs, &words.missing, caption)?;
            Ok(Drawn {
                svg,
                rows: marks(pairs, &words.missing),
            })
        }
        Kind::Line => {
            let svg = chart::line(&pairs, caption)?;
            Ok(Drawn {
                svg,
                rows: marks(pairs, &words.missing),
            })
        }
        Kind::Histogram => {
            let values: Vec<f64> = pairs.into_iter().filter_map(|(_, value)| value).collect();
            let bins = chart::bins(&values)?;
            let row = |bin: &chart::Bin| vec![bin.range(), bin.count.to_string()];
            Ok(Drawn {
                svg: chart::histogram(&bins, caption)?,
                rows: bins.iter().map(row).collect(),
            })
        }
        Kind::Box => {
            let groups = grouped(pairs);
            Ok(Drawn {
                svg: chart::boxes(&groups, caption)?,
                rows: groups.iter().map(five).collect(),
            })
        }
    }
}

/// Each row's label and number.
fn labelled(answer: &Answer, choice: Choice, words: &Words) -> Result<Labelled, ChartError> {
    let rows = answer.rows.iter().enumerate();
    rows.map(|(at, row)| {
        let cell = |column: usize| row.get(column).and_then(Option::as_deref);
        let label = match choice.of {
            Some(column) => cell(column).unwrap_or(&words.missing).to_owned(),
            None if choice.kind == Kind::Box => words.all.clone(),
            None => at.saturating_add(1).to_string(),
        };
        Ok((label, chart::number(cell(choice.numbers), at)?))
    })
    .collect()
}

fn marks(pairs: Labelled, missing: &str) -> Vec<Vec<String>> {
    let row = |(label, value): (String, Option<f64>)| {
        let value = value.map_or_else(|| missing.to_owned(), |value| value.to_string());
        vec![crate::plain::plain(&label), value]
    };
    pairs.into_iter().map(row).collect()
}

/// Groups in the order of their first rows.
fn grouped(pairs: Labelled) -> Vec<(String, Five)> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut groups: Vec<(String, Vec<f64>)> = Vec::new();
    for (label, value) in pairs {
        let Some(value) = value else { continue };
        let place = *places.entry(label.clone()).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, values)) => values.push(value),
            None => groups.push((label, vec![value])),
        }
    }
    groups
        .into_iter()
        .filter_map(|(label, values)| Some((label, Five::of(&values)?)))
        .collect()
}

fn five((label, five): &(String, Five)) -> Vec<String> {
    let numbers = [
        five.least,
        five.lower,
        five.median,
        five.upper,
        five.greatest,
    ];
    let mut row = vec![crate::plain::plain(label), five.count.to_string()];
    row.extend(numbers.map(|number| number.to_string()));
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::AnswerColumn;

    fn answer(rows: &[(Option<&str>, Option<&str>)]) -> Answer {
        let column = |name: &str, is_number| AnswerColumn {
            name: name.to_owned(),
            is_number,
            kind: "string",
            form: "text",
        };
        let row = |(label, value): &(Option<&str>, Option<&str>)| {
            vec![label.map(str::to_owned), value.map(str::to_owned)]
        };
        Answer {
            columns: vec![column("sex", false), column("n", true)],
            rows: rows.iter().map(row).collect(),
            ..Answer::default()
        }
    }

    fn drawn(kind: Kind, of: Option<usize>, answer: &Answer) -> Result<Drawn, ChartError> {
        let choice = Choice {
            kind,
            of,
            numbers: 1,
        };
        let words = Words {
            title: "t".to_owned(),
            description: "d".to_owned(),
            missing: "-".to_owned(),
            all: "*".to_owned(),
        };
        draw(answer, choice, &words)
    }

    #[test]
    fn the_table_says_what_the_chart_shows() {
        let answer = answer(&[
            (Some("m"), Some("10")),
            (Some("f"), Some("20")),
            (Some("m"), Some("30")),
            (None, None),
        ]);
        for kind in [Kind::Bar, Kind::Line] {
            let drawn = drawn(kind, Some(0), &answer).unwrap();
            assert_eq!(
                drawn.rows,
                [["m", "10"], ["f", "20"], ["m", "30"], ["-", "-"]]
            );
        }
        let boxes = drawn(Kind::Box, Some(0), &answer).unwrap();
        assert_eq!(
            boxes.rows,
            [
                ["m", "2", "10", "15", "20", "25", "30"],
                ["f", "1", "20", "20", "20", "20", "20"]
            ]
        );
        let all = drawn(Kind::Box, None, &answer).unwrap();
        assert_eq!(all.rows[0][..2], ["*", "3"]);
        let histogram = drawn(Kind::Histogram, None, &answer).unwrap();
        let counted: u64 = histogram
            .rows
            .iter()
            .map(|row| row[1].parse::<u64>().unwrap())
            .sum();
        assert_eq!(counted, 3);
    }

    #[test]
    fn a_column_of_words_is_no_chart() {
        let words = answer(&[(Some("m"), Some("1")), (Some("f"), Some("abc"))]);
        for kind in Kind::ALL {
            assert_eq!(
                drawn(kind, None, &words).unwrap_err(),
                ChartError::NoNumber { row: 2 }
            );
            assert_eq!(
                drawn(kind, None, &answer(&[])).unwrap_err(),
                ChartError::Nothing
            );
            assert_eq!(Kind::of(kind.as_str()), Some(kind));
        }
    }
}
