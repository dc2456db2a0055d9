//! The issuer: turns subjects into the IDs of one provision (提供用ID). It never sees an identifier or a row reference.

use renketsu_identity::{
    ByKana, ByNumber, KanaId, KeyCheckValues, NotLocked, NumberId, ProvisionCode, ProvisionKey,
    ProvisionRoot, ProvisionSalt,
};

use crate::resolver::Subjects;

/// The provision keys: the issuer's secrets.
pub struct IssuerKeys {
    number: ProvisionKey<ByNumber>,
    kana: ProvisionKey<ByKana>,
}

impl std::fmt::Debug for IssuerKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IssuerKeys(..)")
    }
}

/// The IDs of one row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Issued {
    /// 規則28条二号.
    pub number_id: Option<NumberId>,
    /// 規則28条一号.
    pub kana_id: Option<KanaId>,
}

impl IssuerKeys {
    /// Derives both keys of a provision.
    pub fn derive(
        root: &ProvisionRoot,
        salt: &ProvisionSalt,
        provision: &ProvisionCode,
    ) -> Result<Self, NotLocked> {
        Ok(Self {
            number: ProvisionKey::derive(root, salt, provision)?,
            kana: ProvisionKey::derive(root, salt, provision)?,
        })
    }

    /// The values that travel in every manifest of the provision.
    pub fn kcv(&self) -> KeyCheckValues {
        KeyCheckValues {
            number: self.number.kcv(),
            kana: self.kana.kcv(),
        }
    }

    /// The IDs of these subjects.
    pub fn issue(&self, subjects: &Subjects) -> Issued {
        Issued {
            number_id: subjects
                .number
                .as_ref()
                .map(|subject| self.number.id(subject)),
            kana_id: subjects.kana.as_ref().map(|subject| self.kana.id(subject)),
        }
    }
}
