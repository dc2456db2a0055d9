//! A look at anonymized tables before they are attached.

use renketsu_producer::attach::{self, TableCheck, TableOrder};
use serde::Serialize;

use super::identifying;
use crate::args::Check;
use crate::failure::Failure;
use crate::session::Session;

/// Says which columns look identifying. Needs no keys and writes nothing.
pub(crate) fn check(session: &mut Session<'_>, args: &Check) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Answer {
        tables: Vec<TableCheck>,
    }
    let mut tables = Vec::with_capacity(args.table.len());
    for table in &args.table {
        tables.push(attach::check(&TableOrder {
            name: table.name.clone(),
            path: table.file.clone(),
            key: args.key.clone(),
        })?);
    }
    if args.json.json {
        return session.json("renketsu.check/1", &Answer { tables });
    }
    for table in tables {
        session.say(
            "check-table",
            &[
                ("file", table.file.display().to_string()),
                ("rows", table.rows.to_string()),
                ("columns", table.columns.len().to_string()),
            ],
        )?;
        if !table.left_out.is_empty() {
            session.say("check-left-out", &[("columns", table.left_out.join(", "))])?;
        }
        let found = table
            .identifying
            .iter()
            .map(|found| (found.column.as_str(), found.reason.as_str()));
        if table.identifying.is_empty() {
            session.say("check-clean", &[])?;
        } else {
            let columns = identifying(session.messages, found);
            session.say("check-identifying", &[("columns", columns)])?;
        }
    }
    Ok(())
}
