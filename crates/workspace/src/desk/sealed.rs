//! Statements as the state keeps them: sealed with the study's key, bound to whose they are and when.

use data_encoding::BASE64;
use jiff::Timestamp;
use renketsu_seal::vault::{FileName, StudyKey, Wrapped};

use super::error::DeskError;

/// Characters of a wrapped key.
const KEY: usize = 80;

/// What a statement belongs to. One that is moved to another row opens no more.
pub(super) struct Of(FileName);

impl Of {
    pub(super) fn question(study: &str, person: &str, at: Timestamp) -> Self {
        Self::new(study, person, "question", at)
    }

    pub(super) fn kept(study: &str, person: &str, at: Timestamp) -> Self {
        Self::new(study, person, "kept-question", at)
    }

    fn new(study: &str, person: &str, file: &str, at: Timestamp) -> Self {
        Self(FileName {
            study: study.to_owned(),
            table: person.to_owned(),
            file: file.to_owned(),
            version: at.as_microsecond().unsigned_abs(),
        })
    }
}

pub(super) fn seal(key: &StudyKey, of: &Of, sql: &str) -> Result<String, DeskError> {
    let (file, wrapped) = key.new_file(&of.0)?;
    let sealed = file.seal(sql.as_bytes())?;
    Ok(format!("{}{}", wrapped.to_base64(), BASE64.encode(&sealed)))
}

pub(super) fn open(key: &StudyKey, of: &Of, kept: &str) -> Result<String, DeskError> {
    let parts = kept.split_at_checked(KEY).and_then(|(key, sealed)| {
        let sealed = BASE64.decode(sealed.as_bytes()).ok()?;
        Some((Wrapped::parse(key)?, sealed))
    });
    let (wrapped, sealed) = parts.ok_or(DeskError::Changed)?;
    let content = key.open_file(&of.0, &wrapped)?.open(&sealed)?;
    String::from_utf8(content.to_vec()).map_err(|_| DeskError::Changed)
}
