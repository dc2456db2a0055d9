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

fn counts(table: &TableReport) -> [u64; 4] {
    let rows = table.rows_by;
    [
        rows.number,
        rows.kana_attached,
        rows.kana_person,
        table.unlinked.total(),
    ]
}

/// Draws from `y` on; gives the `y` below.
pub(super) fn draw(canvas: &mut Canvas, y: f64, report: &LinkReport, labels: &Labels) -> f64 {
    let heads = [
        &labels.number,
        &labels.kana_attached,
        &labels.kana_person,
        &labels.unlinked,
        &labels.persons,
    ];
    let cells: Vec<[String; 5]> = report
        .tables
        .iter()
        .map(|table| {
            let [number, attached, person, unlinked] = counts(table).map(grouped);
            [number, attached, person, unlinked, grouped(table.persons)]
        })
        .collect();
    let widest = |texts: &mut dyn Iterator<Item = &str>, size| {
        texts.map(|t| width(t, size)).fold(0.0, f64::max)
    };
    let names = widest(&mut report.tables.iter().map(|t| t.name.as_str()), TEXT).clamp(60.0, 190.0);
    let column = cells
        .iter()
        .flatten()
        .map(|cell| width(cell, TEXT))
        .fold(84.0, f64::max);
    let gap = 14.0;
    let numbers = (column + gap) * steps(heads.len());
    let bar_x = MARGIN + names + gap;
    let bar_width = (WIDTH - MARGIN - numbers - bar_x).max(80.0);

    let mut y = y;
    canvas.text(MARGIN, y, 15.0, &labels.rows, "font-weight=\"700\"");
    y += 24.0;
    let wrapped_heads: Vec<Vec<String>> = heads
        .iter()
        .map(|head| wrapped(head, HEAD, column))
        .collect();
    let lines = wrapped_heads.iter().map(Vec::len).max().unwrap_or(1);
    let base = y + 14.0 + HEAD * 1.3 * steps(lines);
    canvas.text(
        MARGIN,
        base,
        HEAD,
        &fitted(&labels.table, HEAD, names),
        "fill=\"#444\"",
    );
    for (index, head) in wrapped_heads.iter().enumerate() {
        let right = WIDTH
            - MARGIN
            - (column + gap) * steps(heads.len().saturating_sub(index).saturating_sub(1));
        if let Some(colour) = COLOURS.get(index) {
            let top = base - HEAD * 1.3 * steps(head.len()) - 14.0;
            canvas.bar(
                (right - 12.0, top),
                (12.0, 12.0),
                colour,
                heads.get(index).map_or("", |h| h.as_str()),
            );
        }
        for (from_end, line) in head.iter().rev().enumerate() {
            canvas.text_at(
                right,
                base - HEAD * 1.3 * steps(from_end),
                HEAD,
                line,
                Anchor::End,
            );
        }
    }
    y = base + 8.0;
    canvas.line((MARGIN, y), (WIDTH - MARGIN, y), "#999", 1.0);
    for (table, cells) in report.tables.iter().zip(&cells) {
        let middle = y + ROW / 2.0;
        canvas.text(
            MARGIN,
            middle + TEXT * 0.35,
            TEXT,
            &fitted(&table.name, TEXT, names),
            "",
        );
        let mut x = bar_x;
        for ((count, colour), head) in counts(table).into_iter().zip(COLOURS).zip(heads) {
            let length = bar_width * share(count, table.rows);
            if count > 0 {
                let tip = format!("{}: {head} {}", table.name, grouped(count));
                canvas.bar(
                    (x, middle - BAR / 2.0),
                    (length.max(0.75), BAR),
                    colour,
                    &tip,
                );
            }
            x += length;
        }
        for (index, cell) in cells.iter().enumerate() {
            let right = WIDTH
                - MARGIN
                - (column + gap) * steps(cells.len().saturating_sub(index).saturating_sub(1));
            canvas.text_at(right, middle + TEXT * 0.35, TEXT, cell, Anchor::End);
        }
        y += ROW;
    }
    y
}
