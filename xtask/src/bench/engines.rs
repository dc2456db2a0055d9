//! Ours and the peers: one process for each measurement. What they print stands in `bench/README.md`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::options::Size;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Engine {
    Renketsu,
    RenketsuPlain,
    Duckdb,
    DuckdbPrepared,
    DuckdbPersons,
    Polars,
}

impl Engine {
    pub(super) const ALL: [Self; 6] = [
        Self::Renketsu,
        Self::RenketsuPlain,
        Self::Duckdb,
        Self::DuckdbPrepared,
        Self::DuckdbPersons,
        Self::Polars,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Renketsu => "renketsu",
            Self::RenketsuPlain => "renketsu-plain",
            Self::Duckdb => "duckdb",
            Self::DuckdbPrepared => "duckdb-prepared",
            Self::DuckdbPersons => "duckdb-persons",
            Self::Polars => "polars",
        }
    }

    pub(super) fn named(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|engine| engine.name() == name)
            .with_context(|| {
                let names: Vec<_> = Self::ALL.iter().map(|engine| engine.name()).collect();
                format!("no engine `{name}`; there are: {}", names.join(", "))
            })
    }

    pub(super) fn is_ours(self) -> bool {
        matches!(self, Self::Renketsu | Self::RenketsuPlain)
    }

    /// The others read the delivered files each time.
    pub(super) fn prepares(self) -> bool {
        !matches!(self, Self::Duckdb | Self::Polars)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Question {
    Overlap,
    Profile,
    Cohort,
    Burden,
    Missing,
    Onset,
}

impl Question {
    pub(super) const ALL: [Self; 6] = [
        Self::Overlap,
        Self::Profile,
        Self::Cohort,
        Self::Burden,
        Self::Missing,
        Self::Onset,
    ];

    /// Those that need more of a table than who is in it.
    pub(super) const SCANS: [Self; 4] = [Self::Profile, Self::Cohort, Self::Burden, Self::Onset];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Overlap => "overlap",
            Self::Profile => "profile",
            Self::Cohort => "cohort",
            Self::Burden => "burden",
            Self::Missing => "missing",
            Self::Onset => "onset",
        }
    }
}

/// What one process measured of itself.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sample {
    pub(super) wall_s: f64,
    pub(super) cpu_s: f64,
    pub(super) peak_mib: f64,
    pub(super) left: Left,
}

/// What a measurement leaves behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// Of preparing: so many bytes on disk.
    Bytes(u64),
    /// Of asking: an answer, by its digest.
    Digest(String),
}

impl Sample {
    fn prepared(printed: &Value) -> Result<Self> {
        let bytes = printed
            .get("bytes")
            .and_then(Value::as_u64)
            .context("`bytes` is no whole number")?;
        Self::with(printed, Left::Bytes(bytes))
    }

    fn answered(printed: &Value) -> Result<Self> {
        let digest = printed
            .get("digest")
            .and_then(Value::as_str)
            .context("`digest` is no text")?;
        if digest.len() != 16 || !digest.bytes().all(|b| b.is_ascii_hexdigit()) {
            bail!("`digest` is not 16 hexadecimal digits");
        }
        Self::with(printed, Left::Digest(digest.to_ascii_lowercase()))
    }

    fn with(printed: &Value, left: Left) -> Result<Self> {
        let above_zero = |name: &str| {
            printed
                .get(name)
                .and_then(Value::as_f64)
                .filter(|value| *value > 0.0)
                .with_context(|| format!("`{name}` is no number above 0"))
        };
        Ok(Self {
            wall_s: above_zero("wall_s")?,
            cpu_s: above_zero("cpu_s")?,
            peak_mib: above_zero("peak_rss_mib")?,
            left,
        })
    }

    pub(super) fn json(&self) -> Value {
        let mut object = json!({
            "wall_s": self.wall_s, "cpu_s": self.cpu_s, "peak_rss_mib": self.peak_mib,
        });
        let (name, value) = match &self.left {
            Left::Bytes(bytes) => ("bytes", json!(bytes)),
            Left::Digest(digest) => ("digest", json!(digest)),
        };
        if let Some(object) = object.as_object_mut() {
            object.insert(name.to_owned(), value);
        }
        object
    }
}

/// The programs that measure.
#[derive(Debug)]
pub(super) struct Programs {
    python: PathBuf,
    scripts: PathBuf,
    renketsu: Option<PathBuf>,
}

impl Programs {
    pub(super) fn new(python: PathBuf, scripts: PathBuf, renketsu: Option<PathBuf>) -> Self {
        Self {
            python,
            scripts,
            renketsu,
        }
    }

    /// Of the peers; an error if a Python module is missing.
    pub(super) fn versions(&self) -> Result<Value> {
        printed(self.script("peers.py").arg("versions"))
    }

    /// Makes the data, unless it stands complete.
    pub(super) fn make_data(&self, size: Size, data: &Path) -> Result<()> {
        if data.join("data.json").exists() {
            return Ok(());
        }
        printed(self.script("make_data.py").arg(data).args([
            "--persons",
            &size.persons.to_string(),
            "--anon-rows",
            &size.anon_rows.to_string(),
            "--ndb-rows",
            &size.ndb_rows.to_string(),
        ]))?;
        Ok(())
    }

    pub(super) fn describe(&self, data: &Path) -> Result<Value> {
        printed(self.script("peers.py").arg("describe").arg(data))
    }

    fn script(&self, name: &str) -> Command {
        let mut command = Command::new(&self.python);
        command
            .arg(self.scripts.join(name))
            .env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }

    fn ours(&self) -> Result<Command> {
        let program = self.renketsu.as_ref().context("renketsu was not built")?;
        Ok(Command::new(program))
    }
}

/// One size of data, and where each engine keeps what it prepared of it.
#[derive(Debug)]
pub(super) struct Stage<'a> {
    pub(super) programs: &'a Programs,
    pub(super) data: PathBuf,
    pub(super) work: PathBuf,
    pub(super) threads: u32,
    pub(super) memory_mib: u32,
}

impl Stage<'_> {
    pub(super) fn prepare(&self, engine: Engine) -> Result<Sample> {
        let work = self.work.join(engine.name());
        if work.exists() {
            fs::remove_dir_all(&work)
                .with_context(|| format!("remove what {} prepared before", engine.name()))?;
        }
        fs::create_dir_all(&work).context("make the directory of an engine")?;
        let mut command = if engine.is_ours() {
            let mut command = self.programs.ours()?;
            command.arg("prepare");
            command
        } else {
            let mut command = self.programs.script("peers.py");
            command.args(["prepare", engine.name()]);
            command
        };
        command.arg(&self.data).arg(&work).args([
            "--threads",
            &self.threads.to_string(),
            "--memory",
            &self.memory_mib.to_string(),
        ]);
        if engine == Engine::RenketsuPlain {
            command.arg("--plain");
        }
        printed(&mut command)
            .and_then(|value| Sample::prepared(&value))
            .with_context(|| format!("{} prepares", engine.name()))
    }

    pub(super) fn ask(&self, engine: Engine, question: Question) -> Result<Sample> {
        let work = self.work.join(engine.name());
        let mut command = if engine.is_ours() {
            let mut command = self.programs.ours()?;
            command.arg("ask").arg(work);
            command
        } else {
            let mut command = self.programs.script("peers.py");
            command.args(["ask", engine.name()]);
            command.arg(&self.data).arg(work);
            command
        };
        command.args([question.name(), "--threads", &self.threads.to_string()]);
        printed(&mut command)
            .and_then(|value| Sample::answered(&value))
            .with_context(|| format!("{} answers `{}`", engine.name(), question.name()))
    }
}

/// The one JSON value a program prints.
fn printed(command: &mut Command) -> Result<Value> {
    let program = command.get_program().to_owned();
    let output = command
        .output()
        .with_context(|| format!("start {}", program.display()))?;
    if !output.status.success() {
        bail!(
            "{}: {}\n{}",
            program.display(),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("{} does not print one JSON value", program.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_read_or_refused() {
        let good = json!({
            "wall_s": 0.5, "cpu_s": 1, "peak_rss_mib": 80.5, "digest": "0123456789ABCDEF", "rows": 3,
        });
        let sample = Sample::answered(&good).unwrap();
        assert_eq!(sample.left, Left::Digest("0123456789abcdef".to_owned()));
        assert!(
            Sample::prepared(&good).is_err(),
            "an answer is no preparation"
        );
        for (name, bad) in [
            ("wall_s", json!(null)),
            ("cpu_s", json!(0)),
            ("cpu_s", json!(-1.0)),
            ("peak_rss_mib", json!("80")),
            ("digest", json!("123")),
            ("digest", json!("0123456789abcdeg")),
        ] {
            let mut value = good.clone();
            value[name] = bad;
            assert!(Sample::answered(&value).is_err(), "{value}");
        }
    }

    #[test]
    fn every_engine_is_found_by_its_name() {
        for engine in Engine::ALL {
            assert_eq!(Engine::named(engine.name()).unwrap(), engine);
        }
        assert!(Engine::named("spark").is_err());
    }
}
