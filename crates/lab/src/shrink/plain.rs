//! Plainer ways to say something.

use scenario::{
    At, Clock, Command, Crash, Demand, EndTime, Event, Line, LinkRule, LinkSettings, Ratio,
    Scenario, Shift, Statement, StorageLoss, Time, Wish,
};

use super::secs;

/// Scenarios with a plainer scope and without what only the old one needed.
pub(super) fn scopes(scenario: &Scenario) -> Vec<Scenario> {
    const PLAIN: [&str; 3] = [
        "scope site 239.255.0.0/16 small",
        "scope site 239.255.0.0-239.255.1.0 small",
        "scope site 239.255.0.0-239.255.1.1 small",
    ];
    let is_plain = |line: &Line| match &line.statement {
        Some(scope @ Statement::Scope(_)) => scope.to_string() == PLAIN[0],
        _ => false,
    };
    if scenario.lines.iter().any(is_plain) {
        return Vec::new();
    }
    PLAIN.iter().filter_map(|scope| with_scope(scenario, scope)).collect()
}

fn with_scope(scenario: &Scenario, scope: &str) -> Option<Scenario> {
    let plain = Scenario::parse(scope).ok()?.lines.pop()?.statement;
    let mut scenario = scenario.clone();
    let coordinator = scenario.lines.iter().find_map(|line| match &line.statement {
        Some(Statement::Coordinator(hosts)) => hosts.first().map(|h| h.name.value.clone()),
        _ => None,
    });
    if let Some(coordinator) = coordinator {
        scenario = super::without_host(&scenario, &coordinator);
    }
    scenario.lines.retain(|line| !matches!(line.statement, Some(Statement::KnownSpace(_))));
    for line in &mut scenario.lines {
        if matches!(line.statement, Some(Statement::Scope(_))) {
            line.statement.clone_from(&plain);
        }
    }
    Some(scenario)
}

/// Plainer statements, the plainest first.
pub(super) fn simpler(statement: &Statement) -> Vec<Statement> {
    match statement {
        Statement::Link(rule) => links(rule).into_iter().map(Statement::Link).collect(),
        Statement::Clock(clock) => clocks(clock).into_iter().map(Statement::Clock).collect(),
        Statement::Known(known) => {
            let mut all = Vec::new();
            for index in 0..known.told.len() {
                let mut fewer = known.clone();
                fewer.told.remove(index);
                all.push(Statement::Known(fewer));
            }
            let mut longer = known.clone();
            longer.lease.until = EndTime::At(secs(3_600));
            all.push(Statement::Known(longer));
            all
        }
        Statement::At(at) => events(at).into_iter().map(Statement::At).collect(),
        _ => Vec::new(),
    }
}

fn links(rule: &LinkRule) -> Vec<LinkRule> {
    let old = &rule.settings;
    let plain = LinkSettings { delay: Some(Time(20_000)), ..LinkSettings::default() };
    let candidates = [
        plain,
        LinkSettings { loss: None, burst: None, ..old.clone() },
        LinkSettings { jitter: None, ..old.clone() },
        LinkSettings { tail: None, ..old.clone() },
        LinkSettings { duplicate: None, ..old.clone() },
        LinkSettings { reorder: None, ..old.clone() },
        LinkSettings { burst: None, ..old.clone() },
        LinkSettings { delay: old.delay.map(|_| Time(20_000)), ..old.clone() },
        LinkSettings { loss: old.loss.and_then(|_| Ratio::from_ppm(100_000)), ..old.clone() },
    ];
    let differ = |s: &LinkSettings| s != old && *s != LinkSettings::default();
    let settings = candidates.into_iter().filter(differ);
    settings.map(|settings| LinkRule { settings, ends: rule.ends.clone() }).collect()
}

fn clocks(clock: &Clock) -> Vec<Clock> {
    let candidates = [
        Clock { drift: None, ..clock.clone() },
        Clock { skew: None, ..clock.clone() },
        Clock { drift: Some(0), ..clock.clone() },
        Clock { skew: clock.skew.map(|_| Shift(60_000_000)), ..clock.clone() },
    ];
    let is_said = |c: &Clock| c.drift.is_some() || c.skew.is_some();
    candidates.into_iter().filter(|c| c != clock && is_said(c)).collect()
}

fn events(at: &At) -> Vec<At> {
    let mut all: Vec<At> = Vec::new();
    for unit in [60, 10, 1] {
        let rounded = at.at.value.micros() / (unit * 1_000_000) * unit;
        let mut sooner = at.clone();
        sooner.at.value = secs(rounded);
        if sooner != *at {
            all.push(sooner);
        }
    }
    all.extend(event(&at.event).into_iter().map(|event| At { event, ..at.clone() }));
    all
}

fn event(event: &Event) -> Vec<Event> {
    match event {
        Event::Crash(crash) => {
            let kept = Crash { storage: StorageLoss::Kept, after: None, ..crash.clone() };
            if kept == *crash { Vec::new() } else { vec![Event::Crash(kept)] }
        }
        Event::Command(order) => {
            let with = |command| {
                let mut order = order.clone();
                order.command = command;
                Event::Command(order)
            };
            commands(&order.command).into_iter().map(with).collect()
        }
        _ => Vec::new(),
    }
}

fn commands(command: &Command) -> Vec<Command> {
    match command {
        Command::Allocate(demand) => demands(demand).into_iter().map(Command::Allocate).collect(),
        Command::Claim(demand) => {
            let plain = std::iter::once(Command::Allocate(demand.clone()));
            plain.chain(demands(demand).into_iter().map(Command::Claim)).collect()
        }
        Command::Preallocate(demand) => {
            demands(demand).into_iter().map(Command::Preallocate).collect()
        }
        Command::Extend(lease) => {
            let mut plain = lease.clone();
            plain.until = hour();
            if plain == *lease { Vec::new() } else { vec![Command::Extend(plain)] }
        }
        _ => Vec::new(),
    }
}

const fn hour() -> EndTime {
    EndTime::Relative(Shift(3_600_000_000))
}

fn demands(demand: &Demand) -> Vec<Demand> {
    let mut all = Vec::new();
    let free = Demand {
        count: Some(demand.count.unwrap_or_else(|| 1.into())),
        wish: Wish::Any,
        ..demand.clone()
    };
    all.push(free);
    all.push(Demand { until: hour(), ..demand.clone() });
    if let Some(count) = demand.count.filter(|count| count.value > 1) {
        for fewer in [1, count.value / 2, count.value - 1] {
            all.push(Demand { count: Some(fewer.into()), ..demand.clone() });
        }
    }
    all.retain(|other| other != demand);
    all
}
