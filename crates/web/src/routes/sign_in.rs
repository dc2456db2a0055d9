//! Signing in, the lock, signing out.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse as _;
use jiff::Timestamp;
use renketsu_access::delay::Tries;
use renketsu_access::password::Password;
use renketsu_access::session::End;
use renketsu_access::totp;
use renketsu_seal::sign_in::{Bearer, PasswordHash, TotpSeed};
use renketsu_store::{FactorRecord, TerminalRecord};
use renketsu_workspace::accounts::{self, AccountError};
use webauthn_rs::prelude::{AuthenticationResult, Passkey, PublicKeyCredential};

use crate::ceremony::Half;
use crate::cookie;
use crate::fault::Fault;
use crate::form::Fields;
use crate::office::Office;
use crate::page::{Frame, Machine, Speaks, go, json, show, show_as};
use crate::visit::{AtTerminal, InSession, SignedForm};
use crate::volumes;
use crate::words::Lang;

type Shown = Result<Response<Body>, Fault>;

/// A password longer than this is none, and not worth the work.
const LONGEST: usize = 1024;

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignInPage {
    frame: Frame,
    terminal: TerminalRecord,
    person: String,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "factor.html")]
struct FactorPage {
    frame: Frame,
    passkey: bool,
    totp: bool,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "lock.html")]
struct LockPage {
    frame: Frame,
    problem: Option<String>,
}

/// Whether the terminal's study has its place now. Nobody who went away holds it. Who is turned away after they sent something is on record.
async fn may_enter(
    office: &Arc<Office>,
    terminal: &TerminalRecord,
    records: bool,
) -> Result<(), Fault> {
    office.end_lapsed().await?;
    let (at, now) = (terminal.clone(), office.now());
    let nobody = accounts::Standing::Entering { person: None };
    office
        .with(move |store| {
            let study = at.study.as_deref();
            let Some(away) = accounts::room(store, &at.place, study, nobody, now)? else {
                return Ok(());
            };
            if records {
                accounts::turned_away(store, &at, away, now)?;
            }
            Err(AccountError::from(away).into())
        })
        .await
}

pub(crate) async fn page(
    State(office): State<Arc<Office>>,
    speaks: Speaks,
    AtTerminal(terminal): AtTerminal,
) -> Shown {
    may_enter(&office, &terminal, false).await?;
    show(&SignInPage {
        frame: Frame::open(&office, speaks),
        terminal,
        person: String::new(),
        problem: None,
    })
}

/// Whether a password is somebody's. Nobody's takes as long.
pub(super) async fn is_password(
    office: &Arc<Office>,
    hash: Option<&str>,
    password: &str,
) -> Result<bool, Fault> {
    if password.len() > LONGEST {
        return Ok(false);
    }
    let (hash, cost) = (hash.and_then(PasswordHash::parse), office.cost);
    let password = Password::new(password);
    let right = office
        .hash(move || match hash {
            Some(hash) => hash.is_of(password.expose().as_bytes()),
            None => PasswordHash::of_nobody(password.expose().as_bytes(), cost).map(|()| false),
        })
        .await?;
    Ok(right.map_err(AccountError::from)?)
}

/// Counts a wrong try, in the record too.
pub(super) async fn refuse(
    office: &Arc<Office>,
    person: &str,
    terminal: &TerminalRecord,
    what: &'static str,
    now: Timestamp,
) -> Result<(), Fault> {
    let (by, terminal) = (person.to_owned(), terminal.clone());
    let known = office
        .with(move |store| Ok(accounts::refused(store, Some(&by), &terminal, what, now)?))
        .await?;
    if !known {
        office.strangers.failed(person, now);
    }
    Ok(())
}

pub(crate) async fn password(
    State(office): State<Arc<Office>>,
    speaks: Speaks,
    Machine(machine): Machine,
    AtTerminal(terminal): AtTerminal,
    fields: Fields,
) -> Shown {
    may_enter(&office, &terminal, true).await?;
    let id = fields.get("person").trim().to_owned();
    let _turn = office.turn_at(&terminal.terminal).await;
    let (now, at, asked) = (office.now(), terminal.clone(), id.clone());
    let unknown = office.strangers.tries(&id);
    let look = office
        .with(move |store| Ok(accounts::look(store, &asked, &at, unknown, now)?))
        .await?;
    let hash = look
        .person
        .as_ref()
        .and_then(|person| person.password.clone());
    let right = is_password(&office, hash.as_deref(), fields.get("password")).await?;
    let Some(person) = look.person.filter(|_| right) else {
        refuse(&office, &id, &terminal, "password", now).await?;
        if machine {
            return Err(AccountError::Refused.into());
        }
        let frame = Frame::open(&office, speaks);
        let problem = frame.t("err-workspace-account-refused");
        return show_as(
            StatusCode::UNPROCESSABLE_ENTITY,
            &SignInPage {
                frame,
                terminal,
                person: id,
                problem: Some(problem),
            },
        );
    };
    if look.factors.is_empty() && person.single_factor.is_some() {
        return opened(
            &office,
            Half {
                person,
                factors: Vec::new(),
            },
            "none",
            terminal,
        )
        .await;
    }
    let step = Bearer::random().map_err(AccountError::from)?;
    let half = Half {
        person,
        factors: look.factors,
    };
    office.ceremonies.begin(&step.digest(), half, now);
    let told = cookie::set(cookie::STEP, &step, false);
    Ok(([(header::SET_COOKIE, told)], go("/sign-in/factor")).into_response())
}

/// The sign-in that this browser is in the middle of.
fn half(office: &Office, headers: &HeaderMap) -> Result<(String, Half), Fault> {
    let step = cookie::bearer(headers, cookie::STEP).ok_or(Fault::SignIn)?;
    let key = step.digest();
    let half = office
        .ceremonies
        .half(&key, office.now())
        .ok_or(Fault::SignIn)?;
    Ok((key, half))
}

fn has(factors: &[FactorRecord], kind: &str) -> bool {
    factors.iter().any(|factor| factor.kind == kind)
}

pub(crate) async fn factor(
    State(office): State<Arc<Office>>,
    speaks: Speaks,
    headers: HeaderMap,
    AtTerminal(_): AtTerminal,
) -> Shown {
    let (_, half) = half(&office, &headers)?;
    show(&FactorPage {
        frame: Frame::open(&office, speaks),
        passkey: has(&half.factors, "passkey"),
        totp: has(&half.factors, "totp"),
        problem: None,
    })
}

pub(crate) async fn totp(
    State(office): State<Arc<Office>>,
    speaks: Speaks,
    headers: HeaderMap,
    AtTerminal(terminal): AtTerminal,
    fields: Fields,
) -> Shown {
    let machine = Machine::of(&headers).0;
    let (key, half) = half(&office, &headers)?;
    let _turn = office.turn_at(&terminal.terminal).await;
    let now = office.now();
    // Guessing six digits waits as guessing a password does.
    let (at, id) = (terminal.clone(), half.person.person.clone());
    let look = office
        .with(move |store| Ok(accounts::look(store, &id, &at, Tries::default(), now)?))
        .await?;
    let shown = fields.get("totp");
    let used = look.factors.into_iter().find_map(|factor| {
        if factor.kind != "totp" {
            return None;
        }
        let seed = TotpSeed::open(&factor.body, &office.proof)?;
        let step = totp::accept(
            shown,
            &totp::Secret::new(seed.bytes()),
            now,
            factor.last_step,
        )
        .ok()?;
        Some(FactorRecord {
            last_step: Some(step),
            ..factor
        })
    });
    let Some(used) = used else {
        refuse(&office, &half.person.person, &terminal, "totp", now).await?;
        if machine {
            return Err(AccountError::Refused.into());
        }
        let frame = Frame::open(&office, speaks);
        let problem = frame.t("web-totp-wrong");
        return show_as(
            StatusCode::UNPROCESSABLE_ENTITY,
            &FactorPage {
                frame,
                passkey: has(&half.factors, "passkey"),
                totp: true,
                problem: Some(problem),
            },
        );
    };
    // Two browsers with the same code: whoever is recorded first has it.
    office
        .with(move |store| Ok(accounts::factor_used(store, &used, now)?))
        .await?;
    office.ceremonies.end(&key, now);
    opened(&office, half, "totp", terminal).await
}

pub(crate) async fn begin_passkey(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    AtTerminal(_): AtTerminal,
) -> Shown {
    let (key, half) = half(&office, &headers)?;
    let passkeys: Vec<Passkey> = half
        .factors
        .iter()
        .filter(|factor| factor.kind == "passkey")
        .filter_map(|factor| serde_json::from_str(&factor.body).ok())
        .collect();
    let (options, state) = office
        .webauthn
        .start_passkey_authentication(&passkeys)
        .map_err(|_| AccountError::Refused)?;
    office
        .ceremonies
        .keep_authentication(&key, state, office.now());
    json(&options)
}

pub(crate) async fn end_passkey(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    AtTerminal(terminal): AtTerminal,
    fields: Fields,
) -> Shown {
    let (key, half) = half(&office, &headers)?;
    let _turn = office.turn_at(&terminal.terminal).await;
    let now = office.now();
    let state = office
        .ceremonies
        .authentication(&key, now)
        .ok_or(Fault::Malformed)?;
    let shown: PublicKeyCredential =
        serde_json::from_str(fields.get("credential")).map_err(|_| Fault::Malformed)?;
    let result = office
        .webauthn
        .finish_passkey_authentication(&shown, &state);
    let used = result
        .ok()
        .filter(AuthenticationResult::user_verified)
        .and_then(|result| {
            half.factors.iter().find_map(|factor| {
                let mut passkey: Passkey = serde_json::from_str(&factor.body).ok()?;
                // `None`: another credential than this one.
                passkey.update_credential(&result)?;
                Some(FactorRecord {
                    body: serde_json::to_string(&passkey).ok()?,
                    ..factor.clone()
                })
            })
        });
    let Some(used) = used else {
        refuse(&office, &half.person.person, &terminal, "passkey", now).await?;
        return Err(AccountError::Refused.into());
    };
    office
        .with(move |store| Ok(accounts::factor_used(store, &used, now)?))
        .await?;
    office.ceremonies.end(&key, now);
    opened(&office, half, "passkey", terminal).await
}

/// Opens the session and sends its cookie.
async fn opened(
    office: &Arc<Office>,
    half: Half,
    factor: &'static str,
    terminal: TerminalRecord,
) -> Shown {
    office.end_lapsed().await?;
    let now = office.now();
    let language = Lang::of(&half.person.language);
    let _stays = volumes::ready(office, &half.person, &terminal).await?;
    let opened = office
        .with(move |store| {
            let opened = accounts::open(store, &half.person, factor, &terminal, now);
            if let Err(AccountError::Away(why)) = &opened {
                accounts::turned_away(store, &terminal, *why, now)?;
            }
            Ok(opened?)
        })
        .await?;
    office.opened(&opened, now);
    let mut response = go("/");
    let headers = response.headers_mut();
    headers.append(
        header::SET_COOKIE,
        cookie::set(cookie::SESSION, &opened.bearer, false),
    );
    headers.append(header::SET_COOKIE, cookie::clear(cookie::STEP));
    headers.append(header::SET_COOKIE, cookie::set_lang(language.as_str()));
    Ok(response)
}

pub(crate) async fn locked(
    State(office): State<Arc<Office>>,
    InSession(mut visit): InSession,
) -> Shown {
    if visit.sitting.locked_at.is_none() {
        let (sitting, now) = (visit.sitting.clone(), office.now());
        office
            .with(move |store| Ok(accounts::lock(store, &sitting, "page", now)?))
            .await?;
        visit.sitting.locked_at = Some(now);
    }
    show(&LockPage {
        frame: Frame::of(&office, &visit, ""),
        problem: None,
    })
}

pub(crate) async fn lock(
    State(office): State<Arc<Office>>,
    SignedForm { visit, .. }: SignedForm,
) -> Shown {
    let (sitting, now) = (visit.sitting, office.now());
    office
        .with(move |store| Ok(accounts::lock(store, &sitting, "by-hand", now)?))
        .await?;
    Ok(go("/lock"))
}

/// Unlocking shows the password again; the second factor was shown when the session was opened, at the same terminal.
pub(crate) async fn unlock(
    State(office): State<Arc<Office>>,
    InSession(visit): InSession,
    AtTerminal(terminal): AtTerminal,
    fields: Fields,
) -> Shown {
    if visit.sitting.locked_at.is_none() {
        return Ok(go("/"));
    }
    let _turn = office.turn_at(&terminal.terminal).await;
    let (now, at, id) = (office.now(), terminal.clone(), visit.person.person.clone());
    let look = office
        .with(move |store| Ok(accounts::look(store, &id, &at, Tries::default(), now)?))
        .await?;
    let hash = look.person.and_then(|person| person.password);
    if !is_password(&office, hash.as_deref(), fields.get("password")).await? {
        refuse(&office, &visit.person.person, &terminal, "unlock", now).await?;
        let frame = Frame::of(&office, &visit, "");
        let problem = frame.t("err-workspace-account-refused");
        return show_as(
            StatusCode::UNPROCESSABLE_ENTITY,
            &LockPage {
                frame,
                problem: Some(problem),
            },
        );
    }
    let sitting = visit.sitting.clone();
    let bearer = office
        .with(move |store| Ok(accounts::unlock(store, &sitting, now)?))
        .await?;
    office.saw(&visit.sitting.sitting, now);
    let told = cookie::set(cookie::SESSION, &bearer, false);
    Ok(([(header::SET_COOKIE, told)], go("/")).into_response())
}

/// Signing out works from the lock too, and needs no secret of the form: at worst, somebody is signed out.
pub(crate) async fn sign_out(
    State(office): State<Arc<Office>>,
    InSession(visit): InSession,
) -> Shown {
    let (sitting, now) = (visit.sitting.clone(), office.now());
    office
        .with(move |store| Ok(accounts::close(store, &sitting, End::SignOut, now, now)?))
        .await?;
    office.forget(&visit.sitting.sitting);
    // They are signed out whatever becomes of the volume; it is tried again every minute.
    let _later = volumes::release_idle(&office).await;
    let mut response = go("/sign-in");
    let headers = response.headers_mut();
    headers.append(header::SET_COOKIE, cookie::clear(cookie::SESSION));
    headers.insert(
        HeaderName::from_static("clear-site-data"),
        HeaderValue::from_static("\"cache\", \"storage\""),
    );
    Ok(response)
}
