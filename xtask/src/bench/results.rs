//! All samples of one size of data.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use serde_json::{Map, Value, json};

use super::engines::{Engine, Left, Question, Sample};
use super::numbers::{Spread, geometric_mean};

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    Cpu,
    Wall,
    Peak,
}

impl Measure {
    pub(super) const ALL: [Self; 3] = [Self::Cpu, Self::Wall, Self::Peak];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Cpu => "CPU time, s",
            Self::Wall => "Wall time, s",
            Self::Peak => "Peak memory, MiB",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Cpu => "cpu_s",
            Self::Wall => "wall_s",
            Self::Peak => "peak_rss_mib",
        }
    }

    fn of(self, sample: &Sample) -> f64 {
        match self {
            Self::Cpu => sample.cpu_s,
            Self::Wall => sample.wall_s,
            Self::Peak => sample.peak_mib,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Results {
    prepared: BTreeMap<Engine, Vec<Sample>>,
    answered: BTreeMap<(Question, Engine), Vec<Sample>>,
}

impl Results {
    pub(super) fn add_prepared(&mut self, engine: Engine, sample: Sample) {
        self.prepared.entry(engine).or_default().push(sample);
    }

    pub(super) fn add_answered(&mut self, engine: Engine, question: Question, sample: Sample) {
        self.answered
            .entry((question, engine))
            .or_default()
            .push(sample);
    }

    pub(super) fn engines(&self) -> BTreeSet<Engine> {
        self.answered.keys().map(|(_, engine)| *engine).collect()
    }

    pub(super) fn prepared(&self, engine: Engine, measure: Measure) -> Option<Spread> {
        spread(self.prepared.get(&engine)?, measure)
    }

    pub(super) fn answered(
        &self,
        engine: Engine,
        question: Question,
        measure: Measure,
    ) -> Option<Spread> {
        spread(self.answered.get(&(question, engine))?, measure)
    }

    /// How many times ours an engine takes for one question.
    pub(super) fn ratio(
        &self,
        engine: Engine,
        question: Question,
        measure: Measure,
    ) -> Option<f64> {
        let theirs = self.answered(engine, question, measure)?.median;
        let ours = self.answered(Engine::Renketsu, question, measure)?.median;
        Some(theirs / ours)
    }

    /// The geometric mean of the ratios; nothing if a question was not measured.
    pub(super) fn mean_ratio(
        &self,
        engine: Engine,
        questions: &[Question],
        measure: Measure,
    ) -> Option<f64> {
        let ratios: Option<Vec<f64>> = questions
            .iter()
            .map(|question| self.ratio(engine, *question, measure))
            .collect();
        geometric_mean(ratios?)
    }

    /// A figure about answers that differ would say nothing.
    pub(super) fn must_agree(&self) -> Result<()> {
        let mut faults = Vec::new();
        for question in Question::ALL {
            let mut answers: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
            for engine in Engine::ALL {
                for sample in self.answered.get(&(question, engine)).into_iter().flatten() {
                    if let Left::Digest(digest) = &sample.left {
                        answers.entry(digest).or_default().insert(engine.name());
                    }
                }
            }
            if answers.len() > 1 {
                let told: Vec<String> = answers
                    .into_iter()
                    .map(|(digest, engines)| {
                        let engines: Vec<_> = engines.into_iter().collect();
                        format!("{digest} ({})", engines.join(", "))
                    })
                    .collect();
                faults.push(format!("`{}`: {}", question.name(), told.join(" / ")));
            }
        }
        if !faults.is_empty() {
            bail!("the answers differ: {}", faults.join("; "));
        }
        Ok(())
    }

    pub(super) fn json(&self) -> Value {
        let mut prepared = Map::new();
        for (engine, samples) in &self.prepared {
            prepared.insert(engine.name().to_owned(), samples_json(samples));
        }
        let mut questions: Map<String, Value> = Map::new();
        for ((question, engine), samples) in &self.answered {
            let of_question = questions
                .entry(question.name())
                .or_insert_with(|| json!({}));
            if let Some(engines) = of_question.as_object_mut() {
                engines.insert(engine.name().to_owned(), samples_json(samples));
            }
        }
        json!({ "prepare": prepared, "questions": questions })
    }
}

fn spread(samples: &[Sample], measure: Measure) -> Option<Spread> {
    Spread::of(samples.iter().map(|sample| measure.of(sample)))
}

fn samples_json(samples: &[Sample]) -> Value {
    let mut object = Map::new();
    for measure in Measure::ALL {
        if let Some(spread) = spread(samples, measure) {
            object.insert(
                measure.key().to_owned(),
                json!({ "median": spread.median, "min": spread.least, "max": spread.most }),
            );
        }
    }
    let all: Vec<Value> = samples.iter().map(Sample::json).collect();
    object.insert("samples".to_owned(), Value::Array(all));
    Value::Object(object)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn answer(cpu_s: f64, peak_mib: f64, digest: &str) -> Sample {
        Sample {
            wall_s: cpu_s / 2.0,
            cpu_s,
            peak_mib,
            left: Left::Digest(digest.to_owned()),
        }
    }

    /// Every engine answers in as many CPU seconds as the table says, thrice with a spread of a tenth.
    pub(in super::super) fn results(table: &[(Engine, [f64; 6], Option<f64>)]) -> Results {
        let mut results = Results::default();
        for (engine, seconds, prepare) in table {
            for (question, cpu_s) in Question::ALL.into_iter().zip(seconds) {
                for factor in [1.1, 0.9, 1.0] {
                    let sample = answer(cpu_s * factor, 100.0 * factor, "0123456789abcdef");
                    results.add_answered(*engine, question, sample);
                }
            }
            if let Some(cpu_s) = prepare {
                let sample = Sample {
                    left: Left::Bytes(7),
                    ..answer(*cpu_s, 1200.0, "")
                };
                results.add_prepared(*engine, sample);
            }
        }
        results
    }

    #[test]
    fn ratios_are_of_medians_and_need_every_question() {
        let mut results = results(&[
            (Engine::Renketsu, [0.1, 0.2, 0.1, 0.2, 0.1, 0.2], None),
            (Engine::Polars, [1.0, 2.0, 1.0, 2.0, 1.0, 20.0], None),
        ]);
        let ratio = results
            .ratio(Engine::Polars, Question::Onset, Measure::Cpu)
            .unwrap();
        assert!((ratio - 100.0).abs() < 1e-9, "{ratio}");
        let mean = results
            .mean_ratio(Engine::Polars, &Question::ALL, Measure::Cpu)
            .unwrap();
        assert!((mean - 10.0 * f64::powf(10.0, 1.0 / 6.0)).abs() < 1e-9);
        results
            .answered
            .remove(&(Question::Onset, Engine::Renketsu));
        assert_eq!(
            results.mean_ratio(Engine::Polars, &Question::ALL, Measure::Cpu),
            None
        );
    }

    #[test]
    fn one_other_answer_is_named() {
        let mut results = results(&[
            (Engine::Renketsu, [0.1; 6], None),
            (Engine::Duckdb, [1.0; 6], None),
        ]);
        results.must_agree().unwrap();
        results.add_answered(
            Engine::Renketsu,
            Question::Burden,
            answer(1.0, 1.0, "ffffffffffffffff"),
        );
        let error = results.must_agree().unwrap_err().to_string();
        assert_eq!(
            error,
            "the answers differ: `burden`: 0123456789abcdef (duckdb, renketsu) / ffffffffffffffff (renketsu)"
        );
    }

    #[test]
    fn the_json_holds_every_sample() {
        let results = results(&[(Engine::Renketsu, [0.1; 6], Some(9.0))]);
        let json = results.json();
        let of_question = &json["questions"]["onset"]["renketsu"];
        assert_eq!(of_question["cpu_s"]["median"], 0.1);
        assert_eq!(of_question["samples"].as_array().unwrap().len(), 3);
        assert_eq!(json["prepare"]["renketsu"]["samples"][0]["bytes"], 7);
    }
}
