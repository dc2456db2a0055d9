//! The data catalogue of a study.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::Response;
use renketsu_access::act;
use renketsu_workspace::{CatalogueColumn, CatalogueTable};

use crate::fault::Fault;
use crate::office::Office;
use crate::page::{Frame, show};
use crate::study;
use crate::visit::SignedIn;

/// As many columns of a table, and codes of a column, as a page shows; the rest is counted.
const COLUMNS: usize = 500;
const CODES: usize = 300;

#[derive(Template)]
#[template(path = "data.html")]
struct DataPage {
    frame: Frame,
    tables: Vec<CatalogueTable>,
}

impl DataPage {
    fn columns<'a>(&self, table: &'a CatalogueTable) -> &'a [CatalogueColumn] {
        table.columns.get(..COLUMNS).unwrap_or(&table.columns)
    }

    fn more(&self, table: &CatalogueTable) -> usize {
        table.columns.len().saturating_sub(COLUMNS)
    }

    fn coded<'a>(&self, table: &'a CatalogueTable) -> Vec<&'a CatalogueColumn> {
        let columns = self.columns(table).iter();
        columns.filter(|column| !column.codes.is_empty()).collect()
    }

    fn codes<'a>(&self, column: &'a CatalogueColumn) -> &'a [(String, String)] {
        column.codes.get(..CODES).unwrap_or(&column.codes)
    }

    fn more_codes(&self, column: &CatalogueColumn) -> usize {
        column.codes.len().saturating_sub(CODES)
    }

    /// The share of rows without a value, in words.
    fn missing(&self, table: &CatalogueTable, column: &CatalogueColumn) -> String {
        match column.missing {
            None => self.frame.t("web-data-missing-unknown"),
            Some(missing) => share(missing, table.rows),
        }
    }
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
    Path(study): Path<String>,
    SignedIn(visit): SignedIn,
) -> Result<Response<Body>, Fault> {
    let on = study::of_address(&office, &visit, &study).await?;
    let permit = visit.permit::<act::CatalogueView>(&office, on).await?;
    let (at, acting, now) = (Arc::clone(&office), visit.acting(), office.now());
    let tables = office
        .with(move |store| {
            let vault = at.vault()?;
            Ok(renketsu_workspace::catalogue(
                permit, store, vault, &at.dir, &acting, now,
            )?)
        })
        .await?;
    show(&DataPage {
        frame: Frame::of(&office, &visit, "web-menu-data"),
        tables,
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
