//! Rows read and changed, each with its statement.

use rusqlite::{OptionalExtension as _, Params, Row};

use crate::{Store, StoreError, Txn};

impl Store {
    /// Every row of a statement, as `map` reads it.
    pub(crate) fn all_rows<T>(
        &self,
        sql: &str,
        values: impl Params,
        map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut all| all.query_map(values, map)?.collect())
            .map_err(|error| self.classify(error))
    }

    /// The row of a statement, if there is one.
    pub(crate) fn one_row<T>(
        &self,
        sql: &str,
        values: impl Params,
        map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut found| found.query_row(values, map).optional())
            .map_err(|error| self.classify(error))
    }
}

impl Txn<'_> {
    /// Whether exactly one row was added or changed.
    fn is_one(&self, sql: &str, values: impl Params) -> Result<bool, StoreError> {
        self.inner
            .prepare_cached(sql)
            .and_then(|mut change| change.execute(values))
            .map(|changed| changed == 1)
            .map_err(|error| self.classify(error))
    }

    /// Changes one row that is there.
    pub(crate) fn must_change(
        &self,
        sql: &str,
        values: impl Params,
        what: &'static str,
        name: &str,
    ) -> Result<(), StoreError> {
        if self.is_one(sql, values)? {
            return Ok(());
        }
        Err(StoreError::Missing {
            what,
            name: name.to_owned(),
        })
    }

    /// Adds one row that isn't there.
    pub(crate) fn must_add(
        &self,
        sql: &str,
        values: impl Params,
        what: &'static str,
        name: &str,
    ) -> Result<(), StoreError> {
        if self.is_one(sql, values)? {
            return Ok(());
        }
        Err(StoreError::Exists {
            what,
            name: name.to_owned(),
        })
    }
}
