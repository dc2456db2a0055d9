//! The order of an answer's rows, which must say nothing of the order of persons.

use renketsu_engine::query::{QueryOptions, query};

use crate::study::{OPTIONS, study};

/// Cells as numbers, null as the greatest.
fn numbers(sql: &str) -> Vec<Vec<f64>> {
    let [one, many] = [1, 4].map(|threads| {
        let options = QueryOptions { threads, ..OPTIONS };
        let answer = query(sql, &study().tables, options)
            .unwrap_or_else(|error| panic!("{sql}: {error} {:?}", error.details()));
        answer.cells().unwrap()
    });
    assert_eq!(one, many, "{sql}");
    let number = |cell: Option<String>| cell.map_or(f64::INFINITY, |c| c.parse().unwrap());
    one.into_iter()
        .map(|row| row.into_iter().map(number).collect())
        .collect()
}

#[test]
fn rows_without_an_order_are_in_the_order_of_their_values() {
    for sql in [
        "select dx, count(*) from anon group by dx",
        "select month, sex, avg(value) from anon group by month, sex",
        "select count(*), drug from ndb group by drug",
        "select sex, age_band, count(*) from anon group by rollup (sex, age_band)",
        "select a.month, n.month, a.c from (select month, count(*) as c from anon group by month) a join (select month from ndb group by month having count(*) > 60) n on a.month <> n.month",
        "select month, count(*) from anon group by month union all select month, count(*) from ndb group by month",
        "select distinct price from drugs",
        "select code, price from drugs",
        "select month + 1 from (select month, count(*) as n from anon group by month order by n) t",
    ] {
        let rows = numbers(sql);
        assert!(rows.len() > 5 && rows.is_sorted(), "{sql}");
    }
}

#[test]
fn what_an_order_leaves_open_is_in_the_order_of_the_other_values() {
    let mut expected = numbers("select dx, count(*) from anon group by dx");
    expected.sort_by(|a, b| (b[1], a[0]).partial_cmp(&(a[1], b[0])).unwrap());
    assert_eq!(
        numbers("select dx, count(*) as n from anon group by dx order by n desc"),
        expected
    );
    // By a column that isn't shown, by an expression, and with a limit.
    let first: Vec<Vec<f64>> = expected.iter().map(|row| vec![row[0]]).collect();
    for sql in [
        "select dx from (select dx, count(*) as n from anon group by dx) t order by n desc",
        "select dx from anon group by dx order by count(*) desc",
        "select dx from (select dx, count(*) as n from anon group by dx) t order by -n",
    ] {
        assert_eq!(numbers(sql), first, "{sql}");
        let some = numbers(&format!("{sql} limit 7 offset 3"));
        assert_eq!(some, first[3..10], "{sql}");
    }
}

#[test]
fn a_limit_without_an_order_takes_the_first_by_value() {
    let all = numbers("select dx, count(*) from anon group by dx");
    for (sql, range) in [
        ("select dx, count(*) from anon group by dx limit 5", 0..5),
        (
            "select dx, count(*) from anon group by dx limit 5 offset 9",
            9..14,
        ),
        (
            "select * from (select dx, count(*) from anon group by dx limit 6) t",
            0..6,
        ),
        (
            "with t as (select dx, count(*) as n from anon group by dx limit 8) select dx, n from t",
            0..8,
        ),
    ] {
        assert_eq!(numbers(sql), all[range], "{sql}");
    }
    // Inside a subquery of an expression too.
    let dx = "select dx from (select dx, count(*) as n from anon group by dx limit 4) t";
    let sql = format!("select dx, count(*) from anon group by dx having dx in ({dx})");
    assert_eq!(numbers(&sql), all[..4]);
}

#[test]
fn whether_there_is_a_row_needs_no_order() {
    let sql = "select count(*) from (select month, count(*) as n from anon group by month) t where exists (select 1 from drugs d where d.code = t.month limit 1)";
    assert_eq!(numbers(sql), [[60.0]]);
}

/// DataFusion's own would come round; a decimal has the place.
#[test]
fn a_sum_of_integers_without_a_place_is_an_error() {
    let largest = "(values (9223372036854775807), (1)) v(x)";
    let sum = format!("select sum(x) from {largest}");
    let refused = query(&sum, &study().tables, OPTIONS).unwrap_err();
    assert_eq!(refused.code(), "engine.query.value");
    let exact = query(
        &format!("select sum(cast(x as decimal(38, 0))) from {largest}"),
        &study().tables,
        OPTIONS,
    )
    .unwrap();
    assert_eq!(
        exact.cells().unwrap(),
        [[Some("9223372036854775808".to_owned())]]
    );
}
