//! Packages and files without a seal into a study, at the door of the running server.

use std::path::Path;

use renketsu_web::{CallError, Kept, Plain, Taking};
use serde::Serialize;

use super::at_work;
use crate::args::{StudyImport, StudyRemove};
use crate::commands::study::{key_check_values, kind};
use crate::failure::{Failure, exit};
use crate::session::Session;

/// A table as a script reads it.
#[derive(Serialize)]
struct Answer<'a> {
    study: &'a str,
    table: &'a str,
    version: u64,
    rows: u64,
    number: u64,
    kana_only: u64,
    neither: u64,
}

/// The name of a file that lies in the study's incoming directory.
fn incoming<'a>(dir: &Path, study: &str, file: &'a Path) -> Result<&'a str, Failure> {
    let io = |error: std::io::Error| Failure::io(file, &error);
    let whole = file.canonicalize().map_err(io)?;
    let place = dir.join("incoming").join(study);
    let is_there = place
        .canonicalize()
        .is_ok_and(|place| whole.parent() == Some(place.as_path()));
    let name = file.file_name().and_then(std::ffi::OsStr::to_str);
    name.filter(|_| is_there).ok_or_else(|| {
        let details = vec![
            ("path", file.display().to_string()),
            ("place", place.display().to_string()),
        ];
        Failure::new("cli.door.incoming", details, exit::INPUT)
    })
}

pub(in crate::commands) fn import(
    session: &mut Session<'_>,
    args: &StudyImport,
    who: (&str, &Path),
) -> Result<(), Failure> {
    let (dir, study) = (&args.of.at.dir, args.of.study.as_str());
    let kind = kind(args.kind).as_str();
    let kept = if renketsu_workspace::is_sealed(&args.file) {
        let taking = Taking {
            package_table: args.package_table.as_deref().unwrap_or(&args.table),
            table: &args.table,
            kind,
            keep: &args.keep,
            replace: args.replace,
        };
        at_work(session, dir, who, "progress-importing", |caller| {
            let came = caller.receive(&args.file)?;
            let ids = args.ids.as_deref();
            let ids = ids.map(|ids| caller.receive(ids)).transpose()?;
            caller.import(&came, ids.as_ref(), taking)
        })?
    } else {
        let name = incoming(dir, study, &args.file)?;
        let kcv = args.kcv.as_deref();
        kcv.map(key_check_values).transpose()?;
        let given = |text: &'_ Option<String>| text.clone().unwrap_or_default();
        let (source, provision) = (given(&args.source), given(&args.provision));
        let (number_id, kana_id) = (given(&args.number_id), given(&args.kana_id));
        let (kana_unique, approval) = (given(&args.kana_unique), given(&args.approval));
        let plain = Plain {
            name,
            table: &args.table,
            kind,
            source: &source,
            provision: &provision,
            kcv: kcv.unwrap_or_default(),
            number_id: &number_id,
            kana_id: &kana_id,
            kana_unique: &kana_unique,
            approval: &approval,
            keep: &args.keep,
            replace: args.replace,
        };
        at_work(session, dir, who, "progress-importing", |caller| {
            caller.import_plain(plain)
        })?
    };
    told(session, study, &kept, "door-imported", args.json.json)
}

pub(in crate::commands) fn remove(
    session: &mut Session<'_>,
    args: &StudyRemove,
    who: (&str, &Path),
) -> Result<(), Failure> {
    let (dir, study) = (&args.of.at.dir, args.of.study.as_str());
    let kept = at_work(session, dir, who, "progress-importing", |caller| {
        let came = caller.receive(&args.file)?;
        if came.kind != "removal" {
            return Err(CallError::OtherKind {
                path: args.file.clone(),
            });
        }
        caller.remove(&came)
    })?;
    told(session, study, &kept, "door-removed", args.json.json)
}

fn told(
    session: &mut Session<'_>,
    study: &str,
    kept: &Kept,
    message: &str,
    json: bool,
) -> Result<(), Failure> {
    if json {
        let answer = Answer {
            study,
            table: &kept.table,
            version: kept.version,
            rows: kept.rows,
            number: kept.number,
            kana_only: kept.kana_only,
            neither: kept.neither,
        };
        return session.json("renketsu.study.imported/1", &answer);
    }
    session.say(
        message,
        &[
            ("study", study.to_owned()),
            ("table", kept.table.clone()),
            ("version", kept.version.to_string()),
            ("rows", kept.rows.to_string()),
            ("number", kept.number.to_string()),
            ("kana", kept.kana_only.to_string()),
            ("neither", kept.neither.to_string()),
        ],
    )
}
