//! Rows of a state as bytes, and sums of what a key makes of them.

use std::fmt::Write as _;

use data_encoding::HEXLOWER;
use renketsu_seal::ProofKey;
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::EXEMPT;
use crate::column::parts;

/// The SQL function of one row: its table, its row id, then name and value of every column.
const FUNCTION: &str = "renketsu_row";
/// Where a connection notes what a change did: undone by SQLite with the statement or the transaction that did it.
pub(super) const MOVED: &str = "renketsu_moved";

/// A sum of MACs modulo 2^256; an empty table has none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum([u64; 4]);

impl Sum {
    fn limbs(mac: &[u8]) -> rusqlite::Result<[u64; 4]> {
        let mut limbs = [0; 4];
        let (chunks, rest) = mac.as_chunks::<8>();
        if chunks.len() != limbs.len() || !rest.is_empty() {
            return Err(rusqlite::Error::InvalidQuery);
        }
        for (limb, chunk) in limbs.iter_mut().zip(chunks) {
            *limb = u64::from_le_bytes(*chunk);
        }
        Ok(limbs)
    }

    /// Adds the MAC of a row that came.
    pub(super) fn add(&mut self, mac: &[u8]) -> rusqlite::Result<()> {
        let mut carry = false;
        for (to, from) in self.0.iter_mut().zip(Self::limbs(mac)?) {
            let (sum, over) = to.overflowing_add(from);
            let (sum, again) = sum.overflowing_add(u64::from(carry));
            *to = sum;
            carry = over || again;
        }
        Ok(())
    }

    /// Takes away the MAC of a row that went.
    pub(super) fn take(&mut self, mac: &[u8]) -> rusqlite::Result<()> {
        let mut borrow = false;
        for (to, from) in self.0.iter_mut().zip(Self::limbs(mac)?) {
            let (rest, under) = to.overflowing_sub(from);
            let (rest, again) = rest.overflowing_sub(u64::from(borrow));
            *to = rest;
            borrow = under || again;
        }
        Ok(())
    }

    pub(super) fn is_zero(self) -> bool {
        self == Self::default()
    }
}

impl Serialize for Sum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.0.iter().flat_map(|limb| limb.to_le_bytes()).collect();
        serializer.serialize_str(&HEXLOWER.encode(&bytes))
    }
}

impl<'de> Deserialize<'de> for Sum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        HEXLOWER
            .decode(text.as_bytes())
            .ok()
            .and_then(|bytes| Self::limbs(&bytes).ok())
            .map(Self)
            .ok_or_else(|| D::Error::custom("not a sum"))
    }
}

/// The tables whose rows a proof sums up: all that the schema has but the exempt.
pub(super) fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let names = connection
        .prepare(
            "SELECT name FROM main.sqlite_schema
             WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
        )?
        .query_map([], |row| row.get::<_, String>(0))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(names
        .into_iter()
        .filter(|name| EXEMPT.iter().all(|(exempt, _)| exempt != name))
        .collect())
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare("SELECT name FROM main.pragma_table_xinfo(?1) ORDER BY cid")?
        .query_map([table], |row| row.get(0))?
        .collect()
}

/// The call of [`FUNCTION`] for the row that `of` names. Names come from our own schema; quoted all the same.
fn call(table: &str, columns: &[String], of: &str) -> String {
    let literal = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let mut call = format!("{FUNCTION}({}, {of}rowid", literal(table));
    for column in columns {
        let _infallible = write!(
            call,
            ", {}, {of}\"{}\"",
            literal(column),
            column.replace('"', "\"\"")
        );
    }
    call.push(')');
    call
}

/// The sum over all rows of a table as they stand.
pub(super) fn sum(connection: &Connection, table: &str) -> rusqlite::Result<Sum> {
    let call = call(table, &columns(connection, table)?, "");
    let quoted = table.replace('"', "\"\"");
    let mut statement = connection.prepare(&format!("SELECT {call} FROM main.\"{quoted}\""))?;
    let mut rows = statement.query([])?;
    let mut sum = Sum::default();
    while let Some(row) = rows.next()? {
        sum.add(row.get_ref(0)?.as_blob()?)?;
    }
    Ok(sum)
}

/// Lets this connection make MACs of rows, and note every row that comes or goes. What it makes is temporary: nothing of
/// it is in the state.
pub(super) fn install(connection: &Connection, key: &ProofKey) -> rusqlite::Result<()> {
    let key = key.clone();
    connection.create_scalar_function(
        FUNCTION,
        -1,
        FunctionFlags::SQLITE_UTF8
            | FunctionFlags::SQLITE_DETERMINISTIC
            | FunctionFlags::SQLITE_INNOCUOUS,
        move |context| Ok(key.row(&encoded(context)?)),
    )?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // A row that another replaces goes too.
    connection.pragma_update(None, "recursive_triggers", "ON")?;
    connection.execute_batch(&format!(
        "CREATE TEMP TABLE {MOVED} (name TEXT NOT NULL, came INTEGER NOT NULL, mac BLOB NOT NULL) STRICT"
    ))?;
    for table in tables(connection)? {
        let columns = columns(connection, &table)?;
        let quoted = table.replace('"', "\"\"");
        let literal = table.replace('\'', "''");
        let note = |came: bool| {
            let of = if came { "new." } else { "old." };
            let call = call(&table, &columns, of);
            format!(
                "INSERT INTO {MOVED} VALUES ('{literal}', {}, {call});",
                u8::from(came)
            )
        };
        for (event, notes) in [
            ("INSERT", note(true)),
            ("DELETE", note(false)),
            ("UPDATE", note(false) + &note(true)),
        ] {
            connection.execute_batch(&format!(
                "CREATE TEMP TRIGGER \"renketsu_{event}_{quoted}\" AFTER {event} ON main.\"{quoted}\" BEGIN {notes} END"
            ))?;
        }
    }
    Ok(())
}

/// Every part with its length. A column without a value isn't there, so that one a migration adds changes no row.
fn encoded(context: &Context<'_>) -> rusqlite::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(256);
    let mut part = |part: &[u8]| {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    };
    let arguments = context.len();
    if arguments < 2 || !arguments.is_multiple_of(2) {
        return Err(rusqlite::Error::InvalidQuery);
    }
    parts(context.get_raw(0), &mut part);
    parts(context.get_raw(1), &mut part);
    for name in (2..arguments).step_by(2) {
        let value = context.get_raw(name.saturating_add(1));
        if value != ValueRef::Null {
            part(context.get_raw(name).as_bytes()?);
            parts(value, &mut part);
        }
    }
    Ok(bytes)
}
