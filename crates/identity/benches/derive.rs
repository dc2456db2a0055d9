//! Rate of derivation on one core: IDs per CPU-second with cached midstates, and with the `hmac` crate set up for each.
//!
//! One ID is a subject and a provision ID, two HMACs; the message has at most 55 bytes. CPU time of the thread is
//! measured and not wall time, because other work shares the machine. `cargo bench -p renketsu-identity`.

use std::hint::black_box;
use std::io::Write as _;

use hmac::digest::InvalidLength;
use hmac::{Hmac, KeyInit as _, Mac as _};
use renketsu_identity::{
    Branch, ByNumber, Epoch, InsuredNumber, Insurer, Number, ProvisionCode, ProvisionKey,
    ProvisionRoot, ProvisionSalt, RootKey, SubjectKey, Symbol,
};
use sha2::Sha256;

/// Few enough to stay in the cache: the derivation is measured, not the memory.
const PERSONS: u32 = 256;
const PASSES: u32 = 8000;
const RUNS: usize = 7;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let persons = persons()?;
    let subject_key =
        SubjectKey::<ByNumber>::derive(&RootKey::from_bytes(&mut [1; 32])?, Epoch(1))?;
    let provision_key = ProvisionKey::<ByNumber>::derive(
        &ProvisionRoot::from_bytes(&mut [2; 32])?,
        &ProvisionSalt::from_bytes(&mut [3; 32])?,
        &ProvisionCode::parse("P-2026-0001")?,
    )?;

    let mut midstates = Vec::new();
    let mut naive = Vec::new();
    for _ in 0..RUNS {
        midstates.push(rate(|| {
            for person in &persons {
                black_box(provision_key.id(&subject_key.subject(black_box(person))));
            }
            Ok(())
        })?);
        let (keys, mut message) = ([[4; 32], [5; 32]], Vec::with_capacity(64));
        naive.push(rate(|| {
            for person in &persons {
                black_box(naively(&keys, black_box(person), &mut message)?);
            }
            Ok(())
        })?);
    }
    let (midstates, naive) = (median(midstates), median(naive));
    let mut out = std::io::stdout();
    writeln!(
        out,
        "derive, midstates: {:6.2} million IDs per CPU-second",
        midstates / 1e6
    )?;
    writeln!(
        out,
        "derive, naive:     {:6.2} million IDs per CPU-second",
        naive / 1e6
    )?;
    writeln!(out, "ratio:             {:6.2}", midstates / naive)?;
    Ok(())
}

/// The same ID with the `hmac` crate and no state kept between persons; the message as it would be written there.
fn naively(
    keys: &[[u8; 32]; 2],
    person: &InsuredNumber,
    message: &mut Vec<u8>,
) -> Result<[u8; 32], InvalidLength> {
    message.clear();
    message.extend_from_slice(b"RKS1\x02");
    for (tag, text) in [
        (0x10, person.insurer.as_str()),
        (0x11, person.symbol.as_str()),
        (0x12, person.number.as_str()),
        (0x13, person.branch.as_str()),
    ] {
        message.push(tag);
        message.extend_from_slice(&u16::try_from(text.len()).unwrap_or_default().to_be_bytes());
        message.extend_from_slice(text.as_bytes());
    }
    let [subject_key, provision_key] = keys;
    let mut subject = Hmac::<Sha256>::new_from_slice(subject_key)?;
    subject.update(message);
    let mut id = Hmac::<Sha256>::new_from_slice(provision_key)?;
    id.update(&[0x01, 0x02]);
    id.update(&subject.finalize().into_bytes());
    Ok(id.finalize().into_bytes().into())
}

fn persons() -> Result<Vec<InsuredNumber>, Failure> {
    (0..PERSONS)
        .map(|i| {
            Ok(InsuredNumber {
                insurer: Insurer::parse("06132013")?,
                symbol: Symbol::parse(&format!("{}-{}", i % 97, i % 89))?,
                number: Number::parse(&format!("{i:07}"))?,
                branch: Branch::parse(&format!("{:02}", i % 5))?,
            })
        })
        .collect()
}

/// IDs per second of CPU time.
fn rate(mut pass: impl FnMut() -> Result<(), Failure>) -> Result<f64, Failure> {
    pass()?;
    let begin = cpu_nanoseconds()?;
    for _ in 0..PASSES {
        pass()?;
    }
    let microseconds = u32::try_from(cpu_nanoseconds()?.saturating_sub(begin) / 1000)?;
    Ok(f64::from(PERSONS) * f64::from(PASSES) / (f64::from(microseconds) / 1e6))
}

/// CPU time of this thread (Linux: the first number of its schedstat).
fn cpu_nanoseconds() -> Result<u64, Failure> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let first = text.split(' ').next().ok_or("schedstat is empty")?;
    Ok(first.parse()?)
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}
