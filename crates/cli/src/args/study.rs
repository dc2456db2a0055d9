//! What can be typed: work of the user.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

use super::{Dir, Json};

#[derive(Debug, Subcommand)]
pub(crate) enum Study {
    /// Make a study for one provision.
    Create(StudyCreate),
    /// Take a table into the study: a sealed package or a plain extract.
    Import(Box<StudyImport>),
    /// Find out who is one person across the tables, and report.
    Link(StudyLink),
    /// Take a removal from the producer: from the next link on its persons are nobody in every table.
    RemovePersons(StudyRemove),
    /// Ask the linked tables: aggregates only.
    Query(StudyQuery),
    /// Make this command line a terminal of the study, with a one-time code.
    Enter(StudyEnter),
    /// Named sets of persons, usable in SQL as a table with the one column `person`.
    #[command(subcommand)]
    Cohort(Cohort),
    /// Confirm, as a second person, that a reference table holds no person.
    ApproveReference(StudyApprove),
    /// Allow or forbid rows of single persons in answers.
    Rows(StudyRows),
    /// Check every file of the study against the catalogue in the vault.
    Verify(StudyVerify),
    /// Show whether the study lies on a volume of its own, or say that it does.
    Volume(StudyVolume),
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
    #[arg(
        long,
        value_name = "NAME",
        required_unless_present = "person",
        conflicts_with = "person"
    )]
    pub(crate) approved_by: Option<String>,
    #[command(flatten)]
    pub(crate) at_server: AtServer,
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

/// Who mounts a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MounterName {
    /// people, before the server or a command is started
    Operator,
    /// the server, when the study is opened, as the system's fstab says
    Server,
}

#[derive(Debug, Args)]
pub(crate) struct StudyVolume {
    #[command(flatten)]
    pub(crate) of: InStudy,
    /// Its files lie on a volume of its own, mounted at DIR/studies/STUDY now; who mounts it from now on.
    #[arg(long, value_enum)]
    pub(crate) mounted_by: Option<MounterName>,
    /// It has no volume any more.
    #[arg(long, conflicts_with = "mounted_by")]
    pub(crate) none: bool,
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
    pub(crate) at_server: AtServer,
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
    /// With the columns of an extract: the issuer's package of its IDs.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["provision", "kcv", "number_id", "source"])]
    pub(crate) ids: Option<PathBuf>,
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
    pub(crate) at_server: AtServer,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct StudyRemove {
    #[command(flatten)]
    pub(crate) of: InStudy,
    /// The producer's removal: a sealed package.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) work: LongWork,
    #[command(flatten)]
    pub(crate) at_server: AtServer,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct StudyLink {
    #[command(flatten)]
    pub(crate) of: InStudy,
    /// Write the report's picture (SVG) to this new file.
    #[arg(long, value_name = "FILE", conflicts_with = "person")]
    pub(crate) svg: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) work: LongWork,
    #[command(flatten)]
    pub(crate) at_server: AtServer,
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
    #[arg(long, value_name = "MIB", default_value_t = 2048, conflicts_with = "person", value_parser = clap::value_parser!(u32).range(16..))]
    pub(crate) memory: u32,
    #[command(flatten)]
    pub(crate) at_server: AtServer,
}

/// Who works at a running server.
#[derive(Debug, Args)]
pub(crate) struct AtServer {
    /// Where the workspace has accounts: who asks the running server. Their session in the browser ends.
    #[arg(long = "as", value_name = "ID", requires = "seat")]
    pub(crate) person: Option<String>,
    /// The file of this terminal's secret (study enter).
    #[arg(long, value_name = "FILE", requires = "person")]
    pub(crate) seat: Option<PathBuf>,
}

impl AtServer {
    /// The person and the file of the terminal's secret.
    pub(crate) fn both(&self) -> Option<(&str, &Path)> {
        self.person.as_deref().zip(self.seat.as_deref())
    }
}

#[derive(Debug, Args)]
pub(crate) struct StudyEnter {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The terminal's one-time code, from the system operator.
    #[arg(long, value_name = "CODE")]
    pub(crate) code: String,
    /// Keep the terminal's secret in this new file, which you alone can read.
    #[arg(long, value_name = "FILE")]
    pub(crate) seat: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct StudyList {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}
