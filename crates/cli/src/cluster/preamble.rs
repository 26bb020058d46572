//! What runs where, and the commands that reach it, told at the start.

use std::fmt::Write as _;
use std::io::Write;

use ::cluster::{Cluster, Role, Timing};

/// Writes the preamble.
pub(super) fn write(cluster: &Cluster, to: &mut dyn Write) {
    // With standard error gone, the cluster still runs.
    let _ = write!(to, "{}", text(cluster));
}

fn text(cluster: &Cluster) -> String {
    let spec = cluster.spec();
    let speed = match spec.timing {
        Timing::Draft => "the draft's constants",
        Timing::Lan => "a fifth of the draft's constants",
        Timing::Demo => "a twentieth of the draft's constants",
    };
    let scope = spec.scope.range.display(spec.scope.family);
    let (group, slot) = (cluster.group(), cluster.slot());
    let beside = match slot {
        0 => String::new(),
        slot => format!(", slot {slot}: apart from other clusters of this machine"),
    };
    let mut text = format!("cluster: {scope}, group {group} port 2878{beside}; {speed}\n");
    let path = |name: &str| match slot {
        0 => name.to_owned(),
        slot => format!("{slot}/{name}"),
    };
    // Writing to a string cannot fail.
    for member in cluster.members() {
        let (name, address) = (member.name(), member.address());
        let zone = member.zone().map_or_else(String::new, |zone| format!("{zone:<6} "));
        let _ = writeln!(text, "  {name:<14} {zone}{address:<14} aap status --node {}", path(name));
    }
    let order = match slot {
        0 => "aap cluster".to_owned(),
        slot => format!("aap cluster --slot {slot}"),
    };
    let mut servers = cluster.members().iter().filter(|member| member.role() == Role::Maas);
    let names =
        [servers.next(), servers.next()].map(|member| member.map_or("maas-1", |m| m.name()));
    let [first, second] = names.map(path);
    let flag = if slot == 0 { String::new() } else { format!(" --node {first}") };
    let _ = write!(
        text,
        "in another terminal:\n  aap allocate --count 4 --json{flag}\n  aap list --node {second}\n  \
         {order} status\n  {order} kill {}\n",
        names[0]
    );
    text
}
