use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::error::UnderlayError;

use super::{HUB, INTERFACE, Link, Place, Plan, Step, hosts, namespace};

/// The bridge of the network without zones, and the third octet of its addresses.
const LAN: &str = "lan";
const LAN_NUMBER: u8 = 78;

/// The length of a segment's network, by family.
const V4_LENGTH: u8 = 24;
const V6_LENGTH: u8 = 64;

/// A bridge in the hub, and the seats around it.
pub(super) struct Segment<'a> {
    /// The name of the bridge.
    pub(super) bridge: &'a str,
    /// What tells its addresses from those of other segments.
    pub(super) number: u8,
    /// What the names of its seats begin with.
    pub(super) stem: &'a str,
    /// How many there are.
    pub(super) seats: usize,
    /// Whether the hub is a host of the segment too, and the way out of it.
    pub(super) router: Router,
}

/// Whether a segment leads anywhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Router {
    /// The hub forwards frames and has no address.
    Absent,
    /// The hub has the first address of the segment.
    First,
}

impl Plan {
    /// `seats` network namespaces, each with an interface of its own on one bridge.
    ///
    /// Seat N has 10.28.78.(10 + N) and the IPv6 address that ends alike, in fd28:78:78::/64.
    ///
    /// # Errors
    /// If there are none or too many seats.
    pub fn bridge(seats: usize) -> Result<Self, UnderlayError> {
        let mut plan = Self::hub();
        let segment = Segment {
            bridge: LAN,
            number: LAN_NUMBER,
            stem: "node",
            seats,
            router: Router::Absent,
        };
        plan.segment(&segment)?;
        Ok(plan)
    }

    pub(super) fn hub() -> Self {
        Self { steps: vec![Step::Hold { namespace: HUB.to_owned() }], places: Vec::new() }
    }

    /// Adds a bridge and its seats.
    pub(super) fn segment(&mut self, segment: &Segment<'_>) -> Result<(), UnderlayError> {
        let Segment { bridge, number, stem, seats, router } = segment;
        let hosts = hosts(*seats)?;
        // Without snooping every port gets every group, whether or not it was heard to join: a
        // switch that learns is a matter of its own. Without a delay a port that comes back
        // carries frames at once.
        let mut wiring = format!(
            "link add {bridge} type bridge mcast_snooping 0 forward_delay 0\nlink set {bridge} up\n"
        );
        let mut inside = Vec::new();
        if *router == Router::First {
            wiring += &addresses(*number, 1, bridge);
        }
        for (nth, host) in hosts {
            let name = format!("{stem}-{nth}");
            let (namespace, port) = (namespace(&name), format!("p-{name}"));
            let _ = write!(
                wiring,
                "link add {port} master {bridge} type veth peer name {INTERFACE} netns \
                 ${{{namespace}}}\nlink set {port} up\n"
            );
            inside.push(self_configuration(&namespace, *number, host, *router));
            self.steps.push(Step::Hold { namespace: namespace.clone() });
            self.places.push(Place {
                name,
                zone: (*router == Router::First).then(|| (*bridge).to_owned()),
                addresses: vec![v4(*number, host).into(), v6(*number, host).into()],
                link: Some(Link { namespace, port, bridge: (*bridge).to_owned() }),
            });
        }
        self.steps.push(ip(HUB, wiring));
        self.steps.extend(inside);
        Ok(())
    }
}

/// What a seat does inside its own namespace.
fn self_configuration(namespace: &str, number: u8, host: u8, router: Router) -> Step {
    let mut lines = format!("link set lo up\nlink set {INTERFACE} up\n");
    lines += &addresses(number, host, INTERFACE);
    if router == Router::First {
        let _ = writeln!(lines, "route add default via {}", v4(number, 1));
    }
    ip(namespace, lines)
}

/// `nodad`: nobody else can have the address, and it must be usable at once.
fn addresses(number: u8, host: u8, interface: &str) -> String {
    let (v4, v6) = (v4(number, host), v6(number, host));
    format!(
        "address add {v4}/{V4_LENGTH} dev {interface}\n\
         address add {v6}/{V6_LENGTH} dev {interface} nodad\n"
    )
}

fn ip(namespace: &str, input: String) -> Step {
    Step::Run { namespace: namespace.to_owned(), command: vec!["ip", "-batch", "-"], input }
}

fn v4(number: u8, host: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 28, number, host)
}

/// Numbers look alike in both families, although those of IPv6 are hexadecimal.
fn v6(number: u8, host: u8) -> Ipv6Addr {
    let alike = |decimal: u8| u16::from_str_radix(&decimal.to_string(), 16).unwrap_or_default();
    Ipv6Addr::new(0xfd28, 0x78, alike(number), 0, 0, 0, 0, alike(host))
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn a_seat_has_an_address_of_each_family_that_end_alike() {
        let plan = Plan::bridge(12).unwrap();
        let texts: Vec<String> = plan.places[11].addresses.iter().map(IpAddr::to_string).collect();
        assert_eq!(texts, ["10.28.78.22", "fd28:78:78::22"]);
    }

    #[test]
    fn no_two_seats_share_an_address() {
        let plan = Plan::bridge(super::super::SEATS_MAX).unwrap();
        let mut all: Vec<IpAddr> = plan.places.iter().flat_map(|p| p.addresses.clone()).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
