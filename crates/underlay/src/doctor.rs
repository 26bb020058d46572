//! What this machine allows, found out by trying.

use std::fmt;
use std::fs;
use std::io;
use std::mem::MaybeUninit;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

use crate::error::UnderlayError;
use crate::plan::{Plan, Zone, ZoneSpec};
use crate::raise::Underlay;

/// How long a datagram may take from this host to this host.
const PATIENCE: Duration = Duration::from_secs(2);

/// A group of the site-local scope of each family that nobody else is likely to listen to.
const PROBE_V4: Ipv4Addr = Ipv4Addr::new(239, 255, 28, 78);
const PROBE_V6: Ipv6Addr = Ipv6Addr::new(0xff05, 0, 0, 0, 0, 0, 0x28, 0x78);

/// A kind of network for a local cluster.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Mode {
    /// IPv4 addresses of the loopback interface.
    Loopback,
    /// IPv6 multicast on the loopback interface, where one node can have `::1`.
    LoopbackV6,
    /// Network namespaces on a bridge.
    Netns,
    /// Such bridges, joined by a multicast router with an administrative boundary.
    Zones,
}

impl Mode {
    /// Every mode, the simplest first.
    pub const ALL: [Self; 4] = [Self::Loopback, Self::LoopbackV6, Self::Netns, Self::Zones];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::LoopbackV6 => "loopback6",
            Self::Netns => "netns",
            Self::Zones => "zones",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What was found out about a mode.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Which.
    pub mode: Mode,
    /// Whether it is possible.
    pub verdict: Verdict,
}

/// Whether a mode is possible here, for this user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It was tried, and it is gone again.
    Possible {
        /// What a node gets, in words.
        offers: &'static str,
    },
    /// It was tried in vain.
    Impossible {
        /// Why not.
        why: String,
        /// What to do about it.
        remedy: String,
    },
}

impl Verdict {
    /// Whether it is possible.
    #[must_use]
    pub const fn is_possible(&self) -> bool {
        matches!(self, Self::Possible { .. })
    }
}

/// Tries every mode.
#[must_use]
pub fn doctor() -> Vec<Finding> {
    Mode::ALL.into_iter().map(examine).collect()
}

/// Tries one mode: sends a datagram where that needs no more, or raises a small network and lets it
/// go again.
#[must_use]
pub fn examine(mode: Mode) -> Finding {
    let verdict = match mode {
        Mode::Loopback => match probe(loopback_sender(), PROBE_V4.into()) {
            Ok(()) => possible("an IPv4 address of 127/8 per node, all on one interface"),
            Err(why) => impossible(
                format!("multicast on the loopback interface: {why}"),
                "the interface must be up (as root: ip link set lo up), and a packet filter must \
                 let UDP to 239.0.0.0/8 pass on it",
            ),
        },
        Mode::LoopbackV6 => match probe(Ipv6Addr::LOCALHOST.into(), PROBE_V6.into()) {
            Ok(()) => possible("IPv6 groups on the loopback interface, for one node on ::1"),
            Err(why) => impossible(
                format!("IPv6 multicast on the loopback interface: {why}"),
                "as root: ip -6 route add local ff00::/8 dev lo table local; or use netns, where \
                 every node has an IPv6 address",
            ),
        },
        Mode::Netns => raise(
            Plan::bridge(2),
            "an interface with an IPv4 and an IPv6 address per node, links that can be cut",
        ),
        Mode::Zones => {
            raise(zones(), "the same in several subnets, a router and a boundary between them")
        }
    };
    Finding { mode, verdict }
}

fn loopback_sender() -> IpAddr {
    Ipv4Addr::new(127, 78, 255, 254).into()
}

fn zones() -> Result<Plan, UnderlayError> {
    let zone = |name: &str| Zone { name: name.to_owned(), seats: 1 };
    let boundary = ["239.255.0.0/16", "ff05::/16"].iter().filter_map(|text| text.parse().ok());
    Plan::zones(&ZoneSpec { zones: vec![zone("one"), zone("two")], boundary: boundary.collect() })
}

fn raise(plan: Result<Plan, UnderlayError>, offers: &'static str) -> Verdict {
    match plan.and_then(|plan| Underlay::raise(&plan)) {
        Ok(_) => possible(offers),
        Err(error) => impossible(
            error.to_string(),
            error.remedy().unwrap_or_else(|| "use loopback".to_owned()),
        ),
    }
}

fn possible(offers: &'static str) -> Verdict {
    Verdict::Possible { offers }
}

fn impossible(why: String, remedy: impl Into<String>) -> Verdict {
    Verdict::Impossible { why, remedy: remedy.into() }
}

/// Sends a datagram from `own` to `group` on the loopback interface and hears it.
fn probe(own: IpAddr, group: IpAddr) -> io::Result<()> {
    let listener = socket(group)?;
    match (own, group) {
        (IpAddr::V4(own), IpAddr::V4(group)) => listener.join_multicast_v4(&group, &own)?,
        (_, IpAddr::V6(group)) => listener.join_multicast_v6(&group, loopback_index_v6()?)?,
        _ => {}
    }
    listener.set_read_timeout(Some(PATIENCE))?;
    let sender = socket(own)?;
    match own {
        IpAddr::V4(own) => sender.set_multicast_if_v4(&own)?,
        IpAddr::V6(_) => sender.set_multicast_if_v6(loopback_index_v6()?)?,
    }
    sender.send_to(b"?", &listener.local_addr()?)?;
    listener.recv(&mut [MaybeUninit::uninit()]).map(drop).map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock => io::Error::other("what is sent is not heard"),
        _ => error,
    })
}

fn socket(address: IpAddr) -> io::Result<Socket> {
    let address = SocketAddr::new(address, 0);
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    socket.bind(&address.into())?;
    Ok(socket)
}

/// The number of the interface that has `::1`, in `/proc` since `/sys` may show another namespace.
fn loopback_index_v6() -> io::Result<u32> {
    let table = fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    let row = table.lines().find(|row| row.trim_end().ends_with(" lo"));
    let index = row.and_then(|row| row.split_whitespace().nth(1));
    let index = index.and_then(|index| u32::from_str_radix(index, 16).ok());
    index.ok_or_else(|| io::Error::other("the loopback interface has no IPv6 address"))
}

/// What keeps this user from a namespace, if it is one of the usual reasons.
pub(crate) fn namespace_remedy() -> String {
    let setting = |name: &str| {
        fs::read_to_string(Path::new("/proc/sys").join(name)).map(|text| text.trim().to_owned())
    };
    let is = |name: &str, value: &str| setting(name).is_ok_and(|found| found == value);
    let remedy = if is("user/max_user_namespaces", "0") {
        "as root: sysctl user.max_user_namespaces=10000"
    } else if is("kernel/unprivileged_userns_clone", "0") {
        "as root: sysctl kernel.unprivileged_userns_clone=1"
    } else if is("kernel/apparmor_restrict_unprivileged_userns", "1") {
        "as root: sysctl kernel.apparmor_restrict_unprivileged_userns=0"
    } else {
        "run as root; in a container, start that with --privileged or with a seccomp profile that \
         lets unshare pass"
    };
    remedy.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_is_possible_or_there_is_something_to_do() {
        for Finding { mode, verdict } in doctor() {
            println!("{mode}: {verdict:?}");
            if let Verdict::Impossible { why, remedy } = verdict {
                assert!(!why.is_empty() && !remedy.is_empty(), "{mode}");
            }
        }
    }
}
