//! What `cargo xtask bench` was asked to do.

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context as _, Result, bail};

use super::engines::Engine;

pub(super) const HELP: &str = "\
cargo xtask bench [OPTION VALUE]… : the six questions here and in the peers, alternating, one process each.

  --rounds N           how often each engine answers each question (5)
  --prepare-rounds N   how often each engine prepares (3); 0 asks what an earlier run prepared
  --threads N          for every engine (2)
  --memory MIB         for preparing: our budget, DuckDB's memory_limit (1024)
  --engines A,B        of renketsu, renketsu-plain, duckdb, duckdb-prepared, duckdb-persons, polars (all)
  --persons N --anon-rows N --ndb-rows N    the size of the data (2000000, 5000000, 20000000)
  --data DIR           data that make_data.py made before
  --scale              measure five times the data too, with --scale-engines (renketsu)
  --renketsu PROGRAM   ours, instead of building the crate renketsu-bench
  --out DIR            where bench.json and bench.svg go (docs/performance; of a trial, below the target directory)

A trial is a run on a busy machine, of another size, with fewer rounds or without an engine: its figures do not count.

The peers are Python modules: `pip install duckdb polars pyarrow`. RENKETSU_PYTHON names the interpreter (python3).
";

/// How many persons and rows the data has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) persons: u64,
    pub(super) anon_rows: u64,
    pub(super) ndb_rows: u64,
}

impl Size {
    pub(super) fn times(self, factor: u64) -> Self {
        Self {
            persons: self.persons.saturating_mul(factor),
            anon_rows: self.anon_rows.saturating_mul(factor),
            ndb_rows: self.ndb_rows.saturating_mul(factor),
        }
    }

    /// Names the directory of this size.
    pub(super) fn label(self) -> String {
        format!("{}-{}-{}", self.persons, self.anon_rows, self.ndb_rows)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) rounds: usize,
    pub(super) prepare_rounds: usize,
    pub(super) threads: u32,
    pub(super) memory_mib: u32,
    pub(super) engines: Vec<Engine>,
    pub(super) size: Size,
    pub(super) data: Option<PathBuf>,
    pub(super) scale: bool,
    pub(super) scale_engines: Vec<Engine>,
    pub(super) renketsu: Option<PathBuf>,
    pub(super) out: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            rounds: 5,
            prepare_rounds: 3,
            threads: 2,
            memory_mib: 1024,
            engines: Engine::ALL.to_vec(),
            size: Size {
                persons: 2_000_000,
                anon_rows: 5_000_000,
                ndb_rows: 20_000_000,
            },
            data: None,
            scale: false,
            scale_engines: vec![Engine::Renketsu],
            renketsu: None,
            out: None,
        }
    }
}

impl Options {
    pub(super) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self> {
        let mut options = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(name) = arguments.next() {
            if name == "--scale" {
                options.scale = true;
                continue;
            }
            let mut value = || {
                arguments
                    .next()
                    .with_context(|| format!("`{name}` takes a value"))
            };
            match name.as_str() {
                "--rounds" => options.rounds = number(&name, &value()?)?,
                "--prepare-rounds" => options.prepare_rounds = number(&name, &value()?)?,
                "--threads" => options.threads = number(&name, &value()?)?,
                "--memory" => options.memory_mib = number(&name, &value()?)?,
                "--engines" => options.engines = engines(&value()?)?,
                "--persons" => options.size.persons = number(&name, &value()?)?,
                "--anon-rows" => options.size.anon_rows = number(&name, &value()?)?,
                "--ndb-rows" => options.size.ndb_rows = number(&name, &value()?)?,
                "--data" => options.data = Some(value()?.into()),
                "--scale-engines" => options.scale_engines = engines(&value()?)?,
                "--renketsu" => options.renketsu = Some(value()?.into()),
                "--out" => options.out = Some(value()?.into()),
                _ => bail!("no option `{name}`\n\n{HELP}"),
            }
        }
        if options.rounds == 0 || options.threads == 0 {
            bail!("nothing can be measured in 0 rounds or with 0 threads");
        }
        Ok(options)
    }
}

fn number<N: FromStr>(name: &str, value: &str) -> Result<N> {
    value
        .parse()
        .ok()
        .with_context(|| format!("`{name}` takes a number, not `{value}`"))
}

fn engines(list: &str) -> Result<Vec<Engine>> {
    let mut chosen: Vec<Engine> = list.split(',').map(Engine::named).collect::<Result<_>>()?;
    chosen.sort_unstable();
    chosen.dedup();
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Options> {
        Options::parse(text.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_read_and_the_rest_keeps_its_default() {
        let options = parse("--rounds 7 --scale --engines polars,renketsu,polars").unwrap();
        let expected = Options {
            rounds: 7,
            scale: true,
            engines: vec![Engine::Renketsu, Engine::Polars],
            ..Options::default()
        };
        assert_eq!(options, expected);
        assert_eq!(parse("").unwrap(), Options::default());
    }

    #[test]
    fn what_cannot_be_understood_is_refused() {
        for text in [
            "--rounds",
            "--rounds five",
            "--rounds 0",
            "--rows 5",
            "--engines spark",
            "polars",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_size_has_a_name_and_grows() {
        let size = Options::default().size;
        assert_eq!(size.label(), "2000000-5000000-20000000");
        assert_eq!(size.times(5).label(), "10000000-25000000-100000000");
    }
}
