//! Places for strangers, who crowd out nobody whose place is known.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Connections of which it is not known yet whose they are. One too many ends the oldest: who shakes hands without delay is
/// through before that, and who delays takes no place from anybody.
#[derive(Clone, Debug)]
pub(crate) struct Strangers {
    most: usize,
    inside: Arc<Mutex<Inside>>,
}

#[derive(Debug, Default)]
struct Inside {
    numbers: u64,
    /// The oldest first.
    queue: VecDeque<(u64, oneshot::Sender<()>)>,
}

/// A stranger's place; given back when it is dropped.
pub(crate) struct Stranger {
    number: u64,
    strangers: Strangers,
    /// Ends when the place goes to somebody else.
    pub(crate) ended: oneshot::Receiver<()>,
}

impl Strangers {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            inside: Arc::default(),
        }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        // The queue is whole between any two of its operations.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn enter(&self) -> Stranger {
        let (end, ended) = oneshot::channel();
        let mut inside = self.inside();
        let number = inside.numbers;
        inside.numbers = number.wrapping_add(1);
        while inside.queue.len() >= self.most {
            // The one who had it hears that the sender is gone.
            inside.queue.pop_front();
        }
        inside.queue.push_back((number, end));
        drop(inside);
        Stranger {
            number,
            strangers: self.clone(),
            ended,
        }
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.strangers
            .inside()
            .queue
            .retain(|(number, _)| *number != self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_stranger_leaves_for_the_newest() {
        let strangers = Strangers::new(2);
        let [mut one, mut two] = [strangers.enter(), strangers.enter()];
        assert!(one.ended.try_recv() == Err(oneshot::error::TryRecvError::Empty));
        let mut three = strangers.enter();
        assert!(one.ended.try_recv() == Err(oneshot::error::TryRecvError::Closed));
        assert!(two.ended.try_recv() == Err(oneshot::error::TryRecvError::Empty));
        // Whose place is gone gives back nobody else's.
        drop(one);
        assert_eq!(strangers.inside().queue.len(), 2);
        drop(two);
        let _four = strangers.enter();
        assert!(three.ended.try_recv() == Err(oneshot::error::TryRecvError::Empty));
    }
}
