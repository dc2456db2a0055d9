//! The link report as a picture: rows of each table by status, and the persons that tables share.
//!
//! One SVG without scripts, fonts or addresses of its own; black and the palette of Okabe and Ito on white, which people who see
//! colours differently can tell apart; every number stands in the picture as text, so that the colours carry nothing alone.

mod canvas;
mod overlaps;
mod statuses;

use crate::report::LinkReport;
use canvas::Canvas;

/// The words of the picture, in the reader's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// Language tag of the other words (`ja`, `en`).
    pub lang: String,
    /// Heading of the whole, also its accessible name.
    pub title: String,
    /// What the picture shows, in a sentence or two, for those who don't see it.
    pub description: String,
    /// Heading of the first part: rows of each table by what became of them.
    pub rows: String,
    /// Column: the table.
    pub table: String,
    /// Status: the row has a number.
    pub number: String,
    /// Status: attached by a unique kana ID to a person with a number.
    pub kana_attached: String,
    /// Status: a person known by kana ID alone.
    pub kana_person: String,
    /// Status: no person.
    pub unlinked: String,
    /// Column: persons of the table.
    pub persons: String,
    /// Heading of the second part: persons by the exact set of tables they are in.
    pub combinations: String,
    /// Heading of the second part where only pairs are worked out: persons that two tables share.
    pub pairs: String,
    /// Note below the second part when smaller columns are left out; `{columns}` and `{persons}` stand for their numbers.
    pub rest: String,
    /// The same for pairs, which share persons, so only with `{columns}`.
    pub rest_pairs: String,
}

/// Width of the picture.
const WIDTH: f64 = 960.0;
/// White space around it.
const MARGIN: f64 = 24.0;

/// Draws `report`. Text is measured with a generous estimate, since no font is at hand, and never runs into other text.
pub fn svg(report: &LinkReport, labels: &Labels) -> String {
    let mut canvas = Canvas::default();
    let mut y = MARGIN + 22.0;
    canvas.text(MARGIN, y, 20.0, &labels.title, "font-weight=\"700\"");
    y += 34.0;
    y = statuses::draw(&mut canvas, y, report, labels);
    y += 30.0;
    y = overlaps::draw(&mut canvas, y, report, labels);
    canvas.finish(WIDTH, y + MARGIN, labels)
}
