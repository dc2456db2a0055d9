//! Documents that were handed in: a digest in the record, a copy sealed for oneself.

use std::io::{self, Write as _};
use std::path::Path;

use renketsu_seal::{durable, safe};
use sha2::{Digest as _, Sha256};

use super::FeeError;
use crate::party::Authority;
use crate::secrets::private_directory;

/// Below the party's directory.
const DOCUMENTS: &str = "documents";

/// A document that is kept.
#[derive(Debug)]
pub(super) struct Document {
    /// Digest of what was handed in.
    pub(super) sha256: String,
    /// The sealed copy, below the party's directory.
    pub(super) file: String,
}

/// Keeps a sealed copy. The same document twice is one copy.
pub(super) fn keep(authority: &Authority<'_>, path: &Path) -> Result<Document, FeeError> {
    let io = |source: io::Error| FeeError::Document {
        file: path.to_owned(),
        source,
    };
    let bytes = durable::read_file(path).map_err(io)?;
    let sha256 = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
    let file = format!("{DOCUMENTS}/{sha256}");
    let kept = authority.dir().join(&file);
    if kept.symlink_metadata().is_err() {
        private_directory(&authority.dir().join(DOCUMENTS))?;
        let mut copy = safe::create(&kept, authority.keys())?;
        copy.write_all(&bytes).map_err(io)?;
        copy.commit()?;
    }
    Ok(Document { sha256, file })
}
