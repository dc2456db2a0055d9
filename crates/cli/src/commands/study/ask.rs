//! Asking the linked tables of a study, and saving cohorts of its persons.

use std::fs::File;
use std::io::{IsTerminal as _, Read, Write};
use std::path::Path;

use renketsu_engine::query::{MAX_SQL, QueryError, QueryOptions, QueryResult};
use renketsu_seal::durable::NewFile;
use renketsu_store::Event;
use renketsu_workspace::{AskError, CohortError, Linked, NewCohort, RowLevel};
use serde::Serialize;

use super::vault;
use crate::args::{AnswerFormat, CohortList, CohortSave, StudyQuery};
use crate::commands::party::check_new;
use crate::engine::{Asked, EngineError};
use crate::failure::{Failure, exit};
use crate::session::Session;

/// Rows about fewer persons may have to be suppressed before publication. A hint; the release desk decides.
pub(super) const THRESHOLD: u64 = 10;

pub(crate) fn query(session: &mut Session<'_>, args: &StudyQuery) -> Result<(), Failure> {
    if args.format == AnswerFormat::Parquet && args.out.is_none() && std::io::stdout().is_terminal()
    {
        return Err(Failure::new("cli.query.terminal", Vec::new(), exit::INPUT));
    }
    args.out.as_deref().map_or(Ok(()), check_new)?;
    if let Some(who) = args.at_server.both() {
        return super::door::query(session, args, who);
    }
    let dir = &args.of.at.dir;
    let study = &args.of.study;
    let mut store = Session::store(dir)?;
    let sql = statement(args.sql.as_deref(), args.sql_file.as_deref())?;
    let vault = vault(session, dir, &store, study, |study| AskError::NoStudy {
        study,
    })?;
    let linked = renketsu_workspace::linked(&store, &vault, study)?;
    let work = session.progress.work("progress-asking", session.messages);
    let options = options(args.memory, linked.row_level.as_ref());
    let asked = Asked::new(dir, &linked, &sql, options).answer();
    drop(work);
    let answer = match asked {
        Ok(answer) => answer,
        Err(error) => {
            let failure = refusal(&linked, error);
            let event = Event::new("study.refused", study, session.now())
                .with("link", linked.version)
                .with("code", failure.code());
            store.begin()?.commit(&event)?;
            return Err(failure);
        }
    };

    // The question's text may hold values of its author's choosing and stays out of the record, even as a digest: short
    // texts can be guessed.
    let event = Event::new("study.asked", study, session.now())
        .with("link", linked.version)
        .with("rows", answer.rows());
    store.begin()?.commit(&event)?;
    put(session, args, &answer)
}

/// The statement as it was typed, or from a file (`-`: standard input), which nobody sees in a list of processes.
pub(super) fn statement(typed: Option<&str>, file: Option<&Path>) -> Result<String, Failure> {
    let file = match (typed, file) {
        (Some(sql), _) => return Ok(sql.to_owned()),
        (None, file) => file.unwrap_or(Path::new("-")),
    };
    let io = |error: std::io::Error| Failure::io(file, &error);
    let most = u64::try_from(MAX_SQL).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    let from: Box<dyn Read> = if file == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(file).map_err(io)?)
    };
    from.take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(io)?;
    if bytes.len() > MAX_SQL {
        return Err(QueryError::Length { max: MAX_SQL }.into());
    }
    let text = String::from_utf8(bytes).map_err(|_| {
        let details = vec![("path", file.display().to_string())];
        Failure::new("cli.file.encoding", details, exit::INPUT)
    })?;
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

/// What a question may use. Rows of single persons: where somebody allowed them, the cap goes to the engine, and the answer
/// says that it has such rows.
fn options(memory: u32, row_level: Option<&RowLevel>) -> QueryOptions {
    QueryOptions {
        threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        memory: u64::from(memory).saturating_mul(1024 * 1024),
        operators: renketsu_engine::query::Operators::Person,
        row_level: row_level.map(|allowed| allowed.cap),
    }
}

/// A name that the engine doesn't know may stand in the study and be out of reach.
fn refusal(linked: &Linked, error: EngineError) -> Failure {
    if let EngineError::Query(QueryError::UnknownTable { table }) = &error
        && let Some(refused) = linked.refusal(table)
    {
        return refused.into();
    }
    error.into()
}

fn put(session: &mut Session<'_>, args: &StudyQuery, answer: &QueryResult) -> Result<(), Failure> {
    let beside = Beside {
        rows: answer.rows(),
        small: answer.small(THRESHOLD),
        row_level: answer.row_level(),
        cut: answer.cut(),
    };
    place(session, args, &beside, |target| {
        write(answer, args.format, target)
    })
}

/// What the reader of an answer has to know beside it.
pub(super) struct Beside {
    pub(super) rows: u64,
    pub(super) small: Vec<usize>,
    pub(super) row_level: bool,
    pub(super) cut: bool,
}

/// Prints the answer, or writes it to its file.
pub(super) fn place(
    session: &mut Session<'_>,
    args: &StudyQuery,
    beside: &Beside,
    write: impl Fn(&mut dyn Write) -> Result<(), Failure>,
) -> Result<(), Failure> {
    match &args.out {
        None => write(&mut *session.out)?,
        Some(path) => {
            let io = |error: std::io::Error| Failure::io(path, &error);
            let mut file = NewFile::create(path).map_err(io)?;
            write(&mut file)?;
            file.commit().map_err(io)?;
            session.say(
                "study-query-written",
                &[
                    ("rows", beside.rows.to_string()),
                    ("path", path.display().to_string()),
                ],
            )?;
        }
    }
    notes(session, beside);
    Ok(())
}

/// On standard error, so that the answer stays a table.
fn notes(session: &mut Session<'_>, beside: &Beside) {
    let small = &beside.small;
    if !small.is_empty() {
        session.note(
            "study-query-small",
            &[
                ("rows", small.len().to_string()),
                ("places", places(small)),
                ("threshold", THRESHOLD.to_string()),
            ],
        );
    }
    if beside.row_level {
        session.note("study-query-row-level", &[]);
    }
    if beside.cut {
        session.note("study-query-cut", &[("cap", beside.rows.to_string())]);
    }
}

/// Numbers of rows as people count them, from 1; no more than a line takes.
fn places(rows: &[usize]) -> String {
    const SHOWN: usize = 20;
    let numbers = rows.iter().take(SHOWN);
    let numbers: Vec<String> = numbers
        .map(|row| row.saturating_add(1).to_string())
        .collect();
    let more = if rows.len() > SHOWN { ", …" } else { "" };
    format!("{}{more}", numbers.join(", "))
}

fn write(
    answer: &QueryResult,
    format: AnswerFormat,
    target: &mut dyn Write,
) -> Result<(), Failure> {
    match format {
        AnswerFormat::Csv => answer.csv(target)?,
        AnswerFormat::Json => answer.json(target, THRESHOLD)?,
        AnswerFormat::Parquet => {
            // The writer needs to be sent between threads, which standard output behind a borrow cannot.
            let mut bytes = Vec::new();
            answer.parquet(&mut bytes)?;
            target
                .write_all(&bytes)
                .map_err(|error| Failure::io(Path::new("-"), &error))?;
        }
    }
    Ok(())
}

pub(crate) fn save_cohort(session: &mut Session<'_>, args: &CohortSave) -> Result<(), Failure> {
    let dir = &args.of.at.dir;
    let study = &args.of.study;
    let mut store = Session::store(dir)?;
    let sql = statement(args.sql.as_deref(), args.sql_file.as_deref())?;
    let vault = vault(session, dir, &store, study, |study| AskError::NoStudy {
        study,
    })?;
    let ask = NewCohort {
        dir,
        study,
        name: &args.name,
    };
    let work = session.progress.work("progress-asking", session.messages);
    let mut refused = None;
    let saved = renketsu_workspace::save_cohort(
        &mut store,
        &vault,
        ask,
        |linked, file| {
            let asked = Asked::new(dir, linked, &sql, options(args.memory, None));
            asked.save_cohort(file).inspect_err(|error| {
                if let EngineError::Query(QueryError::UnknownTable { table }) = error {
                    refused = linked.refusal(table);
                }
            })
        },
        session.now(),
    );
    drop(work);
    let saved = match (saved, refused) {
        (Err(CohortError::Engine(_)), Some(refused)) => return Err(refused.into()),
        (saved, _) => saved?,
    };
    if args.json.json {
        return session.json("renketsu.cohort/1", &Row::of(saved));
    }
    session.say(
        "study-cohort-saved",
        &[
            ("name", saved.name),
            ("version", saved.version.to_string()),
            ("persons", saved.persons.to_string()),
            ("link", saved.link.to_string()),
        ],
    )
}

/// A cohort for a script.
#[derive(Serialize)]
struct Row {
    name: String,
    version: u64,
    persons: u64,
    link: u64,
    made_at: String,
}

impl Row {
    fn of(record: renketsu_store::CohortRecord) -> Self {
        Self {
            name: record.name,
            version: record.version,
            persons: record.persons,
            link: record.link,
            made_at: record.made_at.to_string(),
        }
    }
}

pub(crate) fn cohorts(session: &mut Session<'_>, args: &CohortList) -> Result<(), Failure> {
    let store = Session::store(&args.of.at.dir)?;
    let study = &args.of.study;
    if store.study(study)?.is_none() {
        let study = study.clone();
        return Err(AskError::NoStudy { study }.into());
    }
    let cohorts: Vec<Row> = store.cohorts(study)?.into_iter().map(Row::of).collect();
    if args.json.json {
        #[derive(Serialize)]
        struct Answer {
            cohorts: Vec<Row>,
        }
        return session.json("renketsu.cohorts/1", &Answer { cohorts });
    }
    if cohorts.is_empty() {
        return session.say("study-cohort-none", &[]);
    }
    cohorts.into_iter().try_for_each(|cohort| {
        session.say(
            "study-cohort-line",
            &[
                ("name", cohort.name),
                ("version", cohort.version.to_string()),
                ("persons", cohort.persons.to_string()),
                ("link", cohort.link.to_string()),
            ],
        )
    })
}
