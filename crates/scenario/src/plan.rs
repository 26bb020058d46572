//! What one run is made of: a scenario with one profile and one variant chosen.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use super::address::{AddressError, Addresses};
use super::claims::{Expect, OracleClaim, Timeline, Variant};
use super::event::At;
use super::quantity::Time;
use super::span::Name;
use super::statement::{Ask, Line, Part, Say, Scenario, Serves, Statement, Zone};
use super::words::Profile;
use super::world::{Clock, Draw, HostDecl, Known, KnownSpace, LinkRule, ScopeDecl, Space, Tune};

/// What a host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A MAAS.
    Allocator,
    /// A Prefix Coordinator.
    Coordinator,
}

/// A host, `M*50` written out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Indices into [`Plan::scopes`]; the first scope if no `serves` line names it.
    pub scopes: Vec<usize>,
}

/// One run: everything that applies, in order, overridden things removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Title of the scenario.
    pub title: String,
    /// Chosen variant.
    pub variant: Option<String>,
    /// Profile of the run.
    pub profile: Profile,
    /// Seed named by the scenario.
    pub seed: Option<u64>,
    /// Message cap.
    pub cap: Option<u64>,
    /// Scopes in order.
    pub scopes: Vec<ScopeDecl>,
    /// Hosts in order of declaration.
    pub hosts: Vec<Host>,
    /// Zones.
    pub zones: Vec<Zone>,
    /// Space of each coordinator at the start.
    pub spaces: Vec<Space>,
    /// Link rules; where two speak of the same setting of a link, the later one counts.
    pub links: Vec<LinkRule>,
    /// Clocks.
    pub clocks: Vec<Clock>,
    /// Constants and switches, one entry per host and name.
    pub tunes: Vec<Tune>,
    /// Known allocations and preallocations.
    pub known: Vec<Known>,
    /// Cached ASAs.
    pub known_spaces: Vec<KnownSpace>,
    /// Hosts that are not running at the start.
    pub down: Vec<Name>,
    /// Whether the startup silence is over at the start (`skip startup`).
    pub startup_skipped: bool,
    /// Answers to random questions, one entry per host and label.
    pub draws: Vec<Draw>,
    /// Events in time order, equal times in order of the text.
    pub events: Vec<At>,
    /// End of the run.
    pub run: Time,
    /// Sentences of the story.
    pub says: Vec<Say>,
    /// Questions of the story.
    pub asks: Vec<Ask>,
    /// Timelines to match.
    pub timelines: Vec<Timeline>,
    /// Expectations.
    pub expects: Vec<Expect>,
    /// Verdicts expected of oracles; the others need only not be violated.
    pub oracles: Vec<OracleClaim>,
}

/// Why there is no such plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanError {
    /// The scenario has no variant of this name.
    NoVariant(String),
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoVariant(name) => write!(f, "there is no variant `{name}`"),
        }
    }
}

impl std::error::Error for PlanError {}

impl Scenario {
    /// Names of the variants, in order.
    #[must_use]
    pub fn variants(&self) -> Vec<&str> {
        self.variant_blocks().map(|variant| variant.name.as_str()).collect()
    }

    fn variant_blocks(&self) -> impl Iterator<Item = &Variant> {
        self.lines.iter().filter_map(|line| match &line.statement {
            Some(Statement::Variant(variant)) => Some(variant),
            _ => None,
        })
    }

    /// The title, or an empty text.
    #[must_use]
    pub fn title(&self) -> &str {
        let title = self.lines.iter().find_map(|line| match &line.statement {
            Some(Statement::Title(title)) => Some(title.as_str()),
            _ => None,
        });
        title.unwrap_or_default()
    }

    /// Chooses a profile and a variant. A variant's own `profile` comes before `profile`,
    /// which comes before the scenario's; without any the profile is `repaired`.
    ///
    /// # Errors
    /// If there is no such variant.
    pub fn plan(&self, profile: Option<Profile>, variant: Option<&str>) -> Result<Plan, PlanError> {
        let variant = match variant {
            Some(name) => {
                let found = self.variant_blocks().find(|block| block.name.as_str() == name);
                Some(found.ok_or_else(|| PlanError::NoVariant(name.to_owned()))?)
            }
            None => None,
        };
        let own = variant.and_then(|variant| named_profile(&variant.lines));
        let profile = own.or(profile).or_else(|| named_profile(&self.lines));
        let profile = profile.unwrap_or(Profile::Repaired);
        let extra = variant.map(|variant| flatten(&variant.lines, profile)).unwrap_or_default();
        let dropped = dropped(&extra);
        let mut plan = Plan::empty(profile, variant.map(|variant| variant.name.value.clone()));
        let mut host_lines = Vec::new();
        let mut serves = Vec::new();
        let base = flatten(&self.lines, profile);
        let kept =
            base.iter().filter(|statement| !part(statement).is_some_and(|p| dropped.contains(&p)));
        for statement in kept.chain(&extra) {
            plan.add(statement, &mut host_lines, &mut serves);
        }
        plan.hosts = host_lines.iter().flat_map(|(role, hosts)| expand(*role, hosts)).collect();
        plan.attach_scopes(&serves);
        plan.events.sort_by_key(|event| event.at.value);
        plan.says.sort_by_key(|say| say.at.value);
        plan.asks.sort_by_key(|ask| ask.at.value);
        Ok(plan)
    }
}

impl Scenario {
    /// The statements that make up the plan of this profile and variant, in order, `under` blocks
    /// opened; none if there is no such variant.
    #[must_use]
    pub fn applying(&self, profile: Option<Profile>, variant: Option<&str>) -> Vec<&Statement> {
        let Ok(plan) = self.plan(profile, variant) else { return Vec::new() };
        let block = variant
            .and_then(|name| self.variant_blocks().find(|block| block.name.as_str() == name));
        let extra = block.map(|block| flatten(&block.lines, plan.profile)).unwrap_or_default();
        let dropped = dropped(&extra);
        let base = flatten(&self.lines, plan.profile).into_iter();
        base.filter(|s| !part(s).is_some_and(|part| dropped.contains(&part))).chain(extra).collect()
    }
}

fn named_profile(lines: &[Line]) -> Option<Profile> {
    lines.iter().find_map(|line| match line.statement {
        Some(Statement::Profile(profile)) => Some(profile),
        _ => None,
    })
}

/// The statements that apply under `profile`, `under` blocks opened.
fn flatten(lines: &[Line], profile: Profile) -> Vec<&Statement> {
    let mut out = Vec::new();
    for statement in lines.iter().filter_map(|line| line.statement.as_ref()) {
        match statement {
            Statement::Under(under) if under.profiles.contains(&profile) => {
                out.extend(flatten(&under.lines, profile));
            }
            Statement::Under(_) | Statement::Variant(_) => {}
            other => out.push(other),
        }
    }
    out
}

/// The part of a scenario that a statement belongs to, if a variant can leave it out.
fn part(statement: &Statement) -> Option<Part> {
    match statement {
        Statement::At(_) => Some(Part::Events),
        Statement::Draw(_) => Some(Part::Draws),
        Statement::Tune(_) => Some(Part::Tunes),
        Statement::Known(_) | Statement::KnownSpace(_) => Some(Part::Known),
        Statement::Link(_) => Some(Part::Links),
        Statement::Say(_) | Statement::Ask(_) => Some(Part::Story),
        Statement::Timeline(_) => Some(Part::Timelines),
        Statement::Expect(_) => Some(Part::Expects),
        Statement::Oracle(_) => Some(Part::Oracles),
        _ => None,
    }
}

/// What a variant does not inherit: what it says `without`, and every kind of check it has
/// of its own.
fn dropped(variant: &[&Statement]) -> Vec<Part> {
    let mut dropped = Vec::new();
    for statement in variant {
        match statement {
            Statement::Without(parts) => dropped.extend(parts),
            Statement::Timeline(_) | Statement::Expect(_) | Statement::Oracle(_) => {
                dropped.extend(part(statement));
            }
            _ => {}
        }
    }
    dropped
}

fn expand(role: Role, hosts: &[HostDecl]) -> Vec<Host> {
    let host = |name: String| Host { name, role, scopes: Vec::new() };
    let mut out = Vec::new();
    for decl in hosts {
        match decl.count {
            None => out.push(host(decl.name.value.clone())),
            Some(count) => out.extend((1..=count).map(|n| host(format!("{}{n}", decl.name)))),
        }
    }
    out
}

impl Plan {
    fn empty(profile: Profile, variant: Option<String>) -> Self {
        Self {
            title: String::new(),
            variant,
            profile,
            seed: None,
            cap: None,
            scopes: Vec::new(),
            hosts: Vec::new(),
            zones: Vec::new(),
            spaces: Vec::new(),
            links: Vec::new(),
            clocks: Vec::new(),
            tunes: Vec::new(),
            known: Vec::new(),
            known_spaces: Vec::new(),
            down: Vec::new(),
            startup_skipped: false,
            draws: Vec::new(),
            events: Vec::new(),
            run: Time::default(),
            says: Vec::new(),
            asks: Vec::new(),
            timelines: Vec::new(),
            expects: Vec::new(),
            oracles: Vec::new(),
        }
    }

    fn add<'a>(
        &mut self,
        statement: &'a Statement,
        hosts: &mut Vec<(Role, &'a [HostDecl])>,
        serves: &mut Vec<&'a Serves>,
    ) {
        match statement {
            Statement::Title(title) => self.title.clone_from(title),
            Statement::Seed(seed) => self.seed = Some(*seed),
            Statement::Cap(cap) => self.cap = Some(*cap),
            Statement::Run(run) => self.run = run.value,
            Statement::Scope(scope) => self.scopes.push(scope.clone()),
            Statement::Hosts(decls) => hosts.push((Role::Allocator, decls)),
            Statement::Coordinator(decls) => hosts.push((Role::Coordinator, decls)),
            Statement::Serves(line) => serves.push(line),
            Statement::Zone(zone) => self.zones.push(zone.clone()),
            Statement::Space(space) => {
                self.spaces.retain(|other| other.host != space.host);
                self.spaces.push(space.clone());
            }
            Statement::Link(rule) => self.links.push(rule.clone()),
            Statement::Clock(clock) => {
                self.clocks.retain(|other| other.host != clock.host);
                self.clocks.push(clock.clone());
            }
            Statement::Tune(tune) => {
                self.tunes.retain(|other| (&other.host, &other.name) != (&tune.host, &tune.name));
                self.tunes.push(tune.clone());
            }
            Statement::Draw(draw) => {
                self.draws.retain(|other| (&other.host, &other.label) != (&draw.host, &draw.label));
                self.draws.push(draw.clone());
            }
            Statement::Known(known) => self.known.push(known.clone()),
            Statement::KnownSpace(known) => self.known_spaces.push(known.clone()),
            Statement::Down(names) => self.down.extend(names.iter().cloned()),
            Statement::SkipStartup => self.startup_skipped = true,
            Statement::At(at) => self.events.push(at.clone()),
            Statement::Say(say) => self.says.push(say.clone()),
            Statement::Ask(ask) => self.asks.push(ask.clone()),
            Statement::Timeline(timeline) => self.timelines.push(timeline.clone()),
            Statement::Expect(expect) => self.expects.push(expect.clone()),
            Statement::Oracle(claim) => self.oracles.push(claim.clone()),
            Statement::Cites(_)
            | Statement::Profile(_)
            | Statement::Needs(_)
            | Statement::Prose(_)
            | Statement::Mark(_)
            | Statement::Under(_)
            | Statement::Variant(_)
            | Statement::Without(_) => {}
        }
    }

    fn attach_scopes(&mut self, serves: &[&Serves]) {
        let index: BTreeMap<&str, usize> =
            self.scopes.iter().enumerate().map(|(at, scope)| (scope.name.as_str(), at)).collect();
        let mut chosen: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for line in serves {
            let scopes: Vec<usize> =
                line.scopes.iter().filter_map(|scope| index.get(scope.as_str()).copied()).collect();
            for host in self.expand(&line.host) {
                chosen.insert(host.to_owned(), scopes.clone());
            }
        }
        for host in &mut self.hosts {
            host.scopes = chosen.remove(&host.name).unwrap_or_else(|| vec![0]);
        }
    }

    /// The hosts that a name stands for, in order of declaration: a host itself, `each` for
    /// every allocator, `M*` for every host whose name begins so, a zone for its hosts.
    /// Empty for an outsider.
    #[must_use]
    pub fn expand(&self, name: &Name) -> Vec<&str> {
        let name = name.as_str();
        if let Some(zone) = self.zones.iter().find(|zone| zone.name.as_str() == name) {
            // A zone lists hosts, never zones, so this goes one level deep.
            let zones: Vec<&str> = zone.hosts.iter().map(Name::as_str).collect();
            let member = |host: &&Host| zones.iter().any(|pattern| matches(pattern, host));
            return self.hosts.iter().filter(member).map(|host| host.name.as_str()).collect();
        }
        let hosts = self.hosts.iter().filter(|host| matches(name, host));
        hosts.map(|host| host.name.as_str()).collect()
    }

    /// The scope of this name, or the first one.
    #[must_use]
    pub fn scope(&self, name: Option<&str>) -> Option<&ScopeDecl> {
        match name {
            Some(name) => self.scopes.iter().find(|scope| scope.name.as_str() == name),
            None => self.scopes.first(),
        }
    }

    /// The inclusive ranges that `addresses` mean. Offsets count from the scope they name,
    /// else from `scope`, else from the first one; a whole address belongs to the scope that
    /// contains it.
    ///
    /// # Errors
    /// If they do not lie in one scope.
    pub fn resolve(
        &self,
        addresses: &Addresses,
        scope: Option<&str>,
    ) -> Result<Vec<(IpAddr, IpAddr)>, AddressError> {
        resolve(&self.scopes, addresses, scope)
    }
}

/// Whether a host name, `each` or `M*` means this host.
fn matches(pattern: &str, host: &Host) -> bool {
    match pattern.strip_suffix('*') {
        Some(stem) => host.name.starts_with(stem),
        None if pattern == "each" => host.role == Role::Allocator,
        None => host.name == pattern,
    }
}

/// See [`Plan::resolve`].
pub(super) fn resolve(
    scopes: &[ScopeDecl],
    addresses: &Addresses,
    scope: Option<&str>,
) -> Result<Vec<(IpAddr, IpAddr)>, AddressError> {
    use super::address::Address;
    let named = addresses.scope.as_deref().or(scope);
    let found = match (&addresses.first, named) {
        (_, Some(name)) => scopes.iter().find(|scope| scope.name.as_str() == name),
        (Address::Offset(_), None) => scopes.first(),
        (Address::Full(full), None) => {
            scopes.iter().find(|scope| scope.range.value.contains(*full))
        }
    };
    addresses.resolve(&found.ok_or(AddressError::Outside)?.range.value)
}
