//! Statements whose planning or whose rows would have no end, and functions at the edges of their arguments.

use renketsu_engine::query::{Operators, QueryOptions, check, query};

use crate::study::{OPTIONS, study};

fn refused(sql: &str) -> String {
    let error = check(sql, &study().tables, OPTIONS).unwrap_err();
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
fn as_many_tables_as_are_allowed_are_planned() {
    let joins = repeated(63, " ", |n| {
        format!("join ndb v{0} on v{0}.person = v0.person", n + 1)
    });
    check(
        &format!("select count(*) from ndb v0 {joins}"),
        &study().tables,
        OPTIONS,
    )
    .unwrap();
    let twice = |n: usize| format!("select x from a{n} union all select x from a{n}");
    let chain = chain("select month x from ndb", 6, twice) + " select count(*) from a6";
    check(&chain, &study().tables, OPTIONS).unwrap();
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

#[test]
fn no_function_panics_at_the_edges_of_its_arguments() {
    let context = datafusion::prelude::SessionContext::new();
    let state = context.state();
    let functions = state.scalar_functions().values();
    let names: std::collections::BTreeSet<&str> = functions.map(|f| f.name()).collect();
    let code = |sql: &str| {
        query(sql, &study().tables, OPTIONS)
            .map_err(|e| e.code())
            .err()
    };
    let mut called = 0;
    for name in names {
        let calls = ["value", "''", "-9223372036854775808"].map(|one| {
            [
                format!("{name}({one})"),
                format!("{name}({one}, note)"),
                format!("{name}({one}, value, -1)"),
                format!("{name}(to_date('2020-01-01'), {one})"),
            ]
        });
        for call in calls.as_flattened() {
            // Over some rows, and over none.
            for only in ["", " where value < 0"] {
                let sql = format!("select count({call}) from anon{only}");
                match code(&sql) {
                    Some("engine.guard.function") => {}
                    found => {
                        assert_ne!(found, Some("engine.query.internal"), "{sql}");
                        called += 1;
                    }
                }
            }
        }
    }
    assert!(called > 500, "{called}");

    // A format of each row's own panics where there is no row.
    for format in ["note", "upper('%y')", "case when value = 1 then '%Y' end"] {
        let sql = format!("select max(length(to_char(to_date('2020-01-01'), {format}))) from anon");
        assert_eq!(code(&sql), Some("engine.guard.function"), "{sql}");
    }
    let stated = "select to_char(to_date('2020-01-01'), '%Y'), count(*) from anon group by 1";
    assert_eq!(code(stated), None);
}

#[test]
fn a_number_that_has_no_place_is_an_error_and_never_another_number() {
    let most = "9223372036854775807";
    for sql in [
        format!("select sum({most}) from ndb"),
        format!("select drug, sum({most}) from ndb group by drug"),
        "select month, sum(s) from (select month, drug, sum(points + 4611686018427387904) as s from ndb group by month, drug) t group by month".to_owned(),
        format!("select max(points + {most}) from ndb where points > 0"),
        format!("select max({most} + 1)"),
        "select min(-points - 9223372036854775807) from ndb".to_owned(),
        format!("select avg((points + 2) * {most}) from ndb"),
        "select max(-(points - points - 9223372036854775807 - 1)) from ndb".to_owned(),
        "select sum(cast(points + 1 as decimal(38, 0)) * cast('9999999999999999999999999999999999' as decimal(38, 0))) from ndb".to_owned(),
        format!("select count(*) from ndb where points + {most} < 0"),
        format!("select sum(n.points + {most}) from anon a join ndb n on a.person = n.person group by a.sex"),
    ] {
        for operators in [Operators::Person, Operators::Stock, Operators::Travelled] {
            let options = QueryOptions { operators, ..OPTIONS };
            let error = query(&sql, &study().tables, options).unwrap_err();
            assert_eq!(error.code(), "engine.query.value", "{sql}");
        }
    }
    // Below that nothing changes, and columns keep their names.
    let sql = format!(
        "select points + 1, sum({most} - points) from ndb where drug < 1 and points = 0 group by points + 1"
    );
    query(&sql, &study().tables, OPTIONS).unwrap();
    assert_eq!(
        query("select checked_plus(1, 2)", &study().tables, OPTIONS)
            .unwrap_err()
            .code(),
        "engine.guard.function"
    );
}
