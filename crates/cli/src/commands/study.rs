//! Studies: making, importing, linking, asking.

mod report;

use std::io::IsTerminal as _;
use std::path::Path;

use renketsu_engine::guard::Level;
use renketsu_engine::link::table_file;
use renketsu_engine::query::{self, QueryOptions, QueryTable};
use renketsu_engine::{import as engine_import, picture};
use renketsu_identity::{KeyCheckValue, KeyCheckValues};
use renketsu_seal::durable::NewFile;
use renketsu_seal::{Trust, party};
use renketsu_store::{Event, Store};
use renketsu_workspace::{Database, IdColumns, Import, Origin, PlainExtract, TableKind};
use serde::Serialize;

use crate::args::{
    AnswerFormat, KindName, StudyCreate, StudyImport, StudyLink, StudyList, StudyQuery,
};
use crate::commands::party::write_new;
use crate::engine::Engine;
use crate::failure::{Failure, exit};
use crate::session::Session;

pub(crate) fn create(session: &mut Session<'_>, args: &StudyCreate) -> Result<(), Failure> {
    let dir = &args.of.at.dir;
    // A workspace that takes plain extracts needs no keys: the directory alone makes it one.
    if make_private(dir)? && !args.json.json {
        session.say("study-directory", &[("path", dir.display().to_string())])?;
    }
    let record = renketsu_workspace::create_study(
        &mut Store::open(dir)?,
        &args.of.study,
        &args.provision,
        session.now(),
    )?;
    if args.json.json {
        #[derive(Serialize)]
        struct Answer {
            study: String,
            provision: String,
        }
        return session.json(
            "renketsu.study/1",
            &Answer {
                study: record.study,
                provision: record.provision,
            },
        );
    }
    session.say(
        "study-created",
        &[("study", record.study), ("provision", record.provision)],
    )
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

fn kind(name: KindName) -> TableKind {
    match name {
        KindName::Anonymized => TableKind::Anonymized,
        KindName::Ndb => TableKind::Public(Database::Ndb),
        KindName::Dpc => TableKind::Public(Database::Dpc),
        KindName::Kaigo => TableKind::Public(Database::Kaigo),
        KindName::Reference => TableKind::Reference,
    }
}

/// `number=HEX,kana=HEX`, in either order.
fn key_check_values(text: &str) -> Result<KeyCheckValues, Failure> {
    let part = |name: &str| {
        text.split(',')
            .filter_map(|part| part.trim().split_once('='))
            .find(|(found, _)| found.trim() == name)
            .and_then(|(_, hex)| hex.trim().parse::<KeyCheckValue>().ok())
    };
    match (part("number"), part("kana")) {
        (Some(number), Some(kana)) => Ok(KeyCheckValues { number, kana }),
        _ => Err(Failure::new("cli.kcv.form", Vec::new(), exit::INPUT)),
    }
}

pub(crate) fn import(session: &mut Session<'_>, args: &StudyImport) -> Result<(), Failure> {
    let dir = &args.of.at.dir;
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
    // Keys are opened only for a package, so that a plain extract asks for no passphrase.
    let opened = if renketsu_workspace::is_sealed(&args.file) && party::card(dir).is_ok() {
        Some((session.keys(dir)?, Trust::open(dir)?))
    } else {
        None
    };
    let ask = Import {
        dir,
        study: &args.of.study,
        table: &args.table,
        kind: kind(args.kind),
        file: &args.file,
        plain,
        keep: args.keep.clone(),
    };
    let work = session.progress.work(&args.table);
    let keys = opened.as_ref().map(|(keys, trust)| (keys, trust));
    let done = renketsu_workspace::import(&mut store, keys, &Engine, &ask, session.now())?;
    drop(work);
    if args.json.json {
        return session.json("renketsu.import/1", &done);
    }
    let report = &done.report;
    let mut values = vec![
        ("table", done.table.clone()),
        ("kind", done.kind.as_str().to_owned()),
    ];
    values.push(("rows", report.rows.to_string()));
    if done.kind == TableKind::Reference {
        return session.say("study-imported-reference", &values);
    }
    values.push(("number", report.number.to_string()));
    values.push(("kana", report.kana_only.to_string()));
    values.push(("neither", report.neither.to_string()));
    session.say("study-imported", &values)?;
    let (packaged, kcv) = match &done.origin {
        Origin::Package { kcv, .. } => (true, kcv),
        Origin::Plain { kcv, .. } => (false, kcv),
    };
    let Some(kcv) = kcv else { return Ok(()) };
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

pub(crate) fn link(session: &mut Session<'_>, args: &StudyLink) -> Result<(), Failure> {
    let dir = &args.of.at.dir;
    let mut store = Session::store(dir)?;
    if let Some(path) = &args.svg
        && path.exists()
    {
        return Err(Failure::io(path, &std::io::ErrorKind::AlreadyExists.into()));
    }
    let work = session.progress.work(&args.of.study);
    let (version, found) =
        renketsu_workspace::link(&mut store, &Engine, dir, &args.of.study, session.now())?;
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

pub(crate) fn query(session: &mut Session<'_>, args: &StudyQuery) -> Result<(), Failure> {
    if args.format == AnswerFormat::Parquet && args.out.is_none() && std::io::stdout().is_terminal()
    {
        return Err(Failure::new("cli.query.terminal", Vec::new(), exit::INPUT));
    }
    let dir = &args.of.at.dir;
    let mut store = Session::store(dir)?;
    let linked = renketsu_workspace::linked(&store, dir, &args.of.study)?;
    let tables: Vec<QueryTable> = linked
        .tables
        .iter()
        .map(|table| match table.kind {
            TableKind::Reference => QueryTable {
                name: table.name.clone(),
                level: Level::Reference,
                file: table.import.join(engine_import::FILE),
            },
            TableKind::Anonymized | TableKind::Public(_) => QueryTable {
                name: table.name.clone(),
                level: Level::Person,
                file: table_file(&linked.directory, &table.name),
            },
        })
        .collect();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let options = QueryOptions {
        threads,
        memory: u64::from(args.memory).saturating_mul(1024 * 1024),
    };
    let work = session.progress.work(&args.of.study);
    let asked = query::query(&args.sql, &tables, options);
    if let Err(refused) = &asked {
        let event = Event::new("study.refused", &args.of.study, session.now())
            .with("link", linked.version)
            .with("code", refused.code());
        store.begin()?.commit(&event)?;
    }
    let answer = asked?;
    drop(work);

    // The question's text may hold values of its author's choosing and stays out of the record, even as a digest: short
    // texts can be guessed. It is kept, encrypted, once there is a vault.
    let event = Event::new("study.asked", &args.of.study, session.now())
        .with("link", linked.version)
        .with("rows", answer.rows());
    store.begin()?.commit(&event)?;

    let Some(path) = &args.out else {
        return write(&answer, args.format, &mut *session.out);
    };
    let io = |error: std::io::Error| Failure::io(path, &error);
    let mut file = NewFile::create(path).map_err(io)?;
    write(&answer, args.format, &mut file)?;
    file.commit().map_err(io)?;
    session.say(
        "study-query-written",
        &[
            ("rows", answer.rows().to_string()),
            ("path", path.display().to_string()),
        ],
    )
}

fn write(
    answer: &query::QueryResult,
    format: AnswerFormat,
    target: &mut dyn std::io::Write,
) -> Result<(), Failure> {
    match format {
        AnswerFormat::Csv => answer.csv(target)?,
        AnswerFormat::Json => answer.json(target)?,
        AnswerFormat::Parquet => {
            // The writer needs to be sent between threads, which standard output behind a borrow cannot.
            let mut bytes = Vec::new();
            answer.parquet(&mut bytes)?;
            target
                .write_all(&bytes)
                .map_err(|error| Failure::io(Path::new("-"), &error))?;
        }
    }
    Ok(())
}

pub(crate) fn list(session: &mut Session<'_>, args: &StudyList) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Table {
        name: String,
        kind: String,
        version: u64,
        origin: serde_json::Value,
        report: serde_json::Value,
    }
    #[derive(Serialize)]
    struct Study {
        #[serde(rename = "study")]
        name: String,
        provision: String,
        kcv: Option<KeyCheckValues>,
        kcv_proven: bool,
        tables: Vec<Table>,
        link: Option<u64>,
    }
    #[derive(Serialize)]
    struct Answer {
        studies: Vec<Study>,
    }
    let store = Session::store(&args.at.dir)?;
    let mut studies = Vec::new();
    for study in store.studies()? {
        let tables = store.tables(&study.study)?.into_iter().map(|table| Table {
            name: table.name,
            kind: table.kind,
            version: table.version,
            origin: table.origin,
            report: table.report,
        });
        studies.push(Study {
            tables: tables.collect(),
            link: store.link(&study.study)?.map(|link| link.version),
            name: study.study,
            provision: study.provision,
            kcv: study.kcv,
            kcv_proven: study.kcv_proven,
        });
    }
    if args.json.json {
        return session.json("renketsu.studies/1", &Answer { studies });
    }
    if studies.is_empty() {
        return session.say("study-none", &[]);
    }
    for study in studies {
        session.say(
            "study-line",
            &[("study", study.name), ("provision", study.provision)],
        )?;
        for table in study.tables {
            session.say(
                "study-table-line",
                &[
                    ("table", table.name),
                    ("kind", table.kind),
                    ("version", table.version.to_string()),
                ],
            )?;
        }
        match study.link {
            Some(version) => session.say("study-link-line", &[("version", version.to_string())])?,
            None => session.say("study-unlinked", &[])?,
        }
    }
    Ok(())
}
