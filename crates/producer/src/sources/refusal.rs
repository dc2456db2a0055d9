//! What a source says of one person that contradicts itself, so that no choice among it would be right.

use serde::{Deserialize, Serialize};

/// Why a record of a source is rejected before its texts are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Refusal {
    /// 生年月日 is given twice, differently.
    BirthDateDiffers,
    /// 枝番 is given twice, differently.
    BranchDiffers,
    /// No row of the 受給者台帳 has this insurer and number of the long-term care insurance (介護保険).
    CareNumberUnknown,
    /// Rows of the 受給者台帳 with this insurer and number say different things.
    CareNumberSeveral,
    /// An identifier of the insured person has none of the forms of JP Core.
    IdentifierForm,
    /// 保険者番号 is given twice, differently.
    InsurerDiffers,
    /// Two insurers are named, and nothing says which is meant.
    InsurerSeveral,
    /// カナ氏名 is given twice, differently.
    KanaDiffers,
    /// 番号 is given twice, differently.
    NumberDiffers,
    /// The person a record refers to is in none of the files.
    PersonUnknown,
    /// The person a record refers to is there more than once, differently; or one document is about several.
    PersonSeveral,
    /// A period ends before it begins.
    PeriodOrder,
    /// The look-up (資格確認) found nobody: 該当なし.
    QualificationNone,
    /// The qualification (資格) is over, and the answer does not say from when it was valid.
    QualificationLapsed,
    /// The look-up (資格確認) found several people: 複数該当.
    QualificationSeveral,
    /// 性別 is given twice, differently.
    SexDiffers,
    /// 記号 is given twice, differently.
    SymbolDiffers,
}

impl Refusal {
    /// `field:reject`, as the reasons of judged texts are written.
    pub fn text(self) -> &'static str {
        match self {
            Self::BirthDateDiffers => "birth_date:differs",
            Self::BranchDiffers => "branch:differs",
            Self::CareNumberUnknown => "care_number:unknown",
            Self::CareNumberSeveral => "care_number:several",
            Self::IdentifierForm => "identifier:form",
            Self::InsurerDiffers => "insurer:differs",
            Self::InsurerSeveral => "insurer:several",
            Self::KanaDiffers => "kana:differs",
            Self::NumberDiffers => "number:differs",
            Self::PersonUnknown => "person:unknown",
            Self::PersonSeveral => "person:several",
            Self::PeriodOrder => "period:order",
            Self::QualificationNone => "qualification:unknown",
            Self::QualificationLapsed => "qualification:lapsed",
            Self::QualificationSeveral => "qualification:several",
            Self::SexDiffers => "sex:differs",
            Self::SymbolDiffers => "symbol:differs",
        }
    }
}
