//! The issuer: turns subjects into the IDs of one provision (提供用ID). It never sees an identifier or a row reference.

use std::array;

use renketsu_identity::{
    AT_ONCE, ByKana, ByNumber, KanaId, KanaMode, KeyCheckValues, NotLocked, NumberId,
    ProvisionCode, ProvisionKey, ProvisionRoot, ProvisionSalt, VerifiableKey,
};

use crate::lines::{LINE, Lines};
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

/// The IDs of many persons, those of each in one line.
#[derive(Default)]
pub(crate) struct IssuedLines {
    /// By number, then by kana.
    lines: Lines,
    present: Vec<Present>,
}

/// Which IDs a person has.
#[derive(Clone, Copy)]
struct Present {
    number: bool,
    kana: bool,
}

impl IssuedLines {
    pub(crate) fn len(&self) -> usize {
        self.present.len()
    }

    fn push(&mut self, issued: &Issued) {
        let mut line = [0; LINE];
        for (half, id) in line.as_chunks_mut::<32>().0.iter_mut().zip([
            issued.number_id.as_ref().map(NumberId::as_bytes),
            issued.kana_id.as_ref().map(KanaId::as_bytes),
        ]) {
            *half = *id.unwrap_or(&[0; 32]);
        }
        self.lines.push(&line);
        self.present.push(Present {
            number: issued.number_id.is_some(),
            kana: issued.kana_id.is_some(),
        });
    }

    /// The IDs of one of them: by number, then by kana.
    #[inline]
    pub(crate) fn get(&self, place: usize) -> Option<[Option<&[u8; 32]>; 2]> {
        let present = self.present.get(place)?;
        let [number, kana] = self.lines.get(place)?.as_chunks::<32>().0 else {
            return None;
        };
        Some([
            present.number.then_some(number),
            present.kana.then_some(kana),
        ])
    }

    /// Something of the line at this place, for who will need all of it.
    #[inline]
    pub(crate) fn near(&self, place: usize) -> Option<u8> {
        self.lines.get(place).map(|[first, ..]| *first)
    }
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

    /// [`IssuerKeys::issue`] of many, in their order.
    pub(crate) fn issue_all(&self, subjects: &[Subjects], issued: &mut IssuedLines) {
        for some in subjects.chunks(AT_ONCE) {
            let at = |place| some.get(place);
            let numbers = self.number.ids(array::from_fn(|place| {
                at(place).and_then(|subjects| subjects.number.as_ref())
            }));
            let kana = match &self.kana {
                KanaKey::Keyed(key) => key.ids(array::from_fn(|place| {
                    at(place).and_then(|subjects| subjects.kana.as_ref())
                })),
                KanaKey::Verifiable(_) => [None; AT_ONCE],
            };
            for ((_, number_id), kana_id) in some.iter().zip(numbers).zip(kana) {
                issued.push(&Issued { number_id, kana_id });
            }
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

#[cfg(test)]
mod tests {
    use renketsu_identity::Subject;

    use super::*;

    fn subjects(row: u8) -> Subjects {
        Subjects {
            number: (!row.is_multiple_of(3)).then(|| Subject::from_bytes(&mut [row; 32])),
            kana: (!row.is_multiple_of(4)).then(|| Subject::from_bytes(&mut [row | 0x80; 32])),
        }
    }

    #[test]
    fn ids_made_together_are_those_made_one_by_one_in_either_mode() {
        let root = ProvisionRoot::from_bytes(&mut [2; 32]).unwrap();
        let salt = ProvisionSalt::from_bytes(&mut [3; 32]).unwrap();
        let code = ProvisionCode::parse("P-1").unwrap();
        let keyed = IssuerKeys::derive(&root, &salt, &code).unwrap();
        let verifiable = IssuerKeys::derive_verifiable(&root, &salt, &code).unwrap();
        // Whole groups and a short last one.
        let rows: Vec<Subjects> = (0..27).map(subjects).collect();
        let together = |keys: &IssuerKeys| {
            let mut issued = IssuedLines::default();
            keys.issue_all(&rows, &mut issued);
            issued
        };
        for keys in [&keyed, &verifiable] {
            let issued = together(keys);
            assert_eq!(issued.len(), rows.len());
            for (place, subjects) in rows.iter().enumerate() {
                let Issued { number_id, kana_id } = keys.issue(subjects);
                let alone = [
                    number_id.as_ref().map(NumberId::as_bytes),
                    kana_id.as_ref().map(KanaId::as_bytes),
                ];
                assert_eq!(issued.get(place), Some(alone), "{place}");
            }
        }
        let kana = |keys: &IssuerKeys| {
            let issued = together(keys);
            let of_kana = |place| issued.get(place).is_some_and(|[_, kana]| kana.is_some());
            (0..rows.len()).filter(|place| of_kana(*place)).count()
        };
        assert_eq!((kana(&keyed), kana(&verifiable)), (20, 0));
    }
}
