//! What is kept of fees on both sides: notices and what was paid on them; at the authority the rule too.

use jiff::Timestamp;
use renketsu_duty::fee::FeeRule;
use renketsu_duty::notice::{FeeNotice, Paid};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::column::{date, exact, json, text, time};
use crate::{Store, StoreError, Txn};

/// A notice on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRecord {
    /// The notice.
    pub notice: FeeNotice,
    /// Package id of the answer that carries it; none for a correction.
    pub answer: Option<String>,
    /// The last session of the meter that it counted; 0 where there is no meter.
    pub last_session: u64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// A payment on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRecord {
    /// The number of the notice.
    pub notice: String,
    /// What was paid.
    pub paid: Paid,
    /// Digest of the proof.
    pub sha256: String,
    /// The proof, sealed for oneself, below the party's directory.
    pub file: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

fn notice(row: &Row<'_>) -> rusqlite::Result<NoticeRecord> {
    Ok(NoticeRecord {
        notice: json(&row.get::<_, String>(0)?)?,
        answer: row.get(1)?,
        last_session: row.get::<_, i64>(2)?.unsigned_abs(),
        recorded_at: time(&row.get::<_, String>(3)?)?,
    })
}

fn notices(
    connection: &Connection,
    provision: Option<&str>,
) -> rusqlite::Result<Vec<NoticeRecord>> {
    connection
        .prepare(
            "SELECT body, answer, last_session, recorded_at FROM fee_notices
             WHERE ?1 IS NULL OR provision = ?1 ORDER BY entry",
        )?
        .query_map(params![provision], notice)?
        .collect()
}

fn payments(connection: &Connection) -> rusqlite::Result<Vec<PaymentRecord>> {
    connection
        .prepare("SELECT notice, yen, paid_on, sha256, file, recorded_at FROM fee_payments ORDER BY entry")?
        .query_map([], |row| {
            Ok(PaymentRecord {
                notice: row.get(0)?,
                paid: Paid {
                    yen: row.get::<_, i64>(1)?.unsigned_abs(),
                    on: date(&row.get::<_, String>(2)?)?,
                },
                sha256: row.get(3)?,
                file: row.get(4)?,
                recorded_at: time(&row.get::<_, String>(5)?)?,
            })
        })?
        .collect()
}

fn rule(connection: &Connection) -> rusqlite::Result<FeeRule> {
    let set: Option<String> = connection
        .query_row(
            "SELECT body FROM fee_rules ORDER BY entry DESC LIMIT 1",
            [],
            |row| row.get(0),
        )
        .optional()?;
    set.map_or_else(|| Ok(FeeRule::default()), |body| json(&body))
}

impl Store {
    /// Every notice in the order it was recorded, or those of one provision.
    pub fn fee_notices(&self, provision: Option<&str>) -> Result<Vec<NoticeRecord>, StoreError> {
        notices(&self.connection, provision).map_err(|error| self.classify(error))
    }

    /// Every payment in the order it was recorded.
    pub fn fee_payments(&self) -> Result<Vec<PaymentRecord>, StoreError> {
        payments(&self.connection).map_err(|error| self.classify(error))
    }

    /// The rule in force: the one that was set last.
    pub fn fee_rule(&self) -> Result<FeeRule, StoreError> {
        rule(&self.connection).map_err(|error| self.classify(error))
    }
}

impl Txn<'_> {
    /// As [`Store::fee_notices`]; nobody else can add one while this change is open.
    pub fn fee_notices(&self, provision: Option<&str>) -> Result<Vec<NoticeRecord>, StoreError> {
        notices(&self.inner, provision).map_err(|error| self.classify(error))
    }

    /// As [`Store::fee_payments`].
    pub fn fee_payments(&self) -> Result<Vec<PaymentRecord>, StoreError> {
        payments(&self.inner).map_err(|error| self.classify(error))
    }

    /// As [`Store::fee_rule`].
    pub fn fee_rule(&self) -> Result<FeeRule, StoreError> {
        rule(&self.inner).map_err(|error| self.classify(error))
    }

    /// Sets the rule for what is notified from now on.
    pub fn set_fee_rule(&self, rule: &FeeRule, at: Timestamp) -> Result<(), StoreError> {
        text(rule)
            .and_then(|body| {
                self.inner.execute(
                    "INSERT INTO fee_rules (body, set_at) VALUES (?1, ?2)",
                    params![body, at.to_string()],
                )
            })
            .map(drop)
            .map_err(|error| self.classify(error))
    }

    /// Records a notice; a number, an answer or a corrected notice that stands already is [`StoreError::Exists`].
    pub fn notify_fee(&self, record: &NoticeRecord) -> Result<(), StoreError> {
        let corrects = record.notice.corrects.as_ref();
        let changed = text(&record.notice)
            .and_then(|body| {
                self.inner.execute(
                    "INSERT INTO fee_notices (notice, provision, entry, answer, last_session, body, corrects, recorded_at)
                     VALUES (?1, ?2, (SELECT coalesce(max(entry), 0) + 1 FROM fee_notices), ?3, ?4, ?5, ?6, ?7)
                     ON CONFLICT DO NOTHING",
                    params![
                        record.notice.number,
                        record.notice.provision,
                        record.answer,
                        exact(record.last_session)?,
                        body,
                        corrects.map(|corrects| &corrects.notice),
                        record.recorded_at.to_string()
                    ],
                )
            })
            .map_err(|error| self.classify(error))?;
        if changed == 0 {
            return Err(StoreError::Exists {
                what: "fee notice",
                name: record.notice.number.clone(),
            });
        }
        Ok(())
    }

    /// Records a payment.
    pub fn pay_fee(&self, record: &PaymentRecord) -> Result<(), StoreError> {
        exact(record.paid.yen)
            .and_then(|yen| {
                self.inner.execute(
                    "INSERT INTO fee_payments (notice, yen, paid_on, sha256, file, recorded_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    params![
                        record.notice,
                        yen,
                        record.paid.on.to_string(),
                        record.sha256,
                        record.file,
                        record.recorded_at.to_string()
                    ],
                )
            })
            .map(drop)
            .map_err(|error| self.classify(error))
    }
}
