//! Persons that tables share: a column for each set of tables, its height the persons, and below it a dot for each table
//! of the set (an `UpSet` plot: Lex et al. 2014).

use super::canvas::{Anchor, Canvas, fitted, grouped, share, steps, width};
use super::{Labels, MARGIN, WIDTH};
use crate::report::LinkReport;

/// Columns that are drawn; the rest is named below.
const COLUMNS: usize = 24;
/// The same for pairs, which come where there are more tables.
const PAIRS: usize = 45;
const COLUMN: f64 = 34.0;
const HEIGHT: f64 = 170.0;
const ROW: f64 = 26.0;
const TEXT: f64 = 13.0;
const SMALL: f64 = 12.0;
const BLUE: &str = "#0072B2";
const PALE: &str = "#E3E3E3";

fn named(tables: &[String]) -> Vec<&str> {
    tables.iter().map(String::as_str).collect()
}

/// Draws from `y` on; gives the `y` below.
pub(super) fn draw(canvas: &mut Canvas, y: f64, report: &LinkReport, labels: &Labels) -> f64 {
    let (heading, note, most, mut sets) = match &report.overlaps.combinations {
        Some(combinations) => {
            let sets = combinations.iter().map(|c| (named(&c.tables), c.persons));
            (
                &labels.combinations,
                &labels.rest,
                COLUMNS,
                sets.collect::<Vec<_>>(),
            )
        }
        None => {
            let pairs = report
                .overlaps
                .pairs
                .iter()
                .map(|p| (named(&p.tables), p.persons));
            (&labels.pairs, &labels.rest_pairs, PAIRS, pairs.collect())
        }
    };
    sets.sort_by_key(|(_, persons)| std::cmp::Reverse(*persons));
    let rest = sets.split_off(sets.len().min(most));

    let mut y = y;
    canvas.text(MARGIN, y, 15.0, heading, "font-weight=\"700\"");
    let upright = sets
        .iter()
        .all(|(_, persons)| width(&grouped(*persons), SMALL) <= COLUMN - 4.0);
    let label = sets
        .iter()
        .map(|(_, persons)| width(&grouped(*persons), SMALL))
        .fold(0.0, f64::max);
    let headroom = if upright { SMALL + 6.0 } else { label + 8.0 };
    y += 18.0 + headroom;

    // Left of the columns: each table's name, its persons as a bar to the left of the dots, and their number.
    let names = report
        .tables
        .iter()
        .map(|t| width(&t.name, TEXT))
        .fold(60.0, f64::max)
        .min(190.0);
    let totals = report
        .tables
        .iter()
        .map(|t| width(&grouped(t.persons), SMALL))
        .fold(0.0, f64::max);
    let size_width = 90.0;
    let dots = MARGIN + names + 14.0 + totals + 10.0 + size_width + 16.0;
    let available = WIDTH - MARGIN - dots;
    let step = (available / steps(sets.len().max(1))).min(COLUMN).max(1.0);

    let largest = sets.first().map_or(0, |(_, persons)| *persons);
    for (index, (tables, persons)) in sets.iter().enumerate() {
        let middle = dots + step * (steps(index) + 0.5);
        let height = (HEIGHT * share(*persons, largest)).max(1.0);
        let top = y + HEIGHT - height;
        let thick = (step * 0.6).max(1.0);
        let tip = format!("{}: {}", tables.join(" + "), grouped(*persons));
        canvas.bar((middle - thick / 2.0, top), (thick, height), BLUE, &tip);
        if upright && step >= COLUMN {
            canvas.text_at(middle, top - 5.0, SMALL, &grouped(*persons), Anchor::Middle);
        } else {
            canvas.text_up(middle, top - 5.0, SMALL.min(step - 2.0), &grouped(*persons));
        }
    }
    y += HEIGHT;
    canvas.line((dots, y), (WIDTH - MARGIN, y), "#999", 1.0);
    y += 8.0;
    let most = report
        .tables
        .iter()
        .map(|table| table.persons)
        .max()
        .unwrap_or(0);
    for (row, table) in report.tables.iter().enumerate() {
        let middle = y + ROW * (steps(row) + 0.5);
        canvas.text(
            MARGIN,
            middle + TEXT * 0.35,
            TEXT,
            &fitted(&table.name, TEXT, names),
            "",
        );
        let after = MARGIN + names + 14.0 + totals;
        canvas.text_at(
            after,
            middle + SMALL * 0.35,
            SMALL,
            &grouped(table.persons),
            Anchor::End,
        );
        let length = (size_width * share(table.persons, most)).max(1.0);
        let tip = format!(
            "{}: {} {}",
            table.name,
            grouped(table.persons),
            labels.persons
        );
        canvas.bar(
            (after + 10.0, middle - 5.0),
            (length, 10.0),
            "#555555",
            &tip,
        );
    }
    for (index, (tables, _)) in sets.iter().enumerate() {
        let x = dots + step * (steps(index) + 0.5);
        let at = |row: usize| y + ROW * (steps(row) + 0.5);
        let member = |name: &str| tables.contains(&name);
        let rows: Vec<usize> = (0..)
            .zip(&report.tables)
            .filter(|(_, t)| member(&t.name))
            .map(|(row, _)| row)
            .collect();
        let radius = (step * 0.22).clamp(1.5, 6.0);
        for row in 0..report.tables.len() {
            canvas.dot(
                (x, at(row)),
                radius,
                if rows.contains(&row) { "#111" } else { PALE },
            );
        }
        if let (Some(first), Some(last)) = (rows.first(), rows.last())
            && first != last
        {
            canvas.line((x, at(*first)), (x, at(*last)), "#111", 2.0);
        }
    }
    y += ROW * steps(report.tables.len());
    if !rest.is_empty() {
        y += 22.0;
        let persons = rest
            .iter()
            .map(|(_, persons)| *persons)
            .fold(0, u64::saturating_add);
        let note = note
            .replace("{columns}", &grouped(rest.len() as u64))
            .replace("{persons}", &grouped(persons));
        canvas.text(
            MARGIN,
            y,
            SMALL,
            &fitted(&note, SMALL, WIDTH - 2.0 * MARGIN),
            "fill=\"#444\"",
        );
    }
    y
}
