//! From what is wanted to members with addresses, files and commands.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::net::IpAddr;

use crate::error::StartError;
use crate::member::{Life, Member, Role};
use crate::place::{Place, address};
use crate::spec::{Spec, allocatable};

/// Allocation servers and coordinators that have addresses in a slot.
const NODES_MAX: usize = 180;
const COORDINATORS_MAX: usize = 40;

/// The last octet before that of the first allocation server, and of the first coordinator.
const NODES_AFTER: u8 = 10;
const COORDINATORS_AFTER: u8 = 200;

/// Offset from the end of a scope, among those no protocol has (draft section 1.3), of the group
/// that clusters beside the first meet at, less their slot.
const APART_OFFSET: u128 = 128;

/// The members of a cluster in `place`; their configurations are written.
pub(crate) fn members(spec: &Spec, place: &Place) -> Result<Vec<Member>, StartError> {
    if spec.nodes == 0 || spec.nodes > NODES_MAX || spec.coordinators > COORDINATORS_MAX {
        let (nodes, coordinators) = (NODES_MAX, COORDINATORS_MAX);
        return Err(StartError::TooMany { nodes, coordinators });
    }
    let nodes = (1..=spec.nodes).map(|nth| (Role::Maas, nth, NODES_AFTER));
    let coordinators =
        (1..=spec.coordinators).map(|nth| (Role::Coordinator, nth, COORDINATORS_AFTER));
    nodes
        .chain(coordinators)
        .map(|(role, nth, after)| {
            // Within the limits above, hosts are octets.
            let host = after.saturating_add(u8::try_from(nth).unwrap_or(u8::MAX));
            let name = match role {
                Role::Maas => format!("maas-{nth}"),
                Role::Coordinator => format!("coordinator-{nth}"),
            };
            member(spec, place, role, name, address(place.slot, host))
                .map_err(|why| StartError::Folder { folder: place.folder.clone(), why })
        })
        .collect()
}

fn member(
    spec: &Spec,
    place: &Place,
    role: Role,
    name: String,
    address: IpAddr,
) -> io::Result<Member> {
    let (config, control) =
        (place.path(&format!("{name}.toml")), place.path(&format!("{name}.sock")));
    fs::write(&config, configuration(spec, place.slot, role))?;
    let subcommand = match role {
        Role::Maas => "node",
        Role::Coordinator => "coordinator",
    };
    let bind = address.to_string();
    let mut command: Vec<OsString> = vec![spec.program.clone().into()];
    command.extend([subcommand, "--until-stdin-ends", "--bind", &bind].map(OsString::from));
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
    Ok(Member { name, role, address, command, control, log, process: None, life: Life::Killed })
}

/// The scope, which flags cannot say in full.
fn configuration(spec: &Spec, slot: u8, role: Role) -> String {
    let (family, range) = (spec.scope.family, spec.scope.range);
    let kind = match spec.coordinators {
        0 => "small",
        _ => "large",
    };
    let mut text = format!(
        "# Written by `aap cluster`.\n[[scope]]\nname = \"{}\"\nrange = \"{}\"\nkind = \"{kind}\"\n\
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
    let apart = match slot {
        0 => None,
        slot => spec.scope.relative(APART_OFFSET + u128::from(slot)),
    };
    apart.unwrap_or_else(|| spec.scope.group()).to_ip(spec.scope.family)
}
