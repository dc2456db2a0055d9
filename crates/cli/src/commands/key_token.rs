//! Commands about the key token of the authority's secrets, and how every command comes by its PIN.

use std::cell::RefCell;

use renketsu_authority::secrets::{self, Taken, UseToken};
use renketsu_seal::Passphrase;
use renketsu_seal::key_token::Which;

use super::custody::with_custodian;
use crate::args::{AuthorityToken, TokenLeave, TokenUse};
use crate::failure::{Failure, exit};
use crate::language::Messages;
use crate::passphrase::{Opens, Passphrases};
use crate::session::Session;

/// Asks for the PIN when the token is first needed, and keeps why there was no answer.
pub(super) struct PinPad<'a> {
    passphrases: &'a Passphrases,
    messages: &'a Messages,
    refused: RefCell<Option<Failure>>,
}

impl<'a> PinPad<'a> {
    pub(super) fn of(session: &Session<'a>) -> Self {
        Self {
            passphrases: session.passphrases,
            messages: session.messages,
            refused: RefCell::new(None),
        }
    }

    /// The PIN, once for each call: a wrong one is not tried again.
    pub(super) fn ask(&self) -> Option<Passphrase> {
        match self.passphrases.existing(Opens::Token, self.messages) {
            Ok(pin) => Some(pin),
            Err(failure) => {
                self.refused.replace(Some(failure));
                None
            }
        }
    }

    /// How the work ended, with our own words where it failed for want of the PIN.
    pub(super) fn settle<T>(&self, done: Result<T, Failure>) -> Result<T, Failure> {
        done.map_err(|failure| self.refused.take().unwrap_or(failure))
    }
}

pub(crate) fn run(session: &mut Session<'_>, command: &AuthorityToken) -> Result<(), Failure> {
    match command {
        AuthorityToken::Use(args) => take(session, args),
        AuthorityToken::Leave(args) => leave(session, args),
    }
}

fn take(session: &mut Session<'_>, args: &TokenUse) -> Result<(), Failure> {
    let which = match (&args.token, &args.serial) {
        (Some(label), _) => Which::Label(label.clone()),
        (None, Some(serial)) => Which::Serial(serial.clone()),
        (None, None) => {
            let argument = "--token, --serial".to_owned();
            return Err(Failure::new(
                "cli.usage.missing",
                vec![("argument", argument)],
                exit::INPUT,
            ));
        }
    };
    let order = UseToken {
        module: args.module.clone(),
        token: which,
        key: args.key.clone(),
        make: args.make_key,
    };
    let pad = PinPad::of(session);
    let done = with_custodian(session, &args.at.dir, |session, authority, store| {
        let taken = secrets::use_token(authority, store, &order, &|| pad.ask())?;
        if args.json.json {
            return session.json("renketsu.authority-token/1", &taken);
        }
        say(session, "token-used", &taken)
    });
    pad.settle(done)
}

fn leave(session: &mut Session<'_>, args: &TokenLeave) -> Result<(), Failure> {
    with_custodian(session, &args.at.dir, |session, authority, store| {
        let left = secrets::leave_token(authority, store)?;
        if args.json.json {
            return session.json("renketsu.authority-token/1", &left);
        }
        say(session, "token-left", &left)
    })
}

fn say(session: &mut Session<'_>, id: &str, taken: &Taken) -> Result<(), Failure> {
    session.say(
        id,
        &[
            ("token", taken.token.token.clone()),
            ("serial", taken.token.serial.clone()),
            ("key", taken.token.key.clone()),
            ("count", taken.secrets.len().to_string()),
        ],
    )?;
    taken
        .secrets
        .iter()
        .try_for_each(|secret| session.print(&format!("  {secret}")))
}
