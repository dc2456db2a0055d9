//! One value looked ahead in a stream that can fail.

use crate::link::LinkError;

pub(super) struct Ahead<T, I> {
    head: Option<T>,
    rest: I,
}

impl<T, E, I> Ahead<T, I>
where
    LinkError: From<E>,
    I: Iterator<Item = Result<T, E>>,
{
    pub(super) fn new(mut rest: I) -> Result<Self, LinkError> {
        let head = rest.next().transpose()?;
        Ok(Self { head, rest })
    }

    pub(super) fn head(&self) -> Option<&T> {
        self.head.as_ref()
    }

    /// The next value, if `wanted` holds of it.
    pub(super) fn next_if(
        &mut self,
        wanted: impl FnOnce(&T) -> bool,
    ) -> Result<Option<T>, LinkError> {
        if !self.head.as_ref().is_some_and(wanted) {
            return Ok(None);
        }
        let next = self.rest.next().transpose()?;
        Ok(std::mem::replace(&mut self.head, next))
    }
}
