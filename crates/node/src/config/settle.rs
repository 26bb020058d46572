//! From settings to a configuration without contradictions.

use std::cell::RefCell;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use aap::policy::{Policy, Profile};
use aap::{AAP_PORT, AnaScope, Config, Jitter, Reports, Shortcut, Timing};
use addrspace::{Family, Scope, ScopeKind};
use sansio::Duration;

use super::mistake::{Mistake, Place, nearest};
use super::table::{Reader, Table};
use super::{
    Limits, Loopback, NodeConfig, NodeRole, ScopeConfig, Trust, auth, control, default_hops, values,
};
use crate::draws::FixedDraw;
use crate::net::{Interface, InterfaceChoice, is_contained};

/// The settings of a node outside its scopes.
pub const KEYS: &[&str] = &[
    "bind",
    "interface",
    "port",
    "ttl",
    "loopback",
    "data",
    "trace",
    "draws",
    "timing",
    "scale",
    "profile",
    "deny",
    "trust",
    "limits.datagram",
    "limits.requests",
    "limits.peers",
];

const SCOPE_KEYS: &[&str] = &[
    "name",
    "range",
    "kind",
    "group",
    "port",
    "excluded",
    "space",
    "profile",
    "reports",
    "ana-scope",
    "shortcut",
];

const CONSTANTS: &[&str] = &[
    "startup-wait",
    "announce-wait",
    "resend-wait",
    "repeat-interval",
    "asa-interval",
    "asrp-interval",
    "jitter",
    "asa-validity",
];

/// Scaled constants and fault injection are for places that no other node can be confused in.
const CONTAINED_ONLY: &str = "is for loopback and network namespaces only: nodes with other constants break the protocol \
     for those they meet";

/// Settles what `flags` and `file` say; flags win, and scopes given by flags replace the file's.
///
/// # Errors
/// Everything that is wrong, in the order it was found.
pub fn settle(role: NodeRole, file: &Table, flags: &Table) -> Result<NodeConfig, Vec<Mistake>> {
    let mistakes = RefCell::new(Vec::new());
    let config =
        Settling { role, reader: Reader::new(vec![flags, file], &mistakes) }.run(file, flags);
    match (config, mistakes.into_inner()) {
        (Some(config), mistakes) if mistakes.is_empty() => Ok(config),
        (_, mistakes) => Err(mistakes),
    }
}

struct Settling<'a> {
    role: NodeRole,
    reader: Reader<'a>,
}

impl Settling<'_> {
    fn run(&self, file: &Table, flags: &Table) -> Option<NodeConfig> {
        let reader = &self.reader;
        let bind = self.bind();
        let (timing, scaled_at) = self.timing();
        let scopes = if flags.scopes.is_empty() { &file.scopes } else { &flags.scopes };
        if scopes.is_empty() {
            let missing = Mistake::new(Place::Missing, "no scope is given");
            reader.wrong(
                missing.help("say which: `--scope 239.255.0.0/16`, or `[[scope]]` in the file"),
            );
        }
        let on_off = [("on", Loopback::On), ("off", Loopback::Off)];
        let data = reader.value("data", values::text).map(PathBuf::from);
        if self.role == NodeRole::Maas && data.is_none() {
            let missing = Mistake::new(Place::Missing, "no data directory is given");
            reader.wrong(missing.help(
                "`--data DIR`, or `data` in the file: what is allocated must survive power loss (section 3.1)",
            ));
        }
        let mut config = NodeConfig {
            role: self.role,
            scopes: Vec::new(),
            interface: self.interface(&bind)?,
            hops: reader
                .value("ttl", values::number)
                .unwrap_or_else(|| bind.first().map_or(1, |own| default_hops(*own))),
            loopback: reader.word("loopback", &on_off).unwrap_or(Loopback::On),
            data,
            control: control::control(reader),
            log: control::log(reader),
            trace: reader.value("trace", values::text).map(PathBuf::from),
            draws: self.draws(&bind),
            deny: reader.all("deny", values::range).into_iter().map(|(range, _)| range).collect(),
            trust: reader
                .word("trust", &[("none", Trust::None), ("ipsec", Trust::Ipsec)])
                .unwrap_or(Trust::None),
            auth: auth::auth(reader),
            limits: self.limits(),
        };
        let port = reader.value("port", values::number).unwrap_or(AAP_PORT);
        let (constants, policy) = (constants(reader, timing), policy(reader, Policy::repaired()));
        for table in scopes {
            let scope = ScopeSettling {
                role: self.role,
                reader: Reader::new(vec![table], reader.mistakes),
            };
            config.scopes.extend(scope.run(table, &bind, port, constants, policy));
        }
        share_groups(&mut config.scopes);
        self.check_names(&config.scopes);
        if let Some((key, place)) = scaled_at.filter(|_| !bind.iter().all(|own| is_contained(*own)))
        {
            reader.wrong(Mistake::new(place, format!("`{key}` {CONTAINED_ONLY}")));
        }
        let sections = ["constants", "switches", "control.limits", "log"];
        let known: Vec<&str> =
            KEYS.iter().chain(control::KEYS).chain(auth::KEYS).copied().chain(sections).collect();
        reader.unknown(&known);
        Some(config)
    }

    /// Own addresses: those given, or those of the interface.
    fn bind(&self) -> Vec<IpAddr> {
        let given: Vec<IpAddr> =
            self.reader.all("bind", values::ip).into_iter().map(|(address, _)| address).collect();
        if !given.is_empty() {
            return given;
        }
        let Some((name, place)) = self.reader.one("interface", values::text) else {
            if self.reader.key_place("bind") == Place::Missing {
                let missing = Mistake::new(Place::Missing, "no address is given to speak from");
                self.reader.wrong(
                    missing.help("`--bind 127.0.0.11` for this host, or `--interface eth0`"),
                );
            }
            return Vec::new();
        };
        let choice = interface_choice(&name);
        match Interface::find(&choice) {
            Ok(Some(found)) => found.addresses,
            _ => {
                let all = Interface::all().unwrap_or_default();
                let names: Vec<String> = all.into_iter().map(|interface| interface.name).collect();
                let message = format!("there is no interface `{name}`, or it is down");
                let mistake = Mistake::new(place, message).of_machine();
                self.reader.wrong(mistake.help(format!("there are {}", names.join(", "))));
                Vec::new()
            }
        }
    }

    fn interface(&self, bind: &[IpAddr]) -> Option<InterfaceChoice> {
        let named = self.reader.value("interface", values::text);
        named
            .map(|name| interface_choice(&name))
            .or_else(|| bind.first().copied().map(InterfaceChoice::Address))
    }

    /// The preset, scaled; and where it was scaled, if it was.
    fn timing(&self) -> (Timing, Option<(&'static str, Place)>) {
        let reader = &self.reader;
        let preset = reader.one("timing", |text| match text {
            "draft" => Ok((1, false)),
            // For networks whose round trips are milliseconds, if all nodes agree on it.
            "lan" => Ok((5, false)),
            "demo" => Ok((20, true)),
            _ => Err(format!("cannot be `{text}`: use draft, lan or demo")),
        });
        let mut timing = Timing::draft();
        let mut scaled = None;
        if let Some(((factor, is_scaled), place)) = preset {
            timing = timing.divided_by(factor);
            scaled = is_scaled.then_some(("timing", place));
        }
        if let Some((millionths, place)) = reader.one("scale", values::scale) {
            for constant in constants_of(&mut timing) {
                *constant = constant.ratio(1_000_000, millionths);
            }
            scaled = Some(("scale", place));
        }
        (timing, scaled)
    }

    /// Fixed answers, which only places take that no other node can be confused in.
    fn draws(&self, bind: &[IpAddr]) -> Vec<FixedDraw> {
        let draws = self.reader.all("draws", values::draw);
        if let Some((_, place)) = draws.first()
            && !bind.iter().all(|own| is_contained(*own))
        {
            let message =
                "`draws` is for loopback and network namespaces only: it is an experiment";
            self.reader.wrong(Mistake::new(place.clone(), message));
        }
        draws.into_iter().map(|(draw, _)| draw).collect()
    }

    fn limits(&self) -> Limits {
        let default = Limits::default();
        let limit = |key, default| self.reader.value(key, values::number).unwrap_or(default);
        Limits {
            // No UDP payload is longer.
            datagram: limit("limits.datagram", default.datagram).clamp(12, 65_507),
            requests: limit("limits.requests", default.requests),
            peers: limit("limits.peers", default.peers),
        }
    }

    fn check_names(&self, scopes: &[ScopeConfig]) {
        for (nth, scope) in scopes.iter().enumerate() {
            let name = &scope.machine.scope.name;
            if scopes[..nth].iter().any(|other| other.machine.scope.name == *name) {
                let message = format!("two scopes are called `{name}`");
                self.reader.wrong(Mistake::new(Place::Missing, message));
            }
        }
    }
}

struct ScopeSettling<'a> {
    role: NodeRole,
    reader: Reader<'a>,
}

impl ScopeSettling<'_> {
    fn run(
        &self,
        table: &Table,
        bind: &[IpAddr],
        port: u16,
        (timing, validity): (Timing, Option<Duration>),
        policy: Policy,
    ) -> Option<ScopeConfig> {
        let reader = &self.reader;
        let place = table.place.clone().unwrap_or(Place::Missing);
        let Some(((family, range), range_place)) = reader.one("range", values::range) else {
            if reader.key_place("range") == Place::Missing {
                reader.wrong(Mistake::new(place, "the scope has no `range`"));
            }
            return None;
        };
        if !range.first().is_multicast(family) || !range.last().is_multicast(family) {
            let message = format!("{} is not multicast", range.display(family));
            reader.wrong(Mistake::new(range_place, message));
            return None;
        }
        let kinds = [("small", ScopeKind::Small), ("large", ScopeKind::Large)];
        let kind = reader.word("kind", &kinds).unwrap_or(ScopeKind::Small);
        let name = reader.value("name", values::text);
        let name = name.unwrap_or_else(|| range.display(family).to_string());
        let scope = Scope::new(name, family, range, kind);
        let own = self.own(&scope, bind, port, &range_place)?;
        let mut machine = Config::new(own, scope);
        let group_port = reader.value("port", values::number).unwrap_or(port);
        machine.group = SocketAddr::new(self.group(&machine, &range_place)?, group_port);
        (machine.timing, machine.asa_validity) = constants(reader, timing);
        machine.asa_validity = machine.asa_validity.or(validity);
        machine.policy = self::policy(reader, policy);
        machine.excluded = self.inside(&machine, "excluded");
        machine.reports = reader
            .word("reports", &[("on", Reports::Send), ("off", Reports::Never)])
            .unwrap_or(Reports::Send);
        machine.ana_scope = reader
            .word("ana-scope", &[("ours", AnaScope::Ours), ("other", AnaScope::Other)])
            .unwrap_or(AnaScope::Ours);
        machine.shortcut = reader
            .word("shortcut", &[("on", Shortcut::On), ("off", Shortcut::Off)])
            .unwrap_or(Shortcut::On);
        let space = self.space(&machine);
        if self.role == NodeRole::Maas && machine.allocatable().is_empty() {
            let message =
                "nothing in this scope may be allocated: its last 256 addresses are reserved";
            reader.wrong(Mistake::new(range_place, message));
        }
        reader.unknown(SCOPE_KEYS);
        Some(ScopeConfig { machine, space })
    }

    fn own(&self, scope: &Scope, bind: &[IpAddr], port: u16, place: &Place) -> Option<SocketAddr> {
        let own = bind.iter().find(|address| Family::of(**address) == scope.family);
        if own.is_none() && !bind.is_empty() {
            let family = if scope.family == Family::V4 { "an IPv4" } else { "an IPv6" };
            let message = format!("scope `{}` needs {family} address to speak from", scope.name);
            self.reader.wrong(Mistake::new(place.clone(), message).help("add one to `bind`"));
        }
        own.map(|address| SocketAddr::new(*address, port))
    }

    fn group(&self, machine: &Config, place: &Place) -> Option<IpAddr> {
        let given = self.reader.one("group", values::group);
        let family = machine.scope.family;
        match given {
            Some((group, _)) if Family::of(group) == family => Some(group),
            Some((_, place)) => {
                let message = "the group is of another address family than the scope";
                self.reader.wrong(Mistake::new(place, message));
                None
            }
            None if machine.scope.range.len() > addrspace::GROUP_OFFSET => Some(machine.group.ip()),
            None => {
                let message = "the scope is too small to hold its group, its last address less 7";
                self.reader.wrong(Mistake::new(place.clone(), message).help("give a `group`"));
                None
            }
        }
    }

    fn inside(&self, machine: &Config, key: &str) -> Vec<addrspace::Range> {
        let ranges = self.reader.all(key, values::range);
        let family = machine.scope.family;
        ranges
            .into_iter()
            .filter_map(|((of, range), place)| {
                let fits = of == family && machine.scope.range.contains_range(range);
                if !fits {
                    let message = format!("{} lies outside the scope", range.display(of));
                    self.reader.wrong(Mistake::new(place, message));
                }
                fits.then_some(range)
            })
            .collect()
    }

    fn space(&self, machine: &Config) -> Vec<(addrspace::Range, super::SpaceEnd)> {
        let family = machine.scope.family;
        let mut space = Vec::new();
        for ((of, range, end), place) in self.reader.all("space", values::space) {
            if of != family || !machine.scope.range.contains_range(range) {
                let message = format!("{} lies outside the scope", range.display(of));
                self.reader.wrong(Mistake::new(place, message));
            } else if self.role == NodeRole::Maas {
                let message = "only a Prefix Coordinator has a space to offer";
                self.reader
                    .wrong(Mistake::new(place, message).help("start it with `aap coordinator`"));
            } else {
                space.push((range, end));
            }
        }
        space
    }
}

/// Scopes that meet at one group know of each other (F-04), and speak from ports of their own, so
/// that none takes the messages of another for forged ones of its own.
fn share_groups(scopes: &mut [ScopeConfig]) {
    let groups: Vec<_> = scopes.iter().map(|scope| scope.machine.group).collect();
    let ranges: Vec<_> = scopes.iter().map(|scope| scope.machine.scope.range).collect();
    for (nth, scope) in scopes.iter_mut().enumerate() {
        let shares = |&other: &usize| groups[other] == groups[nth];
        scope.machine.scopes_on_group =
            (0..groups.len()).filter(shares).map(|other| ranges[other]).collect();
        let earlier = (0..nth).filter(shares).count() as u16;
        let port = scope.machine.own.port().saturating_add(earlier);
        scope.machine.own.set_port(port);
    }
}

fn interface_choice(text: &str) -> InterfaceChoice {
    match text.parse() {
        Ok(address) => InterfaceChoice::Address(address),
        Err(_) => InterfaceChoice::Name(text.to_owned()),
    }
}

fn constants_of(timing: &mut Timing) -> [&mut Duration; 6] {
    [
        &mut timing.startup_wait,
        &mut timing.announce_wait,
        &mut timing.resend_wait,
        &mut timing.repeat_interval,
        &mut timing.asa_interval,
        &mut timing.asrp_interval,
    ]
}

/// Applies the `constants` section.
fn constants(reader: &Reader<'_>, mut timing: Timing) -> (Timing, Option<Duration>) {
    for (name, constant) in CONSTANTS.iter().zip(constants_of(&mut timing)) {
        let span = reader.value(&format!("constants.{name}"), |text| {
            let span = values::duration(text)?;
            if span == Duration::ZERO { Err("may not be zero".to_owned()) } else { Ok(span) }
        });
        *constant = span.unwrap_or(*constant);
    }
    let jitter = [("on", Jitter::On), ("off", Jitter::Off)];
    timing.jitter = reader.word("constants.jitter", &jitter).unwrap_or(timing.jitter);
    let validity = reader.value("constants.asa-validity", values::duration);
    for name in reader.section("constants") {
        reader.misnamed("constants", &name, CONSTANTS.iter().copied());
    }
    (timing, validity)
}

/// Applies `profile` and the `switches` section.
fn policy(reader: &Reader<'_>, default: Policy) -> Policy {
    let profile = reader.value("profile", |text| {
        Profile::from_name(text).ok_or_else(|| {
            format!("cannot be `{text}`: use literal, repaired, appendix or hardened")
        })
    });
    let mut policy = profile.map_or(default, Profile::policy);
    let names = || Policy::SWITCHES.iter().map(|switch| switch.name);
    for name in reader.section("switches") {
        if names().all(|known| known != name) {
            reader.misnamed("switches", &name, names());
            continue;
        }
        let set = reader.one(&format!("switches.{name}"), |value| {
            // Tried on a copy: what is wrong belongs to the place of the value.
            policy.clone().set(&name, value).map(|()| value.to_owned()).map_err(|e| e.to_string())
        });
        if let Some((value, _)) = set {
            // It was accepted a moment ago.
            let _ = policy.set(&name, &value);
        }
    }
    policy
}

impl Reader<'_> {
    /// Complains about a name of `section` that is none of `known`.
    fn misnamed<'n>(&self, section: &str, name: &str, known: impl Iterator<Item = &'n str>) {
        let known: Vec<&str> = known.collect();
        if known.contains(&name) {
            return;
        }
        let key = format!("{section}.{name}");
        let mistake = Mistake::new(self.key_place(&key), format!("`{section}` has no `{name}`"));
        self.wrong(match nearest(name, known.iter().copied()) {
            Some(meant) => mistake.help(format!("did you mean `{meant}`?")),
            None => mistake.help(format!("it has {}", known.join(", "))),
        });
        self.ignore(&key);
    }
}
