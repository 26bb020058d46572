//! From what is wanted to members with addresses, files and commands.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::net::IpAddr;

use addrspace::{Family, Scope, ScopeKind};
use underlay::{Seat, Underlay, UnderlayError, Zone, ZoneSpec};

use crate::error::StartError;
use crate::member::{Captures, Life, Member, Role};
use crate::place::{Place, address};
use crate::spec::{Mode, Part, Recording, Served, Spec, allocatable};

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
    let (servers, coordinators) = (spec.count(Role::Maas), spec.count(Role::Coordinator));
    let count = servers + coordinators;
    if servers == 0 || servers > NODES_MAX || coordinators > COORDINATORS_MAX {
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
    let (mut last_server, mut last_coordinator) = (NODES_AFTER, COORDINATORS_AFTER);
    let roles = cast(spec).into_iter().map(|part| part.role);
    roles
        .map(|role| {
            let last = match role {
                Role::Maas => &mut last_server,
                Role::Coordinator => &mut last_coordinator,
            };
            // Within the limits of `ground`, hosts are octets.
            *last = last.saturating_add(1);
            Seat {
                name: String::new(),
                zone: None,
                addresses: vec![address(slot, *last)],
                interface: None,
                enter: Vec::new(),
            }
        })
        .collect()
}

/// Who the members are: those that were named, or the usual ones.
fn cast(spec: &Spec) -> Vec<Part> {
    if !spec.cast.is_empty() {
        return spec.cast.clone();
    }
    let mut scope = spec.scope.clone();
    if spec.coordinators > 0 {
        scope.kind = ScopeKind::Large;
    }
    let part = |role, name: String| {
        let space = allocatable(&scope).display(scope.family);
        let settings = match role {
            Role::Maas => String::new(),
            Role::Coordinator => format!("space = [\"{space} for 12h\"]"),
        };
        let served = Served { scope: scope.clone(), meets: scope.clone(), settings };
        Part { name, role, settings: String::new(), scopes: vec![served] }
    };
    let servers = (1..=spec.nodes).map(|nth| part(Role::Maas, format!("maas-{nth}")));
    let coordinators =
        (1..=spec.coordinators).map(|nth| part(Role::Coordinator, format!("coordinator-{nth}")));
    servers.chain(coordinators).collect()
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
    let parts = cast(spec).into_iter().zip(seats);
    parts
        .map(|(part, seat)| {
            member(spec, place, &part, seat)
                .map_err(|why| StartError::Folder { folder: place.folder.clone(), why })
        })
        .collect()
}

fn member(spec: &Spec, place: &Place, part: &Part, seat: Seat) -> io::Result<Member> {
    let (name, role) = (part.name.clone(), part.role);
    let (config, control) =
        (place.path(&format!("{name}.toml")), place.path(&format!("{name}.sock")));
    let scopes = scopes(spec, place.slot, part);
    fs::write(&config, configuration(&part.settings, &scopes))?;
    let data = place.path(&name);
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
        command.extend(["--data".into(), data.clone().into_os_string()]);
    }
    if let Some(profile) = &spec.profile {
        command.extend(["--profile".into(), profile.into()]);
    }
    let log = place.path(&format!("{name}.log"));
    let capture = match spec.recording {
        Recording::Off => None,
        Recording::Captures => Some(place.path(&format!("{name}.capture"))),
    };
    let (process, life) = (None, Life::Unborn);
    let zone = seat.zone;
    let captures = Captures { stem: capture, lives: 0 };
    Ok(Member {
        name,
        role,
        address,
        zone,
        command,
        scopes,
        data,
        control,
        log,
        captures,
        process,
        life,
    })
}

/// The configuration file of a member: its settings, and its scopes behind them.
pub(crate) fn configuration(settings: &str, scopes: &str) -> String {
    format!("# Written by `aap cluster`.\n{settings}\n{scopes}")
}

/// The scopes of a member, which flags cannot say in full.
fn scopes(spec: &Spec, slot: u8, part: &Part) -> String {
    let mut text = String::new();
    for served in &part.scopes {
        let scope = &served.scope;
        let kind = match scope.kind {
            ScopeKind::Small => "small",
            ScopeKind::Large => "large",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "[[scope]]\nname = \"{}\"\nrange = \"{}\"\nkind = \"{kind}\"\ngroup = \"{}\"\n{}",
            scope.name,
            scope.range.display(scope.family),
            group(spec.mode, &served.meets, slot),
            served.settings,
        );
    }
    text
}

/// The group that whoever serves `scope` meets at: the standard one in the first slot, another in
/// each other.
pub(crate) fn group(mode: Mode, scope: &Scope, slot: u8) -> IpAddr {
    let apart = match (mode, slot) {
        // In namespaces nobody else is near.
        (Mode::Netns | Mode::Zones, _) | (Mode::Loopback, 0) => None,
        (Mode::Loopback, slot) => scope.relative(APART_OFFSET + u128::from(slot)),
    };
    apart.unwrap_or_else(|| scope.group()).to_ip(scope.family)
}
