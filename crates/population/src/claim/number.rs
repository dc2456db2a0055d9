//! The number part of a row.

use crate::claim::{Claim, Outdated, Source};
use crate::defect::Defect;
use crate::history::Enrolment;
use crate::insurer::{Insured, public_expense};
use crate::population::Population;
use crate::spelling;

/// Placeholders: symbol and number, and the insurer's number where that is one too. None of them is ever given.
const JUNK: &[(Option<&str>, &str, &str)] = &[
    (None, "", "9"),
    (Some("9"), "9", "9"),
    (Some("99999999"), "", "9999999"),
    (None, "", "不明"),
];

impl Claim {
    /// Chooses which number the row says, with the errors of meaning.
    pub(super) fn state_number(
        &mut self,
        population: &Population,
        rows: &[Enrolment],
        row: &Enrolment,
    ) {
        let rates = &population.plan.rates;
        let Some(valid) = row.cover else {
            self.defects.add(Defect::OnAssistance);
            self.public = Some(public_expense("12", &mut self.dice));
            return;
        };
        if row.from > self.on {
            self.defects.add(Defect::NotYetRegistered);
            self.stated.insured = Some(valid);
            return;
        }
        if self.draw(rates.public_expense_only, Defect::PublicExpenseOnly) {
            self.public = Some(public_expense("21", &mut self.dice));
            return;
        }
        if self.draw(rates.junk_number, Defect::JunkNumber) {
            return;
        }
        self.stated.insured = Some(valid);
        self.stated.branch = row.branch;
        let before = rows
            .iter()
            .rev()
            .find(|old| old.to < self.service.0 && old.cover.is_some_and(|number| number != valid));
        if let Some((old, number)) = before.and_then(|old| Some((old, old.cover?)))
            && self.dice.chance(rates.old_number)
        {
            self.state_old(population, number, old.branch, valid);
        } else if self.draw(rates.wrong_number, Defect::WrongNumber) {
            self.stated.insured = Some(population.insurers.mistyped(valid, &mut self.dice));
        }
        if self.stated.branch.is_some()
            && !self.defects.has(Defect::NumberCorrected)
            && self.draw(rates.branch_missing, Defect::BranchMissing)
        {
            self.stated.branch = None;
        }
    }

    /// The old number instead of the valid one; in claim files SN may correct it, if each of its fields can.
    fn state_old(
        &mut self,
        population: &Population,
        old: Insured,
        branch: Option<u8>,
        valid: Insured,
    ) {
        let insurers = &population.insurers;
        let symbol = insurers.symbol(old);
        let correctable = symbol.is_empty() || !insurers.symbol(valid).is_empty();
        if self.source == Source::Uke
            && correctable
            && self.draw(population.plan.rates.sn_correction, Defect::NumberCorrected)
        {
            self.outdated = Some(Outdated {
                insurer: uke_insurer(insurers.code(old.insurer)),
                symbol: spelling::full_width(&symbol),
                number: spelling::full_width(&insurers.number(old)),
            });
        } else {
            self.defects.add(Defect::OldNumber);
            self.stated.insured = Some(old);
            self.stated.branch = branch;
        }
    }

    /// Writes the number part as the source spells it.
    pub(super) fn spell_number(&mut self, population: &Population) {
        if self.defects.has(Defect::JunkNumber) {
            self.spell_junk(population);
            return;
        }
        let Some(insured) = self.stated.insured else {
            return;
        };
        let insurers = &population.insurers;
        let code = insurers.code(insured.insurer);
        if self.outdated.is_some() {
            code.clone_into(&mut self.raw.insurer);
            self.raw.symbol = insurers.symbol(insured);
            self.raw.number = insurers.number(insured);
            self.raw.branch = branch_text(self.stated.branch);
            return;
        }
        self.spell_insurer(population, code);
        let symbol = insurers.symbol(insured);
        let number = insurers.number(insured);
        self.spell_symbol_and_number(population, symbol, number);
        self.spell_branch(population);
    }

    fn spell_insurer(&mut self, population: &Population, code: &str) {
        let municipal = code.strip_prefix("00");
        self.raw.insurer = match (self.source, municipal) {
            (Source::Uke, Some(_)) => {
                self.defects.add(Defect::InsurerShort);
                uke_insurer(code)
            }
            (Source::Csv, Some(short))
                if self.draw(population.plan.rates.insurer_short, Defect::InsurerShort) =>
            {
                if self.dice.chance(0.3) {
                    uke_insurer(code)
                } else {
                    short.to_owned()
                }
            }
            (Source::Uke | Source::Csv, _) => code.to_owned(),
        };
    }

    fn spell_symbol_and_number(
        &mut self,
        population: &Population,
        mut symbol: String,
        mut number: String,
    ) {
        let rates = &population.plan.rates;
        let bare = spelling::without_leading_zeros(&number).to_owned();
        if bare != number && self.draw(rates.zeros_stripped, Defect::ZerosStripped) {
            number = bare;
        }
        let hyphens = symbol.contains('-') || number.contains('-');
        let mut hyphen = None;
        if hyphens && self.draw(rates.hyphen_dropped, Defect::HyphenDropped) {
            symbol = symbol.replace('-', "");
            number = number.replace('-', "");
        } else if hyphens && self.draw(rates.hyphen_form, Defect::HyphenForm) {
            hyphen = self.dice.pick(&["\u{2212}", "\u{2010}", "\u{2015}"]);
        }
        let wide = match self.source {
            Source::Uke => rates.full_width_uke,
            Source::Csv => rates.full_width_csv,
        };
        if self.draw(wide, Defect::FullWidth) {
            symbol = spelling::full_width(&symbol);
            number = spelling::full_width(&number);
        }
        if let Some(form) = hyphen {
            symbol = symbol.replace(['-', '\u{FF0D}'], form);
            number = number.replace(['-', '\u{FF0D}'], form);
        }
        if self.draw(rates.number_space, Defect::NumberSpace) {
            let wide = self.defects.has(Defect::FullWidth);
            number.insert(0, if wide { '\u{3000}' } else { ' ' });
        }
        self.raw.symbol = symbol;
        self.raw.number = number;
    }

    fn spell_branch(&mut self, population: &Population) {
        let Some(branch) = self.stated.branch else {
            return;
        };
        self.raw.branch = branch_text(Some(branch));
        if self.source == Source::Csv
            && self.draw(population.plan.rates.branch_form, Defect::BranchForm)
        {
            self.raw.branch = if self.dice.chance(0.5) {
                branch.to_string()
            } else {
                spelling::full_width(&self.raw.branch)
            };
        }
    }

    fn spell_junk(&mut self, population: &Population) {
        let (insurer, symbol, number) = self.dice.pick(JUNK).unwrap_or((None, "", "9"));
        let own = population
            .rows_of(self.person)
            .iter()
            .find_map(|row| row.cover)
            .map_or("", |insured| population.insurers.code(insured.insurer));
        self.raw.insurer = insurer.unwrap_or(own).to_owned();
        symbol.clone_into(&mut self.raw.symbol);
        number.clone_into(&mut self.raw.number);
    }
}

/// Municipal insurance stands in claim files as six digits after two spaces.
fn uke_insurer(code: &str) -> String {
    match code.strip_prefix("00") {
        Some(short) => format!("  {short}"),
        None => code.to_owned(),
    }
}

/// The branch as the register writes it.
pub(crate) fn branch_text(branch: Option<u8>) -> String {
    branch.map_or_else(String::new, |branch| format!("{branch:02}"))
}
