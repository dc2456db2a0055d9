//! What goes wrong in an exchange, as the other side reads it: RFC 9457 with a stable code.

use std::collections::BTreeMap;
use std::io;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use renketsu_store::StoreError;
use serde::Serialize;

/// The media type of problems.
pub const PROBLEM_JSON: &str = "application/problem+json";

macro_rules! problems {
    ($($name:ident $status:ident $code:literal $what:literal;)*) => {
        /// A problem of an exchange.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Fault {
            $(#[doc = $what] $name,)*
        }

        impl Fault {
            /// Codes of the problems; they have no details.
            pub const CODES: &[(&str, &[&str])] = &[$(($code, &[]),)*];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The status of the response.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }
        }
    };
}

problems! {
    Sender FORBIDDEN "service.sender" "The certificate was revoked, or the card behind it is not trusted any more.";
    Path NOT_FOUND "service.path" "Nothing is served there.";
    Method METHOD_NOT_ALLOWED "service.method" "That is served, but not by this method.";
    Query BAD_REQUEST "service.query" "The query of the address is not one the service knows.";
    Head BAD_REQUEST "service.head" "A header that is needed is missing or malformed.";
    Body BAD_REQUEST "service.body" "The body is not the JSON that belongs there.";
    MediaType UNSUPPORTED_MEDIA_TYPE "service.media_type" "The body has another media type.";
    Large PAYLOAD_TOO_LARGE "service.large" "The body or the declared package is larger than what is taken.";
    Slow REQUEST_TIMEOUT "service.slow" "The body did not come in time.";
    Cut BAD_REQUEST "service.cut" "The body ended before its end.";
    Quota TOO_MANY_REQUESTS "service.quota" "The producer has as much under way as it may.";
    Connections TOO_MANY_REQUESTS "service.connections" "The producer has as many connections open as it may, or the service as many as it takes.";
    Upload NOT_FOUND "service.upload" "There is no such upload of this sender.";
    UploadBusy CONFLICT "service.upload_busy" "Another request writes this upload.";
    Offset CONFLICT "service.offset" "The upload stands at another offset.";
    Beyond UNPROCESSABLE_ENTITY "service.beyond" "More bytes came than were declared.";
    Incomplete CONFLICT "service.incomplete" "Bytes of the upload are missing.";
    Digest UNPROCESSABLE_ENTITY "service.digest" "The bytes are not those of the declared digest; the upload is gone.";
    Package UNPROCESSABLE_ENTITY "service.package" "The package was refused; the reason is beside it, the upload is gone.";
    Kind UNPROCESSABLE_ENTITY "service.kind" "The package is no request; the upload is gone.";
    OtherSender FORBIDDEN "service.other_sender" "The package is of another producer; the upload is gone.";
    Request NOT_FOUND "service.request" "There is no such request of this sender.";
    Waiting CONFLICT "service.waiting" "The request has no answer yet.";
    Refused CONFLICT "service.refused" "The request was refused; the reason is beside it.";
    Gone GONE "service.gone" "The answer has expired and is not kept any more.";
    Range RANGE_NOT_SATISFIABLE "service.range" "The range lies outside the answer.";
    Busy SERVICE_UNAVAILABLE "service.busy" "The state is held by another command.";
    Full INSUFFICIENT_STORAGE "service.full" "The disk of the authority is full; nothing was kept.";
    Storage INTERNAL_SERVER_ERROR "service.storage" "The authority's files cannot be used.";
}

/// A problem with what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which.
    pub fault: Fault,
    /// The code of the refusal behind it.
    pub reason: Option<String>,
    /// Where the upload stands.
    pub offset: Option<u64>,
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            reason: None,
            offset: None,
        }
    }
}

impl Problem {
    pub(crate) fn because(fault: Fault, reason: &str) -> Self {
        Self {
            reason: Some(reason.to_owned()),
            ..Self::from(fault)
        }
    }

    pub(crate) fn at(offset: u64) -> Self {
        Self {
            offset: Some(offset),
            ..Self::from(Fault::Offset)
        }
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        let full = matches!(
            error.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
        );
        Self::from(if full { Fault::Full } else { Fault::Storage })
    }
}

impl From<StoreError> for Problem {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "every other fault of the state is the machine's"
    )]
    fn from(error: StoreError) -> Self {
        Self::from(match error {
            StoreError::Full { .. } => Fault::Full,
            StoreError::Busy { .. } => Fault::Busy,
            _ => Fault::Storage,
        })
    }
}

/// The titles of the problems in both languages, as the catalogues of the binary have them.
#[derive(Clone, Debug, Default)]
pub struct Words(BTreeMap<&'static str, Title>);

/// One title.
#[derive(Clone, Debug)]
pub struct Title {
    /// 日本語.
    pub ja: String,
    /// English.
    pub en: String,
}

impl Words {
    /// Asks for the title of every code.
    pub fn collect(mut title: impl FnMut(&'static str) -> Title) -> Self {
        Self(
            Fault::CODES
                .iter()
                .map(|(code, _)| (*code, title(code)))
                .collect(),
        )
    }

    /// The title in the language that is asked for first: Japanese, unless English comes before it.
    fn title(&self, code: &str, language: Option<&str>) -> &str {
        let english = language
            .into_iter()
            .flat_map(|list| list.split(','))
            .map(|entry| entry.trim().to_ascii_lowercase())
            .find_map(|entry| {
                let english = entry.starts_with("en");
                (english || entry.starts_with("ja")).then_some(english)
            });
        self.0.get(code).map_or("", |title| {
            if english == Some(true) {
                &title.en
            } else {
                &title.ja
            }
        })
    }

    /// The response that tells of a problem.
    pub(crate) fn response(&self, problem: &Problem, asked: &HeaderMap) -> Response<Body> {
        #[derive(Serialize)]
        struct Told<'a> {
            r#type: String,
            title: &'a str,
            status: u16,
            code: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            reason: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            offset: Option<u64>,
        }
        let fault = problem.fault;
        let language = asked
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok());
        let told = Told {
            r#type: format!("urn:renketsu:problem:{}", fault.code()),
            title: self.title(fault.code(), language),
            status: fault.status().as_u16(),
            code: fault.code(),
            reason: problem.reason.as_deref(),
            offset: problem.offset,
        };
        // A struct of texts and numbers can't fail to serialise.
        let body = serde_json::to_vec(&told).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = fault.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if matches!(
            fault,
            Fault::Busy | Fault::Quota | Fault::Connections | Fault::Full
        ) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
        }
        if let Some(offset) = problem.offset {
            headers.insert("upload-offset", HeaderValue::from(offset));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        Words::collect(|code| Title {
            ja: format!("日 {code}"),
            en: format!("en {code}"),
        })
    }

    #[test]
    fn the_language_asked_for_first_is_spoken_else_japanese() {
        let words = words();
        for (asked, title) in [
            (None, "日 service.full"),
            (Some("en"), "en service.full"),
            (Some("fr, en-GB;q=0.8, ja;q=0.5"), "en service.full"),
            (Some("ja, en"), "日 service.full"),
            (Some("fr"), "日 service.full"),
        ] {
            assert_eq!(words.title("service.full", asked), title, "{asked:?}");
        }
    }

    #[test]
    fn a_full_disk_is_told_as_such_wherever_it_is_met() {
        let full = io::Error::from_raw_os_error(28);
        assert_eq!(Problem::from(full).fault, Fault::Full);
        let path = std::path::PathBuf::from("state.sqlite");
        assert_eq!(Problem::from(StoreError::Full { path }).fault, Fault::Full);
        assert_eq!(Fault::Full.status().as_u16(), 507);
        let denied = io::Error::from_raw_os_error(13);
        assert_eq!(Problem::from(denied).fault, Fault::Storage);
    }
}
