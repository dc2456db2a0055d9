//! Name, birth date and sex of a row.

use jiff::civil::Date;

use crate::claim::{Claim, Source};
use crate::defect::Defect;
use crate::history::Enrolment;
use crate::name::{Sex, bare};
use crate::population::{Individual, Population};
use crate::spelling;

/// Kana a typing error may put in the place of another.
const TYPED: &[char] = &[
    'ア', 'イ', 'カ', 'ガ', 'キ', 'ク', 'コ', 'サ', 'ザ', 'シ', 'ス', 'タ', 'チ', 'ト', 'ナ', 'ニ',
    'ハ', 'バ', 'ヒ', 'マ', 'ミ', 'ヤ', 'ヨ', 'ラ', 'リ', 'ロ', 'ワ', 'ン',
];

/// Placeholders for a name; no canonical form accepts them.
const JUNK: &[&str] = &["●●\u{3000}●", "9", "フメイ１", "？"];

/// Longest name in RE-4.
const RE4_LENGTH: usize = 20;

impl Claim {
    /// Chooses what the row says of name, birth date and sex, with the errors of meaning.
    pub(super) fn state_identity(
        &mut self,
        population: &Population,
        individual: &Individual,
        row: &Enrolment,
    ) {
        let rates = &population.plan.rates;
        // A foreigner's RE-4 is in kana, so that a claim file always carries it.
        let fixed = self.source == Source::Uke && row.family.is_foreign();
        let missing = match self.source {
            Source::Uke => rates.kana_missing_uke,
            Source::Csv => rates.kana_missing_csv,
        };
        let absent = !fixed
            && (self.draw(missing, Defect::KanaMissing)
                || self.draw(rates.junk_kana, Defect::JunkKana));
        if absent {
            self.stated.kana = None;
        } else if self.draw(rates.wrong_kana, Defect::WrongKana) {
            self.stated.kana = Some(self.mistyped_kana(population, individual, row));
        } else {
            self.stated.kana = Some(population.kana(row));
        }
        self.stated.birth = Some(individual.birth);
        if self.source == Source::Csv
            && self.draw(rates.birth_date_missing, Defect::BirthDateMissing)
        {
            self.stated.birth = None;
        } else if self.draw(rates.wrong_birth_date, Defect::WrongBirthDate) {
            self.stated.birth = Some(self.mistyped_date(individual.birth));
        }
        self.stated.sex = Some(individual.sex);
        if self.draw(rates.sex_missing, Defect::SexMissing) {
            self.stated.sex = None;
        }
    }

    /// Another given name, or one kana replaced: never the same name in another spelling.
    fn mistyped_kana(
        &mut self,
        population: &Population,
        individual: &Individual,
        row: &Enrolment,
    ) -> String {
        let right = population.kana(row);
        let names = &population.names;
        loop {
            let foreign = row.family.is_foreign();
            let wrong = if self.dice.chance(0.5) {
                let given = names.draw_given(&mut self.dice, individual.sex, foreign);
                names.kana(row.family, given, individual.sex)
            } else {
                let length = u32::try_from(right.chars().count()).unwrap_or(1);
                let place = usize::try_from(self.dice.below(length)).unwrap_or(0);
                let typed = self.dice.pick(TYPED).unwrap_or('ア');
                right
                    .chars()
                    .enumerate()
                    .map(|(index, c)| {
                        let replaced = index == place && ('ア'..='ン').contains(&c);
                        if replaced { typed } else { c }
                    })
                    .collect()
            };
            if bare(&wrong) != bare(&right) {
                return wrong;
            }
        }
    }

    /// A day, month or year beside the right one, not after the day of service.
    fn mistyped_date(&mut self, right: Date) -> Date {
        loop {
            let (year, month, day) = (right.year(), right.month(), right.day());
            let step = i8::try_from(self.dice.between(1, 9)).unwrap_or(1);
            let wrong = match self.dice.below(4) {
                0 => Date::new(year, month, day.saturating_add(step)),
                1 => Date::new(year, month, day.saturating_sub(step)),
                2 => Date::new(year, step, day),
                _ => Date::new(year.saturating_sub(i16::from(step)), month, day),
            };
            match wrong {
                Ok(wrong) if wrong != right && wrong <= self.service.0.max(right) => return wrong,
                Ok(_) | Err(_) => {}
            }
        }
    }

    /// Writes name, birth date and sex as the source spells them.
    pub(super) fn spell_identity(
        &mut self,
        population: &Population,
        individual: &Individual,
        row: &Enrolment,
    ) {
        self.spell_kana(population);
        self.spell_birth(population);
        self.spell_sex(population);
        let kana_only = row.family.is_foreign();
        let trusted = self.stated.kana.is_some() && !self.defects.has(Defect::WrongKana);
        self.name = if kana_only {
            self.stated.kana.clone().unwrap_or_default()
        } else if trusted && self.dice.chance(0.1) {
            spelling::half_width(&population.kana(row))
        } else {
            let (family, given) = (row.family, individual.given);
            population
                .names
                .kanji(family, given, individual.sex, self.person.0)
        };
        self.name = self.name.chars().take(RE4_LENGTH).collect();
    }

    fn spell_kana(&mut self, population: &Population) {
        let rates = &population.plan.rates;
        if self.defects.has(Defect::JunkKana) {
            self.raw.kana = self.dice.pick(JUNK).unwrap_or("9").to_owned();
            return;
        }
        let Some(mut kana) = self.stated.kana.clone() else {
            return;
        };
        let large: String = kana.chars().map(spelling::large).collect();
        if large != kana && self.draw(rates.large_kana, Defect::LargeKana) {
            kana = large;
        }
        let missing_space = match self.source {
            Source::Uke => rates.missing_space_uke,
            Source::Csv => rates.missing_space_csv,
        };
        if self.draw(missing_space, Defect::MissingSpace) {
            kana = kana.replace('\u{3000}', "");
        }
        let dash = if kana.contains('ー') && self.draw(rates.long_mark_dash, Defect::LongMarkDash)
        {
            self.dice.pick(&["\u{FF0D}", "\u{2015}", "\u{2212}"])
        } else {
            None
        };
        if self.draw(rates.half_width_kana, Defect::HalfWidthKana) {
            kana = spelling::half_width(&kana);
            if dash.is_some() {
                kana = kana.replace('ｰ', "-");
            }
        } else {
            if self.source == Source::Csv && self.draw(rates.hiragana, Defect::Hiragana) {
                kana = spelling::hiragana(&kana);
            }
            if let Some(dash) = dash {
                kana = kana.replace('ー', dash);
            }
        }
        self.raw.kana = kana;
    }

    fn spell_birth(&mut self, population: &Population) {
        let rates = &population.plan.rates;
        let Some(birth) = self.stated.birth else {
            return;
        };
        let era = self.draw(rates.era_date, Defect::EraDate);
        let separate = !era
            && self.source == Source::Csv
            && self.draw(rates.date_separators, Defect::DateSeparators);
        self.raw.birth = if separate {
            separated(birth, self.dice.below(3))
        } else if era {
            let form = match self.source {
                Source::Uke => 0,
                Source::Csv => self.dice.below(3),
            };
            match form {
                0 => spelling::era_digits(birth),
                1 => spelling::era_letter(birth),
                _ => spelling::era_words(birth),
            }
        } else {
            spelling::compact(birth)
        };
    }

    fn spell_sex(&mut self, population: &Population) {
        let Some(sex) = self.stated.sex else {
            let junk: &[&str] = match self.source {
                Source::Uke => &["", "", "9"],
                Source::Csv => &["", "", "3", "不明"],
            };
            self.raw.sex = self.dice.pick(junk).unwrap_or("").to_owned();
            return;
        };
        let word = self.source == Source::Csv
            && self.draw(population.plan.rates.sex_word, Defect::SexWord);
        let words = match sex {
            Sex::Male => ["男", "M"],
            Sex::Female => ["女", "F"],
        };
        self.raw.sex = if word {
            self.dice.pick(&words).unwrap_or(sex.code()).to_owned()
        } else {
            sex.code().to_owned()
        };
    }
}

/// `1993/7/2`, `1993-07-02` or `1993/07/02`.
pub(crate) fn separated(date: Date, form: u32) -> String {
    let (year, month, day) = (date.year(), date.month(), date.day());
    match form {
        0 => format!("{year}/{month}/{day}"),
        1 => format!("{year}-{month:02}-{day:02}"),
        _ => format!("{year}/{month:02}/{day:02}"),
    }
}
