//! Sex as registers and claims write it.

use crate::profile::{fold_width, is_space};
use crate::redacted::redacted_debug;
use crate::reject::Reject;

/// Sex (性別) as far as a kana ID knows it; every other entry has no kana ID.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sex {
    /// 男
    Male,
    /// 女
    Female,
}

redacted_debug!(Sex);

impl Sex {
    /// Canonical form of `1 m male 男` and `2 f female 女`, in any width and case.
    ///
    /// # Errors
    /// [`Reject::Sex`] for everything else, also when nothing is there.
    pub fn parse(text: &str) -> Result<Self, Reject> {
        match text {
            "1" => return Ok(Self::Male),
            "2" => return Ok(Self::Female),
            _ => {}
        }
        let folded: String = text
            .chars()
            .filter(|c| !is_space(*c))
            .map(|c| fold_width(c).to_ascii_lowercase())
            .collect();
        match folded.as_str() {
            "1" | "m" | "male" | "男" => Ok(Self::Male),
            "2" | "f" | "female" | "女" => Ok(Self::Female),
            _ => Err(Reject::Sex),
        }
    }

    /// `"1"` male, `"2"` female.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Male => "1",
            Self::Female => "2",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_case_and_spaces_do_not_matter() {
        assert_eq!(Sex::parse(" ｆＥmale\u{3000}"), Ok(Sex::Female));
        assert_eq!(Sex::parse("Ｍ"), Ok(Sex::Male));
    }

    #[test]
    fn everything_else_has_no_sex() {
        for text in ["", "0", "3", "9", "12", "男性", "ſ", "①", "w", "male\n"] {
            assert_eq!(Sex::parse(text), Err(Reject::Sex), "{text:?}");
        }
    }
}
