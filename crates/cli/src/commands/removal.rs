//! Removing persons from a study.

use renketsu_workspace::{ImportError, Removal, remove_persons};

use super::study::{door, vault};
use crate::args::StudyRemove;
use crate::engine::{Engine, EngineError};
use crate::failure::Failure;
use crate::session::Session;

pub(super) fn take(session: &mut Session<'_>, args: &StudyRemove) -> Result<(), Failure> {
    if let Some(who) = args.at_server.both() {
        return door::packages::remove(session, args, who);
    }
    let dir = &args.of.at.dir;
    let mut store = Session::store(dir)?;
    let vault = vault(session, dir, &store, &args.of.study, |study| ImportError::<
        EngineError,
    >::NoStudy {
        study,
    })?;
    let (opened, trust, _as_it_stands) = session.party(dir)?;
    let keys = (&opened, &trust);
    let removal = Removal {
        dir,
        study: &args.of.study,
        file: &args.file,
        memory: args.work.bytes(),
    };
    let progress = session.progress.or_lines(args.work.progress_lines);
    let work = progress.stages(session.messages);
    let watch = |step| work.at(step);
    let now = session.now();
    let taken = remove_persons(&mut store, &vault, keys, &Engine, removal, &watch, now)?;
    super::received::warn(session, &store)?;
    drop(work);
    if args.json.json {
        return session.json("renketsu.removal/1", &taken);
    }
    let report = &taken.report;
    session.say(
        "removal-taken",
        &[
            ("study", taken.study.clone()),
            ("table", taken.table.clone()),
            ("number", report.number.to_string()),
            ("kana", report.kana_only.to_string()),
            ("neither", report.neither.to_string()),
        ],
    )
}
