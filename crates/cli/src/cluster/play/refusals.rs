//! What only a simulator can do.

use addrspace::Family;
use scenario::{Command, Draw, Event, LinkEnds, LinkRule, Plan, ScopeDecl, StorageLoss};

/// Something a cluster cannot play: the line, 0 if none is known, and why.
pub(super) type Refusal = (usize, String);

/// Everything in `plan` that a cluster on loopback cannot play, by line.
pub(super) fn of(plan: &Plan) -> Vec<Refusal> {
    let mut found = Vec::new();
    world(plan, &mut found);
    for rule in &plan.links {
        if let Some(why) = link(rule) {
            found.push((0, why.to_owned()));
        }
    }
    for event in &plan.events {
        if let Some(why) = self::event(&event.event) {
            found.push((event.at.span.line as usize, why.to_owned()));
        }
    }
    found.sort();
    found.dedup();
    found
}

fn world(plan: &Plan, found: &mut Vec<Refusal>) {
    let mut refuse = |line: u32, why: &str| found.push((line as usize, why.to_owned()));
    scopes(plan, &mut refuse);
    if !plan.zones.is_empty() {
        refuse(0, "zones need networks of their own; all nodes of a cluster hear each other");
    }
    for clock in &plan.clocks {
        refuse(clock.host.span.line, "processes of one machine share its clock");
    }
    for tune in &plan.tunes {
        if tune.name.as_str() == "rseq" {
            refuse(tune.name.span.line, "this is no setting of a node");
        }
    }
    let restarts = |event: &Event| matches!(event, Event::Restart(_));
    for event in plan.events.iter().filter(|at| plan.startup_skipped && restarts(&at.event)) {
        let why = "`restart` with `skip startup`: a real node that comes back listens first; let \
                   the scenario do so, too";
        refuse(event.at.span.line, why);
    }
}

fn scopes(plan: &Plan, refuse: &mut impl FnMut(u32, &str)) {
    let family = |scope: &ScopeDecl| Family::of(scope.range.value.first);
    let first = plan.scopes.first().map(family);
    if plan.scopes.iter().any(|scope| Some(family(scope)) != first) {
        refuse(0, "its scopes are of both address families; a play has one network");
    }
    let draws = |draw: &Draw, label: &str| draw.label.as_str() == label;
    for draw in &plan.draws {
        let line = draw.host.span.line;
        if draws(draw, "address") && plan.scopes.iter().any(|s| family(s) == Family::V6) {
            refuse(line, "`draw address`: fixed answers of a node are numbers of 64 bits");
        }
        let drawing = plan.expand(&draw.host);
        let mut hosts = plan.hosts.iter().filter(|host| drawing.contains(&&*host.name));
        if hosts.any(|host| host.scopes.len() > 1) {
            refuse(line, "`draw`: the answers of a node are for all its scopes together");
        }
    }
}

fn link(rule: &LinkRule) -> Option<&'static str> {
    let set = &rule.settings;
    if rule.ends != LinkEnds::All {
        return Some("`link`: in a cluster all links are alike");
    }
    if set.tail.is_some() || set.burst.is_some() || set.reorder.is_some() {
        return Some("`link`: a cluster has loss, delay, jitter and duplicate only");
    }
    None
}

fn event(event: &Event) -> Option<&'static str> {
    match event {
        Event::Command(order) => match order.command {
            Command::Retire => Some("`retire`: a node has no such order"),
            Command::Set { .. } => Some("`set`: a node takes other settings from its file only"),
            _ => None,
        },
        Event::Heal(Some(_)) => Some("a cluster heals all partitions at once"),
        Event::Link(rule) => link(rule),
        Event::Crash(crash) if crash.after.is_some() => {
            Some("nobody can kill a process between two of its outputs")
        }
        Event::Crash(crash) if crash.storage != StorageLoss::Kept => {
            Some("stable storage outlives a process; `lose` needs a simulator")
        }
        Event::Step(_) => Some("processes of one machine share its clock"),
        Event::Next(_) => Some("fates of single datagrams need a simulator"),
        Event::Inject(_) | Event::Replay(_) | Event::Answer(_) => Some(
            "datagrams of outsiders need a simulator, which can write them at the right moment",
        ),
        Event::Space(_) => Some("a coordinator that runs keeps its space; its file says which"),
        _ => None,
    }
}

/// All of them, for people.
pub(super) fn told(path: &str, refused: &[Refusal]) -> String {
    let mut text = format!("{path}: a cluster cannot play this scenario");
    for (line, why) in refused {
        text += &match line {
            0 => format!("\n  {why}"),
            line => format!("\n  line {line}: {why}"),
        };
    }
    text + "\n`aap replay` runs it in the simulator"
}
