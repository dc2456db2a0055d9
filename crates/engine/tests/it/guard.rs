//! What may be asked, and what not: one line per statement.

mod hostile;

use renketsu_engine::guard::{CODES, Rule};
use renketsu_engine::query::{QueryError, check, cohort};

use hostile::HOSTILE;

use crate::query::BENCH;
use crate::study::{OPTIONS, study};

/// Questions that people ask.
const ALLOWED: &[&str] = &[
    "select count(*) from anon",
    "select count(distinct person) from anon",
    "select count(person), count(distinct person) from anon where dx < 50",
    "select count(distinct person) filter (where dx < 50) as early, count(distinct person) as all from anon",
    "select sex, count(*), avg(value), stddev(value), median(value) from anon group by sex",
    "select sex, approx_percentile_cont(0.9) within group (order by value) from anon group by sex",
    "select sex, corr(value, month), var_pop(value), min(value), max(month) from anon group by sex having count(*) > 10 order by 2 desc limit 5",
    "select case when age_band < 65 then 'under 65' else '65 and over' end as age, count(distinct person) from anon group by 1",
    "select sex, age_band, count(*) from anon group by rollup (sex, age_band)",
    "select count(*) from anon a, ndb n where a.person = n.person and n.month >= a.month",
    "select count(*) from anon a join ndb n using (person)",
    "select count(*) from anon a natural join (select distinct person from ndb) n",
    "select count(*) from anon a left join ndb n on a.person = n.person and n.drug < 100 where n.person is null",
    "select count(a.person), count(n.person) from (select distinct person from anon) a full join (select distinct person from ndb) n on a.person = n.person",
    "select case when n.person is null then 'hospital only' else 'both' end as linked, count(*) from (select distinct person from anon) a left join (select distinct person from ndb) n on a.person = n.person group by 1",
    "select count(*) from anon where person in (select person from ndb where drug = 7)",
    "select count(*) from anon where person not in (select person from ndb where drug = 7)",
    "select count(*) from anon a where exists (select 1 from ndb n where n.person = a.person and n.month > a.month)",
    "select count(*) from anon a where sex = 1 or exists (select 1 from ndb n where n.person = a.person)",
    "select count(*) from anon where value > (select avg(value) from anon)",
    "with p as (select 30 as start) select count(*) from anon, p where month >= p.start",
    "select label from drugs where code in (select drug from ndb group by drug having count(*) > 3)",
    "select v.k, d.label from (values (1), (2)) v(k) join drugs d on d.code = v.k order by 1",
    "select month, count(*) from anon group by month having count(*) > (select min(n) from (select count(*) as n from ndb group by month) t)",
    "select count(*) from anon a cross join (select avg(points) as mean from ndb) m where a.value > m.mean",
    "select a.month, a.n, b.n from (select month, count(*) n from anon group by month) a join (select month, count(*) n from ndb group by month) b on a.month = b.month order by 1",
    "select 'anon' as source, count(*) from anon union all select 'ndb', count(*) from ndb",
    "select count(distinct person) from (select person from anon union select person from ndb) t",
    "select count(*) from (select person from anon intersect select person from ndb) t",
    "select count(*) from (select person from anon except select person from ndb) t",
    "select d.label, count(*) from ndb n join drugs d on n.drug = d.code group by d.label order by 2 desc, 1 limit 10",
    "select count(*) from ndb where drug in (select code from drugs where price > 50)",
    "select * from drugs order by code limit 10",
    "select distinct price from drugs",
    "select 1 + 1",
    "with first as (select person, min(month) as month from anon group by person), spend as (select person, sum(points) as points from ndb group by person) select f.month, count(*), avg(s.points) from first f join spend s on f.person = s.person group by f.month order by 1",
    "select upper(substr(note, 1, 4)), count(*) from anon group by 1",
    "select round(avg(value), 2), floor(sum(points) / 1000.0) from (select a.person, max(a.value) as value, sum(n.points) as points from anon a join ndb n on a.person = n.person group by a.person) t",
    "select t.word, count(*) from (select person, min(note) as word from anon group by person) t group by t.word",
    "select count(*) from anon a join anon b on a.person = b.person and a.month < b.month",
    "select c, count(*) from (select (select count(*) from ndb n where n.person = a.person) as c from (select distinct person from anon) a) t group by c",
    "select sex, count(*) from anon group by sex order by count(*) desc",
    "select month, n from (select month, count(*) as n from anon group by month) t where n > (select avg(n) from (select count(*) as n from anon group by month) u)",
];

#[test]
fn hostile_statements_are_refused_by_the_rule_they_break() {
    let mut wrong = Vec::new();
    for (rule, sql) in HOSTILE {
        match check(sql, &study().tables, OPTIONS) {
            Err(QueryError::Refused(refusal)) if refusal.rule == *rule => {
                assert!(
                    refusal
                        .details()
                        .contains(&("clause", rule.clause().to_owned()))
                );
                assert_eq!(refusal.exit(), 1);
            }
            other => wrong.push(format!("{rule:?}: {sql}\n    {other:?}")),
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        HOSTILE.len(),
        wrong.join("\n")
    );
    assert!(HOSTILE.len() >= 170);
}

#[test]
fn questions_that_people_ask_pass_and_run() {
    let mut wrong = Vec::new();
    for sql in ALLOWED.iter().chain(&BENCH) {
        if let Err(error) = renketsu_engine::query::query(sql, &study().tables, OPTIONS) {
            wrong.push(format!("{sql}\n    {error:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        ALLOWED.len(),
        wrong.join("\n")
    );
}

#[test]
fn comments_case_and_odd_spaces_change_nothing() {
    for sql in [
        "SeLeCt/**/PERSON/* */from--\nanon",
        "select \u{00a0}person\u{3000}from anon",
        "select anon.\"person\" from \"anon\"",
        "select public.anon.person from public.anon",
        "select datafusion.public.anon.person from datafusion.public.anon",
        "table anon",
        "from anon",
        "select * exclude (person) from anon",
        "select * from anon; ",
    ] {
        let refused = check(sql, &study().tables, OPTIONS);
        assert!(refused.is_err(), "{sql}: {refused:?}");
    }
}

#[test]
fn files_and_addresses_are_no_tables() {
    for sql in [
        "select count(*) from '/etc/passwd'",
        "select count(*) from 'file:///etc/passwd'",
        "select count(*) from \"https://example.org/x.parquet\"",
        "select count(*) from read_csv('/etc/passwd')",
        "select count(*) from read_parquet('x')",
        "select * from parquet_metadata('x')",
        "select * from information_schema.tables",
        "select * from pg_catalog.pg_tables",
    ] {
        let error = check(sql, &study().tables, OPTIONS).unwrap_err();
        assert!(error.code().starts_with("engine.sql."), "{sql}: {error:?}");
    }
}

#[test]
fn every_rule_has_a_code_a_clause_and_a_statement_that_breaks_it() {
    let mut codes: Vec<&str> = HOSTILE.iter().map(|(rule, _)| rule.code()).collect();
    codes.sort_unstable();
    codes.dedup();
    let mut listed: Vec<&str> = CODES.iter().map(|(code, _)| *code).collect();
    // A table that isn't of the study isn't found by the planner before the guard sees it.
    // What a cohort may be is asked of a cohort only.
    listed.retain(|code| ![Rule::Table.code(), Rule::Cohort.code()].contains(code));
    assert_eq!(codes, listed);
}

#[test]
fn a_cohort_is_the_column_person_alone() {
    let count = |sql: &str| {
        let set = cohort(sql, &study().tables, OPTIONS).unwrap();
        let sql = format!("select count(distinct person) from ({sql}) t");
        let answer = renketsu_engine::query::query(&sql, &study().tables, OPTIONS).unwrap();
        assert_eq!(answer.cells().unwrap(), [[Some(set.len().to_string())]]);
        set.len()
    };
    assert!(count("select distinct person from anon where dx < 20") > 1);
    assert!(count("select person from anon where dx < 20 intersect select person from ndb") > 1);
    assert_eq!(count("select person from anon where dx < 0"), 0);
    for (sql, rule) in [
        ("select count(*) from anon", Rule::Cohort),
        ("select dx from anon", Rule::Cohort),
        ("select distinct person, dx from anon", Rule::Cohort),
        ("select code from drugs", Rule::Cohort),
        ("select person + 1 from anon", Rule::Person),
    ] {
        match cohort(sql, &study().tables, OPTIONS) {
            Err(QueryError::Refused(refusal)) => {
                assert_eq!(refusal.rule, rule, "{sql}");
                assert_eq!(refusal.exit(), 1);
            }
            other => panic!("{sql}: {other:?}"),
        }
    }
}
