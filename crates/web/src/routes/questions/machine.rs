//! A question as a program reads it: the same permit, the same event, the same session as its page.

use axum::body::Body;
use axum::http::Response;
use renketsu_store::QuestionRecord;
use serde_json::{Value, json};

use crate::desk::Said;
use crate::fault::{Fault, problem};
use crate::page;
use crate::port::Answer;

fn answer(answer: &Answer) -> Value {
    let columns = answer
        .columns
        .iter()
        .map(|column| json!({ "name": column.name, "kind": column.kind, "form": column.form }));
    json!({
        "columns": columns.collect::<Vec<_>>(),
        "rows": answer.rows,
        "small": answer.small,
        "of_persons": answer.of_persons,
        "row_level": answer.row_level,
        "cut": answer.cut,
    })
}

/// How a command ends whose question ended so without words of the engine.
fn without(record: &QuestionRecord) -> Value {
    let code = match (record.state.as_str(), &record.code) {
        ("running", _) => "web.ask.unrecorded",
        (_, Some(code)) => code,
        // It was answered, and the answer is kept for a while only.
        (_, None) => "web.door.gone",
    };
    problem(code, &[], if code == "web.broken" { 70 } else { 1 })
}

pub(super) fn told(
    record: &QuestionRecord,
    runs: bool,
    said: Option<Said>,
) -> Result<Response<Body>, Fault> {
    let body = match said {
        _ if runs => json!({ "runs": true }),
        Some(Said::Answer(said)) => json!({ "runs": false, "answer": answer(&said) }),
        Some(Said::Refusal(refusal)) => json!({
            "runs": false,
            "problem": problem(refusal.code, &refusal.details, refusal.exit),
        }),
        None => json!({ "runs": false, "problem": without(record) }),
    };
    page::json(&body)
}
