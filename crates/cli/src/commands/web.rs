//! The workspace in the browser.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use renketsu_access::session::Idle;
use renketsu_engine::import::ImportReport;
use renketsu_engine::query::{Operators, QueryOptions};
use renketsu_seal::durable::NewFile;
use renketsu_seal::sign_in::{OneTimeCode, PasswordCost};
use renketsu_seal::vault::VaultKey;
use renketsu_seal::{PartyKeys, Role};
use renketsu_store::Store;
use renketsu_web::{
    self as web, Answer, AnswerColumn, Clock, Imported, Keys, Lang, Refusal, Settings, Stop,
    Stopping,
};
use renketsu_workspace::scan::Scanner;
use renketsu_workspace::{
    Import, ImportError, Link, Linked, Removal, Step, accounts, remove_persons,
};
use serde::Serialize;

use crate::args::WebServe;
use crate::clock;
use crate::engine::{Asked, Engine, EngineError};
use crate::failure::{Failure, exit};
use crate::language::{Language, Messages};
use crate::session::Session;

/// Rows about fewer persons may have to be suppressed before publication. A hint; the release desk decides.
const THRESHOLD: u64 = 10;
/// What one question may use.
const MEMORY: u64 = 2 << 30;

/// Makes the root of the certificates of a workspace's server, and leaves it where terminals can take it from.
pub(super) fn site(
    session: &mut Session<'_>,
    dir: &Path,
    keys: &PartyKeys,
    store: &mut Store,
    hosts: &[String],
) -> Result<(), Failure> {
    if keys.card().role != Role::Workspace {
        let details = vec![("argument", "--host".to_owned())];
        return Err(Failure::new("cli.usage.role", details, exit::INPUT));
    }
    let root = renketsu_site::init(dir, keys, store, hosts, session.now())?;
    let path = renketsu_site::root(dir).join("root.pem");
    let io = |error: std::io::Error| Failure::io(&path, &error);
    let mut file = NewFile::create(&path).map_err(io)?;
    file.write_all(root.as_bytes()).map_err(io)?;
    file.commit().map_err(io)?;
    session.say("serve-root", &[("path", path.display().to_string())])
}

/// The catalogues, for pages.
#[derive(Debug)]
struct Catalogues([Messages; 2]);

impl Catalogues {
    fn load() -> Self {
        Self([Language::Ja, Language::En].map(Messages::load))
    }
}

impl web::Words for Catalogues {
    fn say(&self, lang: Lang, id: &str, values: &[(&str, String)]) -> String {
        let [japanese, english] = &self.0;
        match lang {
            Lang::Ja => japanese.with(id, values),
            Lang::En => english.with(id, values),
        }
    }
}

/// The engine as pages ask for it.
#[derive(Debug)]
struct Desk;

impl web::Engine for Desk {
    fn ask(
        &self,
        dir: &Path,
        linked: &Linked,
        sql: &str,
        stopping: &Stopping,
    ) -> Result<Answer, Refusal> {
        let options = QueryOptions {
            threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            memory: MEMORY,
            operators: Operators::Person,
            row_level: linked.row_level.as_ref().map(|allowed| allowed.cap),
        };
        let asked = Asked::new(dir, linked, sql, options);
        let answer = asked
            .answer_until(&|| stopping.is_asked())
            .map_err(|error| refusal(linked, &error))?;
        let rows = answer
            .cells()
            .map_err(|error| refusal(linked, &EngineError::Query(error)))?;
        let columns = answer.columns().into_iter().map(|column| AnswerColumn {
            is_number: matches!(column.kind, "integer" | "number"),
            kind: column.kind,
            form: column.form.name(),
            name: column.name,
        });
        Ok(Answer {
            columns: columns.collect(),
            rows,
            small: answer.small(THRESHOLD),
            of_persons: answer.persons().is_some(),
            row_level: answer.row_level(),
            cut: answer.cut(),
        })
    }

    fn import(
        &self,
        store: &mut Store,
        keys: Keys<'_>,
        ask: &Import<'_>,
        watch: &dyn Fn(Step),
        now: Timestamp,
    ) -> Result<Imported, Refusal> {
        let party = Some((keys.party, keys.trust));
        renketsu_workspace::import(store, keys.vault, party, &Engine, ask, watch, now)
            .map(|done| counted(&done))
            .map_err(|error| not_imported(&error))
    }

    fn remove(
        &self,
        store: &mut Store,
        keys: Keys<'_>,
        ask: Removal<'_>,
        watch: &dyn Fn(Step),
        now: Timestamp,
    ) -> Result<Imported, Refusal> {
        let party = (keys.party, keys.trust);
        remove_persons(store, keys.vault, party, &Engine, ask, watch, now)
            .map(|done| counted(&done))
            .map_err(|error| not_imported(&error))
    }

    fn link(
        &self,
        store: &mut Store,
        vault: &VaultKey,
        ask: Link<'_>,
        watch: &dyn Fn(Step),
        now: Timestamp,
    ) -> Result<u64, Refusal> {
        let linked = renketsu_workspace::link(store, vault, &Engine, ask, watch, now);
        let (version, _report) =
            linked.map_err(|error| refused((error.code(), error.exit()), error.details()))?;
        Ok(version)
    }
}

fn counted(done: &renketsu_workspace::Imported<ImportReport>) -> Imported {
    Imported {
        version: done.version,
        rows: done.report.rows,
        number: done.report.number,
        kana_only: done.report.kana_only,
        neither: done.report.neither,
    }
}

/// What a use case refused, or the engine in it.
fn refused(
    (code, exit): (Result<&'static str, &EngineError>, Result<u8, &EngineError>),
    details: Vec<(&'static str, String)>,
) -> Refusal {
    match (code, exit) {
        (Ok(code), Ok(exit)) => Refusal {
            code,
            details,
            exit,
        },
        (Err(engine), _) | (_, Err(engine)) => Refusal {
            code: engine.code(),
            details: engine.details(),
            exit: engine.exit(),
        },
    }
}

/// Columns that look identifying are told by their names; why each does, the command says.
fn not_imported(error: &ImportError<EngineError>) -> Refusal {
    use renketsu_engine::import::ImportError as Refused;
    if let ImportError::Engine(EngineError::Import(refused)) = error
        && let Refused::Identifying { table, columns } = refused
    {
        let names: Vec<&str> = columns.iter().map(|found| found.column.as_str()).collect();
        return Refusal {
            code: refused.code(),
            details: vec![("table", table.clone()), ("columns", names.join(", "))],
            exit: refused.exit(),
        };
    }
    refused((error.code(), error.exit()), error.details())
}

/// A name that the engine doesn't know may stand in the study and be out of reach.
fn refusal(linked: &Linked, error: &EngineError) -> Refusal {
    use renketsu_engine::query::QueryError;
    if let EngineError::Query(QueryError::UnknownTable { table }) = error
        && let Some(refused) = linked.refusal(table)
    {
        return Refusal {
            code: refused.code(),
            details: refused.details(),
            exit: refused.exit(),
        };
    }
    Refusal {
        code: error.code(),
        details: error.details(),
        exit: error.exit(),
    }
}

/// Gives the server its names, once: its certificates and everybody's passkeys are for them.
fn named(
    session: &mut Session<'_>,
    dir: &Path,
    keys: &PartyKeys,
    store: &mut Store,
    hosts: &[String],
) -> Result<(), Failure> {
    let path = || vec![("path", dir.display().to_string())];
    match (renketsu_site::root(dir).exists(), hosts.is_empty()) {
        (true, true) => Ok(()),
        (true, false) => Err(Failure::new("cli.serve.named", path(), exit::REFUSED)),
        (false, true) => Err(Failure::new("cli.serve.nameless", path(), exit::INPUT)),
        (false, false) => site(session, dir, keys, store, hosts),
    }
}

pub(crate) fn serve(session: &mut Session<'_>, args: &WebServe) -> Result<(), Failure> {
    if args.openapi {
        return session.print(&format!("{:#}", web::openapi()));
    }
    let dir = &args.at.dir;
    session.role(dir, Role::Workspace)?;
    let keys = Arc::new(session.keys(dir)?);
    // From the first account on only the server changes the state: a vault made later would come too late for any study.
    let mut store = Session::proven(dir, &keys)?;
    named(session, dir, &keys, &mut store, &args.host)?;
    let (vault, made) = session.vault_for_new_study(dir, &store, None)?;
    drop(store);
    if made && !args.json.json {
        let path = dir.join("vault").join("vault.json").display().to_string();
        session.say("study-vault", &[("path", path)])?;
    }
    let settings = Settings {
        dir: dir.clone(),
        listen: args.listen,
        vault: Some(vault),
        engine: Arc::new(Desk),
        words: Arc::new(Catalogues::load()),
        read_clock: clock::of_the_machine,
        cost: PasswordCost::Standard,
        idle: Idle::minutes(args.idle).unwrap_or_default(),
        scanner: args.scanner.as_deref().map(Scanner::new),
        demo: false,
    };
    run(session, settings, &keys, args.json.json)
}

/// Serves a workspace of the demo: a site on this machine, and sample people in the one study.
pub(crate) fn demonstrate(
    session: &mut Session<'_>,
    dir: &Path,
    study: &str,
    listen: SocketAddr,
) -> Result<(), Failure> {
    let keys = Arc::new(session.keys(dir)?);
    let mut store = Store::open(dir)?;
    let host = ["localhost".to_owned()];
    renketsu_site::init(dir, &keys, &mut store, &host, now())?;
    let messages = session.messages;
    let name = |sample: accounts::Sample| {
        let role = messages.text(&format!("role-name-{}", sample.role.as_str()));
        messages.with("web-demo-person", &[("role", role)])
    };
    let affiliation = messages.text("web-demo-affiliation");
    let language = match session.messages.language() {
        Language::Ja => Lang::Ja,
        Language::En => Lang::En,
    };
    let language = language.as_str();
    accounts::add_samples(&mut store, study, &affiliation, &name, language, now())?;
    drop(store);
    let settings = Settings {
        dir: dir.to_owned(),
        listen,
        vault: Some(session.vault(dir)?),
        engine: Arc::new(Desk),
        words: Arc::new(Catalogues::load()),
        read_clock: clock::of_the_machine,
        cost: PasswordCost::Light,
        idle: Idle::default(),
        scanner: None,
        demo: true,
    };
    let mut told = Ok(());
    web::serve(settings, &keys, &Clock::new(now), Stop::Signals, |at| {
        let link = format!("{}/demo", at.origin);
        told = session
            .say("web-demo-listening", &[("link", link)])
            .and_then(|()| session.flush());
    })?;
    told
}

#[expect(clippy::disallowed_methods, reason = "the clock of the server")]
fn now() -> Timestamp {
    Timestamp::now()
}

fn run(
    session: &mut Session<'_>,
    settings: Settings,
    keys: &Arc<PartyKeys>,
    json: bool,
) -> Result<(), Failure> {
    let mut told = Ok(());
    web::serve(settings, keys, &Clock::new(now), Stop::Signals, |at| {
        told = listening(session, json, &at);
    })?;
    told
}

/// Says where, at once: whoever started the process waits for it.
fn listening(session: &mut Session<'_>, json: bool, at: &web::Listening) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Told<'a> {
        origin: &'a str,
        address: String,
        enrol: Option<&'a str>,
    }
    let code = at.founding.as_ref().map(OneTimeCode::reveal);
    let code = code.as_deref().map(String::as_str);
    if json {
        let told = Told {
            origin: &at.origin,
            address: at.address.to_string(),
            enrol: code,
        };
        session.json("renketsu.web/1", &told)?;
    } else {
        session.say("web-listening", &[("origin", at.origin.clone())])?;
        if let Some(code) = code {
            session.say(
                "web-first",
                &[
                    ("link", format!("{}/enrol", at.origin)),
                    ("code", code.to_owned()),
                ],
            )?;
        }
    }
    session.flush()
}
