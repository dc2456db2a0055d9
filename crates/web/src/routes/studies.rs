//! Studies, the overview of one, and making one. Nothing of their data.

pub(crate) mod suspension;

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use jiff::Timestamp;
use renketsu_access::{Object, Permit, StudyState, act};
use renketsu_store::{Store, StudyRecord, Suspension};
use renketsu_workspace::{NewStudy, TableKind, Terms};
use serde::Deserialize;

use crate::at::At;
use crate::fault::Fault;
use crate::office::Office;
use crate::page::{Frame, Machine, go, show_as};
use crate::study;
use crate::visit::{SignedForm, SignedIn, Visit};

type Shown = Result<Response<Body>, Fault>;

const HERE: &str = "web-menu-studies";

/// A study in the list.
struct Line {
    study: String,
    state: StudyState,
    provision: String,
    link: Option<(u64, Timestamp)>,
    terminals: Vec<String>,
}

#[derive(Template)]
#[template(path = "studies.html")]
struct StudiesPage {
    frame: Frame,
    lines: Vec<Line>,
    may_create: bool,
    /// What was typed, and why it was refused.
    typed: Typed,
    problem: Option<String>,
}

/// What the form of a new study holds.
#[derive(Debug, Clone, Default)]
struct Typed {
    study: String,
    provision: String,
}

/// What was agreed in a delivery.
struct Delivery {
    package: String,
    imported_at: Timestamp,
    terms: Terms,
}

#[derive(Template)]
#[template(path = "study.html")]
struct StudyPage {
    frame: Frame,
    line: Line,
    created_at: Timestamp,
    /// Table kinds with how many tables each has.
    kinds: Vec<(String, usize)>,
    deliveries: Vec<Delivery>,
    /// The cap of rows of single persons, where they are allowed.
    rows: Option<u64>,
    suspension: Option<Suspension>,
    may_suspend: bool,
    problem: Option<String>,
}

fn line(store: &Store, record: &StudyRecord, now: Timestamp) -> Result<Line, Fault> {
    let study = &record.study;
    let on = study::object(store, Some(study), now)?;
    let terminals = store.terminals()?;
    let of_study = terminals
        .into_iter()
        .filter(|terminal| terminal.revoked_at.is_none() && terminal.study.as_ref() == Some(study))
        .map(|terminal| terminal.terminal);
    Ok(Line {
        state: on
            .study()
            .map_or(StudyState::Preparing, |study| study.state),
        provision: record.provision.clone(),
        link: store
            .link(study)?
            .map(|link| (link.version, link.linked_at)),
        terminals: of_study.collect(),
        study: study.clone(),
    })
}

pub(crate) async fn list(State(office): State<Arc<Office>>, SignedIn(visit): SignedIn) -> Shown {
    listed(&office, &visit, Typed::default(), None).await
}

async fn listed(
    office: &Arc<Office>,
    visit: &Visit,
    typed: Typed,
    problem: Option<String>,
) -> Shown {
    drop(
        visit
            .permit::<act::StudyList>(office, visit.on.clone())
            .await?,
    );
    let (own, now) = (visit.sitting.study.clone(), office.now());
    let lines = office
        .with(move |store| {
            // In a session of a study, not even the name of another one.
            let seen = |record: &StudyRecord| own.as_ref().is_none_or(|own| *own == record.study);
            let studies = store.studies()?;
            let studies = studies.iter().filter(|record| seen(record));
            studies.map(|record| line(store, record, now)).collect()
        })
        .await?;
    let status = if problem.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let page = StudiesPage {
        frame: Frame::of(office, visit, HERE),
        lines,
        may_create: visit.may::<act::StudyCreate>(office, &Object::Office),
        typed,
        problem,
    };
    show_as(status, &page)
}

/// Makes a study. Its packages come by the machines of its place, and roles in it by a security manager.
pub(crate) async fn create(
    State(office): State<Arc<Office>>,
    Machine(machine): Machine,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let permit = visit
        .permit::<act::StudyCreate>(&office, Object::Office)
        .await?;
    let typed = Typed {
        study: fields.get("study").trim().to_owned(),
        provision: fields.get("provision").trim().to_owned(),
    };
    match made(&office, permit, &visit, &typed).await {
        Ok(()) => Ok(go("/studies")),
        Err(fault) if machine => Err(fault),
        Err(fault) => {
            let problem = Frame::of(&office, &visit, HERE).problem(fault)?;
            listed(&office, &visit, typed, Some(problem)).await
        }
    }
}

async fn made(
    office: &Arc<Office>,
    permit: Permit<act::StudyCreate>,
    visit: &Visit,
    typed: &Typed,
) -> Result<(), Fault> {
    let new = NewStudy::parse(&typed.study, &typed.provision)?;
    let (at, acting, now) = (Arc::clone(office), visit.acting(), office.now());
    office
        .with(move |store| {
            new.create(store, at.vault()?, Some((&permit, &acting)), now)?;
            Ok(())
        })
        .await
}

/// What a table from a package says of it.
#[derive(Deserialize)]
struct Packaged {
    package: String,
    #[serde(flatten)]
    terms: Terms,
}

pub(crate) async fn view(
    State(office): State<Arc<Office>>,
    At(study): At<String>,
    SignedIn(visit): SignedIn,
) -> Shown {
    shown(&office, &visit, &study, None).await
}

async fn shown(office: &Arc<Office>, visit: &Visit, study: &str, problem: Option<String>) -> Shown {
    let on: Object = study::of_address(office, visit, study).await?;
    drop(visit.permit::<act::StudyView>(office, on.clone()).await?);
    let (now, study) = (office.now(), study.to_owned());
    let (record, line, tables, suspension) = office
        .with(move |store| {
            let record = store.study(&study)?.ok_or(Fault::NotFound)?;
            let line = line(store, &record, now)?;
            let suspension = store.suspension(&study)?;
            Ok((record, line, store.table_versions(&study)?, suspension))
        })
        .await?;
    let mut kinds: Vec<(String, usize)> = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    let mut deliveries: Vec<Delivery> = Vec::new();
    for table in &tables {
        if !names.contains(&table.name.as_str()) {
            names.push(&table.name);
            match kinds.iter_mut().find(|(kind, _)| *kind == table.kind) {
                Some((_, count)) => *count = count.saturating_add(1),
                None => kinds.push((table.kind.clone(), 1)),
            }
        }
        if table.kind != TableKind::Anonymized.as_str() {
            continue;
        }
        // A plain file names no terms.
        let Ok(origin) = serde_json::from_value::<Packaged>(table.origin.clone()) else {
            continue;
        };
        if !deliveries
            .iter()
            .any(|known| known.package == origin.package)
        {
            deliveries.push(Delivery {
                package: origin.package,
                imported_at: table.imported_at,
                terms: origin.terms,
            });
        }
    }
    let status = if problem.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let page = StudyPage {
        frame: Frame::of(office, visit, "web-menu-study"),
        line,
        suspension,
        may_suspend: visit.may::<act::StudySuspend>(office, &on),
        problem,
        created_at: record.created_at,
        kinds,
        deliveries,
        rows: record
            .row_level
            .as_ref()
            .and_then(|level| level.get("cap")?.as_u64()),
    };
    show_as(status, &page)
}
