//! The report of the latest link, with its picture and the same in tables; and what to link next.

pub(crate) mod run;

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use jiff::Timestamp;
use renketsu_access::act;
use renketsu_store::LinkRecord;
use renketsu_workspace::report::Kind;
use serde::Deserialize;

use crate::at::At;
use crate::chart::{Caption, Stack, bar, stack};
use crate::fault::Fault;
use crate::office::Office;
use crate::page::{Frame, Machine, show};
use crate::plain::plain;
use crate::progress::told;
use crate::routes::reports::Maker;
use crate::study;
use crate::visit::SignedIn;

/// Sets and pairs that are shown; the rest is counted.
const SETS: usize = 24;
const PAIRS: usize = 45;

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Status {
    pub(super) number: u64,
    pub(super) kana_attached: u64,
    pub(super) kana_person: u64,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Unlinked {
    pub(super) no_id: u64,
    pub(super) kana_not_unique: u64,
    pub(super) kana_ambiguous: u64,
    #[serde(default)]
    pub(super) removed: u64,
}

impl Unlinked {
    fn total(&self) -> u64 {
        [
            self.no_id,
            self.kana_not_unique,
            self.kana_ambiguous,
            self.removed,
        ]
        .into_iter()
        .fold(0, u64::saturating_add)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) rows: u64,
    pub(super) persons: u64,
    pub(super) rows_by: Status,
    pub(super) unlinked: Unlinked,
}

#[derive(Debug, Deserialize)]
pub(super) struct Shared {
    pub(super) tables: Vec<String>,
    pub(super) persons: u64,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Overlaps {
    pub(super) pairs: Vec<Shared>,
    pub(super) combinations: Option<Vec<Shared>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Agreement {
    pub(super) column: String,
    pub(super) agree: u64,
    pub(super) disagree: u64,
    pub(super) several: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Removal {
    pub(super) name: String,
    pub(super) rows: u64,
    pub(super) persons: u64,
    pub(super) nobody: u64,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Changes {
    pub(super) appended: u64,
    pub(super) merged: u64,
    pub(super) undone_rows: u64,
    pub(super) moved: u64,
}

/// What the state keeps of a link's report; the engine writes it, and what it writes more isn't shown.
#[derive(Debug, Deserialize)]
pub(super) struct Report {
    pub(super) persons: u64,
    pub(super) persons_by_number: u64,
    pub(super) persons_by_kana: u64,
    pub(super) tables: Vec<Table>,
    #[serde(default)]
    pub(super) removals: Vec<Removal>,
    #[serde(default)]
    pub(super) overlaps: Overlaps,
    #[serde(default)]
    pub(super) consistency: Vec<Agreement>,
    #[serde(default)]
    pub(super) changes: Changes,
}

/// A link's report in words and pictures.
pub(super) struct LinkView {
    pub(super) version: u64,
    pub(super) linked_at: Timestamp,
    pub(super) report: Report,
    /// Rows of each table by status.
    pub(super) statuses: Option<String>,
    /// Persons by the tables they are in.
    pub(super) sets: Option<String>,
    pub(super) shown: Vec<(String, u64)>,
    /// Whether those are exact sets of tables, or pairs.
    pub(super) exact: bool,
    /// How many others there are.
    pub(super) rest: Option<usize>,
}

impl LinkView {
    /// # Errors
    /// [`Fault::Broken`] if the state doesn't hold what a link writes.
    pub(super) fn of(frame: &Frame, link: LinkRecord) -> Result<Self, Fault> {
        let report: Report = serde_json::from_value(link.report).map_err(|_| Fault::Broken)?;
        let (shown, exact, rest) = largest(&report.overlaps);
        Ok(Self {
            version: link.version,
            linked_at: link.linked_at,
            statuses: statuses(frame, &report),
            sets: sets(frame, &shown, exact),
            shown,
            exact,
            rest: (rest > 0).then_some(rest),
            report,
        })
    }
}

#[derive(Template)]
#[template(path = "link.html")]
struct LinkPage {
    frame: Frame,
    study: String,
    link: Option<LinkView>,
    /// Tables that no link has, or only in an older version.
    waiting: Vec<String>,
    progress: Option<String>,
    outcome: Option<(String, bool)>,
    may_link: bool,
    maker: Option<Maker>,
}

/// Persons by exact sets of tables, or by pairs where there are too many tables; the largest, and how many others there are.
fn largest(overlaps: &Overlaps) -> (Vec<(String, u64)>, bool, usize) {
    let (all, exact, most) = match &overlaps.combinations {
        Some(sets) => (sets, true, SETS),
        None => (&overlaps.pairs, false, PAIRS),
    };
    let mut all: Vec<&Shared> = all.iter().collect();
    all.sort_by_key(|shared| std::cmp::Reverse(shared.persons));
    let rest = all.len().saturating_sub(most);
    let shown = all.into_iter().take(most);
    let shown = shown.map(|shared| (shared.tables.join(" + "), shared.persons));
    (shown.collect(), exact, rest)
}

fn statuses(frame: &Frame, report: &Report) -> Option<String> {
    let legend = [
        "picture-number",
        "picture-kana-attached",
        "picture-kana-person",
        "picture-unlinked",
    ]
    .map(|word| frame.t(word));
    let stacks: Vec<Stack> = report
        .tables
        .iter()
        .map(|table| Stack {
            label: table.name.clone(),
            parts: vec![
                table.rows_by.number,
                table.rows_by.kana_attached,
                table.rows_by.kana_person,
                table.unlinked.total(),
            ],
        })
        .collect();
    let caption = Caption {
        title: &frame.t("web-link-statuses"),
        description: &frame.t("web-link-statuses-text"),
    };
    // What is too much for a picture stands in the table below.
    stack(&stacks, &legend, caption).ok()
}

fn sets(frame: &Frame, shown: &[(String, u64)], exact: bool) -> Option<String> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a picture has no more digits; the table below has them all"
    )]
    let bars: Vec<_> = shown
        .iter()
        .map(|(tables, persons)| (tables.clone(), Some(*persons as f64)))
        .collect();
    let caption = Caption {
        title: &frame.t(if exact {
            "web-link-sets"
        } else {
            "web-link-pairs"
        }),
        description: &frame.t("web-link-sets-text"),
    };
    bar(&bars, "", caption).ok()
}

pub(crate) async fn page(
    State(office): State<Arc<Office>>,
    At(study): At<String>,
    Machine(machine): Machine,
    SignedIn(visit): SignedIn,
) -> Result<Response<Body>, Fault> {
    let on = study::of_address(&office, &visit, &study).await?;
    let may_link = visit.may::<act::LinkRun>(&office, &on);
    drop(visit.permit::<act::LinkView>(&office, on).await?);
    let (acting, now, id) = (visit.acting(), office.now(), study.clone());
    let by_itself = visit.by_itself;
    let (link, waiting) = office
        .with(move |store| {
            store.study(&id)?.ok_or(Fault::NotFound)?;
            let (link, tables) = (store.link(&id)?, store.tables(&id)?);
            if let Some(link) = link.as_ref().filter(|_| !by_itself) {
                let event = acting.event("link.viewed", &id, now);
                let event = event.with("version", link.version);
                store.begin()?.commit(&event)?;
            }
            let waiting = run::waiting(link.as_ref(), &tables);
            // A page that renews itself says how far the work is, and shows nothing else.
            Ok((link.filter(|_| !by_itself), waiting))
        })
        .await?;
    let frame = Frame::of(&office, &visit, "web-menu-link");
    let job = office.links.of(&study);
    if machine {
        return run::told(job.as_ref());
    }
    let (progress, outcome) = told(&frame, job);
    let version = link.as_ref().map(|link| link.version);
    show(&LinkPage {
        maker: version
            .and_then(|version| Maker::offered(&office, &visit, Kind::Link, Some(version))),
        link: link.map(|link| LinkView::of(&frame, link)).transpose()?,
        may_link: may_link && progress.is_none() && !waiting.is_empty(),
        waiting: waiting.iter().map(|name| plain(name)).collect(),
        study,
        progress,
        outcome,
        frame,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(tables: &[&str], persons: u64) -> Shared {
        Shared {
            tables: tables.iter().map(|name| (*name).to_owned()).collect(),
            persons,
        }
    }

    #[test]
    fn the_largest_sets_come_first_and_the_others_are_counted() {
        let sets = (0..30)
            .map(|persons| shared(&["a", "b"], persons))
            .collect();
        let overlaps = Overlaps {
            pairs: vec![shared(&["a", "b"], 435)],
            combinations: Some(sets),
        };
        let (shown, exact, rest) = largest(&overlaps);
        assert!(exact);
        assert_eq!((shown.len(), rest), (24, 6));
        assert_eq!(shown[0], ("a + b".to_owned(), 29));
    }

    #[test]
    fn with_many_tables_there_are_pairs() {
        let overlaps = Overlaps {
            pairs: vec![shared(&["a", "b"], 1), shared(&["a", "c"], 2)],
            combinations: None,
        };
        let (shown, exact, rest) = largest(&overlaps);
        assert_eq!((shown[0].1, exact, rest), (2, false, 0));
    }

    #[test]
    fn reports_of_every_link_so_far_are_read() {
        let report = serde_json::json!({
            "schema": "renketsu.link/1",
            "persons": 3, "persons_by_number": 2, "persons_by_kana": 1,
            "tables": [{
                "name": "t", "kind": "ndb", "rows": 9, "persons": 3,
                "rows_by": {"number": 5, "kana_attached": 1, "kana_person": 1},
                "unlinked": {"no_id": 1, "kana_not_unique": 1, "kana_ambiguous": 0},
                "persons_by": {"number": 2, "kana_attached": 0, "kana_person": 1},
            }],
            "overlaps": {"pairs": [], "combinations": [{"tables": ["t"], "persons": 3}]},
            "consistency": [],
            "changes": {"appended": 3, "aliases": 0, "merged": 0, "undone_ambiguous": 0,
                "undone_not_unique": 0, "undone_rows": 0, "moved": 0},
        });
        let report: Report = serde_json::from_value(report).unwrap();
        assert_eq!(report.tables[0].unlinked.total(), 2);
    }
}
