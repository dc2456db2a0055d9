//! What can be typed: applications, delegations, the meter, fees.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use jiff::SignedDuration;
use jiff::civil::Date;

use super::{ApplicationPaper, Dir, FeeNoticePaper, FeeSlipPaper, Json, ReceivedNoticePaper};

#[derive(Debug, Subcommand)]
pub(crate) enum Application {
    /// Record an application (申出) that came in, with its document.
    Receive(ApplicationReceive),
    /// Accept an application: its provision's requests may be answered.
    Accept(ApplicationAccept),
    /// Refuse an application, with the reason: nothing is given, and no fee is notified.
    Refuse(ApplicationRefuse),
    /// Write what was decided as a PDF for the applicant, or that it was received.
    Notice(ApplicationPaper),
    /// List the applications.
    List(ApplicationList),
}

#[derive(Debug, Args)]
pub(crate) struct ApplicationReceive {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The application's number.
    #[arg(long)]
    pub(crate) number: String,
    /// The provision it asks for; it need not be open yet.
    #[arg(long, value_name = "ID")]
    pub(crate) provision: String,
    /// The day on the document (YYYY-MM-DD).
    #[arg(long, value_name = "DATE")]
    pub(crate) dated: Date,
    /// By which method it came.
    #[arg(long, default_value = "document")]
    pub(crate) method: String,
    /// The document; a sealed copy is kept.
    #[arg(long, value_name = "FILE")]
    pub(crate) document: PathBuf,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct ApplicationAccept {
    /// The application's number.
    #[arg(value_name = "NUMBER")]
    pub(crate) number: String,
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct ApplicationRefuse {
    /// The application's number.
    #[arg(value_name = "NUMBER")]
    pub(crate) number: String,
    #[command(flatten)]
    pub(crate) at: Dir,
    /// Why; on record.
    #[arg(long)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct ApplicationList {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DelegationCommand {
    /// Record who does which part of the work of a provision (法31条4項); it decides who is paid.
    Record(DelegationRecord),
    /// Say which day is the last of a delegation.
    End(DelegationEnd),
    /// List the delegations.
    List(DelegationList),
}

/// A body that work is delegated to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DelegateName {
    /// the 社会保険診療報酬支払基金
    PaymentFund,
    /// a 国民健康保険団体連合会
    InsuranceFederation,
    /// another body that an ordinance names
    Ordinance,
}

/// A part of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TaskName {
    /// taking requests in
    Receive,
    /// finding persons and first-assigned numbers
    Resolve,
    /// making and sealing the IDs
    Issue,
    /// notifying the fee
    Notify,
    /// passing deliveries on (法31条7項)
    Forward,
}

#[derive(Debug, Args)]
pub(crate) struct DelegationRecord {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The provision.
    #[arg(long, value_name = "ID")]
    pub(crate) provision: String,
    /// Which kind of body.
    #[arg(long, value_enum)]
    pub(crate) to: DelegateName,
    /// The body's name.
    #[arg(long)]
    pub(crate) name: String,
    /// All of the work.
    #[arg(long, conflicts_with = "part", required_unless_present = "part")]
    pub(crate) all: bool,
    /// A part of the work; may be given several times.
    #[arg(long, value_enum)]
    pub(crate) part: Vec<TaskName>,
    /// The first day (YYYY-MM-DD).
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Date,
    /// The last day (YYYY-MM-DD).
    #[arg(long, value_name = "DATE")]
    pub(crate) until: Option<Date>,
    /// The document of the delegation; a sealed copy is kept.
    #[arg(long, value_name = "FILE")]
    pub(crate) document: PathBuf,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct DelegationEnd {
    /// The delegation's number.
    #[arg(value_name = "NUMBER")]
    pub(crate) number: u64,
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The last day (YYYY-MM-DD), today at the earliest.
    #[arg(long, value_name = "DATE")]
    pub(crate) until: Date,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct DelegationList {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Meter {
    /// Start a session of a person's work on a provision.
    Start(MeterStart),
    /// Stop a session.
    Stop(MeterStop),
    /// Put another length in the place of a session's, as a new entry.
    Correct(MeterCorrect),
    /// Show the sessions of a provision and their total.
    Show(MeterShow),
}

#[derive(Debug, Args)]
pub(crate) struct MeterStart {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The provision.
    #[arg(long, value_name = "ID")]
    pub(crate) provision: String,
    /// Whose work it is.
    #[arg(long)]
    pub(crate) who: String,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct MeterStop {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The provision.
    #[arg(long, value_name = "ID")]
    pub(crate) provision: String,
    /// Which session, where several run.
    #[arg(long, value_name = "N")]
    pub(crate) session: Option<u64>,
    /// How long it took (2h30m), only where the machine was started again in between.
    #[arg(long, value_name = "TIME", value_parser = time, requires = "reason")]
    pub(crate) stated: Option<Duration>,
    /// Why it is stated; on record.
    #[arg(long, requires = "stated")]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct MeterCorrect {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The provision.
    #[arg(long, value_name = "ID")]
    pub(crate) provision: String,
    /// Which session.
    #[arg(long, value_name = "N")]
    pub(crate) session: u64,
    /// How long it really took (2h30m).
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) stated: Duration,
    /// Why; on record.
    #[arg(long)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct MeterShow {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The provision.
    #[arg(long, value_name = "ID")]
    pub(crate) provision: String,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum FeeCommand {
    /// List the fee notices and what became of them.
    List(FeeList),
    /// Record a payment with its proof.
    Paid(FeePaid),
    /// Put a new notice in the place of one, counted from the meter as it stands, and sign it for the producer.
    Correct(FeeCorrect),
    /// Write a notice as a PDF.
    Notice(FeeNoticePaper),
    /// Write the fee payment form (手数料納付書) of a notice as a PDF, where revenue stamps are paid with.
    Slip(FeeSlipPaper),
    /// Show or set how the Order is read where it is silent (an interpretation).
    Rule(FeeRuleSet),
}

#[derive(Debug, Args)]
pub(crate) struct FeeList {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct FeePaid {
    /// The notice's number.
    #[arg(value_name = "NOTICE")]
    pub(crate) notice: String,
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The day of the payment (YYYY-MM-DD; default: today).
    #[arg(long, value_name = "DATE")]
    pub(crate) on: Option<Date>,
    /// Yen (default: all that is outstanding).
    #[arg(long)]
    pub(crate) yen: Option<u64>,
    /// The form with its stamps, or the proof of a transfer; a sealed copy is kept.
    #[arg(long, value_name = "FILE")]
    pub(crate) proof: PathBuf,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct FeeCorrect {
    /// The notice's number.
    #[arg(value_name = "NOTICE")]
    pub(crate) notice: String,
    #[command(flatten)]
    pub(crate) at: Dir,
    /// Why; in the new notice.
    #[arg(long)]
    pub(crate) reason: String,
    /// The signed correction for the producer.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) json: Json,
}

/// What is added up before it is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoundingName {
    /// all time of the provision
    Provision,
    /// the time since the last answer
    Answer,
}

/// Which day's tariff an hour has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TariffDayName {
    /// the day the information is given
    Provided,
    /// the day the hour began
    Begun,
}

#[derive(Debug, Args)]
pub(crate) struct FeeRuleSet {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// What is added up before a part of an hour becomes an hour.
    #[arg(long, value_enum)]
    pub(crate) rounding: Option<RoundingName>,
    /// Which day's tariff an hour has.
    #[arg(long, value_enum)]
    pub(crate) tariff_day: Option<TariffDayName>,
    /// Days from the notice to the payment due date.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=366))]
    pub(crate) due_days: Option<u16>,
    #[command(flatten)]
    pub(crate) json: Json,
}

/// A time in words (`2h30m`, `45m`, `PT1H`).
fn time(text: &str) -> Result<Duration, String> {
    let time: SignedDuration = text
        .parse()
        .map_err(|error: jiff::Error| error.to_string())?;
    Duration::try_from(time).map_err(|error| error.to_string())
}

#[derive(Debug, Subcommand)]
pub(crate) enum Fees {
    /// List the fee notices that came with answers and what became of them.
    List(FeeList),
    /// Record that a fee was paid, with its proof.
    Pay(FeePaid),
    /// Take over a correction that the authority signed.
    Receive(FeesReceive),
    /// Write a notice that came here as a PDF.
    Notice(ReceivedNoticePaper),
}

#[derive(Debug, Args)]
pub(crate) struct FeesReceive {
    /// The signed correction.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Cover {
    /// The sealed delivery.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The cover's file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Forward {
    /// The sealed delivery.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The cover that the producer signed.
    #[arg(long, value_name = "FILE")]
    pub(crate) cover: PathBuf,
    /// Where the same bytes go.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) json: Json,
}
