//! What is to be done to get a network, as a value.

mod bridge;
mod script;
mod zones;

use std::net::{IpAddr, Ipv4Addr};

pub use zones::{Zone, ZoneSpec};

use crate::error::UnderlayError;

/// The most seats of one network, or of one zone.
pub const SEATS_MAX: usize = 200;

/// The last octet of the first seat's address.
const FIRST_HOST: usize = 11;

/// The interface of every seat that has a namespace of its own. `/sys` shows a process in a
/// namespace the interfaces of the host, so it is a name that hosts do not use.
pub(crate) const INTERFACE: &str = "aap0";

/// The namespace that has the bridges.
pub(crate) const HUB: &str = "hub";

/// A network, and how to get it.
///
/// [`Plan::script`] shows it, [`Underlay::raise`](crate::Underlay::raise) carries it out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    pub(crate) steps: Vec<Step>,
    pub(crate) places: Vec<Place>,
}

/// Where a seat will be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) zone: Option<String>,
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) link: Option<Link>,
}

/// The wire of a seat that has a namespace of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Link {
    /// The name of the namespace.
    pub(crate) namespace: String,
    /// The other end, in the hub.
    pub(crate) port: String,
    /// What that end is plugged into.
    pub(crate) bridge: String,
}

/// One thing to do. Its texts may say `${name}` for the process that holds a namespace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    /// Makes a namespace: the first is the hub, with a user namespace, the others are inside it.
    Hold { namespace: String },
    /// Runs a command in a namespace until it ends.
    Run { namespace: String, command: Vec<&'static str>, input: String },
    /// Starts a command in a namespace and goes on when it has said `ready`.
    Serve { namespace: String, command: Vec<&'static str>, input: String, ready: &'static str },
}

impl Plan {
    /// `seats` addresses of the loopback interface, for which nothing need be done.
    ///
    /// Different slots have different addresses, so that clusters on one host are told apart. A
    /// datagram to a group reaches every node of the host that joined it there, so they also need
    /// different groups or ports.
    ///
    /// # Errors
    /// If there are none or too many seats.
    pub fn loopback(slot: u8, seats: usize) -> Result<Self, UnderlayError> {
        let places = hosts(seats)?
            .map(|(number, host)| Place {
                name: format!("node-{number}"),
                zone: None,
                addresses: vec![Ipv4Addr::new(127, 78, slot, host).into()],
                link: None,
            })
            .collect();
        Ok(Self { steps: Vec::new(), places })
    }
}

/// The numbers of `seats` seats from 1 and the last octets of their addresses.
fn hosts(seats: usize) -> Result<impl Iterator<Item = (usize, u8)>, UnderlayError> {
    if !(1..=SEATS_MAX).contains(&seats) {
        return Err(UnderlayError::Seats { asked: seats });
    }
    let octet = |index: usize| u8::try_from(FIRST_HOST + index).unwrap_or(u8::MAX);
    Ok((0..seats).map(move |index| (index + 1, octet(index))))
}

/// The name of the namespace of a seat, which is also that of a shell variable.
fn namespace(seat: &str) -> String {
    seat.replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_of_different_slots_differ() {
        let all = |slot| Plan::loopback(slot, 3).unwrap().places;
        assert_eq!(all(0)[2].addresses, [IpAddr::from(Ipv4Addr::new(127, 78, 0, 13))]);
        assert!(all(1).iter().all(|one| all(0).iter().all(|two| one.addresses != two.addresses)));
    }

    #[test]
    fn a_network_has_room_for_a_certain_number_of_seats() {
        assert!(Plan::loopback(0, SEATS_MAX).is_ok());
        for asked in [0, SEATS_MAX + 1] {
            let refused = Plan::loopback(0, asked).unwrap_err();
            assert!(refused.to_string().starts_with(&asked.to_string()), "{refused}");
        }
    }
}
