//! What can be typed: work of the linking authority.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{
    Application, AuthorityKeys, AuthorityStatus, AuthorityTls, AuthorityToken, CertificationKind,
    ClosingPaper, CustodianName, Declared, DelegationCommand, Dir, FeeCommand, Forward, Json,
    Judged, Meter, ProvisionAmend, ProvisionClose, ProvisionDismiss, ProvisionHand, ProvisionTake,
    Registry, Requests, Resolve, Serve,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Authority {
    /// Make the root keys of the custodians this directory holds.
    Init(AuthorityInit),
    /// Provisions.
    #[command(subcommand)]
    Provision(Provision),
    /// The keys of the custodians this directory holds.
    #[command(subcommand)]
    Keys(AuthorityKeys),
    /// The key token (PKCS#11) that this directory's secrets are wrapped by.
    #[command(subcommand)]
    Token(AuthorityToken),
    /// The registry of insured numbers.
    #[command(subcommand)]
    Registry(Registry),
    /// Answer a request with provision IDs; at an issuer, answer a resolver's tokens.
    Issue(Issue),
    /// Look a request up as a resolver: tokens for the issuer, references for the producer.
    Resolve(Resolve),
    /// Put provision IDs on an extract of a public database and seal it for the recipient.
    Stamp(Stamp),
    /// List the provisions with what they asked, what is left, and what was found.
    Status(AuthorityStatus),
    /// Applications (申出) for the information.
    #[command(subcommand)]
    Application(Application),
    /// Delegations of the work (法31条4項).
    #[command(subcommand)]
    Delegation(DelegationCommand),
    /// The meter of the time that the fee is for.
    #[command(subcommand)]
    Meter(Meter),
    /// Fee notices and payments.
    #[command(subcommand)]
    Fee(FeeCommand),
    /// Pass a producer's delivery on, sealed and unread, under a recorded delegation (法31条7項).
    Forward(Forward),
    /// Take requests and give answers over HTTPS, until it is stopped.
    Serve(Serve),
    /// Requests that came over HTTPS.
    #[command(subcommand)]
    Requests(Requests),
    /// Certificates of the service.
    #[command(subcommand)]
    Tls(AuthorityTls),
}

#[derive(Debug, Args)]
pub(crate) struct AuthorityInit {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// Whose keys to make (default: all that the part of this party may hold).
    #[arg(long, value_enum)]
    pub(crate) custodian: Option<CustodianName>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Provision {
    /// Open a provision: one producer, one recipient, one study.
    Open(ProvisionOpen),
    /// List the provisions.
    List(ProvisionList),
    /// Write the record of a closed provision and its destroyed salt as a PDF.
    Record(ClosingPaper),
    /// Hand the terms of a provision from the issuer to the resolver.
    Hand(ProvisionHand),
    /// Take the terms of a provision that an issuer handed over.
    Take(ProvisionTake),
    /// Change what may be asked: a new entry with reason and name.
    Amend(ProvisionAmend),
    /// Leave stopped requests unanswered, so that others are looked up again: with reason and name.
    Dismiss(ProvisionDismiss),
    /// Close a provision: nothing is issued for it any more.
    Close(ProvisionClose),
}

#[derive(Debug, Args)]
pub(crate) struct ProvisionOpen {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// Its identifier, for example P-2026-0001.
    #[arg(long)]
    pub(crate) id: String,
    /// The one study it belongs to.
    #[arg(long)]
    pub(crate) study: String,
    /// The producer: name or fingerprint of a trusted card.
    #[arg(long, value_name = "PARTY")]
    pub(crate) producer: String,
    /// Which certification the producer holds.
    #[arg(long, value_enum)]
    pub(crate) certification: CertificationKind,
    /// The certification's number.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) certification_number: String,
    /// The paragraph the data are made under: 19-1 or 47-1.
    #[arg(long)]
    pub(crate) ground: String,
    /// The recipient: name or fingerprint of a trusted card.
    #[arg(long, value_name = "PARTY")]
    pub(crate) recipient: String,
    /// The item of 令7条 under which the recipient may receive.
    #[arg(long, value_name = "ITEM")]
    pub(crate) recipient_item: String,
    /// A public database to be linked (令8条): ndb, dpc or kaigo; may be given several times.
    #[arg(long, required = true)]
    pub(crate) database: Vec<String>,
    /// How the kana IDs (規則28条一号) are made: keyed by HMAC, or verifiable, so that the producer checks that one key made all.
    #[arg(long, value_enum, value_name = "MODE", default_value_t = KanaModeName::Keyed)]
    pub(crate) kana_mode: KanaModeName,
    #[command(flatten)]
    pub(crate) controls: Declared,
    #[command(flatten)]
    pub(crate) json: Json,
}

/// How kana IDs are made, as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KanaModeName {
    /// By HMAC.
    Keyed,
    /// By a verifiable PRF.
    Verifiable,
}

#[derive(Debug, Args)]
pub(crate) struct ProvisionList {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct RegistryLoad {
    /// The registry: `person,kana,birth_date,sex,insurer,symbol,number,branch,valid_from,valid_to`.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) at: Dir,
    /// Load in spite of overlapping numbers; what was accepted is recorded.
    #[arg(long)]
    pub(crate) accept_findings: bool,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Issue {
    /// The producer's request, or at an issuer the resolver's tokens of a request or subjects of an extract.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) judged: Judged,
    /// Days until the answer expires.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub(crate) valid_days: u16,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Stamp {
    /// The extract: CSV, TSV, Parquet, SAS XPORT (.xpt) or Stata (.dta).
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The provision.
    #[arg(long, value_name = "ID")]
    pub(crate) provision: String,
    /// The public database: ndb, dpc or kaigo.
    #[arg(long)]
    pub(crate) database: String,
    /// The approval number of the provision of the extract.
    #[arg(long, value_name = "NO")]
    pub(crate) approval: String,
    /// The table's name in the package.
    #[arg(long, value_name = "NAME")]
    pub(crate) table: String,
    /// The column with the registry's person key, which is dropped.
    #[arg(
        long,
        value_name = "COLUMN",
        required_unless_present = "columns",
        conflicts_with = "columns"
    )]
    pub(crate) person: Option<String>,
    /// Which columns hold raw identifiers (TOML); they are dropped.
    #[arg(long, value_name = "TOML")]
    pub(crate) columns: Option<PathBuf>,
    /// With --person: the column with the service day or month, which decides among a person's names; it stays.
    #[arg(long, value_name = "COLUMN", requires = "person")]
    pub(crate) service: Option<String>,
    /// A further column to drop; may be given several times.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) drop: Vec<String>,
    /// The purpose of the provision.
    #[arg(long, default_value = "法31条")]
    pub(crate) purpose: String,
    /// The extract's file; with --to-issuer that of its columns, for the user.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// At a resolver: the file of the subjects for the issuer, who makes the IDs.
    #[arg(long, value_name = "FILE")]
    pub(crate) to_issuer: Option<PathBuf>,
    /// Memory for rows, in MiB (at least 64); what does not fit is sorted in encrypted files without a name.
    #[arg(long, value_name = "MIB", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(64..))]
    pub(crate) memory: u32,
    /// Days until the package can no longer be taken.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub(crate) valid_days: u16,
    #[command(flatten)]
    pub(crate) json: Json,
}
