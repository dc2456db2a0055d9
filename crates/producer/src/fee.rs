//! Fees at the producer: the notice that came with an answer, its due date, and the proof that it was paid (規則29条2項).

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use renketsu_duty::ledger::{LedgerEntry, corrected_by, ledger};
use renketsu_duty::notice::{FeeNotice, Paid};
use renketsu_seal::package::Header;
use renketsu_seal::safe::{self, SafeError};
use renketsu_seal::statement::{self, StatementError, StatementKind};
use renketsu_seal::{Card, Fingerprint, durable};
use renketsu_store::{Event, NoticeRecord, PaymentRecord, Store, StoreError, Txn};
use sha2::{Digest as _, Sha256};

use crate::Producer;
use crate::map::{self, MapError};

/// A notice was taken over; its signature had been checked.
const RECEIVED: &str = "fee.received";
/// Documents that are kept, below the party's directory.
const DOCUMENTS: &str = "documents";

/// What was paid on a notice.
#[derive(Clone, Debug)]
pub struct Payment {
    /// The number of the notice.
    pub notice: String,
    /// Yen; all that is outstanding if none is said.
    pub yen: Option<u64>,
    /// The day.
    pub on: Date,
    /// The proof.
    pub proof: PathBuf,
}

/// Why a notice or a payment was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum FeesError {
    /// More than is outstanding, or nothing.
    #[error("of the notice `{notice}` {outstanding} yen are outstanding")]
    Amount {
        /// The number of the notice.
        notice: String,
        /// Yen that are.
        outstanding: u64,
    },
    /// Another notice stands in its place.
    #[error("another notice stands in the place of `{notice}`")]
    Corrected {
        /// The number of the notice.
        notice: String,
    },
    /// The proof can't be read or kept.
    #[error("the document `{}` can't be read or kept", file.display())]
    Document {
        /// The document.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A day that has not come.
    #[error("{day} has not come")]
    Future {
        /// The day.
        day: Date,
    },
    /// What is kept of the notice isn't what was recorded when its signature was checked.
    #[error("what is kept of the notice `{notice}` is not what was recorded")]
    Differs {
        /// The number of the notice.
        notice: String,
    },
    /// The statement is no correction whose figures agree.
    #[error("`{}` is no correction of a fee notice", file.display())]
    NoCorrection {
        /// The statement.
        file: PathBuf,
    },
    /// No such notice is on record here.
    #[error("there is no notice `{notice}`")]
    Unknown {
        /// The number of the notice.
        notice: String,
    },
    /// The directory of the documents can't be made.
    #[error(transparent)]
    Directory(#[from] MapError),
    /// The copy of the proof can't be sealed.
    #[error(transparent)]
    Safe(#[from] SafeError),
    /// The correction is not believed.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The state could not be read or changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl FeesError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("producer.fees.amount", &["notice", "outstanding"]),
        ("producer.fees.corrected", &["notice"]),
        ("producer.fees.differs", &["notice"]),
        ("producer.fees.document", &["file"]),
        ("producer.fees.future", &["day"]),
        ("producer.fees.no_correction", &["file"]),
        ("producer.fees.unknown", &["notice"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Amount { .. } => "producer.fees.amount",
            Self::Corrected { .. } => "producer.fees.corrected",
            Self::Differs { .. } => "producer.fees.differs",
            Self::Document { .. } => "producer.fees.document",
            Self::Future { .. } => "producer.fees.future",
            Self::NoCorrection { .. } => "producer.fees.no_correction",
            Self::Unknown { .. } => "producer.fees.unknown",
            Self::Directory(error) => error.code(),
            Self::Safe(error) => error.code(),
            Self::Statement(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Amount {
                notice,
                outstanding,
            } => vec![
                ("notice", notice.clone()),
                ("outstanding", outstanding.to_string()),
            ],
            Self::Corrected { notice } | Self::Differs { notice } | Self::Unknown { notice } => {
                vec![("notice", notice.clone())]
            }
            Self::Document { file, .. } | Self::NoCorrection { file } => {
                vec![("file", file.display().to_string())]
            }
            Self::Future { day } => vec![("day", day.to_string())],
            Self::Directory(error) => error.details(),
            Self::Safe(error) => error.details(),
            Self::Statement(error) => error.details(),
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Amount { .. }
            | Self::Corrected { .. }
            | Self::Differs { .. }
            | Self::NoCorrection { .. } => 1,
            Self::Future { .. } | Self::Unknown { .. } => 2,
            Self::Document { .. } => 3,
            Self::Directory(error) => error.exit(),
            Self::Safe(error) => error.exit(),
            Self::Statement(error) => error.exit(),
            Self::Store(error) => error.exit(),
        }
    }
}

/// Takes over the notice that an answer carries, in the change that takes the answer.
pub(crate) fn take(
    txn: &Txn<'_>,
    header: &Header,
    answer: &str,
    signer: &Card,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(notice) = &header.fee_notice else {
        return Ok(());
    };
    txn.notify_fee(&NoticeRecord {
        notice: notice.clone(),
        answer: Some(answer.to_owned()),
        last_session: 0,
        recorded_at: now,
    })?;
    txn.also(&received(notice, signer, now).with("answer", answer))
}

/// The digest of all of a notice.
fn digest(notice: &FeeNotice) -> String {
    // A struct of texts and numbers can't fail to serialise.
    let body = serde_json::to_vec(notice).unwrap_or_default();
    data_encoding::HEXLOWER.encode(&Sha256::digest(body))
}

fn received(notice: &FeeNotice, signer: &Card, now: Timestamp) -> Event {
    let event = Event::new(RECEIVED, &notice.number, now)
        .with("provision", notice.provision.as_str())
        .with("yen", notice.amount_yen)
        .with("notice_sha256", digest(notice))
        .with("signed_by", signer.fingerprint().to_hex());
    match notice.due {
        Some(due) => event.with("due", due.to_string()),
        None => event,
    }
}

/// Takes over a correction that the authority signed.
pub fn receive(producer: &mut Producer<'_>, file: &Path) -> Result<LedgerEntry, FeesError> {
    let (notice, signer) =
        statement::read::<FeeNotice>(file, StatementKind::FeeCorrection, producer.trust)?;
    let unfit = || FeesError::NoCorrection {
        file: file.to_owned(),
    };
    let corrects = notice.corrects.clone().ok_or_else(unfit)?.notice;
    let txn = producer.store.begin()?;
    let records = txn.fee_notices(None)?;
    let known: Vec<FeeNotice> = records.iter().map(|record| record.notice.clone()).collect();
    let old = known
        .iter()
        .find(|known| known.number == corrects)
        .ok_or_else(|| FeesError::Unknown {
            notice: corrects.clone(),
        })?;
    let same = old.provision == notice.provision
        && old.authority == notice.authority
        // One trusted card has this name: that of whoever notified, or the one that came in its place.
        && notice.authority == signer.name;
    if !same || !notice.adds_up() {
        return Err(unfit());
    }
    if corrected_by(&known, &corrects).is_some() {
        return Err(FeesError::Corrected { notice: corrects });
    }
    txn.notify_fee(&NoticeRecord {
        notice: notice.clone(),
        answer: None,
        last_session: 0,
        recorded_at: producer.now,
    })?;
    let entry = entry(&txn, &notice.number, producer.today)?;
    txn.commit(&received(&notice, &signer, producer.now).with("corrects", corrects))?;
    Ok(entry)
}

/// A notice as it was received, for a paper of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The notice.
    pub notice: FeeNotice,
    /// When it was taken over, its signature checked.
    pub at: Timestamp,
    /// Fingerprint of the card whose signature it was.
    pub signed_by: Fingerprint,
    /// Package id of the answer that carried it; none of a correction.
    pub answer: Option<String>,
}

/// A notice that came here, held against what was recorded when its signature was checked. The answer that carried it may be gone
/// by now; the chain of the record is checked from its first line.
pub fn as_received(store: &Store, number: &str) -> Result<Received, FeesError> {
    let notice = store
        .fee_notices(None)?
        .into_iter()
        .map(|record| record.notice)
        .find(|notice| notice.number == number)
        .ok_or_else(|| FeesError::Unknown {
            notice: number.to_owned(),
        })?;
    let events = store.events()?.into_iter().map(|entry| entry.event);
    let recorded = events
        .filter(|event| event.action == RECEIVED && event.object == number)
        .find_map(|event| {
            let text = |name: &str| Some(event.details.get(name)?.as_str()?.to_owned());
            let signed_by = Fingerprint::parse(&text("signed_by")?).ok()?;
            (text("notice_sha256")? == digest(&notice)).then(|| Received {
                notice: notice.clone(),
                at: event.at,
                signed_by,
                answer: text("answer"),
            })
        });
    recorded
        .filter(|received| received.notice.adds_up())
        .ok_or_else(|| FeesError::Differs {
            notice: number.to_owned(),
        })
}

/// Records a payment and keeps its proof sealed.
pub fn pay(producer: &mut Producer<'_>, payment: &Payment) -> Result<LedgerEntry, FeesError> {
    if payment.on > producer.today {
        return Err(FeesError::Future { day: payment.on });
    }
    let (sha256, file) = keep(producer, &payment.proof)?;
    let txn = producer.store.begin()?;
    let outstanding = entry(&txn, &payment.notice, producer.today)?.outstanding_yen;
    let yen = payment.yen.unwrap_or(outstanding);
    if yen == 0 || yen > outstanding {
        return Err(FeesError::Amount {
            notice: payment.notice.clone(),
            outstanding,
        });
    }
    txn.pay_fee(&PaymentRecord {
        notice: payment.notice.clone(),
        paid: Paid {
            yen,
            on: payment.on,
        },
        sha256: sha256.clone(),
        file,
        recorded_at: producer.now,
    })?;
    let entry = entry(&txn, &payment.notice, producer.today)?;
    let event = Event::new("fee.paid", &payment.notice, producer.now)
        .with("yen", yen)
        .with("on", payment.on.to_string())
        .with("sha256", sha256);
    txn.commit(&event)?;
    Ok(entry)
}

/// Keeps a sealed copy of a document; its digest and where the copy lies.
fn keep(producer: &Producer<'_>, path: &Path) -> Result<(String, String), FeesError> {
    let io = |source| FeesError::Document {
        file: path.to_owned(),
        source,
    };
    let bytes = durable::read_file(path).map_err(io)?;
    let sha256 = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
    let file = format!("{DOCUMENTS}/{sha256}");
    let kept = producer.dir.join(&file);
    if kept.symlink_metadata().is_err() {
        map::directory_for(&producer.dir.join(DOCUMENTS))?;
        let mut copy = safe::create(&kept, producer.keys)?;
        copy.write_all(&bytes).map_err(io)?;
        copy.commit()?;
    }
    Ok((sha256, file))
}

/// Every notice with what became of it.
pub fn list(store: &Store, today: Date) -> Result<Vec<LedgerEntry>, FeesError> {
    Ok(entries(
        store.fee_notices(None)?,
        store.fee_payments()?,
        today,
    ))
}

fn entry(txn: &Txn<'_>, number: &str, today: Date) -> Result<LedgerEntry, FeesError> {
    entries(txn.fee_notices(None)?, txn.fee_payments()?, today)
        .into_iter()
        .find(|entry| entry.notice.number == number)
        .ok_or_else(|| FeesError::Unknown {
            notice: number.to_owned(),
        })
}

fn entries(
    notices: Vec<NoticeRecord>,
    payments: Vec<PaymentRecord>,
    today: Date,
) -> Vec<LedgerEntry> {
    let notices: Vec<FeeNotice> = notices.into_iter().map(|record| record.notice).collect();
    let payments: Vec<(String, Paid)> = payments
        .into_iter()
        .map(|record| (record.notice, record.paid))
        .collect();
    ledger(&notices, &payments, today)
}
