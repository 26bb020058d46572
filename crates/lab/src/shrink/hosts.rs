//! Scenarios without a host, or with other names.

use scenario::{
    Crash, Event, HostDecl, Known, LinkEnd, LinkEnds, Name, NextRule, Scenario, Statement,
};

/// The hosts that a scenario declares one by one, in order.
pub(super) fn names(scenario: &Scenario) -> Vec<String> {
    let declared = scenario.lines.iter().filter_map(|line| match &line.statement {
        Some(Statement::Hosts(hosts) | Statement::Coordinator(hosts)) => Some(hosts),
        _ => None,
    });
    declared.flatten().filter(|h| h.count.is_none()).map(|h| h.name.value.clone()).collect()
}

/// `scenario` without `host` and everything that is about it alone.
#[must_use]
pub fn without_host(scenario: &Scenario, host: &str) -> Scenario {
    let mut scenario = scenario.clone();
    scenario.lines.retain_mut(|line| {
        let Some(statement) = line.statement.take() else { return true };
        line.statement = without(statement, host);
        line.statement.is_some()
    });
    scenario
}

fn without(statement: Statement, host: &str) -> Option<Statement> {
    let is = |name: &Name| name.as_str() == host;
    Some(match statement {
        Statement::Hosts(hosts) => Statement::Hosts(others(hosts, host)?),
        Statement::Coordinator(hosts) => Statement::Coordinator(others(hosts, host)?),
        Statement::Space(space) if is(&space.host) => return None,
        Statement::Clock(clock) if is(&clock.host) => return None,
        Statement::Tune(tune) if tune.host.as_ref().is_some_and(is) => return None,
        Statement::Draw(draw) if is(&draw.host) => return None,
        Statement::Serves(serves) if is(&serves.host) => return None,
        Statement::Link(rule) if mentions(&rule.ends, host) => return None,
        Statement::Known(known) if is(&known.host) => return None,
        Statement::Known(known) => {
            let told = known.told.into_iter().filter(|n| !is(n)).collect();
            Statement::Known(Known { told, ..known })
        }
        Statement::Down(names) => Statement::Down(rest(names, host)?),
        Statement::At(mut at) => {
            at.event = without_in(at.event, host)?;
            Statement::At(at)
        }
        other => other,
    })
}

fn without_in(event: Event, host: &str) -> Option<Event> {
    let is = |name: &Name| name.as_str() == host;
    Some(match event {
        Event::Command(order) if is(&order.host) => return None,
        Event::Step(step) if is(&step.host) => return None,
        Event::Space(space) if is(&space.host) => return None,
        Event::Partition(groups) => {
            let groups: Vec<_> = groups.into_iter().filter_map(|g| rest(g, host)).collect();
            (groups.len() > 1).then_some(Event::Partition(groups))?
        }
        Event::Mute(names) => Event::Mute(rest(names, host)?),
        Event::Deafen(names) => Event::Deafen(rest(names, host)?),
        Event::Restart(names) => Event::Restart(rest(names, host)?),
        Event::Crash(crash) => Event::Crash(Crash { hosts: rest(crash.hosts, host)?, ..crash }),
        Event::Hold(ends) | Event::Release(ends) | Event::Heal(Some(ends))
            if mentions(&ends, host) =>
        {
            return None;
        }
        Event::Link(rule) if mentions(&rule.ends, host) => return None,
        Event::Next(NextRule { from, to, .. }) if is_end(&from, host) || is_end(&to, host) => {
            return None;
        }
        other => other,
    })
}

fn others(hosts: Vec<HostDecl>, host: &str) -> Option<Vec<HostDecl>> {
    let left: Vec<_> = hosts.into_iter().filter(|h| h.name.as_str() != host).collect();
    (!left.is_empty()).then_some(left)
}

fn rest(names: Vec<Name>, host: &str) -> Option<Vec<Name>> {
    let left: Vec<_> = names.into_iter().filter(|n| n.as_str() != host).collect();
    (!left.is_empty()).then_some(left)
}

fn mentions(ends: &LinkEnds, host: &str) -> bool {
    match ends {
        LinkEnds::All => false,
        LinkEnds::Between(a, b) | LinkEnds::OneWay(a, b) => is_end(a, host) || is_end(b, host),
    }
}

fn is_end(end: &LinkEnd, host: &str) -> bool {
    matches!(end, LinkEnd::Host(name) if name.as_str() == host)
}

/// `scenario` with other names for some hosts, old name first; none if that cannot be written.
///
/// Words of its title, prose and comments that look like these names change, too.
#[must_use]
pub fn rename(scenario: &Scenario, renames: &[(String, String)]) -> Option<Scenario> {
    let mut text = String::new();
    let mut word = String::new();
    let flush = |word: &mut String, text: &mut String| {
        let new = renames.iter().find(|(old, _)| old == word).map(|(_, new)| new);
        text.push_str(new.unwrap_or(word));
        word.clear();
    };
    for letter in scenario.to_text().chars() {
        if letter.is_alphanumeric() {
            word.push(letter);
        } else {
            flush(&mut word, &mut text);
            text.push(letter);
        }
    }
    flush(&mut word, &mut text);
    Scenario::parse(&text).ok()
}
