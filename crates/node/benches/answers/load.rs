//! Claims, so many in flight at a time, each sent when an answer has come.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use aap::wire::MessageType;
use addrspace::Range;
use socket2::{Domain, Socket, Type};

use crate::bed::{HELD, OWN, at, message, speaker};
use crate::machine::{busy_ns, this_thread};

const CLAIMANT: SocketAddr = at(14);
const IN_FLIGHT: u32 = 64;

/// One round.
pub(crate) struct Measured {
    /// Answers per second.
    pub(crate) rate: u64,
    /// The server's processor time for each, in nanoseconds.
    pub(crate) cpu_ns: u64,
    /// Claims without an answer.
    pub(crate) lost: u64,
}

/// Claims for `length` at `to`, and counts what `server`, which runs on `thread`, answers.
pub(crate) fn run(thread: &str, to: SocketAddr, server: SocketAddr, length: Duration) -> Measured {
    // The server has one core to itself, the load the other.
    pin(thread, 0);
    pin(&this_thread(), 1);
    let socket = speaker(CLAIMANT);
    let ear = if to.ip().is_multicast() {
        hears_only(server, to)
    } else {
        socket.try_clone().expect("a socket")
    };
    ear.set_read_timeout(Some(Duration::from_millis(100))).expect("a socket");
    for _ in 0..IN_FLIGHT {
        claim(&socket, to);
    }
    let (begin, busy) = (Instant::now(), busy_ns(thread));
    let (mut answers, mut lost, mut buffer) = (0_u64, 0, [0; 2048]);
    while begin.elapsed() < length {
        match ear.recv(&mut buffer) {
            Ok(_) => {
                answers += 1;
                claim(&socket, to);
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                // Everything in flight was lost, or the last of it.
                for _ in 0..IN_FLIGHT {
                    claim(&socket, to);
                }
                lost += u64::from(IN_FLIGHT);
            }
            Err(_) => {}
        }
    }
    let (took, busy) = (begin.elapsed(), busy_ns(thread) - busy);
    let micros = u64::try_from(took.as_micros()).expect("a short round");
    Measured { rate: answers * 1_000_000 / micros, cpu_ns: busy / answers.max(1), lost }
}

/// Requests of one claimant. Each claim of a request lists another address than the one before,
/// which ends the defence against that and begins a new one.
fn claim(socket: &UdpSocket, to: SocketAddr) {
    // From one round to the next, too.
    static SENT: AtomicU32 = AtomicU32::new(0);
    let sent = SENT.fetch_add(1, Ordering::Relaxed);
    let (request, round) = (sent % IN_FLIGHT, sent / IN_FLIGHT);
    let nth = (round + request) % HELD;
    let address = Range::single(OWN.saturating_add(nth.into()));
    let octets = message(MessageType::Aclm, request, round as u8, [address]);
    let _ = socket.send_to(&octets, to);
}

/// A socket that hears what `server` sends to `group`, and not what we send there ourselves.
fn hears_only(server: SocketAddr, group: SocketAddr) -> UdpSocket {
    let (SocketAddr::V4(server), SocketAddr::V4(group)) = (server, group) else {
        unreachable!("the scope is IPv4")
    };
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).expect("a socket");
    socket.set_reuse_address(true).expect("a socket");
    socket.set_multicast_all_v4(false).expect("Linux");
    socket.join_ssm_v4(server.ip(), group.ip(), &Ipv4Addr::LOCALHOST).expect("multicast");
    let _ = socket.set_recv_buffer_size(1 << 20);
    socket.bind(&group.into()).expect("the group's port");
    socket.into()
}

/// Keeps `thread` on one core, if that can be had.
fn pin(thread: &str, core: usize) -> bool {
    let mut taskset = Command::new("taskset");
    taskset.args(["-pc", &core.to_string(), thread]).stdout(Stdio::null()).stderr(Stdio::null());
    taskset.status().is_ok_and(|status| status.success())
}
