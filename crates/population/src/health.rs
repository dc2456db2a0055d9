//! What people suffer from and are treated with: enough for questions whose answers differ between groups.

use jiff::civil::Date;

use crate::dice::{Dice, Topic};
use crate::population::{Person, Population};

pub(crate) struct Condition {
    /// ICD-10.
    pub(crate) code: &'static str,
    /// 傷病名コード of a claim file.
    pub(crate) claim_code: &'static str,
    /// A DPC-like code of a stay because of it.
    pub(crate) stay: &'static str,
    /// ATC.
    drugs: &'static [&'static str],
    /// Share of the people under 40, under 65, and older.
    shares: [f64; 3],
}

/// Type 2 diabetes stands first; [`Health::diabetic`] relies on it.
const CONDITIONS: &[Condition] = &[
    condition(
        "E11",
        "2500015",
        "100071xx99x100",
        &["A10BA02", "A10BH01"],
        [0.01, 0.08, 0.18],
    ),
    condition(
        "I10",
        "8833421",
        "050130xx9900xx",
        &["C08CA01", "C09CA06"],
        [0.01, 0.18, 0.45],
    ),
    condition(
        "E78",
        "2724016",
        "050050xx99000x",
        &["C10AA05", "C10AA07"],
        [0.01, 0.14, 0.28],
    ),
    condition(
        "J45",
        "4939008",
        "040100xxxxx00x",
        &["R03AK07", "R03DC03"],
        [0.06, 0.04, 0.05],
    ),
    condition(
        "K21",
        "5301009",
        "060130xx99000x",
        &["A02BC05", "A02BC08"],
        [0.02, 0.08, 0.14],
    ),
    condition(
        "M54",
        "7245004",
        "070343xx99x00x",
        &["M01AB05", "M02AA13"],
        [0.04, 0.12, 0.22],
    ),
    condition(
        "N18",
        "8842029",
        "110280xx99000x",
        &["B03XA02", "C09CA06"],
        [0.002, 0.02, 0.09],
    ),
    condition(
        "F32",
        "2961001",
        "170040xx99000x",
        &["N06AB10", "N06AX11"],
        [0.02, 0.05, 0.04],
    ),
];

/// What brings people without a lasting condition to a doctor.
const COLD: Condition = condition(
    "J06",
    "4659007",
    "0400801199x00x",
    &["N02BE01"],
    [1.0, 1.0, 1.0],
);

/// An SGLT2 inhibitor, which a third of the diabetics take and which lowers `HbA1c`.
const SGLT2: &str = "A10BK01";

const fn condition(
    code: &'static str,
    claim_code: &'static str,
    stay: &'static str,
    drugs: &'static [&'static str],
    shares: [f64; 3],
) -> Condition {
    Condition {
        code,
        claim_code,
        stay,
        drugs,
        shares,
    }
}

/// The lasting conditions of one person.
pub(crate) struct Health {
    conditions: Vec<&'static Condition>,
    diabetic: bool,
    sglt2: bool,
}

impl Population {
    pub(crate) fn health(&self, person: Person) -> Health {
        let mut dice = Dice::new(self.plan.seed, Topic::Health, u64::from(person.0));
        let age = self.age(person);
        let group = match age {
            ..40 => 0,
            40..65 => 1,
            _ => 2,
        };
        let conditions: Vec<&Condition> = CONDITIONS
            .iter()
            .filter(|condition| {
                let share = condition.shares.get(group).copied().unwrap_or(0.0);
                dice.chance(share)
            })
            .collect();
        let diabetic = conditions.iter().any(|condition| condition.code == "E11");
        Health {
            diabetic,
            sglt2: diabetic && dice.chance(0.35),
            conditions,
        }
    }

    /// Full years of age on the first day of the claims; 0 for the unborn.
    pub(crate) fn age(&self, person: Person) -> i16 {
        let first = self.plan.month(0).unwrap_or(Date::MIN);
        self.individual(person).map_or(0, |individual| {
            let birth = individual.birth;
            let before = (first.month(), first.day()) < (birth.month(), birth.day());
            let years = first.year().saturating_sub(birth.year());
            years.saturating_sub(i16::from(before)).max(0)
        })
    }

    /// `40-44`; `90+`.
    pub(crate) fn age_band(&self, person: Person) -> String {
        let low = self.age(person) / 5_i16;
        let low = low.saturating_mul(5);
        if low >= 90 {
            "90+".to_owned()
        } else {
            format!("{low}-{}", low.saturating_add(4))
        }
    }

    /// A month of the claims, not before the month of birth; `None` for those born later.
    pub(crate) fn month_of_care(&self, person: Person, dice: &mut Dice) -> Option<Date> {
        let birth = self.individual(person)?.birth;
        let mut first = 0_u8;
        while self.plan.month(first)?.last_of_month() < birth {
            first = first.checked_add(1)?;
        }
        let left = self
            .plan
            .months
            .checked_sub(first)
            .filter(|left| *left > 0)?;
        let offset = u8::try_from(dice.below(u32::from(left))).ok()?;
        self.plan.month(first.checked_add(offset)?)
    }
}

impl Health {
    pub(crate) fn draw_condition(&self, dice: &mut Dice) -> &'static Condition {
        if dice.chance(0.25) {
            return &COLD;
        }
        dice.pick(&self.conditions).unwrap_or(&COLD)
    }

    pub(crate) fn draw_drug(&self, condition: &Condition, dice: &mut Dice) -> &'static str {
        if condition.code == "E11" && self.sglt2 && dice.chance(0.6) {
            return SGLT2;
        }
        dice.pick(condition.drugs).unwrap_or("N02BE01")
    }

    /// `HbA1c` in tenths of a per cent: about 5.5 without diabetes, 7.6 with, 7.0 under an SGLT2 inhibitor.
    pub(crate) fn draw_hba1c(&self, dice: &mut Dice) -> String {
        let (middle, spread) = match (self.diabetic, self.sglt2) {
            (false, _) => (55_u32, 3),
            (true, false) => (76, 6),
            (true, true) => (70, 6),
        };
        let noise = dice.below(spread).saturating_add(dice.below(spread));
        let tenths = middle.saturating_sub(spread).saturating_add(noise);
        format!("{}.{}", tenths / 10, tenths % 10)
    }

    pub(crate) fn is_diabetic(&self) -> bool {
        self.diabetic
    }
}

/// `2021-05`.
pub(crate) fn month_text(month: Date) -> String {
    format!("{:04}-{:02}", month.year(), month.month())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_codes_that_begin_with_a_letter_and_differ() {
        let mut codes: Vec<&str> = CONDITIONS.iter().map(|c| c.code).collect();
        assert!(
            codes
                .iter()
                .all(|c| c.starts_with(|l: char| l.is_ascii_uppercase()))
        );
        assert_eq!(codes[0], "E11");
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), CONDITIONS.len());
    }
}
