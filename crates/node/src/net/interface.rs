//! Which interface is meant, whether it is there, and whether the network behind it is real.

use std::fs;
use std::io;
use std::net::IpAddr;

use if_addrs::{IfAddr, get_if_addrs};

/// How a configuration names an interface.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum InterfaceChoice {
    /// By its name, such as `eth0`.
    Name(String),
    /// The one that has this address, or on loopback, whose network contains it.
    Address(IpAddr),
}

/// An interface that is there.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// Its number, which changes when it goes and comes back.
    pub index: u32,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
}

impl Interface {
    /// Every interface that is up and has a carrier and an address, by name.
    ///
    /// # Errors
    /// If the operating system does not tell.
    pub fn all() -> io::Result<Vec<Self>> {
        let mut found: Vec<Self> = Vec::new();
        for part in get_if_addrs()? {
            // As the kernel tells it of this network namespace, with the carrier: an interface
            // without one hears nobody.
            let Some(index) = part.index.filter(|_| part.is_oper_up()) else { continue };
            let address = part.ip();
            match found.iter_mut().find(|i| i.name == part.name) {
                Some(interface) => interface.addresses.push(address),
                None => found.push(Self { name: part.name, index, addresses: vec![address] }),
            }
        }
        found.sort();
        Ok(found)
    }

    /// The interface that `choice` means; `None` if it is not there, down or without an address.
    ///
    /// # Errors
    /// If the operating system does not tell.
    pub fn find(choice: &InterfaceChoice) -> io::Result<Option<Self>> {
        let all = Self::all()?;
        let name = match choice {
            InterfaceChoice::Name(name) => Some(name.clone()),
            InterfaceChoice::Address(address) => name_of(*address)?,
        };
        Ok(name.and_then(|name| all.into_iter().find(|i| i.name == name)))
    }

    /// Whether a socket on this interface can speak from `own`. All of 127.0.0.0/8 belongs to
    /// whoever has loopback.
    pub(crate) fn has(&self, own: IpAddr) -> bool {
        let loops = |address: &IpAddr| address.is_ipv4() && address.is_loopback();
        self.addresses.contains(&own) || (loops(&own) && self.addresses.iter().any(loops))
    }
}

/// The interface with this address. 127.0.0.11 is no interface's own, but 127.0.0.1/8 has it.
fn name_of(address: IpAddr) -> io::Result<Option<String>> {
    let parts = get_if_addrs()?;
    let exact = parts.iter().find(|part| part.ip() == address);
    let around = || {
        parts.iter().find(|part| match (&part.addr, address) {
            (IfAddr::V4(own), IpAddr::V4(wanted)) if part.is_loopback() => {
                u32::from(own.ip) & u32::from(own.netmask)
                    == u32::from(wanted) & u32::from(own.netmask)
            }
            _ => false,
        })
    };
    Ok(exact.or_else(around).map(|part| part.name.clone()))
}

/// Whether what a node at `address` says cannot reach a real network: it speaks on loopback, or
/// the process lives in a network namespace of its own. Scaled constants and faults are for such
/// places only.
#[must_use]
pub fn is_contained(address: IpAddr) -> bool {
    address.is_loopback() || in_own_namespace()
}

fn in_own_namespace() -> bool {
    let namespace = |pid: &str| fs::read_link(format!("/proc/{pid}/ns/net"));
    if let (Ok(own), Ok(first)) = (namespace("self"), namespace("1")) {
        return own != first;
    }
    // An ordinary user may not look at process 1; but it cannot have a network namespace without
    // a user namespace, and that shows in the map of its user ids.
    fs::read_to_string("/proc/self/uid_map")
        .is_ok_and(|map| map.split_whitespace().collect::<Vec<_>>() != ["0", "0", "4294967295"])
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn any_loopback_address_leads_to_the_loopback_interface() {
        let choice = InterfaceChoice::Address(Ipv4Addr::new(127, 0, 0, 11).into());
        let found = Interface::find(&choice).unwrap().expect("a loopback interface");
        assert!(found.addresses.iter().all(IpAddr::is_loopback), "{found:?}");
        assert_eq!(
            Interface::find(&InterfaceChoice::Name(found.name.clone())).unwrap(),
            Some(found)
        );
    }

    #[test]
    fn an_interface_that_is_not_there_is_not_found() {
        let choice = InterfaceChoice::Name("no-such-if0".to_owned());
        assert_eq!(Interface::find(&choice).unwrap(), None);
        let choice = InterfaceChoice::Address(Ipv4Addr::new(203, 0, 113, 77).into());
        assert_eq!(Interface::find(&choice).unwrap(), None);
    }

    #[test]
    fn loopback_is_contained() {
        assert!(is_contained(Ipv4Addr::new(127, 0, 0, 11).into()));
    }
}
