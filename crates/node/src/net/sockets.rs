use std::io::{self, IoSlice};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6};

use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags};
use socket2::{Domain, InterfaceIndexOrAddress, Protocol, Socket, Type};
use thiserror::Error;
use tokio::io::Interest;
use tokio::net::UdpSocket;

use super::Interface;

/// What the kernel keeps of a burst of datagrams while the node is busy, in octets.
const RECEIVE_BUFFER: usize = 1 << 20;

/// The addresses one participant speaks with.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Channel {
    /// Its own address and port, which every message comes from: its identity (F-02).
    pub(crate) own: SocketAddr,
    /// The group and port of its scope.
    pub(crate) group: SocketAddr,
}

/// The sockets of a node.
#[derive(Debug)]
pub(crate) struct Sockets {
    /// For each distinct group, in order.
    pub(crate) groups: Vec<(SocketAddr, UdpSocket)>,
    /// For each distinct own address, in order.
    senders: Vec<Sender>,
}

/// A socket that sends.
#[derive(Debug)]
struct Sender {
    own: SocketAddr,
    /// The group that the socket is connected to: the kernel keeps the route, and need not look it
    /// up for each datagram.
    to: SocketAddr,
    socket: UdpSocket,
}

/// How the datagrams of a node travel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Travel {
    pub(crate) hops: u32,
    pub(crate) loopback: bool,
}

/// Why a socket cannot be used.
#[derive(Debug, Error)]
#[error("cannot {action} {address}: {}", self.explain())]
pub struct SocketError {
    /// What was tried.
    pub action: &'static str,
    /// With which address.
    pub address: SocketAddr,
    /// What the operating system said.
    pub source: io::Error,
}

impl SocketError {
    fn explain(&self) -> String {
        match self.source.kind() {
            io::ErrorKind::AddrInUse => {
                "the port is taken at this address; is another node running? Each node on a host \
                 needs its own address or port"
                    .to_owned()
            }
            io::ErrorKind::AddrNotAvailable => {
                "this host does not have that address; speak from one of its own".to_owned()
            }
            io::ErrorKind::NetworkUnreachable if self.address.is_ipv6() => {
                "there is no multicast route on this interface; on loopback, IPv6 needs `ip -6 \
                 route add local ff00::/8 dev lo table local`"
                    .to_owned()
            }
            io::ErrorKind::NetworkUnreachable => {
                "there is no multicast route; name the interface, or add a route".to_owned()
            }
            io::ErrorKind::PermissionDenied => "no permission".to_owned(),
            _ => self.source.to_string(),
        }
    }
}

/// Opens the sockets that `channels` need on `interface`.
pub(crate) fn open(
    channels: &[Channel],
    interface: &Interface,
    hops: u32,
    loopback: bool,
) -> Result<Sockets, SocketError> {
    let travel = Travel { hops, loopback };
    let mut groups: Vec<(SocketAddr, UdpSocket)> = Vec::new();
    let mut senders: Vec<Sender> = Vec::new();
    for Channel { own, group } in channels {
        if !senders.iter().any(|sender| sender.own == *own) {
            check_route(*own, *group, interface, travel)?;
            let socket = sender(*own, *group, interface, travel)?;
            senders.push(Sender { own: *own, to: *group, socket });
        }
        if !groups.iter().any(|(address, _)| address == group) {
            groups.push((*group, listener(*group, interface)?));
        }
    }
    Ok(Sockets { groups, senders })
}

impl Sockets {
    /// Sends `datagrams` from `own` to `to`, in order, until one of them fails: how many were sent,
    /// and why the next one was not.
    pub(crate) fn send(
        &self,
        own: SocketAddr,
        to: SocketAddr,
        datagrams: &[IoSlice<'_>],
    ) -> (usize, Option<io::Error>) {
        let Some(sender) = self.senders.iter().find(|sender| sender.own == own) else {
            return (0, Some(io::ErrorKind::NotConnected.into()));
        };
        let mut sent = 0;
        while sent < datagrams.len() {
            match sender.send(to, &datagrams[sent..]) {
                Ok(some) => sent += some,
                Err(error) => return (sent, Some(error)),
            }
        }
        (sent, None)
    }
}

impl Sender {
    /// Sends the first of `datagrams`, or several: how many.
    fn send(&self, to: SocketAddr, datagrams: &[IoSlice<'_>]) -> io::Result<usize> {
        match datagrams {
            _ if to != self.to => {
                let first = datagrams.first().map_or(&[][..], |first| first);
                self.socket.try_send_to(first, to).map(|_| 1)
            }
            [only] => self.socket.try_send(only).map(|_| 1),
            _ => self.socket.try_io(Interest::WRITABLE, || send_many(&self.socket, datagrams)),
        }
    }
}

/// One call to the kernel for several datagrams, which costs less than a call for each.
fn send_many(socket: &UdpSocket, datagrams: &[IoSlice<'_>]) -> io::Result<usize> {
    let mut controls: Vec<_> = datagrams.iter().map(|_| SendAncillaryBuffer::default()).collect();
    let mut headers: Vec<_> = datagrams
        .iter()
        .map(std::slice::from_ref)
        .zip(&mut controls)
        .map(|(datagram, control)| MMsgHdr::new(datagram, control))
        .collect();
    Ok(rustix::net::sendmmsg(socket, &mut headers, SendFlags::empty())?)
}

/// A socket that hears what is sent to `group` on `interface`, and nothing else: it is bound to
/// the group itself, so that the datagrams of other groups never reach it.
pub(super) fn listener(group: SocketAddr, interface: &Interface) -> Result<UdpSocket, SocketError> {
    let fail = |action| move |source| SocketError { action, address: group, source };
    let socket = blank(group).map_err(fail("make a socket for"))?;
    // Many nodes of one host hear the same group and port.
    socket.set_reuse_address(true).map_err(fail("share"))?;
    match group.ip() {
        IpAddr::V4(group) => {
            // Without this, a group that another process joined elsewhere would be heard too.
            socket.set_multicast_all_v4(false).map_err(fail("narrow"))?;
            let index = InterfaceIndexOrAddress::Index(interface.index);
            socket.join_multicast_v4_n(&group, &index).map_err(fail("join"))?;
        }
        IpAddr::V6(group) => {
            socket.set_multicast_all_v6(false).map_err(fail("narrow"))?;
            socket.join_multicast_v6(&group, interface.index).map_err(fail("join"))?;
        }
    }
    // A small buffer loses datagrams sooner, which AAP survives.
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
    socket.bind(&zoned(group, interface).into()).map_err(fail("bind to"))?;
    UdpSocket::from_std(socket.into()).map_err(fail("wait at"))
}

/// A socket that sends from `own`, to `group` unless told otherwise. It alone may be bound to `own`:
/// two nodes with one identity would take each other's messages for their own.
fn sender(
    own: SocketAddr,
    group: SocketAddr,
    interface: &Interface,
    travel: Travel,
) -> Result<UdpSocket, SocketError> {
    let fail = |action| move |source| SocketError { action, address: own, source };
    let socket = outgoing(own, interface, travel)?;
    socket.bind(&zoned(own, interface).into()).map_err(fail("bind to"))?;
    socket.connect(&zoned(group, interface).into()).map_err(fail("speak from"))?;
    UdpSocket::from_std(socket.into()).map_err(fail("wait at"))
}

/// Finds out before anything is to be sent whether the kernel would know where to send it.
fn check_route(
    own: SocketAddr,
    group: SocketAddr,
    interface: &Interface,
    travel: Travel,
) -> Result<(), SocketError> {
    let fail = |source| SocketError { action: "reach the group", address: group, source };
    // Connecting a datagram socket looks up the route and sends nothing.
    outgoing(own, interface, travel)?.connect(&zoned(group, interface).into()).map_err(fail)
}

/// A socket that sends multicast from `own`'s interface, bound to nothing yet.
fn outgoing(own: SocketAddr, interface: &Interface, travel: Travel) -> Result<Socket, SocketError> {
    let fail = |action| move |source| SocketError { action, address: own, source };
    let socket = blank(own).map_err(fail("make a socket for"))?;
    match own {
        SocketAddr::V4(own) => {
            let address =
                if own.ip().is_loopback() { *own.ip() } else { first_v4(interface, *own.ip()) };
            socket.set_multicast_if_v4(&address).map_err(fail("choose the interface for"))?;
            socket.set_multicast_ttl_v4(travel.hops).map_err(fail("set the TTL of"))?;
            socket.set_multicast_loop_v4(travel.loopback).map_err(fail("set loopback of"))?;
        }
        SocketAddr::V6(_) => {
            socket
                .set_multicast_if_v6(interface.index)
                .map_err(fail("choose the interface for"))?;
            socket.set_multicast_hops_v6(travel.hops).map_err(fail("set the hop limit of"))?;
            socket.set_multicast_loop_v6(travel.loopback).map_err(fail("set loopback of"))?;
        }
    }
    Ok(socket)
}

/// The IPv4 address that names `interface` when it is chosen for sending.
fn first_v4(interface: &Interface, own: Ipv4Addr) -> Ipv4Addr {
    let mut v4 = interface.addresses.iter().filter_map(|address| match address {
        IpAddr::V4(address) => Some(*address),
        IpAddr::V6(_) => None,
    });
    let first = v4.next();
    if first == Some(own) || v4.any(|address| address == own) { own } else { first.unwrap_or(own) }
}

fn blank(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    Ok(socket)
}

/// An IPv6 address of a link or an interface means nothing without the interface.
fn zoned(address: SocketAddr, interface: &Interface) -> SocketAddr {
    match address {
        SocketAddr::V6(v6) => {
            let octets = v6.ip().octets();
            let narrow =
                v6.ip().is_unicast_link_local() || (octets[0] == 0xff && octets[1] & 0xf <= 2);
            let zone = if narrow { interface.index } else { v6.scope_id() };
            SocketAddrV6::new(*v6.ip(), v6.port(), v6.flowinfo(), zone).into()
        }
        v4 @ SocketAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::super::InterfaceChoice;
    use super::*;

    /// What cannot be sent is named, and what comes before and after it is sent.
    #[test]
    fn datagrams_go_in_order_until_one_fails() {
        let own = SocketAddr::from(([127, 249, 7, 9], 28_781));
        let group = SocketAddr::from(([239, 249, 7, 9], 28_781));
        let loopback = Interface::find(&InterfaceChoice::Name("lo".to_owned())).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let Some(interface) = loopback else { return println!("skipped: no loopback") };
            let sockets = match open(&[Channel { own, group }], &interface, 1, true) {
                Ok(sockets) => sockets,
                Err(why) => return println!("skipped: {why}"),
            };
            sockets.senders[0].socket.writable().await.unwrap();
            let too_long = vec![0; 70_000];
            let datagrams = [&b"one"[..], b"two", &too_long, b"three"].map(IoSlice::new);
            let (sent, failure) = sockets.send(own, group, &datagrams);
            assert_eq!((sent, failure.map(|e| e.raw_os_error())), (2, Some(Some(90))), "EMSGSIZE");
            let (sent, failure) = sockets.send(own, group, &datagrams[3..]);
            assert!(sent == 1 && failure.is_none(), "{failure:?}");
            let (_, ear) = &sockets.groups[0];
            for expected in [&b"one"[..], b"two", b"three"] {
                let mut heard = [0; 16];
                let patience = std::time::Duration::from_secs(5);
                let Ok(length) = tokio::time::timeout(patience, ear.recv(&mut heard)).await else {
                    return println!(
                        "skipped: this machine does not deliver multicast on loopback"
                    );
                };
                assert_eq!(&heard[..length.unwrap()], expected);
            }
            let nobody = sockets.send(group, group, &datagrams).1.map(|error| error.kind());
            assert_eq!(nobody, Some(io::ErrorKind::NotConnected));
        });
    }
}
