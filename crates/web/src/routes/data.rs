//! The data catalogue of a study.

pub(crate) mod reference;

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use renketsu_access::act;
use renketsu_workspace::report::Kind;
use renketsu_workspace::{CatalogueColumn, CatalogueTable};

use crate::at::At;
use crate::fault::Fault;
use crate::office::Office;
use crate::page::{Frame, show};
use crate::routes::reports::Maker;
use crate::study;
use crate::visit::SignedIn;

/// As many columns of a table, and codes of a column, as a page shows; the rest is counted.
const COLUMNS: usize = 500;
const CODES: usize = 300;

/// The code list of a column.
pub(super) struct CodeList {
    pub(super) column: String,
    pub(super) codes: Vec<(String, String)>,
    /// How many codes aren't shown.
    pub(super) more: Option<usize>,
}

/// A table on the page.
pub(super) struct TableView {
    pub(super) table: CatalogueTable,
    pub(super) columns: Vec<(CatalogueColumn, String)>,
    /// How many columns aren't shown.
    pub(super) more: Option<usize>,
    pub(super) lists: Vec<CodeList>,
}

#[derive(Template)]
#[template(path = "data.html")]
struct DataPage {
    frame: Frame,
    tables: Vec<TableView>,
    maker: Option<Maker>,
    /// Reference tables that this person may confirm.
    waiting: Vec<reference::Waiting>,
    study: String,
}

fn cut<T>(all: &mut Vec<T>, most: usize) -> Option<usize> {
    let more = all.len().checked_sub(most).filter(|more| *more > 0);
    all.truncate(most);
    more
}

/// A table as it is shown, `unknown` where nobody counted what is missing.
fn view(mut table: CatalogueTable, unknown: &str) -> TableView {
    let mut columns = std::mem::take(&mut table.columns);
    let more = cut(&mut columns, COLUMNS);
    let coded = columns.iter_mut().filter(|column| !column.codes.is_empty());
    let lists = coded.map(|column| {
        let mut codes = column.codes.clone();
        CodeList {
            column: column.name.clone(),
            more: cut(&mut codes, CODES),
            codes,
        }
    });
    let lists = lists.collect();
    let missing = |column: CatalogueColumn| {
        let missing = column.missing;
        let missing = missing.map_or_else(|| unknown.to_owned(), |part| share(part, table.rows));
        (column, missing)
    };
    TableView {
        columns: columns.into_iter().map(missing).collect(),
        more,
        lists,
        table,
    }
}

/// Tables as they are shown.
pub(super) fn views(frame: &Frame, tables: Vec<CatalogueTable>) -> Vec<TableView> {
    let unknown = frame.t("web-data-missing-unknown");
    let tables = tables.into_iter().map(|table| view(table, &unknown));
    tables.collect()
}

/// A share in percent with one digit. What is there is never 0 % and what isn't whole never 100 %.
fn share(part: u64, whole: u64) -> String {
    if part == 0 || whole == 0 {
        return "0 %".to_owned();
    }
    if part >= whole {
        return "100 %".to_owned();
    }
    let tenths = u128::from(part)
        .saturating_mul(1000)
        .checked_div(u128::from(whole))
        .unwrap_or(0)
        .clamp(1, 999);
    let (percent, tenth) = (tenths.div_euclid(10), tenths.rem_euclid(10));
    format!("{percent}.{tenth} %")
}

pub(crate) async fn page(
    State(office): State<Arc<Office>>,
    At(study): At<String>,
    SignedIn(visit): SignedIn,
) -> Result<Response<Body>, Fault> {
    let on = study::of_address(&office, &visit, &study).await?;
    let permit = visit
        .permit::<act::CatalogueView>(&office, on.clone())
        .await?;
    let (at, acting, now) = (Arc::clone(&office), visit.acting(), office.now());
    let of = study.clone();
    let (tables, waiting) = office
        .with(move |store| {
            let vault = at.vault()?;
            let tables =
                renketsu_workspace::catalogue(permit, store, vault, &at.dir, &acting, now)?;
            Ok((tables, reference::unconfirmed(store, &of)?))
        })
        .await?;
    let frame = Frame::of(&office, &visit, "web-menu-data");
    show(&DataPage {
        tables: views(&frame, tables),
        maker: Maker::offered(&office, &visit, Kind::Catalogue, None),
        waiting: reference::offered(&office, &visit, &on, waiting),
        study,
        frame,
    })
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn little_is_not_nothing_and_nearly_all_is_not_all() {
        assert_eq!(share(0, 10), "0 %");
        assert_eq!(share(1, 1_000_000), "0.1 %");
        assert_eq!(share(999_999, 1_000_000), "99.9 %");
        assert_eq!(share(1, 3), "33.3 %");
        assert_eq!(share(10, 10), "100 %");
        assert_eq!(share(0, 0), "0 %");
        assert_eq!(share(u64::MAX - 1, u64::MAX), "99.9 %");
    }
}
