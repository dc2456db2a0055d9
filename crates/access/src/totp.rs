//! TOTP (RFC 6238) as authenticators know it: SHA-1, 6 digits, 30 seconds; a code counts once.

use std::fmt;

use jiff::Timestamp;
use totp_rs::{Algorithm, Builder, Totp};
use zeroize::Zeroizing;

/// Seconds of a step.
pub const STEP: u64 = 30;
/// So many steps before and after the present one are taken: clocks of tokens drift.
pub const SKEW: u64 = 1;
/// Bytes of a secret: 160 bits (RFC 4226, 4).
pub const SECRET: usize = 20;

/// The secret that a person's authenticator shares with the server. The caller draws it.
///
/// It is not copied:
/// ```compile_fail,E0599
/// let secret = renketsu_access::totp::Secret::new([0; 20].into());
/// let other = secret.clone();
/// ```
pub struct Secret(Zeroizing<[u8; SECRET]>);

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(..)")
    }
}

impl Secret {
    /// From 20 random bytes.
    pub fn new(bytes: Zeroizing<[u8; SECRET]>) -> Self {
        Self(bytes)
    }

    /// For the state, which keeps it encrypted.
    pub fn expose(&self) -> &[u8; SECRET] {
        &self.0
    }

    fn builder(&self) -> Builder {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_step_duration(STEP)
            .with_skew(0)
            .with_secret(totp_rs::Secret::new_stack(*self.0))
    }

    /// The address an authenticator reads from the enrolment's picture (`otpauth://totp/…`); the secret stands in it. A colon
    /// parts the names in it, so it is dropped from both.
    pub fn address(&self, site: &str, person: &str) -> Result<Zeroizing<String>, EnrolError> {
        let name = |name: &str| name.replace(':', " ").trim().to_owned();
        let totp = self
            .builder()
            .with_issuer(Some(name(site)))
            .with_account_name(name(person))
            .build()
            .map_err(|_| EnrolError)?;
        totp.to_url().map(Zeroizing::new).map_err(|_| EnrolError)
    }
}

/// The person or site has no name that an authenticator could show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("person and site need a name")]
pub struct EnrolError;

impl EnrolError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[("access.totp.name", &[])];

    /// The stable code.
    pub fn code(self) -> &'static str {
        "access.totp.name"
    }
}

/// A code that doesn't count. The page says the same of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// It was used before, or is older than one that was.
    #[error("the code was used before")]
    Replayed,
    /// It is no code of now.
    #[error("the code is wrong")]
    Wrong,
}

impl CodeError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] =
        &[("access.totp.replayed", &[]), ("access.totp.wrong", &[])];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Replayed => "access.totp.replayed",
            Self::Wrong => "access.totp.wrong",
        }
    }
}

/// Takes a code once. `last` is the step of the last code that counted; the answer is that of this one, to be kept in its place
/// in the transaction that signs the person in.
pub fn accept(
    code: &str,
    secret: &Secret,
    now: Timestamp,
    last: Option<u64>,
) -> Result<u64, CodeError> {
    let now = u64::try_from(now.as_second()).map_err(|_| CodeError::Wrong)?;
    let present = now / STEP;
    let totp = secret.builder().build().map_err(|_| CodeError::Wrong)?;
    let steps = present.saturating_sub(SKEW)..=present.saturating_add(SKEW);
    // All steps are looked at, so that the time it takes says nothing of which it was.
    let steps = steps.filter(|step| is_of(&totp, code, *step));
    let found = steps.collect::<Vec<u64>>();
    if found.is_empty() {
        return Err(CodeError::Wrong);
    }
    // Two steps can have one code: the newer counts if it is new.
    let fresh = found
        .into_iter()
        .rev()
        .find(|step| last.is_none_or(|last| *step > last));
    fresh.ok_or(CodeError::Replayed)
}

fn is_of(totp: &Totp, code: &str, step: u64) -> bool {
    step.checked_mul(STEP)
        .is_some_and(|time| totp.check(code, time).is_some())
}
