//! The verifiable kana ID: made by a verifiable oblivious PRF (RFC 9497), so that whoever gets the IDs of a provision can check
//! that one key made them all, the one whose public half stands in its terms. Why it is so:
//! `docs/decisions/0025-verifiable-kana-id.md`.
//!
//! ```text
//! resolver  SubjectKey<ByKana>.input(&code, &subject) ─▶ KanaInput .blind(chance) ─▶ Blinded
//! issuer    VerifiableKey.evaluate(&points, chance) ───────────────────────────────▶ Evaluation
//! producer  KanaPublicKey.finalize(&rows, &proof) ─────────────────────────────────▶ KanaId
//! both      VerifiableKey.id(&input) ──────────────────────────────────────────────▶ KanaId, the same
//! ```

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

use crate::derivation::{ByKana, KanaId, Subject, SubjectKey, provision_key, pseudorandom_key};
use crate::locked::{Locked, NotLocked};
use crate::midstate::bytes;
use crate::oblivious::{self, Element, PROOF, Shown, Wrong};
use crate::provision::{KeyCheckValue, ProvisionCode};
use crate::secret::{ProvisionRoot, ProvisionSalt};
use crate::text_form::{FormError, hex};

/// Rows that one proof is for: of a table, in its order, so many for each proof, and what is left for the last. RFC 9497 counts
/// rows in two bytes; fewer take less memory, and a proof costs as much as one row does.
pub const PROOF_ROWS: usize = 1 << 13;
/// Bytes of a proof.
pub const PROOF_BYTES: usize = PROOF;

/// How the kana IDs of a provision are made; fixed when it opens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KanaMode {
    /// By HMAC under the provision's key.
    #[default]
    Keyed,
    /// By a verifiable PRF under the secret half of this key.
    Verifiable(KanaPublicKey),
}

impl KanaMode {
    /// Whether nothing is to be said of it: files of this mode are as they always were.
    pub fn is_keyed(&self) -> bool {
        matches!(self, Self::Keyed)
    }

    /// The public key, in the verifiable mode.
    pub fn public_key(&self) -> Option<&KanaPublicKey> {
        match self {
            Self::Keyed => None,
            Self::Verifiable(key) => Some(key),
        }
    }

    /// Whether the key check value of the kana key may be this one.
    pub fn fits(&self, kcv: KeyCheckValue) -> bool {
        self.public_key().is_none_or(|key| key.kcv() == kcv)
    }
}

/// The public half of the key that makes the kana IDs of one provision: a point of ristretto255 and not the identity. 64 hex
/// digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KanaPublicKey(Element);

impl KanaPublicKey {
    /// The key that these bytes are.
    ///
    /// # Errors
    /// [`FormError::PublicKey`].
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, FormError> {
        match oblivious::point(&bytes) {
            Some(_) => Ok(Self(bytes)),
            None => Err(FormError::PublicKey),
        }
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// `SHA-256("renketsu/v1/kcv/voprf" || 00 || pk)[0..8]`: the key check value of the kana key. Anybody who has the key can
    /// compute it, and no file of the other mode has it.
    pub fn kcv(&self) -> KeyCheckValue {
        let digest = Sha256::new()
            .chain_update(b"renketsu/v1/kcv/voprf\0")
            .chain_update(self.0)
            .finalize();
        KeyCheckValue(digest.first_chunk().copied().unwrap_or_default())
    }

    /// Checks the blinded points and the proof of at most [`PROOF_ROWS`] rows and makes their IDs; `first` is the row of the
    /// table, from 1, that an error counts from. Nothing is made if one row is wrong.
    ///
    /// # Errors
    /// [`NotProven`].
    pub fn finalize(
        &self,
        rows: &[Row],
        proof: &[u8; PROOF_BYTES],
        first: u64,
    ) -> Result<Vec<KanaId>, NotProven> {
        if rows.len() > PROOF_ROWS {
            return Err(NotProven::Form);
        }
        let public = oblivious::point(&self.0).ok_or(NotProven::Form)?;
        let shown: Vec<Shown<'_>> = rows
            .iter()
            .map(|row| Shown {
                input: row.input.0.as_slice(),
                factor: &row.factor,
                blinded: &row.blinded,
                evaluated: &row.evaluated,
            })
            .collect();
        let outputs = oblivious::finalize(public, &shown, proof)
            .map_err(|wrong| NotProven::of(wrong, first))?;
        Ok(outputs.into_iter().map(KanaId::from_bytes).collect())
    }
}

impl FromStr for KanaPublicKey {
    type Err = FormError;

    /// 64 hex digits of either case.
    fn from_str(text: &str) -> Result<Self, FormError> {
        hex(text)
            .ok_or(FormError::PublicKey)
            .and_then(Self::from_bytes)
    }
}

impl TryFrom<String> for KanaPublicKey {
    type Error = FormError;

    fn try_from(text: String) -> Result<Self, FormError> {
        text.parse()
    }
}

impl From<KanaPublicKey> for String {
    fn from(key: KanaPublicKey) -> Self {
        HEXLOWER.encode(&key.0)
    }
}

impl fmt::Display for KanaPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for KanaPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KanaPublicKey({self})")
    }
}

/// `x`: what a person's kana ID is made from in one provision. Outside of it it is worth nothing; within it is another name of
/// the person, which goes where the IDs go and is destroyed with the map.
///
/// It can't be printed or cloned:
///
/// ```compile_fail
/// fn print(input: &renketsu_identity::KanaInput) { println!("{input:?}"); }
/// ```
/// ```compile_fail
/// fn copy(input: &renketsu_identity::KanaInput) -> renketsu_identity::KanaInput { input.clone() }
/// ```
#[expect(missing_debug_implementations, reason = "a secret can't be printed")]
pub struct KanaInput(Zeroizing<Element>);

impl KanaInput {
    /// Takes over what was handed on, and wipes where it came from.
    pub fn from_bytes(handed: &mut [u8; 32]) -> Self {
        let input = Self(Zeroizing::new(*handed));
        handed.zeroize();
        input
    }

    /// The bytes, for sealing only.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// `B = r · H(x)` with a factor `r` made of `chance`, which is 64 fresh random bytes and is wiped.
    ///
    /// # Errors
    /// [`NotProven::Form`], which doesn't happen: the input has its length.
    pub fn blind(&self, chance: &mut [u8; 64]) -> Result<Blinded, NotProven> {
        let (factor, point) =
            oblivious::blind(self.0.as_slice(), chance).map_err(|wrong| NotProven::of(wrong, 1))?;
        Ok(Blinded { factor, point })
    }
}

impl ZeroizeOnDrop for KanaInput {}

/// An input that nobody without the factor can tell from chance.
#[expect(missing_debug_implementations, reason = "a secret can't be printed")]
pub struct Blinded {
    /// `r`, for whoever verifies.
    pub factor: Zeroizing<[u8; 32]>,
    /// `B`, for the issuer.
    pub point: [u8; 32],
}

impl SubjectKey<ByKana> {
    /// `HMAC(K_subject[01], "renketsu/v1/voprf" || 00 || len(pid) || pid || subject[01])`
    pub fn input(&self, code: &ProvisionCode, subject: &Subject<ByKana>) -> KanaInput {
        let mut made = self.within(b"renketsu/v1/voprf", code, subject);
        KanaInput::from_bytes(&mut made)
    }

    /// `HMAC(K_subject[01], "renketsu/v1/person" || 00 || len(pid) || pid || subject[01])`: the same for a person's rows in one
    /// provision and nowhere else. An issuer counts persons by it; it leads to no input and no ID.
    pub fn person(&self, code: &ProvisionCode, subject: &Subject<ByKana>) -> [u8; 32] {
        *self.within(b"renketsu/v1/person", code, subject)
    }

    fn within(
        &self,
        purpose: &[u8],
        code: &ProvisionCode,
        subject: &Subject<ByKana>,
    ) -> Zeroizing<[u8; 32]> {
        let code = code.as_str().as_bytes();
        // A provision code has at most 64 bytes.
        let length = u16::try_from(code.len()).unwrap_or(u16::MAX).to_be_bytes();
        let subject = subject.expose();
        Zeroizing::new(bytes(&self.mac(&[
            purpose,
            &[0],
            &length,
            code,
            subject.as_slice(),
        ])))
    }
}

/// `sk`: makes the kana IDs of one provision in the verifiable mode; stays at the authority's issuer.
///
/// It lies in locked memory; while points are evaluated the arithmetic has copies of it, as that of an HMAC has of its key.
///
/// ```compile_fail
/// fn print(key: &renketsu_identity::VerifiableKey) { println!("{key:?}"); }
/// ```
#[expect(missing_debug_implementations, reason = "a secret can't be printed")]
pub struct VerifiableKey {
    secret: Locked,
    public: KanaPublicKey,
}

impl VerifiableKey {
    /// `DeriveKeyPair(K_provision[01], "renketsu/v1/kana")`
    ///
    /// # Errors
    /// [`NotLocked`].
    pub fn derive(
        root: &ProvisionRoot,
        salt: &ProvisionSalt,
        code: &ProvisionCode,
    ) -> Result<Self, NotLocked> {
        let seed = provision_key::<ByKana>(&pseudorandom_key(root, salt), code);
        let mut public = Element::default();
        let secret = Locked::filled(oblivious::ELEMENT, |secret| {
            // Of any seed of this length a key comes, but once in 2^64512 times; such a key is then the identity and makes nothing.
            public = oblivious::key_pair(&*seed, b"renketsu/v1/kana", secret).unwrap_or_default();
            Ok::<(), NotLocked>(())
        })?;
        Ok(Self {
            secret,
            public: KanaPublicKey(public),
        })
    }

    /// The public half.
    pub fn public(&self) -> &KanaPublicKey {
        &self.public
    }

    /// The ID of an input, for whoever holds both.
    ///
    /// # Errors
    /// [`NotProven::Form`], which doesn't happen: key and input have their form.
    pub fn id(&self, input: &KanaInput) -> Result<KanaId, NotProven> {
        oblivious::output(self.secret.expose(), input.0.as_slice())
            .map(KanaId::from_bytes)
            .map_err(|wrong| NotProven::of(wrong, 1))
    }

    /// `Z = sk · B` for at most [`PROOF_ROWS`] points, with one proof made of `chance`, which is 64 fresh random bytes and is
    /// wiped; `first` is the row of the table, from 1, that an error counts from.
    ///
    /// # Errors
    /// [`NotProven::Point`].
    pub fn evaluate(
        &self,
        points: &[[u8; 32]],
        chance: &mut [u8; 64],
        first: u64,
    ) -> Result<Evaluation, NotProven> {
        if points.len() > PROOF_ROWS {
            return Err(NotProven::Form);
        }
        let (points, proof) = oblivious::evaluate(self.secret.expose(), points, chance)
            .map_err(|wrong| NotProven::of(wrong, first))?;
        Ok(Evaluation { points, proof })
    }
}

// Locked memory wipes itself.
impl ZeroizeOnDrop for VerifiableKey {}

/// Points as the issuer evaluated them, with the proof that one key did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// `Z` of every `B`, in their order.
    pub points: Vec<[u8; 32]>,
    /// For all of them.
    pub proof: [u8; PROOF_BYTES],
}

/// What is known of a row by whoever verifies it.
#[expect(missing_debug_implementations, reason = "a secret can't be printed")]
pub struct Row {
    /// `x`, from the resolver.
    pub input: KanaInput,
    /// `r`, from the resolver.
    pub factor: [u8; 32],
    /// `B`, as the issuer had it.
    pub blinded: [u8; 32],
    /// `Z`, from the issuer.
    pub evaluated: [u8; 32],
}

/// Why kana IDs are not believed. Nothing of the package is then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotProven {
    /// The issuer evaluated another point than that of the reference.
    #[error("the blinded point of row {row} is not that of its reference")]
    Blinded {
        /// The row, from 1.
        row: u64,
    },
    /// Zero, or no scalar of the group.
    #[error("the blinding factor of row {row} is none")]
    Factor {
        /// The row, from 1.
        row: u64,
    },
    /// Something has not the form it has to have here.
    #[error("rows, points and proofs do not fit each other")]
    Form,
    /// The identity, or no point of the group.
    #[error("the point of row {row} is none of the group, or the identity")]
    Point {
        /// The row, from 1.
        row: u64,
    },
    /// At least one of these rows was made with another key.
    #[error("the proof of the rows from {row} on does not hold")]
    Proof {
        /// The first row that it is for, from 1.
        row: u64,
    },
}

impl NotProven {
    /// Codes of this error with the names of their details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("identity.verifiable.blinded", &["row"]),
        ("identity.verifiable.factor", &["row"]),
        ("identity.verifiable.form", &[]),
        ("identity.verifiable.point", &["row"]),
        ("identity.verifiable.proof", &["row"]),
    ];

    fn of(wrong: Wrong, first: u64) -> Self {
        let at = |row| first.saturating_add(u64::try_from(row).unwrap_or(u64::MAX));
        match wrong {
            Wrong::Blinded(row) => Self::Blinded { row: at(row) },
            Wrong::Factor(row) => Self::Factor { row: at(row) },
            Wrong::Point(row) => Self::Point { row: at(row) },
            Wrong::Proof => Self::Proof { row: first },
            Wrong::Form => Self::Form,
        }
    }

    /// The same, of rows that stand at these places of a table, from 0, after the row `first`, which was counted from.
    #[must_use]
    pub fn among(self, first: u64, places: &[usize]) -> Self {
        let moved = |row: u64| {
            let nth = usize::try_from(row.saturating_sub(first)).unwrap_or(usize::MAX);
            let place = places.get(nth).and_then(|place| u64::try_from(*place).ok());
            place.map_or(row, |place| first.saturating_add(place))
        };
        match self {
            Self::Blinded { row } => Self::Blinded { row: moved(row) },
            Self::Factor { row } => Self::Factor { row: moved(row) },
            Self::Point { row } => Self::Point { row: moved(row) },
            Self::Form | Self::Proof { .. } => self,
        }
    }

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Blinded { .. } => "identity.verifiable.blinded",
            Self::Factor { .. } => "identity.verifiable.factor",
            Self::Form => "identity.verifiable.form",
            Self::Point { .. } => "identity.verifiable.point",
            Self::Proof { .. } => "identity.verifiable.proof",
        }
    }

    /// Named values for the message.
    pub fn details(self) -> Vec<(&'static str, String)> {
        match self {
            Self::Blinded { row }
            | Self::Factor { row }
            | Self::Point { row }
            | Self::Proof { row } => vec![("row", row.to_string())],
            Self::Form => Vec::new(),
        }
    }

    /// The exit code of a command that ends with this error: refused.
    pub const fn exit(self) -> u8 {
        1
    }
}
