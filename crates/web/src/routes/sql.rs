//! The SQL desk: a statement is written, asked, kept.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{Response, StatusCode};
use renketsu_access::act;
use renketsu_workspace::desk::{self, Kept};

use crate::at::At;
use crate::fault::Fault;
use crate::office::Office;
use crate::page::{Frame, Machine, go, show_as};
use crate::run::{self, Run};
use crate::study;
use crate::visit::{SignedForm, SignedIn, Visit};

type Shown = Result<Response<Body>, Fault>;

#[derive(Template)]
#[template(path = "sql.html")]
struct SqlPage {
    frame: Frame,
    study: String,
    sql: String,
    name: String,
    kept: Vec<Kept>,
    /// A statement about each linked table, for whoever doesn't know where to begin, with the table's name.
    examples: Vec<(String, String)>,
    /// What is wrong, and what to do about it.
    problem: Option<(String, String)>,
}

/// A number that an address has below a name.
pub(super) fn asked(query: Option<&str>, name: &str) -> Option<String> {
    let mut fields = form_urlencoded::parse(query?.as_bytes());
    let (_, value) = fields.find(|(known, _)| known == name)?;
    Some(value.into_owned())
}

/// The statement as a form sends it, whose lines end in CR LF.
fn typed(sql: &str) -> String {
    sql.replace("\r\n", "\n")
}

struct Typed {
    sql: String,
    name: String,
}

/// The desk with what was typed. The permit is that of keeping: whoever asks may keep.
async fn desk_page(
    office: &Arc<Office>,
    visit: &Visit,
    study: String,
    typed: Typed,
    problem: Option<&Fault>,
) -> Shown {
    let on = study::of_address(office, visit, &study).await?;
    let permit = visit.permit::<act::AskSave>(office, on).await?;
    let (at, of) = (Arc::clone(office), study.clone());
    let (kept, tables) = office
        .with(move |store| {
            let kept = desk::kept(permit, store, at.vault()?)?;
            Ok((kept, store.tables(&of)?))
        })
        .await?;
    let examples = tables
        .into_iter()
        .filter(|table| !matches!(table.kind.as_str(), "reference" | "removed"))
        .map(|table| (example(&table.name), table.name));
    let frame = Frame::of(office, visit, "web-menu-sql");
    let status = problem.map_or(StatusCode::OK, Fault::status);
    let problem = problem.map(|fault| words(&frame, fault));
    show_as(
        status,
        &SqlPage {
            frame,
            study,
            sql: typed.sql,
            name: typed.name,
            kept,
            examples: examples.collect(),
            problem,
        },
    )
}

/// How many persons a table has.
fn example(table: &str) -> String {
    format!("SELECT count(DISTINCT person) AS persons FROM {table}")
}

/// A fault in words, and what to do.
fn words(frame: &Frame, fault: &Fault) -> (String, String) {
    let (id, details) = (crate::message_id(fault.code()), fault.details());
    (
        frame.say(&format!("err-{id}"), &details),
        frame.say(&format!("fix-{id}"), &details),
    )
}

/// The desk, empty or with a kept question (`kept`) or one that was asked before (`question`).
pub(crate) async fn page(
    State(office): State<Arc<Office>>,
    At(study): At<String>,
    RawQuery(query): RawQuery,
    SignedIn(visit): SignedIn,
) -> Shown {
    let on = study::of_address(&office, &visit, &study).await?;
    drop(visit.permit::<act::AskRun>(&office, on.clone()).await?);
    let mut typed = Typed {
        sql: String::new(),
        name: String::new(),
    };
    if let Some(table) = asked(query.as_deref(), "example") {
        let of = study.clone();
        let tables = office.with(move |store| Ok(store.tables(&of)?)).await?;
        let mut names = tables.into_iter().map(|known| known.name);
        let table = names.find(|name| *name == table).ok_or(Fault::NotFound)?;
        typed.sql = example(&table);
    } else if let Some(number) = asked(query.as_deref(), "kept") {
        let number: i64 = number.parse().map_err(|_| Fault::NotFound)?;
        let permit = visit.permit::<act::AskSave>(&office, on).await?;
        let at = Arc::clone(&office);
        let kept = office
            .with(move |store| Ok(desk::kept(permit, store, at.vault()?)?))
            .await?;
        let mut kept = kept.into_iter();
        let found = kept.find(|kept| kept.record.saved == number);
        let found = found.ok_or(Fault::NotFound)?;
        typed = Typed {
            sql: found.sql,
            name: found.record.name,
        };
    } else if let Some(number) = asked(query.as_deref(), "question") {
        let number: i64 = number.parse().map_err(|_| Fault::NotFound)?;
        let own = study::own_questions(&visit, &on).ok_or(Fault::NotFound)?;
        let permit = visit.permit::<act::AskHistoryOwn>(&office, own).await?;
        let (at, acting) = (Arc::clone(&office), visit.acting());
        let found = office
            .with(move |store| {
                let vault = at.vault()?;
                Ok(desk::own_question(
                    permit, store, vault, &acting, number, None,
                )?)
            })
            .await?;
        typed.sql = found.sql.ok_or(Fault::NotFound)?;
    }
    desk_page(&office, &visit, study, typed, None).await
}

/// What stands above the form again: what the person can do something about there.
fn is_of_form(fault: &Fault) -> bool {
    match fault {
        Fault::Refused { .. } => true,
        Fault::SignIn
        | Fault::Locked
        | Fault::NoTerminal
        | Fault::NotFound
        | Fault::Denied { .. }
        | Fault::Wait { .. }
        | Fault::Form
        | Fault::Origin
        | Fault::Malformed
        | Fault::State { .. }
        | Fault::Broken => false,
    }
}

pub(crate) async fn ask(
    State(office): State<Arc<Office>>,
    At(study): At<String>,
    Machine(machine): Machine,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let sql = typed(fields.get("sql"));
    match begin(&office, &visit, &study, sql.clone()).await {
        Ok(question) => Ok(go(&format!("/studies/{study}/questions/{question}"))),
        Err(fault) if is_of_form(&fault) && !machine => {
            let name = fields.get("name").to_owned();
            desk_page(&office, &visit, study, Typed { sql, name }, Some(&fault)).await
        }
        Err(fault) => Err(fault),
    }
}

/// Records a question and lets the engine answer it.
async fn begin(
    office: &Arc<Office>,
    visit: &Visit,
    study: &str,
    sql: String,
) -> Result<i64, Fault> {
    let on = study::of_address(office, visit, study).await?;
    let permit = visit.permit::<act::AskRun>(office, on).await?;
    let place = office
        .desk
        .take(&visit.sitting.sitting)
        .map_err(|busy| Fault::Refused {
            code: busy.code(),
            details: Vec::new(),
        })?;
    let (at, acting, study) = (Arc::clone(office), visit.acting(), study.to_owned());
    office
        .with(move |store| {
            let begun = at.now();
            let vault = at.vault()?;
            let asking = desk::ask(permit, store, vault, &acting, &sql, begun)?;
            let question = asking.question;
            place.number(question);
            Ok((
                question,
                Run {
                    place,
                    asking,
                    acting,
                    study,
                    sql,
                    begun,
                },
            ))
        })
        .await
        .and_then(|(question, run)| run::start(office, run).map(|()| question))
}

pub(crate) async fn keep(
    State(office): State<Arc<Office>>,
    At(study): At<String>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let (sql, name) = (typed(fields.get("sql")), fields.get("name").to_owned());
    let on = study::of_address(&office, &visit, &study).await?;
    let permit = visit.permit::<act::AskSave>(&office, on).await?;
    let (at, acting, now) = (Arc::clone(&office), visit.acting(), office.now());
    let words = (name.clone(), sql.clone());
    let kept = office
        .with(move |store| {
            let words = (words.0.as_str(), words.1.as_str());
            Ok(desk::keep(permit, store, at.vault()?, &acting, words, now)?)
        })
        .await;
    match kept {
        Ok(()) => Ok(go(&format!("/studies/{study}/sql#kept"))),
        Err(fault) if is_of_form(&fault) => {
            desk_page(&office, &visit, study, Typed { sql, name }, Some(&fault)).await
        }
        Err(fault) => Err(fault),
    }
}

pub(crate) async fn remove(
    State(office): State<Arc<Office>>,
    At((study, saved)): At<(String, String)>,
    SignedForm { visit, .. }: SignedForm,
) -> Shown {
    let on = study::of_address(&office, &visit, &study).await?;
    let permit = visit.permit::<act::AskSave>(&office, on).await?;
    let saved: i64 = saved.parse().map_err(|_| Fault::NotFound)?;
    let (acting, now) = (visit.acting(), office.now());
    office
        .with(move |store| Ok(desk::drop_kept(permit, store, &acting, saved, now)?))
        .await?;
    Ok(go(&format!("/studies/{study}/sql#kept")))
}
