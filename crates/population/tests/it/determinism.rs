use std::io::Write;

use renketsu_population::{Extract, Plan, Population};

use crate::world::generate;

/// Every file's bytes, folded.
struct Digest(u64);

impl Write for Digest {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn digest(population: &Population) -> u64 {
    let mut digest = Digest(0xCBF2_9CE4_8422_2325);
    let none = &mut |_: u64| {};
    population.write_registry(&mut digest, none).unwrap();
    for file in population.claim_files() {
        digest.write_all(file.name().as_bytes()).unwrap();
        file.write(&mut digest, none).unwrap();
    }
    population.write_anonymized(&mut digest, none).unwrap();
    population
        .write_extract(Extract::Ndb, &mut digest, none)
        .unwrap();
    population
        .write_extract(Extract::Dpc, &mut digest, none)
        .unwrap();
    digest.0
}

#[test]
fn the_same_plan_gives_the_same_bytes_and_another_seed_others() {
    let first = digest(&generate(&Plan::new(800, 3)));
    assert_eq!(first, digest(&generate(&Plan::new(800, 3))));
    assert_ne!(first, digest(&generate(&Plan::new(800, 4))));
}

#[test]
fn files_do_not_depend_on_the_order_in_which_they_are_written_nor_on_threads() {
    let population = generate(&Plan::new(500, 5));
    let write = |index: usize| {
        let mut bytes = Vec::new();
        let file = population.claim_files().nth(index).unwrap();
        file.write(&mut bytes, &mut |_| {}).unwrap();
        bytes
    };
    let count = population.claim_files().count();
    let forward: Vec<_> = (0..count).map(write).collect();
    let mut backward: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..count)
            .rev()
            .map(|index| scope.spawn(move || write(index)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    backward.reverse();
    assert_eq!(forward, backward);
}

#[test]
fn progress_adds_up_to_persons_and_rows() {
    let mut persons = 0;
    let plan = Plan::new(2_345, 1);
    let population = Population::generate(&plan, &mut |more| persons += more).unwrap();
    assert_eq!(persons, 2_345);
    let mut told = 0;
    let rows = population
        .write_registry(std::io::sink(), &mut |more| told += more)
        .unwrap();
    assert!(rows >= 2_345);
    assert_eq!(told, rows);
}

#[test]
fn more_persons_leave_the_earlier_persons_as_they_are() {
    let small = crate::world::registry(&generate(&Plan::new(300, 9)));
    let large = crate::world::registry(&generate(&Plan::new(600, 9)));
    let names = |rows: &[crate::world::Row]| -> Vec<(String, String)> {
        rows.iter()
            .take(200)
            .map(|row| (row.person.clone(), row.kana.clone()))
            .collect()
    };
    assert_eq!(names(&small), names(&large));
}
