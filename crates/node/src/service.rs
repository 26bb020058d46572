//! A node as a service: it runs until the operating system asks it to stop, and reads its
//! configuration again when asked to.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::config::NodeConfig;
use crate::engine::Node;
use crate::handle::Handle;
use crate::log::LogControl;
use crate::notify::Notifier;

/// Runs `node` until SIGTERM or SIGINT, or until its handle stops it. SIGHUP makes it take over
/// what can change of the configuration that `reload` reads, the filter of `log` included, or says
/// why there is none.
///
/// # Errors
/// If signals cannot be waited for.
pub async fn serve(
    node: Node,
    log: &LogControl,
    reload: impl FnMut() -> Result<NodeConfig, String>,
) -> io::Result<()> {
    let handle = node.handle();
    let (terminate, interrupt) = (on(SignalKind::terminate())?, on(SignalKind::interrupt())?);
    let hang_up = on(SignalKind::hangup())?;
    tokio::select! {
        () = node.run() => {}
        // Ends only with the node, which it may ask to stop.
        () = obey(&handle, log, [terminate, interrupt], hang_up, reload) => {}
    }
    Ok(())
}

fn on(kind: SignalKind) -> io::Result<Signal> {
    signal(kind)
}

async fn obey(
    handle: &Handle,
    log: &LogControl,
    [mut terminate, mut interrupt]: [Signal; 2],
    mut hang_up: Signal,
    mut reload: impl FnMut() -> Result<NodeConfig, String>,
) {
    let notifier = Notifier::from_environment();
    loop {
        tokio::select! {
            _ = terminate.recv() => handle.shutdown(),
            _ = interrupt.recv() => handle.shutdown(),
            _ = hang_up.recv() => {
                // The service manager waits for both, whatever comes of it.
                notifier.reloading();
                match reload() {
                    Ok(config) => take_over(handle, log, config).await,
                    Err(why) => tracing::error!("the configuration stays as it was: {why}"),
                }
                notifier.ready();
            }
        }
    }
}

async fn take_over(handle: &Handle, log: &LogControl, config: NodeConfig) {
    // It may have been changed over the control API meanwhile: the configuration wins.
    let filter = config.log.filter.clone();
    let new_filter = log.filter() != filter;
    if let (true, Err(why)) = (new_filter, log.set_filter(&filter)) {
        tracing::error!("{why}");
    }
    // An error says that it is stopping already.
    let Ok(reloaded) = handle.reload(config).await else { return };
    let mut changed = reloaded.changed;
    if new_filter && !changed.contains(&"log.filter") {
        changed.push("log.filter");
    }
    if changed.is_empty() {
        tracing::info!("the configuration was read again: nothing to take over has changed in it");
    } else {
        tracing::info!("taken over from the configuration: {}", changed.join(", "));
    }
    if !reloaded.fixed.is_empty() {
        tracing::warn!("these settings need a new start: {}", reloaded.fixed.join(", "));
    }
}
