//! What systemd is told: that the node is ready, what it is doing, that it is alive, and that it
//! reads its configuration again.

use std::env;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use rustix::time::{ClockId, clock_gettime};

use crate::snapshot::State;

/// Speaks to the service manager that started this process, if one did.
#[derive(Debug)]
pub(crate) struct Notifier {
    manager: Option<(UnixDatagram, SocketAddr)>,
    last_status: String,
}

impl Notifier {
    pub(crate) fn from_environment() -> Self {
        let manager = env::var("NOTIFY_SOCKET").ok().and_then(|path| connect(&path));
        Self { manager, last_status: String::new() }
    }

    /// Sockets are bound and storage is loaded; the start-up silence may still last.
    pub(crate) fn ready(&self) {
        self.send("READY=1");
    }

    /// The configuration is being read again; [`Self::ready`] says that this is over.
    pub(crate) fn reloading(&self) {
        // The manager takes the message for this reload only with a time after it asked for it.
        let now = clock_gettime(ClockId::Monotonic);
        let micros = now.tv_sec * 1_000_000 + now.tv_nsec / 1_000;
        self.send(&format!("RELOADING=1\nMONOTONIC_USEC={micros}"));
    }

    pub(crate) fn stopping(&self) {
        self.send("STOPPING=1");
    }

    /// Feeds the watchdog, and says what each scope is doing if that changed.
    pub(crate) fn alive<'a>(&mut self, states: impl Iterator<Item = (&'a str, State)>) {
        if self.manager.is_none() {
            return;
        }
        self.send("WATCHDOG=1");
        let status: Vec<String> =
            states.map(|(name, state)| format!("{name}: {}", describe(state))).collect();
        let status = status.join("; ");
        if status != self.last_status {
            self.send(&format!("STATUS={status}"));
            self.last_status = status;
        }
    }

    fn send(&self, text: &str) {
        if let Some((socket, manager)) = &self.manager {
            // A manager that does not listen is no reason to fail.
            let _ = socket.send_to_addr(text.as_bytes(), manager);
        }
    }
}

/// What a participant is doing, in a few words.
pub(crate) fn describe(state: State) -> String {
    match state {
        State::Maas { silence_left: Some(left), .. } => {
            format!("listening before it speaks, {} s left", left.as_micros().div_ceil(1_000_000))
        }
        State::Maas { phase, .. } => format!("{phase:?}").to_lowercase(),
        State::Coordinator { role, follows: Some(peer) } => {
            format!("{} of {peer}", format!("{role:?}").to_lowercase())
        }
        State::Coordinator { role, .. } => format!("{role:?}").to_lowercase(),
    }
}

/// An address that begins with `@` is in the abstract namespace.
fn connect(path: &str) -> Option<(UnixDatagram, SocketAddr)> {
    use std::os::linux::net::SocketAddrExt;
    let address = match path.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name).ok()?,
        None => SocketAddr::from_pathname(path).ok()?,
    };
    Some((UnixDatagram::unbound().ok()?, address))
}

#[cfg(test)]
mod tests {
    use aap::Phase;
    use sansio::Duration;

    use super::*;

    #[test]
    fn a_status_is_sent_once_per_change_and_the_watchdog_each_time() {
        let path = env::temp_dir().join(format!("aap-notify-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let manager = UnixDatagram::bind(&path).unwrap();
        manager.set_nonblocking(true).unwrap();
        let mut notifier =
            Notifier { manager: connect(path.to_str().unwrap()), last_status: String::new() };
        let silence_left = Some(Duration::from_millis(1500));
        let state = State::Maas { phase: Phase::Listening, silence_left };
        notifier.alive([("site", state)].into_iter());
        notifier.alive([("site", state)].into_iter());
        let heard: Vec<String> = std::iter::from_fn(|| {
            let mut buffer = [0; 200];
            let length = manager.recv(&mut buffer).ok()?;
            Some(String::from_utf8_lossy(&buffer[..length]).into_owned())
        })
        .collect();
        std::fs::remove_file(&path).unwrap();
        let status = "STATUS=site: listening before it speaks, 2 s left";
        assert_eq!(heard, ["WATCHDOG=1", status, "WATCHDOG=1"]);
    }
}
