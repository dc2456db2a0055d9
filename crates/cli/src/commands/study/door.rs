//! Asking where the workspace has accounts: as a person, at the door of the running server. Neither state nor vault is opened.

pub(in crate::commands) mod packages;

use std::io::Write;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use renketsu_engine::query::{Form, QUERY_SCHEMA, csv_line};
use renketsu_seal::durable::{self, NewFile};
use renketsu_seal::sign_in::Bearer;
use renketsu_web::{self as web, CallError, Caller, Shown};
use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::ask::{self, Beside, THRESHOLD};
use super::created;
use crate::args::{AnswerFormat, StudyApprove, StudyCreate, StudyEnter, StudyLink, StudyQuery};
use crate::commands::party::check_new;
use crate::failure::{Failure, exit};
use crate::passphrase::Opens;
use crate::session::Session;

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::of_call(&error)
    }
}

/// Makes this command line a terminal.
pub(crate) fn enter(session: &mut Session<'_>, args: &StudyEnter) -> Result<(), Failure> {
    // A code is good once: it isn't used up for a secret that can't be kept.
    check_new(&args.seat)?;
    let io = |error: std::io::Error| Failure::io(&args.seat, &error);
    let mut file = NewFile::create(&args.seat).map_err(io)?;
    let secret = Caller::at(&args.at.dir)?.enrol(&args.code)?;
    file.write_all(secret.reveal().as_bytes()).map_err(io)?;
    file.commit().map_err(io)?;
    session.say("door-entered", &[("path", args.seat.display().to_string())])
}

/// The secret of a terminal, from a file that nobody else reads.
fn seat(path: &Path) -> Result<Bearer, Failure> {
    let io = |error: std::io::Error| Failure::io(path, &error);
    let named = || vec![("path", path.display().to_string())];
    let mode = path.metadata().map_err(io)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(Failure::new("cli.door.open", named(), exit::REFUSED));
    }
    let bytes = Zeroizing::new(durable::read_file(path).map_err(io)?);
    std::str::from_utf8(&bytes)
        .ok()
        .and_then(|text| Bearer::parse(text.trim()))
        .ok_or_else(|| Failure::new("cli.door.seat", named(), exit::INPUT))
}

/// A person's session at the running server of a directory.
fn signed_in(
    session: &Session<'_>,
    dir: &Path,
    (person, path): (&str, &Path),
) -> Result<Caller, Failure> {
    let mut caller = Caller::at(dir)?;
    caller.sit(seat(path)?);
    let messages = session.messages;
    let password = session.passphrases.shown(Opens::Session, messages)?;
    let asked = caller.sign_in(person, &password)?;
    drop(password);
    if asked == web::Asked::Factor {
        let code = session.passphrases.shown(Opens::Factor, messages)?;
        caller.factor(&code)?;
    }
    Ok(caller)
}

/// Works as a person in a session of their own.
fn at_work<T>(
    session: &Session<'_>,
    dir: &Path,
    who: (&str, &Path),
    progress: &str,
    work: impl FnOnce(&mut Caller) -> Result<T, CallError>,
) -> Result<T, Failure> {
    let mut caller = signed_in(session, dir, who)?;
    let shown = session.progress.work(progress, session.messages);
    let done = work(&mut caller);
    drop(shown);
    // Whatever came of it, nobody stays signed in.
    let left = caller.sign_out();
    let done = done?;
    left?;
    Ok(done)
}

pub(super) fn create(
    session: &mut Session<'_>,
    args: &StudyCreate,
    who: (&str, &Path),
) -> Result<(), Failure> {
    let (study, provision) = (args.of.study.clone(), args.provision.clone());
    at_work(session, &args.of.at.dir, who, "progress-asking", |caller| {
        caller.create(&study, &provision)
    })?;
    if args.json.json {
        return created(session, &study, &provision);
    }
    session.say(
        "study-created",
        &[("study", study), ("provision", provision)],
    )
}

pub(super) fn approve(
    session: &Session<'_>,
    args: &StudyApprove,
    who: (&str, &Path),
) -> Result<(), Failure> {
    at_work(session, &args.of.at.dir, who, "progress-asking", |caller| {
        caller.approve(&args.of.study, &args.table, args.table_version)
    })
}

pub(super) fn link(
    session: &mut Session<'_>,
    args: &StudyLink,
    who: (&str, &Path),
) -> Result<(), Failure> {
    let study = &args.of.study;
    let version = at_work(
        session,
        &args.of.at.dir,
        who,
        "progress-linking",
        |caller| caller.link(study),
    )?;
    if args.json.json {
        #[derive(Serialize)]
        struct Answer<'a> {
            study: &'a str,
            version: u64,
        }
        return session.json("renketsu.study.linked/1", &Answer { study, version });
    }
    session.say(
        "door-linked",
        &[("study", study.clone()), ("version", version.to_string())],
    )
}

pub(super) fn query(
    session: &mut Session<'_>,
    args: &StudyQuery,
    who: (&str, &Path),
) -> Result<(), Failure> {
    if args.format == AnswerFormat::Parquet {
        return Err(Failure::new("cli.door.format", Vec::new(), exit::INPUT));
    }
    let sql = ask::statement(args.sql.as_deref(), args.sql_file.as_deref())?;
    let answer = at_work(session, &args.of.at.dir, who, "progress-asking", |caller| {
        caller.ask(&args.of.study, &sql)
    })?;
    let beside = Beside {
        rows: u64::try_from(answer.rows.len()).unwrap_or(u64::MAX),
        small: answer.small.clone(),
        row_level: answer.row_level,
        cut: answer.cut,
    };
    ask::place(session, args, &beside, |target| match args.format {
        AnswerFormat::Json => json(&answer, target),
        AnswerFormat::Csv | AnswerFormat::Parquet => csv(&answer, target),
    })
}

fn csv(answer: &Shown, target: &mut dyn Write) -> Result<(), Failure> {
    let header = answer.columns.iter();
    let header: Vec<Option<String>> = header.map(|column| Some(column.name.clone())).collect();
    csv_line(target, &header)?;
    for row in &answer.rows {
        csv_line(target, row)?;
    }
    Ok(())
}

/// As the engine writes an answer.
fn json(answer: &Shown, target: &mut dyn Write) -> Result<(), Failure> {
    let columns: Vec<Value> = answer
        .columns
        .iter()
        .map(|column| serde_json::json!({ "name": column.name, "type": column.kind }))
        .collect();
    let forms: Vec<Form> = answer
        .columns
        .iter()
        .map(|column| Form::of_name(&column.form).unwrap_or(Form::Text))
        .collect();
    let mark = if answer.row_level {
        format!("\"row_level\":true,\"cut\":{},", answer.cut)
    } else if answer.of_persons {
        let small = Value::from(answer.small.clone());
        format!("\"threshold\":{THRESHOLD},\"small\":{small},")
    } else {
        String::new()
    };
    let put = |target: &mut dyn Write, text: &str| {
        let written = target.write_all(text.as_bytes());
        written.map_err(|error| Failure::io(Path::new("-"), &error))
    };
    let head = Value::from(columns);
    put(
        target,
        &format!("{{\"schema\":\"{QUERY_SCHEMA}\",{mark}\"columns\":{head},\"rows\":["),
    )?;
    let mut between = "\n";
    for row in &answer.rows {
        let cells = row.iter().zip(&forms);
        let cells: Vec<Value> = cells
            .map(|(cell, form)| {
                let value = cell.as_deref().and_then(|text| form.value(text));
                value.unwrap_or(Value::Null)
            })
            .collect();
        put(target, &format!("{between}{}", Value::from(cells)))?;
        between = ",\n";
    }
    put(target, "\n]}\n")
}
