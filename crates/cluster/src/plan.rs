//! From what is wanted to members with addresses, files and commands.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::net::IpAddr;

use addrspace::Family;
use underlay::{Seat, Underlay, UnderlayError, Zone, ZoneSpec};

use crate::error::StartError;
use crate::member::{Captures, Life, Member, Role};
use crate::place::{Place, address};
use crate::spec::{Mode, Recording, Spec, allocatable};

/// Allocation servers and coordinators that have addresses in a slot.
const NODES_MAX: usize = 180;
const COORDINATORS_MAX: usize = 40;

/// The last octet before that of the first allocation server, and of the first coordinator.
const NODES_AFTER: u8 = 10;
const COORDINATORS_AFTER: u8 = 200;

/// Offset from the end of a scope, among those no protocol has (draft section 1.3), of the group
/// that clusters beside the first meet at, less their slot.
const APART_OFFSET: u128 = 128;

/// A network for the members of a cluster in slot `slot`: what it is made of, if it is not the
/// loopback interface, and a seat for each member.
pub(crate) fn ground(spec: &Spec, slot: u8) -> Result<(Option<Underlay>, Vec<Seat>), StartError> {
    let count = spec.nodes + spec.coordinators;
    if spec.nodes == 0 || spec.nodes > NODES_MAX || spec.coordinators > COORDINATORS_MAX {
        let (nodes, coordinators) = (NODES_MAX, COORDINATORS_MAX);
        return Err(StartError::TooMany { nodes, coordinators });
    }
    let underlay = match spec.mode {
        Mode::Loopback if spec.scope.family == Family::V6 => {
            return Err(StartError::NeedsNamespaces);
        }
        Mode::Loopback => return Ok((None, on_loopback(spec, slot))),
        Mode::Netns => Underlay::bridge(count),
        Mode::Zones => Underlay::zones(&zones(spec, count)?),
    };
    let underlay = underlay.map_err(StartError::Underlay)?;
    let seats = underlay.seats().to_vec();
    Ok((Some(underlay), seats))
}

fn on_loopback(spec: &Spec, slot: u8) -> Vec<Seat> {
    let hosts = (1..=spec.nodes).map(|nth| (NODES_AFTER, nth));
    let hosts = hosts.chain((1..=spec.coordinators).map(|nth| (COORDINATORS_AFTER, nth)));
    hosts
        .map(|(after, nth)| Seat {
            name: String::new(),
            zone: None,
            // Within the limits of `ground`, hosts are octets.
            addresses: vec![address(slot, after + u8::try_from(nth).unwrap_or(u8::MAX - after))],
            interface: None,
            enter: Vec::new(),
        })
        .collect()
}

/// Two zones between which nothing of the scope crosses; the first has the odd member.
fn zones(spec: &Spec, count: usize) -> Result<ZoneSpec, StartError> {
    let scope = spec.scope.range.display(spec.scope.family).to_string();
    let boundary = prefix(spec).parse().map_err(|_| {
        StartError::Underlay(UnderlayError::Zones(format!(
            "a boundary is a prefix such as 239.255.0.0/16, and {scope} is none"
        )))
    })?;
    let zone = |name: &str, seats| Zone { name: name.to_owned(), seats };
    let west = count / 2;
    Ok(ZoneSpec {
        zones: vec![zone("east", count - west), zone("west", west)],
        boundary: vec![boundary],
    })
}

/// The scope as ADDRESS/LENGTH; no prefix if it is not one.
fn prefix(spec: &Spec) -> String {
    let (family, range) = (spec.scope.family, spec.scope.range);
    let length = family.bits() - range.len().trailing_zeros().min(family.bits());
    let whole = range.len().is_power_of_two() && range.first().0 % range.len() == 0;
    let first = range.first().to_ip(family);
    if whole { format!("{first}/{length}") } else { String::new() }
}

/// The members of a cluster in `place`, on these seats; their configurations are written.
pub(crate) fn members(
    spec: &Spec,
    place: &Place,
    seats: Vec<Seat>,
) -> Result<Vec<Member>, StartError> {
    let roles = (1..=spec.nodes).map(|nth| (Role::Maas, format!("maas-{nth}")));
    let roles = roles.chain(
        (1..=spec.coordinators).map(|nth| (Role::Coordinator, format!("coordinator-{nth}"))),
    );
    roles
        .zip(seats)
        .enumerate()
        .map(|(place_in_cast, ((role, standard), seat))| {
            let name = spec.cast.get(place_in_cast).map_or(standard, |part| part.name.clone());
            member(spec, place, role, name, seat)
                .map_err(|why| StartError::Folder { folder: place.folder.clone(), why })
        })
        .collect()
}

fn member(spec: &Spec, place: &Place, role: Role, name: String, seat: Seat) -> io::Result<Member> {
    let (config, control) =
        (place.path(&format!("{name}.toml")), place.path(&format!("{name}.sock")));
    let settings = spec.cast.iter().find(|part| part.name == name);
    let settings = settings.map_or("", |part| &part.settings);
    fs::write(&config, configuration(spec, place.slot, role, settings))?;
    let subcommand = match role {
        Role::Maas => "node",
        Role::Coordinator => "coordinator",
    };
    let own = seat.addresses.iter().find(|address| Family::of(**address) == spec.scope.family);
    let address = *own.ok_or(io::ErrorKind::AddrNotAvailable)?;
    let mut command = seat.enter;
    command.push(spec.program.clone().into());
    command.extend([subcommand, "--until-stdin-ends"].map(OsString::from));
    command.extend(["--bind", &address.to_string()].map(OsString::from));
    if let Some(interface) = &seat.interface {
        command.extend(["--interface", interface].map(OsString::from));
    }
    command.extend(["--timing", spec.timing.name()].map(OsString::from));
    command.extend(["--config".into(), config.into_os_string()]);
    command.extend(["--control".into(), control.clone().into_os_string()]);
    if role == Role::Maas {
        command.extend(["--data".into(), place.path(&name).into_os_string()]);
    }
    if let Some(profile) = &spec.profile {
        command.extend(["--profile".into(), profile.into()]);
    }
    let log = place.path(&format!("{name}.log"));
    let capture = match spec.recording {
        Recording::Off => None,
        Recording::Captures => Some(place.path(&format!("{name}.capture"))),
    };
    let (process, life) = (None, Life::Killed);
    let zone = seat.zone;
    let captures = Captures { stem: capture, lives: 0 };
    Ok(Member { name, role, address, zone, command, control, log, captures, process, life })
}

/// The scope, which flags cannot say in full, behind other settings.
pub(crate) fn configuration(spec: &Spec, slot: u8, role: Role, settings: &str) -> String {
    let (family, range) = (spec.scope.family, spec.scope.range);
    let kind = match spec.coordinators {
        0 => "small",
        _ => "large",
    };
    let mut text = format!(
        "# Written by `aap cluster`.\n{settings}\n[[scope]]\nname = \"{}\"\nrange = \"{}\"\nkind = \"{kind}\"\n\
         group = \"{}\"\n",
        spec.scope.name,
        range.display(family),
        group(spec, slot),
    );
    if role == Role::Coordinator {
        // Writing to a string cannot fail.
        let space = allocatable(&spec.scope).display(family);
        let _ = writeln!(text, "space = [\"{space} for 12h\"]");
    }
    text
}

/// The group the members meet at: the standard one in the first slot, another in each other.
pub(crate) fn group(spec: &Spec, slot: u8) -> IpAddr {
    let apart = match (spec.mode, slot) {
        // In namespaces nobody else is near.
        (Mode::Netns | Mode::Zones, _) | (Mode::Loopback, 0) => None,
        (Mode::Loopback, slot) => spec.scope.relative(APART_OFFSET + u128::from(slot)),
    };
    apart.unwrap_or_else(|| spec.scope.group()).to_ip(spec.scope.family)
}
