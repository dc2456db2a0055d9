//! Checking another implementation's values.

use std::fs;

use crate::args::{Conformance, ConformanceFile};
use crate::failure::{Failure, exit};
use crate::session::Session;

/// Vector files are small; a larger one is something else.
const LARGEST: u64 = 64 * 1024 * 1024;

pub(crate) fn check(session: &mut Session<'_>, args: &Conformance) -> Result<(), Failure> {
    match args {
        Conformance::Ids(file) => {
            let summary = renketsu_identity::conformance::ids(&read(file)?)?;
            report(session, file, "renketsu.conformance.ids/1", &summary)
        }
        Conformance::Issue(file) => {
            let summary = renketsu_authority::conformance::issue(&read(file)?)?;
            report(session, file, "renketsu.conformance.issue/1", &summary)
        }
    }
}

fn read(args: &ConformanceFile) -> Result<String, Failure> {
    let path = &args.file;
    let io = |error: std::io::Error| Failure::io(path, &error);
    let about = fs::metadata(path).map_err(io)?;
    let place = vec![("path", path.display().to_string())];
    if about.is_dir() {
        return Err(Failure::new("cli.file.directory", place, exit::INPUT));
    }
    if about.len() > LARGEST {
        return Err(Failure::new("cli.file.large", place, exit::INPUT));
    }
    let bytes = fs::read(path).map_err(io)?;
    String::from_utf8(bytes).map_err(|_| Failure::new("cli.file.encoding", place, exit::INPUT))
}

fn report<S: serde::Serialize>(
    session: &mut Session<'_>,
    args: &ConformanceFile,
    schema: &str,
    summary: &S,
) -> Result<(), Failure> {
    if args.json.json {
        return session.json(schema, summary);
    }
    session.say(
        "conformance-agrees",
        &[("path", args.file.display().to_string())],
    )?;
    let counts = serde_json::to_value(summary).unwrap_or_default();
    for (name, count) in counts.as_object().into_iter().flatten() {
        session.print(&format!("  {name}: {count}"))?;
    }
    Ok(())
}
