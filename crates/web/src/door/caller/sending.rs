//! What a command sends: forms, and files as they are read.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use bytes::Bytes;
use futures::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Empty, Full, StreamBody};
use hyper::body::Frame;
use renketsu_seal::durable;
use zeroize::Zeroizing;

/// What is read of a file at a time.
const PIECE: usize = 1 << 18;
/// Between the parts of a form with a file. The file is read by its place alone, so nothing in it can end it.
const EDGE: &str = "renketsu-edge-0f6c1d9b52";

/// The body of a request.
pub(super) type Body = BoxBody<Bytes, io::Error>;

/// A body, what it is and how long.
pub(super) struct Sending {
    pub(super) kind: String,
    pub(super) length: u64,
    pub(super) body: Body,
}

/// No body.
pub(super) fn nothing() -> Body {
    Empty::new().map_err(|never| match never {}).boxed()
}

/// A form in memory that never grows and is cleared: a password may be in it.
pub(super) fn form(fields: &[(&str, &str)]) -> Sending {
    let longest = fields
        .iter()
        .map(|(name, value)| name.len().saturating_add(value.len()).saturating_mul(3))
        .fold(fields.len().saturating_mul(2), usize::saturating_add);
    let mut written = form_urlencoded::Serializer::new(String::with_capacity(longest));
    written.extend_pairs(fields);
    let bytes = Bytes::from_owner(Zeroizing::new(written.finish().into_bytes()));
    Sending {
        kind: "application/x-www-form-urlencoded".to_owned(),
        length: bytes.len() as u64,
        body: Full::new(bytes).map_err(|never| match never {}).boxed(),
    }
}

/// A file under this form's secret.
pub(super) fn file(form: &str, path: &Path) -> io::Result<Sending> {
    let file = durable::open_file(path)?;
    let length = file.metadata()?.len();
    let head = format!(
        "--{EDGE}\r\nContent-Disposition: form-data; name=\"form\"\r\n\r\n{form}\r\n\
         --{EDGE}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"package\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    let tail = format!("\r\n--{EDGE}--\r\n");
    let around = (head.len() as u64).saturating_add(tail.len() as u64);
    let piece = |text: String| std::iter::once(Ok(Bytes::from(text)));
    let pieces = piece(head)
        .chain(Pieces { file, length })
        .chain(piece(tail));
    let frames = pieces.map(|piece: io::Result<Bytes>| piece.map(Frame::data));
    Ok(Sending {
        kind: format!("multipart/form-data; boundary={EDGE}"),
        length: length.saturating_add(around),
        body: BoxBody::new(StreamBody::new(stream::iter(frames))),
    })
}

/// A file in pieces, as long as it was when it was opened.
struct Pieces {
    file: File,
    length: u64,
}

impl Iterator for Pieces {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.length == 0 {
            return None;
        }
        let most = usize::try_from(self.length).unwrap_or(PIECE).min(PIECE);
        let mut piece = vec![0; most];
        let read = match self.file.read(&mut piece) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            read => read,
        };
        Some(read.map(|read| {
            piece.truncate(read);
            self.length = self.length.saturating_sub(read as u64);
            Bytes::from(piece)
        }))
    }
}
