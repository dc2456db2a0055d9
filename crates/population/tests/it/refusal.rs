use std::io::{self, Write};

use renketsu_population::{Extract, MOST_PERSONS, Plan, PlanError, Population, Rates};

fn refused(plan: &Plan) -> PlanError {
    let mut told = false;
    let error = Population::generate(plan, &mut |_| told = true).unwrap_err();
    assert!(!told, "nothing is made of a refused plan");
    assert_eq!(error.exit(), 2);
    let names: Vec<&str> = error.details().iter().map(|(name, _)| *name).collect();
    assert!(PlanError::CODES.contains(&(error.code(), names.as_slice())));
    error
}

#[test]
fn no_persons_and_too_many_persons_are_refused() {
    assert_eq!(refused(&Plan::new(0, 1)), PlanError::Persons { persons: 0 });
    let code = refused(&Plan::new(MOST_PERSONS + 1, 1)).code();
    assert_eq!(code, "population.plan.persons");
}

#[test]
fn months_outside_the_history_are_refused() {
    let base = Plan::new(10, 1);
    for (first_month, months) in [
        ((2018, 12), 1),
        ((2022, 12), 2),
        ((2021, 13), 1),
        ((2021, 1), 0),
    ] {
        let plan = Plan {
            first_month,
            months,
            ..base.clone()
        };
        assert_eq!(refused(&plan), PlanError::Months { months });
    }
    let whole = Plan {
        first_month: (2019, 1),
        months: 48,
        ..base
    };
    assert!(Population::generate(&whole, &mut |_| {}).is_ok());
}

#[test]
fn no_hospitals_and_too_many_are_refused() {
    for hospitals in [0, 501] {
        let plan = Plan {
            hospitals,
            ..Plan::new(10, 1)
        };
        assert_eq!(refused(&plan), PlanError::Hospitals { hospitals });
    }
}

#[test]
fn rates_that_are_no_probabilities_are_refused_by_name() {
    for bad in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        let plan = Plan {
            rates: Rates {
                wrong_kana: bad,
                ..Rates::default()
            },
            ..Plan::new(10, 1)
        };
        assert_eq!(refused(&plan), PlanError::Rate { name: "wrong_kana" });
    }
    let plan = Plan {
        coverage: 1.5,
        ..Plan::new(10, 1)
    };
    assert_eq!(refused(&plan), PlanError::Rate { name: "coverage" });
}

/// A disk with room for so many bytes.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self
            .0
            .checked_sub(bytes.len())
            .ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_reported_by_every_writer() {
    let population = Population::generate(&Plan::new(500, 1), &mut |_| {}).unwrap();
    let none = &mut |_: u64| {};
    let mut results = vec![
        population.write_registry(Full(9_000), none),
        population.write_anonymized(Full(9_000), none),
        population.write_extract(Extract::Ndb, Full(9_000), none),
        population.write_extract(Extract::Dpc, Full(10), none),
    ];
    results.extend(
        population
            .claim_files()
            .map(|file| file.write(Full(10), none)),
    );
    for result in results {
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
