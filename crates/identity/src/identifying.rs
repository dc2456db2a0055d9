//! Judges whether a column of a table looks as if it identified persons, before the table leaves its holder.
//!
//! A judgement, not a proof: it knows the words and shapes that are used for identifiers in Japan and leaves a column
//! alone that merely resembles one (`drug_name`, 傷病名, `birth_year`). Who sends a table stays responsible for it.

mod header;
mod surnames;
mod values;
mod within;

use header::Header;

/// Why a column looks identifying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What the column seems to hold.
    pub reason: Reason,
    /// What gave it away.
    pub evidence: Evidence,
}

/// What gave a column away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// The words of its header.
    Header,
    /// The shape of its values.
    Values,
}

impl Evidence {
    /// Name for reports: `header` or `values`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Values => "values",
        }
    }
}

/// What a column seems to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Address (住所).
    Address,
    /// Full birth date (生年月日).
    BirthDate,
    /// Mail address.
    Email,
    /// Another individual identification code (個人識別符号), as of a passport or pension.
    IdentificationCode,
    /// Insured number or a part of it: symbol, number, branch (被保険者番号等).
    InsuredNumber,
    /// Insurer number (保険者番号).
    Insurer,
    /// My Number (個人番号).
    MyNumber,
    /// Name, in kanji or kana (氏名).
    Name,
    /// Number of a patient at an institution (患者番号, カルテ番号).
    PatientNumber,
    /// Telephone number.
    Phone,
    /// Full postal code (郵便番号), 7 digits.
    PostalCode,
    /// Reference back to the rows or keys of the source.
    RowReference,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 12] = [
        Self::Address,
        Self::BirthDate,
        Self::Email,
        Self::IdentificationCode,
        Self::InsuredNumber,
        Self::Insurer,
        Self::MyNumber,
        Self::Name,
        Self::PatientNumber,
        Self::Phone,
        Self::PostalCode,
        Self::RowReference,
    ];

    /// Whether a place has it as well as a person: a pharmacy has an address, too.
    pub const fn is_of_a_place(self) -> bool {
        matches!(
            self,
            Self::Address | Self::Email | Self::Phone | Self::PostalCode
        )
    }

    /// Name for reports and the message catalogue (`identifying-NAME`).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::BirthDate => "birth_date",
            Self::Email => "email",
            Self::IdentificationCode => "identification_code",
            Self::InsuredNumber => "insured_number",
            Self::Insurer => "insurer",
            Self::MyNumber => "my_number",
            Self::Name => "name",
            Self::PatientNumber => "patient_number",
            Self::Phone => "phone",
            Self::PostalCode => "postal_code",
            Self::RowReference => "row_reference",
        }
    }
}

/// Judges a column by its header, then by a sample of its values (blank ones don't count).
///
/// A share of the values decides, so a sample of some hundred is enough; below three values only shapes that hardly
/// occur by chance count.
pub fn judge(name: &str, sample: &[&str]) -> Option<Finding> {
    let header = Header::new(name);
    let values = values::Values::new(sample);
    let by_header = header.reason().filter(|reason| {
        // Three digits of a postal code name a district, not a street.
        *reason != Reason::PostalCode || values.is_empty() || values.any_full_postal_code()
    });
    match by_header {
        Some(reason) => Some(Finding {
            reason,
            evidence: Evidence::Header,
        }),
        None => values.reason(&header).map(|reason| Finding {
            reason,
            evidence: Evidence::Values,
        }),
    }
}

/// Judges one text that somebody wrote about a column or a code, where one identifying text is enough: only what hardly
/// occurs by chance counts, and a name only if the text calls it a person's (`患者山田太郎`, `鈴木一郎様`).
pub fn judge_text(name: &str, text: &str) -> Option<Finding> {
    let reason = values::Values::new(&[text]).one_reason(&Header::new(name))?;
    Some(Finding {
        reason,
        evidence: Evidence::Values,
    })
}
