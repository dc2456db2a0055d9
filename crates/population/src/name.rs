//! Names with their readings and weights: `data/*.tsv`, whose sources are in `data/NOTICE.md`.

use crate::dice::Dice;
use crate::spelling;

/// 性別: sex as registers and claims code it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sex {
    /// 男, code 1.
    Male,
    /// 女, code 2.
    Female,
}

impl Sex {
    /// The code of registers and claims.
    pub fn code(self) -> &'static str {
        match self {
            Self::Male => "1",
            Self::Female => "2",
        }
    }
}

/// A family name: index into the Japanese names, or with the top bit set into the foreign ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Family(u16);

impl Family {
    pub(crate) fn is_foreign(self) -> bool {
        self.0 & FOREIGN != 0
    }

    fn index(self) -> usize {
        usize::from(self.0 & !FOREIGN)
    }
}

/// A given name: index into the names of a sex, Japanese or foreign as the family name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Given(u16);

const FOREIGN: u16 = 0x8000;

struct Surname {
    kanji: &'static str,
    kana: &'static str,
}

struct GivenName {
    kana: &'static str,
    kanji: Vec<&'static str>,
}

struct GivenNames {
    japanese: Vec<GivenName>,
    cumulative: Vec<u32>,
    foreign: Vec<&'static str>,
}

/// The tables of names.
pub(crate) struct Names {
    surnames: Vec<Surname>,
    cumulative: Vec<u32>,
    foreign: Vec<&'static str>,
    male: GivenNames,
    female: GivenNames,
}

impl Names {
    pub(crate) fn new() -> Self {
        let mut surnames = Vec::new();
        let mut cumulative = Vec::new();
        let mut sum = 0_u32;
        for line in include_str!("../data/surnames.tsv").lines() {
            let mut cells = line.split('\t');
            if let (Some(kanji), Some(kana), Some(weight)) =
                (cells.next(), cells.next(), cells.next())
            {
                sum = sum.saturating_add(weight.parse().unwrap_or(0));
                surnames.push(Surname { kanji, kana });
                cumulative.push(sum);
            }
        }
        let foreign = |kind: &str| {
            include_str!("../data/foreign.tsv")
                .lines()
                .filter_map(|line| line.split_once('\t'))
                .filter(|(of, _)| *of == kind)
                .map(|(_, kana)| kana)
                .collect::<Vec<_>>()
        };
        Self {
            surnames,
            cumulative,
            foreign: foreign("family"),
            male: GivenNames::parse(include_str!("../data/given_male.tsv"), foreign("male")),
            female: GivenNames::parse(include_str!("../data/given_female.tsv"), foreign("female")),
        }
    }

    pub(crate) fn draw_family(&self, dice: &mut Dice) -> Family {
        Family(u16::try_from(dice.weighted(&self.cumulative)).unwrap_or(0))
    }

    pub(crate) fn draw_foreign_family(&self, dice: &mut Dice) -> Family {
        let bound = u32::try_from(self.foreign.len()).unwrap_or(0);
        Family(FOREIGN | u16::try_from(dice.below(bound)).unwrap_or(0))
    }

    pub(crate) fn draw_given(&self, dice: &mut Dice, sex: Sex, foreign: bool) -> Given {
        let names = self.given(sex);
        let index = if foreign {
            let bound = u32::try_from(names.foreign.len()).unwrap_or(0);
            usize::try_from(dice.below(bound)).unwrap_or(0)
        } else {
            dice.weighted(&names.cumulative)
        };
        Given(u16::try_from(index).unwrap_or(0))
    }

    /// The name as registers write it: full-width katakana with small kana, a full-width space between the names.
    pub(crate) fn kana(&self, family: Family, given: Given, sex: Sex) -> String {
        format!(
            "{}\u{3000}{}",
            self.family_kana(family),
            self.given_kana(family, given, sex)
        )
    }

    pub(crate) fn family_kana(&self, family: Family) -> &'static str {
        if family.is_foreign() {
            self.foreign.get(family.index()).copied().unwrap_or("")
        } else {
            self.surnames
                .get(family.index())
                .map_or("", |name| name.kana)
        }
    }

    fn given_kana(&self, family: Family, given: Given, sex: Sex) -> &'static str {
        let names = self.given(sex);
        let index = usize::from(given.0);
        if family.is_foreign() {
            names.foreign.get(index).copied().unwrap_or("")
        } else {
            names.japanese.get(index).map_or("", |name| name.kana)
        }
    }

    /// The name as claims write it in RE-4, in kanji (foreigners: in kana); `form` chooses among the spellings.
    pub(crate) fn kanji(&self, family: Family, given: Given, sex: Sex, form: u32) -> String {
        if family.is_foreign() {
            return self.kana(family, given, sex);
        }
        let surname = self
            .surnames
            .get(family.index())
            .map_or("", |name| name.kanji);
        let given = self
            .given(sex)
            .japanese
            .get(usize::from(given.0))
            .and_then(|name| {
                let count = u32::try_from(name.kanji.len()).ok()?;
                let index = form.checked_rem(count)?;
                name.kanji.get(usize::try_from(index).ok()?).copied()
            })
            .unwrap_or("");
        format!("{surname}\u{3000}{given}")
    }

    fn given(&self, sex: Sex) -> &GivenNames {
        match sex {
            Sex::Male => &self.male,
            Sex::Female => &self.female,
        }
    }
}

impl GivenNames {
    fn parse(text: &'static str, foreign: Vec<&'static str>) -> Self {
        let mut japanese = Vec::new();
        let mut cumulative = Vec::new();
        let mut sum = 0_u32;
        for line in text.lines() {
            let mut cells = line.split('\t');
            if let (Some(kana), Some(weight), Some(kanji)) =
                (cells.next(), cells.next(), cells.next())
            {
                sum = sum.saturating_add(weight.parse().unwrap_or(0));
                let kanji = kanji.split(',').collect();
                japanese.push(GivenName { kana, kanji });
                cumulative.push(sum);
            }
        }
        Self {
            japanese,
            cumulative,
            foreign,
        }
    }
}

/// What stays of a register's kana when only spelling differs: no spaces and middle dots, no small kana.
///
/// The generator's own rule for its truth, on purpose not the rule of the linking code.
pub(crate) fn bare(kana: &str) -> String {
    kana.chars()
        .filter(|c| !matches!(c, '\u{3000}' | ' ' | '・'))
        .map(spelling::large)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dice::Topic;

    #[test]
    fn every_line_of_the_tables_is_read() {
        let names = Names::new();
        assert_eq!(names.surnames.len(), 1200);
        assert_eq!(names.male.japanese.len(), 450);
        assert_eq!(names.female.japanese.len(), 450);
        assert_eq!(names.foreign.len(), 20);
        assert!(names.male.foreign.len() >= 12 && names.female.foreign.len() >= 12);
        assert!(names.surnames.iter().all(|name| !name.kana.is_empty()));
    }

    #[test]
    fn frequent_surnames_are_drawn_by_their_weight() {
        let names = Names::new();
        let mut dice = Dice::new(1, Topic::Household, 0);
        let sato = (0..20_000)
            .filter(|_| names.family_kana(names.draw_family(&mut dice)) == "サトウ")
            .count();
        assert!(
            (330..530).contains(&sato),
            "{sato} of 20000, expected about 2.1 %"
        );
    }

    #[test]
    fn bare_kana_ignores_spelling_and_nothing_else() {
        assert_eq!(bare("キョウ\u{3000}ハッコ"), "キヨウハツコ");
        assert_eq!(bare("ダ・シルバ\u{3000}アナ"), "ダシルバアナ");
        assert_ne!(bare("カトウ\u{3000}アキ"), bare("ガトウ\u{3000}アキ"));
        assert_ne!(bare("レー\u{3000}ウェイ"), bare("レ\u{3000}ウェイ"));
    }
}
