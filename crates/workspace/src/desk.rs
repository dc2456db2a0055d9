//! The desk: questions that people ask in the browser, from the moment they are asked, and those they keep.
//!
//! A statement may hold values of its author's choosing. It stands in the state sealed with the study's key, and in no event.

mod error;
mod sealed;

use jiff::Timestamp;
use renketsu_access::{Object, Permit, StudyId, act};
use renketsu_seal::vault::{StudyKey, VaultKey};
use renketsu_store::{QuestionEnd, QuestionRecord, SavedQuestion, Store};

use crate::accounts::Acting;
use crate::ask::{Linked, linked};
use crate::vault::StudyVaultError;

pub use error::DeskError;
use sealed::{Of, open, seal};

/// The longest statement that is kept, in bytes.
pub const LONGEST: usize = 64 * 1024;
/// The longest name of a kept question, in characters.
const NAME: usize = 80;
/// As many questions of a list as a page shows.
const LISTED: u32 = 200;

/// A question that stands in the record and can go to the engine.
#[derive(Debug)]
pub struct Asking {
    /// Its number.
    pub question: i64,
    /// What it is asked of.
    pub linked: Linked,
}

/// A question with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// As the state has it.
    pub record: QuestionRecord,
    /// What was asked; `None` once it was erased.
    pub sql: Option<String>,
}

/// A kept question with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// As the state has it.
    pub record: SavedQuestion,
    /// The statement.
    pub sql: String,
}

fn study_of(object: &Object) -> Result<String, DeskError> {
    object
        .study()
        .map(|study| study.id.to_string())
        .ok_or(DeskError::Nothing)
}

fn key(store: &Store, vault: &VaultKey, study: &str) -> Result<StudyKey, DeskError> {
    let (wrapped, _, _) = store.vault(study)?.ok_or_else(|| StudyVaultError::NoKey {
        study: study.to_owned(),
    })?;
    Ok(vault.open_study(study, &wrapped)?)
}

fn checked(sql: &str) -> Result<&str, DeskError> {
    let sql = sql.trim();
    if sql.is_empty() {
        return Err(DeskError::Empty);
    }
    if sql.len() > LONGEST {
        return Err(DeskError::Long { max: LONGEST });
    }
    Ok(sql)
}

/// Takes a question: it is in the record before the engine hears it.
pub fn ask(
    permit: Permit<act::AskRun>,
    store: &mut Store,
    vault: &VaultKey,
    acting: &Acting,
    sql: &str,
    now: Timestamp,
) -> Result<Asking, DeskError> {
    let study = study_of(permit.object())?;
    drop(permit);
    let sql = checked(sql)?;
    let linked = linked(store, vault, &study)?;
    let of = Of::question(&study, &acting.person, now);
    let statement = seal(linked.study.study_key(), &of, sql)?;
    let txn = store.begin()?;
    let question = txn.add_question(&study, &acting.person, &acting.sitting, &statement, now)?;
    txn.commit(
        &acting
            .event("ask.begun", &study, now)
            .with("question", question)
            .with("link", linked.version),
    )?;
    Ok(Asking { question, linked })
}

/// Says how a question ended. What it gave is shown only after this.
pub fn ended(
    store: &mut Store,
    acting: &Acting,
    study: &str,
    question: i64,
    end: QuestionEnd<'_>,
    now: Timestamp,
) -> Result<(), DeskError> {
    let action = match end.state {
        "answered" => "ask.answered",
        "refused" => "ask.refused",
        "cancelled" => "ask.cancelled",
        _ => "ask.failed",
    };
    let mut event = acting
        .event(action, study, now)
        .with("question", question)
        .with("took_ms", end.took_ms);
    if let Some(code) = end.code {
        event = event.with("code", code);
    }
    if let Some(link) = end.link {
        event = event.with("link", link);
    }
    if let Some(rows) = end.rows {
        event = event.with("rows", rows);
    }
    let txn = store.begin()?;
    txn.end_question(question, end, now)?;
    Ok(txn.commit(&event)?)
}

/// Records that somebody wants a running question to end, and who.
pub fn cancel(
    permit: Permit<act::AskCancel>,
    store: &mut Store,
    acting: &Acting,
    question: i64,
    now: Timestamp,
) -> Result<(), DeskError> {
    let study = study_of(permit.object())?;
    drop(permit);
    let event = acting.event("ask.stop_asked", &study, now);
    Ok(store.begin()?.commit(&event.with("question", question))?)
}

fn with_words(key: &StudyKey, study: &str, record: QuestionRecord) -> Result<Question, DeskError> {
    let of = Of::question(study, &record.person, record.asked_at);
    let sql = record
        .statement
        .as_deref()
        .map(|sealed| open(key, &of, sealed))
        .transpose()?;
    Ok(Question { record, sql })
}

fn one(
    store: &Store,
    vault: &VaultKey,
    study: &str,
    question: i64,
    fits: impl FnOnce(&QuestionRecord) -> bool,
) -> Result<Question, DeskError> {
    let key = key(store, vault, study)?;
    let record = store.question(study, question)?.filter(fits);
    with_words(&key, study, record.ok_or(DeskError::Nothing)?)
}

/// One's own question. `shown`: its answer is on the page, which is in the record before it is sent.
pub fn own_question(
    permit: Permit<act::AskHistoryOwn>,
    store: &mut Store,
    vault: &VaultKey,
    acting: &Acting,
    question: i64,
    shown: Option<Timestamp>,
) -> Result<Question, DeskError> {
    let study = study_of(permit.object())?;
    drop(permit);
    let own = |record: &QuestionRecord| record.person == acting.person;
    let found = one(store, vault, &study, question, own)?;
    if let Some(now) = shown {
        let event = acting.event("ask.shown", &study, now);
        store.begin()?.commit(&event.with("question", question))?;
    }
    Ok(found)
}

/// A question of somebody else of the study, never with its answer.
pub fn any_question(
    permit: Permit<act::AskHistoryAll>,
    store: &mut Store,
    vault: &VaultKey,
    acting: &Acting,
    question: i64,
    now: Timestamp,
) -> Result<Question, DeskError> {
    let study = study_of(permit.object())?;
    drop(permit);
    let found = one(store, vault, &study, question, |_| true)?;
    let event = acting.event("ask.history_read", &study, now);
    store.begin()?.commit(&event.with("question", question))?;
    Ok(found)
}

/// What one asked oneself, newest first.
pub fn own_history(
    permit: Permit<act::AskHistoryOwn>,
    store: &mut Store,
    vault: &VaultKey,
    acting: &Acting,
    now: Timestamp,
) -> Result<Vec<Question>, DeskError> {
    let study = study_of(permit.object())?;
    let person = permit.person().to_string();
    drop(permit);
    history(store, vault, acting, (&study, Some(&person)), now)
}

/// What everybody of the study asked, newest first.
pub fn whole_history(
    permit: Permit<act::AskHistoryAll>,
    store: &mut Store,
    vault: &VaultKey,
    acting: &Acting,
    now: Timestamp,
) -> Result<Vec<Question>, DeskError> {
    let study = study_of(permit.object())?;
    drop(permit);
    history(store, vault, acting, (&study, None), now)
}

fn history(
    store: &mut Store,
    vault: &VaultKey,
    acting: &Acting,
    (study, person): (&str, Option<&str>),
    now: Timestamp,
) -> Result<Vec<Question>, DeskError> {
    let key = key(store, vault, study)?;
    let found = store.questions(study, person, LISTED)?;
    let questions = found
        .into_iter()
        .map(|record| with_words(&key, study, record))
        .collect::<Result<Vec<_>, _>>()?;
    let event = acting
        .event("ask.history_read", study, now)
        .with("of", if person.is_some() { "own" } else { "all" });
    store.begin()?.commit(&event)?;
    Ok(questions)
}

/// The questions that a person keeps in a study.
pub fn kept(
    permit: Permit<act::AskSave>,
    store: &Store,
    vault: &VaultKey,
) -> Result<Vec<Kept>, DeskError> {
    let study = study_of(permit.object())?;
    let person = permit.person().to_string();
    drop(permit);
    let key = key(store, vault, &study)?;
    let own = store.saved_questions(&study)?;
    let own = own.into_iter().filter(|record| record.person == person);
    own.map(|record| {
        let of = Of::kept(&study, &record.person, record.saved_at);
        let sql = open(&key, &of, &record.statement)?;
        Ok(Kept { record, sql })
    })
    .collect()
}

/// Keeps a question under a name.
pub fn keep(
    permit: Permit<act::AskSave>,
    store: &mut Store,
    vault: &VaultKey,
    acting: &Acting,
    (name, sql): (&str, &str),
    now: Timestamp,
) -> Result<(), DeskError> {
    let study = study_of(permit.object())?;
    drop(permit);
    let (name, sql) = (name.trim(), checked(sql)?);
    let fits = (1..=NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if !fits {
        return Err(DeskError::Name { max: NAME });
    }
    let key = key(store, vault, &study)?;
    let statement = seal(&key, &Of::kept(&study, &acting.person, now), sql)?;
    let txn = store.begin()?;
    txn.save_question(&study, &acting.person, name, &statement, now)?;
    // The name may say what a person asks; it stays out of the record.
    Ok(txn.commit(&acting.event("ask.kept", &study, now))?)
}

/// Keeps a question of one's own no longer.
pub fn drop_kept(
    permit: Permit<act::AskSave>,
    store: &mut Store,
    acting: &Acting,
    saved: i64,
    now: Timestamp,
) -> Result<(), DeskError> {
    let study = study_of(permit.object())?;
    drop(permit);
    let own = store.saved_questions(&study)?;
    let own = own
        .iter()
        .any(|record| record.saved == saved && record.person == acting.person);
    if !own {
        return Err(DeskError::Nothing);
    }
    let txn = store.begin()?;
    txn.remove_saved_question(&study, saved, now)?;
    let event = acting.event("ask.kept_dropped", &study, now);
    Ok(txn.commit(&event.with("saved", saved))?)
}

/// Of whom a question is, to be asked about before anything of it is read.
pub fn owner(store: &Store, study: &StudyId, question: i64) -> Result<Option<String>, DeskError> {
    let record = store.question(study.as_str(), question)?;
    Ok(record.map(|record| record.person))
}
