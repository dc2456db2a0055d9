//! Histories of insured numbers: job changes, marriage, age 75, public assistance, individualisation.

use jiff::civil::Date;

use crate::dice::Dice;
use crate::household::{Household, Member, Unit, day_of, draw_employee_kind};
use crate::insurer::{Insured, Insurers, Kind};
use crate::name::Family;
use crate::plan::{HISTORY_TO, Rates};

/// One row of the register: who held what from when to when, under which family name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Enrolment {
    pub(crate) person: u32,
    /// `None`: without an insured number, on public assistance.
    pub(crate) cover: Option<Insured>,
    /// 枝番; `None` for household numbers and numbers that are personal without one.
    pub(crate) branch: Option<u8>,
    pub(crate) family: Family,
    pub(crate) from: Date,
    /// Last day; [`Date::MAX`] while it lasts.
    pub(crate) to: Date,
}

impl Enrolment {
    pub(crate) fn overlaps(&self, first: Date, last: Date) -> bool {
        self.from <= last && self.to >= first
    }
}

#[derive(Clone, Copy)]
struct Span {
    cover: Option<Insured>,
    from: Date,
    to: Date,
}

impl Span {
    fn within(self, from: Date, to: Date) -> Option<Self> {
        let cut = Self {
            from: self.from.max(from),
            to: self.to.min(to),
            ..self
        };
        (cut.from <= cut.to).then_some(cut)
    }
}

/// The register's rows of every member of a household, in the members' order; `person` counts from `first`.
pub(crate) fn enrol(
    household: &Household,
    first: u32,
    dice: &mut Dice,
    insurers: &mut Insurers,
    rates: &Rates,
) -> Vec<Vec<Enrolment>> {
    let prefecture = insurers.draw_prefecture(dice);
    let timelines: Vec<Vec<Span>> = household
        .units
        .iter()
        .map(|unit| timeline(unit, household.assisted, prefecture, dice, insurers, rates))
        .collect();
    let mut taken = vec![0_u8; household.units.len()];
    let mut rows = Vec::with_capacity(household.members.len());
    for (member, person) in household.members.iter().zip(first..) {
        let position = next_position(&mut taken, member.unit);
        let own = timelines.get(member.unit).map_or(&[][..], Vec::as_slice);
        let mut spans: Vec<(Span, u8)> = Vec::new();
        let mut add = |from: Date, to: Date, of: &[Span], position: u8| {
            spans.extend(
                of.iter()
                    .filter_map(|span| span.within(from, to))
                    .map(|span| (span, position)),
            );
        };
        match member.marriage {
            Some(marriage) if marriage.joins => {
                let joined = next_position(&mut taken, 0);
                let shared = timelines.first().map_or(&[][..], Vec::as_slice);
                add(member.entry, before(marriage.on), own, position);
                add(marriage.on.max(member.entry), Date::MAX, shared, joined);
            }
            Some(_) | None => add(member.entry, Date::MAX, own, position),
        }
        age_75(member, prefecture, &mut spans, dice, insurers);
        let mut of_person = Vec::new();
        for (span, position) in spans {
            write_rows(member, person, span, position, insurers, &mut of_person);
        }
        rows.push(of_person);
    }
    rows
}

fn next_position(taken: &mut [u8], unit: usize) -> u8 {
    taken.get_mut(unit).map_or(0, |taken| {
        let position = *taken;
        *taken = taken.saturating_add(1);
        position
    })
}

/// The numbers of one unit from its beginning on.
fn timeline(
    unit: &Unit,
    assisted: Option<(Date, Date)>,
    prefecture: u8,
    dice: &mut Dice,
    insurers: &mut Insurers,
    rates: &Rates,
) -> Vec<Span> {
    let mut kind = unit.kind;
    let mut from = unit.start;
    let insurer = insurers.draw(dice, kind, prefecture);
    let mut current = insurers.give(insurer, from);
    let mut spans = Vec::new();
    for year in 2019..=2022_i16 {
        if !dice.chance(changes_per_year(kind)) {
            continue;
        }
        let april = Date::new(year, 4, 1).unwrap_or(from);
        let on = if dice.chance(0.4) {
            april
        } else {
            day_of(dice, year)
        };
        spans.push(Span {
            cover: Some(current),
            from,
            to: before(on),
        });
        if dice.chance(rates.number_reuse) {
            insurers.free(current, on);
        }
        kind = next_kind(kind, dice);
        let home = if kind == Kind::National && dice.chance(0.3) {
            insurers.draw_prefecture(dice)
        } else {
            prefecture
        };
        let insurer = insurers.draw(dice, kind, home);
        current = insurers.give(insurer, on);
        from = on;
    }
    spans.push(Span {
        cover: Some(current),
        from,
        to: Date::MAX,
    });
    match assisted {
        Some((first, last)) => assist(&spans, first, last, insurers),
        None => spans,
    }
}

/// Takes the numbers away for the time of public assistance; afterwards the insurer gives a new one.
fn assist(spans: &[Span], first: Date, last: Date, insurers: &mut Insurers) -> Vec<Span> {
    let mut out = Vec::new();
    for span in spans {
        out.extend(span.within(Date::MIN, before(first)));
        if let Some(part) = span.within(first, last) {
            out.push(Span {
                cover: None,
                ..part
            });
        }
        if last < Date::MAX
            && let Some(mut part) = span.within(last.tomorrow().unwrap_or(Date::MAX), Date::MAX)
        {
            if part.from > span.from
                && let Some(insured) = part.cover
            {
                part.cover = Some(insurers.give(insured.insurer, part.from));
            }
            out.push(part);
        }
    }
    out
}

/// From the 75th birthday every insured person has a number of the medical care for the elderly.
fn age_75(
    member: &Member,
    prefecture: u8,
    spans: &mut Vec<(Span, u8)>,
    dice: &mut Dice,
    insurers: &mut Insurers,
) {
    let year = member.birth.year().saturating_add(75);
    let birthday = Date::new(year, member.birth.month(), member.birth.day())
        .or_else(|_| Date::new(year, 3, 1))
        .unwrap_or(Date::MAX);
    if birthday > HISTORY_TO {
        return;
    }
    let insurer = insurers.draw(dice, Kind::Elder, prefecture);
    let mut number = None;
    let mut out: Vec<(Span, u8)> = Vec::with_capacity(spans.len());
    for (span, position) in spans.drain(..) {
        if span.cover.is_none() {
            out.push((span, position));
            continue;
        }
        if let Some(young) = span.within(Date::MIN, before(birthday)) {
            out.push((young, position));
        }
        let Some(mut old) = span.within(birthday, Date::MAX) else {
            continue;
        };
        old.cover = Some(*number.get_or_insert_with(|| insurers.give(insurer, old.from)));
        match out.last_mut() {
            Some((last, _)) if last.cover == old.cover && last.to == before(old.from) => {
                last.to = old.to;
            }
            Some(_) | None => out.push((old, position)),
        }
    }
    *spans = out;
}

/// Splits a span where numbers become personal and where the family name changes.
fn write_rows(
    member: &Member,
    person: u32,
    span: Span,
    position: u8,
    insurers: &Insurers,
    out: &mut Vec<Enrolment>,
) {
    let individual = span
        .cover
        .and_then(|insured| insurers.individual_from(insured.insurer));
    let first_branch = match span.cover.map(|insured| insurers.kind(insured.insurer)) {
        Some(Kind::National) => position.saturating_add(1),
        Some(Kind::Association | Kind::Society | Kind::Mutual | Kind::Elder) | None => position,
    };
    let mut days = vec![Date::MIN];
    days.extend(individual);
    days.extend(member.marriage.map(|marriage| marriage.on));
    days.sort();
    days.dedup();
    for (index, from) in days.iter().enumerate() {
        let next = days.get(index.saturating_add(1));
        let Some(part) = span.within(*from, next.map_or(Date::MAX, |day| before(*day))) else {
            continue;
        };
        let family = match member.marriage {
            Some(marriage) if part.from >= marriage.on => marriage.family,
            Some(_) | None => member.family,
        };
        out.push(Enrolment {
            person,
            cover: part.cover,
            branch: individual
                .filter(|day| part.from >= *day)
                .map(|_| first_branch),
            family,
            from: part.from,
            to: part.to,
        });
    }
}

fn before(day: Date) -> Date {
    day.yesterday().unwrap_or(Date::MIN)
}

/// Chosen so that, with marriages and 75th birthdays, about 11 % of all persons change within a year (Kubo 2017).
fn changes_per_year(kind: Kind) -> f64 {
    match kind {
        Kind::Association => 0.156,
        Kind::Society => 0.119,
        Kind::Mutual => 0.076,
        Kind::National | Kind::Elder => 0.091,
    }
}

fn next_kind(kind: Kind, dice: &mut Dice) -> Kind {
    let national = match kind {
        Kind::Association | Kind::Society | Kind::Mutual => 0.25,
        Kind::National | Kind::Elder => 0.4,
    };
    if dice.chance(national) {
        Kind::National
    } else {
        draw_employee_kind(dice)
    }
}
