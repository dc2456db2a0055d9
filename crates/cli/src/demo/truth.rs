//! The link measured against the known truth.
//!
//! The evaluator knows everything: who stands behind every row (`tag`, a number without meaning that the population
//! writes into its tables for this purpose alone), and by which route each patient number was answered.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use renketsu_engine::evaluate::persons_by;
use renketsu_population::{Person, Population, Route, Truth};
use renketsu_producer::Producer;
use renketsu_producer::attach::routes as answered;
use renketsu_workspace::Linked;

use super::STUDY;
use super::script::Script;
use crate::engine::{EngineError, Files};
use crate::failure::Failure;
use crate::session::Session;

/// The best route by which the authority answered each person's rows.
pub(super) type Routes = BTreeMap<Person, Route>;

/// Reads the routes out of the answer and the map, before the map is destroyed.
pub(super) fn routes(
    script: &mut Script<'_, '_>,
    root: &Path,
    population: &Population,
) -> Result<Routes, Failure> {
    let dir = root.join("producer");
    let session = script.session();
    let (keys, trust, mut store) = session.party(&dir)?;
    let producer = Producer {
        dir: &dir,
        keys: &keys,
        trust: &trust,
        store: &mut store,
        now: session.now(),
        today: session.today(),
    };
    let mut routes = Routes::new();
    for (key, status) in answered(&producer, &root.join("answer.rkp"))? {
        let route = match status {
            "number" => Route::Number,
            "number_loose" => Route::NumberLoose,
            "kana" => Route::Kana,
            _ => continue,
        };
        let person = population
            .chart_of_key(&key)
            .and_then(|chart| population.person_of_chart(chart));
        if let Some(person) = person {
            routes
                .entry(person)
                .and_modify(|best| *best = route.min(*best))
                .or_insert(route);
        }
    }
    Ok(routes)
}

/// Whom a person of the producer was linked with in the public database.
#[derive(Default)]
struct Found {
    right: bool,
    wrong: BTreeSet<Person>,
}

/// What a route gave.
#[derive(Default)]
struct Score {
    right: u64,
    wrong: u64,
    explained: u64,
    unlinked: u64,
    reachable: u64,
    reached: u64,
}

const ROUTES: [(Route, &str); 3] = [
    (Route::Number, "status-number"),
    (Route::NumberLoose, "status-number_loose"),
    (Route::Kana, "status-kana"),
];

pub(super) fn measure(
    script: &mut Script<'_, '_>,
    root: &Path,
    population: &Population,
    truth: &Truth,
    routes: &Routes,
) -> Result<(), Failure> {
    let linked = compare(script, &root.join("workspace"), population)?;
    let mut scores: BTreeMap<Route, Score> = ROUTES
        .iter()
        .map(|(route, _)| (*route, Score::default()))
        .collect();
    for person in population.persons() {
        let found = linked.get(&person);
        let right = found.is_some_and(|found| found.right);
        if let Some(best) = truth.reach(person).best() {
            let score = scores.entry(best).or_default();
            score.reachable = score.reachable.saturating_add(1);
            score.reached = score.reached.saturating_add(u64::from(right));
        }
        let Some(route) = routes.get(&person) else {
            continue;
        };
        let score = scores.entry(*route).or_default();
        for other in found.into_iter().flat_map(|found| &found.wrong) {
            let explained = truth.inputs_coincide(person, *other);
            let count = if explained {
                &mut score.explained
            } else {
                &mut score.wrong
            };
            *count = count.saturating_add(1);
        }
        let count = if right {
            &mut score.right
        } else {
            &mut score.unlinked
        };
        *count = count.saturating_add(1);
    }
    print(script, truth, &scores)
}

/// Persons of the producer and of the public database who have one person number.
fn compare(
    script: &mut Script<'_, '_>,
    dir: &Path,
    population: &Population,
) -> Result<BTreeMap<Person, Found>, Failure> {
    let store = Session::state(dir)?;
    let vault = script.session().vault(dir)?;
    let study = renketsu_workspace::linked(&store, &vault, STUDY)?;
    let mut public: BTreeMap<u32, BTreeSet<Person>> = BTreeMap::new();
    for (number, tag) in tags(dir, &study, "ndb")? {
        if let Some(person) = population.person_of_claim_tag(tag) {
            public.entry(number).or_default().insert(person);
        }
    }
    let mut linked: BTreeMap<Person, Found> = BTreeMap::new();
    for (number, tag) in tags(dir, &study, "visits")? {
        let Some(person) = population.person_of_visit_tag(tag) else {
            continue;
        };
        for other in public.get(&number).into_iter().flatten() {
            let entry = linked.entry(person).or_default();
            if *other == person {
                entry.right = true;
            } else {
                entry.wrong.insert(*other);
            }
        }
    }
    Ok(linked)
}

/// Person number and tag of every linked row of a table.
fn tags(dir: &Path, study: &Linked, name: &str) -> Result<Vec<(u32, u32)>, Failure> {
    let files = Files::new(dir, &study.study);
    let Some(table) = study.tables.iter().find(|table| table.name == name) else {
        return Ok(Vec::new());
    };
    let read = || -> Result<Vec<(u32, u32)>, EngineError> {
        let runs = files.runs(table, study.version)?;
        let rows = files.rows(table, study.version)?;
        Ok(match rows {
            Some(rows) => persons_by(&runs, &rows, "tag")?,
            None => Vec::new(),
        })
    };
    Ok(read()?)
}

/// `part` of `whole` in percent with two decimals, rounded down: 100.00 means all of them.
fn percent(part: u64, whole: u64) -> String {
    let Some(hundredths) = part.saturating_mul(10_000).checked_div(whole) else {
        return "–".to_owned();
    };
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}

fn print(
    script: &mut Script<'_, '_>,
    truth: &Truth,
    scores: &BTreeMap<Route, Score>,
) -> Result<(), Failure> {
    script.heading("demo-step-truth")?;
    let session = script.session();
    session.say("demo-reachable", &[])?;
    let counts = truth.counts();
    session.say(
        "demo-truth-persons",
        &[
            ("persons", counts.persons.to_string()),
            ("rows", counts.rows.to_string()),
            ("reachable", counts.reachable().to_string()),
            ("contradicted", counts.only_contradicted.to_string()),
        ],
    )?;
    let mut total = Score::default();
    for (route, name) in ROUTES {
        let Some(score) = scores.get(&route) else {
            continue;
        };
        line(session, &session.messages.text(name), score)?;
        total.right = total.right.saturating_add(score.right);
        total.wrong = total.wrong.saturating_add(score.wrong);
        total.explained = total.explained.saturating_add(score.explained);
        total.unlinked = total.unlinked.saturating_add(score.unlinked);
        total.reachable = total.reachable.saturating_add(score.reachable);
        total.reached = total.reached.saturating_add(score.reached);
    }
    line(session, &session.messages.text("demo-all-routes"), &total)?;
    let plain = counts.plain;
    session.say(
        "demo-plain-hash",
        &[
            ("found", plain.by_either.to_string()),
            ("recall", percent(plain.by_either, counts.reachable())),
            ("number", plain.by_number.to_string()),
            ("kana", plain.by_kana.to_string()),
            ("falsely", plain.falsely.to_string()),
        ],
    )
}

fn line(session: &mut Session<'_>, route: &str, score: &Score) -> Result<(), Failure> {
    session.say(
        "demo-route",
        &[
            ("route", route.to_owned()),
            ("reachable", score.reachable.to_string()),
            ("reached", score.reached.to_string()),
            ("recall", percent(score.reached, score.reachable)),
            ("right", score.right.to_string()),
            ("wrong", score.wrong.to_string()),
            (
                "precision",
                percent(score.right, score.right.saturating_add(score.wrong)),
            ),
            ("explained", score.explained.to_string()),
        ],
    )
}
