//! Every name means something.

use std::collections::BTreeSet;

use super::World;
use super::references::{References, Who};
use crate::diagnostic::Diagnostic;
use crate::event::{Event, Source};
use crate::plan::Role;
use crate::span::Name;
use crate::statement::Statement;
use crate::suggest::nearest;
use crate::world::HostDecl;

/// Names that a statement introduces without declaring them: dead owners and attackers.
pub(super) fn gather_outsiders<'a>(statement: &'a Statement, into: &mut BTreeSet<&'a str>) {
    let source = match statement {
        Statement::Known(known) => {
            into.insert(known.host.as_str());
            return;
        }
        Statement::At(at) => match &at.event {
            Event::Inject(inject) => &inject.route.from,
            Event::Replay(replay) => &replay.route.from,
            Event::Answer(answer) => &answer.from,
            _ => return,
        },
        _ => return,
    };
    if let Source::Host(name) = source {
        into.insert(name.as_str());
    }
}

pub(super) fn check(references: &References<'_>, world: &World<'_>, found: &mut Vec<Diagnostic>) {
    if !world.is_host_unread {
        found.extend(references.hosts.iter().filter_map(|(name, who)| host(name, *who, world)));
        for zone in &references.zones {
            if !world.zones.contains(&zone.as_str()) {
                let message = format!("there is no zone `{zone}`");
                found.push(
                    Diagnostic::error("scn-unknown-zone", zone.span, message)
                        .label("expected a name of a `zone` line")
                        .suggest(nearest(zone.as_str(), world.zones.iter().copied())),
                );
            }
        }
    }
    if world.is_scope_unread {
        return;
    }
    for scope in &references.scopes {
        let names = || world.scopes.iter().map(|scope| scope.name.as_str());
        if !names().any(|name| name == scope.as_str()) {
            let message = format!("there is no scope `{scope}`");
            found.push(
                Diagnostic::error("scn-unknown-scope", scope.span, message)
                    .label("expected a name of a `scope` line")
                    .suggest(nearest(scope.as_str(), names())),
            );
        }
    }
}

/// The roles of the hosts that `name` stands for.
fn roles(name: &str, world: &World<'_>) -> Vec<Role> {
    let means = |host: &HostDecl, role: Role| {
        let stem = host.name.as_str();
        if name == "each" {
            return role == Role::Allocator;
        }
        match (name.strip_suffix('*'), host.count) {
            (Some(wanted), None) => stem.starts_with(wanted),
            (Some(wanted), Some(_)) => stem.starts_with(wanted) || wanted.starts_with(stem),
            (None, None) => stem == name,
            (None, Some(count)) => name
                .strip_prefix(stem)
                .filter(|number| !number.starts_with(['0', '+']))
                .and_then(|number| number.parse().ok())
                .is_some_and(|number: u32| (1..=count).contains(&number)),
        }
    };
    let meant = world.hosts.iter().filter(|(host, role)| means(host, *role));
    meant.map(|(_, role)| *role).collect()
}

fn host(name: &Name, who: Who, world: &World<'_>) -> Option<Diagnostic> {
    let word = name.as_str();
    if who == Who::HostOrZone && world.zones.contains(&word) {
        return None;
    }
    let roles = roles(word, world);
    if roles.is_empty() {
        if who == Who::Anybody && world.outsiders.contains(word) {
            return None;
        }
        let declared: Vec<String> = world.hosts.iter().map(|(host, _)| example(host)).collect();
        let message = format!("there is no host `{word}`");
        return Some(
            Diagnostic::error("scn-unknown-host", name.span, message)
                .label(format!("expected {}", alternatives(&declared)))
                .suggest(nearest(word, declared.iter().map(String::as_str))),
        );
    }
    let wanted = match who {
        Who::Allocator => Role::Allocator,
        Who::Coordinator => Role::Coordinator,
        Who::Host | Who::Anybody | Who::HostOrZone => return None,
    };
    if roles.contains(&wanted) {
        return None;
    }
    let (label, rule) = match wanted {
        Role::Allocator => ("a Prefix Coordinator allocates nothing", "draft 4"),
        Role::Coordinator => ("expected a name of a `coordinator` line", "draft 4.2.1"),
    };
    let message = format!("`{word}` cannot do this");
    Some(Diagnostic::error("scn-role", name.span, message).label(label).rule(rule))
}

fn example(host: &HostDecl) -> String {
    match host.count {
        Some(_) => format!("{}1", host.name),
        None => host.name.value.clone(),
    }
}

fn alternatives(names: &[String]) -> String {
    match names {
        [] => "a `hosts` line first".to_owned(),
        [one] => format!("`{one}`"),
        [some @ .., last] if names.len() <= 8 => {
            let some: Vec<String> = some.iter().map(|name| format!("`{name}`")).collect();
            format!("{} or `{last}`", some.join(", "))
        }
        _ => format!("one of the {} declared", names.len()),
    }
}
