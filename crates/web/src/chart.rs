//! Charts as SVG, drawn here: no script, no font and no address of their own.
//!
//! Ink and the palette of Okabe and Ito on white. Every value stands in the table below a chart, so that nothing is said by
//! colour or place alone. Nothing here reads, writes or knows the time.

mod bar;
mod boxes;
mod histogram;
mod line;
mod numbers;
mod scale;
mod stack;
mod svg;

pub(crate) use bar::bar;
pub(crate) use boxes::{Five, boxes};
pub(crate) use histogram::{Bin, bins, histogram};
pub(crate) use line::line;
pub(crate) use numbers::number;
pub(crate) use stack::{Stack, stack};

/// The most marks of a chart: more is no picture, and a table shows it better.
pub(crate) const MARKS: usize = 200;

/// What a chart is called and what it shows, for those who don't see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caption<'a> {
    pub(crate) title: &'a str,
    pub(crate) description: &'a str,
}

/// Why there is no chart of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ChartError {
    /// No row has a number there.
    #[error("no number to draw")]
    Nothing,
    /// A value is no number.
    #[error("row {row} has no number")]
    NoNumber {
        /// Counted from 1.
        row: usize,
    },
    /// There are more marks than a picture can have.
    #[error("more than {max} marks")]
    Many {
        /// The most.
        max: usize,
    },
}

impl ChartError {
    /// The message that says so.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Nothing => "web-chart-nothing",
            Self::NoNumber { .. } => "web-chart-no-number",
            Self::Many { .. } => "web-chart-many",
        }
    }

    /// Its values.
    pub(crate) fn values(self) -> Vec<(&'static str, String)> {
        match self {
            Self::Nothing => Vec::new(),
            Self::NoNumber { row } => vec![("row", row.to_string())],
            Self::Many { max } => vec![("max", max.to_string())],
        }
    }
}

fn few(marks: usize) -> Result<(), ChartError> {
    match marks {
        0 => Err(ChartError::Nothing),
        1..=MARKS => Ok(()),
        _ => Err(ChartError::Many { max: MARKS }),
    }
}
