//! The troubles an input row can have.

/// The part of a row a trouble befalls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// 生年月日.
    BirthDate,
    /// 枝番.
    Branch,
    /// カナ氏名.
    Kana,
    /// 保険者番号, 記号, 番号.
    Number,
    /// 性別.
    Sex,
}

macro_rules! defects {
    ($($(#[$doc:meta])* $name:ident, $word:literal, $part:ident, $spelling:literal;)*) => {
        /// One trouble of an input row.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Defect {
            $($(#[$doc])* $name,)*
        }

        impl Defect {
            /// Every defect, spelling first.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// A stable name in lower case.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The part of the row it befalls.
            pub fn part(self) -> Part {
                match self { $(Self::$name => Part::$part,)* }
            }

            /// Whether the row still says the same: only width, spaces, hyphens, leading zeros or a date's form differ.
            pub fn is_spelling(self) -> bool {
                match self { $(Self::$name => $spelling,)* }
            }
        }
    };
}

defects! {
    /// Kana in half width.
    HalfWidthKana, "half-width kana", Kana, true;
    /// Kana in hiragana.
    Hiragana, "hiragana", Kana, true;
    /// No space between the names.
    MissingSpace, "missing space", Kana, true;
    /// Small kana written large.
    LargeKana, "large kana", Kana, true;
    /// A dash in place of the long mark.
    LongMarkDash, "dash for long mark", Kana, true;
    /// Symbol and number in full width.
    FullWidth, "full-width number", Number, true;
    /// Another hyphen character.
    HyphenForm, "other hyphen", Number, true;
    /// Hyphens left out.
    HyphenDropped, "hyphen dropped", Number, true;
    /// Leading zeros of the number stripped.
    ZerosStripped, "leading zeros stripped", Number, true;
    /// A space in the number.
    NumberSpace, "space in number", Number, true;
    /// The branch as one digit or in full width.
    BranchForm, "other form of branch", Branch, true;
    /// An insurer's number with six digits.
    InsurerShort, "six-digit insurer", Number, true;
    /// A birth date with a Japanese era.
    EraDate, "era date", BirthDate, true;
    /// A birth date with separators.
    DateSeparators, "date with separators", BirthDate, true;
    /// Sex as a word.
    SexWord, "sex as word", Sex, true;
    /// No branch where the register has one.
    BranchMissing, "branch missing", Branch, false;
    /// No kana.
    KanaMissing, "kana missing", Kana, false;
    /// A typing error in the kana, or another given name.
    WrongKana, "wrong kana", Kana, false;
    /// A placeholder instead of the kana.
    JunkKana, "junk kana", Kana, false;
    /// A typing error in the birth date.
    WrongBirthDate, "wrong birth date", BirthDate, false;
    /// No birth date.
    BirthDateMissing, "birth date missing", BirthDate, false;
    /// No sex, or no valid code.
    SexMissing, "sex missing", Sex, false;
    /// Digits of the number swapped, or one wrong.
    WrongNumber, "wrong number", Number, false;
    /// `9` or another placeholder instead of the number.
    JunkNumber, "junk number", Number, false;
    /// The number before the latest change.
    OldNumber, "old number", Number, false;
    /// An old number in HO that a record SN corrects: the row says the right number.
    NumberCorrected, "old number corrected by sn", Number, false;
    /// An insured person's claim without HO.
    PublicExpenseOnly, "public expense only", Number, false;
    /// The person is on public assistance and has no number.
    OnAssistance, "on public assistance", Number, false;
    /// The claim is older than the person's first row in the register; it carries the family's number.
    NotYetRegistered, "not yet registered", Number, false;
}

/// The troubles of one row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Defects(u32);

impl Defects {
    pub(crate) fn add(&mut self, defect: Defect) {
        self.0 |= 1_u32.wrapping_shl(defect as u32);
    }

    /// Adds the defect if the text changed.
    pub(crate) fn add_if(&mut self, changed: bool, defect: Defect) {
        if changed {
            self.add(defect);
        }
    }

    /// Whether the row has this trouble.
    pub fn has(self, defect: Defect) -> bool {
        self.0 & 1_u32.wrapping_shl(defect as u32) != 0
    }

    /// The troubles of the row, spelling first.
    pub fn iter(self) -> impl Iterator<Item = Defect> {
        Defect::ALL
            .iter()
            .copied()
            .filter(move |defect| self.has(*defect))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_defect_has_its_own_name_and_bit() {
        let names: BTreeSet<_> = Defect::ALL.iter().map(|defect| defect.name()).collect();
        assert_eq!(names.len(), Defect::ALL.len());
        assert!(Defect::ALL.len() <= 32);
        let mut defects = Defects::default();
        defects.add(Defect::LargeKana);
        defects.add_if(false, Defect::EraDate);
        assert_eq!(defects.iter().collect::<Vec<_>>(), [Defect::LargeKana]);
    }
}
