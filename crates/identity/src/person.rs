//! What a person is known by: an insured number, or kana name with birth date and sex.

use crate::date::BirthDate;
use crate::insured::{Branch, Insurer, Number, Symbol};
use crate::kana::Kana;
use crate::redacted::redacted_debug;
use crate::sex::Sex;

/// Insured number of medical insurance (医療保険被保険者番号等): the input of an ID by number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InsuredNumber {
    /// 保険者番号
    pub insurer: Insurer,
    /// 記号, may be empty
    pub symbol: Symbol,
    /// 番号
    pub number: Number,
    /// 枝番, empty if not stated
    pub branch: Branch,
}

impl InsuredNumber {
    /// Whether the number is that of a household (from before numbers were personal): no branch, and not 後期高齢者医療
    /// (law code 39), whose numbers are personal without one. Such a number can't be a person's first number.
    pub fn is_household(&self) -> bool {
        self.branch.is_empty() && self.insurer.law() != "39"
    }
}

/// Kana name, birth date and sex: the input of an ID by kana.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Triple {
    /// カナ氏名
    pub kana: Kana,
    /// 生年月日
    pub birth: BirthDate,
    /// 性別
    pub sex: Sex,
}

redacted_debug!(InsuredNumber, Triple);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_number_without_branch_outside_law_39_is_a_households() {
        let number = |insurer, branch| InsuredNumber {
            insurer: Insurer::parse(insurer).unwrap(),
            symbol: Symbol::parse("").unwrap(),
            number: Number::parse("1").unwrap(),
            branch: Branch::parse(branch).unwrap(),
        };
        assert!(number("06132013", "").is_household());
        assert!(number("390000", "").is_household(), "law code 00, padded");
        assert!(!number("06132013", "00").is_household());
        assert!(!number("39131107", "").is_household());
    }
}
