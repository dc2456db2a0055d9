//! Names of the fields of a registered or asked-for identity, as they stand in headers, reasons and reports.

use std::fmt;

/// One field of an identity; the name is the column name of the registry file and of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The registry's own key of a person.
    Person,
    /// 被保険者番号等 as a whole.
    Insured,
    /// 保険者番号.
    Insurer,
    /// 記号.
    Symbol,
    /// 番号.
    Number,
    /// 枝番.
    Branch,
    /// カナ氏名.
    Kana,
    /// 生年月日.
    BirthDate,
    /// 性別.
    Sex,
    /// First day of validity.
    ValidFrom,
    /// Last day of validity.
    ValidTo,
    /// 診療日 or 診療年月.
    Service,
}

impl Field {
    /// The name in files and reasons. The number as a whole is `number`, as in `number:not_found`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Insured | Self::Number => "number",
            Self::Insurer => "insurer",
            Self::Symbol => "symbol",
            Self::Branch => "branch",
            Self::Kana => "kana",
            Self::BirthDate => "birth_date",
            Self::Sex => "sex",
            Self::ValidFrom => "valid_from",
            Self::ValidTo => "valid_to",
            Self::Service => "service",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
