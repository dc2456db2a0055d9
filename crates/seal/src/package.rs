//! The sealed package (`NAME.rkp`): what one party hands to another.
//!
//! An age file for one recipient, holding a tar of `datapackage.json`, `datapackage.json.minisig` and
//! `data/*.parquet`, in this order. `docs/formats/package.md` describes it for other implementations.
//!
//! Reading writes nothing: the sealed file itself, kept open, is the quarantine. The first pass
//! authenticates and hashes everything, the second reads the tables at the offsets the first one found.

use std::fmt;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use jiff::civil::Date;
use renketsu_duty::notice::FeeNotice;
use renketsu_identity::{KanaMode, KeyCheckValues};
use serde::{Deserialize, Serialize};

use crate::card::{Fingerprint, Role};

pub(crate) mod archive;
mod manifest;
mod open;
mod refusal;
mod write;

pub use open::{Authentic, Expected, Opened, Sealed, TableReader};
pub use refusal::{OpenError, Refusal};
pub use write::{Draft, Prepared, Receipt, Signed, TableWriter, WriteError};

/// The profile of canonical forms and derivation that this program implements.
pub const PROFILE: &str = "jp-1";

/// What a package is for; each kind goes one way only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PackageKind {
    /// Authority → producer: the IDs for the rows of a request.
    Answer,
    /// Authority (resolver) → workspace: the data columns of a public database's extract, by token.
    Columns,
    /// Producer → workspace: anonymized tables with IDs.
    Delivery,
    /// Authority → workspace: an extract of a public database with IDs.
    Extract,
    /// Issuer → producer: IDs by token.
    Ids,
    /// Authority (resolver) → producer: which token is for which row of its request.
    References,
    /// Producer → workspace: IDs of persons who are to be removed from the study.
    Removal,
    /// Producer → authority: the rows that need IDs.
    Request,
    /// Issuer → workspace: the IDs of an extract's rows, by token.
    Stamps,
    /// Authority (resolver) → issuer: the subjects of an extract's rows, by token.
    Subjects,
    /// Issuer → authority (resolver): the terms of a provision.
    Terms,
    /// Authority (resolver) → issuer: subjects by token.
    Tokens,
}

impl PackageKind {
    /// The word in files: `answer`, `delivery`, …
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Columns => "columns",
            Self::Delivery => "delivery",
            Self::Extract => "extract",
            Self::Ids => "ids",
            Self::References => "references",
            Self::Removal => "removal",
            Self::Request => "request",
            Self::Stamps => "stamps",
            Self::Subjects => "subjects",
            Self::Terms => "terms",
            Self::Tokens => "tokens",
        }
    }

    /// Who sends packages of this kind.
    pub fn sender(self) -> Role {
        match self {
            Self::Answer
            | Self::Columns
            | Self::Extract
            | Self::References
            | Self::Subjects
            | Self::Tokens => Role::Authority,
            Self::Ids | Self::Stamps | Self::Terms => Role::Issuer,
            Self::Delivery | Self::Removal | Self::Request => Role::Producer,
        }
    }

    /// Who receives packages of this kind.
    pub fn recipient(self) -> Role {
        match self {
            Self::Answer | Self::Ids | Self::References => Role::Producer,
            Self::Columns | Self::Delivery | Self::Extract | Self::Removal | Self::Stamps => {
                Role::Workspace
            }
            Self::Request | Self::Terms => Role::Authority,
            Self::Subjects | Self::Tokens => Role::Issuer,
        }
    }

    /// Whether rows of this kind are known by token, so that another package says the rest of each.
    pub fn by_token(self) -> bool {
        match self {
            Self::Columns
            | Self::Ids
            | Self::References
            | Self::Stamps
            | Self::Subjects
            | Self::Tokens => true,
            Self::Answer
            | Self::Delivery
            | Self::Extract
            | Self::Removal
            | Self::Request
            | Self::Terms => false,
        }
    }
}

impl fmt::Display for PackageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// 128 random bits that no two packages share: 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageId([u8; 16]);

impl PackageId {
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The id that [`PackageId`]'s `Display` writes as `text`.
    pub fn parse(text: &str) -> Option<Self> {
        HEXLOWER
            .decode(text.as_bytes())
            .ok()?
            .try_into()
            .ok()
            .map(Self)
    }
}

impl fmt::Display for PackageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl Serialize for PackageId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PackageId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a package id"))
    }
}

/// What the sender states about a package, under its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// What it is for.
    pub kind: PackageKind,
    /// The provision (提供) it belongs to: `[A-Z0-9-]{1,64}`.
    pub provision: String,
    /// The study, where the sender knows it.
    pub study: Option<String>,
    /// The profile of its canonical forms and IDs: [`PROFILE`].
    pub profile: String,
    /// Which keys its IDs were made with; `None` in a request, which has none.
    pub kcv: Option<KeyCheckValues>,
    /// How its kana IDs are made, with the public key by which they are checked.
    pub kana_mode: KanaMode,
    /// The sender's running number for this recipient, from 1.
    pub sequence: u64,
    /// The package it answers.
    pub in_reply_to: Option<PackageId>,
    /// What all packages about the same tokens say alike: in every kind that has tokens, and in no other.
    pub custody: Option<Custody>,
    /// When it was made.
    pub created: Timestamp,
    /// From when on it must not be opened any more.
    pub expires: Timestamp,
    /// The purpose of use that was agreed.
    pub purpose: String,
    /// The agreed places of use (利用場所).
    pub places: Vec<String>,
    /// The certification under which the producer works (法9条 / 33条).
    pub producer: Option<Certification>,
    /// Under which item the final recipient may have the data (令7条).
    pub recipient_ground: Option<RecipientGround>,
    /// The public databases the data may be linked with (令8条).
    pub databases: Vec<String>,
    /// The approval number (承諾番号) of the public database, in an extract.
    pub approval: Option<String>,
    /// The contract it belongs to.
    pub contract: Option<String>,
    /// The first day of the agreed period of use.
    pub period_start: Option<Date>,
    /// The last day of the agreed period of use.
    pub period_end: Option<Date>,
    /// The fee (手数料) and its payment due date (規則29条1項), in an answer.
    pub fee_notice: Option<FeeNotice>,
}

/// What the packages of two custodians about the same rows have in common. Whoever joins two of them holds these against
/// each other: a token alone says nothing of whom it is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Custody {
    /// Fingerprint of the resolver's card.
    pub resolver: Fingerprint,
    /// Fingerprint of the issuer's card.
    pub issuer: Fingerprint,
    /// The version of the registry in which the rows were looked up.
    pub registry: u64,
    /// SHA-256 of the sealed file that the rows come from, 64 lower-case hexadecimal digits: of the request, or of the
    /// columns of an extract. Columns can't name themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// A producer's certification (認定).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certification {
    /// `anonymized` (認定匿名加工医療情報作成事業者) or `pseudonymized` (認定仮名加工医療情報作成事業者).
    pub kind: String,
    /// Its number.
    pub number: String,
    /// The paragraph under which the data are made: `19-1` or `47-1`.
    pub ground: String,
}

/// The ground on which the final recipient may have the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipientGround {
    /// Name of the recipient.
    pub name: String,
    /// Fingerprint of its card.
    pub fingerprint: Fingerprint,
    /// The item of 令7条.
    pub item: String,
}

/// How much a table holds, as its maker counted it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Rows.
    pub rows: u64,
    /// Distinct `number_id`, nulls not counted; `None` where the table has no such column.
    pub distinct_number_ids: Option<u64>,
    /// Distinct `kana_id`, nulls not counted; `None` where the table has no such column.
    pub distinct_kana_ids: Option<u64>,
}

/// A table of a package, as the signed manifest describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableInfo {
    /// Its name: `[a-z0-9_]{1,64}`.
    pub name: String,
    /// Its path in the archive: `data/NAME.parquet`.
    pub path: String,
    /// Length of the Parquet file.
    pub bytes: u64,
    /// SHA-256 of the Parquet file, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Rows.
    pub rows: u64,
    /// Distinct `number_id`; `None` where the table has no such column.
    pub distinct_number_ids: Option<u64>,
    /// Distinct `kana_id`; `None` where the table has no such column.
    pub distinct_kana_ids: Option<u64>,
    /// Frictionless Table Schema.
    pub schema: serde_json::Value,
}
