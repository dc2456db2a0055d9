//! The pairs of persons of whom all rows are at hand, some at a time, and which rows have found a partner.

use std::ops::Range;

use arrow::array::UInt32Array;

use super::JoinKind;

/// Pairs that are put together at once.
pub(super) const PAIRS: usize = 32 * 1024;

/// In the place of a row where there is none.
const NONE: u32 = u32::MAX;

fn number(row: usize) -> u32 {
    u32::try_from(row).unwrap_or(NONE)
}

/// Rows of the left and of the right that go together, or none on one side.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    pub(super) left: Vec<u32>,
    pub(super) right: Vec<u32>,
}

impl Pairs {
    pub(super) fn len(&self) -> usize {
        self.left.len()
    }

    fn meet(&mut self, left: usize, rights: Range<usize>) {
        let length = self.left.len().saturating_add(rights.len());
        self.left.resize(length, number(left));
        self.right.extend(number(rights.start)..number(rights.end));
    }

    fn without_right(&mut self, lefts: Range<usize>) {
        let length = self.right.len().saturating_add(lefts.len());
        self.right.resize(length, NONE);
        self.left.extend(number(lefts.start)..number(lefts.end));
    }

    fn without_left(&mut self, rights: impl Iterator<Item = usize>) {
        self.right.extend(rights.map(number));
        self.left.resize(self.right.len(), NONE);
    }

    /// These, and rows of the left without one on the right, by the row of the left.
    fn and(self, alone: impl Iterator<Item = usize>) -> Self {
        let mut alone = alone.map(number).peekable();
        if alone.peek().is_none() {
            return self;
        }
        let mut all = Self::default();
        for (left, right) in self.left.into_iter().zip(self.right) {
            while let Some(row) = alone.next_if(|row| *row < left) {
                all.left.push(row);
                all.right.push(NONE);
            }
            all.left.push(left);
            all.right.push(right);
        }
        all.left.extend(alone);
        all.right.resize(all.left.len(), NONE);
        all
    }
}

/// `rows` as positions to take values from, null where there is no row.
pub(super) fn positions(rows: Vec<u32>) -> UInt32Array {
    if rows.contains(&NONE) {
        let there = |row: u32| (row != NONE).then_some(row);
        rows.into_iter().map(there).collect()
    } else {
        UInt32Array::from(rows)
    }
}

/// The rows of one input in a window.
struct Rows {
    first: usize,
    /// The first row that hasn't met all of the other input it has to.
    next: usize,
    end: usize,
    /// The first row of which isn't yet decided whether it comes out for having, or not having, a partner.
    undecided: usize,
    /// Whether each has a partner, where that decides anything.
    met: Vec<bool>,
}

impl Rows {
    fn new(rows: Range<usize>, decided: bool) -> Self {
        let met = if decided { rows.len() } else { 0 };
        Self {
            first: rows.start,
            next: rows.start,
            end: rows.end,
            undecided: rows.start,
            met: vec![false; met],
        }
    }

    fn places(&self, rows: &Range<usize>) -> Range<usize> {
        rows.start.saturating_sub(self.first)..rows.end.saturating_sub(self.first)
    }

    fn meet(&mut self, rows: &Range<usize>) {
        let places = self.places(rows);
        if let Some(met) = self.met.get_mut(places) {
            met.fill(true);
        }
    }

    fn has_met(&self, row: usize) -> bool {
        let place = row.saturating_sub(self.first);
        self.met.get(place).copied().unwrap_or_default()
    }

    /// Rows that have met all of the other input since they were last asked for, and whether each has a partner.
    fn decide(&mut self, most: usize) -> (Range<usize>, &[bool]) {
        let rows = self.undecided..self.next.min(self.undecided.saturating_add(most));
        self.undecided = rows.end;
        let met = self.met.get(self.places(&rows)).unwrap_or_default();
        (rows, met)
    }

    /// Those of them that have no partner.
    fn alone(&mut self, most: usize) -> impl Iterator<Item = usize> {
        let (rows, met) = self.decide(most);
        let alone = rows.zip(met).filter(|(_, met)| !**met);
        alone.map(|(row, _)| row)
    }
}

/// Rows of one person.
#[derive(Clone, Copy)]
struct Group {
    left_end: usize,
    right_end: usize,
    /// Row of the right that the present row of the left meets next.
    right: usize,
}

/// Persons of whom all rows of both inputs are at hand, and how far their pairs are.
pub(super) struct Window {
    kind: JoinKind,
    /// Whether a condition decides which pairs are partners.
    asks: bool,
    left: Rows,
    right: Rows,
    group: Option<Group>,
}

fn count(persons: &[u32], rows: Range<usize>, of: impl Fn(u32) -> bool) -> usize {
    let rows = persons.get(rows).unwrap_or_default();
    rows.iter().take_while(|person| of(**person)).count()
}

impl Window {
    pub(super) fn new(kind: JoinKind, asks: bool, left: Range<usize>, right: Range<usize>) -> Self {
        let decided = kind != JoinKind::Inner && (asks || !kind.pairs());
        Self {
            kind,
            asks,
            left: Rows::new(left, decided),
            right: Rows::new(right, kind == JoinKind::Full),
            group: None,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.left.first == self.left.end && self.right.first == self.right.end
    }

    pub(super) fn done(&self) -> bool {
        self.left.next >= self.left.end
            && self.group.is_none()
            && (self.kind != JoinKind::Full || self.right.undecided >= self.right.end)
    }

    /// Ends of the rows of both inputs.
    pub(super) fn ends(&self) -> (usize, usize) {
        (self.left.end, self.right.end)
    }

    /// The next pairs of rows about one person, to be asked the condition if there is one. Without one, rows of the left
    /// that come out alone are among them.
    pub(super) fn next(&mut self, lefts: &[u32], rights: &[u32]) -> Pairs {
        let mut pairs = Pairs::default();
        if self.kind == JoinKind::Full && self.right.undecided < self.right.next {
            return pairs;
        }
        // Rows that come out without a pair, so that a batch has a bound.
        let mut others = 0_usize;
        loop {
            let room = PAIRS.saturating_sub(pairs.len()).saturating_sub(others);
            if room == 0 {
                return pairs;
            }
            if let Some(group) = self.group.take() {
                self.go_on(group, room, &mut pairs);
                continue;
            }
            let at = self.left.next;
            let ahead = lefts.get(at..self.left.end).unwrap_or_default();
            let Some(person) = ahead.first().copied() else {
                self.right.next = self.right.end;
                return pairs;
            };
            let (right, right_end) = (self.right.next, self.right.end);
            let passed = count(rights, right..right_end, |other| other < person);
            let right = right.saturating_add(passed);
            self.right.next = right;
            if right >= right_end && !self.kind.keeps_alone() {
                self.left.next = self.left.end;
                continue;
            }
            let same = count(rights, right..right_end, |other| other == person);
            let most = self.left.end.min(at.saturating_add(room));
            let rows = count(lefts, at..most, |other| other == person);
            let mine = at..at.saturating_add(rows);
            let theirs = right..right.saturating_add(same);
            if same > 0 && (self.asks || self.kind.pairs()) {
                if !self.asks {
                    self.right.meet(&theirs);
                }
                self.group = Some(Group {
                    left_end: mine.end,
                    right_end: theirs.end,
                    right,
                });
                continue;
            }
            if same > 0 {
                self.left.meet(&mine);
            }
            self.left.next = mine.end;
            if same == 0 && !self.kind.keeps_alone() {
                continue;
            }
            if self.kind.pairs() && !self.asks {
                pairs.without_right(mine);
            } else {
                others = others.saturating_add(rows);
            }
        }
    }

    /// The pairs of one person, as many as there is room for.
    fn go_on(&mut self, mut group: Group, room: usize, pairs: &mut Pairs) {
        let full = pairs.len().saturating_add(room);
        while self.left.next < group.left_end {
            let row = self.left.next;
            let room = full.saturating_sub(pairs.len());
            // Whoever only asks whether there is a partner needs no second one.
            let stop = if !self.kind.pairs() && self.left.has_met(row) {
                group.right_end
            } else {
                let stop = group.right_end.min(group.right.saturating_add(room));
                pairs.meet(row, group.right..stop);
                stop
            };
            group.right = stop;
            if stop < group.right_end {
                self.group = Some(group);
                return;
            }
            self.left.next = row.saturating_add(1);
            group.right = self.right.next;
        }
    }

    /// Notes that the condition holds for `pairs`.
    pub(super) fn hold(&mut self, pairs: &Pairs) {
        for row in pairs.left.iter().map(|row| *row as usize) {
            self.left.meet(&(row..row.saturating_add(1)));
        }
        for row in pairs.right.iter().map(|row| *row as usize) {
            self.right.meet(&(row..row.saturating_add(1)));
        }
    }

    /// What comes out with `pairs`: rows for which it is now known that they have no partner.
    pub(super) fn with_alone(&mut self, mut pairs: Pairs) -> Pairs {
        if self.asks && self.kind.keeps_alone() {
            pairs = pairs.and(self.left.alone(usize::MAX));
        }
        if self.kind == JoinKind::Full {
            // One row of the left may stand beside any number of the right.
            pairs.without_left(self.right.alone(PAIRS));
        }
        pairs
    }

    /// Rows of the left for which it is now known whether they have a partner.
    pub(super) fn decided(&mut self) -> (Range<usize>, &[bool]) {
        self.left.decide(usize::MAX)
    }
}
