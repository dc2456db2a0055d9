//! Reports: what a page shows, under a number of the ledger, on a page that may be printed.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use renketsu_access::{Object, act};
use renketsu_store::{LinkRecord, ReportRecord};
use renketsu_workspace::desk::{self, Question};
use renketsu_workspace::report::{self, Kind, Making, Number, ReportError, Wanted};
use renketsu_workspace::{CatalogueTable, tables};
use serde_json::json;

use crate::at::At;
use crate::desk::Said;
use crate::fault::Fault;
use crate::form::Fields;
use crate::office::Office;
use crate::page::{Frame, go, show, show_as};
use crate::port::Answer;
use crate::routes::data::{TableView, views};
use crate::routes::link::LinkView;
use crate::routes::questions::result::Part;
use crate::study;
use crate::visit::{SignedForm, SignedIn, Visit};

type Shown = Result<Response<Body>, Fault>;

/// The most rows of an answer that a report shows: some hundred sheets.
const ROWS: usize = 5_000;

/// The form by which a report is made of a page.
pub(super) struct Maker {
    pub(super) study: String,
    pub(super) kind: Kind,
    /// The question, or the version of the link.
    pub(super) source: Option<u64>,
    pub(super) title: String,
    pub(super) copies: String,
    pub(super) note: String,
}

impl Maker {
    /// The form as a page offers it, to who may use it.
    pub(super) fn offered(
        office: &Office,
        visit: &Visit,
        kind: Kind,
        source: Option<u64>,
    ) -> Option<Self> {
        let study = visit.sitting.study.clone()?;
        visit
            .may::<act::ReportMake>(office, &visit.on)
            .then(|| Self {
                study,
                kind,
                source,
                title: String::new(),
                copies: "1".to_owned(),
                note: String::new(),
            })
    }
}

#[derive(Template)]
#[template(path = "report-refused.html")]
struct RefusedPage {
    frame: Frame,
    maker: Maker,
    problem: String,
    back: String,
}

/// What a report shows.
enum Content {
    /// It isn't there any more, or no longer what it was.
    Gone,
    Answer {
        sql: Option<String>,
        part: Part,
    },
    Link(LinkView),
    Catalogue(Vec<TableView>),
}

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage {
    frame: Frame,
    record: ReportRecord,
    number: Number,
    title: String,
    /// Of which question or link.
    source: Option<String>,
    /// The maker's name, and that of the place.
    name: String,
    place: String,
    content: Content,
    /// The page it is of.
    back: String,
}

/// What a report is made of.
enum Source {
    Answer(Question, Arc<Answer>),
    Link(LinkRecord),
    Catalogue(Vec<CatalogueTable>),
}

impl Source {
    /// All that a report of it shows, in one form for its digest.
    fn shown(&self) -> Vec<u8> {
        let shown = match self {
            Self::Answer(_, answer) => {
                let columns = answer.columns.iter().map(|column| &column.name);
                json!({
                    "kind": Kind::Answer.as_str(),
                    "columns": columns.collect::<Vec<_>>(),
                    "rows": answer.rows,
                    "small": answer.small,
                    "row_level": answer.row_level,
                    "cut": answer.cut,
                })
            }
            Self::Link(link) => json!({
                "kind": Kind::Link.as_str(),
                "version": link.version,
                "linked_at": link.linked_at.to_string(),
                "report": link.report,
            }),
            Self::Catalogue(tables) => {
                json!({ "kind": Kind::Catalogue.as_str(), "tables": tables })
            }
        };
        shown.to_string().into_bytes()
    }

    fn content(self, frame: &Frame) -> Result<Content, Fault> {
        Ok(match self {
            Self::Answer(question, answer) => Content::Answer {
                sql: question.sql,
                part: Part::whole(frame, &answer),
            },
            Self::Link(link) => Content::Link(LinkView::of(frame, link)?),
            Self::Catalogue(tables) => Content::Catalogue(views(frame, tables)),
        })
    }
}

/// Reads what a report is of, by the permit that its own page needs. `None`: it isn't there any more.
async fn source(
    office: &Arc<Office>,
    visit: &Visit,
    on: &Object,
    kind: Kind,
    number: Option<u64>,
) -> Result<Option<Source>, Fault> {
    let at = Arc::clone(office);
    match kind {
        Kind::Answer => {
            let own = study::own_questions(visit, on).ok_or(Fault::NotFound)?;
            let permit = visit.permit::<act::AskHistoryOwn>(office, own).await?;
            let number = number.and_then(|number| i64::try_from(number).ok());
            let number = number.ok_or(Fault::Malformed)?;
            let acting = visit.acting();
            let question = office
                .with(move |store| {
                    let vault = at.vault()?;
                    Ok(desk::own_question(
                        permit, store, vault, &acting, number, None,
                    )?)
                })
                .await?;
            let sitting = &visit.sitting.sitting;
            Ok(match office.desk.said(sitting, number, office.now()) {
                Some(Said::Answer(answer)) => Some(Source::Answer(question, answer)),
                Some(Said::Refusal(_)) | None => None,
            })
        }
        Kind::Link => {
            drop(visit.permit::<act::LinkView>(office, on.clone()).await?);
            let study = on.study().ok_or(Fault::NotFound)?.id.to_string();
            let link = office.with(move |store| Ok(store.link(&study)?)).await?;
            let link = link.filter(|link| Some(link.version) == number);
            Ok(link.map(Source::Link))
        }
        Kind::Catalogue => {
            let permit = visit
                .permit::<act::CatalogueView>(office, on.clone())
                .await?;
            let tables = office
                .with(move |store| Ok(tables(permit, store, at.vault()?, &at.dir)?))
                .await?;
            Ok(Some(Source::Catalogue(tables)))
        }
    }
}

/// The page that a report is of, and its entry of the menu.
fn back(study: &str, kind: Kind, source: Option<u64>) -> (String, &'static str) {
    let (page, here) = match kind {
        Kind::Answer => {
            let question = source.unwrap_or_default();
            (format!("questions/{question}"), "web-menu-questions")
        }
        Kind::Link => ("link".to_owned(), "web-menu-link"),
        Kind::Catalogue => ("data".to_owned(), "web-menu-data"),
    };
    (format!("/studies/{study}/{page}"), here)
}

/// Takes the next number of the ledger for what the form names, and sends the browser to its page.
pub(crate) async fn make(
    State(office): State<Arc<Office>>,
    At(study): At<String>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let on = study::of_address(&office, &visit, &study).await?;
    let permit = visit.permit::<act::ReportMake>(&office, on.clone()).await?;
    let kind = Kind::of(fields.get("kind")).ok_or(Fault::Malformed)?;
    let number = match fields.get("source") {
        "" => None,
        text => Some(text.parse().map_err(|_| Fault::Malformed)?),
    };
    let source = source(&office, &visit, &on, kind, number).await?;
    let checked = checked(source, &fields);
    let (acting, place) = (visit.acting(), visit.sitting.place.clone());
    let made = match checked {
        Ok((source, wanted)) => {
            let (at, now) = (Arc::clone(&office), office.now());
            office
                .with(move |store| {
                    let making = Making {
                        acting: &acting,
                        place: &place,
                        kind,
                        source: number,
                        wanted: &wanted,
                        shown: &source.shown(),
                    };
                    Ok(report::make(permit, store, at.vault()?, making, now)?)
                })
                .await
        }
        Err(error) => Err(error.into()),
    };
    match made {
        Ok(report) => Ok(go(&format!("/studies/{study}/reports/{report}"))),
        Err(fault) => refused(&office, &visit, (study, kind, number), &fields, fault),
    }
}

/// Whether a report can be made of what there is, as the form wants it.
fn checked(source: Option<Source>, fields: &Fields) -> Result<(Source, Wanted), ReportError> {
    let source = source.ok_or(ReportError::Gone)?;
    if let Source::Answer(_, answer) = &source
        && answer.rows.len() > ROWS
    {
        return Err(ReportError::Rows { max: ROWS });
    }
    let field = |name| fields.get(name);
    let wanted = Wanted::parse(field("title"), field("copies"), field("note"))?;
    Ok((source, wanted))
}

/// The form once more, with what was typed.
fn refused(
    office: &Arc<Office>,
    visit: &Visit,
    (study, kind, source): (String, Kind, Option<u64>),
    fields: &Fields,
    fault: Fault,
) -> Shown {
    let (back, here) = back(&study, kind, source);
    let frame = Frame::of(office, visit, here);
    let status = fault.status();
    let problem = frame.problem(fault)?;
    show_as(
        status,
        &RefusedPage {
            frame,
            maker: Maker {
                study,
                kind,
                source,
                title: fields.get("title").to_owned(),
                copies: fields.get("copies").to_owned(),
                note: fields.get("note").to_owned(),
            },
            problem,
            back,
        },
    )
}

/// A report that this session made. That it is opened is in the record before it is sent.
pub(crate) async fn page(
    State(office): State<Arc<Office>>,
    At((study, number)): At<(String, String)>,
    SignedIn(visit): SignedIn,
) -> Result<Response<Body>, Fault> {
    let on = study::of_address(&office, &visit, &study).await?;
    let permit = visit.permit::<act::ReportMake>(&office, on.clone()).await?;
    let number: Number = number.parse()?;
    let acting = visit.acting();
    let (permit, record) = office
        .with(move |store| {
            let record = report::own(&permit, store, &acting, number)?;
            Ok((permit, record))
        })
        .await?;
    let kind = Kind::of(&record.entry.kind).ok_or(Fault::Broken)?;
    let source = source(&office, &visit, &on, kind, record.entry.source).await?;
    let (at, acting, now) = (Arc::clone(&office), visit.acting(), office.now());
    let (record, place, source) = office
        .with(move |store| {
            let shown = source.as_ref().map(Source::shown);
            let (vault, shown) = (at.vault()?, shown.as_deref());
            let stands = report::opened(permit, store, vault, &acting, &record, shown, now)?;
            let places = store.places()?;
            let mut places = places.into_iter();
            let place = places.find(|place| place.place == record.entry.place);
            Ok((record, place, source.filter(|_| stands)))
        })
        .await?;
    let (back, here) = back(&study, kind, record.entry.source);
    let frame = Frame::of(&office, &visit, here);
    let content = match source {
        Some(source) => source.content(&frame)?,
        None => Content::Gone,
    };
    let of = record.entry.source.map(|source| {
        let id = format!("web-report-of-{}", kind.as_str());
        frame.t1(&id, "number", source)
    });
    show(&ReportPage {
        title: frame.plain(&record.entry.title),
        name: frame.plain(&visit.person.name),
        place: place.map_or_else(String::new, |place| frame.plain(&place.name)),
        source: of,
        number,
        content,
        record,
        back,
        frame,
    })
}
