//! Insurers, and the numbers they give: check digits, forms of symbol and number by kind, individualisation.

use std::fmt::Write as _;

use jiff::civil::Date;

use crate::dice::{Dice, Topic};

/// The kinds of health insurance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// 協会けんぽ, 法別 01.
    Association,
    /// 組合健保, 法別 06.
    Society,
    /// 共済組合, 法別 31 to 34.
    Mutual,
    /// 国民健康保険, six digits without 法別.
    National,
    /// 後期高齢者医療, 法別 39: personal numbers without symbol and branch.
    Elder,
}

/// How an insurer writes symbol and number.
#[derive(Clone, Copy)]
enum Style {
    /// Symbol of eight digits for a company, short number without leading zeros.
    Company,
    /// Symbol `10-23`, number of six digits with leading zeros.
    HyphenSymbol,
    /// Symbol of a kana and three digits, number of four.
    KanaSymbol(char),
    /// Symbol of four digits, number `012-3456`.
    HyphenNumber,
    /// One symbol for all, number of a fixed width with leading zeros.
    Fixed(&'static str, usize),
    /// Number of eight digits, the last a check digit.
    Elder,
}

/// An insured number (被保険者番号等) without its branch, as values: how it is written is the insurer's affair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Insured {
    pub(crate) insurer: u16,
    pub(crate) symbol: u32,
    pub(crate) number: u32,
}

struct Insurer {
    /// Eight digits; municipal insurance begins with `00`.
    code: String,
    kind: Kind,
    prefecture: u8,
    style: Style,
    individual_from: Option<Date>,
    given: u32,
    /// Numbers that may be given again, with the day they became free.
    freed: Vec<(Insured, Date)>,
}

/// All insurers of a population.
pub(crate) struct Insurers {
    all: Vec<Insurer>,
    prefectures: Vec<u32>,
}

impl Insurers {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed, Topic::Insurers, 0);
        let mut prefectures = Vec::new();
        let mut sum = 0_u32;
        for weight in PREFECTURE_WEIGHTS {
            sum = sum.saturating_add(*weight);
            prefectures.push(sum);
        }
        let mut insurers = Self {
            all: Vec::new(),
            prefectures,
        };
        for prefecture in 1..=47_u8 {
            insurers.add(&mut dice, Kind::Association, prefecture, "01", 1);
            insurers.add(&mut dice, Kind::Elder, prefecture, "39", 1);
            for municipality in 0..dice.between(2, 4) {
                insurers.add(
                    &mut dice,
                    Kind::National,
                    prefecture,
                    "00",
                    municipality.saturating_mul(7).saturating_add(3),
                );
            }
        }
        for n in 0..80 {
            let prefecture = insurers.draw_prefecture(&mut dice);
            insurers.add(
                &mut dice,
                Kind::Society,
                prefecture,
                "06",
                11_u32.saturating_add(n),
            );
        }
        for n in 0..24 {
            let prefecture = insurers.draw_prefecture(&mut dice);
            let law = dice.pick(&["31", "32", "33", "34"]).unwrap_or("32");
            insurers.add(
                &mut dice,
                Kind::Mutual,
                prefecture,
                law,
                1_u32.saturating_add(n),
            );
        }
        insurers
    }

    fn add(&mut self, dice: &mut Dice, kind: Kind, prefecture: u8, law: &str, serial: u32) {
        let digits = format!("{law}{prefecture:02}{serial:03}");
        let code = format!("{digits}{}", check_digit(&digits));
        let style = match kind {
            Kind::Association => Style::Company,
            Kind::Elder => Style::Elder,
            Kind::Mutual => Style::Fixed(
                dice.pick(&["公立", "地共", "警", "文科", "学"])
                    .unwrap_or("公立"),
                6,
            ),
            Kind::Society => match dice.below(3) {
                0 => Style::HyphenSymbol,
                1 => Style::KanaSymbol(dice.pick(&['ア', 'カ', 'ケ', 'サ', 'デ']).unwrap_or('ケ')),
                _ => Style::HyphenNumber,
            },
            Kind::National => match dice.below(3) {
                0 => Style::Fixed("", 7),
                1 => Style::Fixed("国保", 8),
                _ => Style::Fixed(
                    dice.pick(&["都国", "市い", "5-1", "退"]).unwrap_or("都国"),
                    8,
                ),
            },
        };
        let individual_from = match kind {
            Kind::Elder => None,
            Kind::Association => Some(Date::constant(2020, 10, 19)),
            Kind::Society | Kind::Mutual | Kind::National => {
                let (year, month) = match dice.below(12) {
                    0 => (2020, 11),
                    1 => (2020, 12),
                    n => (2021, i8::try_from(n.saturating_sub(1)).unwrap_or(10)),
                };
                Date::new(year, month, 1).ok()
            }
        };
        self.all.push(Insurer {
            code,
            kind,
            prefecture,
            style,
            individual_from,
            given: 0,
            freed: Vec::new(),
        });
    }

    pub(crate) fn draw_prefecture(&self, dice: &mut Dice) -> u8 {
        let index = dice.weighted(&self.prefectures);
        u8::try_from(index).unwrap_or(46).saturating_add(1)
    }

    /// An insurer of the kind: of the prefecture where there is one, of any otherwise.
    pub(crate) fn draw(&self, dice: &mut Dice, kind: Kind, prefecture: u8) -> u16 {
        let of_kind = |local: bool| {
            (0_u16..)
                .zip(&self.all)
                .filter(|(_, insurer)| insurer.kind == kind)
                .filter(|(_, insurer)| !local || insurer.prefecture == prefecture)
                .map(|(index, _)| index)
                .collect::<Vec<_>>()
        };
        let employees = matches!(kind, Kind::Society | Kind::Mutual);
        dice.pick(&of_kind(!employees)).unwrap_or(0)
    }

    /// A number valid from `from`: one given back two years before or earlier, else a new one.
    pub(crate) fn give(&mut self, insurer: u16, from: Date) -> Insured {
        let Some(entry) = self.all.get_mut(usize::from(insurer)) else {
            return Insured {
                insurer,
                symbol: 0,
                number: 0,
            };
        };
        let reusable = entry.freed.iter().position(|(_, freed)| {
            (freed.year().saturating_add(2), freed.month(), freed.day())
                <= (from.year(), from.month(), from.day())
        });
        if let Some(position) = reusable {
            return entry.freed.swap_remove(position).0;
        }
        let n = entry.given;
        entry.given = n.saturating_add(1);
        let (symbol, number) = entry.style.values(n, u32::from(insurer));
        Insured {
            insurer,
            symbol,
            number,
        }
    }

    /// Lets the insurer give the number to somebody else later.
    pub(crate) fn free(&mut self, insured: Insured, on: Date) {
        if let Some(entry) = self.all.get_mut(usize::from(insured.insurer)) {
            entry.freed.push((insured, on));
        }
    }

    pub(crate) fn code(&self, insurer: u16) -> &str {
        self.get(insurer).map_or("", |insurer| &insurer.code)
    }

    pub(crate) fn kind(&self, insurer: u16) -> Kind {
        self.get(insurer)
            .map_or(Kind::National, |insurer| insurer.kind)
    }

    /// The first day of personal numbers with branches; `None` for numbers that always were personal.
    pub(crate) fn individual_from(&self, insurer: u16) -> Option<Date> {
        self.get(insurer)
            .and_then(|insurer| insurer.individual_from)
    }

    /// The symbol as the register writes it.
    pub(crate) fn symbol(&self, insured: Insured) -> String {
        let symbol = insured.symbol;
        match self.style(insured) {
            Style::Company => format!("{symbol:08}"),
            Style::HyphenSymbol => format!("{:02}-{:02}", symbol / 100, symbol % 100),
            Style::KanaSymbol(kana) => format!("{kana}{symbol:03}"),
            Style::HyphenNumber => format!("{symbol:04}"),
            Style::Fixed(text, _) => text.to_owned(),
            Style::Elder => String::new(),
        }
    }

    /// The number as the register writes it.
    pub(crate) fn number(&self, insured: Insured) -> String {
        let number = insured.number;
        match self.style(insured) {
            Style::Company => number.to_string(),
            Style::HyphenSymbol => format!("{number:06}"),
            Style::KanaSymbol(_) => format!("{number:04}"),
            Style::HyphenNumber => format!("{:03}-{:04}", number / 10_000, number % 10_000),
            Style::Fixed(_, width) => format!("{number:0width$}"),
            Style::Elder => format!("{number:08}"),
        }
    }

    /// The number with two unequal neighbouring digits swapped, or with another last digit where there are none.
    pub(crate) fn mistyped(&self, insured: Insured, dice: &mut Dice) -> Insured {
        let mut digits: Vec<u8> = self
            .number(insured)
            .bytes()
            .filter(u8::is_ascii_digit)
            .collect();
        let places: Vec<usize> = digits
            .windows(2)
            .enumerate()
            .filter(|(_, pair)| pair.first() != pair.last())
            .map(|(place, _)| place)
            .collect();
        if let Some(place) = dice.pick(&places) {
            digits.swap(place, place.saturating_add(1));
        } else if let Some(last) = digits.last_mut() {
            *last = if *last == b'9' { b'3' } else { b'9' };
        }
        let number = digits.iter().fold(0_u32, |sum, digit| {
            sum.saturating_mul(10)
                .saturating_add(u32::from(digit.saturating_sub(b'0')))
        });
        Insured { number, ..insured }
    }

    fn get(&self, insurer: u16) -> Option<&Insurer> {
        self.all.get(usize::from(insurer))
    }

    fn style(&self, insured: Insured) -> Style {
        self.get(insured.insurer)
            .map_or(Style::Elder, |insurer| insurer.style)
    }
}

impl Style {
    /// Symbol and number of the `n`-th number an insurer gives; no two are equal, whatever hyphens and zeros are lost.
    fn values(self, n: u32, insurer: u32) -> (u32, u32) {
        let step = |factor: u32, base: u32| n.saturating_mul(factor).saturating_add(base);
        match self {
            // A bijection on 26 bits scatters the companies' symbols, for every insurer from another start.
            Self::Company => {
                let company = (n / 40).wrapping_add(insurer.wrapping_mul(70_001));
                let scattered = company.wrapping_mul(0x02B5_9E35) & 0x03FF_FFFF;
                (
                    scattered.saturating_add(10_000_000),
                    (n % 40).saturating_add(1),
                )
            }
            Self::HyphenSymbol => (
                (n / 200).saturating_add(1023),
                (n % 200).saturating_mul(7).saturating_add(101),
            ),
            Self::KanaSymbol(_) => (
                (n / 150).saturating_add(1),
                (n % 150).saturating_mul(11).saturating_add(7),
            ),
            Self::HyphenNumber => (1204, step(13, 10_001)),
            Self::Fixed(..) => (0, step(3, 1_001)),
            Self::Elder => {
                let digits = step(1, 1_000_001).to_string();
                let number = format!("{digits}{}", check_digit(&digits));
                (0, number.parse().unwrap_or(0))
            }
        }
    }
}

/// 検証番号: weights 2, 1, 2, … from the right, digit sums, complement to ten.
pub(crate) fn check_digit(digits: &str) -> u32 {
    let sum = digits
        .bytes()
        .rev()
        .zip([2_u32, 1].iter().cycle())
        .map(|(digit, weight)| {
            let product = u32::from(digit.saturating_sub(b'0')).saturating_mul(*weight);
            (product / 10).saturating_add(product % 10)
        })
        .fold(0_u32, u32::saturating_add);
    10_u32.saturating_sub(sum % 10) % 10
}

/// A payer's number of public expense (公費負担者番号) of the given law, and a recipient's number (受給者番号).
pub(crate) fn public_expense(law: &str, dice: &mut Dice) -> (String, String) {
    let mut payer = law.to_owned();
    let office = dice.between(100, 699);
    // Writing to a string can't fail.
    let _written = write!(payer, "{:02}{office}", dice.between(1, 47));
    let check = check_digit(&payer);
    let recipient = dice.between(100_000, 899_999).to_string();
    let last = check_digit(&recipient);
    (format!("{payer}{check}"), format!("{recipient}{last}"))
}

/// Inhabitants of the 47 prefectures in their official order, in ten thousands, about 2020.
#[rustfmt::skip]
const PREFECTURE_WEIGHTS: &[u32] = &[
    522, 124, 121, 230, 96, 107, 183, 287, 193, 194, 734, 628, 1405, 924, 220, 103, 113, 77, 81, 205, 198, 363, 754,
    177, 141, 258, 884, 547, 132, 92, 55, 67, 189, 280, 134, 72, 95, 134, 69, 514, 81, 131, 174, 112, 107, 159, 147,
];

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use std::collections::BTreeSet;

    #[test]
    fn check_digits_are_those_of_real_insurers() {
        for code in [
            "33120015", "06132013", "01130012", "39131107", "133066", "12143210",
        ] {
            let (digits, check) = code.split_at(code.len() - 1);
            assert_eq!(check_digit(digits).to_string(), check, "{code}");
        }
        assert_ne!(check_digit("1234567"), 8);
    }

    #[test]
    fn every_insurer_has_its_own_valid_number() {
        let insurers = Insurers::new(5);
        let codes: BTreeSet<&str> = insurers.all.iter().map(|i| i.code.as_str()).collect();
        assert_eq!(codes.len(), insurers.all.len());
        for code in codes {
            assert_eq!(code.len(), 8);
            let (digits, check) = code.split_at(7);
            assert_eq!(check_digit(digits).to_string(), check);
        }
    }

    #[test]
    fn no_two_numbers_of_an_insurer_are_equal_without_hyphens_and_zeros() {
        let mut insurers = Insurers::new(5);
        for index in 0..u16::try_from(insurers.all.len()).unwrap() {
            let mut seen = BTreeSet::new();
            for _ in 0..500 {
                let insured = insurers.give(index, date(2019, 1, 1));
                let symbol = insurers.symbol(insured).replace('-', "");
                let number = insurers.number(insured).replace('-', "");
                let loose = (symbol, number.trim_start_matches('0').to_owned());
                assert!(seen.insert(loose));
            }
        }
    }

    #[test]
    fn a_freed_number_is_not_given_again_within_two_years() {
        let mut insurers = Insurers::new(5);
        let first = insurers.give(0, date(2015, 4, 1));
        insurers.free(first, date(2019, 6, 1));
        assert_ne!(insurers.give(0, date(2020, 12, 1)), first);
        assert_eq!(insurers.give(0, date(2021, 7, 1)), first);
        assert_ne!(insurers.give(0, date(2021, 7, 1)), first);
    }

    #[test]
    fn a_mistyped_number_differs() {
        let mut insurers = Insurers::new(5);
        let mut dice = Dice::new(5, Topic::Claim, 0);
        for index in 0..200 {
            let insured = insurers.give(index, date(2019, 1, 1));
            assert_ne!(insurers.mistyped(insured, &mut dice).number, insured.number);
        }
    }
}
