//! How far long work is, or how it ended, in words.

use renketsu_workspace::Step;

use crate::jobs::{Ended, Job};
use crate::page::Frame;
use crate::plain::plain;

/// What a page says of work: how far it is; or how it ended, and whether badly.
pub(crate) type Told = (Option<String>, Option<(String, bool)>);

fn at(frame: &Frame, id: &str, step: Step, table: Option<&str>) -> String {
    let mut values = vec![
        ("stage", step.stage.as_str().to_owned()),
        ("rows", step.rows.to_string()),
        ("of", step.of.map(|of| of.to_string()).unwrap_or_default()),
    ];
    values.extend(table.map(|table| ("table", plain(table))));
    frame.say(id, &values)
}

/// What is being done, or how it ended.
pub(crate) fn told(frame: &Frame, job: Option<Job>) -> Told {
    match job {
        None => (None, None),
        Some(Job::Verifying) => (Some(frame.t("web-packages-verifying")), None),
        Some(Job::Importing { table, step }) => {
            let text = step.map_or_else(
                || frame.t1("web-packages-beginning", "table", plain(&table)),
                |step| at(frame, "web-packages-importing", step, Some(&table)),
            );
            (Some(text), None)
        }
        Some(Job::Linking { step }) => {
            let text = step.map_or_else(
                || frame.t("web-link-beginning"),
                |step| at(frame, "web-link-linking", step, None),
            );
            (Some(text), None)
        }
        Some(Job::Ended(ended)) => (None, Some(outcome(frame, ended))),
    }
}

fn outcome(frame: &Frame, ended: Ended) -> (String, bool) {
    match ended {
        Ended::Imported { table, counted } => {
            let values = [
                ("table", plain(&table)),
                ("version", counted.version.to_string()),
                ("rows", counted.rows.to_string()),
                ("number", counted.number.to_string()),
                ("kana", counted.kana_only.to_string()),
                ("neither", counted.neither.to_string()),
            ];
            (frame.say("web-packages-imported", &values), false)
        }
        Ended::Linked { version } => (frame.t1("web-link-done", "version", version), false),
        Ended::Failed(code, details) => {
            let id = crate::message_id(code);
            let text = format!(
                "{} {}",
                frame.say(&format!("err-{id}"), &details),
                frame.say(&format!("fix-{id}"), &details)
            );
            (text, true)
        }
    }
}
