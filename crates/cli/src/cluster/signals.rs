//! SIGINT, SIGTERM and SIGHUP: the cluster ends, and takes everything with it.

use std::io;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use tokio::signal::unix::{SignalKind, signal};

/// A receiver that hears of every such signal from now on.
///
/// # Errors
/// If signals cannot be waited for.
pub(super) fn watch() -> io::Result<Receiver<()>> {
    let (sender, receiver) = mpsc::channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut signals = {
        let _inside = runtime.enter();
        [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()]
            .map(signal)
            .into_iter()
            .collect::<io::Result<Vec<_>>>()?
    };
    let wait = move || {
        runtime.block_on(async {
            let [interrupt, terminate, hang_up] = &mut signals[..] else { return };
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                    _ = hang_up.recv() => {}
                }
                if sender.send(()).is_err() {
                    return;
                }
            }
        });
    };
    thread::Builder::new().name("signals".to_owned()).spawn(wait)?;
    Ok(receiver)
}
