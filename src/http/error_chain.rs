//! An error and what caused it, also where a library hides that.

use std::error::Error;

/// An error and all that caused it, outermost first. I/O errors hide theirs one step deeper.
pub fn error_chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        inner.map(|inner| inner as &(dyn Error + 'static)).or_else(move || error.source())
    })
}

/// The first error of a kind among them.
pub fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    error_chain(error).find_map(|cause| cause.downcast_ref::<E>())
}
