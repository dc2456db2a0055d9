//! Questions made from a seed, answered three times: by the person operators, by DataFusion's own over the same tables,
//! and by an evaluator that knows rows and nothing else.
//!
//! [`Relation`] is the evaluator: each of its steps writes the SQL of what it does to its rows. [`Random`] chooses the
//! steps. A failure prints the seed and the SQL.

mod aggregate;
mod random;
mod relation;
mod tables;
mod value;

use std::collections::BTreeMap;

use renketsu_engine::query::{Operators, QueryError, QueryOptions, query};

use crate::study::OPTIONS;
use aggregate::Aggregate;
use random::{Random, Rng};
use relation::{Asked, Condition, How, Relation, There};
use tables::Oracle;

/// Ways to ask the same: operators, and threads.
const WAYS: [(Operators, usize); 6] = [
    (Operators::Person, 1),
    (Operators::Person, 2),
    (Operators::Person, 4),
    (Operators::Stock, 1),
    (Operators::Stock, 3),
    (Operators::Travelled, 2),
];

/// Rows of an answer in an order of their own, with the number of persons behind each.
type Answer = Vec<(Vec<Option<String>>, Option<u64>)>;

fn answer(asked: &Asked, tables: &Oracle, way: (Operators, usize)) -> Result<Answer, QueryError> {
    let (operators, threads) = way;
    let options = QueryOptions {
        threads,
        operators,
        ..OPTIONS
    };
    let result = query(&asked.sql, &tables.tables, options)?;
    let persons = result.persons().map(<[u64]>::to_vec);
    let rows = result.cells()?;
    let mut answer: Answer = rows
        .into_iter()
        .enumerate()
        .map(|(row, cells)| {
            let cells = cells
                .into_iter()
                .map(|cell| cell.map(value::written))
                .collect();
            (cells, persons.as_ref().map(|persons| persons[row]))
        })
        .collect();
    answer.sort();
    Ok(answer)
}

/// Asks in the ways given and holds every answer against the evaluator's; whether the guard let it through.
fn holds(asked: &Asked, tables: &Oracle, ways: &[(Operators, usize)], from: &str) -> bool {
    let mut expected: Vec<Vec<Option<String>>> = asked
        .rows
        .iter()
        .map(|row| row.iter().map(value::Value::text).collect())
        .collect();
    expected.sort();
    let mut first: Option<Answer> = None;
    for way in ways {
        let found = match answer(asked, tables, *way) {
            Ok(found) => found,
            Err(error) if error.code().starts_with("engine.guard.") => return false,
            Err(error) => panic!("{from} {way:?}: {error:?}\n{}", asked.sql),
        };
        let cells: Vec<_> = found.iter().map(|(cells, _)| cells.clone()).collect();
        assert!(
            cells == expected,
            "{from} {way:?}\n{}\nfound    {:?}\nexpected {:?}",
            asked.sql,
            head(&cells),
            head(&expected)
        );
        match &first {
            None => first = Some(found),
            Some(first) => assert!(
                *first == found,
                "{from} {way:?}: persons behind rows\n{}\nfound    {:?}\nexpected {:?}",
                asked.sql,
                head(&found),
                head(first)
            ),
        }
    }
    true
}

fn head<T: Clone>(rows: &[T]) -> (usize, Vec<T>) {
    (rows.len(), rows.iter().take(12).cloned().collect())
}

/// What questions did, and how often.
type Steps = BTreeMap<&'static str, u64>;

/// Questions of one study, each in some of the ways, so that all are met; what those did that the guard let through.
fn random_questions(study: u64, questions: u64) -> Steps {
    let oracle = Oracle::random(study);
    let mut steps = Steps::new();
    for question in 0..questions {
        let seed = study * 1_000_000 + question;
        let mut random = Random::new(Rng::new(seed), &oracle.relations);
        let asked = random.question();
        let at = usize::try_from(question % 3).unwrap();
        let stock = if question % 2 == 0 { 3 } else { 4 };
        let mut ways = vec![WAYS[at], WAYS[stock]];
        if question % 4 == 0 {
            ways.push(WAYS[5]);
        }
        let from = format!("study {study} question {question}");
        let step = if holds(&asked, &oracle, &ways, &from) {
            for step in random.steps {
                *steps.entry(step).or_default() += 1;
            }
            "answered"
        } else {
            "refused"
        };
        *steps.entry(step).or_default() += 1;
    }
    println!("study {study}: {steps:?}");
    steps
}

/// How many questions each study is asked; `RENKETSU_ORACLE` says it for a long run.
#[expect(clippy::disallowed_methods, reason = "a long run asks more")]
fn questions() -> u64 {
    let said = std::env::var("RENKETSU_ORACLE").ok();
    said.map_or(120, |said| said.parse().unwrap())
}

#[test]
fn random_questions_are_answered_alike() {
    // Odd studies continue an earlier link, even ones don't.
    let steps: Vec<Steps> = std::thread::scope(|scope| {
        let studies: Vec<_> = (1..=4)
            .map(|study| scope.spawn(move || random_questions(study, questions())))
            .collect();
        let ended = studies.into_iter().map(std::thread::ScopedJoinHandle::join);
        ended
            .map(|steps| steps.unwrap_or_else(|_| Steps::new()))
            .collect()
    });
    assert!(
        steps.iter().all(|steps| !steps.is_empty()),
        "a study failed"
    );
    let count = |step: &str| {
        steps
            .iter()
            .filter_map(|steps| steps.get(step))
            .sum::<u64>()
    };
    let (answered, refused) = (count("answered"), count("refused"));
    assert!(answered > 20 * refused, "the guard refuses {refused}");
    for step in random::STEPS {
        assert!(count(step) > 1, "{step}");
    }
}

#[test]
fn the_studies_have_tables_of_every_form() {
    let mut forms = BTreeMap::new();
    for study in 1..=4 {
        for form in Oracle::random(study).forms {
            *forms.entry(form).or_insert(0) += 1;
        }
    }
    for form in ["in place with gaps", "anew", "without columns"] {
        assert!(forms.contains_key(form), "{form}: {forms:?}");
    }
}

/// Persons whose rows fill whole batches of a scan, end with one, and cross several; pairs that cross batches too.
#[test]
fn persons_with_more_rows_than_a_batch_are_answered_alike() {
    let oracle = Oracle::large();
    assert_eq!(oracle.forms, ["in place"; 3]);
    let [claims, hospital, few] = &oracle.relations[..] else {
        panic!("three tables")
    };
    let count = Aggregate::rows();
    let persons = |relation: &Relation| Aggregate::persons(relation.person(0));
    let joined = |how| claims.join("c", hospital, "h", how, (0, 0), &[]);
    let mut questions = vec![
        claims.asked(&[], &[count.clone(), persons(claims)], None),
        claims.asked(
            &["i"],
            &[count.clone(), persons(claims), Aggregate::of("sum", "j")],
            None,
        ),
    ];
    for how in [How::Inner, How::Left, How::Right, How::Full] {
        let joined = joined(how);
        let aggregates = [
            count.clone(),
            persons(&joined),
            Aggregate::of("sum", "c_j"),
            Aggregate::of("max", "h_i"),
        ];
        questions.push(joined.asked(&["h_s"], &aggregates, None));
        questions.push(joined.asked(
            &["c_i"],
            &[
                Aggregate::of("sum", "h_i"),
                Aggregate::of("min", "h_j"),
                count.clone(),
            ],
            None,
        ));
        questions.push(joined.asked(&[], &aggregates, None));
    }
    let half = claims.filter("c", &Condition::less("i", 2));
    for (relation, other) in [
        (claims, hospital),
        (hospital, claims),
        (&half, few),
        (few, &half),
    ] {
        for negated in [false, true] {
            let semi = relation.semi("x", other, "y", (0, 0), negated, &[]);
            questions.push(semi.asked(&["s"], &[count.clone(), persons(&semi)], None));
            let later = relation.semi("x", other, "y", (0, 0), negated, &[("i", "<", "i")]);
            questions.push(later.asked(&[], &[count.clone(), persons(&later)], None));
        }
        let each = relation.group(
            "g",
            &["person"],
            &[
                count.clone(),
                Aggregate::of("sum", "j"),
                Aggregate::of("min", "i"),
            ],
        );
        questions.push(each.asked(&["g1"], &[count.clone(), Aggregate::of("max", "g2")], None));
        let both = each.join("e", other, "o", How::Inner, (0, 0), &[]);
        questions.push(both.asked(
            &["o_i"],
            &[count.clone(), Aggregate::of("sum", "e_g1")],
            None,
        ));
    }
    for (number, asked) in questions.iter().enumerate() {
        assert!(
            holds(asked, &oracle, &WAYS[..5], &format!("question {number}")),
            "{}",
            asked.sql
        );
    }
}

/// Two tables in which one person has many rows, joined in every way, so that a join can't hold all pairs before it asks
/// the rest.
#[test]
fn many_rows_of_one_person_of_which_few_are_partners_are_answered_alike() {
    let oracle = Oracle::uneven();
    let [one, other] = &oracle.relations[..] else {
        panic!("two tables")
    };
    let count = Aggregate::rows();
    let persons = |relation: &Relation| Aggregate::persons(relation.person(0));
    let none = Condition::less("i", -2);
    let asked: [&[(&str, &'static str, &str)]; 4] = [
        &[],
        &[("i", "=", "i"), ("j", "=", "j")],
        &[("s", "is not distinct from", "s"), ("j", ">", "j")],
        &[("j", ">", "i"), ("i", "=", "j"), ("i", "<>", "i")],
    ];
    let mut questions = Vec::new();
    for pairs in asked {
        for how in [How::Inner, How::Left, How::Right, How::Full] {
            let joined = one.join("a", other, "b", how, (0, 0), pairs);
            let aggregates = [
                count.clone(),
                Aggregate::persons("a_person"),
                Aggregate::persons("b_person"),
                Aggregate::of("sum", "a_j"),
                Aggregate::of("sum", "b_i"),
            ];
            questions.push(joined.asked(&["b_s"], &aggregates, None));
        }
        for (relation, other) in [(one, other), (other, one)] {
            for negated in [false, true] {
                let there = There {
                    other,
                    alias: "y",
                    person: (0, 0),
                    pairs,
                    negated,
                };
                let marked = relation.marked("x", &there, &none);
                let semi = relation.semi("x", other, "y", (0, 0), negated, pairs);
                for relation in [marked, semi] {
                    let aggregates = [count.clone(), persons(&relation)];
                    questions.push(relation.asked(&["s"], &aggregates, None));
                }
            }
        }
    }
    for (number, asked) in questions.iter().enumerate() {
        let from = format!("question {number}");
        let ways = [WAYS[0], WAYS[2], WAYS[4], WAYS[5]];
        assert!(holds(asked, &oracle, &ways, &from), "{}", asked.sql);
    }
}
