//! Rows checked against each other. A row's time includes both of its ends.

use super::day::Day;
use super::findings::{Finding, FindingKind, Findings};
use super::held::{NONE, Person, Row, Texts};

/// Takes out rows that stand twice, keeping the first; rows are in their final order, so copies are neighbours.
pub(super) fn duplicates(texts: &Texts, rows: &mut Vec<Row>, findings: &mut Findings) {
    rows.dedup_by(|later, kept| {
        let same = texts.of(later.person) == texts.of(kept.person)
            && (later.from, later.to, later.birth, later.sex)
                == (kept.from, kept.to, kept.birth, kept.sex)
            && later.insured(texts) == kept.insured(texts)
            && texts.of(later.kana) == texts.of(kept.kana);
        if same {
            clash(findings, FindingKind::RowDuplicated, later, kept.line);
        }
        same
    });
}

/// What must hold within one person's rows.
pub(super) fn by_person(texts: &Texts, rows: &[Row], findings: &mut Findings) {
    for group in rows.chunk_by(|a, b| a.owner == b.owner) {
        let Some((first, rest)) = group.split_first() else {
            continue;
        };
        for row in rest {
            if row.birth != first.birth {
                clash(findings, FindingKind::BirthDatesDiffer, row, first.line);
            }
            if row.sex != first.sex {
                clash(findings, FindingKind::SexesDiffer, row, first.line);
            }
        }
        if !rest.is_empty() {
            times(texts, group, findings);
        }
    }
}

/// Rows of one person and one number that overlap, and two numbers at one insurer at a time.
fn times(texts: &Texts, group: &[Row], findings: &mut Findings) {
    let mut sorted: Vec<&Row> = group.iter().collect();
    sorted.sort_by_key(|row| (row.insured(texts), row.from, row.to, row.line));
    for same in sorted.chunk_by(|a, b| a.insured(texts) == b.insured(texts)) {
        let mut reach: Option<&Row> = None;
        for row in same.iter().copied() {
            if let Some(earlier) = reach.filter(|earlier| earlier.to >= row.from) {
                clash(findings, FindingKind::RowsOverlap, row, earlier.line);
            }
            reach = Some(reach.filter(|earlier| earlier.to >= row.to).unwrap_or(row));
        }
    }
    sorted.retain(|row| row.has_number());
    sorted.sort_by_key(|row| (row.insurer, row.from, row.to, row.line));
    for insurer in sorted.chunk_by(|a, b| a.insurer == b.insurer) {
        let mut reach = Reach::default();
        for row in insurer.iter().copied() {
            let label = row.insured(texts);
            if let Some(line) = reach
                .other_than(label)
                .filter(|held| held.to >= row.from)
                .map(|held| held.line)
            {
                clash(findings, FindingKind::NumbersOverlap, row, line);
            }
            reach.add(Held {
                label,
                to: row.to,
                line: row.line,
            });
        }
    }
}

/// One number with two persons: at once, or one after the other. A household's number has several persons by
/// its nature and is no finding.
pub(super) fn by_number(texts: &Texts, rows: &[Row], findings: &mut Findings) {
    let mut sorted: Vec<&Row> = rows
        .iter()
        .filter(|row| row.has_number() && !row.household)
        .collect();
    sorted.sort_unstable_by(|a, b| {
        a.loose
            .cmp(&b.loose)
            .then_with(|| a.insured(texts).cmp(&b.insured(texts)))
            .then_with(|| (a.from, a.to, a.line).cmp(&(b.from, b.to, b.line)))
    });
    for number in sorted.chunk_by(|a, b| a.loose == b.loose && a.insured(texts) == b.insured(texts))
    {
        let mut reach = Reach::default();
        let mut last = None;
        for row in number.iter().copied() {
            if let Some(held) = reach.other_than(row.owner) {
                if held.to >= row.from {
                    clash(findings, FindingKind::NumberShared, row, held.line);
                } else if last != Some(row.owner) {
                    clash(findings, FindingKind::NumberReused, row, held.line);
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
}

/// Persons with one and the same first number: reuse is legal, but the ID made from that number would link the records
/// of two persons. None of them keeps it.
pub(super) fn by_first_number(
    texts: &Texts,
    rows: &[Row],
    persons: &mut [Person],
    findings: &mut Findings,
) {
    let mut firsts: Vec<(&Row, &mut Person)> = persons
        .iter_mut()
        .filter_map(|person| {
            let first = usize::try_from(person.first).ok()?;
            Some((rows.get(first)?, person))
        })
        .collect();
    firsts.sort_unstable_by(|(a, _), (b, _)| {
        a.loose
            .cmp(&b.loose)
            .then_with(|| a.insured(texts).cmp(&b.insured(texts)))
            .then_with(|| a.line.cmp(&b.line))
    });
    let same = |(a, _): &(&Row, &mut Person), (b, _): &(&Row, &mut Person)| {
        a.loose == b.loose && a.insured(texts) == b.insured(texts)
    };
    for number in firsts.chunk_by_mut(same) {
        let [(first, holder), others @ ..] = number else {
            continue;
        };
        if others.is_empty() {
            continue;
        }
        holder.first = NONE;
        for (row, other) in others {
            other.first = NONE;
            clash(findings, FindingKind::FirstNumberShared, row, first.line);
        }
    }
}

fn clash(findings: &mut Findings, kind: FindingKind, row: &Row, other: u32) {
    let (line, other) = (u64::from(row.line), Some(u64::from(other)));
    findings.add(Finding {
        kind,
        line,
        other,
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
