//! What may not be asked: one line per statement, with the rule it breaks.

use renketsu_engine::guard::Rule;

/// Statements that the guard refuses, with the rule.
pub(super) const HOSTILE: &[(Rule, &str)] = &[
    // Something other than a question.
    (Rule::Statement, "explain select count(*) from anon"),
    (Rule::Statement, "explain analyze select count(*) from anon"),
    (
        Rule::Statement,
        "EXPLAIN ANALYZE COPY (select * from anon) TO '/tmp/x.csv'",
    ),
    (
        Rule::Statement,
        "copy (select count(*) from anon) to '/tmp/x.parquet'",
    ),
    (Rule::Statement, "COPY anon TO '/tmp/x.csv' STORED AS CSV"),
    (Rule::Statement, "insert into anon select * from anon"),
    (Rule::Statement, "update anon set sex = 1"),
    (Rule::Statement, "delete from anon"),
    (Rule::Statement, "truncate table anon"),
    (Rule::Statement, "create table t as select * from anon"),
    (Rule::Statement, "create view v as select * from anon"),
    (
        Rule::Statement,
        "create external table t stored as csv location '/etc/passwd'",
    ),
    (Rule::Statement, "drop table anon"),
    (Rule::Statement, "alter table anon add column x int"),
    (Rule::Statement, "set datafusion.execution.batch_size = 1"),
    (Rule::Statement, "reset datafusion.execution.batch_size"),
    (Rule::Statement, "show tables"),
    (Rule::Statement, "show columns from anon"),
    (Rule::Statement, "describe anon"),
    (Rule::Statement, "prepare q as select count(*) from anon"),
    (Rule::Statement, "execute q"),
    (Rule::Statement, "begin"),
    (
        Rule::Statement,
        "/* select */ delete from anon where sex = 1",
    ),
    (Rule::Statement, "select count(*) n into t from anon"),
    // Rows about persons.
    (Rule::PersonShown, "select * from anon"),
    (Rule::PersonShown, "select person from anon"),
    (Rule::PersonShown, "select \"person\" as anything from anon"),
    (
        Rule::PersonShown,
        "select person, count(*) from anon group by person",
    ),
    (Rule::PersonShown, "select distinct person from anon"),
    (
        Rule::PersonShown,
        "select a.person from anon a join ndb n on a.person = n.person",
    ),
    (
        Rule::PersonShown,
        "select person from anon union select person from ndb",
    ),
    (
        Rule::PersonShown,
        "select person from anon intersect select person from ndb",
    ),
    (
        Rule::PersonShown,
        "select person from anon except select person from ndb",
    ),
    (
        Rule::PersonShown,
        "with p as (select person as q from anon) select q from p",
    ),
    (
        Rule::PersonShown,
        "select p from (select person as p, count(*) as c from anon group by person) t where c > 3",
    ),
    (Rule::RowLevel, "select sex, dx from anon"),
    (Rule::RowLevel, "select dx from anon where value = 17"),
    (Rule::RowLevel, "select distinct dx from anon"),
    (Rule::RowLevel, "select dx from anon group by dx"),
    (Rule::RowLevel, "select count(*) from anon group by person"),
    (
        Rule::RowLevel,
        "select c from (select person, count(*) as c from anon group by person) t",
    ),
    (
        Rule::RowLevel,
        "select n.points from anon a join ndb n on a.person = n.person",
    ),
    (
        Rule::RowLevel,
        "select n.drug, d.label from ndb n join drugs d on n.drug = d.code",
    ),
    (
        Rule::RowLevel,
        "select d.label from drugs d left join ndb n on n.drug = d.code",
    ),
    (Rule::RowLevel, "select 1 from anon"),
    (
        Rule::RowLevel,
        "select sex, dx from anon union all select month, drug from ndb",
    ),
    (
        Rule::RowLevel,
        "select (select count(*) from ndb n where n.person = a.person) from anon a",
    ),
    (Rule::RowLevel, "select sex from anon limit 1"),
    (Rule::RowLevel, "select sex from anon order by value desc"),
    (
        Rule::RowLevel,
        "select case when exists (select 1 from ndb n where n.person = a.person) then dx end from anon a",
    ),
    // The person number as a value.
    (Rule::Person, "select count(*) from anon where person = 5"),
    (
        Rule::Person,
        "select count(*) from anon where person in (1, 2, 3)",
    ),
    (
        Rule::Person,
        "select count(*) from anon where person between 1 and 9",
    ),
    (Rule::Person, "select count(*) from anon where person < 100"),
    (
        Rule::Person,
        "select count(*) from anon where person % 2 = 0",
    ),
    (
        Rule::Person,
        "select count(*) from anon where abs(person) < 9",
    ),
    (
        Rule::Person,
        "select count(*) from anon where cast(person as varchar) = '5'",
    ),
    (
        Rule::Person,
        "select count(*) from anon where cast(person as varchar) like '5%'",
    ),
    (
        Rule::Person,
        "select count(*) from anon where not (person <> 5)",
    ),
    (Rule::Person, "select count(*) from anon where person = dx"),
    (
        Rule::Person,
        "select count(*) from anon where person is not distinct from 5",
    ),
    (
        Rule::Person,
        "select count(*) from anon where person = 5 or sex = 1",
    ),
    (
        Rule::Function,
        "select count(*) from anon where (person, sex) = (5, 1)",
    ),
    (
        Rule::Person,
        "select count(*) from anon where person = (select min(dx) from anon)",
    ),
    (
        Rule::Person,
        "select count(*) from anon where (select person) = 5",
    ),
    (Rule::Person, "select max(person) from anon"),
    (
        Rule::Person,
        "select min(person), sum(person), avg(person) from anon",
    ),
    (
        Rule::Person,
        "select count(*) from anon where person = (select min(person) from anon)",
    ),
    (Rule::Person, "select count(distinct person + 0) from anon"),
    (
        Rule::Person,
        "select count(distinct case when dx < 50 then person end) from anon",
    ),
    (
        Rule::Person,
        "select count(distinct coalesce(person, 0)) from anon",
    ),
    (Rule::Person, "select approx_distinct(person) from anon"),
    (
        Rule::Person,
        "select person % 100, count(*) from anon group by 1",
    ),
    (
        Rule::Person,
        "select cast(person as bigint) as x, count(*) from anon group by 1",
    ),
    (
        Rule::Person,
        "select person, count(*) from anon group by rollup (person)",
    ),
    (
        Rule::Person,
        "select grouping(person), count(*) from anon group by cube (person, sex)",
    ),
    (
        Rule::Person,
        "select count(*) filter (where person = 7) from anon",
    ),
    (
        Rule::Person,
        "select count(*) from anon a join drugs d on a.person = d.code",
    ),
    (
        Rule::Person,
        "select count(*) from anon a join ndb n on a.person = n.drug",
    ),
    (
        Rule::Person,
        "select count(*) from anon a join ndb n on a.person + 1 = n.person",
    ),
    (
        Rule::Person,
        "select count(*) from anon a join ndb n on a.person < n.person",
    ),
    (
        Rule::Person,
        "select count(*) from anon where dx in (select person from ndb)",
    ),
    (
        Rule::Person,
        "select count(*) from anon where person in (select drug from ndb)",
    ),
    (
        Rule::Person,
        "select count(*) from (select person from anon union all select dx from anon) t",
    ),
    (
        Rule::Person,
        "select count(*) from (values (5)) v(person) join anon a using (person)",
    ),
    (Rule::Person, "select corr(person, value) from anon"),
    (
        Rule::Person,
        "select count(*) from anon a where exists (select 1 from ndb n where n.drug = a.person)",
    ),
    (Rule::Person, "select median(person) from anon"),
    (
        Rule::Person,
        "select count(*) from (select person as dx, dx as person from anon) t where dx = 5",
    ),
    // Rows of different persons meet.
    (
        Rule::Collation,
        "select count(*) from anon a join ndb n on a.month = n.month",
    ),
    (Rule::Collation, "select count(*) from anon a, ndb n"),
    (
        Rule::Collation,
        "select count(*) from anon a cross join ndb n where a.month = n.month",
    ),
    (
        Rule::Person,
        "select count(*) from anon a, ndb n where a.person = n.person or a.month = n.month",
    ),
    (
        Rule::Collation,
        "select count(*) from anon a join ndb n on true",
    ),
    (
        Rule::Collation,
        "select count(*) from anon a left join ndb n on a.month = n.month",
    ),
    (
        Rule::Collation,
        "select count(*) from anon a full join ndb n on a.month = n.month where a.person = n.person",
    ),
    (
        Rule::Collation,
        "select count(*) from anon a join anon b on a.sex = b.sex and a.dx = b.dx",
    ),
    (
        Rule::Collation,
        "select count(*) from anon natural join (select month, drug from ndb) n",
    ),
    (
        Rule::Collation,
        "select count(*) from anon a join ndb n using (month)",
    ),
    (
        Rule::Collation,
        "select count(*) from (anon a cross join anon b) left join ndb n on a.person = b.person and n.person = a.person",
    ),
    (
        Rule::Collation,
        "select count(*) from anon where dx in (select drug from ndb)",
    ),
    (
        Rule::Collation,
        "select count(*) from anon where exists (select 1 from ndb where drug = 7)",
    ),
    (
        Rule::Collation,
        "select count(*) from (select month from anon intersect select month from ndb) t",
    ),
    (
        Rule::Collation,
        "select count(*) from anon a join ndb n on a.person = n.person join anon b on b.dx = a.dx",
    ),
    (
        Rule::Collation,
        "select count(*) from drugs where code in (select drug from ndb)",
    ),
    (
        Rule::Collation,
        "select code from drugs except select drug from ndb",
    ),
    (
        Rule::Collation,
        "select count(*) from anon a, anon b where not exists (select 1 from ndb n where n.person = a.person and n.person = b.person)",
    ),
    (
        Rule::Collation,
        "select code from drugs intersect select drug from ndb",
    ),
    (
        Rule::Collation,
        "select count(*) from drugs d left semi join ndb n on d.code = n.drug",
    ),
    (
        Rule::Collation,
        "select count(*) from anon a where exists (select 1 from ndb n left join anon b on b.person = n.person and n.person = a.person where n.month = a.month)",
    ),
    (
        Rule::Collation,
        "select count(*) from anon a where exists (select 1 from ndb n left join drugs d on n.person = a.person where n.month = a.month)",
    ),
    (
        Rule::Collation,
        "select count(*) from anon a where exists (select 1 from ndb n left anti join drugs d on n.person = a.person where n.month = a.month)",
    ),
    (
        Rule::Correlated,
        "select count(*) from anon a where exists (select 1 from ndb n left join (select person from anon b where b.person = a.person) b on n.person = b.person where n.month = a.month)",
    ),
    (
        Rule::Correlated,
        "select count(*) from anon a where exists (select 1 from ndb n where n.month = a.month)",
    ),
    (
        Rule::Correlated,
        "select count(*) from anon a where value > (select avg(b.value) from anon b where b.dx = a.dx)",
    ),
    (
        Rule::Correlated,
        "select t.dx, (select count(*) from ndb n where n.month = t.dx) from (select dx, count(*) c from anon group by dx) t",
    ),
    (
        Rule::Correlated,
        "select count(*) from anon a where dx in (select drug from ndb n where n.month = a.month)",
    ),
    (
        Rule::MixedLevels,
        "select count(*) from anon a join (select month, count(*) c from ndb group by month) n on a.month = n.month",
    ),
    (
        Rule::MixedLevels,
        "select count(*) from anon where dx in (select drug from ndb group by drug having count(*) > 3)",
    ),
    (
        Rule::MixedLevels,
        "select count(*) from (select month as m from anon union all select count(*) as m from ndb group by month) t",
    ),
    (
        Rule::MixedLevels,
        "select count(*) from anon a where value > (select c from (select month, count(*) as c from ndb group by month) t where t.month = a.month)",
    ),
    // A subquery's aggregate gets into rows about nobody, and these meet rows about persons.
    (
        Rule::MixedLevels,
        "select count(*) from anon a join (select k from (values (1), (2), (3)) v(k) where k in (select month from (select month, count(*) as c from ndb group by month) t where c = 1)) v on a.month = v.k",
    ),
    (
        Rule::MixedLevels,
        "select count(*) from anon a join (select code from drugs where code in (select drug from ndb group by drug having count(*) = 1)) d on a.dx = d.code",
    ),
    (
        Rule::MixedLevels,
        "select count(*) from anon a join (select code from drugs d where exists (select 1 from (select drug, count(*) as c from ndb group by drug) t where t.drug = d.code and c = 1)) d on a.dx = d.code",
    ),
    (
        Rule::MixedLevels,
        "select count(*) from anon a join (select code, (select c from (select drug, count(*) as c from ndb group by drug) t where t.drug = d.code) as c from drugs d) d on a.dx = d.code",
    ),
    (
        Rule::MixedLevels,
        "select count(*) from anon a join (select avg(points) as m from ndb having avg(points) in (select c from (select month, count(*) as c from ndb group by month) t)) m on a.value = m.m",
    ),
    (
        Rule::MixedLevels,
        "select count(*) from anon a cross join (select (select month from ndb group by month order by count(*) limit 1) as m) t where a.month = t.m",
    ),
    (
        Rule::MixedLevels,
        "select count(*) from anon a join (select code from drugs order by (select max(c) from (select drug, count(*) as c from ndb group by drug) t) limit 5) d on a.dx = d.code",
    ),
    (
        Rule::MixedLevels,
        "select count(*) from anon a join (select d.code from drugs d join drugs e on d.code = e.code and d.code in (select drug from ndb group by drug having count(*) = 1)) d on a.dx = d.code",
    ),
    // One row of an aggregate is one of its rows.
    (
        Rule::MixedLevels,
        "select count(*) from anon where dx = (select dx from anon group by dx order by count(*) desc, dx limit 1)",
    ),
    (
        Rule::MixedLevels,
        "select count(*) from anon a join (select month, count(*) as c from ndb group by month order by c limit 1) n on a.month = n.month",
    ),
    (
        Rule::MixedLevels,
        "select count(*) from anon a join (select month, count(*) as c from ndb group by month order by c limit 1 offset 3) n on a.month = n.month",
    ),
    // Rows written in the statement.
    (
        Rule::Collation,
        "select count(distinct a.person) from anon a join (values (2, 70)) k(sex, age) on a.sex = k.sex and a.age_band = k.age",
    ),
    (
        Rule::Collation,
        "select k.sex, count(*) from (values (2, 70), (1, 65)) k(sex, age) left join anon a on a.sex = k.sex and a.age_band = k.age group by k.sex",
    ),
    (
        Rule::Collation,
        "select count(*) from anon a join (select 2 as sex, 70 as age union all select 1, 65) k on a.sex = k.sex and a.age_band = k.age",
    ),
    (
        Rule::Collation,
        "select count(*) from anon a join (select k.age from drugs d cross join (values (2, 70)) k(sex, age)) k on a.age_band = k.age",
    ),
    (
        Rule::Collation,
        "select count(*) from anon a where exists (select 1 from (values (2, 70)) k(sex, age) where a.sex = k.sex and a.age_band = k.age)",
    ),
    (
        Rule::Collation,
        "select count(*) from anon where age_band in (select age from (values (70), (75)) k(age))",
    ),
    (
        Rule::Collation,
        "select count(*) from (select sex, age_band from anon intersect select * from (values (2, 70)) k) t",
    ),
    // Order and place of rows.
    (
        Rule::Order,
        "select avg(value) from (select value from anon limit 1) t",
    ),
    (
        Rule::Order,
        "select avg(value) from (select value from anon order by value desc limit 3) t",
    ),
    (
        Rule::Order,
        "select count(*) from (select distinct on (person) person, dx from anon) t",
    ),
    (
        Rule::Order,
        "select count(*) from anon where dx = (select dx from anon offset 7 limit 1)",
    ),
    (
        Rule::Order,
        "select count(*) from anon where person in (select person from ndb order by points desc limit 1)",
    ),
    (
        Rule::Order,
        "select count(*) from anon a where exists (select 1 from ndb n where n.person = a.person limit 1)",
    ),
    (
        Rule::Window,
        "select dx, count(*) from anon group by dx qualify row_number() over (order by dx) = 1",
    ),
    (
        Rule::Window,
        "select row_number() over (order by value) from anon",
    ),
    (
        Rule::Window,
        "select count(*) from (select lag(dx) over (partition by person order by month) d from anon) t",
    ),
    (
        Rule::Window,
        "select sex, sum(count(*)) over () from anon group by sex",
    ),
    (Rule::Aggregate, "select array_agg(person) from anon"),
    (Rule::Aggregate, "select array_agg(dx) from anon"),
    (Rule::Aggregate, "select string_agg(note, ',') from anon"),
    (
        Rule::Aggregate,
        "select first_value(dx order by value) from anon",
    ),
    (Rule::Aggregate, "select last_value(dx) from anon"),
    (Rule::Aggregate, "select nth_value(dx, 3) from anon"),
    (Rule::Aggregate, "select any_value(dx) from anon"),
    (Rule::Aggregate, "select bit_xor(dx) from anon"),
    (Rule::Aggregate, "select max(note) from anon"),
    (
        Rule::Aggregate,
        "select sex, min(note) from anon group by sex",
    ),
    (
        Rule::Aggregate,
        "select sum(value order by person) from anon",
    ),
    // Parts not looked at.
    (
        Rule::Function,
        "select count(*) from anon where random() < 0.5",
    ),
    (Rule::Function, "select now(), count(*) from anon"),
    (Rule::Function, "select uuid(), count(*) from anon"),
    (
        Rule::Function,
        "select sum(length(repeat(note, 100000))) from anon",
    ),
    (
        Rule::Function,
        "select arrow_typeof(sex), count(*) from anon group by 1",
    ),
    (Rule::Function, "select version()"),
    (Rule::Function, "select to_hex(count(*)) from anon"),
    (
        Rule::Function,
        "select named_struct('p', dx), count(*) from anon group by 1",
    ),
    (
        Rule::Expression,
        "select count(*) from anon where note ~ 'text 1'",
    ),
    (
        Rule::Expression,
        "select count(*) from anon where dx & 1 = 1",
    ),
    (
        Rule::Expression,
        "select count(*) from anon where dx = any (select drug from ndb)",
    ),
    (Rule::Expression, "select count(*) from anon where dx = $1"),
    (
        Rule::Node,
        "with recursive r as (select 1 as i union all select i + 1 from r where i < 9) select count(*) from r",
    ),
    (
        Rule::Node,
        "select count(*) from anon a join lateral (select count(*) c from ndb n where n.person = a.person) t on true",
    ),
    (
        Rule::Node,
        "select count(*) from anon a, lateral (select n.drug from ndb n where n.person = a.person) t",
    ),
    (
        Rule::Node,
        "select count(*) from anon tablesample bernoulli (10)",
    ),
    (
        Rule::Node,
        "select count(*) from anon a tablesample bernoulli (10) join ndb n using (person)",
    ),
    (
        Rule::Node,
        "select count(*) from anon a join (select person from ndb) n tablesample system (1) on n.person = a.person",
    ),
    (
        Rule::Node,
        "select count(*) from drugs where code in (select code from drugs tablesample (5 percent))",
    ),
];
