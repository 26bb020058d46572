//! What tcpdump sees, read from its own format.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::process::{Child, ChildStdout, Stdio};
use std::thread::spawn;

use aap::wire::Message;
use underlay::{Seat, Underlay};

/// Octets before the IPv4 header, in it, and in the UDP header.
const ETHERNET: usize = 14;
const IPV4: usize = 20;
const UDP: usize = 8;

/// A running tcpdump.
pub(crate) struct Capture {
    process: Child,
    file: ChildStdout,
}

/// A datagram as it was on the wire, found to be well-formed.
#[derive(Debug)]
pub(crate) struct Seen {
    /// When, in microseconds since 1970.
    pub(crate) at_us: u64,
    pub(crate) from: SocketAddrV4,
    pub(crate) to: SocketAddrV4,
    pub(crate) message: Message,
}

impl Capture {
    /// Starts tcpdump on a bridge; `None` if it cannot, which it says.
    pub(crate) fn start(underlay: &Underlay, bridge: &str) -> Option<Self> {
        let hub = underlay.hub()?;
        // It insists on becoming another user, whom a user namespace does not know; the host's root
        // may look into a network namespace without being in its user namespace.
        let outside = |word: &OsString| word != "--user" && word != "--preserve-credentials";
        let enter = hub.enter.iter().filter(|word| outside(word)).cloned().collect();
        let mut command = Seat { enter, ..hub }.command("tcpdump");
        command.args(["-i", bridge, "-n", "-U", "-w", "-", "ip and udp"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut file = process.stdout.take().unwrap();
        let mut said = BufReader::new(process.stderr.take().unwrap());
        let mut lines = String::new();
        while !lines.contains("listening on") {
            if said.read_line(&mut lines).unwrap() == 0 {
                println!("skipped: no tcpdump, or not root: {}", lines.trim());
                let _ = process.wait();
                return None;
            }
        }
        spawn(move || said.lines().for_each(drop));
        let mut header = [0; 24];
        file.read_exact(&mut header).unwrap();
        let word = |at: usize| u32::from_ne_bytes(header[at..at + 4].try_into().unwrap());
        assert_eq!((word(0), word(20)), (0xa1b2_c3d4, 1), "microseconds, Ethernet");
        Some(Self { process, file })
    }

    /// Waits for the next datagram.
    pub(crate) fn next(&mut self) -> Seen {
        let mut header = [0; 16];
        self.file.read_exact(&mut header).unwrap();
        let [secs, micros, kept, whole] =
            [0, 4, 8, 12].map(|at| u32::from_ne_bytes(header[at..at + 4].try_into().unwrap()));
        assert_eq!(kept, whole, "nothing is cut short");
        let mut frame = vec![0; kept as usize];
        self.file.read_exact(&mut frame).unwrap();
        seen(u64::from(secs) * 1_000_000 + u64::from(micros), &frame)
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn seen(at_us: u64, frame: &[u8]) -> Seen {
    let (ethernet, packet) = frame.split_at(ETHERNET);
    let (ip, datagram) = packet.split_at(IPV4);
    let (udp, octets) = datagram.split_at(UDP);
    let short = |octets: &[u8], at: usize| u16::from_be_bytes([octets[at], octets[at + 1]]);
    let address = |at: usize| Ipv4Addr::from(<[u8; 4]>::try_from(&ip[at..at + 4]).unwrap());
    let (from, to) = (address(12), address(16));

    assert_eq!(short(ethernet, 12), 0x0800, "IPv4");
    let [_, b, c, d] = to.octets();
    assert_eq!(ethernet[..6], [0x01, 0, 0x5e, b & 0x7f, c, d], "the group's own MAC address");
    assert_eq!((ip[0], ip[9]), (0x45, 17), "no options, UDP");
    assert_eq!(usize::from(short(ip, 2)), packet.len());
    assert_eq!(sum(ip), 0xffff, "the header's checksum");
    assert_eq!(usize::from(short(udp, 4)), datagram.len());
    let pseudo = [&ip[12..], &[0, 17], &udp[4..6]].concat();
    let stands = u32::from(sum(&pseudo)) + u32::from(sum(datagram));
    // Between namespaces the kernel leaves the rest of the sum to a hardware that never comes.
    let offloaded = short(udp, 6) == sum(&pseudo);
    assert!(offloaded || matches!(stands, 0xffff | 0x1_fffe), "the datagram's checksum");
    Seen {
        at_us,
        from: SocketAddrV4::new(from, short(udp, 0)),
        to: SocketAddrV4::new(to, short(udp, 2)),
        message: Message::decode(octets).unwrap(),
    }
}

/// The ones' complement sum of the Internet checksum (RFC 1071).
fn sum(octets: &[u8]) -> u16 {
    let words = octets
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0)));
    let mut total: u32 = words.sum();
    while total > 0xffff {
        total = (total >> 16) + (total & 0xffff);
    }
    u16::try_from(total).unwrap()
}
