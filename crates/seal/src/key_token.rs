//! A key in a PKCS#11 token: what it wraps can be opened with this token and its PIN alone.
//!
//! The key is AES-256, was made in the token, and has never been able to leave it; wrapping is AES-GCM in the token
//! (PKCS#11 2.40, `CKM_AES_GCM`). The module is a library of the token's vendor that runs in our process: which one is the
//! operator's choice, and where that choice is kept must be as safe as the program.
//!
//! [`Slot`] → [`LoggedIn`] → [`KeyToken`]; each step consumes the one before. A PIN is offered once: a token locks itself
//! after a few wrong ones.

mod fault;

use std::fmt;
use std::path::{Path, PathBuf};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

pub use fault::{KeyTokenError, Tries};

use crate::passphrase::Passphrase;

/// Bytes of an initialization vector, which stands before what is wrapped.
const IV: usize = 12;
/// Bits of an authentication tag, which stands behind it.
const TAG_BITS: u64 = 128;
/// Bytes that wrapping adds.
pub const OVERHEAD: usize = IV + 16;

/// How an operator names a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// By its label, if no other token has it.
    Label(String),
    /// By its serial number.
    Serial(String),
}

impl Which {
    fn is(&self, label: &str, serial: &str) -> bool {
        match self {
            Self::Label(asked) => asked == label,
            Self::Serial(asked) => asked == serial,
        }
    }

    /// The word the operator used.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Label(word) | Self::Serial(word) => word,
        }
    }
}

/// Where a key is: nothing of it is secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The vendor's library.
    pub module: PathBuf,
    /// The token's label.
    pub token: String,
    /// Its serial number.
    pub serial: String,
    /// The key's label.
    pub key: String,
}

/// The module while something of it is used.
struct Module {
    context: Pkcs11,
    path: PathBuf,
    /// Whether it was begun here, and so must be ended here.
    begun: bool,
}

impl Module {
    fn load(path: &Path) -> Result<Self, KeyTokenError> {
        let unusable = || KeyTokenError::Module {
            file: path.to_owned(),
        };
        // A bare name would be looked for wherever the loader's environment says.
        let path = std::path::absolute(path).map_err(|_| unusable())?;
        let context = Pkcs11::new(&path).map_err(|_| unusable())?;
        let begun = match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))
        {
            Ok(()) => true,
            Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => false,
            Err(error) => return Err(KeyTokenError::failed(&error)),
        };
        Ok(Self {
            context,
            path,
            begun,
        })
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        if self.begun {
            // The process goes on without it either way.
            self.context.clone().finalize().ok();
        }
    }
}

/// A token that is there.
pub struct Slot {
    module: Module,
    id: cryptoki::slot::Slot,
    label: String,
    serial: String,
}

impl Slot {
    /// Loads the module and finds the token. Asks for no PIN.
    pub fn find(module: &Path, which: &Which) -> Result<Self, KeyTokenError> {
        let module = Module::load(module)?;
        let slots = module
            .context
            .get_slots_with_initialized_token()
            .map_err(|error| KeyTokenError::failed(&error))?;
        let mut found = None;
        for slot in slots {
            let info = module
                .context
                .get_token_info(slot)
                .map_err(|error| KeyTokenError::failed(&error))?;
            let (label, serial) = (info.label().trim_end(), info.serial_number().trim_end());
            if !which.is(label, serial) {
                continue;
            }
            if found.is_some() {
                let token = which.as_str().to_owned();
                return Err(KeyTokenError::Several { token });
            }
            found = Some((slot, label.to_owned(), serial.to_owned()));
        }
        let Some((id, label, serial)) = found else {
            return Err(KeyTokenError::Absent {
                token: which.as_str().to_owned(),
            });
        };
        Ok(Self {
            module,
            id,
            label,
            serial,
        })
    }

    /// Offers the PIN, once.
    pub fn log_in(self, pin: &Passphrase) -> Result<LoggedIn, KeyTokenError> {
        if self.tries()? == Tries::None {
            return Err(KeyTokenError::PinLocked { token: self.label });
        }
        let session = self
            .module
            .context
            .open_rw_session(self.id)
            .map_err(|error| KeyTokenError::failed(&error))?;
        match session.login(UserType::User, Some(&pin.secret())) {
            // A process that is logged in has offered the right PIN before.
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(LoggedIn {
                session,
                slot: self,
            }),
            Err(Error::Pkcs11(RvError::PinIncorrect | RvError::PinLenRange, _)) => {
                Err(KeyTokenError::Pin {
                    tries: self.tries()?,
                    token: self.label,
                })
            }
            Err(Error::Pkcs11(RvError::PinLocked, _)) => {
                Err(KeyTokenError::PinLocked { token: self.label })
            }
            Err(error) => Err(KeyTokenError::failed(&error)),
        }
    }

    /// How many wrong PINs the token still bears, as far as it tells.
    fn tries(&self) -> Result<Tries, KeyTokenError> {
        let info = self
            .module
            .context
            .get_token_info(self.id)
            .map_err(|error| KeyTokenError::failed(&error))?;
        Ok(if info.user_pin_locked() {
            Tries::None
        } else if info.user_pin_final_try() {
            Tries::One
        } else if info.user_pin_count_low() {
            Tries::Few
        } else {
            Tries::Unknown
        })
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot")
            .field("label", &self.label)
            .field("serial", &self.serial)
            .finish_non_exhaustive()
    }
}

/// A token whose PIN was right.
pub struct LoggedIn {
    // Before the module, which it needs to its end.
    session: Session,
    slot: Slot,
}

impl LoggedIn {
    /// The key with this label. One that could leave the token, now or ever before, is refused.
    pub fn key(self, label: &str) -> Result<KeyToken, KeyTokenError> {
        let mut found = self.keys(label)?.into_iter();
        let (first, second) = (found.next(), found.next());
        match (first, second) {
            (Some(key), None) => self.fit(key, label),
            (Some(_), Some(_)) => Err(KeyTokenError::KeySeveral {
                token: self.slot.label,
                key: label.to_owned(),
            }),
            (None, _) => Err(KeyTokenError::KeyMissing {
                token: self.slot.label,
                key: label.to_owned(),
            }),
        }
    }

    /// Makes a key with this label in the token; one that is there is never replaced.
    pub fn make_key(self, label: &str) -> Result<KeyToken, KeyTokenError> {
        if !self.keys(label)?.is_empty() {
            return Err(KeyTokenError::KeyExists {
                token: self.slot.label,
                key: label.to_owned(),
            });
        }
        let template = [
            Attribute::Label(label.as_bytes().to_vec()),
            Attribute::ValueLen(32.into()),
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Modifiable(false),
            Attribute::Encrypt(true),
            Attribute::Decrypt(true),
            Attribute::Wrap(false),
            Attribute::Unwrap(false),
        ];
        let key = self
            .session
            .generate_key(&Mechanism::AesKeyGen, &template)
            .map_err(|error| KeyTokenError::failed(&error))?;
        self.fit(key, label)
    }

    fn keys(&self, label: &str) -> Result<Vec<ObjectHandle>, KeyTokenError> {
        let wanted = [
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::Label(label.as_bytes().to_vec()),
        ];
        self.session
            .find_objects(&wanted)
            .map_err(|error| KeyTokenError::failed(&error))
    }

    /// What the token doesn't say counts as wrong.
    fn fit(self, key: ObjectHandle, label: &str) -> Result<KeyToken, KeyTokenError> {
        let needed = [
            (Attribute::Sensitive(true), "CKA_SENSITIVE"),
            (Attribute::AlwaysSensitive(true), "CKA_ALWAYS_SENSITIVE"),
            (Attribute::Extractable(false), "CKA_EXTRACTABLE"),
            (Attribute::NeverExtractable(true), "CKA_NEVER_EXTRACTABLE"),
            (Attribute::Class(ObjectClass::SECRET_KEY), "CKA_CLASS"),
            (Attribute::KeyType(KeyType::AES), "CKA_KEY_TYPE"),
            (Attribute::ValueLen(32.into()), "CKA_VALUE_LEN"),
            (Attribute::Token(true), "CKA_TOKEN"),
            (Attribute::Private(true), "CKA_PRIVATE"),
            (Attribute::Encrypt(true), "CKA_ENCRYPT"),
            (Attribute::Decrypt(true), "CKA_DECRYPT"),
        ];
        let types: Vec<AttributeType> = needed
            .iter()
            .map(|(attribute, _)| attribute.attribute_type())
            .collect();
        let said = self
            .session
            .get_attributes(key, &types)
            .map_err(|error| KeyTokenError::failed(&error))?;
        let wrong = needed
            .iter()
            .position(|(attribute, _)| !said.contains(attribute));
        let (token, key_label) = (self.slot.label.clone(), label.to_owned());
        match wrong.and_then(|at| Some((at, needed.get(at)?.1))) {
            None => Ok(KeyToken {
                place: Place {
                    module: self.slot.module.path.clone(),
                    token,
                    serial: self.slot.serial.clone(),
                    key: key_label,
                },
                key,
                at: self,
            }),
            Some((at, attribute)) if at < 4 => Err(KeyTokenError::KeyExtractable {
                token,
                key: key_label,
                attribute,
            }),
            Some((_, attribute)) => Err(KeyTokenError::KeyUnfit {
                token,
                key: key_label,
                attribute,
            }),
        }
    }
}

impl fmt::Debug for LoggedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoggedIn")
            .field("slot", &self.slot)
            .finish_non_exhaustive()
    }
}

/// A key in a token, ready to wrap.
pub struct KeyToken {
    at: LoggedIn,
    key: ObjectHandle,
    place: Place,
}

impl KeyToken {
    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Wraps bytes for a purpose.
    pub fn wrap(&self, secret: &[u8], purpose: &[u8]) -> Result<Vec<u8>, KeyTokenError> {
        let mut iv = [0; IV];
        getrandom::fill(&mut iv).map_err(|_| KeyTokenError::Entropy)?;
        let wrapped = {
            let mechanism = gcm(&mut iv, purpose)?;
            self.at
                .session
                .encrypt(&mechanism, self.key, secret)
                .map_err(|error| self.unable(&error))?
        };
        Ok([iv.as_slice(), &wrapped].concat())
    }

    /// Opens what this key wrapped for this purpose, and nothing else.
    pub fn unwrap(
        &self,
        wrapped: &[u8],
        purpose: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, KeyTokenError> {
        let other = || KeyTokenError::OtherKey {
            token: self.place.token.clone(),
            key: self.place.key.clone(),
        };
        let (iv, wrapped) = wrapped.split_first_chunk::<IV>().ok_or_else(other)?;
        let mut iv = *iv;
        let mechanism = gcm(&mut iv, purpose)?;
        match self.at.session.decrypt(&mechanism, self.key, wrapped) {
            Ok(opened) => Ok(Zeroizing::new(opened)),
            // A tag that doesn't fit: the words for it differ among tokens (SoftHSM's is CKR_GENERAL_ERROR).
            Err(Error::Pkcs11(
                RvError::EncryptedDataInvalid
                | RvError::EncryptedDataLenRange
                | RvError::GeneralError
                | RvError::FunctionFailed,
                _,
            )) => Err(other()),
            Err(error) => Err(self.unable(&error)),
        }
    }

    fn unable(&self, error: &Error) -> KeyTokenError {
        if let Error::Pkcs11(RvError::MechanismInvalid | RvError::MechanismParamInvalid, _) = error
        {
            return KeyTokenError::Mechanism {
                token: self.place.token.clone(),
            };
        }
        KeyTokenError::failed(error)
    }
}

impl fmt::Debug for KeyToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyToken")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

fn gcm<'a>(iv: &'a mut [u8; IV], purpose: &'a [u8]) -> Result<Mechanism<'a>, KeyTokenError> {
    let bits = cryptoki::types::Ulong::from(TAG_BITS);
    GcmParams::new(iv, purpose, bits)
        .map(Mechanism::AesGcm)
        .map_err(|error| KeyTokenError::failed(&error))
}
