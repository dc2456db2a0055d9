//! The issuer: turns subjects into the IDs of one provision (提供用ID). It never sees an identifier or a row reference.

use std::array;

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

/// How many subjects are hashed together.
const AT_ONCE: usize = 8;

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

    /// [`IssuerKeys::issue`] of many, in their order.
    pub fn issue_all(&self, subjects: &[Subjects]) -> Vec<Issued> {
        let mut issued = Vec::with_capacity(subjects.len());
        for some in subjects.chunks(AT_ONCE) {
            let at = |place| some.get(place);
            let numbers = self.number.ids::<AT_ONCE>(array::from_fn(|place| {
                at(place).and_then(|subjects| subjects.number.as_ref())
            }));
            let kana = self.kana.ids::<AT_ONCE>(array::from_fn(|place| {
                at(place).and_then(|subjects| subjects.kana.as_ref())
            }));
            issued.extend(
                some.iter()
                    .zip(numbers)
                    .zip(kana)
                    .map(|((_, number_id), kana_id)| Issued { number_id, kana_id }),
            );
        }
        issued
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
