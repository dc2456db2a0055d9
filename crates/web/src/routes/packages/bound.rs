//! A body that gives no more than its reader has room for.
//!
//! Whoever reads the parts of a form keeps all that is there already until it knows a part's head, and a head has no end of its own.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, BodyDataStream};
use bytes::Bytes;
use futures::Stream;

/// How much of a body may come from now on.
#[derive(Debug, Clone)]
pub(super) struct Bound(Arc<AtomicUsize>);

impl Bound {
    /// So many bytes, and then it fails.
    pub(super) fn at_most(&self, bytes: usize) {
        self.0.store(bytes, Ordering::Relaxed);
    }
}

/// A body that comes piece by piece, and nothing of it before its bound is set.
pub(super) fn bounded(body: Body) -> (Body, Bound) {
    let bound = Bound(Arc::default());
    let pieces = Pieces {
        body: body.into_data_stream(),
        rest: Bytes::new(),
        bound: bound.clone(),
        given: false,
    };
    (Body::from_stream(pieces), bound)
}

struct Pieces {
    body: BodyDataStream,
    /// What came and was not given yet.
    rest: Bytes,
    bound: Bound,
    /// Whether the last answer was a piece: its reader looks at it before it asks for another.
    given: bool,
}

impl Stream for Pieces {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.given) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        while self.rest.is_empty() {
            match Pin::new(&mut self.body).poll_next(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(Err(error))) => {
                    return Poll::Ready(Some(Err(io::Error::other(error))));
                }
                Poll::Ready(Some(Ok(bytes))) => self.rest = bytes,
            }
        }
        let room = self.bound.0.load(Ordering::Relaxed);
        if room == 0 {
            return Poll::Ready(Some(Err(io::ErrorKind::FileTooLarge.into())));
        }
        let length = self.rest.len().min(room);
        let piece = self.rest.split_to(length);
        self.bound
            .0
            .store(room.saturating_sub(length), Ordering::Relaxed);
        self.given = true;
        Poll::Ready(Some(Ok(piece)))
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt as _, StreamExt as _};

    use super::*;

    #[test]
    fn a_reader_that_takes_all_there_is_gets_a_piece_at_a_time_and_no_more_than_its_bound() {
        let (body, bound) = bounded(Body::from(vec![7; 100]));
        let mut pieces = body.into_data_stream();
        bound.at_most(30);
        assert_eq!(
            pieces
                .next()
                .now_or_never()
                .unwrap()
                .unwrap()
                .unwrap()
                .len(),
            30
        );
        // It is asked at once, and has nothing yet.
        assert!(pieces.next().now_or_never().is_none());
        assert!(pieces.next().now_or_never().unwrap().unwrap().is_err());
        bound.at_most(usize::MAX);
        assert_eq!(
            pieces
                .next()
                .now_or_never()
                .unwrap()
                .unwrap()
                .unwrap()
                .len(),
            70
        );
        assert!(pieces.next().now_or_never().is_none());
        assert!(pieces.next().now_or_never().unwrap().is_none());
    }
}
