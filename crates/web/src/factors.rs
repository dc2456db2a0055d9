//! A password or second factor that somebody makes: at their enrolment, and later in their own account.

use axum::body::Body;
use axum::http::Response;
use data_encoding::BASE32_NOPAD;
use qrcodegen::{QrCode, QrCodeEcc};
use renketsu_access::password::{LengthClass, Password, Rule};
use renketsu_access::totp;
use renketsu_seal::sign_in::{PasswordHash, TotpSeed};
use renketsu_store::PersonRecord;
use renketsu_workspace::accounts::{AccountError, NewFactor};
use sha2::{Digest as _, Sha256};
use webauthn_rs::prelude::{CredentialID, RegisterPublicKeyCredential, Uuid};

use crate::fault::Fault;
use crate::form::Fields;
use crate::office::Office;
use crate::page::{Frame, json};

/// A password that fits.
pub(crate) struct Chosen {
    pub(crate) hash: PasswordHash,
    /// Whether it is so long that it never has to be changed.
    pub(crate) long: bool,
}

/// Holds a password that was typed twice against the rule, and hashes it; what it lacks comes back in words.
pub(crate) async fn choose(
    office: &Office,
    frame: &Frame,
    person: &PersonRecord,
    (chosen, again): (&str, &str),
) -> Result<Result<Chosen, String>, Fault> {
    if chosen != again {
        return Ok(Err(frame.t("web-password-twice")));
    }
    let names = [
        person.person.as_str(),
        person.name.as_str(),
        person.affiliation.as_str(),
        "renketsu",
    ];
    let chosen = Password::new(chosen);
    let rule = Rule::default();
    let class = match rule.check(&chosen, &names) {
        Ok(class) => class,
        Err(weak) => {
            let lacks = weak.lacks.iter().map(|lack| {
                let id = format!("err-{}", crate::message_id(lack.code()));
                frame.say(&id, &lack.details(rule))
            });
            return Ok(Err(lacks.collect::<Vec<_>>().join(" ")));
        }
    };
    let cost = office.cost;
    let hash = office
        .hash(move || PasswordHash::of(chosen.expose().as_bytes(), cost))
        .await?
        .map_err(AccountError::from)?;
    Ok(Ok(Chosen {
        hash,
        long: class == LengthClass::Long,
    }))
}

/// A seed as an authenticator takes it. It is shown once: whoever comes again gets another one.
pub(crate) struct Seed {
    /// As text, in groups.
    pub(crate) text: String,
    /// Side of the QR code in modules, and its path in SVG.
    pub(crate) qr: (i32, String),
}

impl Seed {
    /// Draws one and keeps it under this key until a code of it is shown.
    pub(crate) fn new(office: &Office, key: &str, person: &str) -> Result<Self, Fault> {
        let seed = TotpSeed::random().map_err(AccountError::from)?;
        let secret = totp::Secret::new(seed.bytes());
        let address = secret
            .address("Renketsu", person)
            .map_err(|_| Fault::Broken)?;
        let shown = Self {
            text: groups(&BASE32_NOPAD.encode(secret.expose())),
            qr: picture(&address).ok_or(Fault::Broken)?,
        };
        office.ceremonies.keep_seed(key, seed, office.now());
        Ok(shown)
    }
}

/// Whether a seed was drawn under this key, and waits for its code.
pub(crate) fn waits(office: &Office, key: &str) -> bool {
    office.ceremonies.seed(key, office.now(), |_| ()).is_some()
}

/// The factor of the seed under this key, if this is a code of it.
pub(crate) fn totp(
    office: &Office,
    frame: &Frame,
    key: &str,
    code: &str,
) -> Result<Option<NewFactor>, Fault> {
    let now = office.now();
    let shown = office.ceremonies.seed(key, now, |seed| {
        let step = totp::accept(code, &totp::Secret::new(seed.bytes()), now, None).ok()?;
        Some((step, seed.seal(&office.proof)))
    });
    let Some((step, sealed)) = shown.flatten() else {
        return Ok(None);
    };
    Ok(Some(NewFactor {
        factor: Uuid::new_v4().to_string(),
        kind: "totp",
        label: frame.t("web-totp-label"),
        body: sealed.map_err(AccountError::from)?,
        last_step: Some(step),
    }))
}

/// Asks the browser for a passkey; for none of those that are `known`.
pub(crate) fn begin_passkey(
    office: &Office,
    key: &str,
    person: &PersonRecord,
    known: Option<Vec<CredentialID>>,
) -> Result<Response<Body>, Fault> {
    let (options, state) = office
        .webauthn
        .start_passkey_registration(handle(&person.person), &person.person, &person.name, known)
        .map_err(|_| Fault::Broken)?;
    office
        .ceremonies
        .keep_registration(key, state, office.now());
    json(&options)
}

/// The factor of the passkey that the browser made. A challenge is answered once.
pub(crate) fn end_passkey(
    office: &Office,
    frame: &Frame,
    key: &str,
    fields: &Fields,
) -> Result<NewFactor, Fault> {
    let state = office
        .ceremonies
        .registration(key, office.now())
        .ok_or(Fault::Malformed)?;
    let credential: RegisterPublicKeyCredential =
        serde_json::from_str(fields.get("credential")).map_err(|_| Fault::Malformed)?;
    let passkey = office
        .webauthn
        .finish_passkey_registration(&credential, &state)
        .map_err(|_| AccountError::Refused)?;
    Ok(NewFactor {
        factor: Uuid::new_v4().to_string(),
        kind: "passkey",
        label: frame.t("web-passkey-label"),
        body: serde_json::to_string(&passkey).map_err(|_| Fault::Broken)?,
        last_step: None,
    })
}

/// A person's id for passkeys: the same at every enrolment, and nobody's name.
fn handle(person: &str) -> Uuid {
    let digest = Sha256::new_with_prefix(b"renketsu/passkey/1\0").chain_update(person);
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(digest.finalize()) {
        *to = from;
    }
    Uuid::from_bytes(bytes)
}

fn groups(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    letters
        .chunks(4)
        .map(|group| group.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A QR code as one path: its side, with the quiet zone, and what is drawn.
fn picture(text: &str) -> Option<(i32, String)> {
    const QUIET: i32 = 4;
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in 0..code.size() {
            if code.get_module(x, y) {
                let (x, y) = (x.saturating_add(QUIET), y.saturating_add(QUIET));
                path.extend(["M", &x.to_string(), " ", &y.to_string(), "h1v1h-1z"]);
            }
        }
    }
    Some((code.size().saturating_add(QUIET.saturating_mul(2)), path))
}
