//! What was measured of the authority, as tables, figures and JSON.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::number;
use crate::bench::figures::{Figure, Target};
use crate::bench::numbers::{Spread, short};
use crate::bench::table::table;

/// People of Japan, and numbers that were theirs, as issue 4 has them.
const NATION: f64 = 1.25e8;
const MIB: f64 = 1024.0 * 1024.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    /// A request as producers write it.
    Renketsu,
    /// A request of canonical values.
    Canonical,
    Postgres,
    Python,
}

impl Engine {
    pub(super) const ALL: [Self; 4] = [
        Self::Renketsu,
        Self::Canonical,
        Self::Postgres,
        Self::Python,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Renketsu => "renketsu",
            Self::Canonical => "renketsu, canonical values",
            Self::Postgres => "PostgreSQL + pgcrypto",
            Self::Python => "Python, hmac + dict",
        }
    }
}

/// A register loaded.
#[derive(Clone, Debug)]
pub(super) struct Load {
    wall_s: f64,
    cpu_s: f64,
    peak_mib: f64,
    /// What it sorts in memory at a time; of ours alone.
    sort_bytes: f64,
    told: Value,
}

impl Load {
    pub(super) fn of(told: &Value) -> Result<Self> {
        Ok(Self {
            wall_s: number(told, "wall_s")?,
            cpu_s: number(told, "cpu_s")?,
            peak_mib: number(told, "peak_mib")?,
            sort_bytes: told
                .get("sort_bytes")
                .and_then(Value::as_f64)
                .unwrap_or(0.0),
            told: told.clone(),
        })
    }
}

/// A request answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    wall_s: f64,
    cpu_s: f64,
    peak_mib: f64,
}

impl Sample {
    pub(super) fn of(told: &Value) -> Result<Self> {
        Ok(Self {
            wall_s: number(told, "wall_s")?,
            cpu_s: number(told, "cpu_s")?,
            peak_mib: number(told, "peak_mib")?,
        })
    }
}

/// One size, measured.
#[derive(Clone, Debug)]
pub(super) struct Size {
    pub(super) persons: u64,
    pub(super) numbers: f64,
    pub(super) rows: u64,
    pub(super) scratch_bytes: f64,
    pub(super) registry_bytes: f64,
    pub(super) loads: Vec<(Engine, Load)>,
    pub(super) answers: Vec<(Engine, Vec<Sample>)>,
    /// Peers that could not be measured, and why.
    pub(super) missing: Vec<(Engine, String)>,
}

impl Size {
    pub(super) fn answered(&mut self, engine: Engine, sample: Sample) {
        match self.answers.iter_mut().find(|(of, _)| *of == engine) {
            Some((_, samples)) => samples.push(sample),
            None => self.answers.push((engine, vec![sample])),
        }
    }

    fn load(&self, engine: Engine) -> Option<&Load> {
        self.loads
            .iter()
            .find(|(of, _)| *of == engine)
            .map(|(_, load)| load)
    }

    fn spread(&self, engine: Engine, what: impl Fn(&Sample) -> f64) -> Option<Spread> {
        let (_, samples) = self.answers.iter().find(|(of, _)| *of == engine)?;
        Spread::of(samples.iter().map(what))
    }

    fn cpu(&self, engine: Engine) -> Option<Spread> {
        self.spread(engine, |sample| sample.cpu_s)
    }

    /// Rows of a request per CPU second.
    fn rate(&self, engine: Engine) -> Option<f64> {
        Some(float(self.rows) / self.cpu(engine)?.median)
    }

    /// How many times our CPU time for the same request a peer takes.
    fn ratio(&self, engine: Engine) -> Option<f64> {
        Some(self.cpu(engine)?.median / self.cpu(Engine::Canonical)?.median)
    }

    /// Most memory of ours, of loading and answering.
    fn memory(&self) -> Option<f64> {
        let answering = self.spread(Engine::Renketsu, |sample| sample.peak_mib)?;
        Some(answering.most.max(self.load(Engine::Renketsu)?.peak_mib))
    }

    pub(super) fn json(&self) -> Value {
        let engines: Vec<Value> = Engine::ALL
            .into_iter()
            .map(|engine| {
                let samples = self.answers.iter().find(|(of, _)| *of == engine);
                let samples: Vec<Value> = samples
                    .iter()
                    .flat_map(|(_, samples)| samples)
                    .map(|sample| {
                        json!({"wall_s": sample.wall_s, "cpu_s": sample.cpu_s, "peak_mib": sample.peak_mib})
                    })
                    .collect();
                json!({
                    "engine": engine.name(),
                    "load": self.load(engine).map(|load| &load.told),
                    "answers": samples,
                    "rows_per_cpu_s": self.rate(engine),
                    "times_ours": self.ratio(engine),
                })
            })
            .collect();
        let missing: Vec<Value> = self
            .missing
            .iter()
            .map(|(engine, why)| json!({"engine": engine.name(), "why": why}))
            .collect();
        json!({
            "persons": self.persons, "numbers": self.numbers, "rows": self.rows,
            "registry_bytes": self.registry_bytes, "scratch_bytes": self.scratch_bytes,
            "engines": engines, "missing": missing,
        })
    }
}

/// The engines at one size.
pub(super) fn of_size(size: &Size) -> String {
    let mut rows = Vec::new();
    for engine in Engine::ALL {
        let missing = size.missing.iter().any(|(of, _)| *of == engine);
        if missing {
            let mut row = vec![format!("{} (not measured)", engine.name())];
            row.extend(std::iter::repeat_n("–".to_owned(), 8));
            rows.push(row);
            continue;
        }
        let Some(cpu) = size.cpu(engine) else {
            continue;
        };
        let load = size.load(engine);
        let of_load =
            |what: fn(&Load) -> f64| load.map_or_else(|| "–".to_owned(), |load| short(what(load)));
        let rate = load.map(|load| thousands(size.numbers / load.cpu_s));
        let spread = |what: fn(&Sample) -> f64| size.spread(engine, what);
        rows.push(vec![
            engine.name().to_owned(),
            of_load(|load| load.cpu_s),
            rate.unwrap_or_else(|| "–".to_owned()),
            of_load(|load| load.peak_mib),
            format!(
                "{} ({}–{})",
                short(cpu.median),
                short(cpu.least),
                short(cpu.most)
            ),
            spread(|sample| sample.wall_s).map_or_else(String::new, |wall| short(wall.median)),
            size.rate(engine).map_or_else(String::new, thousands),
            spread(|sample| sample.peak_mib).map_or_else(String::new, |peak| short(peak.most)),
            match engine {
                Engine::Renketsu | Engine::Canonical => String::new(),
                Engine::Postgres | Engine::Python => size
                    .ratio(engine)
                    .map_or_else(String::new, |ratio| format!("{}×", short(ratio))),
            },
        ]);
    }
    let title = format!(
        "{} persons, {} numbers; request of {} rows",
        size.persons, size.numbers, size.rows
    );
    let head = [
        title.as_str(),
        "load, CPU s",
        "numbers / CPU s",
        "MiB",
        "answer, CPU s",
        "wall s",
        "rows / CPU s",
        "MiB",
        "× ours",
    ];
    table(&head, &rows)
}

/// What issue 4 wants, at the largest size; of a peer, the largest it was measured at.
pub(super) fn figures(sizes: &[Size]) -> Vec<Figure> {
    let Some(size) = sizes.iter().max_by_key(|size| size.persons) else {
        return Vec::new();
    };
    let load = size.load(Engine::Renketsu);
    let at = format!("at {} persons", size.persons);
    let against = |engine: Engine| {
        let mut measured: Vec<&Size> = sizes
            .iter()
            .filter(|size| size.ratio(engine).is_some())
            .collect();
        measured.sort_by_key(|size| size.persons);
        let largest = measured.last().copied();
        let name = format!(
            "CPU time of {}, of ours for the same request, at {} persons",
            engine.name(),
            largest.unwrap_or(size).persons,
        );
        let ratio = largest.and_then(|size| size.ratio(engine));
        Figure::new(name, Target::AtLeast(1.0), "×", ratio)
    };
    vec![
        Figure::new(
            format!("million rows answered per CPU second, {at}"),
            Target::AtLeast(1.0),
            "",
            size.rate(Engine::Renketsu).map(|rate| rate / 1e6),
        ),
        Figure::new(
            format!("million numbers loaded per CPU second, {at}"),
            Target::AtLeast(0.5),
            "",
            load.map(|load| size.numbers / load.cpu_s / 1e6),
        ),
        Figure::new(
            format!("million numbers loaded per second by the clock, {at}"),
            Target::AtLeast(0.5),
            "",
            load.map(|load| size.numbers / load.wall_s / 1e6),
        ),
        Figure::new(
            format!("most memory of loading and answering, {at}"),
            Target::AtMost(2048.0),
            " MiB",
            size.memory(),
        ),
        against(Engine::Postgres),
        against(Engine::Python),
    ]
}

/// How ours grow from the first size to the last, and what that would be for the nation.
fn growth(sizes: &[Size]) -> String {
    let mut rows = Vec::new();
    for size in sizes {
        let Some(load) = size.load(Engine::Renketsu) else {
            continue;
        };
        let peak = size.spread(Engine::Renketsu, |sample| sample.peak_mib);
        rows.push(vec![
            size.persons.to_string(),
            short(load.cpu_s / size.numbers * 1e6),
            short(load.peak_mib),
            size.cpu(Engine::Renketsu).map_or_else(String::new, |cpu| {
                short(cpu.median / float(size.rows) * 1e6)
            }),
            peak.map_or_else(String::new, |peak| short(peak.most)),
            short(size.registry_bytes / MIB),
            short(size.scratch_bytes / MIB),
        ]);
    }
    let head = [
        "persons",
        "load, CPU µs a number",
        "load, MiB",
        "answer, CPU µs a row",
        "answer, MiB",
        "registry, MiB on disk",
        "most disk while loading, MiB",
    ];
    table(&head, &rows)
}

/// Bytes of the shortest record that a load sorts, of which each person has at least one.
const RECORD: f64 = 20.0;
/// A sort this full takes as much memory as it ever will.
const FULL: f64 = 0.95;

/// What the nation would take; nothing of one size. The registry is proportional to the persons, so a straight line through
/// the two largest sizes is meant. Memory is not, so that only what was measured is told: a load sorts so many bytes at a time
/// and no more. What it keeps on disk meanwhile is in proportion only where its sorts no longer fit into memory.
fn nation(sizes: &[Size]) -> Option<String> {
    let mut sorted: Vec<&Size> = sizes.iter().collect();
    sorted.sort_by_key(|size| size.persons);
    let [.., one, other] = sorted.as_slice() else {
        return None;
    };
    let line = |what: &dyn Fn(&Size) -> f64| {
        let (low, high) = (what(one), what(other));
        let slope = (high - low) / (float(other.persons) - float(one.persons));
        high + slope * (NATION - float(other.persons))
    };
    let registry = line(&|size| size.registry_bytes);
    let disk = format!(
        "By extrapolation, not measured, for 1.25×10⁸ persons: a registry of {} GiB (a straight line through {} and {} persons).",
        short(registry / MIB / 1024.0),
        one.persons,
        other.persons,
    );
    let load = other.load(Engine::Renketsu)?;
    if float(other.persons) * RECORD < FULL * load.sort_bytes {
        return Some(format!(
            "{disk} Memory, and disk while it is loaded, can't be told from these sizes: what a load sorts still fits into \
             the {} MiB at a time that it takes at most.",
            short(load.sort_bytes / MIB),
        ));
    }
    let scratch = other.scratch_bytes * NATION / float(other.persons);
    let answered = |size: &Size| {
        let peak = size.spread(Engine::Renketsu, |sample| sample.peak_mib);
        peak.map_or_else(|| "–".to_owned(), |peak| short(peak.most))
    };
    let before = one.load(Engine::Renketsu)?;
    Some(format!(
        "{disk} While it is loaded {} GiB of disk at most, its own included. Memory is not extrapolated, because it doesn't grow as the persons do: \
         at {} persons each sort of a load fills the {} MiB that it takes at a time. Measured: {} MiB to load {} persons and {} MiB to load {}; \
         {} and {} MiB to answer a request.",
        short(scratch / MIB / 1024.0),
        other.persons,
        short(load.sort_bytes / MIB),
        short(before.peak_mib),
        one.persons,
        short(load.peak_mib),
        other.persons,
        answered(one),
        answered(other),
    ))
}

const BEGIN: &str = "<!-- cargo xtask bench authority writes from here -->\n";
const END: &str = "<!-- to here -->\n";

/// The section of `docs/performance.md`.
pub(super) fn section(sizes: &[Size], figures: &[Figure], warning: Option<&str>) -> String {
    let mut text = String::new();
    if let Some(warning) = warning {
        text.push_str(warning);
        text.push_str(".\n\n");
    }
    for size in sizes {
        text.push_str(&of_size(size));
        text.push('\n');
    }
    text.push_str(&growth(sizes));
    text.push('\n');
    if let Some(nation) = nation(sizes) {
        text.push_str(&nation);
        text.push_str("\n\n");
    }
    let rows: Vec<Vec<String>> = figures.iter().map(Figure::row).collect();
    text.push_str(&table(&["figure", "wanted", "found", "verdict"], &rows));
    text
}

/// Writes `performance/authority.json` and the section of `performance.md` below `out`.
pub(super) fn write(out: &Path, record: &Value, section: &str) -> Result<()> {
    let dir = out.join("performance");
    fs::create_dir_all(&dir).with_context(|| format!("make {}", dir.display()))?;
    let mut text = serde_json::to_string_pretty(record).context("the record as JSON")?;
    text.push('\n');
    fs::write(dir.join("authority.json"), text).context("write authority.json")?;
    let path = out.join("performance.md");
    let page = fs::read_to_string(&path).unwrap_or_else(|_| format!("{BEGIN}{END}"));
    let page = replaced(&page, section).context("performance.md has a place for the section")?;
    fs::write(&path, page).context("write performance.md")
}

/// The page with this section between the two marks.
fn replaced(page: &str, section: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{section}\n{END}{after}"))
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn float(count: u64) -> f64 {
    count as f64
}

/// A number above a thousand, without a fraction.
fn thousands(value: f64) -> String {
    format!("{value:.0}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(persons: u64, cpu: f64, peak: f64) -> Size {
        let load =
            json!({"wall_s": 4.0, "cpu_s": 2.0, "peak_mib": peak, "sort_bytes": 192.0 * MIB});
        let mut size = Size {
            persons,
            numbers: 2_000_000.0,
            rows: 1_000_000,
            scratch_bytes: 2.0 * MIB,
            registry_bytes: 3.0 * MIB,
            loads: vec![(Engine::Renketsu, Load::of(&load).unwrap())],
            answers: Vec::new(),
            missing: vec![(Engine::Postgres, "missing".to_owned())],
        };
        for (engine, times) in [
            (Engine::Renketsu, 1.0),
            (Engine::Canonical, 0.5),
            (Engine::Python, 6.0),
        ] {
            for factor in [1.0, 1.1, 0.9] {
                let told = json!({"wall_s": 9.0, "cpu_s": cpu * times * factor, "peak_mib": peak});
                size.answered(engine, Sample::of(&told).unwrap());
            }
        }
        size
    }

    #[test]
    fn a_peer_is_compared_on_the_same_request_and_a_missing_one_is_named() {
        let text = of_size(&size(1000, 0.8, 100.0));
        let line = |name: &str| {
            text.lines()
                .find(|line| line.contains(name))
                .unwrap()
                .to_owned()
        };
        assert!(line("Python").ends_with("12.0× |"));
        assert!(line("renketsu  ").contains(" 1250000 "));
        assert!(line("PostgreSQL").contains("not measured"));
    }

    #[test]
    fn figures_are_of_the_largest_size() {
        let sizes = [size(1000, 8.0, 100.0), size(10_000, 0.8, 3000.0)];
        let rows: Vec<Vec<String>> = figures(&sizes).iter().map(Figure::row).collect();
        let verdicts: Vec<&str> = rows.iter().map(|row| row[3].as_str()).collect();
        assert_eq!(
            verdicts,
            [
                "reached",
                "reached",
                "reached",
                "not reached",
                "not measured",
                "reached"
            ]
        );
        assert!(nation(&sizes).unwrap().contains("can't be told"));
        assert!(nation(&sizes[..1]).is_none());
    }

    #[test]
    fn memory_of_a_load_is_told_as_it_was_measured() {
        let mut sizes = [size(1_000_000, 0.8, 300.0), size(10_000_000, 0.8, 700.0)];
        for (size, mib) in sizes.iter_mut().zip([100.0, 1000.0]) {
            (size.registry_bytes, size.scratch_bytes) = (mib * MIB, 4.0 * mib * MIB);
        }
        let told = nation(&sizes).unwrap();
        // No figure but those that were measured.
        let expected = format!(
            "{} MiB to load 1000000 persons and {} MiB",
            short(300.0),
            short(700.0)
        );
        assert!(told.contains(&expected), "{told}");
        assert_eq!(told.matches(" MiB").count(), 4, "{told}");
        assert!(told.contains("12.2 GiB"), "{told}");
    }

    #[test]
    fn a_section_takes_the_place_of_the_one_before() {
        let page = format!("a\n{BEGIN}old\n{END}b\n");
        assert_eq!(
            replaced(&page, "new").unwrap(),
            format!("a\n{BEGIN}\nnew\n{END}b\n")
        );
        assert!(replaced("a", "new").is_none());
    }
}
