//! What can be typed: work of the certified producer.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{Check, Cover, Dir, Fees, Json, ProducerAuthority, ProducerTls, Send};

#[derive(Debug, Subcommand)]
pub(crate) enum Producer {
    /// Record the certification the producer works under.
    Certify(Certify),
    /// Read claims and tables, and seal a request for provision IDs to the authority.
    Request(Request),
    /// Put the answered IDs on anonymized tables and destroy the map.
    Attach(Attach),
    /// Say which columns of anonymized tables look identifying; nothing is written.
    Check(Check),
    /// Seal the tables with IDs for the recipient.
    Deliver(Deliver),
    /// Remove persons from what was delivered.
    #[command(subcommand)]
    Remove(Remove),
    /// Fee notices and payments.
    #[command(subcommand)]
    Fees(Fees),
    /// Sign the cover of a delivery that goes through a delegate (法31条7項).
    Cover(Cover),
    /// List requests and tables with IDs.
    Status(ProducerStatus),
    /// Where the authority's service is.
    #[command(subcommand)]
    Authority(ProducerAuthority),
    /// Send a request to the authority's service, and fetch the answer.
    Send(Send),
    /// The certificate this producer shows to the authority's service.
    #[command(subcommand)]
    Tls(ProducerTls),
}

/// Which certification (認定) a producer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CertificationKind {
    /// certified producer of anonymized medical data (認定匿名加工医療情報作成事業者)
    Anonymized,
    /// of pseudonymized medical data (認定仮名加工医療情報作成事業者): cannot provide linkable data
    Pseudonymized,
}

impl CertificationKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Anonymized => "anonymized",
            Self::Pseudonymized => "pseudonymized",
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Certify {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// Which certification.
    #[arg(long, value_enum)]
    pub(crate) kind: CertificationKind,
    /// Its number.
    #[arg(long)]
    pub(crate) number: String,
    /// The paragraph the data are made under: 19-1 or 47-1.
    #[arg(long)]
    pub(crate) ground: String,
}

#[derive(Debug, Args)]
pub(crate) struct Request {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The provision.
    #[arg(long, value_name = "ID")]
    pub(crate) provision: Option<String>,
    /// The authority: name or fingerprint of a trusted card (default: the only one).
    #[arg(long, value_name = "PARTY")]
    pub(crate) to: Option<String>,
    /// Claim files (UKE: 医科 or DPC).
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) uke: Vec<PathBuf>,
    /// HL7 FHIR (JP Core): Bundles (.json) or resources one a line (.ndjson), or directories of them; together one export.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) fhir: Vec<PathBuf>,
    /// The source key is the Patient's identifier with this system (default: its id).
    #[arg(long, value_name = "SYSTEM", requires = "fhir")]
    pub(crate) fhir_key: Option<String>,
    /// 特定健診 and 特定保健指導: zip archives or CDA documents (XML), or directories of them.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) checkup: Vec<PathBuf>,
    /// Answers of オンライン資格確認 (XML), or directories of them.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) eligibility: Vec<PathBuf>,
    /// Claims of long-term care (介護給付費請求, CSV), or directories of them; their people are found in the ledger.
    #[arg(long, value_name = "PATH", requires = "care_ledger", num_args = 1..)]
    pub(crate) care_claims: Vec<PathBuf>,
    /// The ledger of beneficiaries (受給者台帳, CSV): who the people of the claims are, or, alone, whom to ask for.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) care_ledger: Vec<PathBuf>,
    /// Tables: CSV, TSV, SAS XPORT (.xpt) or Stata (.dta).
    #[arg(long, value_name = "FILE", requires = "columns", num_args = 1..)]
    pub(crate) table: Vec<PathBuf>,
    /// Which columns of the tables hold what (TOML).
    #[arg(long, value_name = "TOML")]
    pub(crate) columns: Option<PathBuf>,
    /// Which field of a claim is the source key: the chart (RE-13) or the search number (RE-18).
    #[arg(long, value_enum, default_value = "chart")]
    pub(crate) claim_key: ClaimKeyName,
    /// What the request is for.
    #[arg(long, default_value = "法31条2項")]
    pub(crate) purpose: String,
    /// The request's file.
    #[arg(long, value_name = "FILE", required_unless_present = "list")]
    pub(crate) out: Option<PathBuf>,
    /// Write the rejected rows by file and line to this new CSV.
    #[arg(long, value_name = "CSV")]
    pub(crate) rejects: Option<PathBuf>,
    /// The institutions share their patient numbers; recorded.
    #[arg(long)]
    pub(crate) shared_keys: bool,
    /// Only list the identities of the sources, without any value; nothing is sealed.
    #[arg(long)]
    pub(crate) list: bool,
    /// Days until the request expires.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub(crate) valid_days: u16,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Remove {
    /// Ask for the persons who leave among others of the same sources; their keys are kept sealed.
    Request(Box<RemoveRequest>),
    /// Put the answered IDs on the kept keys alone, destroy map and keys, and seal the removal for the recipient.
    Deliver(Box<RemoveDeliver>),
}

#[derive(Debug, Args)]
pub(crate) struct RemoveRequest {
    /// A table of the source keys (患者番号) of the persons who leave; only read.
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: PathBuf,
    /// Its column.
    #[arg(long, value_name = "COLUMN", default_value = "patient")]
    pub(crate) key: String,
    /// Persons to ask for, at least (five for each who leaves in any case), drawn from the same sources.
    #[arg(long, value_name = "PERSONS", default_value_t = renketsu_producer::remove::PERSONS)]
    pub(crate) persons: u64,
    #[command(flatten)]
    pub(crate) request: Request,
}

#[derive(Debug, Args)]
pub(crate) struct RemoveDeliver {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) answer: AnswerFiles,
    #[command(flatten)]
    pub(crate) parcel: Parcel,
    /// The agreed purpose (default, with all that follows: as in the last delivery of the provision).
    #[arg(long, requires_all = ["contract", "place", "from", "until"])]
    pub(crate) purpose: Option<String>,
    /// The contract, by its number.
    #[arg(long, requires = "purpose")]
    pub(crate) contract: Option<String>,
    /// An agreed place of use (利用場所); may be given several times.
    #[arg(long, requires = "purpose")]
    pub(crate) place: Vec<String>,
    /// The first day of the agreed use (YYYY-MM-DD).
    #[arg(long, value_name = "DATE", requires = "purpose")]
    pub(crate) from: Option<jiff::civil::Date>,
    /// The last day of the agreed use (YYYY-MM-DD).
    #[arg(long, value_name = "DATE", requires = "purpose")]
    pub(crate) until: Option<jiff::civil::Date>,
    /// Memory for keys, in MiB (at least 64).
    #[arg(long, value_name = "MIB", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(64..))]
    pub(crate) memory: u32,
    #[command(flatten)]
    pub(crate) json: Json,
}

/// Which field of a claim is the source key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClaimKeyName {
    /// chart number (カルテ番号等, RE-13)
    Chart,
    /// search number (検索番号, RE-18)
    Search,
}

/// `NAME=FILE`.
#[derive(Debug, Clone)]
pub(crate) struct NamedFile {
    pub(crate) name: String,
    pub(crate) file: PathBuf,
}

impl std::str::FromStr for NamedFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, file)) if !name.is_empty() && !file.is_empty() => Ok(Self {
                name: name.to_owned(),
                file: PathBuf::from(file),
            }),
            _ => Err("NAME=FILE".to_owned()),
        }
    }
}

/// What was answered.
#[derive(Debug, Args)]
pub(crate) struct AnswerFiles {
    /// The authority's answer, or the issuer's IDs.
    #[arg(long, value_name = "FILE")]
    pub(crate) answers: PathBuf,
    /// The resolver's references, where the answer comes from two custodians.
    #[arg(long, value_name = "FILE")]
    pub(crate) references: Option<PathBuf>,
}

/// Where a delivery goes.
#[derive(Debug, Args)]
pub(crate) struct Parcel {
    /// The recipient: name or fingerprint of a trusted card (default: the one the authority named).
    #[arg(long, value_name = "PARTY")]
    pub(crate) to: Option<String>,
    /// The delivery's file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Days until the package can no longer be taken.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub(crate) valid_days: u16,
}

#[derive(Debug, Args)]
pub(crate) struct Attach {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) answer: AnswerFiles,
    /// An anonymized table and its name; may be given several times.
    #[arg(long, value_name = "NAME=FILE", required = true)]
    pub(crate) table: Vec<NamedFile>,
    /// The column with the source key (患者番号), which is dropped (FHIR resources have their own).
    #[arg(long, value_name = "COLUMN", default_value = "patient")]
    pub(crate) key: String,
    /// A further column to drop; may be given several times.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) drop: Vec<String>,
    /// A column to keep although it looks identifying; recorded; may be given several times.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) keep: Vec<String>,
    /// Memory for keys and rows, in MiB (at least 64); what does not fit is sorted in encrypted files without a name.
    #[arg(long, value_name = "MIB", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(64..))]
    pub(crate) memory: u32,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Deliver {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The provision.
    #[arg(long, value_name = "ID")]
    pub(crate) provision: String,
    #[command(flatten)]
    pub(crate) parcel: Parcel,
    /// A table to deliver; may be given several times (default: all that were not delivered yet).
    #[arg(long, value_name = "NAME")]
    pub(crate) table: Vec<String>,
    /// The agreed purpose.
    #[arg(long)]
    pub(crate) purpose: String,
    /// The contract, by its number.
    #[arg(long)]
    pub(crate) contract: String,
    /// An agreed place of use (利用場所); may be given several times.
    #[arg(long, required = true)]
    pub(crate) place: Vec<String>,
    /// The first day of the agreed use (YYYY-MM-DD).
    #[arg(long, value_name = "DATE")]
    pub(crate) from: jiff::civil::Date,
    /// The last day of the agreed use (YYYY-MM-DD).
    #[arg(long, value_name = "DATE")]
    pub(crate) until: jiff::civil::Date,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct ProducerStatus {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}
