//! Studies: making, importing, linking.

pub(super) mod ask;
pub(super) mod door;
pub(super) mod keep;
pub(super) mod list;
mod report;
pub(super) mod volume;

use std::path::Path;

use renketsu_engine::import::{self, ImportReport};
use renketsu_engine::picture;
use renketsu_identity::KeyCheckValues;
use renketsu_seal::party;
use renketsu_seal::vault::{Custodians, Vault, VaultKey};
use renketsu_store::Store;
use renketsu_workspace::{
    Database, Declaration, IdColumns, Import, ImportError, Imported, Link, LinkError, NewStudy,
    Origin, PlainExtract, Standing, TableKind,
};
use serde::Serialize;

use crate::args::{KindName, StudyCreate, StudyImport, StudyLink};
use crate::commands::identifying;
use crate::commands::party::{check_new, write_new};
use crate::engine::{Engine, EngineError};
use crate::failure::{Failure, exit};
use crate::language::Messages;
use crate::session::Session;

pub(crate) fn create(session: &mut Session<'_>, args: &StudyCreate) -> Result<(), Failure> {
    if let Some(who) = args.at_server.both() {
        return door::create(session, args, who);
    }
    let dir = &args.of.at.dir;
    let new = NewStudy::parse(&args.of.study, &args.provision)?;
    // Where there is nothing yet, nothing is made before the passphrase of the vault is known.
    let bare = !Vault::exists(dir) && !dir.join("state.sqlite").exists();
    let fresh = bare
        .then(|| session.new_vault_words(Custodians::One))
        .transpose()?;
    // A workspace that takes plain extracts needs no keys: the directory alone makes it one.
    if make_private(dir)? && !args.json.json {
        session.say("study-directory", &[("path", dir.display().to_string())])?;
    }
    let mut store = Session::state(dir)?;
    if store.has_people()? {
        return Err(Failure::new("cli.door.who", Vec::new(), exit::INPUT));
    }
    let (vault, made) = session.vault_for_new_study(dir, &store, fresh)?;
    if made && !args.json.json {
        let path = dir.join("vault").join("vault.json").display().to_string();
        session.say("study-vault", &[("path", path)])?;
    }
    let record = new.create(&mut store, &vault, None, session.now())?;
    if args.json.json {
        return created(session, &record.study, &record.provision);
    }
    session.say(
        "study-created",
        &[("study", record.study), ("provision", record.provision)],
    )
}

/// A study that was made, for a script.
fn created(session: &mut Session<'_>, study: &str, provision: &str) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Answer<'a> {
        study: &'a str,
        provision: &'a str,
    }
    session.json("renketsu.study/1", &Answer { study, provision })
}

/// Opens the vault for a study that is there; `missing` is the refusal of one that isn't, before anybody is asked.
pub(super) fn vault<E: Into<Failure>>(
    session: &Session<'_>,
    dir: &Path,
    store: &Store,
    study: &str,
    missing: impl FnOnce(String) -> E,
) -> Result<VaultKey, Failure> {
    // Where there are accounts, whoever touches a study is one of them, at the server.
    if store.has_people()? {
        return Err(Failure::new("cli.door.who", Vec::new(), exit::INPUT));
    }
    if store.study(study)?.is_none() {
        return Err(missing(study.to_owned()).into());
    }
    session.vault(dir)
}

/// Makes a directory for its owner only, and says whether it had to.
fn make_private(dir: &Path) -> Result<bool, Failure> {
    use std::os::unix::fs::DirBuilderExt as _;
    if dir.is_dir() {
        return Ok(false);
    }
    let made = std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir);
    made.map(|()| true)
        .map_err(|error| Failure::io(dir, &error))
}

pub(super) fn kind(name: KindName) -> TableKind {
    match name {
        KindName::Anonymized => TableKind::Anonymized,
        KindName::Ndb => TableKind::Public(Database::Ndb),
        KindName::Dpc => TableKind::Public(Database::Dpc),
        KindName::Kaigo => TableKind::Public(Database::Kaigo),
        KindName::Reference => TableKind::Reference,
    }
}

pub(super) fn key_check_values(text: &str) -> Result<KeyCheckValues, Failure> {
    renketsu_workspace::key_check_values(text)
        .ok_or_else(|| Failure::new("cli.kcv.form", Vec::new(), exit::INPUT))
}

pub(crate) fn import(session: &mut Session<'_>, args: &StudyImport) -> Result<(), Failure> {
    let dir = &args.of.at.dir;
    fitting(args)?;
    if let Some(who) = args.at_server.both() {
        return door::packages::import(session, args, who);
    }
    let mut store = Session::store(dir)?;
    let plain = PlainExtract {
        provision: args.provision.clone(),
        kcv: args.kcv.as_deref().map(key_check_values).transpose()?,
        ids: args.number_id.clone().map(|number_id| IdColumns {
            number_id,
            kana_id: args.kana_id.clone(),
            kana_unique: args.kana_unique.clone(),
        }),
        approval: args.approval.clone(),
    };
    let vault = vault(session, dir, &store, &args.of.study, |study| ImportError::<
        EngineError,
    >::NoStudy {
        study,
    })?;
    // Keys are opened only for a package, so that a plain extract asks for no passphrase.
    let opened = if renketsu_workspace::is_sealed(&args.file) && party::card(dir).is_ok() {
        let (keys, trust, _as_it_stands) = session.party(dir)?;
        Some((keys, trust))
    } else {
        None
    };
    let ask = Import {
        dir,
        study: &args.of.study,
        table: &args.table,
        package_table: args.package_table.as_deref(),
        kind: kind(args.kind),
        file: &args.file,
        ids: args.ids.as_deref(),
        plain,
        reference: declaration(args),
        keep: args.keep.clone(),
        standing: if args.replace {
            Standing::Replaced
        } else {
            Standing::New
        },
        memory: args.work.bytes(),
    };
    let progress = session.progress.or_lines(args.work.progress_lines);
    let work = progress.stages(session.messages);
    let keys = opened.as_ref().map(|(keys, trust)| (keys, trust));
    let watch = |step| work.at(step);
    let now = session.now();
    let done = renketsu_workspace::import(&mut store, &vault, keys, &Engine, &ask, &watch, now)
        .map_err(|error| not_imported(session.messages, error))?;
    drop(work);
    super::received::warn(session, &store)?;
    if args.json.json {
        return session.json("renketsu.import/1", &done);
    }
    imported(session, &done)?;
    if args.kana_id.is_some() && args.kana_unique.is_none() {
        session.say("study-imported-no-unique", &[])?;
    }
    Ok(())
}

/// Refuses options that mean nothing for the kind: somebody meant another one.
fn fitting(args: &StudyImport) -> Result<(), Failure> {
    let extract = [
        ("--provision", args.provision.is_some()),
        ("--kcv", args.kcv.is_some()),
        ("--number-id", args.number_id.is_some()),
        ("--kana-id", args.kana_id.is_some()),
        ("--kana-unique", args.kana_unique.is_some()),
        ("--approval", args.approval.is_some()),
    ];
    let reference = [
        ("--source", args.source.is_some()),
        ("--declared-by", args.declared_by.is_some()),
    ];
    let unfit = if args.kind == KindName::Reference {
        extract.as_slice()
    } else {
        reference.as_slice()
    };
    let Some((option, _)) = unfit.iter().find(|(_, given)| *given) else {
        return Ok(());
    };
    let details = vec![
        ("argument", (*option).to_owned()),
        ("other", format!("--kind {}", kind(args.kind).as_str())),
    ];
    Err(Failure::new("cli.usage.conflict", details, exit::INPUT))
}

/// A refusal for the sake of persons names the columns in the reader's words.
fn not_imported(messages: &Messages, error: ImportError<EngineError>) -> Failure {
    let ImportError::Engine(EngineError::Import(refused)) = &error else {
        return error.into();
    };
    let import::ImportError::Identifying { table, columns } = refused else {
        return error.into();
    };
    let found = columns
        .iter()
        .map(|suspect| (suspect.column.as_str(), suspect.finding.reason.name()));
    let details = vec![
        ("table", table.clone()),
        ("columns", identifying(messages, found)),
    ];
    Failure::new(refused.code(), details, refused.exit())
}

/// What is said about a reference table; what is missing, the workspace finds.
fn declaration(args: &StudyImport) -> Option<Declaration> {
    if args.source.is_none() && args.declared_by.is_none() {
        return None;
    }
    Some(Declaration {
        source: args.source.clone().unwrap_or_default(),
        declared_by: args.declared_by.clone().unwrap_or_default(),
    })
}

/// Says what an import counted.
fn imported(session: &mut Session<'_>, done: &Imported<ImportReport>) -> Result<(), Failure> {
    let report = &done.report;
    let mut values = vec![
        ("table", done.table.clone()),
        ("kind", done.kind.as_str().to_owned()),
    ];
    values.push(("version", done.version.to_string()));
    values.push(("rows", report.rows.to_string()));
    if done.kind == TableKind::Reference {
        session.say("study-imported-reference", &values)?;
        return session.say("study-reference-next", &[]);
    }
    values.push(("number", report.number.to_string()));
    values.push(("kana", report.kana_only.to_string()));
    values.push(("neither", report.neither.to_string()));
    session.say("study-imported", &values)?;
    if done.version > 1 {
        session.say("study-imported-replaced", &[])?;
    }
    for change in &done.terms_changed {
        let values = [
            ("term", change.term.clone()),
            ("before", in_line(&change.before)),
            ("now", in_line(&change.now)),
        ];
        session.say("study-terms-changed", &values)?;
    }
    let (packaged, kcv) = match &done.origin {
        Origin::Package { kcv: Some(kcv), .. } => (true, kcv),
        Origin::Plain { kcv, .. } => (false, kcv),
        Origin::Package { kcv: None, .. } | Origin::Reference { .. } => return Ok(()),
    };
    let message = match (packaged, done.kcv_proven) {
        (true, _) => "study-kcv-proven",
        (false, Some(true)) => "study-kcv-other",
        (false, _) => "study-kcv-typed",
    };
    session.say(
        message,
        &[("kcv", format!("number={},kana={}", kcv.number, kcv.kana))],
    )
}

/// A term as people read it.
fn in_line(term: &serde_json::Value) -> String {
    match term {
        serde_json::Value::Null => "-".to_owned(),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(texts) => {
            let texts: Vec<&str> = texts.iter().filter_map(serde_json::Value::as_str).collect();
            texts.join(", ")
        }
        serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::Object(_) => term.to_string(),
    }
}

pub(crate) fn link(session: &mut Session<'_>, args: &StudyLink) -> Result<(), Failure> {
    if let Some(who) = args.at_server.both() {
        return door::link(session, args, who);
    }
    let dir = &args.of.at.dir;
    let mut store = Session::store(dir)?;
    args.svg.as_deref().map_or(Ok(()), check_new)?;
    let vault = vault(session, dir, &store, &args.of.study, |study| LinkError::<
        EngineError,
    >::NoStudy {
        study,
    })?;
    let progress = session.progress.or_lines(args.work.progress_lines);
    let work = progress.stages(session.messages);
    let ask = Link {
        dir,
        study: &args.of.study,
        memory: args.work.bytes(),
    };
    let watch = |step| work.at(step);
    let now = session.now();
    let (version, found) = renketsu_workspace::link(&mut store, &vault, &Engine, ask, &watch, now)?;
    drop(work);
    if let Some(path) = &args.svg {
        let labels = report::labels(session.messages, &args.of.study, version);
        write_new(path, picture::svg(&found, &labels).as_bytes())?;
    }
    if args.json.json {
        #[derive(Serialize)]
        struct Answer<'a> {
            study: &'a str,
            version: u64,
            report: &'a renketsu_engine::report::LinkReport,
        }
        return session.json(
            "renketsu.study.link/1",
            &Answer {
                study: &args.of.study,
                version,
                report: &found,
            },
        );
    }
    session.say(
        "study-linked",
        &[
            ("study", args.of.study.clone()),
            ("version", version.to_string()),
            ("persons", found.persons.to_string()),
        ],
    )?;
    report::print(session, &found)
}
