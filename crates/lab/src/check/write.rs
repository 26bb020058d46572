//! A counterexample as a scenario that plays it again.

use std::collections::BTreeMap;

use aap::Participant;
use checker::{By, Counterexample, Happening};
use netsim::Verdict;

use super::schedule::{Rule, rules};
use super::{Checkable, properties};
use crate::place::place;
use crate::run::{RunOptions, run};
use scenario::{Legal, Line, Scenario, Statement, Time, from_number, label};

/// A scenario made of a counterexample.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Replayable {
    /// Its text, as `aap scenario fmt` would have it.
    pub text: String,
    /// Why it does not replay to the same violation; none if it does, as it should.
    pub mismatch: Option<String>,
}

/// The run of a counterexample as a scenario, tried out.
pub(super) fn scenario(of: &Checkable, found: &Counterexample<Participant>) -> Replayable {
    let mut text = of.world();
    for line in of.draws(found).into_iter().chain(of.events(found)).chain(of.end(found)) {
        text += &line;
        text.push('\n');
    }
    let mut reading = Scenario::read(&text);
    if let Some(error) = reading.diagnostics.iter().find(|d| d.is_error()) {
        return Replayable { mismatch: Some(error.to_string()), text };
    }
    let options = RunOptions { profile: Some(of.plan.profile), ..RunOptions::default() };
    let report = match run(&reading.scenario, &options) {
        Ok(report) => report,
        Err(why) => {
            return Replayable {
                mismatch: Some(why.to_string()),
                text: reading.scenario.to_text(),
            };
        }
    };
    // The scenario says what its oracles say, so that a replay of it passes.
    for oracle in &report.oracles {
        let word = match &oracle.verdict {
            Verdict::Violated { .. } => "violated",
            Verdict::NotExercised { .. } if oracle.name == found.violation.property => "idle",
            Verdict::Holds | Verdict::NotExercised { .. } => continue,
        };
        text += &format!("oracle {} {word}\n", oracle.name);
    }
    reading = Scenario::read(&text);
    let failed = report.checks.iter().find_map(|check| {
        check.failure.as_ref().map(|failure| format!("{}: {failure}", check.text.trim()))
    });
    Replayable { text: reading.scenario.to_text(), mismatch: failed }
}

impl Checkable {
    /// The statements about the world that apply, with links that take no time.
    fn world(&self) -> String {
        let found = "Counterexample";
        let mut text = format!("title {found}: {}\n", self.plan.title);
        let mut kept = Scenario::default();
        let profile = self.plan.profile;
        for statement in
            self.scenario.applying(self.options.profile, self.options.variant.as_deref())
        {
            let stays = matches!(
                statement,
                Statement::Cites(_)
                    | Statement::Needs(_)
                    | Statement::Scope(_)
                    | Statement::Hosts(_)
                    | Statement::Coordinator(_)
                    | Statement::Space(_)
                    | Statement::Serves(_)
                    | Statement::Zone(_)
                    | Statement::Clock(_)
                    | Statement::Tune(_)
                    | Statement::Known(_)
                    | Statement::KnownSpace(_)
                    | Statement::Down(_)
                    | Statement::SkipStartup
                    | Statement::Cap(_)
            );
            if stays {
                kept.lines.push(Line { statement: Some(statement.clone()), ..Line::default() });
            }
        }
        text += &format!("profile {profile}\n> Found by aap check: {}.\n", self.bounds);
        text += &kept.to_text();
        text + "link * delay 0ms\n"
    }

    /// Every answer that a host got, in order.
    fn draws(&self, found: &Counterexample<Participant>) -> Vec<String> {
        let mut draws: BTreeMap<(usize, &'static str), Vec<String>> = BTreeMap::new();
        for happened in &found.run {
            if let Happening::Drew { host, question, value } = &happened.what {
                let answer = self.answer(question.0, *value);
                draws.entry((*host, question.0)).or_default().push(answer);
            }
        }
        let name = |host: usize| &self.problem.hosts[host].name;
        draws
            .into_iter()
            .map(|((host, label), values)| {
                format!("draw {} {label} {}", name(host), values.join(" then "))
            })
            .collect()
    }

    /// An answer as a scenario writes it.
    pub(super) fn answer(&self, question: &str, value: u128) -> String {
        let legal = label(question).map(|label| label.legal);
        match legal {
            Some(Legal::Addresses) => {
                let like = self.plan.scopes.first().map(|scope| scope.range.value.first);
                let address = like.and_then(|like| from_number(value, like));
                address.map_or_else(String::new, |address| address.to_string())
            }
            Some(Legal::Number) => value.to_string(),
            _ => Time(value as u64).to_string(),
        }
    }

    /// The plan's events, and what the checker has the network do, in time order; at one instant
    /// the network comes first.
    fn events(&self, found: &Counterexample<Participant>) -> Vec<String> {
        let mut lines: Vec<Rule> = rules(self, found);
        for happened in &found.run {
            let at = Time(happened.at.as_micros().saturating_sub(self.lead_us));
            let name = |host: usize| &self.problem.hosts[host].name;
            match &happened.what {
                Happening::Crashed { host, by: By::Checker } => {
                    lines.push(Rule { at, text: format!("crash {}", name(*host)) });
                }
                Happening::Started { host, by: By::Checker } => {
                    lines.push(Rule { at, text: format!("restart {}", name(*host)) });
                }
                _ => {}
            }
        }
        let end = self.ends_at(found);
        let events = crate::run::expand(&self.plan);
        let events = events.iter().filter(|(at, _)| *at <= end);
        lines.extend(events.map(|(at, event)| Rule { at: *at, text: event.to_string() }));
        lines.sort_by_key(|line| line.at);
        lines.into_iter().map(|line| format!("at {} {}", line.at, line.text)).collect()
    }

    fn ends_at(&self, found: &Counterexample<Participant>) -> Time {
        let end = found.run.last().map_or(0, |last| last.at.as_micros());
        Time(end.saturating_sub(self.lead_us))
    }

    /// The end of the run, and what is to be seen there.
    fn end(&self, found: &Counterexample<Participant>) -> Vec<String> {
        let end = self.ends_at(found);
        let mut lines = vec![
            format!("say {end} \"{}: {}.\"", found.violation.property, found.violation.why),
            format!("run {end}"),
        ];
        if let Some((one, other, range)) = properties::duplicate(&self.who, &found.machines) {
            for host in [one, other] {
                let (name, range) = (&self.who[host].name, place(&self.plan, range));
                lines.push(format!("expect {name} holds {range} at {end}"));
            }
        }
        lines
    }
}
