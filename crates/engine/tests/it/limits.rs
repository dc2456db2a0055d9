//! Statements whose planning or whose rows would have no end, and functions at the edges of their arguments.

use std::time::{Duration, Instant};

use renketsu_engine::query::{check, query};

use crate::study::{OPTIONS, study};

fn refused(sql: &str) -> String {
    let began = Instant::now();
    let error = check(sql, &study().tables, OPTIONS).unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(20), "{:.60}", sql);
    error.code().to_owned()
}

fn repeated(count: usize, between: &str, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect::<Vec<_>>().join(between)
}

/// `levels` tables of WITH, each made from the one before, and a count of the last.
fn chain(first: &str, levels: usize, next: impl Fn(usize) -> String) -> String {
    let levels = repeated(levels, ", ", |n| format!("a{} as ({})", n + 1, next(n)));
    format!("with a0 as ({first}), {levels}")
}

#[test]
fn tables_and_groupings_have_a_limit_however_they_are_written() {
    let list = |count, item: &str| {
        format!(
            "select count(*) from {}",
            repeated(count, ", ", |n| format!("{item} v{n}"))
        )
    };
    let twice = |n: usize| format!("select p.x from a{n} p, a{n} q");
    let both = |n: usize| format!("select x from a{n} union all select x from a{n}");
    let columns = repeated(12, ", ", |n| format!("value + {n}"));
    for sql in [
        list(3000, "ndb"),
        list(1500, "(values(1))"),
        list(65, "drugs"),
        chain("select 1 x", 29, twice) + " select count(*) from a29",
        chain("select month x from ndb", 24, both) + " select count(*) from a24",
        format!(
            "select count(*) from ndb v0 {}",
            repeated(120, " ", |n| format!(
                "join ndb v{0} on v{0}.person = v0.person",
                n + 1
            ))
        ),
        format!("select count(*) from anon group by cube({columns})"),
        format!(
            "select count(*) from anon group by {}",
            repeated(6, ", ", |_| "cube(sex, dx)".to_owned())
        ),
        format!(
            "select count(*) from anon where value > (select count(*) from anon group by rollup({}))",
            repeated(64, ", ", |_| "dx".to_owned())
        ),
    ] {
        assert_eq!(refused(&sql), "engine.sql.large", "{sql:.60}");
    }
}

#[test]
fn as_many_tables_as_are_allowed_are_planned_in_time() {
    let joins = repeated(63, " ", |n| {
        format!("join ndb v{0} on v{0}.person = v0.person", n + 1)
    });
    let began = Instant::now();
    check(
        &format!("select count(*) from ndb v0 {joins}"),
        &study().tables,
        OPTIONS,
    )
    .unwrap();
    let twice = |n: usize| format!("select x from a{n} union all select x from a{n}");
    let chain = chain("select month x from ndb", 6, twice) + " select count(*) from a6";
    check(&chain, &study().tables, OPTIONS).unwrap();
    assert!(
        began.elapsed() < Duration::from_secs(30),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn a_column_may_not_grow_without_end() {
    let doubled = |n: usize| format!("select person, x + x as x from a{n}");
    let first = "select person, value as x from anon";
    let sums = chain(first, 30, doubled);
    assert_eq!(
        refused(&format!("{sums} select count(*) from a30 where x > 0")),
        "engine.guard.expression"
    );
    let texts = |by: &str| {
        let by = by.to_owned();
        chain("select note as x from anon", 10, move |n| {
            format!("select {by} as x from a{n}")
        }) + " select max(length(x)) from a10"
    };
    for by in [
        "concat(x, x)",
        "concat_ws(x, x, x)",
        "x || x",
        "replace(x, '', 'ab')",
        "replace(x, 'a', x)",
        "replace(x, 'a', 'aa')",
    ] {
        assert_eq!(refused(&texts(by)), "engine.guard.function", "{by}");
    }
    for by in [
        "upper(x)",
        "replace(x, '-', '')",
        "replace(x, 'ab', 'cd')",
        "substr(x, 2)",
    ] {
        check(&texts(by), &study().tables, OPTIONS).unwrap();
    }
    check(
        "select max(length(concat(note, '-', dx, '-', note))) from anon",
        &study().tables,
        OPTIONS,
    )
    .unwrap();
}
