//! Decisions about a study, and the check of its files.

use renketsu_seal::vault::FileName;
use renketsu_store::StoreError;
use renketsu_workspace::{Approval, ApproveError, RowLevel, RowsError, Verified, VerifyError};
use serde::Serialize;

use super::{door, vault};
use crate::args::{StudyApprove, StudyRows, StudyVerify};
use crate::engine::{Engine, EngineError};
use crate::failure::{Failure, exit, message_id};
use crate::session::Session;

pub(crate) fn approve(session: &mut Session<'_>, args: &StudyApprove) -> Result<(), Failure> {
    if let Some(who) = args.at_server.both() {
        door::approve(session, args, who)?;
        return approved(session, args, who.0);
    }
    let approved_by = args.approved_by.as_deref().unwrap_or_default();
    let dir = &args.of.at.dir;
    let study = &args.of.study;
    let mut store = Session::store(dir)?;
    let vault = vault(session, dir, &store, study, |name| {
        ApproveError::Store(StoreError::Missing {
            what: "study",
            name,
        })
    })?;
    let approval = Approval {
        study,
        table: &args.table,
        version: args.table_version,
        approved_by,
        by: None,
    };
    renketsu_workspace::approve_reference(&mut store, &vault, approval, session.now())?;
    approved(session, args, approved_by)
}

fn approved(session: &mut Session<'_>, args: &StudyApprove, by: &str) -> Result<(), Failure> {
    session.say(
        "study-reference-approved",
        &[
            ("table", args.table.clone()),
            ("version", args.table_version.to_string()),
            ("name", by.to_owned()),
        ],
    )
}

pub(crate) fn rows(session: &mut Session<'_>, args: &StudyRows) -> Result<(), Failure> {
    let dir = &args.of.at.dir;
    let study = &args.of.study;
    let mut store = Session::store(dir)?;
    let vault = vault(session, dir, &store, study, |study| RowsError::NoStudy {
        study,
    })?;
    let allowed = args.allow.map(|cap| RowLevel {
        cap,
        approved_by: args.approved_by.clone().unwrap_or_default(),
        reason: args.reason.clone().unwrap_or_default(),
    });
    renketsu_workspace::set_row_level(&mut store, &vault, study, allowed.as_ref(), session.now())?;
    match allowed {
        Some(allowed) => session.say(
            "study-rows-allowed",
            &[
                ("study", study.clone()),
                ("cap", allowed.cap.to_string()),
                ("name", allowed.approved_by),
            ],
        ),
        None => session.say("study-rows-forbidden", &[("study", study.clone())]),
    }
}

pub(crate) fn verify(session: &mut Session<'_>, args: &StudyVerify) -> Result<(), Failure> {
    let dir = &args.of.at.dir;
    let study = &args.of.study;
    let mut store = Session::store(dir)?;
    let vault = vault(session, dir, &store, study, |study| VerifyError::NoStudy {
        study,
    })?;
    let work = session
        .progress
        .work("progress-verifying", session.messages);
    let found = renketsu_workspace::verify(&mut store, &vault, &Engine, dir, study, session.now())?;
    drop(work);
    if args.json.json {
        session.json("renketsu.study.verify/1", &Answer::of(study, &found))?;
    } else {
        say(session, study, &found)?;
    }
    if found.wrong.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        "cli.verify.wrong",
        vec![
            ("study", study.clone()),
            ("files", found.wrong.len().to_string()),
        ],
        exit::REFUSED,
    ))
}

#[derive(Serialize)]
struct Answer<'a> {
    study: &'a str,
    files: u64,
    bytes: u64,
    wrong: Vec<Wrong<'a>>,
    left_over: Vec<String>,
}

#[derive(Serialize)]
struct Wrong<'a> {
    #[serde(flatten)]
    name: &'a FileName,
    code: &'static str,
}

impl<'a> Answer<'a> {
    fn of(study: &'a str, found: &'a Verified<EngineError>) -> Self {
        let wrong = found.wrong.iter().map(|(name, error)| Wrong {
            name,
            code: error.code(),
        });
        let left_over = found
            .left_over
            .iter()
            .map(|path| path.display().to_string());
        Self {
            study,
            files: found.files,
            bytes: found.bytes,
            wrong: wrong.collect(),
            left_over: left_over.collect(),
        }
    }
}

fn say(
    session: &mut Session<'_>,
    study: &str,
    found: &Verified<EngineError>,
) -> Result<(), Failure> {
    for (name, error) in &found.wrong {
        let what = format!("err-{}", message_id(error.code()));
        let what = session.messages.with(&what, &error.details());
        let name = name.to_string();
        session.say("study-verify-wrong", &[("name", name), ("what", what)])?;
    }
    for path in &found.left_over {
        let path = path.display().to_string();
        session.say("study-verify-left-over", &[("path", path)])?;
    }
    if !found.wrong.is_empty() {
        return Ok(());
    }
    session.say(
        "study-verify-whole",
        &[
            ("study", study.to_owned()),
            ("files", found.files.to_string()),
            ("bytes", found.bytes.to_string()),
        ],
    )
}
