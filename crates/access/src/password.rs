//! The password rule of 4-3-4①: every password has at least 8 characters with letters, digits and symbols, and is hard to guess.
//! Ours asks for 13, from which on the guideline never asks for a change.

use std::fmt;

use jiff::ToSpan as _;
use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;
use zxcvbn::{Score, zxcvbn};

use crate::Factors;

/// What the guideline asks for at least.
pub const GUIDELINE: usize = 8;
/// From here on nothing is changed periodically; what we ask for unless a site sets less.
pub const LONG: usize = 13;
/// What we take at most: a sentence, and no load on the hash.
pub const LONGEST: usize = 128;
/// One composed character comes from no more than this many.
const PARTS: usize = 4;

/// A password as it was typed, in NFC: keyboards and systems spell が in two ways, and both sign in.
///
/// It is not printed:
/// ```
/// let password = renketsu_access::password::Password::new("kaki-no-ha 7!");
/// assert_eq!(format!("{password:?}"), "Password(..)");
/// ```
/// ```compile_fail,E0277
/// let password = renketsu_access::password::Password::new("kaki-no-ha 7!");
/// println!("{password}");
/// ```
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes what was typed, of any length: what is too long stays too long, and nothing more of it is looked at.
    pub fn new(typed: &str) -> Self {
        let most = LONGEST.saturating_add(1);
        // Room for all of it, so that no part is left behind where the text grew.
        let room = most
            .saturating_mul(PARTS)
            .min(typed.len().saturating_mul(3));
        let mut text = Zeroizing::new(String::with_capacity(room));
        let typed = typed.chars().take(most.saturating_mul(PARTS));
        text.extend(typed.nfc().take(most));
        Self(text)
    }

    /// For the hash.
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn length(&self) -> usize {
        self.0.chars().count()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password(..)")
    }
}

/// What a password lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weakness {
    /// Too easily guessed, with the person's and the site's names at hand.
    Guessable,
    /// No digit (0–9).
    NoDigit,
    /// No letter (A–Z, a–z).
    NoLetter,
    /// No symbol of ASCII.
    NoSymbol,
    /// More characters than are taken.
    TooLong,
    /// Fewer characters than are asked for.
    TooShort,
}

impl Weakness {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("access.password.guessable", &[]),
        ("access.password.no-digit", &[]),
        ("access.password.no-letter", &[]),
        ("access.password.no-symbol", &[]),
        ("access.password.too-long", &["most"]),
        ("access.password.too-short", &["least"]),
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Guessable => "access.password.guessable",
            Self::NoDigit => "access.password.no-digit",
            Self::NoLetter => "access.password.no-letter",
            Self::NoSymbol => "access.password.no-symbol",
            Self::TooLong => "access.password.too-long",
            Self::TooShort => "access.password.too-short",
        }
    }

    /// Named values for the message, by the rule it was held against.
    pub fn details(self, rule: Rule) -> Vec<(&'static str, String)> {
        match self {
            Self::TooShort => vec![("least", rule.least.to_string())],
            Self::TooLong => vec![("most", LONGEST.to_string())],
            Self::Guessable | Self::NoDigit | Self::NoLetter | Self::NoSymbol => Vec::new(),
        }
    }
}

/// A password that is refused: all that it lacks, in the order of the codes, and nothing of the password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the password lacks {} of the things asked for", lacks.len())]
pub struct Weak {
    /// What it lacks.
    pub lacks: Vec<Weakness>,
}

/// How long an accepted password is: what the guideline makes of it where no second factor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LengthClass {
    /// 8 to 12 characters: changed every two months on one factor.
    Short,
    /// 13 or more: never asked to change.
    Long,
}

impl LengthClass {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Long => "long",
        }
    }
}

/// What a site asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    least: usize,
}

impl Default for Rule {
    fn default() -> Self {
        Self { least: LONG }
    }
}

impl Rule {
    /// With another least length: none below the guideline's, none above half of what is taken.
    pub fn with_least(least: usize) -> Option<Self> {
        (GUIDELINE..=LONGEST / 2)
            .contains(&least)
            .then_some(Self { least })
    }

    /// How many characters are asked for.
    pub fn least(self) -> usize {
        self.least
    }

    /// Holds a password against the rule. `names` are the person's and the site's, as they are written and read.
    pub fn check(self, password: &Password, names: &[&str]) -> Result<LengthClass, Weak> {
        let text = password.expose();
        let length = password.length();
        let lacks = [
            (Weakness::TooShort, length < self.least),
            (Weakness::TooLong, length > LONGEST),
            // 英数字、記号: of ASCII. Other writing is welcome besides; it stands for none of the three.
            (
                Weakness::NoLetter,
                !text.contains(|c: char| c.is_ascii_alphabetic()),
            ),
            (
                Weakness::NoDigit,
                !text.contains(|c: char| c.is_ascii_digit()),
            ),
            (
                Weakness::NoSymbol,
                !text.contains(|c: char| c.is_ascii_punctuation()),
            ),
            (Weakness::Guessable, is_guessable(text, names)),
        ];
        let lacks = lacks.into_iter().filter(|(_, lacking)| *lacking);
        let mut lacks: Vec<Weakness> = lacks.map(|(weakness, _)| weakness).collect();
        lacks.sort();
        if !lacks.is_empty() {
            return Err(Weak { lacks });
        }
        Ok(if length < LONG {
            LengthClass::Short
        } else {
            LengthClass::Long
        })
    }
}

/// zxcvbn knows no Japanese: a name is given to it as it is written, each of its parts too.
fn is_guessable(text: &str, names: &[&str]) -> bool {
    let mut words: Vec<String> = Vec::new();
    for name in names {
        let name: String = name.nfc().collect();
        words.extend(
            name.split(|c: char| !c.is_alphanumeric())
                .filter(|part| part.chars().count() > 1)
                .map(str::to_owned),
        );
        words.push(name.chars().filter(|c| c.is_alphanumeric()).collect());
        words.push(name);
    }
    words.retain(|word| !word.is_empty());
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    zxcvbn(text, &words).score() < Score::Three
}

/// When a password has to be changed, if ever: with a second factor never (4-3-4①, ASVS 6.2.10); on one factor two months after it
/// was set, unless it is long. The last day of a shorter month stands for the day it hasn't.
pub fn due(set: Date, factors: Factors, class: LengthClass) -> Option<Date> {
    match (factors, class) {
        (Factors::Two, _) | (_, LengthClass::Long) => None,
        (Factors::One | Factors::OneByException, LengthClass::Short) => {
            Some(set.checked_add(2.months()).unwrap_or(Date::MAX))
        }
    }
}

/// Whether it has to be changed before anything else is done.
pub fn is_due(set: Date, today: Date, factors: Factors, class: LengthClass) -> bool {
    due(set, factors, class).is_some_and(|due| today >= due)
}
