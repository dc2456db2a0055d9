//! Work on several processors at once, whose results come in the order of the work and never pile up.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// How many threads parse and judge. The results, their order and the first error are the same with any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threads(NonZero<usize>);

impl Threads {
    /// Everything in the calling thread.
    pub const ONE: Self = Self(NonZero::<usize>::MIN);

    /// So many.
    pub fn exactly(threads: NonZero<usize>) -> Self {
        Self(threads)
    }

    /// As many as this machine runs at once.
    pub fn of_machine() -> Self {
        Self(thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN))
    }
}

/// Pieces of work that may be read, worked on or waiting for their turn, in all.
const AHEAD: usize = 16;
/// More lanes than this only wait for the reader.
const MOST_LANES: usize = 8;

/// What is given away by whoever reads the work; it answers whether more is wanted.
pub(crate) type Give<'a, U> = &'a mut dyn FnMut(U) -> bool;

/// Reads pieces of work in one thread, does `work` on them in several, and gives the results to `take` in this one, in the
/// order in which they were read. The first error in that order ends all of it and is returned.
pub(crate) fn in_order<U, T, X, E>(
    threads: Threads,
    read: impl FnOnce(Give<'_, U>) -> Result<(), X> + Send,
    work: impl Fn(U) -> Result<T, X> + Sync,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E>
where
    U: Send,
    T: Send,
    X: Send,
    E: From<X>,
{
    if threads == Threads::ONE {
        return one_by_one(read, work, take);
    }
    let lanes = threads.0.get().min(MOST_LANES);
    thread::scope(|scope| {
        // A permit goes with every piece from its reading until its turn has come: no channel can ever be full.
        let (give_permit, permits) = sync_channel::<()>(AHEAD);
        for _ in 0..AHEAD {
            let _sent = give_permit.try_send(());
        }
        let (give_piece, pieces) = sync_channel::<(u64, U)>(AHEAD);
        let (give_result, results) = sync_channel::<(u64, Result<T, X>)>(AHEAD.saturating_add(1));
        let pieces = std::sync::Arc::new(Mutex::new(pieces));
        let work = &work;
        for _ in 0..lanes {
            let (pieces, give_result) = (std::sync::Arc::clone(&pieces), give_result.clone());
            scope.spawn(move || lane(&pieces, work, &give_result));
        }
        // The lanes hold it now: without them, nobody reads.
        drop(pieces);
        scope.spawn(move || {
            let mut next = 0_u64;
            let outcome = read(&mut |piece| {
                let wanted = permits.recv().is_ok() && give_piece.send((next, piece)).is_ok();
                next = next.saturating_add(1);
                wanted
            });
            if let Err(error) = outcome {
                // Nobody to tell it to is somebody who has stopped already.
                let _sent = give_result.send((next, Err(error)));
            }
        });
        let mut waiting = BTreeMap::new();
        let mut next = 0_u64;
        for (number, result) in &results {
            waiting.insert(number, result);
            while let Some(result) = waiting.remove(&next) {
                take(result?)?;
                next = next.saturating_add(1);
                let _sent = give_permit.try_send(());
            }
        }
        Ok(())
    })
}

/// The same without a thread.
fn one_by_one<U, T, X, E: From<X>>(
    read: impl FnOnce(Give<'_, U>) -> Result<(), X>,
    work: impl Fn(U) -> Result<T, X>,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    let mut outcome = Ok(());
    let read = read(&mut |piece| {
        outcome = work(piece).map_err(E::from).and_then(&mut take);
        outcome.is_ok()
    });
    outcome?;
    Ok(read?)
}

fn lane<U, T, X>(
    pieces: &Mutex<Receiver<(u64, U)>>,
    work: &impl Fn(U) -> Result<T, X>,
    give: &SyncSender<(u64, Result<T, X>)>,
) {
    loop {
        let piece = pieces.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((number, piece)) = piece else { return };
        if give.send((number, work(piece))).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    fn each() -> [Threads; 3] {
        [1, 2, 4].map(|threads| Threads::exactly(NonZero::new(threads).unwrap()))
    }

    fn give_all(count: u64) -> impl FnOnce(Give<'_, u64>) -> Result<(), String> + Send {
        move |give| {
            for number in 0..count {
                if !give(number) {
                    break;
                }
            }
            Ok(())
        }
    }

    #[test]
    fn results_come_in_the_order_of_the_work() {
        // Early pieces take longer than late ones.
        let slow = |number: u64| -> Result<u64, String> {
            let spins = if number.is_multiple_of(7) { 20_000 } else { 10 };
            Ok((0..spins).fold(number, |sum, _| std::hint::black_box(sum)))
        };
        for threads in each() {
            let mut taken = Vec::new();
            in_order(
                threads,
                give_all(500),
                slow,
                |number| -> Result<(), String> {
                    taken.push(number);
                    Ok(())
                },
            )
            .unwrap();
            assert_eq!(taken, (0..500).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_first_error_in_order_is_the_one() {
        let work = |number: u64| {
            if number >= 40 {
                Err(number.to_string())
            } else {
                Ok(number)
            }
        };
        for threads in each() {
            let mut taken = 0_u64;
            let error = in_order(threads, give_all(1000), work, |_| -> Result<(), String> {
                taken += 1;
                Ok(())
            })
            .unwrap_err();
            assert_eq!((error.as_str(), taken), ("40", 40));
        }
    }

    #[test]
    fn who_stops_taking_stops_the_reading() {
        for threads in each() {
            let read = AtomicU64::new(0);
            let endless = |give: Give<'_, u64>| -> Result<(), String> {
                while give(read.fetch_add(1, Ordering::SeqCst)) {}
                Ok(())
            };
            let error = in_order(threads, endless, Ok::<u64, String>, |number| {
                if number == 100 {
                    Err("enough".to_owned())
                } else {
                    Ok(())
                }
            })
            .unwrap_err();
            assert_eq!(error, "enough");
            let ahead = AHEAD as u64 + 2;
            assert!(read.load(Ordering::SeqCst) <= 101 + ahead);
        }
    }

    #[test]
    fn what_the_reader_cannot_read_comes_after_what_it_could() {
        for threads in each() {
            let mut taken = 0_u64;
            let read = |give: Give<'_, u64>| {
                give(1);
                give(2);
                Err("cut".to_owned())
            };
            let error = in_order(
                threads,
                read,
                Ok::<u64, String>,
                |_| -> Result<(), String> {
                    taken += 1;
                    Ok(())
                },
            )
            .unwrap_err();
            assert_eq!((error.as_str(), taken), ("cut", 2));
        }
    }
}
