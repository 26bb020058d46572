//! Mistakes that a line alone does not show.

mod addresses;
mod names;
mod references;
mod shape;
mod time;
mod values;

use std::collections::BTreeSet;

use references::References;

use super::diagnostic::Diagnostic;
use super::plan::Role;
use super::quantity::Time;
use super::span::Span;
use super::statement::{Line, Scenario, Statement};
use super::world::{HostDecl, ScopeDecl};

pub(crate) use values::tune_values;

impl Scenario {
    /// Looks for everything that keeps the scenario from running or meaning something.
    #[must_use]
    pub fn check(&self) -> Vec<Diagnostic> {
        self.check_beside(&[])
    }

    /// The same, knowing that lines with these keywords could not be read: what they would
    /// have declared is not missed.
    pub(super) fn check_beside(&self, broken: &[String]) -> Vec<Diagnostic> {
        let world = World::of(self, broken);
        let mut found = Vec::new();
        shape::check(self, &world, &mut found);
        time::check(self, &mut found);
        for item in &world.items {
            let references = References::of(item.statement);
            names::check(&references, &world, &mut found);
            addresses::check(&references, &world, &mut found);
            time::check_instants(&references, item, &mut found);
            values::check(item, &references, &world, &mut found);
        }
        found.sort_by_key(|diagnostic| diagnostic.span);
        found
    }
}

/// Where a statement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Top,
    Under,
    Variant,
    Timeline,
}

/// A statement with its surroundings.
#[derive(Clone, Copy, Debug)]
struct Item<'a> {
    statement: &'a Statement,
    span: Span,
    place: Place,
    /// End of the run, as far as it is known here.
    run: Option<Time>,
}

/// What the scenario declares.
#[derive(Debug)]
struct World<'a> {
    items: Vec<Item<'a>>,
    scopes: Vec<ScopeDecl>,
    hosts: Vec<(&'a HostDecl, Role)>,
    /// Who appears without being declared: owners that are gone, attackers.
    outsiders: BTreeSet<&'a str>,
    zones: Vec<&'a str>,
    is_scope_unread: bool,
    is_host_unread: bool,
    is_run_unread: bool,
}

impl<'a> World<'a> {
    fn of(scenario: &'a Scenario, broken: &[String]) -> Self {
        let has = |words: &[&str]| broken.iter().any(|word| words.contains(&word.as_str()));
        let mut world = Self {
            items: Vec::new(),
            scopes: Vec::new(),
            hosts: Vec::new(),
            outsiders: BTreeSet::new(),
            zones: Vec::new(),
            is_scope_unread: has(&["scope"]),
            is_host_unread: has(&["hosts", "coordinator", "zone"]),
            is_run_unread: has(&["run"]),
        };
        world.gather(&scenario.lines, Place::Top, None);
        world
    }

    fn gather(&mut self, lines: &'a [Line], place: Place, outer_run: Option<Time>) {
        let own_run = lines.iter().rev().find_map(|line| match &line.statement {
            Some(Statement::Run(run)) => Some(run.value),
            _ => None,
        });
        let run = own_run.or(outer_run);
        for line in lines {
            let Some(statement) = &line.statement else { continue };
            self.items.push(Item { statement, span: line.span, place, run });
            match statement {
                Statement::Scope(scope) => self.scopes.push(scope.clone()),
                Statement::Hosts(hosts) => {
                    self.hosts.extend(hosts.iter().map(|host| (host, Role::Allocator)));
                }
                Statement::Coordinator(hosts) => {
                    self.hosts.extend(hosts.iter().map(|host| (host, Role::Coordinator)));
                }
                Statement::Zone(zone) => self.zones.push(zone.name.as_str()),
                Statement::Timeline(block) => self.gather(&block.lines, Place::Timeline, run),
                Statement::Under(block) => self.gather(&block.lines, Place::Under, run),
                Statement::Variant(block) => self.gather(&block.lines, Place::Variant, run),
                _ => {}
            }
            names::gather_outsiders(statement, &mut self.outsiders);
        }
    }
}
