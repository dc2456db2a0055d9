//! People of a workspace: who they are, what they were granted, what they sign in with.

use jiff::Timestamp;
use rusqlite::{Row, params};

use crate::column::{json, text, time, when};
use crate::{Store, StoreError, Txn};

/// A person with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRecord {
    /// What they sign in with.
    pub person: String,
    /// Their name.
    pub name: String,
    /// Where they belong.
    pub affiliation: String,
    /// `ja` or `en`.
    pub language: String,
    /// When the account was made.
    pub added_at: Timestamp,
    /// By whom.
    pub added_by: String,
    /// From when on nobody signs in as them.
    pub suspended_at: Option<Timestamp>,
    /// Their password's hash (PHC string); `None` until they enrol.
    pub password: Option<String>,
    /// When the password was set.
    pub password_at: Option<Timestamp>,
    /// Whether it has 13 characters or more.
    pub password_long: bool,
    /// When they pledged what the guideline asks for.
    pub pledged_at: Option<Timestamp>,
    /// Why this person has one factor only, if that was allowed.
    pub single_factor: Option<serde_json::Value>,
    /// Wrong tries since the last right one.
    pub failures: u64,
    /// When the last of them was.
    pub failed_at: Option<Timestamp>,
}

/// A role that somebody has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantRecord {
    /// Its number.
    pub grant: i64,
    /// Who has it.
    pub person: String,
    /// The role, as `access::Role` writes it.
    pub role: String,
    /// In which study; `None`: in the office.
    pub study: Option<String>,
    /// Since when.
    pub granted_at: Timestamp,
    /// By whom.
    pub granted_by: String,
    /// Until when.
    pub ended_at: Option<Timestamp>,
}

/// A second factor of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactorRecord {
    /// Its id.
    pub factor: String,
    /// Whose it is.
    pub person: String,
    /// `totp` or `passkey`.
    pub kind: String,
    /// What the person calls it.
    pub label: String,
    /// The sealed seed, or the public half of a passkey.
    pub body: String,
    /// Of TOTP: the last step whose code was taken.
    pub last_step: Option<u64>,
    /// When it was enrolled.
    pub made_at: Timestamp,
    /// From when on it isn't taken.
    pub removed_at: Option<Timestamp>,
}

/// A one-time code by which somebody enrols.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeRecord {
    /// SHA-256 of the code.
    pub code_sha256: String,
    /// Who enrols with it.
    pub person: String,
    /// Whether it is of a reset.
    pub reset: bool,
    /// When it was made.
    pub made_at: Timestamp,
    /// By whom.
    pub made_by: String,
    /// Until when it is taken.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

/// A reset of somebody's password and factors: proposed by one person, decided by another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResetRecord {
    /// Its number.
    pub reset: i64,
    /// Whose.
    pub person: String,
    /// How the identity was confirmed.
    pub identity: String,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// By whom.
    pub proposed_by: String,
    /// Digest of the half of the code that they were given.
    pub half_sha256: String,
    /// When it was decided, by whom, and how.
    pub decided: Option<(Timestamp, String, bool)>,
}

const PERSON: &str = "SELECT person, name, affiliation, language, added_at, added_by, suspended_at, password, password_at, password_long, pledged_at, single_factor, failures, failed_at FROM people";

fn person(row: &Row<'_>) -> rusqlite::Result<PersonRecord> {
    let single: Option<String> = row.get(11)?;
    Ok(PersonRecord {
        person: row.get(0)?,
        name: row.get(1)?,
        affiliation: row.get(2)?,
        language: row.get(3)?,
        added_at: time(&row.get::<_, String>(4)?)?,
        added_by: row.get(5)?,
        suspended_at: when(row, 6)?,
        password: row.get(7)?,
        password_at: when(row, 8)?,
        password_long: row.get(9)?,
        pledged_at: when(row, 10)?,
        single_factor: single.as_deref().map(json).transpose()?,
        failures: row.get::<_, i64>(12)?.unsigned_abs(),
        failed_at: when(row, 13)?,
    })
}

const GRANT: &str =
    "SELECT grant_id, person, role, study, granted_at, granted_by, ended_at FROM grants";

fn grant(row: &Row<'_>) -> rusqlite::Result<GrantRecord> {
    Ok(GrantRecord {
        grant: row.get(0)?,
        person: row.get(1)?,
        role: row.get(2)?,
        study: row.get(3)?,
        granted_at: time(&row.get::<_, String>(4)?)?,
        granted_by: row.get(5)?,
        ended_at: when(row, 6)?,
    })
}

const FACTOR: &str =
    "SELECT factor, person, kind, label, body, last_step, made_at, removed_at FROM factors";

fn factor(row: &Row<'_>) -> rusqlite::Result<FactorRecord> {
    Ok(FactorRecord {
        factor: row.get(0)?,
        person: row.get(1)?,
        kind: row.get(2)?,
        label: row.get(3)?,
        body: row.get(4)?,
        last_step: row.get::<_, Option<i64>>(5)?.map(i64::unsigned_abs),
        made_at: time(&row.get::<_, String>(6)?)?,
        removed_at: when(row, 7)?,
    })
}

fn code(row: &Row<'_>) -> rusqlite::Result<CodeRecord> {
    Ok(CodeRecord {
        code_sha256: row.get(0)?,
        person: row.get(1)?,
        reset: row.get(2)?,
        made_at: time(&row.get::<_, String>(3)?)?,
        made_by: row.get(4)?,
        expires_at: time(&row.get::<_, String>(5)?)?,
        used_at: when(row, 6)?,
    })
}

const RESET: &str = "SELECT reset_id, person, identity, proposed_at, proposed_by, half_sha256, decided_at, decided_by, approved FROM resets";

fn reset(row: &Row<'_>) -> rusqlite::Result<ResetRecord> {
    let decided = match when(row, 6)? {
        None => None,
        Some(at) => Some((at, row.get(7)?, row.get(8)?)),
    };
    Ok(ResetRecord {
        reset: row.get(0)?,
        person: row.get(1)?,
        identity: row.get(2)?,
        proposed_at: time(&row.get::<_, String>(3)?)?,
        proposed_by: row.get(4)?,
        half_sha256: row.get(5)?,
        decided,
    })
}

impl Store {
    /// Whether anybody has an account: then data is reached through the server alone.
    pub fn has_people(&self) -> Result<bool, StoreError> {
        self.connection
            .query_row("SELECT EXISTS (SELECT 1 FROM people)", [], |row| row.get(0))
            .map_err(|error| self.classify(error))
    }

    /// A person by what they sign in with.
    pub fn person(&self, id: &str) -> Result<Option<PersonRecord>, StoreError> {
        self.one_row(&format!("{PERSON} WHERE person = ?1"), params![id], person)
    }

    /// Everybody, in the order of their ids.
    pub fn people(&self) -> Result<Vec<PersonRecord>, StoreError> {
        self.all_rows(&format!("{PERSON} ORDER BY person"), [], person)
    }

    /// What a person was granted and still has.
    pub fn grants_of(&self, id: &str) -> Result<Vec<GrantRecord>, StoreError> {
        self.all_rows(
            &format!("{GRANT} WHERE person = ?1 AND ended_at IS NULL ORDER BY grant_id"),
            params![id],
            grant,
        )
    }

    /// Every grant that was ever made, in order.
    pub fn grants(&self) -> Result<Vec<GrantRecord>, StoreError> {
        self.all_rows(&format!("{GRANT} ORDER BY grant_id"), [], grant)
    }

    /// The factors that a person has and that are taken.
    pub fn factors_of(&self, id: &str) -> Result<Vec<FactorRecord>, StoreError> {
        self.all_rows(
            &format!("{FACTOR} WHERE person = ?1 AND removed_at IS NULL ORDER BY made_at, factor"),
            params![id],
            factor,
        )
    }

    /// A one-time code by its SHA-256, used ones too.
    pub fn enrolment_code(&self, sha256: &str) -> Result<Option<CodeRecord>, StoreError> {
        self.one_row("SELECT code_sha256, person, reset, made_at, made_by, expires_at, used_at FROM enrolment_codes WHERE code_sha256 = ?1", params![sha256], code)
    }

    /// A reset by its number.
    pub fn reset(&self, number: i64) -> Result<Option<ResetRecord>, StoreError> {
        self.one_row(
            &format!("{RESET} WHERE reset_id = ?1"),
            params![number],
            reset,
        )
    }

    /// Resets that nobody decided yet.
    pub fn open_resets(&self) -> Result<Vec<ResetRecord>, StoreError> {
        self.all_rows(
            &format!("{RESET} WHERE decided_at IS NULL ORDER BY reset_id"),
            [],
            reset,
        )
    }
}

impl Txn<'_> {
    /// Adds an account.
    pub fn add_person(&self, record: &PersonRecord) -> Result<(), StoreError> {
        self.must_add(
                "INSERT INTO people (person, name, affiliation, language, added_at, added_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
                params![record.person, record.name, record.affiliation, record.language, record.added_at.to_string(), record.added_by],
            "person",
            &record.person,
        )
    }

    /// Sets or takes away a password.
    pub fn set_password(
        &self,
        person: &str,
        hash: Option<&str>,
        long: bool,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.must_change(
            "UPDATE people SET password = ?2, password_long = ?3, password_at = ?4, failures = 0, failed_at = NULL WHERE person = ?1",
            params![person, hash, long, at.to_string()],
            "person",
            person,
        )
    }

    /// Suspends a person, or lets them in again.
    pub fn suspend_person(&self, person: &str, at: Option<Timestamp>) -> Result<(), StoreError> {
        self.must_change(
            "UPDATE people SET suspended_at = ?2 WHERE person = ?1",
            params![person, at.map(|at| at.to_string())],
            "person",
            person,
        )
    }

    /// Notes that a person pledged.
    pub fn pledged(&self, person: &str, at: Timestamp) -> Result<(), StoreError> {
        self.must_change(
            "UPDATE people SET pledged_at = ?2 WHERE person = ?1",
            params![person, at.to_string()],
            "person",
            person,
        )
    }

    /// Takes the pledges back: until they are made again, nobody signs in as this person.
    pub fn take_pledges(&self, person: &str) -> Result<(), StoreError> {
        self.must_change(
            "UPDATE people SET pledged_at = NULL WHERE person = ?1",
            params![person],
            "person",
            person,
        )
    }

    /// Allows one factor alone, or ends that.
    pub fn allow_single_factor(
        &self,
        person: &str,
        exception: Option<&serde_json::Value>,
    ) -> Result<(), StoreError> {
        let exception = exception
            .map(text)
            .transpose()
            .map_err(|error| self.classify(error))?;
        self.must_change(
            "UPDATE people SET single_factor = ?2 WHERE person = ?1",
            params![person, exception],
            "person",
            person,
        )
    }

    /// Sets the language of a person's pages.
    pub fn set_language(&self, person: &str, language: &str) -> Result<(), StoreError> {
        self.must_change(
            "UPDATE people SET language = ?2 WHERE person = ?1",
            params![person, language],
            "person",
            person,
        )
    }

    /// Counts a wrong try (`Some`), or forgets those before (`None`).
    pub fn person_failed(&self, person: &str, at: Option<Timestamp>) -> Result<(), StoreError> {
        self.must_change(
            "UPDATE people SET failures = CASE WHEN ?2 IS NULL THEN 0 ELSE failures + 1 END, failed_at = ?2 WHERE person = ?1",
            params![person, at.map(|at| at.to_string())],
            "person",
            person,
        )
    }

    /// Grants a role.
    pub fn add_grant(
        &self,
        person: &str,
        role: &str,
        study: Option<&str>,
        at: Timestamp,
        by: &str,
    ) -> Result<(), StoreError> {
        self.inner
            .execute(
                "INSERT INTO grants (person, role, study, granted_at, granted_by) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![person, role, study, at.to_string(), by],
            )
            .map(drop)
            .map_err(|error| self.classify(error))
    }

    /// Ends a grant.
    pub fn end_grant(&self, number: i64, at: Timestamp) -> Result<(), StoreError> {
        self.must_change(
            "UPDATE grants SET ended_at = ?2 WHERE grant_id = ?1 AND ended_at IS NULL",
            params![number, at.to_string()],
            "grant",
            &number.to_string(),
        )
    }

    /// Adds a one-time code; older ones of the same person are taken no more.
    pub fn add_code(&self, record: &CodeRecord) -> Result<(), StoreError> {
        self.inner
            .execute(
                "UPDATE enrolment_codes SET used_at = ?2 WHERE person = ?1 AND used_at IS NULL",
                params![record.person, record.made_at.to_string()],
            )
            .and_then(|_| {
                self.inner.execute(
                    "INSERT INTO enrolment_codes (code_sha256, person, reset, made_at, made_by, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    params![
                        record.code_sha256,
                        record.person,
                        record.reset,
                        record.made_at.to_string(),
                        record.made_by,
                        record.expires_at.to_string()
                    ],
                )
            })
            .map(drop)
            .map_err(|error| self.classify(error))
    }

    /// Uses a code up.
    pub fn use_code(&self, sha256: &str, at: Timestamp) -> Result<(), StoreError> {
        self.must_change(
            "UPDATE enrolment_codes SET used_at = ?2 WHERE code_sha256 = ?1 AND used_at IS NULL",
            params![sha256, at.to_string()],
            "code",
            "",
        )
    }

    /// Adds a factor.
    pub fn add_factor(&self, record: &FactorRecord) -> Result<(), StoreError> {
        self.inner
            .execute(
                "INSERT INTO factors (factor, person, kind, label, body, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![record.factor, record.person, record.kind, record.label, record.body, record.made_at.to_string()],
            )
            .map(drop)
            .map_err(|error| self.classify(error))
    }

    /// Keeps what a factor was used for: the counter of a passkey, the last step of a TOTP. A step that was used is missing here: of
    /// two who show the same code, the second has no factor.
    pub fn factor_used(
        &self,
        factor: &str,
        body: &str,
        last_step: Option<u64>,
    ) -> Result<(), StoreError> {
        self.must_change(
            "UPDATE factors SET body = ?2, last_step = ?3 WHERE factor = ?1 AND removed_at IS NULL AND (?3 IS NULL OR last_step IS NULL OR last_step < ?3)",
            params![factor, body, last_step.map(crate::column::count)],
            "factor",
            factor,
        )
    }

    /// Takes a factor away.
    pub fn remove_factor(
        &self,
        person: &str,
        factor: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.must_change(
            "UPDATE factors SET removed_at = ?3 WHERE person = ?1 AND factor = ?2 AND removed_at IS NULL",
            params![person, factor, at.to_string()],
            "factor",
            factor,
        )
    }

    /// Proposes a reset.
    pub fn propose_reset(
        &self,
        person: &str,
        identity: &str,
        half_sha256: &str,
        at: Timestamp,
        by: &str,
    ) -> Result<(), StoreError> {
        self.inner
            .execute(
                "INSERT INTO resets (person, identity, half_sha256, proposed_at, proposed_by) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![person, identity, half_sha256, at.to_string(), by],
            )
            .map(drop)
            .map_err(|error| self.classify(error))
    }

    /// Decides a reset, once.
    pub fn decide_reset(
        &self,
        number: i64,
        approved: bool,
        at: Timestamp,
        by: &str,
    ) -> Result<(), StoreError> {
        self.must_change(
            "UPDATE resets SET decided_at = ?2, decided_by = ?3, approved = ?4 WHERE reset_id = ?1 AND decided_at IS NULL",
            params![number, at.to_string(), by, approved],
            "reset",
            &number.to_string(),
        )
    }
}
