//! The hidden number of persons behind each row of an answer.

use renketsu_engine::query::{QueryResult, Tables, query};

use crate::study::{OPTIONS, Place, by_number, id};

/// Forty persons with two visits each: `dx` divides them by twenty, `tag` names each, `lab` is there for three of them.
/// `stays` has the first three.
fn tables(place: &Place) -> Tables {
    let mut visits = String::from("number_id,dx,tag,points,lab\n");
    let mut stays = String::from("number_id,days\n");
    for person in 0..40_u64 {
        let dx = if person < 20 { "A" } else { "B" };
        for visit in 0..2 {
            let lab = if person < 3 { "5.5" } else { "" };
            let points = 100 + person + visit;
            visits += &format!("{},{dx},{person},{points},{lab}\n", id(person));
        }
        if person < 3 {
            stays += &format!("{},7\n", id(person));
        }
    }
    let visits = place.import_csv("visits", &visits, Some(&by_number()));
    let stays = place.import_csv("stays", &stays, Some(&by_number()));
    let linked = [
        place.table("visits", "anonymized", &visits.files),
        place.table("stays", "dpc", &stays.files),
    ];
    let done = place.link(&linked, None, "link").unwrap();
    Tables {
        persons: vec![
            place.person_table("visits", &visits, &done),
            place.person_table("stays", &stays, &done),
        ],
        references: Vec::new(),
    }
}

fn persons(answer: &QueryResult) -> Option<Vec<u64>> {
    answer.persons().map(<[u64]>::to_vec)
}

#[test]
fn a_row_stands_on_as_few_persons_as_its_weakest_cell() {
    let place = Place::new();
    let tables = tables(&place);
    for (sql, expected) in [
        ("select count(distinct person) from visits", &[40][..]),
        (
            "select count(*), sum(points), avg(points) from visits",
            &[40],
        ),
        (
            "select dx, count(*) from visits group by dx order by dx",
            &[20, 20],
        ),
        // Values that are missing, and rows that a condition leaves out.
        (
            "select dx, count(*), avg(lab) from visits group by dx order by dx",
            &[3, 0],
        ),
        ("select count(*), count(lab) from visits", &[3]),
        (
            "select count(*), count(*) filter (where tag = 7) from visits",
            &[1],
        ),
        (
            "select count(*), sum(points) filter (where tag < 6) from visits",
            &[6],
        ),
        (
            "select sum(case when tag = 7 then points end) from visits",
            &[1],
        ),
        (
            "select sum(case when tag = 7 then points else 0 end) from visits",
            &[1],
        ),
        (
            "select avg(nullif(tag, 3)) from visits where tag < 12",
            &[10],
        ),
        (
            "select count(distinct v.person), avg(s.days) from visits v left join stays s on v.person = s.person",
            &[3],
        ),
        // Values that are one person's.
        ("select max(points) from visits", &[1]),
        ("select count(*), median(points) from visits", &[1]),
        ("select count(*), bool_or(tag = 7) from visits", &[1]),
        // A person's own least value isn't shown to anybody.
        (
            "select count(*), avg(m) from (select person, min(points) as m from visits group by person) t",
            &[40],
        ),
        // Subqueries, wherever they stand.
        (
            "select (select count(distinct person) from visits where tag < 5) as n",
            &[5],
        ),
        (
            "select count(*), (select sum(points) from visits where tag < 5) as s from visits",
            &[5],
        ),
        (
            "select x from (values (1), (2)) t(x) where x < (select sum(points) from visits where tag < 4)",
            &[4, 4],
        ),
        (
            "select count(distinct person) from visits where points > (select avg(points) from visits where tag < 2)",
            &[2],
        ),
        (
            "select count(distinct person) from visits where points > (select avg(points) from visits)",
            &[20],
        ),
        (
            "select 'a' as a where 1 in (select count(distinct person) from visits where tag = 7)",
            &[1],
        ),
        (
            "select 'a' as a where exists (select sum(points) from visits where tag = 7 having sum(points) > 0)",
            &[1],
        ),
        (
            "select count(distinct v.person) from visits v where exists (select 1 from stays s where s.person = v.person)",
            &[3],
        ),
        (
            "select count(distinct v.person) from visits v where exists (select 1 from stays s where s.person = v.person and s.days > (select avg(tag) from visits where tag < 2))",
            &[2],
        ),
        // Aggregates that meet persons or each other.
        (
            "select count(distinct v.person) from visits v cross join (select sum(points) as m from visits where tag < 6) a where v.points < a.m",
            &[6],
        ),
        (
            "select a.p - b.p as d from (select count(distinct person) as p from visits) a cross join (select count(distinct person) as p from visits where tag < 39) b",
            &[39],
        ),
        (
            "select x from (values (107), (108)) t(x) intersect select sum(points) - 107 from visits where tag = 7",
            &[1],
        ),
        (
            "select count(*) as n from visits union all select count(*) from stays",
            &[40, 3],
        ),
        (
            "select sum(n) from (select dx, count(*) as n from visits where tag < 25 group by dx) t",
            &[5],
        ),
    ] {
        let answer = query(sql, &tables, OPTIONS).unwrap_or_else(|e| unreachable!("{sql}: {e:?}"));
        let mut found = persons(&answer).unwrap_or_else(|| unreachable!("{sql}: about nobody"));
        found.sort_unstable();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(found, expected, "{sql}");
    }
    let nobody = query("select x from (values (1), (2)) t(x)", &tables, OPTIONS).unwrap();
    assert_eq!(persons(&nobody), None);
}
