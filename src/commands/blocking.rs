//! Work that blocks, on a thread of its own that nobody has to wait for.

use std::io;

use tokio::sync::oneshot;

/// Runs `work` on a new thread. The runtime's own blocking threads would panic where the system has no thread left, and
/// it waits for them at its end. The receiver fails if `work` panics.
///
/// # Errors
/// The system has no thread left.
pub(super) fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<oneshot::Receiver<T>> {
    let (sender, receiver) = oneshot::channel();
    std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        let _ = sender.send(work());
    })?;
    Ok(receiver)
}
