//! Where the passphrase of a party's keys comes from: a file descriptor, a systemd credential, or the terminal. Never
//! an argument, never the environment.

use std::fs::File;
use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use renketsu_seal::Passphrase;
use zeroize::Zeroizing;

use crate::failure::{Failure, exit};
use crate::language::Messages;

/// Longer lines are no passphrase.
const LONGEST: usize = 1024;
/// The name of the systemd credential.
const CREDENTIAL: &str = "renketsu-passphrase";

/// The sources of passphrases.
#[derive(Debug)]
pub(crate) enum Passphrases {
    /// What this run was offered, in the order it is tried; the terminal comes last.
    Offered {
        /// `--passphrase-fd`.
        descriptor: Option<u32>,
        /// `$CREDENTIALS_DIRECTORY`, read once in `main`.
        credentials: Option<PathBuf>,
    },
    /// The demo's parties live for seconds; their passphrase protects nothing and is no secret.
    Demo,
}

impl Passphrases {
    /// The passphrase of keys that exist.
    pub(crate) fn existing(&self, messages: &Messages) -> Result<Passphrase, Failure> {
        match self.quiet()? {
            Some(found) => Ok(found),
            None => passphrase(&ask(&messages.text("passphrase-ask"))?),
        }
    }

    /// A passphrase for new keys; at the terminal it is typed twice.
    pub(crate) fn fresh(&self, messages: &Messages) -> Result<Passphrase, Failure> {
        if let Some(found) = self.quiet()? {
            return Ok(found);
        }
        let first = ask(&messages.text("passphrase-new"))?;
        let second = ask(&messages.text("passphrase-again"))?;
        if *first != *second {
            return Err(Failure::new(
                "cli.passphrase.differ",
                Vec::new(),
                exit::INPUT,
            ));
        }
        passphrase(&first)
    }

    fn quiet(&self) -> Result<Option<Passphrase>, Failure> {
        match self {
            Self::Demo => passphrase("a demonstration protects nobody").map(Some),
            Self::Offered {
                descriptor: Some(descriptor),
                ..
            } => line(Path::new(&format!("/dev/fd/{descriptor}"))).map(Some),
            Self::Offered {
                descriptor: None,
                credentials,
            } => {
                match credentials
                    .as_ref()
                    .map(|directory| directory.join(CREDENTIAL))
                {
                    Some(path) if path.exists() => line(&path).map(Some),
                    _ => Ok(None),
                }
            }
        }
    }
}

/// The first line of a file, read byte by byte into a buffer that never grows: no copy of the secret stays behind in
/// freed memory, and what follows the line is left to whoever wrote it.
fn line(path: &Path) -> Result<Passphrase, Failure> {
    let mut file = File::open(path).map_err(|error| Failure::io(path, &error))?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST));
    let mut byte = Zeroizing::new([0_u8; 1]);
    while bytes.len() < LONGEST
        && file
            .read(byte.as_mut_slice())
            .map_err(|error| Failure::io(path, &error))?
            == 1
    {
        match *byte {
            [b'\n'] => break,
            [other] => bytes.push(other),
        }
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| {
        Failure::new(
            "cli.passphrase.encoding",
            vec![("path", path.display().to_string())],
            exit::INPUT,
        )
    })?;
    passphrase(text.trim_end_matches('\r'))
}

fn ask(question: &str) -> Result<Zeroizing<String>, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new(
            "cli.passphrase.missing",
            Vec::new(),
            exit::INPUT,
        ));
    }
    rpassword::prompt_password(question)
        .map(Zeroizing::new)
        .map_err(|error| Failure::io(Path::new("/dev/tty"), &error))
}

fn passphrase(text: &str) -> Result<Passphrase, Failure> {
    Passphrase::new(text.to_owned()).map_err(Failure::from)
}
