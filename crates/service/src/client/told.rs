//! What the service says (`openapi.json`), as far as it is looked at.

use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct UploadTold {
    pub(super) upload: String,
    pub(super) offset: u64,
}

#[derive(Deserialize)]
pub(super) struct RequestTold {
    pub(super) state: String,
    #[serde(default)]
    pub(super) reason: Option<String>,
    #[serde(default)]
    pub(super) answer: Option<AnswerTold>,
}

#[derive(Deserialize)]
pub(super) struct AnswerTold {
    pub(super) sha256: String,
    pub(super) bytes: u64,
}

#[derive(Deserialize)]
pub(super) struct BegunTold {
    pub(super) upload: Option<UploadTold>,
    pub(super) request: Option<RequestTold>,
}

#[derive(Deserialize)]
pub(super) struct ProblemTold {
    pub(super) code: String,
    #[serde(default)]
    pub(super) reason: Option<String>,
}

/// A code as we show it: what the other side says is not ours.
pub(super) fn shown(code: String) -> String {
    let fine = code.len() <= 80
        && code
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_'));
    if fine { code } else { "?".to_owned() }
}
