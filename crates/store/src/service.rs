//! What the authority's service keeps: certificates of producers, and requests from their acceptance to their end.

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension as _, Row, params};

use crate::column::{count, json, time, when};
use crate::{IssueRecord, Store, StoreError, Txn};

/// A certificate that a trusted card vouched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolledCertificate {
    /// SHA-256 of its DER, in hexadecimal.
    pub sha256: String,
    /// Its DER.
    pub certificate: Vec<u8>,
    /// Fingerprint of the producer's card.
    pub producer: String,
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
    /// From when on it is not accepted any more.
    pub revoked_at: Option<Timestamp>,
}

/// A request the service accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceRequest {
    /// SHA-256 of the sealed request, in hexadecimal.
    pub sha256: String,
    /// Fingerprint of the sender's card.
    pub sender: String,
    /// Its package id.
    pub package: String,
    /// The provision it names.
    pub provision: String,
    /// Length of the sealed request.
    pub bytes: u64,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// What came of it; `None` while it waits.
    pub end: Option<RequestEnd>,
    /// What keeps it from its end, if the authority has to do something about it first.
    pub hold: Option<Hold>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When the sender first asked for the answer.
    pub fetched_at: Option<Timestamp>,
}

/// What keeps a good request from its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// The code of what the authority has to cure.
    pub code: String,
    /// Since when.
    pub since: Timestamp,
    /// How often an operator asked for another try.
    pub asks: u64,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestEnd {
    /// It was answered.
    Answered(HeldAnswer),
    /// It was refused, with this code.
    Refused(String),
}

/// An answer that waits for its producer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldAnswer {
    /// Its package id.
    pub package: String,
    /// SHA-256 of the sealed answer, in hexadecimal.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    /// From when on it isn't kept any more.
    pub expires_at: Timestamp,
}

const REQUEST: &str = "SELECT sha256, sender, package, provision, bytes, accepted_at, refused, answer, answer_sha256, answer_bytes, expires_at, ended_at, fetched_at, held.code, held.since, held.asks FROM service_requests LEFT JOIN service_holds AS held USING (sha256)";

fn hold(row: &Row<'_>) -> rusqlite::Result<Option<Hold>> {
    let Some(code) = row.get::<_, Option<String>>(13)? else {
        return Ok(None);
    };
    Ok(Some(Hold {
        code,
        since: time(&row.get::<_, String>(14)?)?,
        asks: row.get::<_, i64>(15)?.unsigned_abs(),
    }))
}

fn request(row: &Row<'_>) -> rusqlite::Result<ServiceRequest> {
    let answered = match row.get::<_, Option<String>>(7)? {
        None => None,
        Some(package) => Some(RequestEnd::Answered(HeldAnswer {
            package,
            sha256: row.get(8)?,
            bytes: row.get::<_, i64>(9)?.unsigned_abs(),
            expires_at: time(&row.get::<_, String>(10)?)?,
        })),
    };
    let refused = row.get::<_, Option<String>>(6)?.map(RequestEnd::Refused);
    Ok(ServiceRequest {
        sha256: row.get(0)?,
        sender: row.get(1)?,
        package: row.get(2)?,
        provision: row.get(3)?,
        bytes: row.get::<_, i64>(4)?.unsigned_abs(),
        accepted_at: time(&row.get::<_, String>(5)?)?,
        end: answered.or(refused),
        hold: hold(row)?,
        ended_at: when(row, 11)?,
        fetched_at: when(row, 12)?,
    })
}

const CERTIFICATE: &str =
    "SELECT sha256, certificate, producer, enrolled_at, revoked_at FROM service_certificates";

fn certificate(row: &Row<'_>) -> rusqlite::Result<EnrolledCertificate> {
    let der = data_encoding::BASE64
        .decode(row.get::<_, String>(1)?.as_bytes())
        .map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(1, Type::Text, Box::new(error))
        })?;
    Ok(EnrolledCertificate {
        sha256: row.get(0)?,
        certificate: der,
        producer: row.get(2)?,
        enrolled_at: time(&row.get::<_, String>(3)?)?,
        revoked_at: when(row, 4)?,
    })
}

impl Store {
    /// A certificate by the SHA-256 of its DER, revoked ones too.
    pub fn certificate(&self, sha256: &str) -> Result<Option<EnrolledCertificate>, StoreError> {
        self.one_row(
            &format!("{CERTIFICATE} WHERE sha256 = ?1"),
            params![sha256],
            certificate,
        )
    }

    /// Every certificate, in the order of enrolment.
    pub fn certificates(&self) -> Result<Vec<EnrolledCertificate>, StoreError> {
        self.all_rows(
            &format!("{CERTIFICATE} ORDER BY enrolled_at, sha256"),
            [],
            certificate,
        )
    }

    /// A request by the SHA-256 of its sealed file.
    pub fn service_request(&self, sha256: &str) -> Result<Option<ServiceRequest>, StoreError> {
        self.one_row(
            &format!("{REQUEST} WHERE sha256 = ?1"),
            params![sha256],
            request,
        )
    }

    /// As [`Store::service_request`], of one sender alone: another sender's request is looked for and not found in the same way
    /// as one that does not exist.
    pub fn service_request_of(
        &self,
        sender: &str,
        sha256: &str,
    ) -> Result<Option<ServiceRequest>, StoreError> {
        self.one_row(
            &format!("{REQUEST} WHERE sha256 = ?1 AND sender = ?2"),
            params![sha256, sender],
            request,
        )
    }

    /// How many requests of a sender wait for their end, and their bytes.
    pub fn waiting_of(&self, sender: &str) -> Result<(u64, u64), StoreError> {
        self.connection
            .query_row(
                "SELECT count(*), coalesce(sum(bytes), 0) FROM service_requests WHERE ended_at IS NULL AND sender = ?1",
                params![sender],
                |row| {
                    let [requests, bytes] = [row.get::<_, i64>(0)?, row.get::<_, i64>(1)?];
                    Ok((requests.unsigned_abs(), bytes.unsigned_abs()))
                },
            )
            .map_err(|error| self.classify(error))
    }

    /// The requests that wait for their end, in the order they were accepted.
    pub fn waiting_requests(&self) -> Result<Vec<ServiceRequest>, StoreError> {
        self.all_rows(
            &format!("{REQUEST} WHERE ended_at IS NULL ORDER BY place"),
            [],
            request,
        )
    }

    /// Every request with an answer, in the order they were accepted.
    pub fn answered_requests(&self) -> Result<Vec<ServiceRequest>, StoreError> {
        self.all_rows(
            &format!("{REQUEST} WHERE answer IS NOT NULL ORDER BY place"),
            [],
            request,
        )
    }

    /// What is recorded of the answer to the sealed request with this SHA-256, however it came.
    pub fn issue_of(&self, request_sha256: &str) -> Result<Option<IssueRecord>, StoreError> {
        self.connection
            .query_row(
                "SELECT request, answer, provision, registry, counts, answer_sha256, issued_at FROM issues WHERE request_sha256 = ?1",
                params![request_sha256],
                |row| {
                    Ok(IssueRecord {
                        request: row.get(0)?,
                        answer: row.get(1)?,
                        provision: row.get(2)?,
                        registry: row.get::<_, i64>(3)?.unsigned_abs(),
                        counts: json(&row.get::<_, String>(4)?)?,
                        request_sha256: request_sha256.to_owned(),
                        answer_sha256: row.get(5)?,
                        issued_at: time(&row.get::<_, String>(6)?)?,
                    })
                },
            )
            .optional()
            .map_err(|error| self.classify(error))
    }
}

impl Txn<'_> {
    /// Enrols a certificate; one that is known, revoked or not, is [`StoreError::Exists`].
    pub fn enrol_certificate(&self, enrolled: &EnrolledCertificate) -> Result<(), StoreError> {
        let changed = self
            .inner
            .execute(
                "INSERT INTO service_certificates (sha256, certificate, producer, enrolled_at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO NOTHING",
                params![
                    enrolled.sha256,
                    data_encoding::BASE64.encode(&enrolled.certificate),
                    enrolled.producer,
                    enrolled.enrolled_at.to_string()
                ],
            )
            .map_err(|error| self.classify(error))?;
        if changed == 0 {
            return Err(StoreError::Exists {
                what: "certificate",
                name: enrolled.sha256.clone(),
            });
        }
        Ok(())
    }

    /// Revokes a certificate; one that is unknown or revoked already is [`StoreError::Missing`].
    pub fn revoke_certificate(&self, sha256: &str, at: Timestamp) -> Result<(), StoreError> {
        let changed = self
            .inner
            .execute(
                "UPDATE service_certificates SET revoked_at = ?2 WHERE sha256 = ?1 AND revoked_at IS NULL",
                params![sha256, at.to_string()],
            )
            .map_err(|error| self.classify(error))?;
        changed_one(changed, "certificate", sha256)
    }

    /// Accepts a request, at the end of those that wait; a digest that is known is [`StoreError::Exists`].
    pub fn accept_request(&self, accepted: &ServiceRequest) -> Result<(), StoreError> {
        let changed = self
            .inner
            .execute(
                "INSERT INTO service_requests (sha256, sender, package, provision, bytes, accepted_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT DO NOTHING",
                params![
                    accepted.sha256,
                    accepted.sender,
                    accepted.package,
                    accepted.provision,
                    count(accepted.bytes),
                    accepted.accepted_at.to_string()
                ],
            )
            .map_err(|error| self.classify(error))?;
        if changed == 0 {
            return Err(StoreError::Exists {
                what: "request",
                name: accepted.sha256.clone(),
            });
        }
        Ok(())
    }

    /// Ends a request that waits; another is [`StoreError::Missing`].
    pub fn end_request(
        &self,
        sha256: &str,
        end: &RequestEnd,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (refused, answer) = match end {
            RequestEnd::Answered(answer) => (None, Some(answer)),
            RequestEnd::Refused(code) => (Some(code), None),
        };
        let changed = self
            .inner
            .execute(
                "UPDATE service_requests SET refused = ?2, answer = ?3, answer_sha256 = ?4, answer_bytes = ?5, expires_at = ?6, ended_at = ?7
                 WHERE sha256 = ?1 AND ended_at IS NULL",
                params![
                    sha256,
                    refused,
                    answer.map(|answer| &answer.package),
                    answer.map(|answer| &answer.sha256),
                    answer.map(|answer| count(answer.bytes)),
                    answer.map(|answer| answer.expires_at.to_string()),
                    at.to_string()
                ],
            )
            .map_err(|error| self.classify(error))?;
        changed_one(changed, "request", sha256)?;
        self.inner
            .execute(
                "DELETE FROM service_holds WHERE sha256 = ?1",
                params![sha256],
            )
            .map_err(|error| self.classify(error))?;
        Ok(())
    }

    /// Says what keeps a waiting request from its end; an earlier word about it is replaced.
    pub fn hold_request(&self, sha256: &str, code: &str, at: Timestamp) -> Result<(), StoreError> {
        let changed = self
            .inner
            .execute(
                "INSERT INTO service_holds (sha256, code, since) SELECT sha256, ?2, ?3 FROM service_requests WHERE sha256 = ?1 AND ended_at IS NULL
                 ON CONFLICT (sha256) DO UPDATE SET code = ?2, since = ?3",
                params![sha256, code, at.to_string()],
            )
            .map_err(|error| self.classify(error))?;
        changed_one(changed, "request", sha256)
    }

    /// Asks for another try of a request that is held; one that isn't is [`StoreError::Missing`].
    pub fn ask_again(&self, sha256: &str) -> Result<(), StoreError> {
        let changed = self
            .inner
            .execute(
                "UPDATE service_holds SET asks = asks + 1 WHERE sha256 = ?1",
                params![sha256],
            )
            .map_err(|error| self.classify(error))?;
        changed_one(changed, "request", sha256)
    }

    /// Notes that the sender asked for the answer. Says whether it was the first time.
    pub fn fetch_answer(&self, sha256: &str, at: Timestamp) -> Result<bool, StoreError> {
        self.inner
            .execute(
                "UPDATE service_requests SET fetched_at = ?2 WHERE sha256 = ?1 AND answer IS NOT NULL AND fetched_at IS NULL",
                params![sha256, at.to_string()],
            )
            .map(|changed| changed > 0)
            .map_err(|error| self.classify(error))
    }
}

fn changed_one(changed: usize, what: &'static str, name: &str) -> Result<(), StoreError> {
    if changed == 0 {
        return Err(StoreError::Missing {
            what,
            name: name.to_owned(),
        });
    }
    Ok(())
}
