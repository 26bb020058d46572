//! Who plays: a process for each host, which serves all its scopes.

use std::fmt::Write as _;

use ::cluster::{Part, Role, Served};
use aap::{AnaScope, Config, Reports, Shortcut};
use lab::live::Staged;
use scenario::Plan;

use super::costume;

/// The question how long the silence of a start is (draft 3.2.4); the shortest is STARTUP-WAIT.
const STARTUP: &str = "startup";

/// The process that plays a host.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Actor {
    /// The host's name.
    pub(super) name: String,
    /// What it is.
    pub(super) role: Role,
    /// The host in each of its scopes.
    pub(super) seats: Vec<Staged>,
    /// Where the first of these is among all that are staged; the others follow.
    pub(super) first_seat: usize,
}

/// The processes for the hosts of `plan`, which are staged once for each of their scopes.
pub(super) fn actors(plan: &Plan, staged: Vec<Staged>) -> Vec<Actor> {
    let mut actors: Vec<Actor> = Vec::new();
    for (nth, mut seat) in staged.into_iter().enumerate() {
        if plan.startup_skipped && seat.role == scenario::Role::Allocator {
            // All end their silence together, and the scenario begins then.
            let shortest = seat.config.timing.startup_wait.as_micros();
            seat.draws.retain(|(label, _)| label != STARTUP);
            seat.draws.push((STARTUP.to_owned(), shortest));
        }
        match actors.last_mut() {
            Some(actor) if actor.name == seat.name => actor.seats.push(seat),
            _ => actors.push(Actor {
                name: seat.name.clone(),
                role: match seat.role {
                    scenario::Role::Allocator => Role::Maas,
                    scenario::Role::Coordinator => Role::Coordinator,
                },
                seats: vec![seat],
                first_seat: nth,
            }),
        }
    }
    actors
}

impl Actor {
    /// Its settings, with these answers to questions of chance.
    pub(super) fn settings(&self, draws: &[(String, u64)]) -> String {
        self.seats.first().map(|seat| costume::settings(seat, draws)).unwrap_or_default()
    }

    /// Its answers to questions of chance. They are the host's, whatever the scope.
    pub(super) fn draws(&self) -> &[(String, u64)] {
        self.seats.first().map_or(&[], |seat| &seat.draws)
    }

    /// What a cluster needs to know of it, among all who play.
    pub(super) fn part(&self, all: &[Self]) -> Part {
        let served = self.seats.iter().map(|seat| {
            let mut seats = all.iter().flat_map(|actor| &actor.seats);
            let first = seats.find(|other| other.config.group == seat.config.group);
            Served {
                scope: seat.config.scope.clone(),
                meets: first.unwrap_or(seat).config.scope.clone(),
                settings: of_scope(seat),
            }
        });
        Part {
            name: self.name.clone(),
            role: self.role,
            settings: self.settings(self.draws()),
            scopes: served.collect(),
        }
    }
}

/// The settings that a scope has of its own.
fn of_scope(seat: &Staged) -> String {
    let Config { reports, ana_scope, shortcut, excluded, scope, .. } = &seat.config;
    let reports = if *reports == Reports::Send { "on" } else { "off" };
    let ana_scope = if *ana_scope == AnaScope::Ours { "ours" } else { "other" };
    let shortcut = if *shortcut == Shortcut::On { "on" } else { "off" };
    let mut text = format!(
        "reports = \"{reports}\"\nana-scope = \"{ana_scope}\"\nshortcut = \"{shortcut}\"\n"
    );
    let mut list = |key: &str, items: Vec<String>| {
        if !items.is_empty() {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{key} = [{}]", items.join(", "));
        }
    };
    let family = scope.family;
    list("excluded", excluded.iter().map(|r| format!("\"{}\"", r.display(family))).collect());
    let offer = |(range, span): &(addrspace::Range, sansio::Duration)| {
        format!("\"{} for {}s\"", range.display(family), span.as_micros().div_ceil(1_000_000))
    };
    list("space", seat.space.iter().map(offer).collect());
    text
}
