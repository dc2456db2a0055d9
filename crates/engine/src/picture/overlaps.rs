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
const SIZE_BAR: f64 = 90.0;
const BLUE: &str = "#0072B2";
const DARK: &str = "#111";
const PALE: &str = "#E3E3E3";

/// A set of tables and its persons.
struct Set<'a> {
    tables: Vec<&'a str>,
    persons: u64,
}

impl<'a> Set<'a> {
    fn new(tables: &'a [String], persons: u64) -> Self {
        let tables = tables.iter().map(String::as_str).collect();
        Self { tables, persons }
    }
}

/// What is drawn, and where things stand.
struct Chart<'a> {
    report: &'a LinkReport,
    /// Largest first.
    sets: Vec<Set<'a>>,
    /// Sets that are not drawn, and their persons.
    rest: (usize, u64),
    /// Widths of the tables' names and of their numbers of persons.
    names: f64,
    totals: f64,
    /// Left edge of the columns, and the distance of two.
    left: f64,
    step: f64,
    /// The columns are wide enough for their numbers.
    upright: bool,
}

impl<'a> Chart<'a> {
    fn of(report: &'a LinkReport) -> Self {
        let overlaps = &report.overlaps;
        let (mut sets, most): (Vec<Set<'_>>, _) = if let Some(sets) = &overlaps.combinations {
            let set = sets.iter().map(|c| Set::new(&c.tables, c.persons));
            (set.collect(), COLUMNS)
        } else {
            let pairs = overlaps.pairs.iter();
            let set = pairs.map(|p| Set::new(&p.tables, p.persons));
            (set.collect(), PAIRS)
        };
        sets.sort_by_key(|set| std::cmp::Reverse(set.persons));
        let rest = sets.split_off(sets.len().min(most));
        let persons = rest
            .iter()
            .map(|set| set.persons)
            .fold(0, u64::saturating_add);
        let widest = |texts: Vec<String>, size| {
            texts
                .iter()
                .map(|text| width(text, size))
                .fold(0.0, f64::max)
        };
        let names = report
            .tables
            .iter()
            .map(|table| table.name.clone())
            .collect();
        let names = widest(names, TEXT).clamp(60.0, 190.0);
        let totals = report
            .tables
            .iter()
            .map(|table| grouped(table.persons))
            .collect();
        let totals = widest(totals, SMALL);
        let numbers = sets.iter().map(|set| grouped(set.persons)).collect();
        let left = MARGIN + names + 14.0 + totals + 10.0 + SIZE_BAR + 16.0;
        let room = (WIDTH - MARGIN - left) / steps(sets.len().max(1));
        let step = room.clamp(1.0, COLUMN);
        Self {
            report,
            upright: widest(numbers, SMALL) <= step - 4.0,
            sets,
            rest: (rest.len(), persons),
            names,
            totals,
            left,
            step,
        }
    }

    /// Height of the numbers above the highest column.
    fn headroom(&self) -> f64 {
        if self.upright {
            return SMALL + 6.0;
        }
        let number = |set: &Set<'_>| width(&grouped(set.persons), SMALL);
        self.sets.iter().map(number).fold(0.0, f64::max) + 8.0
    }

    /// Middle of a column.
    fn x(&self, column: usize) -> f64 {
        self.left + self.step * (steps(column) + 0.5)
    }
}

/// Draws from `y` on; gives the `y` below.
pub(super) fn draw(canvas: &mut Canvas, y: f64, report: &LinkReport, labels: &Labels) -> f64 {
    let chart = Chart::of(report);
    let (heading, note) = if report.overlaps.combinations.is_some() {
        (&labels.combinations, &labels.rest)
    } else {
        (&labels.pairs, &labels.rest_pairs)
    };
    canvas.text(MARGIN, y, 15.0, heading, "font-weight=\"700\"");
    let base = y + 18.0 + chart.headroom() + HEIGHT;
    columns(canvas, base, &chart);
    canvas.line((chart.left, base), (WIDTH - MARGIN, base), "#999", 1.0);
    let top = base + 8.0;
    sizes(canvas, top, &chart, labels);
    dots(canvas, top, &chart);
    let y = top + ROW * steps(report.tables.len());
    if chart.rest.0 == 0 {
        return y;
    }
    let note = note
        .replace("{columns}", &grouped(chart.rest.0 as u64))
        .replace("{persons}", &grouped(chart.rest.1));
    let note = fitted(&note, SMALL, WIDTH - 2.0 * MARGIN);
    canvas.text(MARGIN, y + 22.0, SMALL, &note, "fill=\"#444\"");
    y + 22.0
}

fn columns(canvas: &mut Canvas, base: f64, chart: &Chart<'_>) {
    let largest = chart.sets.first().map_or(0, |set| set.persons);
    for (index, set) in chart.sets.iter().enumerate() {
        let x = chart.x(index);
        let height = (HEIGHT * share(set.persons, largest)).max(1.0);
        let thick = (chart.step * 0.6).max(1.0);
        let number = grouped(set.persons);
        let tip = format!("{}: {number}", set.tables.join(" + "));
        let corner = (x - thick / 2.0, base - height);
        canvas.bar(corner, (thick, height), BLUE, &tip);
        let above = base - height - 5.0;
        if chart.upright {
            canvas.text_at(x, above, SMALL, &number, Anchor::Middle);
        } else {
            canvas.text_up(x, above, SMALL.min(chart.step - 2.0), &number);
        }
    }
}

/// Each table's name and persons, left of the dots.
fn sizes(canvas: &mut Canvas, top: f64, chart: &Chart<'_>, labels: &Labels) {
    let tables = &chart.report.tables;
    let most = tables.iter().map(|table| table.persons).max().unwrap_or(0);
    let numbers = MARGIN + chart.names + 14.0 + chart.totals;
    for (row, table) in tables.iter().enumerate() {
        let middle = top + ROW * (steps(row) + 0.5);
        let name = fitted(&table.name, TEXT, chart.names);
        let number = grouped(table.persons);
        canvas.text(MARGIN, middle + TEXT * 0.35, TEXT, &name, "");
        canvas.text_at(numbers, middle + SMALL * 0.35, SMALL, &number, Anchor::End);
        let length = (SIZE_BAR * share(table.persons, most)).max(1.0);
        let tip = format!("{}: {number} {}", table.name, labels.persons);
        let corner = (numbers + 10.0, middle - 5.0);
        canvas.bar(corner, (length, 10.0), "#555555", &tip);
    }
}

/// A dot for each table of each set, joined by a line.
fn dots(canvas: &mut Canvas, top: f64, chart: &Chart<'_>) {
    let radius = (chart.step * 0.22).clamp(1.5, 6.0);
    let y = |row: usize| top + ROW * (steps(row) + 0.5);
    for (index, set) in chart.sets.iter().enumerate() {
        let x = chart.x(index);
        let mut ends: Option<(usize, usize)> = None;
        for (row, table) in chart.report.tables.iter().enumerate() {
            let member = set.tables.contains(&table.name.as_str());
            canvas.dot((x, y(row)), radius, if member { DARK } else { PALE });
            if member {
                ends = Some((ends.map_or(row, |(first, _)| first), row));
            }
        }
        if let Some((first, last)) = ends.filter(|(first, last)| first != last) {
            canvas.line((x, y(first)), (x, y(last)), DARK, 2.0);
        }
    }
}
