//! What pages load, compiled into the binary, each under a name that holds its digest.

use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;

use crate::at::At;
use crate::fault::Fault;

/// Something pages load.
#[derive(Debug)]
pub struct Asset {
    /// Its file.
    pub file: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
    /// Its version and licence; ours where there is none.
    pub from: Option<(&'static str, &'static str)>,
}

macro_rules! asset {
    ($file:literal, $kind:literal, $from:expr) => {
        Asset {
            file: $file,
            kind: $kind,
            bytes: include_bytes!(concat!("../assets/", $file)),
            from: $from,
        }
    };
}

/// Everything that is served below `/assets`.
pub const ASSETS: &[Asset] = &[
    asset!(
        "vendor/tokens.css",
        "text/css; charset=utf-8",
        Some(("@digital-go-jp/design-tokens 1.1.9", "MIT"))
    ),
    asset!(
        "vendor/editor.js",
        "text/javascript; charset=utf-8",
        Some(("CodeMirror 6 (@codemirror/view 6.43.15)", "MIT"))
    ),
    asset!("pages.css", "text/css; charset=utf-8", None),
    asset!("idle.js", "text/javascript; charset=utf-8", None),
    asset!("passkey.js", "text/javascript; charset=utf-8", None),
];

static NAMES: LazyLock<Vec<(String, String, &'static Asset)>> = LazyLock::new(|| {
    ASSETS
        .iter()
        .map(|asset| {
            let digest = HEXLOWER.encode(&Sha256::digest(asset.bytes));
            let short = digest.get(..16).unwrap_or_default();
            let flat = asset.file.replace('/', "-");
            (format!("{short}-{flat}"), digest, asset)
        })
        .collect()
});

/// The address of an asset.
///
/// An asset that isn't there has an address that isn't either; a test holds every template against the list.
pub fn address(file: &str) -> String {
    NAMES
        .iter()
        .find(|(_, _, asset)| asset.file == file)
        .map_or_else(
            || format!("/assets/{file}"),
            |(name, _, _)| format!("/assets/{name}"),
        )
}

/// Every asset with its SHA-256.
pub fn listed() -> impl Iterator<Item = (&'static Asset, &'static str)> {
    NAMES
        .iter()
        .map(|(_, digest, asset)| (*asset, digest.as_str()))
}

/// Hands an asset out. Its name holds its digest, so it never changes.
pub(crate) async fn serve(At(name): At<String>) -> Result<Response<Body>, Fault> {
    let mut all = NAMES.iter();
    let found = all.find(|(known, _, _)| *known == name);
    let (_, _, asset) = found.ok_or(Fault::NotFound)?;
    let mut response = Response::new(Body::from(asset.bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=31536000, immutable"),
    );
    Ok(response)
}
