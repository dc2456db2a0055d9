//! Households: who lives together, who was born when, who marries, who shares whose insured number.

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::dice::Dice;
use crate::insurer::Kind;
use crate::name::{Family, Given, Names, Sex};
use crate::plan::{HISTORY_FROM, HISTORY_TO, Rates};

/// A marriage within the history: from that day the bearer has the new family name.
#[derive(Clone, Copy)]
pub(crate) struct Marriage {
    pub(crate) on: Date,
    pub(crate) family: Family,
    /// Becomes a dependant of the first unit (instead of keeping the own number).
    pub(crate) joins: bool,
}

pub(crate) struct Member {
    pub(crate) birth: Date,
    pub(crate) sex: Sex,
    pub(crate) family: Family,
    pub(crate) given: Given,
    /// First day on which the register can know the person.
    pub(crate) entry: Date,
    /// Index into [`Household::units`].
    pub(crate) unit: usize,
    pub(crate) marriage: Option<Marriage>,
}

/// The people who share one insured number, and the kind of insurance it begins with.
pub(crate) struct Unit {
    pub(crate) kind: Kind,
    pub(crate) start: Date,
}

pub(crate) struct Household {
    pub(crate) members: Vec<Member>,
    pub(crate) units: Vec<Unit>,
    /// First and last day of public assistance.
    pub(crate) assisted: Option<(Date, Date)>,
}

/// Another household's head, whose name and birth date a new head may share by chance.
#[derive(Clone, Copy)]
pub(crate) struct Namesake {
    pub(crate) birth: Date,
    pub(crate) family: Family,
    pub(crate) given: Given,
}

/// The shapes of households.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Single,
    Couple,
    Parents,
    SingleParent,
    NewCouple,
}

/// Weight, shape, youngest and oldest age of the head at the beginning of 2019.
const SHAPES: &[(u32, Shape, u32, u32)] = &[
    (17, Shape::Single, 20, 34),
    (14, Shape::Single, 35, 64),
    (13, Shape::Single, 65, 97),
    (10, Shape::Couple, 28, 64),
    (13, Shape::Couple, 65, 92),
    (25, Shape::Parents, 27, 52),
    (5, Shape::SingleParent, 27, 48),
    (3, Shape::NewCouple, 22, 38),
];

impl Household {
    /// Draws one household; `namesake` finds an earlier head of a sex, born within three years of a year.
    pub(crate) fn draw(
        dice: &mut Dice,
        names: &Names,
        rates: &Rates,
        namesake: &mut dyn FnMut(&mut Dice, Sex, i16) -> Option<Namesake>,
    ) -> Self {
        let (shape, age) = draw_shape(dice);
        let sex = draw_head_sex(dice, shape, age);
        let year = 2018_i16.saturating_sub(i16::try_from(age).unwrap_or(40));
        let foreign = dice.chance(rates.foreigners);
        let head = dice
            .chance(rates.homonyms)
            .then(|| namesake(dice, sex, year))
            .flatten()
            .unwrap_or_else(|| {
                let family = if foreign {
                    names.draw_foreign_family(dice)
                } else {
                    names.draw_family(dice)
                };
                Namesake {
                    birth: day_of(dice, year),
                    family,
                    given: names.draw_given(dice, sex, foreign),
                }
            });
        let kind = draw_kind(dice, age);
        let start = draw_start(dice);
        let mut household = Self {
            members: vec![Member {
                birth: head.birth,
                sex,
                family: head.family,
                given: head.given,
                entry: start.max(head.birth),
                unit: 0,
                marriage: None,
            }],
            units: vec![Unit { kind, start }],
            assisted: draw_assistance(dice, rates),
        };
        match shape {
            Shape::Single => {}
            Shape::Couple => household.add_spouse(dice, names, kind),
            Shape::Parents => {
                household.add_spouse(dice, names, kind);
                let children = dice.between(1, 3);
                household.add_children(dice, names, rates, children);
            }
            Shape::SingleParent => {
                let children = dice.between(1, 2);
                household.add_children(dice, names, rates, children);
            }
            Shape::NewCouple => household.add_bride(dice, names),
        }
        household
    }

    fn head(&self) -> Option<(Date, Sex, Family)> {
        self.members
            .first()
            .map(|head| (head.birth, head.sex, head.family))
    }

    fn add_spouse(&mut self, dice: &mut Dice, names: &Names, kind: Kind) {
        let Some((birth, sex, family)) = self.head() else {
            return;
        };
        let other = opposite(sex);
        let year = birth
            .year()
            .saturating_add(i16::try_from(dice.below(7)).unwrap_or(0))
            .saturating_sub(2);
        let working = match kind {
            Kind::Association | Kind::Society | Kind::Mutual => dice.chance(0.55),
            Kind::National | Kind::Elder => year > 1955 && dice.chance(0.25),
        };
        let unit = if working { self.units.len() } else { 0 };
        if working {
            let kind = draw_employee_kind(dice);
            self.units.push(Unit {
                kind,
                start: draw_start(dice),
            });
        }
        let start = self.units.get(unit).map_or(HISTORY_FROM, |unit| unit.start);
        let birth = day_of(dice, year);
        self.members.push(Member {
            birth,
            sex: other,
            family,
            given: names.draw_given(dice, other, family.is_foreign()),
            entry: start.max(birth),
            unit,
            marriage: None,
        });
    }

    /// A wife with her own number and family name until the wedding, which lies within the history.
    fn add_bride(&mut self, dice: &mut Dice, names: &Names) {
        let Some((birth, sex, family)) = self.head() else {
            return;
        };
        let other = opposite(sex);
        let own = if family.is_foreign() {
            names.draw_foreign_family(dice)
        } else {
            names.draw_family(dice)
        };
        let kind = if dice.chance(0.8) {
            draw_employee_kind(dice)
        } else {
            Kind::National
        };
        let start = draw_start(dice);
        self.units.push(Unit { kind, start });
        let year = i16::try_from(dice.between(2019, 2022)).unwrap_or(2020);
        let birth = day_of(dice, birth.year());
        self.members.push(Member {
            birth,
            sex: other,
            family: own,
            given: names.draw_given(dice, other, family.is_foreign()),
            entry: start.max(birth),
            unit: 1,
            marriage: Some(Marriage {
                on: day_of(dice, year).max(Date::constant(2019, 2, 1)),
                family,
                joins: dice.chance(0.5),
            }),
        });
    }

    fn add_children(&mut self, dice: &mut Dice, names: &Names, rates: &Rates, wanted: u32) {
        let Some((_, _, family)) = self.head() else {
            return;
        };
        let parent = self.members.iter().map(|member| member.birth.year()).max();
        let earliest = parent.unwrap_or(1985).saturating_add(21).max(1997);
        let latest = parent.unwrap_or(1985).saturating_add(43).min(2022);
        let Ok(choice) = u32::try_from(latest.saturating_sub(earliest)) else {
            return;
        };
        let mut year = earliest.saturating_add(i16::try_from(dice.below(choice)).unwrap_or(0));
        let start = self.units.first().map_or(HISTORY_FROM, |unit| unit.start);
        for _ in 0..wanted {
            let birth = day_of(dice, year);
            let entry = registration(dice, birth).max(start);
            let sex = draw_sex(dice, 0.513);
            let mut sexes = vec![sex];
            if dice.chance(rates.twins) {
                sexes.push(if dice.chance(0.67) {
                    sex
                } else {
                    opposite(sex)
                });
            }
            let mut given_before = None;
            for sex in sexes {
                let mut given = names.draw_given(dice, sex, family.is_foreign());
                while given_before == Some((sex, given)) {
                    given = names.draw_given(dice, sex, family.is_foreign());
                }
                given_before = Some((sex, given));
                self.members.push(Member {
                    birth,
                    sex,
                    family,
                    given,
                    entry,
                    unit: 0,
                    marriage: None,
                });
            }
            year = year.saturating_add(i16::try_from(dice.between(1, 4)).unwrap_or(2));
            if year > 2022 {
                return;
            }
        }
    }
}

fn draw_shape(dice: &mut Dice) -> (Shape, u32) {
    let mut sum = 0_u32;
    let cumulative: Vec<u32> = SHAPES
        .iter()
        .map(|(weight, ..)| {
            sum = sum.saturating_add(*weight);
            sum
        })
        .collect();
    let (_, shape, youngest, oldest) =
        SHAPES
            .get(dice.weighted(&cumulative))
            .copied()
            .unwrap_or((0, Shape::Single, 40, 40));
    (shape, dice.between(youngest, oldest))
}

fn draw_head_sex(dice: &mut Dice, shape: Shape, age: u32) -> Sex {
    let male = match shape {
        Shape::Single if age >= 65 => 0.32,
        Shape::Single => 0.55,
        Shape::Couple | Shape::Parents => 0.92,
        Shape::SingleParent => 0.13,
        Shape::NewCouple => 1.0,
    };
    draw_sex(dice, male)
}

fn draw_sex(dice: &mut Dice, male: f64) -> Sex {
    if dice.chance(male) {
        Sex::Male
    } else {
        Sex::Female
    }
}

fn opposite(sex: Sex) -> Sex {
    match sex {
        Sex::Male => Sex::Female,
        Sex::Female => Sex::Male,
    }
}

fn draw_kind(dice: &mut Dice, age: u32) -> Kind {
    if age >= 65 {
        return if dice.chance(0.85) || age >= 70 {
            Kind::National
        } else {
            Kind::Association
        };
    }
    if dice.chance(0.27) {
        Kind::National
    } else {
        draw_employee_kind(dice)
    }
}

/// One of the three kinds of employees' insurance.
pub(crate) fn draw_employee_kind(dice: &mut Dice) -> Kind {
    match dice.below(100) {
        0..52 => Kind::Association,
        52..88 => Kind::Society,
        _ => Kind::Mutual,
    }
}

/// Any day of a year.
pub(crate) fn day_of(dice: &mut Dice, year: i16) -> Date {
    let month = i8::try_from(dice.between(1, 12)).unwrap_or(1);
    let first = Date::new(year, month, 1).unwrap_or(HISTORY_FROM);
    let days = u32::try_from(first.days_in_month()).unwrap_or(28);
    let day = i8::try_from(dice.between(1, days)).unwrap_or(1);
    Date::new(year, month, day).unwrap_or(first)
}

/// The day on which the number held at the beginning of the history was given.
fn draw_start(dice: &mut Dice) -> Date {
    let year = i16::try_from(dice.between(2009, 2018)).unwrap_or(2015);
    if dice.chance(0.4) {
        Date::new(year, 4, 1).unwrap_or(HISTORY_FROM)
    } else {
        day_of(dice, year)
    }
}

/// Half of the children born within the history are registered only days or weeks after their birth.
fn registration(dice: &mut Dice, birth: Date) -> Date {
    if birth < HISTORY_FROM || dice.chance(0.5) {
        return birth;
    }
    let days = i64::from(dice.between(7, 45));
    birth.saturating_add(days.days()).min(HISTORY_TO)
}

fn draw_assistance(dice: &mut Dice, rates: &Rates) -> Option<(Date, Date)> {
    if !dice.chance(rates.public_assistance) {
        return None;
    }
    let year = i16::try_from(dice.between(2019, 2022)).unwrap_or(2020);
    let day = day_of(dice, year);
    Some(match dice.below(100) {
        0..60 => (Date::MIN, Date::MAX),
        60..85 => (day, Date::MAX),
        _ => (Date::MIN, day),
    })
}
