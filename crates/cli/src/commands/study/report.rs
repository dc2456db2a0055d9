//! The link report in words, and the words of its picture.

use renketsu_engine::picture::Labels;
use renketsu_engine::report::{LinkReport, Pair, TableReport};

use crate::failure::Failure;
use crate::language::{Language, Messages};
use crate::session::Session;

/// Prints the link report as text.
pub(super) fn print(session: &mut Session<'_>, report: &LinkReport) -> Result<(), Failure> {
    report
        .tables
        .iter()
        .try_for_each(|table| statuses(session, table))?;
    for removal in &report.removals {
        let values = [
            ("table", removal.name.clone()),
            ("rows", removal.rows.to_string()),
            ("persons", removal.persons.to_string()),
        ];
        session.say("link-removal", &values)?;
        if removal.nobody > 0 {
            let values = [
                ("table", removal.name.clone()),
                ("rows", removal.nobody.to_string()),
            ];
            session.say("link-removal-nobody", &values)?;
        }
    }
    overlaps(session, report)?;
    for column in &report.consistency {
        session.say(
            "link-consistency",
            &[
                ("column", column.column.to_owned()),
                ("agree", column.agree.to_string()),
                ("disagree", column.disagree.to_string()),
                ("several", column.several.to_string()),
            ],
        )?;
    }
    let changes = &report.changes;
    if changes.merged == 0 && changes.undone_rows == 0 && changes.moved == 0 {
        return Ok(());
    }
    session.say(
        "link-changes",
        &[
            ("appended", changes.appended.to_string()),
            ("merged", changes.merged.to_string()),
            ("undone", changes.undone_rows.to_string()),
            ("moved", changes.moved.to_string()),
        ],
    )
}

/// One table's rows and persons by status.
fn statuses(session: &mut Session<'_>, table: &TableReport) -> Result<(), Failure> {
    session.say(
        "link-table",
        &[
            ("table", table.name.clone()),
            ("kind", table.kind.clone()),
            ("rows", table.rows.to_string()),
            ("persons", table.persons.to_string()),
        ],
    )?;
    for (id, rows, persons) in [
        (
            "link-number",
            table.rows_by.number,
            Some(table.persons_by.number),
        ),
        (
            "link-kana-attached",
            table.rows_by.kana_attached,
            Some(table.persons_by.kana_attached),
        ),
        (
            "link-kana-person",
            table.rows_by.kana_person,
            Some(table.persons_by.kana_person),
        ),
        ("link-no-id", table.unlinked.no_id, None),
        ("link-kana-not-unique", table.unlinked.kana_not_unique, None),
        ("link-kana-ambiguous", table.unlinked.kana_ambiguous, None),
        ("link-removed", table.unlinked.removed, None),
    ] {
        if id == "link-removed" && rows == 0 {
            continue;
        }
        let mut values = vec![
            ("status", session.messages.text(id)),
            ("rows", rows.to_string()),
        ];
        match persons {
            None => session.say("link-status", &values)?,
            Some(persons) => {
                values.push(("persons", persons.to_string()));
                session.say("link-status-persons", &values)?;
            }
        }
    }
    Ok(())
}

/// Columns of the longest bar.
const BAR: u64 = 40;
/// Sets and pairs that are named, as many as the picture has; the rest is counted.
const SETS: usize = 24;
const PAIRS: usize = 45;

/// The overlaps, the exact sets as bars.
fn overlaps(session: &mut Session<'_>, report: &LinkReport) -> Result<(), Failure> {
    pairs(session, &report.overlaps.pairs)?;
    let Some(combinations) = report.overlaps.combinations.as_deref() else {
        return session.say("link-no-combinations", &[]);
    };
    let Some(most) = combinations.iter().map(|set| set.persons).max() else {
        return Ok(());
    };
    session.say("link-combinations", &[])?;
    // The largest come first.
    let (named, rest) = combinations.split_at(combinations.len().min(SETS));
    for set in named {
        // Somebody is never shown as nobody.
        let length = set.persons.saturating_mul(BAR).div_ceil(most.max(1));
        let bar = "█".repeat(usize::try_from(length).unwrap_or(0));
        session.print(&format!(
            "  {:>9}  {bar} {}",
            set.persons,
            set.tables.join(" + ")
        ))?;
    }
    if rest.is_empty() {
        return Ok(());
    }
    let persons = rest
        .iter()
        .map(|set| set.persons)
        .fold(0, u64::saturating_add);
    session.say(
        "link-rest",
        &[
            ("sets", rest.len().to_string()),
            ("persons", persons.to_string()),
        ],
    )
}

/// The pairs in the order of the tables; where they are many, the largest.
fn pairs(session: &mut Session<'_>, pairs: &[Pair]) -> Result<(), Failure> {
    let mut named: Vec<&Pair> = pairs.iter().collect();
    if named.len() > PAIRS {
        named.sort_by_key(|pair| std::cmp::Reverse(pair.persons));
        named.truncate(PAIRS);
    }
    for pair in &named {
        let [one, other] = pair.tables.clone();
        session.say(
            "link-pair",
            &[
                ("one", one),
                ("other", other),
                ("persons", pair.persons.to_string()),
            ],
        )?;
    }
    let rest = pairs.len().saturating_sub(named.len());
    if rest == 0 {
        return Ok(());
    }
    session.say("link-rest-pairs", &[("pairs", rest.to_string())])
}

/// The words of the picture.
pub(super) fn labels(messages: &Messages, study: &str, version: u64) -> Labels {
    Labels {
        lang: match messages.language() {
            Language::En => "en".to_owned(),
            Language::Ja => "ja".to_owned(),
        },
        title: messages.with(
            "picture-title",
            &[
                ("study", study.to_owned()),
                ("version", version.to_string()),
            ],
        ),
        description: messages.text("picture-description"),
        rows: messages.text("picture-rows"),
        table: messages.text("picture-table"),
        number: messages.text("picture-number"),
        kana_attached: messages.text("picture-kana-attached"),
        kana_person: messages.text("picture-kana-person"),
        unlinked: messages.text("picture-unlinked"),
        persons: messages.text("picture-persons"),
        combinations: messages.text("picture-combinations"),
        pairs: messages.text("picture-pairs"),
        rest: messages.text("picture-rest"),
        rest_pairs: messages.text("picture-rest-pairs"),
    }
}
