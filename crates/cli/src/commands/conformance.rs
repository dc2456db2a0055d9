//! Checking another implementation's values.

use std::io::Read as _;

use crate::args::{Conformance, ConformanceFile};
use crate::failure::{Failure, exit};
use crate::session::Session;

/// Vector files are small; a larger one is something else.
const LARGEST: u64 = 64 * 1024 * 1024;

pub(crate) fn check(session: &mut Session<'_>, args: &Conformance) -> Result<(), Failure> {
    match args {
        Conformance::Ids(file) => {
            let summary = renketsu_identity::conformance::ids(&read(file)?)?;
            if file.json.json {
                return session.json("renketsu.conformance.ids/1", &summary);
            }
            agrees(session, file)?;
            for section in &summary.sections {
                session.say(
                    "conformance-section",
                    &[
                        ("name", section.name.to_owned()),
                        ("entries", section.entries.to_string()),
                        ("values", section.values.to_string()),
                    ],
                )?;
            }
            if summary.missing.is_empty() {
                return Ok(());
            }
            session.say(
                "conformance-missing",
                &[("names", summary.missing.join(", "))],
            )
        }
        Conformance::Issue(file) => {
            let summary = renketsu_authority::conformance::issue(&read(file)?)?;
            if file.json.json {
                return session.json("renketsu.conformance.issue/1", &summary);
            }
            agrees(session, file)?;
            session.say(
                "conformance-answers",
                &[
                    ("answers", summary.answers.to_string()),
                    ("persons", summary.persons.to_string()),
                ],
            )?;
            for (status, rows) in &summary.by_status {
                let status = session.messages.text(&format!("status-{status}"));
                session.say(
                    "issue-status",
                    &[("status", status), ("rows", rows.to_string())],
                )?;
            }
            Ok(())
        }
    }
}

fn agrees(session: &mut Session<'_>, file: &ConformanceFile) -> Result<(), Failure> {
    session.say(
        "conformance-agrees",
        &[("path", file.file.display().to_string())],
    )
}

fn read(args: &ConformanceFile) -> Result<String, Failure> {
    let path = &args.file;
    let io = |error: std::io::Error| Failure::io(path, &error);
    let mut file = renketsu_seal::durable::open_file(path).map_err(io)?;
    let about = file.metadata().map_err(io)?;
    let place = vec![("path", path.display().to_string())];
    if about.is_dir() {
        return Err(Failure::new("cli.file.directory", place, exit::INPUT));
    }
    if about.len() > LARGEST {
        return Err(Failure::new("cli.file.large", place, exit::INPUT));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(io)?;
    String::from_utf8(bytes).map_err(|_| Failure::new("cli.file.encoding", place, exit::INPUT))
}
