//! From a person to the person's ID in one provision, in typed stages.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::ops::Deref;

use data_encoding::HEXLOWER;
use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing, optimization_barrier};

use crate::lanes::LANES;
use crate::locked::{Locked, NotLocked};
use crate::message::Encode;
use crate::midstate::{BLOCK, Mac, Midstates, STATES, State, bytes, expand, extract, write_states};
use crate::provision::{Epoch, KeyCheckValue, KeyCheckValues, ProvisionCode};
use crate::secret::{ProvisionRoot, ProvisionSalt, RootKey};
use crate::text_form::{FormError, hex};

/// How many subjects or IDs are made together.
pub const AT_ONCE: usize = LANES;

/// Which legal item (規則28条) an ID is: [`ByNumber`] or [`ByKana`]. Sealed.
pub trait Kind: Encode + fmt::Debug + Send + Sync + 'static {}

/// 二号: from the person's first-assigned insured number.
#[derive(Debug)]
pub enum ByNumber {}

/// 一号: from kana name, birth date and sex.
#[derive(Debug)]
pub enum ByKana {}

impl Kind for ByNumber {}
impl Kind for ByKana {}

/// `number_id`: 提供用ID by number.
pub type NumberId = ProvisionId<ByNumber>;

/// `kana_id`: 提供用ID by kana.
pub type KanaId = ProvisionId<ByKana>;

/// `K_subject[k]`: makes the inner value of every person of one kind in one epoch; stays at the authority's resolver.
///
/// It can't be printed or cloned:
///
/// ```compile_fail
/// fn print(key: &renketsu_identity::SubjectKey<renketsu_identity::ByKana>) { println!("{key:?}"); }
/// ```
/// ```compile_fail
/// type Key = renketsu_identity::SubjectKey<renketsu_identity::ByKana>;
/// fn copy(key: &Key) -> Key { key.clone() }
/// ```
#[expect(missing_debug_implementations, reason = "a secret can't be printed")]
pub struct SubjectKey<K: Kind> {
    midstates: Midstates<Kept>,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> SubjectKey<K> {
    /// `HKDF-Expand(K_root, "renketsu/v1/subject" || 00 || kind || epoch, 32)`
    ///
    /// # Errors
    /// [`NotLocked`].
    pub fn derive(root: &RootKey, epoch: Epoch) -> Result<Self, NotLocked> {
        Ok(Self {
            midstates: midstates(&subject_key::<K>(root, epoch))?,
            kind: PhantomData,
        })
    }

    /// `HMAC(K_subject, message)`: the inner value of a person.
    #[inline]
    pub fn subject(&self, person: &K::Person) -> Subject<K> {
        self.subject_of(&K::parts(person))
    }

    /// [`SubjectKey::subject`] of a person whose values lie elsewhere.
    #[inline]
    pub fn subject_of(&self, parts: &K::Parts<'_>) -> Subject<K> {
        Subject {
            words: self.begin(parts).finish(),
            kind: PhantomData,
        }
    }

    #[inline]
    fn begin(&self, parts: &K::Parts<'_>) -> Mac<'_> {
        let mut mac = self.midstates.begin();
        mac.update(&K::PREFIX);
        K::encode(parts, &mut |head, value| mac.update_field(head, value));
        mac
    }

    pub(crate) fn mac(&self, pieces: &[&[u8]]) -> State {
        self.midstates.mac(pieces)
    }
}

/// Persons of one kind whose subjects are made together, in less time than one after the other takes. It holds what they
/// are hashed from, and wipes it.
#[expect(missing_debug_implementations, reason = "persons can't be printed")]
pub struct Gathered<K: Kind> {
    blocks: [[u8; BLOCK]; LANES],
    count: usize,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Default for Gathered<K> {
    fn default() -> Self {
        Self {
            blocks: [[0; BLOCK]; LANES],
            count: 0,
            kind: PhantomData,
        }
    }
}

impl<K: Kind> Gathered<K> {
    /// How many persons may be gathered.
    pub const ROOM: usize = AT_ONCE;

    /// Takes a person. The subject of one whose values are too long for it, or for whom there is no room, is given back
    /// made.
    #[inline]
    pub fn take(&mut self, key: &SubjectKey<K>, parts: &K::Parts<'_>) -> Option<Subject<K>> {
        let mut mac = key.begin(parts);
        if let Some(room) = self.blocks.get_mut(self.count)
            && let Some(block) = mac.whole()
        {
            *room = *block;
            self.count = self.count.wrapping_add(1);
            return None;
        }
        Some(Subject {
            words: mac.finish(),
            kind: PhantomData,
        })
    }

    /// Whether there is no more room.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.count == LANES
    }

    /// The subjects of those who were taken, in their order, and room again.
    pub fn subjects(&mut self, key: &SubjectKey<K>) -> impl Iterator<Item = Subject<K>> + use<K> {
        let codes = key.midstates.codes(&self.blocks);
        let subjects = codes.map(|words| Subject {
            words,
            kind: PhantomData,
        });
        subjects.into_iter().take(std::mem::take(&mut self.count))
    }
}

impl<K: Kind> Drop for Gathered<K> {
    fn drop(&mut self) {
        self.blocks = [[0; BLOCK]; LANES];
        optimization_barrier(&self.blocks);
    }
}

impl<K: Kind> ZeroizeOnDrop for Gathered<K> {}

// Locked memory wipes itself.
impl<K: Kind> ZeroizeOnDrop for SubjectKey<K> {}

/// `subject[k]`: the stable inner value of one person, the same in every provision. It never leaves the authority: its
/// resolver makes it, its issuer makes IDs of it and can't turn it back.
///
/// It can't be printed, cloned or compared by `==`:
///
/// ```compile_fail
/// fn print(subject: &renketsu_identity::Subject<renketsu_identity::ByKana>) { println!("{subject:?}"); }
/// ```
/// ```compile_fail
/// type Subject = renketsu_identity::Subject<renketsu_identity::ByKana>;
/// fn copy(subject: &Subject) -> Subject { subject.clone() }
/// ```
/// ```compile_fail
/// type Subject = renketsu_identity::Subject<renketsu_identity::ByKana>;
/// fn equal(a: &Subject, b: &Subject) -> bool { a == b }
/// ```
#[expect(missing_debug_implementations, reason = "a secret can't be printed")]
pub struct Subject<K: Kind> {
    words: State,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Subject<K> {
    /// Takes over what the resolver handed to the issuer, and wipes where it came from.
    pub fn from_bytes(handed: &mut [u8; 32]) -> Self {
        let mut subject = Self {
            words: [0; 8],
            kind: PhantomData,
        };
        for (word, four) in subject.words.iter_mut().zip(handed.as_chunks::<4>().0) {
            *word = u32::from_be_bytes(*four);
        }
        handed.zeroize();
        subject
    }

    /// The bytes, for sealing to the issuer only.
    pub fn expose(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(bytes(&self.words))
    }
}

impl<K: Kind> ConstantTimeEq for Subject<K> {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.words.ct_eq(&other.words)
    }
}

impl<K: Kind> Drop for Subject<K> {
    #[inline]
    fn drop(&mut self) {
        self.words = [0; 8];
        optimization_barrier(&self.words);
    }
}

impl<K: Kind> ZeroizeOnDrop for Subject<K> {}

/// `K_provision[k]`: makes the IDs of one kind in one provision; stays at the authority's issuer.
///
/// It can't be printed or cloned:
///
/// ```compile_fail
/// fn print(key: &renketsu_identity::ProvisionKey<renketsu_identity::ByKana>) { println!("{key:?}"); }
/// ```
/// ```compile_fail
/// type Key = renketsu_identity::ProvisionKey<renketsu_identity::ByKana>;
/// fn copy(key: &Key) -> Key { key.clone() }
/// ```
///
/// A subject of one kind has no ID of the other:
///
/// ```compile_fail
/// use renketsu_identity::{ByKana, ByNumber, ProvisionKey, Subject};
/// fn mix(key: &ProvisionKey<ByKana>, subject: &Subject<ByNumber>) { key.id(subject); }
/// ```
/// ```
/// use renketsu_identity::{ByNumber, ProvisionKey, Subject};
/// fn keep(key: &ProvisionKey<ByNumber>, subject: &Subject<ByNumber>) { key.id(subject); }
/// ```
#[expect(missing_debug_implementations, reason = "a secret can't be printed")]
pub struct ProvisionKey<K: Kind> {
    midstates: Midstates<Kept>,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> ProvisionKey<K> {
    /// `HKDF-Expand(HKDF-Extract(salt_p, K_prov_root), "renketsu/v1/provision" || 00 || kind || len(pid) || pid, 32)`
    ///
    /// # Errors
    /// [`NotLocked`].
    pub fn derive(
        root: &ProvisionRoot,
        salt: &ProvisionSalt,
        code: &ProvisionCode,
    ) -> Result<Self, NotLocked> {
        Ok(Self {
            midstates: midstates(&provision_key::<K>(&pseudorandom_key(root, salt), code))?,
            kind: PhantomData,
        })
    }

    /// `HMAC(K_provision, 01 || kind || subject)`: the person's ID in this provision.
    #[inline]
    pub fn id(&self, subject: &Subject<K>) -> ProvisionId<K> {
        let mut mac = self.midstates.begin();
        mac.update(&[0x01, K::BYTE]);
        mac.update(&bytes(&subject.words));
        ProvisionId::from_bytes(bytes(&mac.finish()))
    }

    /// [`ProvisionKey::id`] of several subjects in less time than one after the other takes.
    #[inline]
    pub fn ids(
        &self,
        subjects: [Option<&Subject<K>>; AT_ONCE],
    ) -> [Option<ProvisionId<K>>; AT_ONCE] {
        let mut messages = subjects.map(|subject| {
            let mut message = [0; 34];
            if let (Some(subject), Some((head, value))) =
                (subject, message.split_first_chunk_mut::<2>())
            {
                *head = [0x01, K::BYTE];
                value.copy_from_slice(&bytes(&subject.words));
            }
            message
        });
        let mut codes = self.midstates.macs(&messages).into_iter();
        messages = [[0; 34]; AT_ONCE];
        optimization_barrier(&messages);
        subjects.map(|subject| {
            let code = codes.next()?;
            subject.map(|_| ProvisionId::from_bytes(bytes(&code)))
        })
    }

    /// `HMAC(K_provision, "renketsu/v1/kcv")[0..8]`
    pub fn kcv(&self) -> KeyCheckValue {
        let code = self.midstates.mac(&[b"renketsu/v1/kcv"]);
        let mut value = [0; 8];
        for (kept, byte) in value.iter_mut().zip(bytes(&code)) {
            *kept = byte;
        }
        KeyCheckValue(value)
    }
}

// Locked memory wipes itself.
impl<K: Kind> ZeroizeOnDrop for ProvisionKey<K> {}

impl KeyCheckValues {
    /// The key check values of a provision's two keys.
    pub fn of(number: &ProvisionKey<ByNumber>, kana: &ProvisionKey<ByKana>) -> Self {
        Self {
            number: number.kcv(),
            kana: kana.kcv(),
        }
    }
}

/// 提供用ID of one kind: 32 bytes that name a person within one provision. Ordered by bytes, as files are sorted.
pub struct ProvisionId<K: Kind> {
    bytes: [u8; 32],
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> ProvisionId<K> {
    /// The ID with these bytes, as read from a file of a provision.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self {
            bytes,
            kind: PhantomData,
        }
    }

    /// The ID written as 64 hex digits.
    ///
    /// # Errors
    /// [`FormError::ProvisionId`].
    pub fn from_hex(text: &str) -> Result<Self, FormError> {
        hex(text)
            .map(Self::from_bytes)
            .ok_or(FormError::ProvisionId)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// 64 lower-case hex digits.
    pub fn to_hex(&self) -> String {
        HEXLOWER.encode(&self.bytes)
    }
}

// Written out because a derive would ask the same of the kind, which has no values.
impl<K: Kind> Clone for ProvisionId<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: Kind> Copy for ProvisionId<K> {}

impl<K: Kind> PartialEq for ProvisionId<K> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<K: Kind> Eq for ProvisionId<K> {}

impl<K: Kind> PartialOrd for ProvisionId<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: Kind> Ord for ProvisionId<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes.cmp(&other.bytes)
    }
}

impl<K: Kind> Hash for ProvisionId<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

impl<K: Kind> fmt::Debug for ProvisionId<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProvisionId(redacted)")
    }
}

/// The bytes of `K_subject[k]`.
pub(crate) fn subject_key<K: Kind>(root: &RootKey, epoch: Epoch) -> Zeroizing<[u8; 32]> {
    let epoch = epoch.0.to_be_bytes();
    expand(
        root.expose(),
        &[b"renketsu/v1/subject", &[0, K::BYTE], &epoch],
    )
}

/// The bytes of `PRK_p`.
pub(crate) fn pseudorandom_key(root: &ProvisionRoot, salt: &ProvisionSalt) -> Zeroizing<[u8; 32]> {
    extract(salt.expose(), root.expose())
}

/// The bytes of `K_provision[k]`.
pub(crate) fn provision_key<K: Kind>(prk: &[u8; 32], code: &ProvisionCode) -> Zeroizing<[u8; 32]> {
    let code = code.as_str().as_bytes();
    // A provision code has at most 64 bytes.
    let length = u16::try_from(code.len()).unwrap_or(u16::MAX).to_be_bytes();
    expand(
        prk,
        &[b"renketsu/v1/provision", &[0, K::BYTE], &length, code],
    )
}

/// Where the states of a key lie.
pub(crate) struct Kept(Locked);

impl Deref for Kept {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.expose()
    }
}

pub(crate) fn midstates(key: &[u8; 32]) -> Result<Midstates<Kept>, NotLocked> {
    let kept = Locked::filled(STATES, |states| {
        write_states(key, states);
        Ok::<(), NotLocked>(())
    })?;
    Ok(Midstates(Kept(kept)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locked::tests::is_kept;
    use crate::parts::{NumberParts, TripleParts};
    use crate::sex::Sex;

    #[test]
    fn what_is_made_together_is_what_is_made_alone() {
        let root = RootKey::from_bytes(&mut [1; 32]).unwrap();
        let numbers = SubjectKey::<ByNumber>::derive(&root, Epoch(1)).unwrap();
        let kana = SubjectKey::<ByKana>::derive(&root, Epoch(1)).unwrap();
        let number = NumberParts::canonical(6_132_013, b"12-34", b"0007", Some(1)).unwrap();
        let triple = TripleParts::canonical(&[4, 10], 19_850_102, Sex::Male).unwrap();
        let long = NumberParts::canonical(6_132_013, &[b'1'; 20], &[b'2'; 20], None).unwrap();
        let (mut some, mut names) = (Gathered::default(), Gathered::default());
        for place in 0..AT_ONCE {
            assert!(!some.is_full());
            assert!(some.take(&numbers, &number).is_none(), "{place}");
            let made = some.take(&numbers, &long).unwrap();
            assert!(bool::from(made.ct_eq(&numbers.subject_of(&long))));
        }
        assert!(some.is_full());
        let made = some.take(&numbers, &number).unwrap();
        assert!(bool::from(made.ct_eq(&numbers.subject_of(&number))));
        assert!(names.take(&kana, &triple).is_none());
        let equal = |subject: Subject<_>| bool::from(subject.ct_eq(&numbers.subject_of(&number)));
        assert_eq!(
            some.subjects(&numbers)
                .filter_map(|one| equal(one).then_some(()))
                .count(),
            AT_ONCE
        );
        let names: Vec<_> = names.subjects(&kana).collect();
        assert_eq!(names.len(), 1);
        assert!(bool::from(names[0].ct_eq(&kana.subject_of(&triple))));
        assert_eq!(some.subjects(&numbers).count(), 0);

        let provision_root = ProvisionRoot::from_bytes(&mut [2; 32]).unwrap();
        let salt = ProvisionSalt::from_bytes(&mut [3; 32]).unwrap();
        let code = ProvisionCode::parse("P-1").unwrap();
        let key = ProvisionKey::<ByNumber>::derive(&provision_root, &salt, &code).unwrap();
        let second = Subject::from_bytes(&mut [9; 32]);
        let mut asked = [None; AT_ONCE];
        (asked[0], asked[2]) = (Some(&made), Some(&second));
        let mut expected = [None; AT_ONCE];
        (expected[0], expected[2]) = (Some(key.id(&made)), Some(key.id(&second)));
        assert_eq!(key.ids(asked), expected);
        assert_ne!(expected[0], expected[2]);
    }

    #[test]
    fn every_key_lies_in_locked_memory() {
        let root = RootKey::from_bytes(&mut [1; 32]).unwrap();
        let provision_root = ProvisionRoot::from_bytes(&mut [2; 32]).unwrap();
        let salt = ProvisionSalt::from_bytes(&mut [3; 32]).unwrap();
        let code = ProvisionCode::parse("P-1").unwrap();
        let subjects = SubjectKey::<ByKana>::derive(&root, Epoch(1)).unwrap();
        let ids = ProvisionKey::<ByNumber>::derive(&provision_root, &salt, &code).unwrap();
        for secret in [
            root.expose(),
            provision_root.expose(),
            salt.expose(),
            &subjects.midstates.0,
            &ids.midstates.0,
        ] {
            assert!(is_kept(secret));
        }
    }
}
