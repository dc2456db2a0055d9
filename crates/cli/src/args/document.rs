//! What can be typed: papers as PDF.

use std::path::PathBuf;

use clap::Args;

use super::{Dir, Json};
use crate::language::Language;

/// The language of a paper, which is not that of messages: an office's papers are in Japanese.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct PaperLanguage {
    /// Language of the paper; one in English is a copy for reading and says so.
    #[arg(long, value_enum, default_value = "ja", value_name = "LANG")]
    pub(crate) paper_lang: Language,
}

/// Where the paper goes, and who stands on it.
#[derive(Debug, Args)]
pub(crate) struct Paper {
    /// The new PDF file.
    #[arg(long, value_name = "FILE")]
    pub(crate) pdf: PathBuf,
    #[command(flatten)]
    pub(crate) language: PaperLanguage,
    /// Post and name of the person who signs.
    #[arg(long, value_name = "TEXT")]
    pub(crate) signed: Option<String>,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct FeeNoticePaper {
    /// The notice's number.
    #[arg(value_name = "NOTICE")]
    pub(crate) notice: String,
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) paper: Paper,
    /// Post and name of the person it is addressed to.
    #[arg(long, value_name = "TEXT")]
    pub(crate) attention: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct FeeSlipPaper {
    /// The notice's number.
    #[arg(value_name = "NOTICE")]
    pub(crate) notice: String,
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The new PDF file.
    #[arg(long, value_name = "FILE")]
    pub(crate) pdf: PathBuf,
    #[command(flatten)]
    pub(crate) language: PaperLanguage,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct ReceivedNoticePaper {
    /// The notice's number.
    #[arg(value_name = "NOTICE")]
    pub(crate) notice: String,
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The new PDF file.
    #[arg(long, value_name = "FILE")]
    pub(crate) pdf: PathBuf,
    #[command(flatten)]
    pub(crate) language: PaperLanguage,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct ApplicationPaper {
    /// The application's number.
    #[arg(value_name = "NUMBER")]
    pub(crate) number: String,
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) paper: Paper,
    /// Post and name of the person it is addressed to.
    #[arg(long, value_name = "TEXT")]
    pub(crate) attention: Option<String>,
    /// The applicant's name, where its provision is not open.
    #[arg(long, value_name = "NAME")]
    pub(crate) producer: Option<String>,
    /// The applicant's certification number, where its provision is not open.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) certification_number: Option<String>,
    /// With a refusal: what the office says of remedies (教示).
    #[arg(long, value_name = "TEXT")]
    pub(crate) remedy: Option<String>,
    /// With an acceptance: its conditions.
    #[arg(long, value_name = "TEXT")]
    pub(crate) conditions: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ClosingPaper {
    /// The provision.
    #[arg(value_name = "ID")]
    pub(crate) provision: String,
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) paper: Paper,
}
