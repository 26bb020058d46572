//! The control API of a real node on loopback, asked over its Unix socket.

#[cfg(test)]
mod allocating;
#[cfg(test)]
mod changing;
#[cfg(test)]
mod client;
#[cfg(test)]
mod faulty;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod shape;
#[cfg(test)]
mod watching;

use crate::support::{Lan, Running, loopback_works};
use aap::Startup;
use client::Client;
use node::control::{Limits, Server, Settings, Unix};

/// A node on its own, ready, with its control API. `None` where loopback does not do multicast.
struct Place {
    lan: Lan,
    node: Running,
    client: Client,
    _control: node::control::Running,
}

impl Place {
    /// One that is at work.
    async fn ready(limits: Limits) -> Option<Self> {
        let mut place = Self::begun(limits, Startup::Settled)?;
        place.node.ready().await;
        Some(place)
    }

    /// One that is still in its start-up silence.
    fn silent(limits: Limits) -> Option<Self> {
        Self::begun(limits, Startup::Listen)
    }

    fn begun(limits: Limits, startup: Startup) -> Option<Self> {
        if !loopback_works() {
            return None;
        }
        let lan = Lan::new();
        let mut config = lan.config(1);
        config.scopes[0].machine.startup = startup;
        let node = Running::start(config);
        let path = lan.data(1).join("control.sock");
        let settings = Settings { unix: Some(Unix::at(&path)), tcp: None, limits };
        let control = Server::bind(settings).expect("a socket");
        let control = control.start(node.handle.clone()).expect("a thread");
        Some(Self { lan, node, client: Client(path), _control: control })
    }
}
