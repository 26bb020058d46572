//! The bare loop: whatever arrives is sent back, by tokio on one thread.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread::JoinHandle;

use socket2::{Domain, InterfaceIndexOrAddress, Socket, Type};
use tokio::net::UdpSocket;
use tokio::sync::Notify;

use crate::bed::{at, runtime, speaker};

/// Where it speaks from.
pub(crate) const OWN: SocketAddr = at(12);
/// Where it is spoken to: not where the node is, which would answer as well and be echoed, too.
pub(crate) const GROUP: SocketAddr =
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(239, 255, 99, 12)), 2878);

pub(crate) struct Echo {
    pub(crate) thread: String,
    stop: Arc<Notify>,
    running: Option<JoinHandle<()>>,
}

impl Echo {
    /// As a node: a socket that hears the group and one that sends to it, and hears itself too.
    pub(crate) fn multicast() -> Self {
        Self::start(|| {
            let listener = listener();
            listener.set_nonblocking(true).expect("a socket");
            let sender = speaker(OWN);
            sender.set_nonblocking(true).expect("a socket");
            (listener, sender, Some(GROUP))
        })
    }

    /// One socket, back to whoever spoke.
    pub(crate) fn unicast() -> Self {
        Self::start(|| {
            let socket = speaker(OWN);
            socket.set_nonblocking(true).expect("a socket");
            (socket.try_clone().expect("a socket"), socket, None)
        })
    }

    fn start(
        sockets: impl FnOnce() -> (std::net::UdpSocket, std::net::UdpSocket, Option<SocketAddr>)
        + Send
        + 'static,
    ) -> Self {
        let stop = Arc::new(Notify::new());
        let (stopped, (sender, started)) = (Arc::clone(&stop), channel());
        let running = std::thread::spawn(move || {
            runtime().block_on(async {
                let (incoming, outgoing, to) = sockets();
                let incoming = UdpSocket::from_std(incoming).expect("a socket");
                let outgoing = UdpSocket::from_std(outgoing).expect("a socket");
                sender.send(crate::machine::this_thread()).expect("it is waited for");
                tokio::select! {
                    () = echo(&incoming, &outgoing, to) => {}
                    () = stopped.notified() => {}
                }
            });
        });
        Self { thread: started.recv().expect("it starts"), stop, running: Some(running) }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.stop.notify_one();
        let _ = self.running.take().map(JoinHandle::join);
    }
}

async fn echo(incoming: &UdpSocket, outgoing: &UdpSocket, to: Option<SocketAddr>) {
    let mut buffer = vec![0; 8193];
    loop {
        incoming.readable().await.expect("a socket");
        while let Ok((length, from)) = incoming.try_recv_from(&mut buffer) {
            if from != OWN {
                let _ = outgoing.try_send_to(&buffer[..length], to.unwrap_or(from));
            }
        }
    }
}

fn listener() -> std::net::UdpSocket {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).expect("a socket");
    socket.set_reuse_address(true).expect("a socket");
    socket.set_multicast_all_v4(false).expect("Linux");
    let SocketAddr::V4(group) = GROUP else { unreachable!("the scope is IPv4") };
    let loopback = InterfaceIndexOrAddress::Address(Ipv4Addr::LOCALHOST);
    socket.join_multicast_v4_n(group.ip(), &loopback).expect("multicast on loopback");
    let _ = socket.set_recv_buffer_size(1 << 20);
    socket.bind(&group.into()).expect("the group's port");
    socket.into()
}
