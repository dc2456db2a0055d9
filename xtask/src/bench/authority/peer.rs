//! A peer at work: one process that loads once and answers as often as it is asked.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::report::Engine;
use super::text;

#[derive(Clone, Copy)]
pub(super) enum Peer {
    Postgres,
    Python,
}

impl Peer {
    pub(super) const ALL: [Self; 2] = [Self::Postgres, Self::Python];

    pub(super) fn name(self) -> &'static str {
        self.engine().name()
    }

    pub(super) fn engine(self) -> Engine {
        match self {
            Self::Postgres => Engine::Postgres,
            Self::Python => Engine::Python,
        }
    }

    /// The running peer and what its load cost, or why it can't be measured.
    pub(super) fn start(
        self,
        script: &Path,
        data: &Path,
        place: &Path,
    ) -> Result<Result<(PeerRun, Value), String>> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the interpreter is the machine's, not the project's"
        )]
        let python = std::env::var("RENKETSU_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let name = match self {
            Self::Postgres => "postgres",
            Self::Python => "python",
        };
        let out = place.join(format!("{name}.csv"));
        let started = Command::new(&python)
            .args([&text(script)?, name, &text(data)?, &text(&out)?])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = match started {
            Ok(child) => child,
            Err(error) => return Ok(Err(format!("{python}: {error}"))),
        };
        let told = child.stdout.take().context("a peer's output")?;
        let mut run = PeerRun {
            engine: self.engine(),
            child,
            told: BufReader::new(told),
            out,
        };
        match run.line()? {
            Some(loaded) => Ok(Ok((run, loaded))),
            None => Ok(Err(run.failure())),
        }
    }
}

/// A peer that has loaded its register.
pub(super) struct PeerRun {
    pub(super) engine: Engine,
    child: Child,
    told: BufReader<ChildStdout>,
    out: PathBuf,
}

impl PeerRun {
    /// One answer, measured by the peer itself.
    pub(super) fn answer(&mut self) -> Result<Value> {
        let stdin = self.child.stdin.as_mut().context("a peer's input")?;
        stdin.write_all(b"\n").context("ask a peer")?;
        match self.line()? {
            Some(told) => Ok(told),
            None => bail!("{} ended: {}", self.engine.name(), self.failure()),
        }
    }

    /// Ends it; where its last answer is.
    pub(super) fn end(mut self) -> Result<PathBuf> {
        drop(self.child.stdin.take());
        let status = self.child.wait().context("a peer ends")?;
        if !status.success() {
            bail!("{} failed: {}", self.engine.name(), self.failure());
        }
        Ok(self.out)
    }

    fn line(&mut self) -> Result<Option<Value>> {
        let mut line = String::new();
        if self.told.read_line(&mut line).context("a peer's word")? == 0 {
            return Ok(None);
        }
        serde_json::from_str(&line)
            .map(Some)
            .context("a peer prints JSON")
    }

    /// The last line it complained with.
    fn failure(&mut self) -> String {
        let mut words = String::new();
        if let Some(stderr) = &mut self.child.stderr {
            let _unreadable = stderr.read_to_string(&mut words);
        }
        let last = words.lines().last().unwrap_or("it ended without a word");
        last.to_owned()
    }
}
