//! The fields of one record of a claim.

use std::borrow::Cow;

use encoding_rs::SHIFT_JIS;
use renketsu_identity::{Kana, is_blank};

use super::{ClaimKey, UkeError};
use crate::sources::lines::Line;
use crate::sources::{SourceRecord, Texts, trimmed};

/// 負担者種別 of the insurance payer in an SN record.
const INSURANCE: &str = "1";

mod field {
    //! Places of fields in their records, the record's name being 0.
    pub(super) const IR_PREFECTURE: usize = 2;
    pub(super) const IR_FEE_TABLE: usize = 3;
    pub(super) const IR_CODE: usize = 4;
    pub(super) const RE_NUMBER: usize = 1;
    pub(super) const RE_MONTH: usize = 3;
    pub(super) const RE_NAME: usize = 4;
    pub(super) const RE_SEX: usize = 5;
    pub(super) const RE_BIRTH: usize = 6;
    pub(super) const RE_CHART: usize = 13;
    pub(super) const RE_SEARCH: usize = 18;
    pub(super) const RE_KANA: usize = 36;
    pub(super) const HO_INSURER: usize = 1;
    pub(super) const HO_SYMBOL: usize = 2;
    pub(super) const HO_NUMBER: usize = 3;
    pub(super) const SN_PAYER: usize = 1;
    pub(super) const SN_INSURER: usize = 3;
    pub(super) const SN_SYMBOL: usize = 4;
    pub(super) const SN_NUMBER: usize = 5;
    pub(super) const SN_BRANCH: usize = 6;
}

/// The fields of one record, decoded only when they are used.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) file: &'a str,
    pub(super) line: Line<'a>,
}

impl<'a> Fields<'a> {
    /// The record's name.
    pub(super) fn name(self) -> &'a [u8] {
        self.line
            .bytes
            .split(|byte| *byte == b',')
            .next()
            .unwrap_or_default()
    }

    /// A field; empty where the record ends before it, as records of old files do.
    fn text(self, index: usize) -> Result<Cow<'a, str>, UkeError> {
        let bytes = self
            .line
            .bytes
            .split(|byte| *byte == b',')
            .nth(index)
            .unwrap_or_default();
        SHIFT_JIS
            .decode_without_bom_handling_and_without_replacement(bytes)
            .ok_or_else(|| UkeError::Encoding {
                file: self.file.to_owned(),
                line: self.line.number,
            })
    }

    fn owned(self, index: usize) -> Result<String, UkeError> {
        self.text(index).map(Cow::into_owned)
    }

    /// The person and the month of a claim; `file` is the file's own name.
    pub(super) fn claim(self, file: &str, key: ClaimKey) -> Result<SourceRecord, UkeError> {
        let mut kana = self.text(field::RE_KANA)?;
        if is_blank(&kana) {
            // 氏名 may itself be kana; kanji are not what a kana ID is made from, and are left where they are.
            kana = self.text(field::RE_NAME)?;
            if Kana::parse(&kana).is_err() {
                kana = Cow::Borrowed("");
            }
        }
        let key = match key {
            ClaimKey::Chart => self.text(field::RE_CHART)?,
            ClaimKey::Search => self.text(field::RE_SEARCH)?,
        };
        let texts = Texts {
            kana: kana.into_owned(),
            birth_date: self.owned(field::RE_BIRTH)?,
            sex: self.owned(field::RE_SEX)?,
            service: self.owned(field::RE_MONTH)?,
            ..Texts::default()
        };
        Ok(SourceRecord {
            line: self.line.number,
            key: trimmed(&key),
            substitute: format!("claim:{file}:{}", trimmed(&self.text(field::RE_NUMBER)?)),
            texts,
            ..SourceRecord::default()
        })
    }

    /// The institution whose claims follow.
    pub(super) fn institution(self) -> Result<String, UkeError> {
        let parts = [field::IR_PREFECTURE, field::IR_FEE_TABLE, field::IR_CODE];
        let parts: Vec<_> = parts
            .into_iter()
            .map(|index| self.text(index))
            .collect::<Result<_, _>>()?;
        Ok(parts.join("/"))
    }

    /// Insurer, symbol and number.
    pub(super) fn insurance(self) -> Result<[String; 3], UkeError> {
        Ok([
            self.owned(field::HO_INSURER)?,
            self.owned(field::HO_SYMBOL)?,
            self.owned(field::HO_NUMBER)?,
        ])
    }

    /// Insurer, symbol, number and branch as オンライン資格確認 has them; `None` of a public payer.
    pub(super) fn correction(self) -> Result<Option<[String; 4]>, UkeError> {
        if self.text(field::SN_PAYER)? != INSURANCE {
            return Ok(None);
        }
        Ok(Some([
            self.owned(field::SN_INSURER)?,
            self.owned(field::SN_SYMBOL)?,
            self.owned(field::SN_NUMBER)?,
            self.owned(field::SN_BRANCH)?,
        ]))
    }
}
