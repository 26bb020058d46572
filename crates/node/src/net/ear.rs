use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::task::Poll;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::net::UdpSocket;

use super::sockets::listener;
use super::{Interface, InterfaceChoice, SocketError};

/// The longest UDP payload there is.
const LONGEST: usize = 65_535;

/// Sockets that only listen: they join groups, send nothing and disturb nobody, nodes of the same
/// host included.
#[derive(Debug)]
pub struct Ear {
    sockets: Vec<(String, SocketAddr, UdpSocket)>,
    buffer: Vec<u8>,
    /// The socket to ask first, so that a busy one does not silence the others.
    first: usize,
}

/// A datagram that was overheard.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Overheard {
    /// When, by the wall clock, in microseconds since 1970.
    pub at_us: u64,
    /// Who sent it, as far as the datagram says.
    pub from: SocketAddr,
    /// The group and port it was sent to.
    pub to: SocketAddr,
    /// The interface it came in by.
    pub interface: String,
    /// Its payload.
    pub octets: Vec<u8>,
}

impl Ear {
    /// Joins `groups` on the chosen interface, or on every one that is up and has an address of
    /// the group's family.
    ///
    /// # Errors
    /// If an interface is not there, or a group cannot be joined.
    ///
    /// # Panics
    /// Outside a tokio runtime with IO.
    pub fn open(
        groups: &[SocketAddr],
        choice: Option<&InterfaceChoice>,
    ) -> Result<Self, SocketError> {
        let interfaces = match choice {
            Some(choice) => Interface::find(choice).map(|found| found.into_iter().collect()),
            None => Interface::all(),
        };
        let mut sockets = Vec::new();
        for &group in groups {
            let fail =
                |source| SocketError { action: "find an interface for", address: group, source };
            for interface in
                interfaces.as_ref().map_err(|e| fail(io::Error::other(e.to_string())))?
            {
                let speaks = |a: &IpAddr| a.is_ipv4() == group.is_ipv4();
                if interface.addresses.iter().any(speaks) {
                    let socket = listener(group, interface)?;
                    sockets.push((interface.name.clone(), group, socket));
                }
            }
            if sockets.is_empty() {
                return Err(fail(io::ErrorKind::NotFound.into()));
            }
        }
        Ok(Self { sockets, buffer: vec![0; LONGEST], first: 0 })
    }

    /// The names of the interfaces and the groups it listens to.
    pub fn places(&self) -> impl Iterator<Item = (&str, SocketAddr)> {
        self.sockets.iter().map(|(interface, group, _)| (interface.as_str(), *group))
    }

    /// Waits for the next datagram.
    pub async fn next(&mut self) -> Overheard {
        loop {
            readable(&self.sockets).await;
            for step in 0..self.sockets.len() {
                let at = (self.first + step) % self.sockets.len();
                let (interface, to, socket) = &self.sockets[at];
                // An error here is one of the network; the next datagram may well arrive.
                let Ok((length, from)) = socket.try_recv_from(&mut self.buffer) else { continue };
                self.first = at + 1;
                let octets = self.buffer[..length].to_vec();
                let (at_us, to, interface) = (wall_us(), *to, interface.clone());
                return Overheard { at_us, from, to, interface, octets };
            }
        }
    }
}

fn wall_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

async fn readable(sockets: &[(String, SocketAddr, UdpSocket)]) {
    poll_fn(|cx| {
        let mut any = false;
        // All are polled, so that each remembers to wake us.
        for (_, _, socket) in sockets {
            any |= socket.poll_recv_ready(cx).is_ready();
        }
        if any { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
