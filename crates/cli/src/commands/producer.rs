//! The certified producer's commands.

use renketsu_identity::ProvisionCode;
use renketsu_producer::Producer;
use renketsu_producer::attach::{
    self, AttachError, AttachOrder, AttachReport, IdentifyingColumn, TableOrder,
};
use renketsu_producer::certification;
use renketsu_producer::deliver::{self, DeliverOrder, Period};
use renketsu_producer::intake::IntakeCount;
use renketsu_producer::listing::{self, Route};
use renketsu_producer::request::{self, Keys, RequestOrder};
use renketsu_producer::sources::fhir::PatientKey;
use renketsu_producer::sources::uke::ClaimKey;
use renketsu_producer::sources::{Source, SourceError, Threads, input};
use renketsu_seal::{Card, Role, Trust};
use renketsu_store::Store;
use renketsu_table::columns::ColumnMap;
use serde::Serialize;

use super::identifying;
use crate::args::{Attach, Certify, ClaimKeyName, Deliver, ProducerStatus, Request};
use crate::failure::{Failure, exit};
use crate::language::Messages;
use crate::session::Session;

/// Opens what every command of the producer stands on, and does `work` with it.
pub(super) fn with_producer<T>(
    session: &mut Session<'_>,
    dir: &std::path::Path,
    work: impl FnOnce(&mut Session<'_>, &mut Producer<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    session.role(dir, Role::Producer)?;
    let (keys, trust, mut store) = session.party(dir)?;
    let mut producer = Producer {
        dir,
        keys: &keys,
        trust: &trust,
        store: &mut store,
        now: session.now(),
        today: session.today(),
    };
    let done = work(session, &mut producer)?;
    super::received::warn(session, producer.store)?;
    Ok(done)
}

pub(crate) fn certify(session: &mut Session<'_>, args: &Certify) -> Result<(), Failure> {
    with_producer(session, &args.at.dir, |session, producer| {
        let held =
            certification::certify(producer, args.kind.as_str(), &args.number, &args.ground)?;
        session.say(
            "certify-done",
            &[("number", held.number), ("ground", held.ground)],
        )
    })
}

/// The sources of a request, in the order they were given.
pub(super) fn sources(args: &Request) -> Result<Vec<Source>, Failure> {
    let key = match args.claim_key {
        ClaimKeyName::Chart => ClaimKey::Chart,
        ClaimKeyName::Search => ClaimKey::Search,
    };
    let mut sources: Vec<Source> = args
        .uke
        .iter()
        .map(|path| Source::Claims {
            path: path.clone(),
            key,
        })
        .collect();
    if !args.fhir.is_empty() {
        let key = args.fhir_key.clone();
        sources.push(Source::Fhir {
            files: input::files(&args.fhir, &["json", "ndjson", "jsonl"])
                .map_err(SourceError::from)?,
            key: key.map_or(PatientKey::Id, PatientKey::Identifier),
        });
    }
    if !args.care_claims.is_empty() {
        sources.push(Source::CareClaims {
            files: input::files(&args.care_claims, &["csv"]).map_err(SourceError::from)?,
            ledger: input::files(&args.care_ledger, &["csv"]).map_err(SourceError::from)?,
        });
    } else if !args.care_ledger.is_empty() {
        sources.push(Source::CareLedger {
            files: input::files(&args.care_ledger, &["csv"]).map_err(SourceError::from)?,
        });
    }
    if !args.checkup.is_empty() {
        sources.push(Source::Checkups {
            files: input::files(&args.checkup, &["xml", "zip"]).map_err(SourceError::from)?,
        });
    }
    if !args.eligibility.is_empty() {
        sources.push(Source::Eligibility {
            files: input::files(&args.eligibility, &["xml"]).map_err(SourceError::from)?,
        });
    }
    if let Some(columns) = &args.columns {
        let columns = Box::new(ColumnMap::read(columns)?);
        sources.extend(args.table.iter().map(|path| Source::Table {
            path: path.clone(),
            columns: columns.clone(),
        }));
    }
    if sources.is_empty() {
        return Err(Failure::new(
            "cli.usage.missing",
            vec![(
                "argument",
                "--uke, --fhir, --checkup, --eligibility, --care-ledger, --table".to_owned(),
            )],
            exit::INPUT,
        ));
    }
    Ok(sources)
}

pub(super) fn provision(text: &str) -> Result<ProvisionCode, Failure> {
    ProvisionCode::parse(text).map_err(|_| {
        Failure::new(
            "cli.provision.form",
            vec![("provision", text.to_owned())],
            exit::INPUT,
        )
    })
}

pub(crate) fn request(session: &mut Session<'_>, args: &Request) -> Result<(), Failure> {
    let sources = sources(args)?;
    if args.list {
        return list(session, args, &sources);
    }
    let (Some(code), Some(out)) = (&args.provision, &args.out) else {
        let argument = "--provision, --out".to_owned();
        return Err(Failure::new(
            "cli.usage.missing",
            vec![("argument", argument)],
            exit::INPUT,
        ));
    };
    let code = provision(code)?;
    with_producer(session, &args.at.dir, |session, producer| {
        let authority = recipient(producer.trust, args.to.as_deref(), Role::Authority)?.clone();
        let order = RequestOrder {
            provision: &code,
            authority: &authority,
            sources: &sources,
            keys: if args.shared_keys {
                Keys::Shared
            } else {
                Keys::PerInstitution
            },
            purpose: &args.purpose,
            expires: session.expiry(args.valid_days),
            out,
            rejects: args.rejects.as_deref(),
            threads: Threads::of_machine(),
        };
        let work = session.progress.rows(session.messages);
        let report = request::request(producer, &order, &mut |rows| work.at(rows))?;
        drop(work);
        if args.json.json {
            return session.json("renketsu.request/1", &report);
        }
        count(session, &report.count)?;
        session.say(
            "request-done",
            &[
                ("rows", report.count.rows.to_string()),
                ("path", report.file.display().to_string()),
                ("name", authority.name.clone()),
                ("sha256", report.sha256.clone()),
            ],
        )
    })
}

/// The one trusted card of a role, or the one that was named.
pub(super) fn recipient<'t>(
    trust: &'t Trust,
    named: Option<&str>,
    role: Role,
) -> Result<&'t Card, Failure> {
    if let Some(name) = named {
        return Session::trusted(trust, name);
    }
    let cards: Vec<&Card> = trust
        .list()
        .iter()
        .filter(|card| card.role == role)
        .collect();
    match cards.as_slice() {
        [only] => Ok(only),
        [] => Err(Failure::new(
            "cli.party.none",
            vec![("role", role.as_str().to_owned())],
            exit::INPUT,
        )),
        several => {
            let names: Vec<&str> = several.iter().map(|card| card.name.as_str()).collect();
            Err(Failure::new(
                "cli.party.unclear",
                vec![("parties", names.join(", "))],
                exit::INPUT,
            ))
        }
    }
}

pub(super) fn count(session: &mut Session<'_>, count: &IntakeCount) -> Result<(), Failure> {
    session.say(
        "request-count",
        &[
            ("files", count.files.len().to_string()),
            ("records", count.records.to_string()),
            ("rows", count.rows.to_string()),
            ("merged", count.merged().to_string()),
            ("without", count.without_number().to_string()),
            ("rejected", count.rejected().to_string()),
        ],
    )?;
    for (id, reasons) in [
        ("request-reject", &count.reject_reasons),
        ("request-partial", &count.partial_reasons),
    ] {
        for (reason, rows) in reasons {
            let reason = in_words(session.messages, reason);
            session.say(id, &[("reason", reason), ("rows", rows.to_string())])?;
        }
    }
    for (kind, records) in &count.passed_over {
        let (source, kind) = kind.split_once(':').unwrap_or((kind, ""));
        let values = [
            ("source", source.to_owned()),
            ("kind", kind.to_owned()),
            ("records", records.to_string()),
        ];
        session.say("request-passed", &values)?;
    }
    Ok(())
}

/// A reason as the reports have it (`field:reject`), in the reader's words.
fn in_words(messages: &Messages, reason: &str) -> String {
    let Some((field, reject)) = reason.split_once(':') else {
        return reason.to_owned();
    };
    let values = [("field", field.to_owned()), ("reject", reject.to_owned())];
    messages.with("request-reason", &values)
}

fn list(session: &mut Session<'_>, args: &Request, sources: &[Source]) -> Result<(), Failure> {
    let work = session.progress.rows(session.messages);
    let (threads, today) = (Threads::of_machine(), session.today());
    let listing = listing::identities(&args.at.dir, sources, threads, today, &mut |rows| {
        work.at(rows);
    })?;
    drop(work);
    if args.json.json {
        return session.json("renketsu.request.list/1", &listing);
    }
    session.say("list-header", &[])?;
    for row in &listing.rows {
        let route = match row.route {
            Route::Number => "list-number",
            Route::Kana => "list-kana",
            Route::Rejected => "list-rejected",
        };
        let mark = |given: bool| if given { "+" } else { "-" };
        let duplicate = row
            .duplicate_of
            .map(|place| format!("={}:{}", place.file.saturating_add(1), place.line));
        let line = format!(
            "{:>3} {:>7} {:>7}  {}{}{}{}  {:<8}  {} {} {}",
            row.file.saturating_add(1),
            row.record,
            row.line,
            mark(row.has_number),
            mark(row.has_branch),
            mark(row.has_triple),
            mark(row.has_key),
            row.service,
            session.messages.text(route),
            duplicate.unwrap_or_default(),
            row.problems.join(" "),
        );
        session.print(line.trim_end())?;
    }
    count(session, &listing.count)
}

pub(crate) fn attach(session: &mut Session<'_>, args: &Attach) -> Result<(), Failure> {
    let tables: Vec<TableOrder> = args
        .table
        .iter()
        .map(|table| TableOrder {
            name: table.name.clone(),
            path: table.file.clone(),
            key: args.key.clone(),
        })
        .collect();
    with_producer(session, &args.at.dir, |session, producer| {
        let order = AttachOrder {
            answer: &args.answer.answers,
            references: args.answer.references.as_deref(),
            tables: &tables,
            drop: &args.drop,
            keep: &args.keep,
            memory: u64::from(args.memory).saturating_mul(1024 * 1024),
        };
        let work = session.progress.rows(session.messages);
        let report = attach::attach(producer, &order, &mut |rows| work.at(rows));
        drop(work);
        let report = report.map_err(|error| not_attached(session.messages, error))?;
        if args.json.json {
            return session.json("renketsu.attach/1", &report);
        }
        attached(session, &report)
    })
}

fn attached(session: &mut Session<'_>, report: &AttachReport) -> Result<(), Failure> {
    for (status, rows) in &report.statuses {
        let status = session.messages.text(&format!("status-{status}"));
        session.say(
            "attach-status",
            &[("status", status), ("rows", rows.to_string())],
        )?;
    }
    session.say(
        "attach-keys",
        &[
            ("keys", report.keys.keys.to_string()),
            ("differing", report.keys.differing.to_string()),
            ("conflicts", report.keys.conflicts().to_string()),
        ],
    )?;
    for table in &report.tables {
        let rows = &table.rows;
        session.say(
            "attach-table",
            &[
                ("table", table.name.clone()),
                ("rows", rows.rows.to_string()),
                ("number", rows.number.to_string()),
                ("kana", rows.kana.to_string()),
                ("shared", rows.shared_kana.to_string()),
                ("without", rows.without_id().to_string()),
                ("unknown", rows.unknown_key.to_string()),
            ],
        )?;
        if !table.kept.is_empty() {
            let columns = identifying(session.messages, judged(&table.kept));
            session.say("attach-kept", &[("columns", columns)])?;
        }
    }
    session.say("attach-destroyed", &[("request", report.request.clone())])?;
    match report.kana_mode.public_key() {
        Some(key) if !report.resumed => session.say("attach-kana-key", &[("key", key.to_string())]),
        Some(_) | None => Ok(()),
    }
}

/// A refusal for the sake of persons names the columns in the reader's words.
fn not_attached(messages: &Messages, error: AttachError) -> Failure {
    let AttachError::Identifying { file, columns } = &error else {
        return error.into();
    };
    let details = vec![
        ("file", file.clone()),
        ("columns", identifying(messages, judged(columns))),
    ];
    Failure::new(error.code(), details, error.exit())
}

fn judged(columns: &[IdentifyingColumn]) -> impl Iterator<Item = (&str, &str)> {
    columns
        .iter()
        .map(|found| (found.column.as_str(), found.reason.as_str()))
}

pub(crate) fn deliver(session: &mut Session<'_>, args: &Deliver) -> Result<(), Failure> {
    let code = provision(&args.provision)?;
    with_producer(session, &args.at.dir, |session, producer| {
        let recipient = args
            .parcel
            .to
            .as_deref()
            .map(|name| Session::trusted(producer.trust, name).cloned())
            .transpose()?;
        let order = DeliverOrder {
            provision: &code,
            recipient: recipient.as_ref(),
            tables: &args.table,
            purpose: &args.purpose,
            contract: &args.contract,
            places: &args.place,
            period: Period {
                start: args.from,
                end: args.until,
            },
            expires: session.expiry(args.parcel.valid_days),
            out: &args.parcel.out,
        };
        let report = deliver::deliver(producer, &order)?;
        if args.json.json {
            return session.json("renketsu.deliver/1", &report);
        }
        for table in &report.tables {
            session.say(
                "deliver-table",
                &[
                    ("table", table.name.clone()),
                    ("rows", table.rows.to_string()),
                    ("number", table.distinct_number_ids.to_string()),
                    ("kana", table.distinct_kana_ids.to_string()),
                ],
            )?;
        }
        for table in &report.tables {
            if !table.identifying.is_empty() {
                let columns = identifying(session.messages, judged(&table.identifying));
                let table = table.name.clone();
                session.say(
                    "deliver-identifying",
                    &[("table", table), ("columns", columns)],
                )?;
            }
        }
        session.say(
            "deliver-terms",
            &[
                ("purpose", report.purpose.clone()),
                ("contract", report.contract.clone()),
                ("start", report.period.start.to_string()),
                ("end", report.period.end.to_string()),
                ("places", report.places.join(", ")),
            ],
        )?;
        session.say(
            "deliver-done",
            &[
                ("path", report.file.display().to_string()),
                ("name", report.recipient.clone()),
                ("sha256", report.sha256.clone()),
            ],
        )
    })
}

#[derive(Serialize)]
struct StatusRequest {
    package: String,
    provision: String,
    rows: u64,
    requested_at: jiff::Timestamp,
    answered_by: Option<String>,
    map_destroyed_at: Option<jiff::Timestamp>,
    tables: Vec<StatusTable>,
}

#[derive(Serialize)]
struct StatusTable {
    name: String,
    rows: u64,
    delivered_in: Option<String>,
}

pub(crate) fn status(session: &mut Session<'_>, args: &ProducerStatus) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Answer {
        requests: Vec<StatusRequest>,
    }
    Session::card(&args.at.dir)?;
    let store = session.listing(&args.at.dir)?;
    let requests = requests(&store)?;
    if args.json.json {
        return session.json("renketsu.producer.status/1", &Answer { requests });
    }
    if requests.is_empty() {
        return session.say("status-none", &[]);
    }
    for request in requests {
        let state = if request.answered_by.is_some() {
            "status-attached"
        } else {
            "status-waiting"
        };
        let state = session.messages.text(state);
        session.say(
            "status-request",
            &[
                ("package", request.package),
                ("provision", request.provision),
                ("rows", request.rows.to_string()),
                ("state", state),
            ],
        )?;
        for table in request.tables {
            let delivered = table.delivered_in.unwrap_or_else(|| "–".to_owned());
            session.say(
                "status-table",
                &[
                    ("table", table.name),
                    ("rows", table.rows.to_string()),
                    ("delivered", delivered),
                ],
            )?;
        }
    }
    Ok(())
}

fn requests(store: &Store) -> Result<Vec<StatusRequest>, Failure> {
    let mut found = Vec::new();
    for request in store.requests()? {
        let tables = store.attached_tables(&request.provision)?;
        let tables = tables
            .into_iter()
            .filter(|table| Some(&table.answer) == request.answered_by.as_ref())
            .map(|table| StatusTable {
                name: table.name,
                rows: table.rows,
                delivered_in: table.delivered_in,
            })
            .collect();
        found.push(StatusRequest {
            package: request.package_id,
            provision: request.provision,
            rows: request.rows,
            requested_at: request.requested_at,
            answered_by: request.answered_by,
            map_destroyed_at: request.destroyed_at,
            tables,
        });
    }
    Ok(found)
}
