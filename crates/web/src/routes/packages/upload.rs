//! Packages on their way in: from a browser, or from the incoming directory.

use std::io::Read as _;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::multipart::{Field, Multipart};
use axum::extract::{DefaultBodyLimit, FromRequest as _, FromRequestParts as _, Request, State};
use axum::http::{Response, header};
use renketsu_access::{Permit, act};
use renketsu_seal::durable;
use renketsu_workspace::accounts::Acting;
use renketsu_workspace::intake::{self, IntakeError, Receiving};

use super::bound::{Bound, bounded};
use super::{incoming, place, study, work};
use crate::cookie;
use crate::fault::Fault;
use crate::office::Office;
use crate::page::go;
use crate::visit::{SignedForm, SignedIn};

type Shown = Result<Response<Body>, Fault>;

/// What is handed to the disk at a time.
const PIECE: usize = 1 << 20;
/// Room that packages leave free: what can't be recorded isn't done, so the log needs some.
const RESERVE: u64 = 256 << 20;
/// The longest text before the file.
const LONGEST: usize = 1024;
/// The longest head of a part, with what comes before it.
const HEAD: usize = 8 * 1024;

/// Whether the disk takes so many bytes more.
fn has_room(office: &Office, bytes: u64) -> bool {
    rustix::fs::statvfs(&office.dir).is_ok_and(|found| {
        found.f_bavail.saturating_mul(found.f_frsize) >= RESERVE.saturating_add(bytes)
    })
}

/// Begins to receive: what a machine that stopped left behind goes first.
async fn begin(
    office: &Arc<Office>,
    permit: Permit<act::PackageReceive>,
    study: String,
    announced: u64,
) -> Result<Receiving, Fault> {
    let (at, now) = (Arc::clone(office), office.now());
    office
        .with(move |store| {
            intake::tidy(store, &at.dir, &study)?;
            if announced > intake::MOST {
                return Err(IntakeError::TooLong.into());
            }
            if !has_room(&at, announced) {
                return Err(IntakeError::Full.into());
            }
            Ok(Receiving::begin(permit, &at.dir, &study, now)?)
        })
        .await
}

/// Keeps what came, and begins to verify it.
async fn finish(office: &Arc<Office>, receiving: Receiving, acting: Acting) -> Shown {
    let (by, now) = (acting.clone(), office.now());
    let record = office
        .with(move |store| Ok(receiving.finish(store, &by, now)?))
        .await?;
    let address = format!("/packages/{}", record.delivery);
    work::begin_verifying(office, record, acting);
    Ok(go(&address))
}

/// Writes one piece, on a thread that may wait.
async fn put(
    office: &Arc<Office>,
    mut receiving: Receiving,
    piece: Vec<u8>,
) -> Result<Receiving, Fault> {
    let at = Arc::clone(office);
    let written = tokio::task::spawn_blocking(move || {
        if !has_room(&at, piece.len() as u64) {
            return Err(IntakeError::Full);
        }
        receiving.write(&piece)?;
        Ok(receiving)
    });
    Ok(written.await.map_err(|_| Fault::Broken)??)
}

/// The next field of the form, which must have this name.
async fn field<'f>(form: &'f mut Multipart, bound: &Bound, name: &str) -> Result<Field<'f>, Fault> {
    bound.at_most(HEAD);
    let next = form.next_field().await.map_err(|_| Fault::Malformed)?;
    next.filter(|field| field.name() == Some(name))
        .ok_or(Fault::Malformed)
}

/// The text of a short field. Its reader asks for more than it needs: what came with its head may be all that it had room for.
async fn text(mut field: Field<'_>, bound: &Bound) -> Result<String, Fault> {
    let mut bytes = Vec::new();
    loop {
        bound.at_most(HEAD);
        let Some(chunk) = field.chunk().await.map_err(|_| Fault::Malformed)? else {
            return String::from_utf8(bytes).map_err(|_| Fault::Malformed);
        };
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LONGEST {
            return Err(Fault::Malformed);
        }
    }
}

/// The browser sends the form's secret first, then the file, which goes to the disk as it comes: sealed bytes, in pieces.
pub(crate) async fn upload(State(office): State<Arc<Office>>, request: Request) -> Shown {
    let (mut parts, body) = request.into_parts();
    let SignedIn(visit) = SignedIn::from_request_parts(&mut parts, &office).await?;
    let permit = visit
        .permit::<act::PackageReceive>(&office, visit.on.clone())
        .await?;
    let session = cookie::bearer(&parts.headers, cookie::SESSION).ok_or(Fault::SignIn)?;
    let announced = parts
        .headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok())
        .unwrap_or(0);
    let (body, bound) = bounded(body);
    let mut request = Request::from_parts(parts, body);
    // Bounded by what the disk has room for, piece by piece.
    DefaultBodyLimit::disable().apply(&mut request);
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|_| Fault::Malformed)?;
    let secret = text(field(&mut form, &bound, "form").await?, &bound).await?;
    if !session.is_of_form(&secret) {
        return Err(Fault::Form);
    }
    let mut file = field(&mut form, &bound, "file").await?;
    bound.at_most(usize::MAX);
    let mut receiving = begin(&office, permit, study(&visit)?, announced).await?;
    let mut piece = Vec::with_capacity(PIECE);
    while let Some(chunk) = file.chunk().await.map_err(|_| Fault::Malformed)? {
        piece.extend_from_slice(&chunk);
        if piece.len() >= PIECE {
            let full = std::mem::replace(&mut piece, Vec::with_capacity(PIECE));
            receiving = put(&office, receiving, full).await?;
        }
    }
    receiving = put(&office, receiving, piece).await?;
    drop(file);
    // Whatever comes after the file isn't ours.
    bound.at_most(HEAD);
    if form
        .next_field()
        .await
        .map_err(|_| Fault::Malformed)?
        .is_some()
    {
        return Err(Fault::Malformed);
    }
    finish(&office, receiving, visit.acting()).await
}

/// Takes a package from the incoming directory of the study. What lies there stays: it is somebody else's medium.
pub(crate) async fn take(
    State(office): State<Arc<Office>>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let permit = visit
        .permit::<act::PackageReceive>(&office, visit.on.clone())
        .await?;
    let study = study(&visit)?;
    let here = place(&office.dir, &study);
    // Only a name that is in the list is one: nothing that was typed becomes a path.
    let wanted = incoming(&here, true)
        .into_iter()
        .find(|found| found.name == fields.get("name"))
        .ok_or(Fault::NotFound)?;
    let path = here.join(&wanted.name);
    let receiving = begin(&office, permit, study, wanted.bytes).await?;
    let at = Arc::clone(&office);
    let copied = tokio::task::spawn_blocking(move || copied(&at, receiving, &path));
    let receiving = copied.await.map_err(|_| Fault::Broken)??;
    finish(&office, receiving, visit.acting()).await
}

fn copied(
    office: &Office,
    mut receiving: Receiving,
    path: &std::path::Path,
) -> Result<Receiving, IntakeError> {
    let failed = |source| IntakeError::Io {
        path: path.to_owned(),
        source,
    };
    let mut file = durable::open_file(path).map_err(failed)?;
    let mut piece = vec![0_u8; PIECE];
    loop {
        let read = file.read(&mut piece).map_err(failed)?;
        if read == 0 {
            return Ok(receiving);
        }
        if !has_room(office, read as u64) {
            return Err(IntakeError::Full);
        }
        receiving.write(piece.get(..read).unwrap_or_default())?;
    }
}
