//! What can be typed. English help stands here; the Japanese help is in `i18n/ja/help.ftl` under the same paths.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

use crate::language::Language;

/// Give the same provision ID to one person in anonymized medical data and the public databases, and link them.
#[derive(Debug, Parser)]
#[command(
    name = "renketsu",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub(crate) struct Cli {
    /// Language of messages (default: from the locale, else Japanese).
    #[arg(long, global = true, value_enum, value_name = "LANG")]
    pub(crate) lang: Option<Language>,
    /// Read the passphrase of the party's keys from this file descriptor (first line).
    #[arg(long, global = true, value_name = "FD")]
    pub(crate) passphrase_fd: Option<u32>,
    /// Read the passphrase of the vault from this file descriptor (first line).
    #[arg(long, global = true, value_name = "FD")]
    pub(crate) vault_passphrase_fd: Option<u32>,
    #[command(subcommand)]
    pub(crate) asked: Asked,
}

/// What a run is asked for.
#[derive(Debug, Subcommand)]
pub(crate) enum Asked {
    #[command(flatten)]
    Command(Box<Command>),
    /// Play the whole exchange with a synthetic population and measure the link.
    Demo(Demo),
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a party's directory with its own keys.
    Init(Init),
    /// The party's public card.
    #[command(subcommand)]
    Keys(Keys),
    /// The cards of other parties.
    #[command(subcommand)]
    Trust(Trust),
    /// Work of the certified producer.
    #[command(subcommand)]
    Producer(Producer),
    /// Work of the linking authority.
    #[command(subcommand)]
    Authority(Authority),
    /// Work of the user: studies.
    #[command(subcommand)]
    Study(Study),
    /// Show the chained record of what was done in a directory, and check it.
    Record(Record),
    /// Check another implementation's values against this one.
    #[command(subcommand)]
    Conformance(Conformance),
}

/// A party's directory.
#[derive(Debug, Args)]
pub(crate) struct Dir {
    /// The party's directory.
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: PathBuf,
}

/// Whether to answer for a script.
#[derive(Debug, Args)]
pub(crate) struct Json {
    /// Print JSON with a `schema` field.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The part a party plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleName {
    /// the linking authority (大臣等・支払基金)
    Authority,
    /// the certified producer (認定作成事業者)
    Producer,
    /// the user (利用者)
    Workspace,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The part this party plays.
    #[arg(long, value_enum, default_value = "workspace")]
    pub(crate) role: RoleName,
    /// The party's name on its card (default: the directory's name).
    #[arg(long)]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Show the card and its fingerprint; with --out, write the card for the other parties.
    Show(KeysShow),
}

#[derive(Debug, Args)]
pub(crate) struct KeysShow {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
    /// Write the card to this new file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Trust {
    /// Trust the card in FILE once its fingerprint was confirmed by another channel.
    Add(TrustAdd),
    /// List the trusted cards.
    List(TrustList),
    /// Trust a card no longer.
    Remove(TrustRemove),
}

#[derive(Debug, Args)]
pub(crate) struct TrustAdd {
    /// The card.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The fingerprint the other party told you; without it, it is asked for at the terminal.
    #[arg(long)]
    pub(crate) fingerprint: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct TrustList {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct TrustRemove {
    /// The card: name or fingerprint.
    #[arg(value_name = "PARTY")]
    pub(crate) party: String,
    #[command(flatten)]
    pub(crate) at: Dir,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Producer {
    /// Record the certification the producer works under.
    Certify(Certify),
    /// Read claims and tables, and seal a request for provision IDs to the authority.
    Request(Request),
    /// Put the answered IDs on anonymized tables and destroy the map.
    Attach(Attach),
    /// Seal the tables with IDs for the recipient.
    Deliver(Deliver),
    /// List requests and tables with IDs.
    Status(ProducerStatus),
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
    /// CSV or TSV tables.
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

#[derive(Debug, Args)]
pub(crate) struct Attach {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The authority's answer.
    #[arg(long, value_name = "FILE")]
    pub(crate) answers: PathBuf,
    /// An anonymized table and its name; may be given several times.
    #[arg(long, value_name = "NAME=FILE", required = true)]
    pub(crate) table: Vec<NamedFile>,
    /// The column with the source key (患者番号), which is dropped.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) key: String,
    /// A further column to drop; may be given several times.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) drop: Vec<String>,
    /// A column to keep although it looks identifying; recorded; may be given several times.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) keep: Vec<String>,
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
    /// The recipient: name or fingerprint of a trusted card (default: the one the authority named).
    #[arg(long, value_name = "PARTY")]
    pub(crate) to: Option<String>,
    /// A table to deliver; may be given several times (default: all that were not delivered yet).
    #[arg(long, value_name = "NAME")]
    pub(crate) table: Vec<String>,
    /// The agreed purpose.
    #[arg(long)]
    pub(crate) purpose: String,
    /// The contract.
    #[arg(long)]
    pub(crate) contract: Option<String>,
    /// An agreed place of use (利用場所); may be given several times.
    #[arg(long, required = true)]
    pub(crate) place: Vec<String>,
    /// The agreed end of use (YYYY-MM-DD).
    #[arg(long, value_name = "DATE")]
    pub(crate) until: Option<jiff::civil::Date>,
    /// The delivery's file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Days until the package can no longer be taken.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub(crate) valid_days: u16,
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

#[derive(Debug, Subcommand)]
pub(crate) enum Authority {
    /// Make the root keys of the resolver and the issuer.
    Init(AuthorityInit),
    /// Provisions.
    #[command(subcommand)]
    Provision(Provision),
    /// The registry of insured numbers.
    #[command(subcommand)]
    Registry(Registry),
    /// Answer a request with provision IDs.
    Issue(Issue),
    /// Put provision IDs on an extract of a public database and seal it for the recipient.
    Stamp(Stamp),
}

#[derive(Debug, Args)]
pub(crate) struct AuthorityInit {
    #[command(flatten)]
    pub(crate) at: Dir,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Provision {
    /// Open a provision: one producer, one recipient, one study.
    Open(ProvisionOpen),
    /// List the provisions.
    List(ProvisionList),
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
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct ProvisionList {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Registry {
    /// Load a version of the registry from CSV: all of it or nothing.
    Load(RegistryLoad),
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
    /// The producer's request.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The answer's file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Days until the answer expires.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub(crate) valid_days: u16,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Stamp {
    /// The extract: CSV, TSV or Parquet.
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
    /// The extract's file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Days until the package can no longer be taken.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub(crate) valid_days: u16,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Study {
    /// Make a study for one provision.
    Create(StudyCreate),
    /// Take a table into the study: a sealed package or a plain extract.
    Import(Box<StudyImport>),
    /// Find out who is one person across the tables, and report.
    Link(StudyLink),
    /// Ask the linked tables: aggregates only.
    Query(StudyQuery),
    /// Named sets of persons, usable in SQL as a table with the one column `person`.
    #[command(subcommand)]
    Cohort(Cohort),
    /// Confirm, as a second person, that a reference table holds no person.
    ApproveReference(StudyApprove),
    /// Allow or forbid rows of single persons in answers.
    Rows(StudyRows),
    /// Check every file of the study against the catalogue in the vault.
    Verify(StudyVerify),
    /// List the studies and their tables.
    List(StudyList),
}

/// How long work tells how far it is, and what it may use.
#[derive(Debug, Args)]
pub(crate) struct LongWork {
    /// Memory for rows, in MiB (at least 64); what does not fit is sorted in encrypted files without a name.
    #[arg(long, value_name = "MIB", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(64..))]
    pub(crate) memory: u32,
    /// Print progress to standard error as lines of JSON.
    #[arg(long)]
    pub(crate) progress_lines: bool,
}

impl LongWork {
    pub(crate) fn bytes(&self) -> u64 {
        u64::from(self.memory).saturating_mul(1024 * 1024)
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Cohort {
    /// Save the persons that a statement selects as the next version of a cohort.
    Save(CohortSave),
    /// List the cohorts of the study.
    List(CohortList),
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("statement").required(true).args(["sql", "sql_file"]))]
pub(crate) struct CohortSave {
    #[command(flatten)]
    pub(crate) of: InStudy,
    /// The cohort's name.
    #[arg(long, value_name = "C")]
    pub(crate) name: String,
    /// One SELECT statement that gives `person` and nothing else; others on this machine can see the words of a command.
    #[arg(long, value_name = "Q")]
    pub(crate) sql: Option<String>,
    /// Read the statement from this file (`-`: standard input); nobody else sees it.
    #[arg(long, value_name = "FILE")]
    pub(crate) sql_file: Option<PathBuf>,
    /// Memory the query may use, in MiB (at least 16).
    #[arg(long, value_name = "MIB", default_value_t = 2048, value_parser = clap::value_parser!(u32).range(16..))]
    pub(crate) memory: u32,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct CohortList {
    #[command(flatten)]
    pub(crate) of: InStudy,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct StudyApprove {
    #[command(flatten)]
    pub(crate) of: InStudy,
    /// The reference table.
    #[arg(long, value_name = "T")]
    pub(crate) table: String,
    /// The version that was looked at.
    #[arg(long, value_name = "N")]
    pub(crate) table_version: u64,
    /// Who confirms; another person than the one who declared the table.
    #[arg(long, value_name = "NAME")]
    pub(crate) approved_by: String,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("decision").required(true).args(["allow", "forbid"]))]
pub(crate) struct StudyRows {
    #[command(flatten)]
    pub(crate) of: InStudy,
    /// The most rows of single persons in an answer (at least 1).
    #[arg(long, value_name = "ROWS", requires_all = ["approved_by", "reason"], value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) allow: Option<u64>,
    /// Who allows it; recorded.
    #[arg(long, value_name = "NAME", conflicts_with = "forbid")]
    pub(crate) approved_by: Option<String>,
    /// Why; recorded.
    #[arg(long, value_name = "TEXT", conflicts_with = "forbid")]
    pub(crate) reason: Option<String>,
    /// Forbid them again.
    #[arg(long)]
    pub(crate) forbid: bool,
}

#[derive(Debug, Args)]
pub(crate) struct StudyVerify {
    #[command(flatten)]
    pub(crate) of: InStudy,
    #[command(flatten)]
    pub(crate) json: Json,
}

/// A study in a directory.
#[derive(Debug, Args)]
pub(crate) struct InStudy {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The study.
    #[arg(long, value_name = "S")]
    pub(crate) study: String,
}

#[derive(Debug, Args)]
pub(crate) struct StudyCreate {
    #[command(flatten)]
    pub(crate) of: InStudy,
    /// The provision the study belongs to.
    #[arg(long, value_name = "ID")]
    pub(crate) provision: String,
    #[command(flatten)]
    pub(crate) json: Json,
}

/// What a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindName {
    /// linkable anonymized medical data (連結可能匿名加工医療情報)
    Anonymized,
    /// NDB extract (匿名医療保険等関連情報)
    Ndb,
    /// DPC extract (匿名診療等関連情報)
    Dpc,
    /// long-term care extract (匿名介護保険等関連情報)
    Kaigo,
    /// information about no person
    Reference,
}

#[derive(Debug, Args)]
pub(crate) struct StudyImport {
    /// The package, or a plain extract: Parquet, CSV, TSV, SAS XPORT (.xpt) or Stata (.dta).
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) of: InStudy,
    /// The table's name in the study; for a package, the name of a table in it.
    #[arg(long, value_name = "T")]
    pub(crate) table: String,
    /// Package: the table in it, if it is to have another name in the study.
    #[arg(long, value_name = "T", conflicts_with_all = ["provision", "kcv", "number_id", "source"])]
    pub(crate) package_table: Option<String>,
    /// What it is.
    #[arg(long, value_enum)]
    pub(crate) kind: KindName,
    /// Plain extract: the provision it was made for.
    #[arg(long, value_name = "ID")]
    pub(crate) provision: Option<String>,
    /// Plain extract: its key check values (number=HEX,kana=HEX).
    #[arg(long, value_name = "KCV")]
    pub(crate) kcv: Option<String>,
    /// Plain extract: the column with the ID of 規則28条二号.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) number_id: Option<String>,
    /// Plain extract: the column with the ID of 規則28条一号.
    #[arg(long, value_name = "COLUMN", requires = "number_id")]
    pub(crate) kana_id: Option<String>,
    /// Plain extract: the column that says whether the kana ID is unique in the register.
    #[arg(long, value_name = "COLUMN", requires = "kana_id")]
    pub(crate) kana_unique: Option<String>,
    /// Plain extract of a public database: its approval number.
    #[arg(long, value_name = "NO")]
    pub(crate) approval: Option<String>,
    /// Reference table: where its content was published.
    #[arg(long, value_name = "TEXT")]
    pub(crate) source: Option<String>,
    /// Reference table: who says that it holds no person; somebody else approves it.
    #[arg(long, value_name = "NAME")]
    pub(crate) declared_by: Option<String>,
    /// A column to keep although it looks identifying; recorded; may be given several times.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) keep: Vec<String>,
    /// Take a refreshed extract as the next version of a table that is there.
    #[arg(long)]
    pub(crate) replace: bool,
    #[command(flatten)]
    pub(crate) work: LongWork,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct StudyLink {
    #[command(flatten)]
    pub(crate) of: InStudy,
    /// Write the report's picture (SVG) to this new file.
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) work: LongWork,
    #[command(flatten)]
    pub(crate) json: Json,
}

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnswerFormat {
    /// CSV in UTF-8
    Csv,
    /// JSON with a `schema` field
    Json,
    /// Parquet
    Parquet,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("statement").required(true).args(["sql", "sql_file"]))]
pub(crate) struct StudyQuery {
    #[command(flatten)]
    pub(crate) of: InStudy,
    /// One SELECT statement that ends in aggregates; others on this machine can see the words of a command.
    #[arg(long, value_name = "Q")]
    pub(crate) sql: Option<String>,
    /// Read the statement from this file (`-`: standard input); nobody else sees it.
    #[arg(long, value_name = "FILE")]
    pub(crate) sql_file: Option<PathBuf>,
    /// The form of the answer.
    #[arg(long, value_enum, default_value = "csv")]
    pub(crate) format: AnswerFormat,
    /// Write the answer to this new file instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Memory the query may use, in MiB (at least 16).
    #[arg(long, value_name = "MIB", default_value_t = 2048, value_parser = clap::value_parser!(u32).range(16..))]
    pub(crate) memory: u32,
}

#[derive(Debug, Args)]
pub(crate) struct StudyList {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Record {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Conformance {
    /// Canonical forms and IDs: a file in the form of vectors/ids.json.
    Ids(ConformanceFile),
    /// Registry, requests and answers: a file in the form of vectors/issue.json.
    Issue(ConformanceFile),
}

#[derive(Debug, Args)]
pub(crate) struct ConformanceFile {
    /// The file.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// People in the synthetic register.
    #[arg(long, default_value_t = 20_000, value_name = "N", value_parser = clap::value_parser!(u32).range(100..=5_000_000))]
    pub(crate) persons: u32,
    /// Seed: the same seed gives the same people, the same defects and the same counts.
    #[arg(long, default_value_t = 2026)]
    pub(crate) seed: u64,
    /// Keep the directories of the three parties here instead of removing them at the end.
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
    /// Leave out times and sizes, so that two runs print the same.
    #[arg(long)]
    pub(crate) plain: bool,
}
