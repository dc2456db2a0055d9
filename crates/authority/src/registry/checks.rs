//! Rows checked against each other. A row's time includes both of its ends.

use super::day::Day;
use super::findings::{Finding, FindingKind, Findings};
use super::person::{Person, Row, first_of};

/// Takes out rows that stand twice, keeping the first; rows are in their order, so copies are neighbours.
pub(super) fn duplicates(
    rows: &mut Vec<(Day, renketsu_identity::Sex, Row)>,
    findings: &mut Findings,
) {
    rows.dedup_by(|(birth, sex, later), (kept_birth, kept_sex, kept)| {
        let same = birth == kept_birth && sex == kept_sex && later.says(kept);
        if same {
            clash(findings, FindingKind::RowDuplicated, later.line, kept.line);
        }
        same
    });
}

/// What must hold within one person's rows beside one birth date and one sex.
pub(super) fn by_person(person: &Person, findings: &mut Findings) {
    if person.rows.len() > 1 {
        times(&person.rows, findings);
    }
    tied(&person.rows, findings);
}

/// Rows of one person and one number that overlap, and two numbers at one insurer at a time.
fn times(rows: &[Row], findings: &mut Findings) {
    let mut sorted: Vec<&Row> = rows.iter().collect();
    sorted.sort_by(|a, b| {
        a.view()
            .insured()
            .cmp(&b.view().insured())
            .then_with(|| (a.from, a.to, a.line).cmp(&(b.from, b.to, b.line)))
    });
    for same in sorted.chunk_by(|a, b| a.view().insured() == b.view().insured()) {
        let mut reach: Option<&Row> = None;
        for row in same.iter().copied() {
            if let Some(earlier) = reach.filter(|earlier| earlier.to >= row.from) {
                clash(findings, FindingKind::RowsOverlap, row.line, earlier.line);
            }
            reach = Some(reach.filter(|earlier| earlier.to >= row.to).unwrap_or(row));
        }
    }
    sorted.retain(|row| row.view().has_number());
    sorted.sort_by_key(|row| (row.insurer, row.from, row.to, row.line));
    for insurer in sorted.chunk_by(|a, b| a.insurer == b.insurer) {
        let mut reach = Reach::default();
        for row in insurer.iter().copied() {
            let label = row.view().insured();
            if let Some(line) = reach
                .other_than(label)
                .filter(|held| held.to >= row.from)
                .map(|held| held.line)
            {
                clash(findings, FindingKind::NumbersOverlap, row.line, line);
            }
            reach.add(Held {
                label,
                to: row.to,
                line: row.line,
            });
        }
    }
}

/// Several different numbers that begin on the day of the first one.
fn tied(rows: &[Row], findings: &mut Findings) {
    let Some(first) = first_of(rows.iter().map(Row::view)) else {
        return;
    };
    let line = rows
        .iter()
        .find(|row| row.from == first.from && row.view().insured() == first.insured())
        .map_or(0, |row| row.line);
    let other = rows.iter().find(|row| {
        let view = row.view();
        view.has_number()
            && !view.is_household()
            && row.from == first.from
            && view.insured() != first.insured()
    });
    if let Some(other) = other {
        clash(findings, FindingKind::FirstNumberTied, line, other.line);
    }
}

/// One row of a number, as the checks across persons see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Use {
    pub(super) from: Day,
    pub(super) to: Day,
    pub(super) line: u32,
    pub(super) owner: u32,
    /// It is the owner's first number, and this is the row that made it so.
    pub(super) first: bool,
}

/// One number (not a household's) with two persons: at once, or one after the other. `uses` are in the order of time.
pub(super) fn by_number(uses: &[Use], findings: &mut Findings) {
    let mut reach = Reach::default();
    let mut last = None;
    for row in uses {
        if let Some(held) = reach.other_than(row.owner) {
            if held.to >= row.from {
                clash(findings, FindingKind::NumberShared, row.line, held.line);
            } else if last != Some(row.owner) {
                clash(findings, FindingKind::NumberReused, row.line, held.line);
            }
        }
        last = Some(row.owner);
        reach.add(Held {
            label: row.owner,
            to: row.to,
            line: row.line,
        });
    }
}

/// Persons with one and the same first number: reuse is legal, but the ID made from that number would link the records
/// of two persons. None of them keeps it. Calls `shared` with each.
pub(super) fn by_first_number(uses: &[Use], findings: &mut Findings, mut shared: impl FnMut(u32)) {
    let mut firsts: Vec<&Use> = uses.iter().filter(|row| row.first).collect();
    firsts.sort_by_key(|row| row.line);
    if let [first, others @ ..] = firsts.as_slice()
        && !others.is_empty()
    {
        shared(first.owner);
        for row in others {
            shared(row.owner);
            clash(
                findings,
                FindingKind::FirstNumberShared,
                row.line,
                first.line,
            );
        }
    }
}

pub(super) fn clash(findings: &mut Findings, kind: FindingKind, line: u32, other: u32) {
    findings.add(Finding {
        kind,
        line: u64::from(line),
        other: Some(u64::from(other)),
        rejected: None,
    });
}
/// A time that something with a label reaches to.
#[derive(Clone, Copy)]
struct Held<L> {
    label: L,
    to: Day,
    line: u32,
}

/// Of the rows seen so far, the one that reaches furthest, and the furthest of another label: enough to know for
/// any label whether one of another label still holds.
struct Reach<L> {
    best: Option<Held<L>>,
    second: Option<Held<L>>,
}

impl<L> Default for Reach<L> {
    fn default() -> Self {
        Self {
            best: None,
            second: None,
        }
    }
}

impl<L: Copy + PartialEq> Reach<L> {
    fn other_than(&self, label: L) -> Option<Held<L>> {
        self.best.filter(|held| held.label != label).or(self.second)
    }

    fn add(&mut self, new: Held<L>) {
        match self.best {
            None => self.best = Some(new),
            Some(best) if best.label == new.label => {
                if new.to > best.to {
                    self.best = Some(new);
                }
            }
            Some(best) if new.to > best.to => {
                self.second = Some(best);
                self.best = Some(new);
            }
            Some(_) => {
                if self.second.is_none_or(|second| new.to > second.to) {
                    self.second = Some(new);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn reach_knows_the_furthest_row_of_any_other_label() {
        let day = |day| Day::of(date(2020, 1, day));
        let mut reach = Reach::default();
        let mut seen: Vec<Held<char>> = Vec::new();
        for (line, (label, to)) in [
            ('a', 3),
            ('b', 5),
            ('a', 9),
            ('a', 7),
            ('c', 6),
            ('c', 8),
            ('b', 10),
            ('c', 11),
            ('b', 12),
        ]
        .into_iter()
        .enumerate()
        {
            let held = Held {
                label,
                to: day(to),
                line: u32::try_from(line).unwrap(),
            };
            reach.add(held);
            seen.push(held);
            for label in ['a', 'b', 'c', 'd'] {
                let expected = seen
                    .iter()
                    .filter(|held| held.label != label)
                    .max_by_key(|held| held.to);
                assert_eq!(
                    reach.other_than(label).map(|held| held.line),
                    expected.map(|held| held.line),
                    "after {line}, not {label}"
                );
            }
        }
    }
}
