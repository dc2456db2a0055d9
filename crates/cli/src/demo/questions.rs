//! Three questions of a kind a study asks.

use super::STUDY;
use super::script::Script;
use crate::failure::Failure;

const QUESTIONS: &[(&str, &str)] = &[
    (
        "demo-question-overlap",
        "select v.dx, count(distinct v.person) as persons from visits v join ndb n on v.person = n.person \
         group by v.dx order by persons desc, v.dx limit 5",
    ),
    (
        "demo-question-burden",
        "select v.sex, count(distinct n.person) as persons, sum(n.points) as points from ndb n \
         join (select person, min(sex) as sex from visits where dx = 'E11' group by person) v on v.person = n.person \
         group by v.sex order by v.sex",
    ),
    (
        "demo-question-stay",
        "select n.age_band, count(distinct d.person) as persons, round(avg(d.days), 1) as mean_days from dpc d \
         join (select person, max(age_band) as age_band from ndb group by person) n on n.person = d.person \
         group by n.age_band order by n.age_band",
    ),
];

pub(super) fn ask(script: &mut Script<'_, '_>) -> Result<(), Failure> {
    script.heading("demo-step-questions")?;
    for (question, sql) in QUESTIONS {
        script.session().say(question, &[])?;
        let shown = format!(
            "renketsu study query --dir workspace --study {STUDY} --format csv --sql \"{sql}\""
        );
        script.show(
            &shown,
            &[
                "renketsu",
                "study",
                "query",
                "--dir",
                "@/workspace",
                "--study",
                STUDY,
                "--format",
                "csv",
                "--sql",
                sql,
            ],
        )?;
        script.session().print("")?;
    }
    Ok(())
}
