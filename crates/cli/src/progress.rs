//! Progress on standard error, when somebody looks at it.

use std::cell::Cell;
use std::io::{self, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use renketsu_workspace::{Stage, Step};
use serde::Serialize;

use crate::language::Messages;

/// Whether progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// A program reads it: one JSON object a line.
    Lines,
    /// A terminal is there.
    Shown,
    /// Output goes to a file or a program.
    Silent,
}

/// One piece of long work.
pub(crate) struct Work(ProgressBar);

impl Progress {
    /// Begins to show work that counts rows.
    pub(crate) fn rows(self) -> Work {
        let work = self.work("");
        if let Ok(style) =
            ProgressStyle::with_template("{spinner} {human_pos} ({per_sec}, {elapsed})")
        {
            work.0.set_style(style);
        }
        work
    }

    /// This, unless lines for a program are wanted.
    pub(crate) fn or_lines(self, lines: bool) -> Self {
        if lines { Self::Lines } else { self }
    }

    /// Begins to show work in stages, with rows, rate and time left.
    pub(crate) fn stages(self, messages: &Messages) -> Stages<'_> {
        Stages {
            work: self.work(""),
            lines: self == Self::Lines,
            messages,
            stage: Cell::new(None),
        }
    }

    /// Begins to show that work goes on.
    pub(crate) fn work(self, what: &str) -> Work {
        let bar = match self {
            Self::Lines | Self::Silent => ProgressBar::hidden(),
            Self::Shown => ProgressBar::new_spinner(),
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        Work(bar)
    }
}

impl Work {
    /// Rows done so far.
    pub(crate) fn at(&self, rows: u64) {
        self.0.set_position(rows);
    }
}

/// Long work in stages.
pub(crate) struct Stages<'a> {
    work: Work,
    lines: bool,
    messages: &'a Messages,
    stage: Cell<Option<Stage>>,
}

impl Stages<'_> {
    /// Shows how far the work is.
    pub(crate) fn at(&self, step: Step) {
        let Step { stage, rows, of } = step;
        if self.lines {
            line(stage, rows, of);
            return;
        }
        let bar = &self.work.0;
        if self.stage.replace(Some(stage)) != Some(stage) {
            // Rate and time left are those of the stage.
            bar.reset();
            bar.set_message(self.messages.text(&format!("progress-{}", stage.as_str())));
            let template = match (stage, of) {
                (Stage::Recording, _) => "{spinner} {msg}",
                (_, Some(_)) => {
                    "{spinner} {msg} {bar:24} {human_pos}/{human_len} ({per_sec}, {eta})"
                }
                (_, None) => "{spinner} {msg} {human_pos} ({per_sec}, {elapsed})",
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            if let Some(of) = of {
                bar.set_length(of);
            }
        }
        bar.set_position(rows);
    }
}

/// Writes one line. A reader that went away misses nothing that matters.
fn line(stage: Stage, rows: u64, of: Option<u64>) {
    #[derive(Serialize)]
    struct Line {
        schema: &'static str,
        stage: &'static str,
        rows: u64,
        of: Option<u64>,
    }
    let line = Line {
        schema: "renketsu.progress/1",
        stage: stage.as_str(),
        rows,
        of,
    };
    let line = serde_json::to_string(&line).unwrap_or_default();
    let _unread = writeln!(io::stderr(), "{line}");
}

impl Drop for Work {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
