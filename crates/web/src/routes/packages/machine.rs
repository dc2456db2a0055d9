//! A package as a program reads it: the same permit, event and session as its page.

use axum::body::Body;
use axum::http::Response;
use renketsu_store::QuarantineRecord;
use renketsu_workspace::intake::Contents;
use serde_json::{Value, json};

use crate::fault::{Fault, problem};
use crate::jobs::{Ended, Job};
use crate::page;

/// How far work is, or how it ended; `None`: nothing was done, or the server was started again meanwhile.
pub(super) fn work(job: Option<Job>) -> Value {
    match job {
        Some(Job::Verifying | Job::Importing { .. } | Job::Linking { .. }) => {
            json!({ "runs": true })
        }
        Some(Job::Ended(Ended::Imported { table, counted })) => json!({
            "runs": false,
            "imported": {
                "table": table,
                "version": counted.version,
                "rows": counted.rows,
                "number": counted.number,
                "kana_only": counted.kana_only,
                "neither": counted.neither,
            },
        }),
        Some(Job::Ended(Ended::Failed(code, details))) => {
            json!({ "runs": false, "problem": problem(code, &details, 1) })
        }
        Some(Job::Ended(Ended::Linked { .. })) | None => json!({ "runs": false }),
    }
}

/// Why a package was refused, as its row has it.
fn refusal(record: &QuarantineRecord) -> Option<Value> {
    let code = record.body.get("code")?;
    let details = record.body.get("details").cloned();
    Some(json!({ "code": code, "details": details.unwrap_or_else(|| json!({})), "exit": 1 }))
}

pub(super) fn told(
    record: &QuarantineRecord,
    contents: Option<&Contents>,
    left: &[String],
    job: Option<Job>,
) -> Result<Response<Body>, Fault> {
    let mut body = work(job);
    if let Some(fields) = body.as_object_mut() {
        fields.insert("delivery".to_owned(), record.delivery.as_str().into());
        fields.insert("state".to_owned(), record.state.as_str().into());
        fields.insert("waiting".to_owned(), left.into());
        if let Some(contents) = contents {
            fields.insert("kind".to_owned(), contents.kind.as_str().into());
            fields.insert("package".to_owned(), contents.package.as_str().into());
        }
        if let Some(refusal) = refusal(record) {
            fields.insert("problem".to_owned(), refusal);
        }
    }
    page::json(&body)
}
