//! The answer as a file that can be fetched in parts (RFC 9110, 14).

use std::io::SeekFrom;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use futures::stream;
use renketsu_store::HeldAnswer;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use crate::problem::{Fault, Problem};
use crate::routes::{Served, blocking, named, sender};

/// Bytes that are read at once.
const PIECE: usize = 1 << 16;

/// First and last byte, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    first: u64,
    last: u64,
}

/// The part that is asked for; `None` for all of it, also where the header is none we serve (several ranges, other units).
fn part(headers: &HeaderMap, length: u64) -> Result<Option<Part>, Problem> {
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u64>().ok()).flatten()
    };
    let Some((first, last)) = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("bytes="))
        .and_then(|value| value.split_once('-'))
    else {
        return Ok(None);
    };
    let end = length.saturating_sub(1);
    let part = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => Part {
            first,
            last: last.min(end),
        },
        (Some(first), None) if last.is_empty() => Part { first, last: end },
        (None, Some(count)) if first.is_empty() => Part {
            first: length.saturating_sub(count),
            last: end,
        },
        (Some(_) | None, Some(_) | None) => return Ok(None),
    };
    if part.first > part.last || part.first >= length {
        return Err(Fault::Range.into());
    }
    Ok(Some(part))
}

fn tag(answer: &HeldAnswer) -> String {
    format!("\"{}\"", answer.sha256)
}

/// Whether the part may be taken: without `If-Range`, or with our tag in it.
fn same(headers: &HeaderMap, answer: &HeldAnswer) -> bool {
    headers
        .get(header::IF_RANGE)
        .is_none_or(|value| value.as_bytes() == tag(answer).as_bytes())
}

pub(crate) async fn send(
    State(served): State<Served>,
    mut request: Request,
) -> Result<Response<Body>, Problem> {
    let sender = sender(&request)?;
    let digest = named(&mut request, Fault::Request).await?;
    let desk = served.desk;
    let (path, answer) = blocking(move || desk.answer(&sender, &digest)).await?;
    let headers = request.headers();
    let part = if same(headers, &answer) {
        part(headers, answer.bytes)?
    } else {
        None
    };
    let mut file = tokio::fs::File::open(&path).await?;
    let Part { first, last } = part.unwrap_or(Part {
        first: 0,
        last: answer.bytes.saturating_sub(1),
    });
    file.seek(SeekFrom::Start(first)).await?;
    let length = last.saturating_sub(first).saturating_add(1);
    let pieces = stream::try_unfold((file, length), |(mut file, left)| async move {
        let wanted = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
        if wanted == 0 {
            return Ok::<_, std::io::Error>(None);
        }
        let mut buffer = vec![0_u8; wanted];
        let read = file.read(&mut buffer).await?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        buffer.truncate(read);
        let left = left.saturating_sub(read as u64);
        Ok(Some((Bytes::from(buffer), (file, left))))
    });
    let mut response = Response::new(Body::from_stream(pieces));
    let range = format!("bytes {first}-{last}/{}", answer.bytes);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Ok(tag) = HeaderValue::from_str(&tag(&answer)) {
        headers.insert(header::ETAG, tag);
    }
    if part.is_some() {
        if let Ok(range) = HeaderValue::from_str(&range) {
            headers.insert(header::CONTENT_RANGE, range);
        }
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_served_and_others_are_the_whole() {
        let asked = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, HeaderValue::from_static(text));
            part(&headers, 10)
        };
        for (text, first, last) in [
            ("bytes=0-", 0, 9),
            ("bytes=3-5", 3, 5),
            ("bytes=9-99", 9, 9),
            ("bytes=-4", 6, 9),
            ("bytes=-40", 0, 9),
        ] {
            assert_eq!(asked(text), Ok(Some(Part { first, last })), "{text}");
        }
        for text in [
            "bytes=5-3",
            "bytes=0-1,3-4",
            "rows=1-2",
            "bytes=-",
            "bytes=a-b",
        ] {
            assert_eq!(asked(text), Ok(None), "{text}");
        }
        for text in ["bytes=10-", "bytes=10-12", "bytes=-0"] {
            assert_eq!(asked(text), Err(Fault::Range.into()), "{text}");
        }
    }
}
