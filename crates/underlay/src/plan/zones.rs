use std::collections::BTreeSet;
use std::fmt::Write;

use crate::error::UnderlayError;
use crate::prefix::Prefix;

use super::bridge::{Router, Segment};
use super::{HUB, Plan, Step};

/// Multicast addresses that may be worth routing, by family.
const ROUTED: [&str; 2] = ["239.0.0.0/8", "ff00::/8"];

/// Subnets joined by a multicast router.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ZoneSpec {
    /// The subnets, two or more.
    pub zones: Vec<Zone>,
    /// The ranges that stay inside each zone: administrative boundaries (RFC 2365) on the router.
    /// Everything else in 239.0.0.0/8 and ff00::/8 crosses it.
    pub boundary: Vec<Prefix>,
}

/// One subnet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Zone {
    /// Its name: at most 8 lower-case letters and digits, a letter first.
    pub name: String,
    /// How many seats it has.
    pub seats: usize,
}

impl Plan {
    /// Subnets, each as in [`Plan::bridge`], with a router between them that forwards multicast
    /// (smcroute) except for what an administrative boundary stops (nftables).
    ///
    /// Seat N of zone Z has 10.28.Z.(10 + N) and the IPv6 address that ends alike, in
    /// fd28:78:Z::/64; the router is host 1 of each.
    ///
    /// # Errors
    /// If the zones' names or numbers cannot be.
    pub fn zones(spec: &ZoneSpec) -> Result<Self, UnderlayError> {
        check(&spec.zones)?;
        let mut plan = Self::hub();
        for (number, zone) in (1..).zip(&spec.zones) {
            plan.segment(&Segment {
                bridge: &zone.name,
                number,
                stem: &zone.name,
                seats: zone.seats,
                router: Router::First,
            })?;
        }
        // The boundary is there before the router is, so that nothing ever crosses it.
        if !spec.boundary.is_empty() {
            plan.steps.push(Step::Run {
                namespace: HUB.to_owned(),
                command: vec!["nft", "-f", "-"],
                input: boundary(spec),
            });
        }
        plan.steps.push(Step::Serve {
            namespace: HUB.to_owned(),
            // Its files under /run are for a service; here they are nobody's but its own.
            command: vec![
                "unshare",
                "--mount",
                "sh",
                "-c",
                "mount -t tmpfs tmpfs /run && exec smcrouted -n -N -f /dev/stdin",
            ],
            input: routes(&spec.zones),
            ready: "Ready",
        });
        Ok(plan)
    }
}

fn check(zones: &[Zone]) -> Result<(), UnderlayError> {
    let wrong = |why: String| Err(UnderlayError::Zones(why));
    if !(2..=9).contains(&zones.len()) {
        return wrong(format!("{} zones: a router joins 2 to 9", zones.len()));
    }
    let mut seen = BTreeSet::new();
    for Zone { name, .. } in zones {
        let short = (1..=8).contains(&name.len());
        let plain = name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        if !short || !plain || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
            return wrong(format!(
                "zone `{name}`: a name is at most 8 lower-case letters and digits, a letter first"
            ));
        }
        if matches!(name.as_str(), "lo" | HUB) || !seen.insert(name) {
            return wrong(format!("zone `{name}`: the name is taken"));
        }
    }
    Ok(())
}

fn boundary(spec: &ZoneSpec) -> String {
    let mut text = "table inet aap {\n  chain boundary {\n    \
                    type filter hook forward priority filter; policy accept;\n"
        .to_owned();
    // Where the kernel's br_netfilter is loaded, frames from port to port come by here, too.
    for Zone { name, .. } in &spec.zones {
        let _ = writeln!(text, "    iifname {name} oifname {name} accept");
    }
    for range in &spec.boundary {
        let family = if range.is_ipv4() { "ip" } else { "ip6" };
        let _ = writeln!(text, "    {family} daddr {range} counter drop");
    }
    text + "  }\n}\n"
}

fn routes(zones: &[Zone]) -> String {
    let mut text = String::new();
    for zone in zones {
        let _ = writeln!(text, "phyint {} enable", zone.name);
    }
    for zone in zones {
        let others = zones.iter().filter(|other| other.name != zone.name);
        let others: Vec<&str> = others.map(|other| other.name.as_str()).collect();
        for range in ROUTED {
            let _ =
                writeln!(text, "mroute from {} group {range} to {}", zone.name, others.join(" "));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(names: &[&str]) -> ZoneSpec {
        let zones = names.iter().map(|name| Zone { name: (*name).to_owned(), seats: 1 }).collect();
        ZoneSpec { zones, boundary: Vec::new() }
    }

    #[test]
    fn names_that_are_no_names_of_interfaces_are_refused() {
        for names in [
            &["west"][..],
            &["west", "west"],
            &["west", "lo"],
            &["west", "hub"],
            &["west", ""],
            &["west", "far-away"],
            &["west", "Süd"],
            &["west", "7th"],
            &["west", "northwest"],
        ] {
            assert!(Plan::zones(&spec(names)).is_err(), "{names:?}");
        }
        assert!(Plan::zones(&spec(&["west", "east2", "s"])).is_ok());
    }

    #[test]
    fn every_zone_hears_every_other() {
        let text = routes(&spec(&["a", "b", "c"]).zones);
        assert!(text.contains("mroute from b group 239.0.0.0/8 to a c\n"), "{text}");
        assert!(text.contains("mroute from b group ff00::/8 to a c\n"), "{text}");
    }
}
