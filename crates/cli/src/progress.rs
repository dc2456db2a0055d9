//! Progress on standard error, when somebody looks at it.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Whether progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
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

    /// Begins to show that work goes on.
    pub(crate) fn work(self, what: &str) -> Work {
        let bar = match self {
            Self::Silent => ProgressBar::hidden(),
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

impl Drop for Work {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
