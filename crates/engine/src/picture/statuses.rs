//! Rows of each table by what became of them: a stacked bar and the numbers beside it.

use super::canvas::{Anchor, Canvas, fitted, grouped, share, steps, width, wrapped};
use super::{Labels, MARGIN, WIDTH};
use crate::report::{LinkReport, TableReport};

/// Okabe and Ito, in the order of the statuses; light enough apart to differ in grey too.
const COLOURS: [&str; 4] = ["#0072B2", "#56B4E9", "#E69F00", "#BBBBBB"];
const ROW: f64 = 30.0;
const BAR: f64 = 18.0;
const TEXT: f64 = 13.0;
const HEAD: f64 = 12.0;
const HEAD_LINE: f64 = HEAD * 1.3;
const GAP: f64 = 14.0;

/// Rows by status, in the order of [`COLOURS`].
fn counts(table: &TableReport) -> [u64; 4] {
    let rows = table.rows_by;
    [
        rows.number,
        rows.kana_attached,
        rows.kana_person,
        table.unlinked.total(),
    ]
}

/// The numbers of a table's line: the statuses, and the persons.
fn cells(table: &TableReport) -> [String; 5] {
    let [number, attached, person, unlinked] = counts(table).map(grouped);
    [number, attached, person, unlinked, grouped(table.persons)]
}

/// Where things stand.
struct Layout {
    /// Width of the names on the left.
    names: f64,
    /// Width of a column of numbers.
    column: f64,
}

impl Layout {
    fn of(report: &LinkReport) -> Self {
        let names = report.tables.iter().map(|table| width(&table.name, TEXT));
        let numbers = report.tables.iter().flat_map(cells);
        Self {
            names: names.fold(60.0, f64::max).min(190.0),
            column: numbers.map(|cell| width(&cell, TEXT)).fold(84.0, f64::max),
        }
    }

    /// Right edge of a column of numbers.
    fn right(&self, column: usize) -> f64 {
        let after = 4_usize.saturating_sub(column);
        WIDTH - MARGIN - (self.column + GAP) * steps(after)
    }

    fn bar(&self) -> (f64, f64) {
        let x = MARGIN + self.names + GAP;
        let end = self.right(0) - self.column - GAP;
        (x, (end - x).max(80.0))
    }
}

/// Draws from `y` on; gives the `y` below.
pub(super) fn draw(canvas: &mut Canvas, y: f64, report: &LinkReport, labels: &Labels) -> f64 {
    let layout = Layout::of(report);
    canvas.text(MARGIN, y, 15.0, &labels.rows, "font-weight=\"700\"");
    let mut y = heads(canvas, y + 24.0, &layout, labels);
    for table in &report.tables {
        row(canvas, y + ROW / 2.0, &layout, table, labels);
        y += ROW;
    }
    y
}

/// The column heads, each with the colour of its part of the bars: also the legend.
fn heads(canvas: &mut Canvas, y: f64, layout: &Layout, labels: &Labels) -> f64 {
    let heads = statuses(labels)
        .into_iter()
        .chain([labels.persons.as_str()]);
    let heads: Vec<Vec<String>> = heads
        .map(|head| wrapped(head, HEAD, layout.column))
        .collect();
    let lines = heads.iter().map(Vec::len).max().unwrap_or(1);
    let base = y + 14.0 + HEAD_LINE * steps(lines);
    let table = fitted(&labels.table, HEAD, layout.names);
    canvas.text(MARGIN, base, HEAD, &table, "fill=\"#444\"");
    for (index, head) in heads.iter().enumerate() {
        let right = layout.right(index);
        if let Some(colour) = COLOURS.get(index) {
            let top = base - HEAD_LINE * steps(head.len()) - 14.0;
            canvas.bar((right - 12.0, top), (12.0, 12.0), colour, &head.join(" "));
        }
        for (from_end, line) in head.iter().rev().enumerate() {
            let y = base - HEAD_LINE * steps(from_end);
            canvas.text_at(right, y, HEAD, line, Anchor::End);
        }
    }
    canvas.line(
        (MARGIN, base + 8.0),
        (WIDTH - MARGIN, base + 8.0),
        "#999",
        1.0,
    );
    base + 8.0
}

fn statuses(labels: &Labels) -> [&str; 4] {
    [
        &labels.number,
        &labels.kana_attached,
        &labels.kana_person,
        &labels.unlinked,
    ]
}

fn row(canvas: &mut Canvas, middle: f64, layout: &Layout, table: &TableReport, labels: &Labels) {
    let baseline = middle + TEXT * 0.35;
    let name = fitted(&table.name, TEXT, layout.names);
    canvas.text(MARGIN, baseline, TEXT, &name, "");
    let (mut x, whole) = layout.bar();
    for ((count, colour), status) in counts(table).into_iter().zip(COLOURS).zip(statuses(labels)) {
        let length = whole * share(count, table.rows);
        if count > 0 {
            let tip = format!("{}: {status} {}", table.name, grouped(count));
            let size = (length.max(0.75), BAR);
            canvas.bar((x, middle - BAR / 2.0), size, colour, &tip);
        }
        x += length;
    }
    for (index, cell) in cells(table).iter().enumerate() {
        canvas.text_at(layout.right(index), baseline, TEXT, cell, Anchor::End);
    }
}
