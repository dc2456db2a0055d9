//! Places, terminals and the sessions of people at them.
//!
//! A session of a person is a *sitting* here: `sessions` of this crate are those of the fee meter.

use jiff::Timestamp;
use rusqlite::{Row, params};

use crate::column::{json, text, time, when};
use crate::{Store, StoreError, Txn};

/// A place of use (利用場所).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceRecord {
    /// Its id.
    pub place: String,
    /// Its name.
    pub name: String,
    /// The producers' written acceptance that more than one study is open here at a time.
    pub acceptance: Option<String>,
}

/// A terminal: a browser at a place, bound to a study or to the office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerminalRecord {
    /// Its id.
    pub terminal: String,
    /// Where it stands.
    pub place: String,
    /// The one study it opens; `None`: the office.
    pub study: Option<String>,
    /// SHA-256 of the code that enrols it, and until when; `None` once it is used.
    pub code: Option<(String, Timestamp)>,
    /// When its browser was enrolled.
    pub enrolled_at: Option<Timestamp>,
    /// From when on it opens nothing.
    pub revoked_at: Option<Timestamp>,
    /// Wrong tries since the last right one.
    pub failures: u64,
    /// When the last of them was.
    pub failed_at: Option<Timestamp>,
}

/// A session of a person at a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SittingRecord {
    /// Its id; no secret.
    pub sitting: String,
    /// SHA-256 of what its browser shows.
    pub token_sha256: String,
    /// Who.
    pub person: String,
    /// At which terminal.
    pub terminal: String,
    /// Where that stood.
    pub place: String,
    /// Of which study; `None`: the office.
    pub study: Option<String>,
    /// The second factor that was shown: `passkey`, `totp` or `none`.
    pub factor: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was last seen; written once a minute.
    pub seen_at: Timestamp,
    /// Since when it is locked.
    pub locked_at: Option<Timestamp>,
    /// When and why it ended.
    pub closed: Option<(Timestamp, String)>,
}

/// A line that puts right what the ledger of terminals says, or adds to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectionRecord {
    /// Its number.
    pub correction: i64,
    /// Which session it is about; `None`: none of this program.
    pub sitting: Option<String>,
    /// What is put right, and why.
    pub body: serde_json::Value,
    /// When it was written.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

/// A time slot of a study at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotRecord {
    /// Its number.
    pub slot: i64,
    /// Where.
    pub place: String,
    /// For which study.
    pub study: String,
    /// Weekdays, hours, dates.
    pub body: serde_json::Value,
    /// When it was set.
    pub set_at: Timestamp,
    /// By whom.
    pub set_by: String,
    /// From when on it doesn't count.
    pub ended_at: Option<Timestamp>,
}

const TERMINAL: &str = "SELECT terminal, place, study, code_sha256, code_until, enrolled_at, revoked_at, failures, failed_at FROM terminals";

fn terminal(row: &Row<'_>) -> rusqlite::Result<TerminalRecord> {
    let code: Option<String> = row.get(3)?;
    Ok(TerminalRecord {
        terminal: row.get(0)?,
        place: row.get(1)?,
        study: row.get(2)?,
        code: code.zip(when(row, 4)?),
        enrolled_at: when(row, 5)?,
        revoked_at: when(row, 6)?,
        failures: row.get::<_, i64>(7)?.unsigned_abs(),
        failed_at: when(row, 8)?,
    })
}

const SITTING: &str = "SELECT sitting, token_sha256, person, terminal, place, study, factor, opened_at, seen_at, locked_at, closed_at, reason FROM sittings";

fn sitting(row: &Row<'_>) -> rusqlite::Result<SittingRecord> {
    let reason: Option<String> = row.get(11)?;
    Ok(SittingRecord {
        sitting: row.get(0)?,
        token_sha256: row.get(1)?,
        person: row.get(2)?,
        terminal: row.get(3)?,
        place: row.get(4)?,
        study: row.get(5)?,
        factor: row.get(6)?,
        opened_at: time(&row.get::<_, String>(7)?)?,
        seen_at: time(&row.get::<_, String>(8)?)?,
        locked_at: when(row, 9)?,
        closed: when(row, 10)?.zip(reason),
    })
}

fn correction(row: &Row<'_>) -> rusqlite::Result<CorrectionRecord> {
    Ok(CorrectionRecord {
        correction: row.get(0)?,
        sitting: row.get(1)?,
        body: json(&row.get::<_, String>(2)?)?,
        at: time(&row.get::<_, String>(3)?)?,
        by: row.get(4)?,
    })
}

fn slot(row: &Row<'_>) -> rusqlite::Result<SlotRecord> {
    Ok(SlotRecord {
        slot: row.get(0)?,
        place: row.get(1)?,
        study: row.get(2)?,
        body: json(&row.get::<_, String>(3)?)?,
        set_at: time(&row.get::<_, String>(4)?)?,
        set_by: row.get(5)?,
        ended_at: when(row, 6)?,
    })
}

impl Store {
    /// Every place, in the order of their ids.
    pub fn places(&self) -> Result<Vec<PlaceRecord>, StoreError> {
        self.connection
            .prepare_cached("SELECT place, name, acceptance FROM places ORDER BY place")
            .and_then(|mut all| {
                all.query_map([], |row| {
                    Ok(PlaceRecord {
                        place: row.get(0)?,
                        name: row.get(1)?,
                        acceptance: row.get(2)?,
                    })
                })?
                .collect()
            })
            .map_err(|error| self.classify(error))
    }

    /// Every terminal, in the order of their ids.
    pub fn terminals(&self) -> Result<Vec<TerminalRecord>, StoreError> {
        self.all_rows(&format!("{TERMINAL} ORDER BY terminal"), [], terminal)
    }

    /// A terminal by its id.
    pub fn terminal(&self, id: &str) -> Result<Option<TerminalRecord>, StoreError> {
        self.terminal_by("terminal", id)
    }

    /// The terminal that this code enrols, used codes left out.
    pub fn terminal_by_code(&self, sha256: &str) -> Result<Option<TerminalRecord>, StoreError> {
        self.terminal_by("code_sha256", sha256)
    }

    /// The terminal whose browser shows this.
    pub fn terminal_by_secret(&self, sha256: &str) -> Result<Option<TerminalRecord>, StoreError> {
        self.terminal_by("secret_sha256", sha256)
    }

    fn terminal_by(
        &self,
        column: &'static str,
        value: &str,
    ) -> Result<Option<TerminalRecord>, StoreError> {
        self.one_row(
            &format!("{TERMINAL} WHERE {column} = ?1"),
            params![value],
            terminal,
        )
    }

    /// The session whose browser shows this, ended ones too.
    pub fn sitting_by_token(&self, sha256: &str) -> Result<Option<SittingRecord>, StoreError> {
        self.one_row(
            &format!("{SITTING} WHERE token_sha256 = ?1"),
            params![sha256],
            sitting,
        )
    }

    /// A session by its id.
    pub fn sitting(&self, id: &str) -> Result<Option<SittingRecord>, StoreError> {
        self.one_row(
            &format!("{SITTING} WHERE sitting = ?1"),
            params![id],
            sitting,
        )
    }

    /// Sessions that did not end.
    pub fn open_sittings(&self) -> Result<Vec<SittingRecord>, StoreError> {
        self.all_rows(
            &format!("{SITTING} WHERE closed_at IS NULL ORDER BY opened_at, sitting"),
            [],
            sitting,
        )
    }

    /// Sessions that were opened in `[from, until)`, in order.
    pub fn sittings_between(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<SittingRecord>, StoreError> {
        // Instants are compared and not their texts, which have fractions of different lengths.
        let all: Vec<SittingRecord> = self
            .connection
            .prepare_cached(&format!("{SITTING} ORDER BY opened_at, sitting"))
            .and_then(|mut all| all.query_map([], sitting)?.collect())
            .map_err(|error| self.classify(error))?;
        Ok(all
            .into_iter()
            .filter(|sitting| (from..until).contains(&sitting.opened_at))
            .collect())
    }

    /// Every correction of the ledger of terminals, in order.
    pub fn corrections(&self) -> Result<Vec<CorrectionRecord>, StoreError> {
        self.all_rows("SELECT correction_id, sitting, body, at, by FROM sitting_corrections ORDER BY correction_id", [], correction)
    }

    /// Slots that count.
    pub fn slots(&self) -> Result<Vec<SlotRecord>, StoreError> {
        self.all_rows("SELECT slot_id, place, study, body, set_at, set_by, ended_at FROM slots WHERE ended_at IS NULL ORDER BY place, slot_id", [], slot)
    }
}

impl Txn<'_> {
    /// Adds a place.
    pub fn add_place(
        &self,
        record: &PlaceRecord,
        at: Timestamp,
        by: &str,
    ) -> Result<(), StoreError> {
        self.must_add(
            "INSERT INTO places (place, name, acceptance, added_at, added_by) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
            params![record.place, record.name, record.acceptance, at.to_string(), by],
            "place",
            &record.place,
        )
    }

    /// Records the producers' acceptance that more than one study is open at a place, or its end.
    pub fn accept_shared_place(
        &self,
        place: &str,
        acceptance: Option<&str>,
    ) -> Result<(), StoreError> {
        self.must_change(
            "UPDATE places SET acceptance = ?2 WHERE place = ?1",
            params![place, acceptance],
            "place",
            place,
        )
    }

    /// Adds a terminal with the code that enrols it.
    pub fn add_terminal(
        &self,
        record: &TerminalRecord,
        at: Timestamp,
        by: &str,
    ) -> Result<(), StoreError> {
        let (code, until) = record.code.clone().unzip();
        self.must_add(
            "INSERT INTO terminals (terminal, place, study, code_sha256, code_until, added_at, added_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
            params![
                record.terminal,
                record.place,
                record.study,
                code,
                until.map(|until| until.to_string()),
                at.to_string(),
                by
            ],
            "terminal",
            &record.terminal,
        )
    }

    /// Takes the browser that showed the code as the terminal; the code is used up.
    pub fn enrol_terminal(
        &self,
        terminal: &str,
        secret_sha256: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.must_change(
            "UPDATE terminals SET secret_sha256 = ?2, enrolled_at = ?3, code_sha256 = NULL, code_until = NULL WHERE terminal = ?1 AND code_sha256 IS NOT NULL AND revoked_at IS NULL",
            params![terminal, secret_sha256, at.to_string()],
            "terminal",
            terminal,
        )
    }

    /// Takes another browser as a terminal of a demonstration, in the place of the one before.
    pub fn seat_terminal(
        &self,
        terminal: &str,
        secret_sha256: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.must_change(
            "UPDATE terminals SET secret_sha256 = ?2, enrolled_at = ?3, code_sha256 = NULL, code_until = NULL WHERE terminal = ?1 AND revoked_at IS NULL AND added_by = 'demo'",
            params![terminal, secret_sha256, at.to_string()],
            "terminal",
            terminal,
        )
    }

    /// A terminal opens nothing from here on.
    pub fn revoke_terminal(&self, terminal: &str, at: Timestamp) -> Result<(), StoreError> {
        self.must_change(
            "UPDATE terminals SET revoked_at = ?2, secret_sha256 = NULL, code_sha256 = NULL, code_until = NULL WHERE terminal = ?1 AND revoked_at IS NULL",
            params![terminal, at.to_string()],
            "terminal",
            terminal,
        )
    }

    /// Counts a wrong try at a terminal (`Some`), or forgets those before (`None`).
    pub fn terminal_failed(&self, terminal: &str, at: Option<Timestamp>) -> Result<(), StoreError> {
        self.must_change(
            "UPDATE terminals SET failures = CASE WHEN ?2 IS NULL THEN 0 ELSE failures + 1 END, failed_at = ?2 WHERE terminal = ?1",
            params![terminal, at.map(|at| at.to_string())],
            "terminal",
            terminal,
        )
    }

    /// Opens a session.
    pub fn open_sitting(&self, record: &SittingRecord) -> Result<(), StoreError> {
        self.must_add(
            "INSERT INTO sittings (sitting, token_sha256, person, terminal, place, study, factor, opened_at, seen_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
            params![
                record.sitting,
                record.token_sha256,
                record.person,
                record.terminal,
                record.place,
                record.study,
                record.factor,
                record.opened_at.to_string(),
                record.seen_at.to_string()
            ],
            "session",
            &record.sitting,
        )
    }

    /// Locks a session, or unlocks it under a new secret.
    pub fn lock_sitting(&self, sitting: &str, at: Timestamp) -> Result<(), StoreError> {
        self.must_change(
            "UPDATE sittings SET locked_at = ?2 WHERE sitting = ?1 AND closed_at IS NULL AND locked_at IS NULL",
            params![sitting, at.to_string()],
            "session",
            sitting,
        )
    }

    /// Unlocks a session; its browser shows a new secret from here on.
    pub fn unlock_sitting(
        &self,
        sitting: &str,
        token_sha256: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.must_change(
            "UPDATE sittings SET locked_at = NULL, token_sha256 = ?2, seen_at = ?3 WHERE sitting = ?1 AND closed_at IS NULL AND locked_at IS NOT NULL",
            params![sitting, token_sha256, at.to_string()],
            "session",
            sitting,
        )
    }

    /// Notes when open sessions were last seen.
    pub fn saw_sittings(&self, seen: &[(String, Timestamp)]) -> Result<(), StoreError> {
        for (sitting, at) in seen {
            self.inner
                .execute(
                    "UPDATE sittings SET seen_at = ?2 WHERE sitting = ?1 AND closed_at IS NULL",
                    params![sitting, at.to_string()],
                )
                .map_err(|error| self.classify(error))?;
        }
        Ok(())
    }

    /// Ends a session.
    pub fn close_sitting(
        &self,
        sitting: &str,
        at: Timestamp,
        reason: &str,
    ) -> Result<(), StoreError> {
        self.must_change(
            "UPDATE sittings SET closed_at = ?2, reason = ?3 WHERE sitting = ?1 AND closed_at IS NULL",
            params![sitting, at.to_string(), reason],
            "session",
            sitting,
        )
    }

    /// Adds a line to the ledger of terminals.
    pub fn add_correction(
        &self,
        sitting: Option<&str>,
        body: &serde_json::Value,
        at: Timestamp,
        by: &str,
    ) -> Result<(), StoreError> {
        let body = text(body).map_err(|error| self.classify(error))?;
        self.must_add(
            "INSERT INTO sitting_corrections (sitting, body, at, by) VALUES (?1, ?2, ?3, ?4)",
            params![sitting, body, at.to_string(), by],
            "correction",
            "",
        )
    }

    /// Sets a slot.
    pub fn add_slot(
        &self,
        place: &str,
        study: &str,
        body: &serde_json::Value,
        at: Timestamp,
        by: &str,
    ) -> Result<(), StoreError> {
        let body = text(body).map_err(|error| self.classify(error))?;
        self.must_add(
            "INSERT INTO slots (place, study, body, set_at, set_by) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![place, study, body, at.to_string(), by],
            "slot",
            place,
        )
    }

    /// Ends a slot.
    pub fn end_slot(&self, slot: i64, at: Timestamp) -> Result<(), StoreError> {
        self.must_change(
            "UPDATE slots SET ended_at = ?2 WHERE slot_id = ?1 AND ended_at IS NULL",
            params![slot, at.to_string()],
            "slot",
            &slot.to_string(),
        )
    }
}
