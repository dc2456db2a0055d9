//! What a figure depends on besides the programs: the machine, how busy it was, and which source was built.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

/// Linux only, as the peak memory of every engine is; elsewhere the fields are null.
pub(super) fn describe() -> Value {
    let cores = std::thread::available_parallelism().ok();
    json!({
        "cpu": field("/proc/cpuinfo", "model name"),
        "cores": cores.map(std::num::NonZeroUsize::get),
        "memory": field("/proc/meminfo", "MemTotal"),
        "kernel": first_line("/proc/sys/kernel/osrelease"),
    })
}

/// Above this share of the machine, others' work makes the figures worthless. It costs engines CPU time unevenly
/// (beside builds, one peer's question took 1.1 times the quiet figure of issue 3, another's 2.4), so ratios are wrong too.
const QUIET: f64 = 0.03;

/// CPU time so far, in ticks of the kernel: of everything, and of the processes this one waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    idle: u64,
    all: u64,
    children: u64,
}

impl Clock {
    /// Nothing where the kernel is not Linux.
    pub(super) fn read() -> Option<Self> {
        let machine = fs::read_to_string("/proc/stat").ok()?;
        let own = fs::read_to_string("/proc/self/stat").ok()?;
        Self::parse(&machine, &own)
    }

    fn parse(machine: &str, own: &str) -> Option<Self> {
        let ticks: Vec<u64> = machine
            .lines()
            .find_map(|line| line.strip_prefix("cpu "))?
            .split_whitespace()
            .take(8) // guests are counted in user time already
            .map(str::parse)
            .collect::<Result<_, _>>()
            .ok()?;
        // The program's name stands in brackets and may hold anything; what follows starts with field 3.
        let (_, own) = own.rsplit_once(')')?;
        let fields: Vec<&str> = own.split_whitespace().collect();
        let child = |at: usize| fields.get(at)?.parse::<u64>().ok();
        Some(Self {
            idle: ticks.get(3)?.saturating_add(*ticks.get(4)?),
            all: ticks.iter().sum(),
            children: child(13)?.saturating_add(child(14)?),
        })
    }

    /// The share of the machine that others used between two readings, from 0 to 1.
    pub(super) fn others(self, later: Self) -> Option<f64> {
        let all = later.all.checked_sub(self.all)?;
        let idle = later.idle.saturating_sub(self.idle);
        let ours = later.children.saturating_sub(self.children);
        let others = all.saturating_sub(idle).saturating_sub(ours);
        ratio(others, all)
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    let part = f64::from(u32::try_from(part).ok()?);
    let whole = f64::from(u32::try_from(whole).ok()?);
    (whole > 0.0).then(|| part / whole)
}

/// What to say of a run beside which others used this share; nothing if it was quiet.
pub(super) fn warning(others: Option<f64>) -> Option<String> {
    match others {
        Some(share) if share <= QUIET => None,
        Some(share) => Some(format!(
            "NOT QUIET: other programs used {:.0} % of this machine meanwhile, so neither times nor ratios can be relied on",
            share * 100.0
        )),
        None => Some("whether the machine was quiet is not known".to_owned()),
    }
}

/// The commit that was built, and whether the files still are as it says.
pub(super) fn source(root: &Path) -> Value {
    json!({
        "commit": git(root, &["rev-parse", "HEAD"]),
        "changed": git(root, &["status", "--porcelain"]).map(|files| !files.is_empty()),
    })
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    })
}

fn first_line(file: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    text.lines().next().map(str::to_owned)
}

fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(root)
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(machine: &str, own: &str) -> Clock {
        Clock::parse(machine, own).unwrap()
    }

    #[test]
    fn what_others_used_is_neither_idle_nor_ours() {
        let own = "7 (x) y) S 1 1 1 0 -1 0 0 0 0 0 9 9 100 20 20 0 1 0";
        let before = clock("cpu  100 0 50 1000 10 0 5 2 40 0\ncpu0 1 2\n", own);
        assert_eq!(
            before,
            Clock {
                idle: 1010,
                all: 1167,
                children: 120
            }
        );
        // 200 ticks pass: 60 idle, 100 ours, 40 of others.
        let own = "7 (x) y) S 1 1 1 0 -1 0 0 0 0 0 9 9 190 30 20 0 1 0";
        let after = clock("cpu  230 0 60 1050 20 0 5 2 40 0\n", own);
        assert_eq!(before.others(after), Some(0.2));
        assert_eq!(before.others(before), None, "no time passed");
    }

    #[test]
    fn a_busy_machine_is_not_passed_over() {
        assert_eq!(warning(Some(0.01)), None);
        assert!(warning(Some(0.4)).unwrap().contains("40 %"));
        assert!(warning(None).is_some());
    }
}
