//! The scenario as a whole: what is missing, what is there twice, what stands in the wrong
//! place, and what an oracle cannot judge.

use std::collections::BTreeMap;

use super::{Item, Place, World, addresses};
use crate::claims::{Expect, OracleClaim, Predicate, Subject};
use crate::diagnostic::Diagnostic;
use crate::event::{Event, Fate};
use crate::quantity::Ratio;
use crate::span::Span;
use crate::statement::{Scenario, Statement};
use crate::suggest::nearest;
use crate::vocabulary::{Assumption, NEEDS, ORACLES, oracle};
use crate::words::{ScopeSize, Verdict};
use crate::world::{LinkRule, Strength};

pub(super) fn check(scenario: &Scenario, world: &World<'_>, found: &mut Vec<Diagnostic>) {
    missing(scenario, world, found);
    duplicates(world, found);
    let broken = broken_assumptions(world);
    for item in &world.items {
        placement(item, found);
        match item.statement {
            Statement::Scope(scope) => found.extend(addresses::scope(scope)),
            Statement::Expect(expect) => found.extend(expectation(expect, item.span)),
            Statement::Oracle(claim) => found.extend(oracle_claim(claim, &broken)),
            Statement::Known(known) if known.strength == Strength::Allocated => {
                let is_declared = world
                    .hosts
                    .iter()
                    .any(|(host, _)| known.host.as_str().starts_with(host.name.as_str()));
                if !is_declared && known.told.is_empty() && !world.is_host_unread {
                    let message = format!("nobody knows what `{}` owns", known.host);
                    found.push(
                        Diagnostic::warning("scn-untold", known.host.span, message)
                            .label("no host of this scenario")
                            .help("add `told HOST...`"),
                    );
                }
            }
            Statement::Needs(needs) => {
                for need in needs.iter().filter(|need| !NEEDS.contains(&need.as_str())) {
                    let message = format!("no runner has a feature `{need}`");
                    let meant = nearest(need.as_str(), NEEDS.iter().copied());
                    found.push(Diagnostic::error("scn-needs", need.span, message).suggest(meant));
                }
            }
            _ => {}
        }
    }
}

fn missing(scenario: &Scenario, world: &World<'_>, found: &mut Vec<Diagnostic>) {
    let has = |wanted: fn(&Statement) -> bool| {
        scenario.lines.iter().any(|line| line.statement.as_ref().is_some_and(wanted))
    };
    let start = Span::new(1, 1, 1);
    let mut need = |present: bool, message: &str, help: &str| {
        if !present {
            found.push(Diagnostic::error("scn-missing", start, message).help(help));
        }
    };
    let scope = world.is_scope_unread || !world.scopes.is_empty();
    need(scope, "this scenario has no scope", "add `scope site 239.255.0.0/16 small`");
    let hosts = world.is_host_unread || !world.hosts.is_empty();
    need(hosts, "this scenario has no hosts", "add `hosts A B`");
    let run = world.is_run_unread || has(|statement| matches!(statement, Statement::Run(_)));
    need(run, "this scenario has no end", "add `run 70s`");
    if !has(|statement| matches!(statement, Statement::Title(_))) {
        let message = "this scenario has no title";
        found.push(Diagnostic::warning("scn-untitled", start, message));
    }
    if !has(|statement| matches!(statement, Statement::Cites(_))) {
        let message = "this scenario cites no rule";
        found.push(
            Diagnostic::warning("scn-uncited", start, message)
                .help("add `cites AAP-3.2.2-09 F-15`, the rules it shows"),
        );
    }
    let large = world.scopes.iter().any(|scope| scope.size == ScopeSize::Large);
    if let Some(item) =
        world.items.iter().find(|item| matches!(item.statement, Statement::Coordinator(_)))
        && !large
        && !world.is_scope_unread
    {
        let message = "Prefix Coordinators without a large scope";
        found.push(
            Diagnostic::warning("scn-no-large-scope", item.span, message)
                .label("they have nothing to announce")
                .rule("draft 2.1.2"),
        );
    }
}

/// What must not be said twice in the same place.
fn key(statement: &Statement, place: Place) -> Vec<(String, Span)> {
    let once = |word: &str| vec![(word.to_owned(), Span::default())];
    match statement {
        Statement::Title(_) => once("title"),
        Statement::Seed(_) if place == Place::Top => once("seed"),
        Statement::Profile(_) if place == Place::Top => once("profile"),
        Statement::Run(_) if place == Place::Top => once("run"),
        Statement::Cap(_) if place == Place::Top => once("cap"),
        Statement::Scope(scope) => vec![(format!("scope {}", scope.name), scope.name.span)],
        Statement::Zone(zone) => vec![(format!("zone {}", zone.name), zone.name.span)],
        Statement::Variant(block) => vec![(format!("variant {}", block.name), block.name.span)],
        Statement::Hosts(hosts) | Statement::Coordinator(hosts) => {
            hosts.iter().map(|host| (format!("host {}", host.name), host.name.span)).collect()
        }
        _ => Vec::new(),
    }
}

fn duplicates(world: &World<'_>, found: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<String, Span> = BTreeMap::new();
    for item in &world.items {
        for (key, span) in key(item.statement, item.place) {
            let span = if span == Span::default() { item.span } else { span };
            match seen.get(&key) {
                Some(first) => found.push(
                    Diagnostic::error("scn-twice", span, format!("{key} is there already"))
                        .label("expected only once")
                        .note(*first, "here"),
                ),
                None => {
                    seen.insert(key, span);
                }
            }
        }
    }
}

fn placement(item: &Item<'_>, found: &mut Vec<Diagnostic>) {
    let is_check = matches!(
        item.statement,
        Statement::Timeline(_)
            | Statement::Expect(_)
            | Statement::Oracle(_)
            | Statement::Prose(_)
            | Statement::Say(_)
            | Statement::Ask(_)
            | Statement::Draw(_)
            | Statement::Tune(_)
            | Statement::At(_)
            | Statement::Run(_)
            | Statement::Cap(_)
    );
    let is_declaration = matches!(
        item.statement,
        Statement::Title(_)
            | Statement::Scope(_)
            | Statement::Hosts(_)
            | Statement::Coordinator(_)
            | Statement::Serves(_)
            | Statement::Zone(_)
            | Statement::Needs(_)
    );
    let fits = match item.place {
        Place::Top => !matches!(item.statement, Statement::Without(_) | Statement::Mark(_)),
        Place::Under => is_check,
        Place::Variant => !is_declaration && !matches!(item.statement, Statement::Mark(_)),
        Place::Timeline => matches!(item.statement, Statement::Mark(_) | Statement::Prose(_)),
    };
    if !fits {
        let (place, help) = match item.place {
            Place::Top => ("outside a `variant`", "it leaves out what a variant inherits"),
            Place::Under => ("inside `under`", "every profile shares the same world"),
            Place::Variant => {
                ("inside `variant`", "every variant shares the same hosts and scopes")
            }
            Place::Timeline => ("inside `timeline`", "it holds times, hosts and what they do"),
        };
        let message = format!("this statement cannot stand {place}");
        found.push(Diagnostic::error("scn-place", item.span, message).help(help));
    }
}

fn expectation(expect: &Expect, span: Span) -> Option<Diagnostic> {
    let whole = matches!(expect.predicate, Predicate::Capped | Predicate::Finishes);
    let of_hosts = matches!(
        expect.predicate,
        Predicate::State { .. }
            | Predicate::Until { .. }
            | Predicate::Metric { .. }
            | Predicate::Unchanged(_)
    );
    let label = match expect.subject {
        Subject::Total if of_hosts => "expected a host, `each`, `anyone` or `one`",
        Subject::Host(_) | Subject::Anyone | Subject::One if whole => "expected `total`",
        _ => return None,
    };
    let message = "this cannot be expected of this subject";
    Some(Diagnostic::error("scn-subject", span, message).label(label))
}

/// What the world does that some oracle assumes it does not, with the place where.
fn broken_assumptions(world: &World<'_>) -> BTreeMap<Assumption, Span> {
    let mut broken = BTreeMap::new();
    for item in &world.items {
        let assumption = match item.statement {
            Statement::Link(rule) if is_lossy(rule) => Assumption::NoLoss,
            Statement::At(at) => match &at.event {
                Event::Link(rule) if is_lossy(rule) => Assumption::NoLoss,
                Event::Next(rule) if rule.fate == Fate::Drop => Assumption::NoLoss,
                Event::Partition(_) | Event::Mute(_) | Event::Deafen(_) | Event::Hold(_) => {
                    Assumption::NoPartition
                }
                _ => continue,
            },
            _ => continue,
        };
        broken.entry(assumption).or_insert(item.span);
    }
    broken
}

fn is_lossy(rule: &LinkRule) -> bool {
    rule.settings.loss.is_some_and(|loss| loss != Ratio::default())
}

fn oracle_claim(claim: &OracleClaim, broken: &BTreeMap<Assumption, Span>) -> Option<Diagnostic> {
    let name = claim.name.as_str();
    let Some(row) = oracle(name) else {
        let known = ORACLES.iter().map(|row| row.name);
        let message = format!("there is no oracle `{name}`");
        return Some(
            Diagnostic::error("scn-unknown-oracle", claim.name.span, message)
                .label("expected the name of an oracle")
                .suggest(nearest(name, known)),
        );
    };
    if claim.verdict == Verdict::Idle {
        return None;
    }
    let (assumption, place) =
        row.assumes.iter().find_map(|one| broken.get(one).map(|place| (one, *place)))?;
    let word = match assumption {
        Assumption::NoLoss => "no loss",
        Assumption::NoPartition => "no partition",
    };
    let message = format!("oracle `{name}` assumes {word}");
    Some(
        Diagnostic::warning("scn-oracle-idle", claim.name.span, message)
            .label("will say `idle` here")
            .note(place, "the assumption breaks here")
            .rule(row.rule),
    )
}
