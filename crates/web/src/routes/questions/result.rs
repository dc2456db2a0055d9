//! An answer on its page: a part of its rows, and a chart of all of them.

use crate::chart::ChartError;
use crate::drawn::{self, Choice, Drawn, Kind, Words};
use crate::page::Frame;
use crate::plain::plain;
use crate::port::{Answer, AnswerColumn};
use crate::routes::sql::asked;

/// Rows of a page.
const ROWS: usize = 200;

/// A cell of a part.
pub(crate) struct Cell {
    /// `None` is NULL.
    pub(crate) text: Option<String>,
    pub(crate) is_number: bool,
}

/// A row of a part.
pub(crate) struct Row {
    /// Counted from 1.
    pub(crate) number: usize,
    /// Whether it stands for so few persons that it may have to be suppressed.
    pub(crate) small: bool,
    pub(crate) cells: Vec<Cell>,
}

/// The chart that was chosen.
pub(super) struct Chart {
    pub(super) title: String,
    pub(super) headings: Vec<String>,
    pub(super) drawn: Result<Drawn, String>,
}

/// Rows of an answer that stand one below the other.
pub(crate) struct Part {
    pub(crate) columns: Vec<AnswerColumn>,
    pub(crate) rows: Vec<Row>,
    /// How many rows there are, those before and after it too.
    pub(crate) all: usize,
    pub(crate) small: usize,
    pub(crate) row_level: bool,
    pub(crate) cut: bool,
    /// What stands above the rows: which they are.
    pub(crate) caption: String,
}

impl Part {
    /// All of an answer.
    pub(crate) fn whole(frame: &Frame, answer: &Answer) -> Self {
        Self::of(frame, answer, 0, answer.rows.len())
    }

    /// The rows from one, counted from 0, to before another.
    fn of(frame: &Frame, answer: &Answer, from: usize, to: usize) -> Self {
        let all = answer.rows.len();
        let places = [
            ("from", from.saturating_add(1).min(all).to_string()),
            ("to", to.to_string()),
            ("all", all.to_string()),
        ];
        Self {
            rows: rows(answer, from, to),
            columns: answer.columns.clone(),
            all,
            small: answer.small.len(),
            row_level: answer.row_level,
            cut: answer.cut,
            caption: frame.say("web-answer-caption", &places),
        }
    }
}

/// An answer on its page.
pub(super) struct Grid {
    pub(super) address: String,
    pub(super) part: Part,
    pub(super) before: Option<usize>,
    pub(super) after: Option<usize>,
    pub(super) kinds: Vec<Pick>,
    pub(super) of_columns: Vec<Pick>,
    pub(super) number_columns: Vec<Pick>,
    pub(super) chart: Option<Chart>,
}

/// A choice of a form.
pub(super) struct Pick {
    pub(super) value: String,
    pub(super) word: String,
    pub(super) is_chosen: bool,
}

impl Grid {
    /// The part of an answer that an address asks for: `from`, and `chart`, `of` and `numbers` for a picture.
    pub(super) fn of(frame: &Frame, answer: &Answer, query: Option<&str>, address: String) -> Self {
        let all = answer.rows.len();
        let from = asked(query, "from")
            .and_then(|from| from.parse::<usize>().ok())
            .map_or(0, |from| from.saturating_sub(1))
            .min(all.saturating_sub(1));
        let to = from.saturating_add(ROWS).min(all);
        let choice = chosen(answer, query);
        let columns = answer.columns.iter().enumerate();
        let picks = |picked: Option<usize>, numbers: bool| -> Vec<Pick> {
            let columns = columns.clone();
            let columns = columns.filter(|(_, column)| column.is_number || !numbers);
            let pick = |(place, column): (usize, &AnswerColumn)| Pick {
                value: place.to_string(),
                word: plain(&column.name),
                is_chosen: picked == Some(place),
            };
            columns.map(pick).collect()
        };
        let kinds = Kind::ALL.map(|kind| Pick {
            value: kind.as_str().to_owned(),
            word: frame.t1("web-chart-kind-word", "kind", kind.as_str()),
            is_chosen: choice.is_some_and(|choice| choice.kind == kind),
        });
        Self {
            address,
            part: Part::of(frame, answer, from, to),
            before: (from > 0).then(|| from.saturating_sub(ROWS).saturating_add(1)),
            after: (to < all).then(|| to.saturating_add(1)),
            kinds: kinds.into(),
            of_columns: picks(choice.and_then(|choice| choice.of), false),
            number_columns: picks(choice.map(|choice| choice.numbers), true),
            chart: choice.map(|choice| chart(frame, answer, choice)),
        }
    }
}

fn rows(answer: &Answer, from: usize, to: usize) -> Vec<Row> {
    let shown = answer.rows.get(from..to).unwrap_or_default();
    let numbered = (from..).zip(shown);
    numbered
        .map(|(at, row)| Row {
            number: at.saturating_add(1),
            small: answer.small.contains(&at),
            cells: row
                .iter()
                .enumerate()
                .map(|(column, cell)| Cell {
                    text: cell.as_deref().map(plain),
                    is_number: answer
                        .columns
                        .get(column)
                        .is_some_and(|column| column.is_number),
                })
                .collect(),
        })
        .collect()
}

/// The chart that an address asks for, of columns that there are.
fn chosen(answer: &Answer, query: Option<&str>) -> Option<Choice> {
    let column = |name: &str| {
        let place: usize = asked(query, name)?.parse().ok()?;
        (place < answer.columns.len()).then_some(place)
    };
    Some(Choice {
        kind: Kind::of(&asked(query, "chart")?)?,
        of: column("of"),
        numbers: column("numbers")?,
    })
}

fn chart(frame: &Frame, answer: &Answer, choice: Choice) -> Chart {
    let name = |place: usize| {
        answer
            .columns
            .get(place)
            .map_or_else(String::new, |column| plain(&column.name))
    };
    let all = frame.t("web-chart-all");
    let row = frame.t("web-chart-row");
    let numbers = name(choice.numbers);
    let of = choice.of.map_or_else(
        || {
            if choice.kind == Kind::Box {
                all.clone()
            } else {
                row
            }
        },
        name,
    );
    let values = [("of", of.clone()), ("numbers", numbers.clone())];
    let kind = choice.kind.as_str();
    let title = frame.say(&format!("web-chart-title-{kind}"), &values);
    let words = Words {
        title: title.clone(),
        description: frame.t("web-chart-description"),
        missing: frame.t("web-chart-missing"),
        all,
    };
    let headings = match choice.kind {
        Kind::Bar | Kind::Line => vec![of, numbers],
        Kind::Histogram => vec![frame.t("web-chart-range"), frame.t("web-chart-count")],
        Kind::Box => {
            let five = ["count", "least", "lower", "median", "upper", "greatest"];
            let five = five.map(|word| frame.t(&format!("web-chart-{word}")));
            std::iter::once(of).chain(five).collect()
        }
    };
    let said = |error: ChartError| frame.say(error.message(), &error.values());
    Chart {
        title,
        headings,
        drawn: drawn::draw(answer, choice, &words).map_err(said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(rows: usize) -> Answer {
        let column = |name: &str| AnswerColumn {
            name: name.to_owned(),
            is_number: true,
            kind: "integer",
            form: "integer",
        };
        Answer {
            columns: vec![column("a"), column("b")],
            rows: (0..rows)
                .map(|row| vec![Some(row.to_string()), None])
                .collect(),
            small: vec![1],
            ..Answer::default()
        }
    }

    #[test]
    fn rows_have_their_numbers_and_marks() {
        let shown = rows(&answer(3), 1, 3);
        assert_eq!(shown.len(), 2);
        assert_eq!((shown[0].number, shown[0].small), (2, true));
        assert_eq!((shown[1].number, shown[1].small), (3, false));
        assert!(shown[0].cells[1].text.is_none());
        assert!(rows(&answer(0), 0, 0).is_empty());
    }

    #[test]
    fn charts_are_of_columns_that_there_are() {
        let answer = answer(1);
        let chosen = |query| chosen(&answer, Some(query));
        let bar = Choice {
            kind: Kind::Bar,
            of: Some(0),
            numbers: 1,
        };
        assert_eq!(chosen("chart=bar&of=0&numbers=1"), Some(bar));
        assert_eq!(
            chosen("chart=bar&of=&numbers=1"),
            Some(Choice { of: None, ..bar })
        );
        assert_eq!(
            chosen("chart=bar&of=9&numbers=1"),
            Some(Choice { of: None, ..bar })
        );
        for bad in [
            "",
            "chart=pie&numbers=1",
            "chart=bar",
            "chart=bar&numbers=2",
            "chart=bar&numbers=-1",
        ] {
            assert_eq!(chosen(bad), None, "{bad}");
        }
    }
}
