//! What a population is made from: its size, its seed, and how often which trouble befalls an input row.

use jiff::civil::Date;

/// The largest population one plan may ask for; keys and insured numbers are unique up to there.
pub const MOST_PERSONS: u32 = 5_000_000;

/// The first day the register knows changes of; before it a person has the one enrolment held on that day.
pub(crate) const HISTORY_FROM: Date = Date::constant(2019, 1, 1);
/// The last day of the generated histories.
pub(crate) const HISTORY_TO: Date = Date::constant(2022, 12, 31);

/// Everything a population depends on. The same plan gives the same bytes in every file, on every platform.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Registered persons, 1 to [`MOST_PERSONS`].
    pub persons: u32,
    /// The seed of every random choice.
    pub seed: u64,
    /// The share of the persons who are patients of the producer's hospitals.
    pub coverage: f64,
    /// First month of the claims: year and month; 2019-01 to 2022-12.
    pub first_month: (i16, i8),
    /// Months of claims; the last is 2022-12 at the latest.
    pub months: u8,
    /// The producer's hospitals, 1 to 500. Those with odd numbers send claim files (UKE), the others CSV.
    pub hospitals: u16,
    /// How often which trouble befalls an input row.
    pub rates: Rates,
}

impl Plan {
    /// The usual plan: 40 % of the persons are the producer's patients, 12 months from April 2021, one hospital
    /// for 5,000 persons (2 to 40, an even number), default rates.
    pub fn new(persons: u32, seed: u64) -> Self {
        let pairs = persons.div_ceil(10_000).clamp(1, 20);
        Self {
            persons,
            seed,
            coverage: 0.40,
            first_month: (2021, 4),
            months: 12,
            hospitals: u16::try_from(pairs.saturating_mul(2)).unwrap_or(2),
            rates: Rates::default(),
        }
    }

    pub(crate) fn check(&self) -> Result<(), PlanError> {
        if self.persons == 0 || self.persons > MOST_PERSONS {
            return Err(PlanError::Persons {
                persons: self.persons,
            });
        }
        if self.hospitals == 0 || self.hospitals > 500 {
            return Err(PlanError::Hospitals {
                hospitals: self.hospitals,
            });
        }
        let (year, month) = self.first_month;
        let first = Date::new(year, month, 1).ok();
        let last = self.month(self.months.saturating_sub(1));
        let inside = first.is_some_and(|date| date >= HISTORY_FROM)
            && last.is_some_and(|date| date <= HISTORY_TO);
        if self.months == 0 || !inside {
            return Err(PlanError::Months {
                months: self.months,
            });
        }
        let named = self.rates.named();
        for (name, rate) in named.iter().copied().chain([("coverage", self.coverage)]) {
            if !(0.0..=1.0).contains(&rate) {
                return Err(PlanError::Rate { name });
            }
        }
        Ok(())
    }

    /// The first day of the month at `offset` from the first month.
    pub(crate) fn month(&self, offset: u8) -> Option<Date> {
        let (year, month) = self.first_month;
        let count = i16::from(month)
            .checked_sub(1)?
            .checked_add(i16::from(offset))?;
        let year = year.checked_add(count.div_euclid(12))?;
        let month = i8::try_from(count.rem_euclid(12)).ok()?.checked_add(1)?;
        Date::new(year, month, 1).ok()
    }
}

macro_rules! rates {
    ($($(#[$doc:meta])* $name:ident = $default:literal;)*) => {
        /// How often which trouble befalls an input row, each a probability from 0 to 1.
        ///
        /// Spelling rates do not change what a row says; the others do. A trouble that cannot befall a row (a number
        /// without leading zeros has none to lose) is not drawn for it.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Rates {
            $($(#[$doc])* pub $name: f64,)*
        }

        impl Default for Rates {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl Rates {
            /// No trouble at all: every row is written as the register spells it.
            pub fn none() -> Self {
                Self { $($name: 0.0,)* }
            }

            /// Every rate with its name.
            pub fn named(&self) -> Vec<(&'static str, f64)> {
                vec![$((stringify!($name), self.$name),)*]
            }
        }
    };
}

rates! {
    /// Heads of households who share kana, birth date and sex with another household's head.
    homonyms = 0.010;
    /// Births that are twins.
    twins = 0.010;
    /// Households of foreigners, whose long names have middle dots.
    foreigners = 0.023;
    /// Households that are on public assistance (生活保護) at some time, without an insured number.
    public_assistance = 0.017;
    /// Freed numbers that an insurer gives to somebody else two years later or more.
    number_reuse = 0.050;
    /// Spelling: kana in half width.
    half_width_kana = 0.15;
    /// Spelling: kana in hiragana (CSV only).
    hiragana = 0.02;
    /// Spelling: no space between the names in a claim file, the usual case of RE-36.
    missing_space_uke = 0.85;
    /// Spelling: no space between the names in a CSV file.
    missing_space_csv = 0.25;
    /// Spelling: small kana written large, where the name has any.
    large_kana = 0.20;
    /// Spelling: a dash in place of the long mark, where the name has any.
    long_mark_dash = 0.20;
    /// Spelling: symbol and number in full width in a claim file.
    full_width_uke = 0.85;
    /// Spelling: symbol and number in full width in a CSV file.
    full_width_csv = 0.30;
    /// Spelling: another hyphen character, where there is a hyphen.
    hyphen_form = 0.50;
    /// Spelling: no hyphen where the register has one.
    hyphen_dropped = 0.05;
    /// Spelling: leading zeros of the number stripped, where there are any.
    zeros_stripped = 0.05;
    /// Spelling: a space in the number.
    number_space = 0.01;
    /// Spelling: the branch as one digit or in full width, where it is given (CSV only).
    branch_form = 0.10;
    /// Spelling: the insurer's number of municipal insurance with six digits instead of eight.
    insurer_short = 0.60;
    /// Spelling: the birth date with a Japanese era.
    era_date = 0.10;
    /// Spelling: the birth date with separators (CSV only).
    date_separators = 0.40;
    /// Spelling: sex as a word (CSV only).
    sex_word = 0.40;
    /// No branch in the row, where the register has one.
    branch_missing = 0.70;
    /// No kana in a claim file (RE-36 empty).
    kana_missing_uke = 0.10;
    /// No kana in a CSV file.
    kana_missing_csv = 0.02;
    /// A typing error in the kana, or another person's given name.
    wrong_kana = 0.005;
    /// Placeholder instead of kana (●, 9, フメイ１).
    junk_kana = 0.001;
    /// A typing error in the birth date.
    wrong_birth_date = 0.004;
    /// No birth date (CSV only).
    birth_date_missing = 0.002;
    /// No sex, or a code that is neither 1 nor 2.
    sex_missing = 0.003;
    /// Two digits of the number swapped, or one wrong.
    wrong_number = 0.005;
    /// `9` or another placeholder instead of the number.
    junk_number = 0.003;
    /// The number before the latest change, where the person had another.
    old_number = 0.03;
    /// An old number in HO that a record SN corrects (claim files only).
    sn_correction = 0.50;
    /// A claim of public expense only, without HO, though the person is insured.
    public_expense_only = 0.003;
}

/// Why a plan cannot be carried out.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// No persons, or more than [`MOST_PERSONS`].
    #[error("a population of {persons} persons; 1 to {MOST_PERSONS} are possible")]
    Persons {
        /// The number asked for.
        persons: u32,
    },
    /// No hospitals, or more than 500.
    #[error("{hospitals} hospitals; 1 to 500 are possible")]
    Hospitals {
        /// The number asked for.
        hospitals: u16,
    },
    /// The months of the claims leave the years 2019 to 2022.
    #[error("{months} months of claims do not lie within 2019 to 2022")]
    Months {
        /// The number of months asked for.
        months: u8,
    },
    /// A rate that is no probability.
    #[error("the rate `{name}` is not between 0 and 1")]
    Rate {
        /// The field of [`Rates`], or `coverage`.
        name: &'static str,
    },
}

impl PlanError {
    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("population.plan.persons", &["persons", "most"]),
        ("population.plan.hospitals", &["hospitals"]),
        ("population.plan.months", &["months"]),
        ("population.plan.rate", &["name"]),
    ];

    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Persons { .. } => "population.plan.persons",
            Self::Hospitals { .. } => "population.plan.hospitals",
            Self::Months { .. } => "population.plan.months",
            Self::Rate { .. } => "population.plan.rate",
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Persons { persons } => vec![
                ("persons", persons.to_string()),
                ("most", MOST_PERSONS.to_string()),
            ],
            Self::Hospitals { hospitals } => vec![("hospitals", hospitals.to_string())],
            Self::Months { months } => vec![("months", months.to_string())],
            Self::Rate { name } => vec![("name", (*name).to_owned())],
        }
    }

    /// The exit code of a command that fails with this error: usage.
    pub fn exit(&self) -> u8 {
        2
    }
}
