//! Progress on standard error, when somebody looks at it.

use std::cell::Cell;
use std::fmt::Write;
use std::io::{self, Write as _};
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};
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
    pub(crate) fn rows(self, messages: &Messages) -> Work {
        self.begin(&messages.text("progress-count"), "")
    }

    /// This, unless lines for a program are wanted.
    pub(crate) fn or_lines(self, lines: bool) -> Self {
        if lines { Self::Lines } else { self }
    }

    /// Begins to show work in stages, with rows, rate and time left.
    pub(crate) fn stages(self, messages: &Messages) -> Stages<'_> {
        Stages {
            work: self.work("progress-starting", messages),
            lines: self == Self::Lines,
            messages,
            stage: Cell::new(None),
        }
    }

    /// Begins to show that work goes on; `what` is the id of its word.
    pub(crate) fn work(self, what: &str, messages: &Messages) -> Work {
        let took = messages.text("progress-took");
        self.begin(&format!("{{msg}} {took}"), &messages.text(what))
    }

    fn begin(self, template: &str, message: &str) -> Work {
        let bar = match self {
            Self::Lines | Self::Silent => ProgressBar::hidden(),
            Self::Shown => ProgressBar::new_spinner(),
        };
        style(&bar, template);
        bar.set_message(message.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        Work(bar)
    }
}

/// Shows a bar by a template of the catalogue, whose numbers are whole: `rate` (a second), `took` and `left` (seconds).
fn style(bar: &ProgressBar, template: &str) {
    let Ok(style) = ProgressStyle::with_template(&format!("{{spinner}} {template}")) else {
        return;
    };
    bar.set_style(
        style
            .with_key("rate", |state: &ProgressState, out: &mut dyn Write| {
                let _infallible = write!(out, "{}", whole(state.per_sec()));
            })
            .with_key("took", |state: &ProgressState, out: &mut dyn Write| {
                let _infallible = write!(out, "{}", HumanCount(state.elapsed().as_secs()));
            })
            .with_key("left", |state: &ProgressState, out: &mut dyn Write| {
                // Without a row nothing can be said.
                let _infallible = match state.pos() {
                    0 => write!(out, "–"),
                    _ => write!(out, "{}", HumanCount(state.eta().as_secs())),
                };
            }),
    );
}

/// A number without its fraction, grouped.
fn whole(number: f64) -> HumanCount {
    HumanCount(format!("{number:.0}").parse().unwrap_or(0))
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
                (Stage::Recording, _) => "{msg}".to_owned(),
                (_, Some(_)) => {
                    format!(
                        "{{msg}} {{bar:24}} {}",
                        self.messages.text("progress-count-of")
                    )
                }
                (_, None) => format!("{{msg}} {}", self.messages.text("progress-count")),
            };
            style(bar, &template);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    #[test]
    fn progress_is_in_whole_numbers_and_the_readers_words() {
        assert_eq!(whole(61_255.769_9).to_string(), "61,256");
        assert_eq!(whole(f64::NAN).to_string(), "0");
        for (language, words) in [
            (Language::En, "{human_pos} rows ({rate} a second, {took} s)"),
            (Language::Ja, "{human_pos} 行（毎秒 {rate} 行、{took} 秒）"),
        ] {
            let messages = Messages::load(language);
            assert_eq!(messages.text("progress-count"), words);
            for id in ["progress-count", "progress-count-of", "progress-took"] {
                assert!(ProgressStyle::with_template(&messages.text(id)).is_ok());
            }
        }
    }
}
