//! The issuer: turns subjects into the IDs of one provision (提供用ID). It never sees an identifier or a row reference.

use renketsu_identity::{
    ByKana, ByNumber, KanaId, KanaMode, KeyCheckValues, NotLocked, NumberId, ProvisionCode,
    ProvisionKey, ProvisionRoot, ProvisionSalt, VerifiableKey,
};

use crate::resolver::Subjects;

/// The provision keys: the issuer's secrets.
pub struct IssuerKeys {
    number: ProvisionKey<ByNumber>,
    kana: KanaKey,
}

/// The key of the kana IDs, by the provision's mode.
enum KanaKey {
    Keyed(ProvisionKey<ByKana>),
    Verifiable(VerifiableKey),
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
            kana: KanaKey::Keyed(ProvisionKey::derive(root, salt, provision)?),
        })
    }

    /// Derives both keys of a provision whose kana IDs are verifiable.
    pub fn derive_verifiable(
        root: &ProvisionRoot,
        salt: &ProvisionSalt,
        provision: &ProvisionCode,
    ) -> Result<Self, NotLocked> {
        Ok(Self {
            number: ProvisionKey::derive(root, salt, provision)?,
            kana: KanaKey::Verifiable(VerifiableKey::derive(root, salt, provision)?),
        })
    }

    /// How these keys make kana IDs.
    pub fn mode(&self) -> KanaMode {
        match &self.kana {
            KanaKey::Keyed(_) => KanaMode::Keyed,
            KanaKey::Verifiable(key) => KanaMode::Verifiable(*key.public()),
        }
    }

    /// The key that evaluates points, in the verifiable mode.
    pub(crate) fn verifiable(&self) -> Option<&VerifiableKey> {
        match &self.kana {
            KanaKey::Keyed(_) => None,
            KanaKey::Verifiable(key) => Some(key),
        }
    }

    /// The values that travel in every manifest of the provision.
    pub fn kcv(&self) -> KeyCheckValues {
        KeyCheckValues {
            number: self.number.kcv(),
            kana: match &self.kana {
                KanaKey::Keyed(key) => key.kcv(),
                KanaKey::Verifiable(key) => key.public().kcv(),
            },
        }
    }

    /// The IDs of these subjects. In the verifiable mode no kana ID comes of a subject.
    pub fn issue(&self, subjects: &Subjects) -> Issued {
        Issued {
            number_id: subjects
                .number
                .as_ref()
                .map(|subject| self.number.id(subject)),
            kana_id: match &self.kana {
                KanaKey::Keyed(key) => subjects.kana.as_ref().map(|subject| key.id(subject)),
                KanaKey::Verifiable(_) => None,
            },
        }
    }
}
