//! Why a text has no canonical form.

/// Why a text has no canonical form: the first rule it breaks, in the order of the profile's text.
///
/// The names are part of the profile (answers carry them, conformance compares them). A reject never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[error("not accepted: {}", self.name())]
pub enum Reject {
    /// A character that the form doesn't know.
    Character,
    /// A voiced or other combining mark that belongs to no character.
    Mark,
    /// Nothing is left.
    Empty,
    /// The long mark ー stands first.
    LongMarkFirst,
    /// Too long, or not of the one length that is allowed.
    Length,
    /// A day that doesn't exist, or one before 1868-01-25.
    Date,
    /// A day after the given today.
    Future,
    /// A day outside the era (元号) it is written in.
    Era,
    /// None of the ways a date may be written.
    Form,
    /// Neither male nor female.
    Sex,
}

impl Reject {
    /// Every reject, in the order of the profile.
    pub const ALL: [Self; 10] = [
        Self::Character,
        Self::Mark,
        Self::Empty,
        Self::LongMarkFirst,
        Self::Length,
        Self::Date,
        Self::Future,
        Self::Era,
        Self::Form,
        Self::Sex,
    ];

    /// Codes that [`Reject::code`] returns, with the names of their details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("identity.reject.character", &[]),
        ("identity.reject.mark", &[]),
        ("identity.reject.empty", &[]),
        ("identity.reject.long_mark_first", &[]),
        ("identity.reject.length", &[]),
        ("identity.reject.date", &[]),
        ("identity.reject.future", &[]),
        ("identity.reject.era", &[]),
        ("identity.reject.form", &[]),
        ("identity.reject.sex", &[]),
    ];

    /// The name in answers and vectors: `character`, `mark`, `empty`, `long mark first`, …
    pub const fn name(self) -> &'static str {
        match self {
            Self::Character => "character",
            Self::Mark => "mark",
            Self::Empty => "empty",
            Self::LongMarkFirst => "long mark first",
            Self::Length => "length",
            Self::Date => "date",
            Self::Future => "future",
            Self::Era => "era",
            Self::Form => "form",
            Self::Sex => "sex",
        }
    }

    /// The reject of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reject| reject.name() == name)
    }

    /// Stable code for the message catalogue.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Character => "identity.reject.character",
            Self::Mark => "identity.reject.mark",
            Self::Empty => "identity.reject.empty",
            Self::LongMarkFirst => "identity.reject.long_mark_first",
            Self::Length => "identity.reject.length",
            Self::Date => "identity.reject.date",
            Self::Future => "identity.reject.future",
            Self::Era => "identity.reject.era",
            Self::Form => "identity.reject.form",
            Self::Sex => "identity.reject.sex",
        }
    }

    /// A reject says nothing but its name: the text belongs to a person.
    pub const fn details(self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Exit code: bad input.
    pub const fn exit(self) -> u8 {
        2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reject_is_found_by_its_name() {
        for reject in Reject::ALL {
            assert_eq!(Reject::from_name(reject.name()), Some(reject));
        }
        assert_eq!(Reject::from_name("long_mark_first"), None);
        assert_eq!(Reject::from_name(""), None);
    }

    #[test]
    fn the_codes_are_listed_in_order() {
        let codes: Vec<&str> = Reject::ALL.into_iter().map(Reject::code).collect();
        let listed: Vec<&str> = Reject::CODES.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes, listed);
    }
}
