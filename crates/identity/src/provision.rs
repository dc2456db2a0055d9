//! What names a provision and its keys in manifests: code, epoch, key check values. Nothing here is secret.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use crate::text_form::{FormError, hex};

/// Code of a provision (提供), `[A-Z0-9-]{1,64}`; a provision belongs to exactly one study.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProvisionCode(String);

impl ProvisionCode {
    const LONGEST: usize = 64;

    /// Takes the code as it is; nothing is folded.
    ///
    /// # Errors
    /// [`FormError::ProvisionCode`].
    pub fn parse(text: &str) -> Result<Self, FormError> {
        let known = |byte: u8| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'-');
        if text.is_empty() || text.len() > Self::LONGEST || !text.bytes().all(known) {
            return Err(FormError::ProvisionCode);
        }
        Ok(Self(text.to_owned()))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProvisionCode {
    type Err = FormError;

    fn from_str(text: &str) -> Result<Self, FormError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for ProvisionCode {
    type Error = FormError;

    fn try_from(text: String) -> Result<Self, FormError> {
        Self::parse(&text)
    }
}

impl From<ProvisionCode> for String {
    fn from(code: ProvisionCode) -> Self {
        code.0
    }
}

impl fmt::Display for ProvisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Epoch of the subject keys; fixed for a provision when it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub u32);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Key check value (KCV): tells whether two files were made with the same provision key, and nothing about the key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyCheckValue(pub [u8; 8]);

impl FromStr for KeyCheckValue {
    type Err = FormError;

    /// 16 hex digits of either case.
    fn from_str(text: &str) -> Result<Self, FormError> {
        hex(text).map(Self).ok_or(FormError::KeyCheckValue)
    }
}

impl TryFrom<String> for KeyCheckValue {
    type Error = FormError;

    fn try_from(text: String) -> Result<Self, FormError> {
        text.parse()
    }
}

impl From<KeyCheckValue> for String {
    fn from(value: KeyCheckValue) -> Self {
        HEXLOWER.encode(&value.0)
    }
}

impl fmt::Display for KeyCheckValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for KeyCheckValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyCheckValue({self})")
    }
}

/// The two key check values of a provision, as they travel in every manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyCheckValues {
    /// Of the key that makes IDs by number.
    pub number: KeyCheckValue,
    /// Of the key that makes IDs by kana.
    pub kana: KeyCheckValue,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provision_code_has_the_form_of_its_rule() {
        assert!(ProvisionCode::parse("P-2026-0001").is_ok());
        assert!(ProvisionCode::parse(&"A".repeat(64)).is_ok());
        for text in ["", "p-2026", "P_1", "P 1", "Ｐ", "P\n", &"A".repeat(65)] {
            assert_eq!(
                ProvisionCode::parse(text),
                Err(FormError::ProvisionCode),
                "{text:?}"
            );
        }
        assert!(serde_json::from_str::<ProvisionCode>("\"p\"").is_err());
    }

    #[test]
    fn a_key_check_value_is_16_hex_digits_in_text() {
        let value: KeyCheckValue = "FDfbcb8bf7e7ca9e".parse().unwrap();
        assert_eq!(value.to_string(), "fdfbcb8bf7e7ca9e");
        for text in [
            "",
            "fdfbcb8bf7e7ca9",
            "fdfbcb8bf7e7ca9e0",
            "gdfbcb8bf7e7ca9e",
            "fdfbcb8bf7e7ca9é",
        ] {
            assert_eq!(
                text.parse::<KeyCheckValue>(),
                Err(FormError::KeyCheckValue),
                "{text:?}"
            );
        }
    }

    #[test]
    fn key_check_values_in_json_name_both_kinds_and_nothing_else() {
        let json = r#"{"number":"fdfbcb8bf7e7ca9e","kana":"90d58a6b05b9d2f7"}"#;
        let values: KeyCheckValues = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&values).unwrap(), json);
        for wrong in [
            r#"{"number":"fdfbcb8bf7e7ca9e"}"#,
            r#"{"number":"fdfbcb8bf7e7ca9e","kana":"90d58a6b05b9d2f7","x":1}"#,
            r#"{"number":"fdfbcb8bf7e7ca9e","kana":"90d58a6b05b9d2"}"#,
        ] {
            assert!(
                serde_json::from_str::<KeyCheckValues>(wrong).is_err(),
                "{wrong}"
            );
        }
    }
}
