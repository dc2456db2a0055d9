//! Where the passphrases of a party's keys and of its vault, the PIN of its key token, and what a person signs in with come from: a file descriptor, a systemd credential, or the
//! terminal. Never an argument, never the environment.

use std::fs::File;
use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use renketsu_seal::Passphrase;
use zeroize::Zeroizing;

use crate::failure::{Failure, exit};
use crate::language::Messages;

/// Longer lines are no passphrase.
const LONGEST: usize = 1024;

/// The passphrase of the demo's parties.
pub(crate) const DEMO: &str = "a demonstration protects nobody";

/// What a passphrase opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opens {
    /// The party's keys.
    Keys,
    /// The vault of its studies.
    Vault,
    /// The same, where two custodians open it: the part of the first.
    FirstOfVault,
    /// The part of the second.
    SecondOfVault,
    /// The key token: its PIN.
    Token,
    /// A person's session at a server: the password.
    Session,
    /// The same: the code that the second factor shows.
    Factor,
}

impl Opens {
    /// The name of the systemd credential.
    fn credential(self) -> &'static str {
        match self {
            Self::Keys => "renketsu-passphrase",
            Self::Vault | Self::FirstOfVault => "renketsu-vault-passphrase",
            Self::SecondOfVault => "renketsu-second-vault-passphrase",
            Self::Token => "renketsu-token-pin",
            Self::Session => "renketsu-password",
            Self::Factor => "renketsu-totp",
        }
    }

    /// The questions at the terminal: for one that exists, for a new one.
    fn questions(self) -> [&'static str; 2] {
        match self {
            Self::Keys => ["passphrase-ask", "passphrase-new"],
            Self::Vault => ["vault-passphrase-ask", "vault-passphrase-new"],
            Self::FirstOfVault => ["vault-first-ask", "vault-first-new"],
            Self::SecondOfVault => ["vault-second-ask", "vault-second-new"],
            // Its PIN is set with the vendor's tools.
            Self::Token => ["token-pin-ask", "token-pin-ask"],
            // They are chosen in the browser.
            Self::Session => ["door-password-ask", "door-password-ask"],
            Self::Factor => ["door-totp-ask", "door-totp-ask"],
        }
    }

    /// The option that names a file descriptor.
    fn option(self) -> &'static str {
        match self {
            Self::Keys => "--passphrase-fd",
            Self::Vault | Self::FirstOfVault => "--vault-passphrase-fd",
            Self::SecondOfVault => "--second-vault-passphrase-fd",
            Self::Token => "--token-pin-fd",
            Self::Session => "--password-fd",
            Self::Factor => "--totp-fd",
        }
    }

    /// The code where there is nobody to ask.
    fn missing(self) -> &'static str {
        match self {
            Self::Keys => "cli.passphrase.missing",
            Self::Vault | Self::FirstOfVault => "cli.passphrase.vault_missing",
            Self::SecondOfVault => "cli.passphrase.second_vault_missing",
            Self::Token => "cli.passphrase.pin_missing",
            Self::Session => "cli.door.password",
            Self::Factor => "cli.door.totp",
        }
    }
}

/// The sources of passphrases.
#[derive(Debug)]
pub(crate) enum Passphrases {
    /// What this run was offered, in the order it is tried; the terminal comes last.
    Offered {
        /// `--passphrase-fd`.
        keys: Option<u32>,
        /// `--vault-passphrase-fd`.
        vault: Option<u32>,
        /// `--second-vault-passphrase-fd`.
        second_vault: Option<u32>,
        /// `--token-pin-fd`.
        pin: Option<u32>,
        /// `--password-fd`.
        password: Option<u32>,
        /// `--totp-fd`.
        totp: Option<u32>,
        /// `$CREDENTIALS_DIRECTORY`, read once in `main`.
        credentials: Option<PathBuf>,
    },
    /// The demo's parties live for seconds; their passphrase protects nothing and is no secret.
    Demo,
}

impl Passphrases {
    /// Refuses a file descriptor that was named and is not open.
    pub(crate) fn are_open(&self) -> Result<(), Failure> {
        let Self::Offered {
            keys,
            vault,
            second_vault,
            pin,
            password,
            totp,
            credentials: _,
        } = self
        else {
            return Ok(());
        };
        let named = [
            (Opens::Keys, keys),
            (Opens::Vault, vault),
            (Opens::SecondOfVault, second_vault),
            (Opens::Token, pin),
            (Opens::Session, password),
            (Opens::Factor, totp),
        ];
        for (opens, descriptor) in named {
            if let Some(descriptor) = descriptor
                && path_of(*descriptor).symlink_metadata().is_err()
            {
                let details = vec![
                    ("descriptor", descriptor.to_string()),
                    ("option", opens.option().to_owned()),
                ];
                return Err(Failure::new(
                    "cli.passphrase.descriptor",
                    details,
                    exit::INPUT,
                ));
            }
        }
        Ok(())
    }

    /// The passphrase of what exists.
    pub(crate) fn existing(
        &self,
        opens: Opens,
        messages: &Messages,
    ) -> Result<Passphrase, Failure> {
        let [question, _] = opens.questions();
        match self.at_hand(opens)? {
            Some(found) => Ok(found),
            None => passphrase(&ask(opens, &messages.text(question))?),
        }
    }

    /// What a person shows a server: no passphrase of anything here.
    pub(crate) fn shown(
        &self,
        opens: Opens,
        messages: &Messages,
    ) -> Result<Zeroizing<String>, Failure> {
        let [question, _] = opens.questions();
        match self.line_at_hand(opens)? {
            Some(found) => Ok(found),
            None => ask(opens, &messages.text(question)),
        }
    }

    /// A passphrase for what is made; at the terminal it is typed twice.
    pub(crate) fn fresh(&self, opens: Opens, messages: &Messages) -> Result<Passphrase, Failure> {
        if let Some(found) = self.at_hand(opens)? {
            return Ok(found);
        }
        let [_, question] = opens.questions();
        let first = ask(opens, &messages.text(question))?;
        let second = ask(opens, &messages.text("passphrase-again"))?;
        if *first != *second {
            return Err(Failure::new(
                "cli.passphrase.differ",
                Vec::new(),
                exit::INPUT,
            ));
        }
        passphrase(&first)
    }

    /// The passphrase, where nobody has to be asked.
    pub(crate) fn at_hand(&self, opens: Opens) -> Result<Option<Passphrase>, Failure> {
        let line = self.line_at_hand(opens)?;
        line.map(|line| passphrase(&line)).transpose()
    }

    fn line_at_hand(&self, opens: Opens) -> Result<Option<Zeroizing<String>>, Failure> {
        let Self::Offered {
            keys,
            vault,
            second_vault,
            pin,
            password,
            totp,
            credentials,
        } = self
        else {
            return Ok(Some(Zeroizing::new(DEMO.to_owned())));
        };
        let descriptor = match opens {
            Opens::Keys => keys,
            Opens::Vault | Opens::FirstOfVault => vault,
            Opens::SecondOfVault => second_vault,
            Opens::Token => pin,
            Opens::Session => password,
            Opens::Factor => totp,
        };
        if let Some(descriptor) = descriptor {
            return line(&path_of(*descriptor)).map(Some);
        }
        let credential = credentials
            .as_ref()
            .map(|directory| directory.join(opens.credential()))
            .filter(|path| path.exists());
        credential.map(|path| line(&path)).transpose()
    }
}

fn path_of(descriptor: u32) -> PathBuf {
    PathBuf::from(format!("/dev/fd/{descriptor}"))
}

/// The first line of a file, read byte by byte into a buffer that never grows: no copy of the secret stays behind in
/// freed memory, and what follows the line is left to whoever wrote it.
fn line(path: &Path) -> Result<Zeroizing<String>, Failure> {
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
    Ok(Zeroizing::new(text.trim_end_matches('\r').to_owned()))
}

fn ask(opens: Opens, question: &str) -> Result<Zeroizing<String>, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new(opens.missing(), Vec::new(), exit::INPUT));
    }
    rpassword::prompt_password(question)
        .map(Zeroizing::new)
        .map_err(|error| Failure::io(Path::new("/dev/tty"), &error))
}

fn passphrase(text: &str) -> Result<Passphrase, Failure> {
    Passphrase::new(text.to_owned()).map_err(Failure::from)
}
