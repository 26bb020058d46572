//! A node as a service: it runs until the operating system asks it to stop, and reads its
//! configuration again when asked to.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::config::NodeConfig;
use crate::engine::Node;
use crate::handle::Handle;

/// Runs `node` until SIGTERM or SIGINT, or until its handle stops it. SIGHUP makes it take over
/// what can change of the configuration that `reload` reads, or says why there is none.
///
/// # Errors
/// If signals cannot be waited for.
pub async fn serve(
    node: Node,
    reload: impl FnMut() -> Result<NodeConfig, String>,
) -> io::Result<()> {
    let handle = node.handle();
    let (terminate, interrupt) = (on(SignalKind::terminate())?, on(SignalKind::interrupt())?);
    let hang_up = on(SignalKind::hangup())?;
    tokio::select! {
        () = node.run() => {}
        // Ends only with the node, which it may ask to stop.
        () = obey(&handle, [terminate, interrupt], hang_up, reload) => {}
    }
    Ok(())
}

fn on(kind: SignalKind) -> io::Result<Signal> {
    signal(kind)
}

async fn obey(
    handle: &Handle,
    [mut terminate, mut interrupt]: [Signal; 2],
    mut hang_up: Signal,
    mut reload: impl FnMut() -> Result<NodeConfig, String>,
) {
    loop {
        tokio::select! {
            _ = terminate.recv() => handle.shutdown(),
            _ = interrupt.recv() => handle.shutdown(),
            _ = hang_up.recv() => match reload() {
                Ok(config) => take_over(handle, config).await,
                Err(why) => tracing::error!("the configuration stays as it was: {why}"),
            },
        }
    }
}

async fn take_over(handle: &Handle, config: NodeConfig) {
    match handle.reload(config).await {
        Ok(fixed) if fixed.is_empty() => tracing::info!("the configuration was read again"),
        Ok(fixed) => tracing::warn!("these settings need a new start: {}", fixed.join(", ")),
        // It is stopping already.
        Err(_) => {}
    }
}
