//! Questions and their answers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use arrow::array::Array as _;
use renketsu_engine::person::{PersonFiles, PersonTable};
use renketsu_engine::query::{
    Operators, QueryError, QueryOptions, QueryResult, ReferenceTable, check, query,
};
use renketsu_table::parquet::ParquetSource;

use crate::study::{OPTIONS, PERSONS, anon, by_person, ndb, study};

fn ask(sql: &str) -> QueryResult {
    query(sql, &study().tables, OPTIONS)
        .unwrap_or_else(|error| panic!("{sql}: {error} {:?}", error.details()))
}

fn refuse(sql: &str) -> QueryError {
    query(sql, &study().tables, OPTIONS).unwrap_err()
}

fn numbers(sql: &str) -> Vec<Vec<i64>> {
    let cells = ask(sql).cells().unwrap();
    cells
        .into_iter()
        .map(|row| {
            row.into_iter()
                .map(|c| c.unwrap().parse().unwrap())
                .collect()
        })
        .collect()
}

fn rows(map: BTreeMap<Vec<u64>, Vec<u64>>) -> Vec<Vec<i64>> {
    map.into_iter()
        .map(|(k, v)| {
            k.into_iter()
                .chain(v)
                .map(|n| i64::try_from(n).unwrap())
                .collect()
        })
        .collect()
}

// The six questions of shared/bench/queries.py, with {id} = person.
pub(crate) const OVERLAP: &str = "select count(*) as persons from (select distinct person from anon) a join (select distinct person from ndb) n on a.person = n.person";
pub(crate) const PROFILE: &str = "select a.sex, a.age_band, count(*) as rows, sum(n.points) as points from anon a join ndb n on a.person = n.person group by a.sex, a.age_band order by 1, 2";
pub(crate) const COHORT: &str = "select n.month, count(distinct n.person) as persons from ndb n join (select distinct person from anon where dx between 100 and 149) c on c.person = n.person where n.drug between 1000 and 1999 group by n.month order by 1";
pub(crate) const BURDEN: &str = "select least(cast(floor(points / 100000.0) as bigint), 20) as bin, count(*) as persons from (select n.person, sum(n.points) as points from ndb n join (select distinct person from anon) a on a.person = n.person group by n.person) t group by 1 order by 1";
pub(crate) const MISSING: &str = "select count(*) as persons from (select distinct person from anon where person is not null) a where not exists (select 1 from ndb n where n.person = a.person)";
pub(crate) const ONSET: &str = "select b.month - a.month as lag, count(*) as persons from (select person, min(month) as month from anon where dx < 50 group by person) a join (select person, min(month) as month from ndb where drug < 500 group by person) b on a.person = b.person where b.month >= a.month group by 1 order by 1";
pub(crate) const BENCH: [&str; 6] = [OVERLAP, PROFILE, COHORT, BURDEN, MISSING, ONSET];

#[test]
fn the_overlap_question_is_answered_as_by_hand() {
    let (a, n) = (
        by_person(&anon(), |r| r.person),
        by_person(&ndb(), |r| r.person),
    );
    let both = a.keys().filter(|person| n.contains_key(person)).count();
    assert_eq!(numbers(OVERLAP), [[i64::try_from(both).unwrap()]]);
}

#[test]
fn the_profile_question_is_answered_as_by_hand() {
    let claims = by_person(&ndb(), |r| r.person);
    let mut groups: BTreeMap<Vec<u64>, Vec<u64>> = BTreeMap::new();
    for a in anon() {
        for n in a.person.and_then(|p| claims.get(&p)).into_iter().flatten() {
            let sums = groups
                .entry(vec![a.sex, a.age_band])
                .or_insert_with(|| vec![0, 0]);
            sums[0] += 1;
            sums[1] += n.points;
        }
    }
    assert_eq!(numbers(PROFILE), rows(groups));
}

#[test]
fn the_cohort_question_is_answered_as_by_hand() {
    let cohort: BTreeSet<u64> = anon()
        .iter()
        .filter(|r| (100..150).contains(&r.dx))
        .filter_map(|r| r.person)
        .collect();
    let mut months: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    for n in ndb().iter().filter(|n| (1000..2000).contains(&n.drug)) {
        if let Some(person) = n.person.filter(|p| cohort.contains(p)) {
            months.entry(n.month).or_default().insert(person);
        }
    }
    let expected = months
        .into_iter()
        .map(|(m, p)| (vec![m], vec![p.len() as u64]))
        .collect();
    assert_eq!(numbers(COHORT), rows(expected));
}

#[test]
fn the_burden_question_is_answered_as_by_hand() {
    let hospital = by_person(&anon(), |r| r.person);
    let mut bins: BTreeMap<Vec<u64>, Vec<u64>> = BTreeMap::new();
    for (person, claims) in by_person(&ndb(), |r| r.person) {
        if hospital.contains_key(&person) {
            let points: u64 = claims.iter().map(|n| n.points).sum();
            bins.entry(vec![(points / 100_000).min(20)])
                .or_insert_with(|| vec![0])[0] += 1;
        }
    }
    assert!(bins.len() > 3);
    assert_eq!(numbers(BURDEN), rows(bins));
}

#[test]
fn the_missing_question_is_answered_as_by_hand() {
    let claims = by_person(&ndb(), |r| r.person);
    let missing = by_person(&anon(), |r| r.person)
        .into_keys()
        .filter(|p| !claims.contains_key(p))
        .count();
    assert_eq!(numbers(MISSING), [[i64::try_from(missing).unwrap()]]);
}

#[test]
fn the_onset_question_is_answered_as_by_hand() {
    let first = |months: Vec<(u64, u64)>| {
        let mut first: BTreeMap<u64, u64> = BTreeMap::new();
        for (person, month) in months {
            first
                .entry(person)
                .and_modify(|m| *m = month.min(*m))
                .or_insert(month);
        }
        first
    };
    let a = first(
        anon()
            .iter()
            .filter(|r| r.dx < 50)
            .filter_map(|r| Some((r.person?, r.month)))
            .collect(),
    );
    let b = first(
        ndb()
            .iter()
            .filter(|r| r.drug < 500)
            .filter_map(|r| Some((r.person?, r.month)))
            .collect(),
    );
    let mut lags: BTreeMap<Vec<u64>, Vec<u64>> = BTreeMap::new();
    for (person, a) in a {
        if let Some(lag) = b.get(&person).and_then(|b| b.checked_sub(a)) {
            lags.entry(vec![lag]).or_insert_with(|| vec![0])[0] += 1;
        }
    }
    assert!(lags.len() > 3);
    assert_eq!(numbers(ONSET), rows(lags));
}

#[test]
fn one_worker_answers_as_two_do() {
    for sql in BENCH {
        let one = query(
            sql,
            &study().tables,
            QueryOptions {
                threads: 1,
                ..OPTIONS
            },
        )
        .unwrap();
        assert_eq!(one.cells().unwrap(), ask(sql).cells().unwrap());
    }
}

#[test]
fn rows_without_an_id_are_not_in_the_table() {
    let linked = anon().iter().filter(|r| r.person.is_some()).count();
    assert!(linked < anon().len());
    assert_eq!(
        numbers("select count(*) from anon"),
        [[i64::try_from(linked).unwrap()]]
    );
}

#[test]
fn persons_are_numbered_from_nought_without_gaps() {
    let report = &study().report;
    assert_eq!(
        numbers(
            "select count(distinct person) from (select person from anon union all select person from ndb)"
        ),
        [[i64::try_from(report.persons).unwrap()]]
    );
    assert!(report.persons <= PERSONS);
}

#[test]
fn reference_tables_meet_rows_on_any_column() {
    let expected: u64 = ndb()
        .iter()
        .filter(|n| n.person.is_some())
        .map(|n| n.drug % 77)
        .sum();
    let sql = "select sum(d.price) from ndb n join drugs d on n.drug = d.code";
    assert_eq!(numbers(sql), [[i64::try_from(expected).unwrap()]]);
}

#[test]
fn subqueries_about_the_same_person_are_answered_as_by_hand() {
    let claims = by_person(&ndb(), |r| r.person);
    let hospital = by_person(&anon(), |r| r.person);
    let often = hospital
        .keys()
        .filter(|p| claims.get(p).is_some_and(|c| c.len() > 15))
        .count();
    let sql = "select count(distinct a.person) from anon a where (select count(*) from ndb n where n.person = a.person) > 15";
    assert_eq!(numbers(sql), [[i64::try_from(often).unwrap()]]);
    let later = anon()
        .iter()
        .filter(|a| {
            a.person
                .and_then(|p| claims.get(&p))
                .is_some_and(|c| c.iter().any(|n| n.month > a.month + 40))
        })
        .count();
    let sql = "select count(*) from anon a where exists (select 1 from ndb n where n.person = a.person and n.month > a.month + 40)";
    assert_eq!(numbers(sql), [[i64::try_from(later).unwrap()]]);
    let inside = anon()
        .iter()
        .filter(|a| {
            a.person.is_some_and(|p| {
                claims
                    .get(&p)
                    .is_some_and(|c| c.iter().any(|n| n.drug < 100))
            })
        })
        .count();
    let sql = "select count(*) from anon where person in (select person from ndb where drug < 100)";
    assert_eq!(numbers(sql), [[i64::try_from(inside).unwrap()]]);
}

#[test]
fn an_answer_is_the_same_in_csv_json_and_parquet() {
    let result = ask(
        "select sex, count(*) as n, avg(value) as mean, max(month) as last, cast(null as bigint) as nothing, 'a,\"b' as text from anon group by sex order by sex",
    );
    let mut csv = Vec::new();
    result.csv(&mut csv).unwrap();
    let csv = String::from_utf8(csv).unwrap();
    assert!(csv.starts_with("sex,n,mean,last,nothing,text\n1,"));
    assert!(
        csv.lines()
            .all(|line| line.ends_with(",,\"a,\"\"b\"") || line.starts_with("sex"))
    );
    let mut json = Vec::new();
    result.json(&mut json, 10).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["schema"], "renketsu.query/1");
    assert_eq!(
        json["columns"][1],
        serde_json::json!({ "name": "n", "type": "integer" })
    );
    assert_eq!(json["columns"][2]["type"], "number");
    assert_eq!(json["threshold"], 10);
    assert_eq!(json["small"], serde_json::json!(result.small(10)));
    assert_eq!(json["rows"].as_array().unwrap().len() as u64, result.rows());
    assert_eq!(json["rows"][0][0], 1);
    assert!(json["rows"][0][4].is_null());
    let mut parquet = Vec::new();
    result.parquet(&mut parquet).unwrap();
    let length = parquet.len() as u64;
    let source = ParquetSource::open("answer", std::io::Cursor::new(parquet), length).unwrap();
    assert_eq!(source.rows(), result.rows());
    let batch = source.batches(None, 100).unwrap().next().unwrap().unwrap();
    let text = arrow::util::display::array_value_to_string(batch.column(2), 0).unwrap();
    assert_eq!(text, json["rows"][0][2].to_string());
    assert_eq!(batch.column(4).null_count(), batch.num_rows());
}

#[test]
fn an_empty_answer_still_has_its_columns() {
    let result = ask("select dx, count(*) as n from anon where dx > 100000 group by dx");
    let (mut csv, mut json, mut parquet) = (Vec::new(), Vec::new(), Vec::new());
    result.csv(&mut csv).unwrap();
    result.json(&mut json, 10).unwrap();
    result.parquet(&mut parquet).unwrap();
    assert_eq!(csv, b"dx,n\n");
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["rows"], serde_json::json!([]));
    assert!(parquet.starts_with(b"PAR1"));
}

#[test]
fn mistakes_are_named_by_place_and_name_and_quote_nothing() {
    for (sql, code, details) in [
        (
            "select count(* from anon",
            "engine.sql.syntax",
            vec![("line", "1"), ("column", "16")],
        ),
        ("select 'open from anon", "engine.sql.syntax", vec![]),
        (
            "select count(*) from nowhere",
            "engine.sql.table",
            vec![("table", "nowhere")],
        ),
        (
            "select count(weight) from anon",
            "engine.sql.column",
            vec![("column", "weight")],
        ),
        (
            "select count(a.weight) from anon a",
            "engine.sql.column",
            vec![("column", "a.weight")],
        ),
        (
            "select count(*) from anon a join ndb n on a.person = n.person where month > 3",
            "engine.sql.ambiguous",
            vec![("column", "month")],
        ),
        (
            "select twice(value) from anon",
            "engine.sql.function",
            vec![("function", "twice")],
        ),
        (
            "select * from generate_series(1, 3)",
            "engine.sql.function",
            vec![("function", "generate_series")],
        ),
        (
            "select sex, count(*) from anon",
            "engine.sql.invalid",
            vec![("reason", "grouping")],
        ),
        (
            "select sum(note) from anon",
            "engine.sql.invalid",
            vec![("reason", "arguments")],
        ),
        ("", "engine.sql.statements", vec![("count", "0")]),
        (
            "select count(*) from anon; select count(*) from ndb",
            "engine.sql.statements",
            vec![("count", "2")],
        ),
        (
            "select sum(cast(note as int)) from anon",
            "engine.query.value",
            vec![],
        ),
        (
            "select sum(1 / (value - value)) from anon",
            "engine.query.value",
            vec![],
        ),
    ] {
        let error = refuse(sql);
        assert_eq!(error.code(), code, "{sql}: {error:?}");
        let found = error.details();
        for (name, value) in details {
            assert!(
                found.contains(&(name, value.to_owned())),
                "{sql}: {found:?}"
            );
        }
        let shown = format!("{error} {error:?} {found:?}");
        assert!(!shown.contains("text "), "a cell is quoted: {shown}");
    }
}

#[test]
fn a_long_or_deep_statement_is_refused_before_it_can_bring_the_program_down() {
    let long = format!(
        "select count(*) from anon where dx = 1{}",
        " ".repeat(40_000)
    );
    assert_eq!(refuse(&long).code(), "engine.sql.length");
    let nested = format!("select {}1{}", "(".repeat(10_000), ")".repeat(10_000));
    assert_eq!(refuse(&nested).code(), "engine.sql.invalid");
    for piece in ["+1", " or 1=1", " is null", "::int", " union all select 1"] {
        let deep = format!("select 1{}", piece.repeat(1_400));
        assert_eq!(refuse(&deep).code(), "engine.sql.complex", "{piece}");
    }
    let sum = format!("select count(*) {} from anon", "+1".repeat(200));
    assert_eq!(ask(&sum).rows(), 1);
    let list: Vec<String> = (0..5_000).map(|code| code.to_string()).collect();
    let long_list = format!("select count(*) from anon where dx in ({})", list.join(","));
    assert_eq!(ask(&long_list).rows(), 1);
}

#[test]
fn a_statement_as_deep_as_is_allowed_is_planned() {
    let sum = format!("select count(*) {} from anon", "+1".repeat(990));
    check(&sum, &study().tables, OPTIONS).unwrap();
    let not = format!(
        "select count(*) from anon where {} sex = 1",
        "not ".repeat(45)
    );
    check(&not, &study().tables, OPTIONS).unwrap();
    let unions = format!(
        "select count(*) from anon{}",
        " union all select count(*) from anon".repeat(63)
    );
    check(&unions, &study().tables, OPTIONS).unwrap();
    let tables: Vec<String> = (0..64).map(|n| format!("drugs d{n}")).collect();
    check(
        &format!("select count(*) from {}", tables.join(",")),
        &study().tables,
        OPTIONS,
    )
    .unwrap();
}

#[test]
fn a_question_that_needs_too_much_memory_ends_with_the_limit_it_had() {
    let little = QueryOptions {
        threads: 1,
        memory: 100 << 10,
        ..OPTIONS
    };
    let sql =
        "select count(*) from (select drug, points, count(*) c from ndb group by drug, points) t";
    let error = query(sql, &study().tables, little).unwrap_err();
    assert_eq!(error.code(), "engine.query.memory");
    assert_eq!(error.details(), [("limit", (100 << 10).to_string())]);
    assert_eq!(error.exit(), 3);
}

#[test]
fn a_question_over_its_memory_is_refused_and_writes_nothing() {
    let little = QueryOptions {
        threads: 2,
        memory: 100 << 10,
        ..OPTIONS
    };
    // Anything of DataFusion's in the directory for temporary files, which other tests use too.
    let temporary = || -> Vec<std::ffi::OsString> {
        let entries = fs::read_dir(std::env::temp_dir()).unwrap().flatten();
        let names = entries.map(|entry| entry.file_name());
        names
            .filter(|name| name.to_string_lossy().contains("datafusion"))
            .collect()
    };
    let root = study().place.shelf.root();
    let lies = || fs::read_dir(root).unwrap().count();
    let before = (temporary(), lies());
    for sql in [
        "select count(*) from (select drug, points, count(*) c from ndb group by drug, points) t",
        "select drug, points, count(*) from ndb group by drug, points order by 3, 2, 1",
        "select n.label, count(*) from (select label, code from drugs) n join drugs d on n.label = d.label group by n.label",
        "select median(points), count(distinct points) from ndb",
        "select points, count(*) from (select person, points, count(*) c from ndb group by person, points) t group by points",
    ] {
        for operators in [Operators::Person, Operators::Stock] {
            let options = QueryOptions {
                operators,
                ..little
            };
            let error = query(sql, &study().tables, options).unwrap_err();
            assert_eq!(error.code(), "engine.query.memory", "{sql} {operators:?}");
        }
    }
    assert_eq!((temporary(), lies()), before);
}

#[test]
fn a_table_that_is_missing_or_damaged_is_not_opened() {
    let study = study();
    let files = &study.files[0];
    // Files of one table in the place of others of it.
    let (runs, rows) = (files.runs.clone(), files.rows.clone().unwrap());
    for wrong in [
        PersonFiles {
            runs: rows.clone(),
            ..files.clone()
        },
        PersonFiles {
            persons: runs.clone(),
            ..files.clone()
        },
        PersonFiles {
            runs: files.persons.clone(),
            ..files.clone()
        },
        PersonFiles {
            rows: Some(files.persons.clone()),
            ..files.clone()
        },
        // The runs of a longer table name rows that aren't there.
        PersonFiles {
            runs: study.files[1].runs.clone(),
            ..files.clone()
        },
    ] {
        PersonTable::open("anon", &wrong).unwrap_err();
    }
    assert!(ReferenceTable::open("anon", &files.persons).is_err());
}

/// A file that comes apart while it is asked is an error with the table's name or none, and no answer.
#[test]
fn a_table_that_changes_after_it_was_opened_ends_the_question() {
    let place = crate::study::Place::new();
    let mut csv = String::from("number_id,x\n");
    for n in 0..5000 {
        csv += &format!("{},{n}\n", crate::study::id(n % 100));
    }
    let imported = place.import_csv("t", &csv, Some(&crate::study::by_number()));
    let table = place.table("t", "ndb", &imported.files);
    let done = place.link(&[table], None, "link").unwrap();
    let tables = renketsu_engine::query::Tables {
        persons: vec![place.person_table("t", &imported, &done)],
        references: Vec::new(),
    };
    let rows = place.at("t/rows.parquet");
    let bytes = fs::read(&rows).unwrap();
    let mut damaged = bytes.clone();
    damaged[bytes.len() / 3] ^= 1;
    for content in [Some(damaged), Some(bytes[..100].to_vec()), None] {
        match content {
            Some(bytes) => fs::write(&rows, bytes).unwrap(),
            None => fs::remove_file(&rows).unwrap(),
        }
        for threads in [1, 4] {
            let options = QueryOptions { threads, ..OPTIONS };
            let error = query("select sum(x) from t", &tables, options).unwrap_err();
            assert_eq!((error.code(), error.exit()), ("engine.query.table", 3));
        }
        // What the bitmap and the runs know needs no row.
        let count = query("select count(distinct person) from t", &tables, OPTIONS).unwrap();
        assert_eq!(count.cells().unwrap(), [[Some("100".to_owned())]]);
    }
}

/// A row of nobody isn't in the table, so that no value of it can end a question either.
#[test]
fn conditions_are_not_asked_of_rows_that_are_nobodys() {
    let place = crate::study::Place::new();
    let mut kana: Vec<String> = (0..20).map(crate::study::id).collect();
    kana.sort();
    let mut csv = String::from("number_id,kana_id,kana_unique,word\n");
    for (n, kana) in kana.iter().enumerate() {
        // Row 10 doesn't say that its kana ID is one person's: it stays where it is, between the others, unlinked.
        csv += &match n {
            10 => format!(",{kana},,no number\n"),
            n => format!(",{kana},true,{n}\n"),
        };
    }
    let ids = renketsu_engine::import::IdColumns::default();
    let imported = place.import_csv("t", &csv, Some(&ids));
    let link = [place.table("t", "ndb", &imported.files)];
    let done = place.link(&link, None, "link").unwrap();
    let tables = renketsu_engine::query::Tables {
        persons: vec![place.person_table("t", &imported, &done)],
        references: Vec::new(),
    };
    let sql = "select count(*) from t where cast(word as int) >= 15";
    let answer = query(sql, &tables, OPTIONS).unwrap();
    assert_eq!(answer.cells().unwrap(), [[Some("5".to_owned())]]);
}

#[test]
fn an_argument_of_a_wrong_type_is_the_statements_fault_wherever_it_stands() {
    let wrong = "substr(make_date(2024, 1, d.code), 1, 7)";
    for sql in [
        format!("select count(*) from anon a join drugs d on a.note = {wrong}"),
        format!("select count(*) from drugs d where d.label = {wrong}"),
        format!("select {wrong}, count(*) from drugs d group by 1"),
    ] {
        let refused = refuse(&sql);
        assert_eq!(refused.code(), "engine.sql.invalid", "{sql}");
        assert_eq!(refused.details()[0].1, "arguments", "{sql}");
    }
}
