//! How a check ends when it does not end well.

use std::io;
use std::path::{Path, PathBuf};

use renketsu_seal::card::FingerprintError;
use renketsu_seal::log::LogFault;

use crate::words::Words;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Fault(#[from] LogFault),
    #[error(transparent)]
    Fingerprint(#[from] FingerprintError),
    #[error("the log has no entry {index}")]
    Index { index: u64 },
    #[error("not a verifier key")]
    Key,
    #[error("the output can't be written")]
    Output(#[source] io::Error),
    #[error("not a head from paper")]
    Paper,
    #[error("the first {entries} entries are not those of the paper")]
    PaperRoot { entries: u64 },
    #[error("the proof does not hold")]
    Proof { file: PathBuf },
    #[error("no head is signed by the witness `{witness}`")]
    Witness { witness: String },
}

impl Failure {
    /// Every code that is shown, with the names of its details.
    #[cfg(test)]
    pub(crate) fn codes() -> impl Iterator<Item = &'static (&'static str, &'static [&'static str])>
    {
        const OWN: &[(&str, &[&str])] = &[
            ("verify.index", &["index"]),
            ("verify.key", &[]),
            ("verify.output", &[]),
            ("verify.paper", &[]),
            ("verify.paper_root", &["entries"]),
            ("verify.proof", &["file"]),
            ("verify.witness", &["witness"]),
        ];
        [
            OWN,
            LogFault::CODES,
            renketsu_seal::card::CardError::CODES,
            FingerprintError::CODES,
        ]
        .into_iter()
        .flatten()
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Fault(fault) => fault.code(),
            Self::Fingerprint(error) => error.code(),
            Self::Index { .. } => "verify.index",
            Self::Key => "verify.key",
            Self::Output(_) => "verify.output",
            Self::Paper => "verify.paper",
            Self::PaperRoot { .. } => "verify.paper_root",
            Self::Proof { .. } => "verify.proof",
            Self::Witness { .. } => "verify.witness",
        }
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Fault(fault) => fault.details(),
            Self::Fingerprint(error) => error.details(),
            Self::Index { index } => vec![("index", index.to_string())],
            Self::Key | Self::Output(_) | Self::Paper => Vec::new(),
            Self::PaperRoot { entries } => vec![("entries", entries.to_string())],
            Self::Proof { file } => vec![("file", file.display().to_string())],
            Self::Witness { witness } => vec![("witness", witness.clone())],
        }
    }

    /// 1 refused, 2 usage or input, 3 environment.
    pub(crate) fn exit(&self) -> u8 {
        match self {
            Self::Fault(fault) => fault.exit(),
            Self::Fingerprint(error) => error.exit(),
            Self::Index { .. } | Self::Key | Self::Paper => 2,
            Self::Output(_) => 3,
            Self::PaperRoot { .. } | Self::Proof { .. } | Self::Witness { .. } => 1,
        }
    }

    /// What happened, and what to do next.
    pub(crate) fn render(&self, words: &Words) -> String {
        let id = self.code().replace('.', "-");
        let details = self.details();
        let what = words.with(&format!("err-{id}"), &details);
        let next = words.with(&format!("fix-{id}"), &details);
        let code = self.code().to_owned();
        words.with("failure", &[("code", code), ("what", what), ("next", next)])
    }

    /// A file that was given and can't be read or written.
    pub(crate) fn io(file: &Path, source: io::Error) -> Self {
        let file = file.to_owned();
        if source.kind() == io::ErrorKind::NotFound {
            LogFault::Missing { file }.into()
        } else {
            LogFault::Io { file, source }.into()
        }
    }
}
