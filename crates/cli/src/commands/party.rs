//! Keys and trust.

use std::io::Write as _;
use std::path::Path;

use renketsu_seal::durable::NewFile;
use renketsu_seal::{Card, Fingerprint, Role, Trust, party};
use renketsu_store::Event;
use serde::Serialize;

use crate::args::{Init, KeysShow, RoleName, TrustAdd, TrustList, TrustRemove};
use crate::failure::{Failure, exit};
use crate::passphrase::Opens;
use crate::session::Session;

pub(crate) fn init(session: &mut Session<'_>, args: &Init) -> Result<(), Failure> {
    let dir = &args.at.dir;
    let role = match args.role {
        RoleName::Authority => Role::Authority,
        RoleName::Issuer => Role::Issuer,
        RoleName::Producer => Role::Producer,
        RoleName::Workspace => Role::Workspace,
    };
    let name = match (&args.name, dir.file_name().and_then(|name| name.to_str())) {
        (Some(name), _) => name.clone(),
        (None, Some(name)) => name.to_owned(),
        (None, None) => {
            return Err(Failure::new(
                "cli.usage.missing",
                vec![("argument", "--name".to_owned())],
                exit::INPUT,
            ));
        }
    };
    if party::card(dir).is_ok() {
        return Err(Failure::new(
            "cli.init.again",
            vec![("path", dir.display().to_string())],
            exit::REFUSED,
        ));
    }
    let passphrase = session.passphrases.fresh(Opens::Keys, session.messages)?;
    let vault = super::vault::asked(session, dir, role, args.vault_custodians)?;
    let keys = party::create_opened(dir, &name, role, &passphrase, session.now(), session.cost)?;
    let card = keys.card().clone();
    let event = Event::new("party.created", &card.name, session.now())
        .with("role", role.as_str())
        .with("fingerprint", card.fingerprint().to_string());
    let mut store = Session::proven(dir, &keys)?;
    store.begin()?.commit(&event)?;
    if !args.host.is_empty() {
        super::web::site(session, dir, &keys, &mut store, &args.host)?;
    }
    if let Some(words) = vault {
        super::vault::make(session, dir, &mut store, &words)?;
    }
    session.say(
        "init-done",
        &[
            ("path", dir.display().to_string()),
            (
                "role",
                session.messages.text(&format!("role-{}", role.as_str())),
            ),
        ],
    )?;
    describe(session, &card)
}

fn describe(session: &mut Session<'_>, card: &Card) -> Result<(), Failure> {
    session.say("card-name", &[("name", card.name.clone())])?;
    session.say(
        "card-fingerprint",
        &[("fingerprint", card.fingerprint().to_string())],
    )
}

#[derive(Serialize)]
struct CardAnswer<'a> {
    name: &'a str,
    role: &'static str,
    fingerprint: String,
    recipient: &'a str,
    verifier: &'a str,
}

impl<'a> From<&'a Card> for CardAnswer<'a> {
    fn from(card: &'a Card) -> Self {
        Self {
            name: &card.name,
            role: card.role.as_str(),
            fingerprint: card.fingerprint().to_string(),
            recipient: &card.recipient,
            verifier: &card.verifier,
        }
    }
}

pub(crate) fn show(session: &mut Session<'_>, args: &KeysShow) -> Result<(), Failure> {
    let card = Session::card(&args.at.dir)?;
    if let Some(out) = &args.out {
        write_new(out, card.to_json().as_bytes())?;
    }
    if args.json.json {
        return session.json("renketsu.keys/1", &CardAnswer::from(&card));
    }
    describe(session, &card)?;
    session.say(
        "card-role",
        &[(
            "role",
            session
                .messages
                .text(&format!("role-{}", card.role.as_str())),
        )],
    )?;
    session.say("card-recipient", &[("recipient", card.recipient.clone())])?;
    session.say("card-verifier", &[("verifier", card.verifier.clone())])?;
    match &args.out {
        Some(out) => session.say("card-written", &[("path", out.display().to_string())]),
        None => Ok(()),
    }
}

/// Refuses a path that no new file can have, before the work whose result it is to hold.
pub(crate) fn check_new(path: &Path) -> Result<(), Failure> {
    use std::io::ErrorKind;
    let refused = |kind: ErrorKind| Err(Failure::io(path, &kind.into()));
    if path.file_name().is_none() {
        return refused(ErrorKind::InvalidInput);
    }
    if path.symlink_metadata().is_ok() {
        return refused(ErrorKind::AlreadyExists);
    }
    match path.parent() {
        Some(place) if !place.as_os_str().is_empty() && !place.exists() => {
            refused(ErrorKind::NotFound)
        }
        _ => Ok(()),
    }
}

/// Writes a new file whole or not at all; a file that exists is never replaced.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let write = || {
        let mut file = NewFile::create(path)?;
        file.write_all(bytes)?;
        file.commit()
    };
    write().map_err(|error| Failure::io(path, &error))
}

pub(crate) fn trust(session: &mut Session<'_>, args: &TrustAdd) -> Result<(), Failure> {
    let dir = &args.at.dir;
    Session::card(dir)?;
    let card = Card::read(&args.file)?;
    let confirmed = match &args.fingerprint {
        Some(text) => Fingerprint::parse(text)?,
        None => confirm(session, &card)?,
    };
    let card = change(session, dir, "party.trusted", |trust| {
        trust.add(&card, &confirmed)?;
        Ok(card)
    })?;
    session.say(
        "trust-done",
        &[
            ("name", card.name.clone()),
            ("fingerprint", card.fingerprint().to_string()),
        ],
    )
}

/// Changes the list of trusted cards, signs it and keeps it with the event that tells of the change.
fn change(
    session: &Session<'_>,
    dir: &Path,
    action: &str,
    act: impl FnOnce(&mut Trust) -> Result<Card, Failure>,
) -> Result<Card, Failure> {
    let keys = session.keys(dir)?;
    let mut store = Session::proven(dir, &keys)?;
    let before = store.trusted()?;
    let mut trust = Trust::open(before.as_deref(), &keys)?;
    let card = act(&mut trust)?;
    let list = trust.seal(before.as_deref(), &keys)?;
    let event = Event::new(action, &card.name, session.now())
        .with("role", card.role.as_str())
        .with("fingerprint", card.fingerprint().to_string())
        .at_trust(&list);
    let txn = store.begin()?;
    txn.put_trusted(before.as_deref(), &list)?;
    txn.commit(&event)?;
    Ok(card)
}

/// Asks at the terminal for the fingerprint heard over another channel. It is not shown first: a person who only has to
/// nod compares nothing.
fn confirm(session: &mut Session<'_>, card: &Card) -> Result<Fingerprint, Failure> {
    use std::io::{BufRead as _, IsTerminal as _};
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new(
            "cli.trust.unconfirmed",
            vec![("name", card.name.clone())],
            exit::INPUT,
        ));
    }
    session.say("trust-ask", &[("name", card.name.clone())])?;
    session.flush()?;
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|error| Failure::io(Path::new("/dev/stdin"), &error))?;
    Ok(Fingerprint::parse(line.trim())?)
}

pub(crate) fn list(session: &mut Session<'_>, args: &TrustList) -> Result<(), Failure> {
    let own = Session::card(&args.at.dir)?;
    let store = session.listing(&args.at.dir)?;
    let list = store.trusted()?;
    if list.is_none() && args.at.dir.join("trust").is_dir() {
        // Cards of before the list was signed: nobody can tell who put them there.
        session.note("trust-again", &[]);
    }
    let trust = Trust::listed(list.as_deref(), &own)?;
    if args.json.json {
        #[derive(Serialize)]
        struct Answer<'a> {
            cards: Vec<CardAnswer<'a>>,
        }
        return session.json(
            "renketsu.trust/1",
            &Answer {
                cards: trust.list().iter().map(CardAnswer::from).collect(),
            },
        );
    }
    if trust.list().is_empty() {
        return session.say("trust-none", &[]);
    }
    for card in trust.list() {
        let role = session
            .messages
            .text(&format!("role-{}", card.role.as_str()));
        session.say(
            "trust-line",
            &[
                ("name", card.name.clone()),
                ("role", role),
                ("fingerprint", card.fingerprint().to_string()),
            ],
        )?;
    }
    Ok(())
}

pub(crate) fn distrust(session: &mut Session<'_>, args: &TrustRemove) -> Result<(), Failure> {
    let dir = &args.at.dir;
    let card = change(session, dir, "party.distrusted", |trust| {
        let card = Session::trusted(trust, &args.party)?.clone();
        trust.remove(&card.fingerprint());
        Ok(card)
    })?;
    session.say("trust-removed", &[("name", card.name.clone())])
}
