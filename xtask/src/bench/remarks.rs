//! Why a run is a trial and its figures are not those of the issue.

use super::engines::Engine;
use super::machine;
use super::options::Options;

/// What a run at one size had: rows of both tables, and the share of the machine others used meanwhile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Had {
    pub(super) anon_rows: Option<u64>,
    pub(super) ndb_rows: Option<u64>,
    pub(super) others: Option<f64>,
}

/// Nothing of a run that counts. A second size is not asked for here: what it shows is one figure of its own.
pub(super) fn remarks(options: &Options, small: Had, large: Option<Had>) -> Vec<String> {
    let wanted = Options::default();
    let mut remarks = Vec::new();
    let mut unless = |good: bool, remark: String| {
        if !good {
            remarks.push(remark);
        }
    };
    let size = wanted.size;
    unless(
        (small.anon_rows, small.ndb_rows) == (Some(size.anon_rows), Some(size.ndb_rows)),
        format!("not {} × {} rows", size.anon_rows, size.ndb_rows),
    );
    unless(
        options.threads == wanted.threads,
        format!("{} threads, not {}", options.threads, wanted.threads),
    );
    unless(
        options.rounds >= wanted.rounds,
        format!("{} rounds, fewer than {}", options.rounds, wanted.rounds),
    );
    unless(
        options.prepare_rounds >= wanted.prepare_rounds,
        format!(
            "prepared {} times, fewer than {}",
            options.prepare_rounds, wanted.prepare_rounds
        ),
    );
    let left_out: Vec<&str> = Engine::ALL
        .into_iter()
        .filter(|engine| !options.engines.contains(engine))
        .map(Engine::name)
        .collect();
    unless(
        left_out.is_empty(),
        format!("without {}", left_out.join(", ")),
    );
    unless(
        options.renketsu.is_none(),
        "renketsu is a program named by --renketsu, not built from this source".to_owned(),
    );
    for had in std::iter::once(small).chain(large) {
        remarks.extend(machine::warning(had.others));
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Had = Had {
        anon_rows: Some(5_000_000),
        ndb_rows: Some(20_000_000),
        others: Some(0.01),
    };

    #[test]
    fn a_run_as_the_issue_wants_it_needs_no_remark() {
        assert_eq!(
            remarks(&Options::default(), GOOD, Some(GOOD)),
            [] as [String; 0]
        );
    }

    #[test]
    fn whatever_is_otherwise_is_said() {
        let wanted = Options::default;
        let cases = [
            (
                Options {
                    rounds: 4,
                    ..wanted()
                },
                GOOD,
                "4 rounds",
            ),
            (
                Options {
                    prepare_rounds: 0,
                    ..wanted()
                },
                GOOD,
                "prepared 0 times",
            ),
            (
                Options {
                    threads: 8,
                    ..wanted()
                },
                GOOD,
                "8 threads",
            ),
            (
                Options {
                    renketsu: Some("x".into()),
                    ..wanted()
                },
                GOOD,
                "--renketsu",
            ),
            (
                Options {
                    engines: vec![Engine::Renketsu],
                    ..wanted()
                },
                GOOD,
                "without renketsu-plain, duckdb",
            ),
            (
                wanted(),
                Had {
                    ndb_rows: Some(1),
                    ..GOOD
                },
                "not 5000000 × 20000000 rows",
            ),
            (
                wanted(),
                Had {
                    others: Some(0.5),
                    ..GOOD
                },
                "NOT QUIET",
            ),
        ];
        for (options, small, word) in cases {
            let told = remarks(&options, small, None);
            assert_eq!(told.len(), 1, "{told:?}");
            assert!(told[0].contains(word), "{told:?}");
        }
        let busy = Had {
            others: None,
            ..GOOD
        };
        assert_eq!(remarks(&wanted(), GOOD, Some(busy)).len(), 1);
    }
}
