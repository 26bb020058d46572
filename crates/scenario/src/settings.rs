//! `--set name=value`: one thing of a scenario said differently from outside.

use std::fmt;

use super::quantity::Time;
use super::span::{Name, Span, Spanned};
use super::statement::{Line, Scenario, Statement};
use super::suggest::nearest;
use super::syntax::{Cursor, Syntax, tokenize};
use super::vocabulary::tunables;
use super::words::{Profile, Words};
use super::world::{LinkEnds, LinkRule, LinkSettings, Tune};

/// Names that are no constants or switches.
const NAMES: [&str; 12] = [
    "seed",
    "profile",
    "run",
    "cap",
    "hosts",
    "delay",
    "jitter",
    "tail",
    "loss",
    "burst",
    "duplicate",
    "reorder",
];

/// Why a setting was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingError {
    /// Nothing has this name.
    Unknown {
        /// The name given.
        name: String,
        /// What was probably meant.
        meant: Option<String>,
    },
    /// It does not take this value.
    Value {
        /// The name given.
        name: String,
        /// What it takes.
        expected: String,
    },
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name, meant: None } => write!(f, "nothing is called `{name}`"),
            Self::Unknown { name, meant: Some(meant) } => {
                write!(f, "nothing is called `{name}`; did you mean `{meant}`?")
            }
            Self::Value { name, expected } => write!(f, "`{name}`: expected {expected}"),
        }
    }
}

impl std::error::Error for SettingError {}

impl Scenario {
    /// Overrides one thing: `seed`, `profile`, `run`, `cap`; `delay`, `jitter`, `tail`,
    /// `loss`, `burst`, `duplicate`, `reorder` of all links; `hosts` where there is one
    /// `M*50`, or the common start `M` itself; any name of `tune`, or `HOST.NAME`.
    ///
    /// The override holds in every variant and under every profile. Check the scenario again
    /// afterwards: a shorter `run`, say, can leave expectations behind its end.
    ///
    /// # Errors
    /// If nothing has that name, or it does not take that value. The scenario is unchanged.
    pub fn apply_setting(&mut self, name: &str, value: &str) -> Result<(), SettingError> {
        let wrong = |expected: &str| SettingError::Value {
            name: name.to_owned(),
            expected: expected.to_owned(),
        };
        match name {
            "seed" => {
                let seed = super::syntax::number(value).ok_or_else(|| wrong("a number"))?;
                self.replace(Statement::Seed(seed), |s| matches!(s, Statement::Seed(_)));
            }
            "cap" => {
                let cap = super::syntax::number(value).ok_or_else(|| wrong("a number"))?;
                self.replace(Statement::Cap(cap), |s| matches!(s, Statement::Cap(_)));
            }
            "run" => {
                let run: Time = value.parse().map_err(wrong)?;
                self.replace(Statement::Run(run.into()), |s| matches!(s, Statement::Run(_)));
            }
            "profile" => {
                let found = Profile::ALL.iter().find(|(word, _)| *word == value);
                let (_, profile) =
                    found.ok_or_else(|| wrong("literal, repaired, appendix or hardened"))?;
                let profile = Statement::Profile(*profile);
                self.replace(profile, |s| matches!(s, Statement::Profile(_)));
            }
            // The switch `jitter` of the protocol and the jitter of links share a name.
            "jitter" if matches!(value, "on" | "off") => self.tune(None, name, value),
            "delay" | "jitter" | "tail" | "loss" | "burst" | "duplicate" | "reorder" => {
                self.set_links(name, value)?;
            }
            _ => return self.set_other(name, value),
        }
        Ok(())
    }

    fn set_other(&mut self, name: &str, value: &str) -> Result<(), SettingError> {
        let wrong = |expected: &str| SettingError::Value {
            name: name.to_owned(),
            expected: expected.to_owned(),
        };
        let (host, tunable) = match name.split_once('.') {
            Some((host, tunable)) => (Some(host), tunable),
            None => (None, name),
        };
        if let Some(row) = super::vocabulary::tunable(tunable) {
            if !host.is_none_or(super::syntax::is_host) {
                return Err(wrong("a host before the dot"));
            }
            let values: Vec<&str> = value.split_whitespace().collect();
            if let Err(expected) = super::lint::tune_values(row.kind, &values) {
                return Err(wrong(&expected));
            }
            self.tune(host, tunable, value);
            return Ok(());
        }
        let stems = self.host_stems();
        let stem = match (name, stems.as_slice()) {
            ("hosts", [one]) => Some(one.clone()),
            ("hosts", _) => {
                return Err(wrong("a scenario with one group such as `M*9` in its line `hosts`"));
            }
            _ => stems.into_iter().find(|stem| stem == name),
        };
        let Some(stem) = stem else {
            let known = NAMES.into_iter().chain(tunables().map(|row| row.name));
            let meant = nearest(name, known).map(str::to_owned);
            return Err(SettingError::Unknown { name: name.to_owned(), meant });
        };
        let count = super::syntax::number(value).and_then(|count| u32::try_from(count).ok());
        let count = count.filter(|count| (1..=super::syntax::HOSTS_MAX).contains(count));
        let count = count.ok_or_else(|| wrong("a number of hosts"))?;
        for line in &mut self.lines {
            if let Some(Statement::Hosts(hosts) | Statement::Coordinator(hosts)) =
                &mut line.statement
            {
                let stem_hosts = hosts.iter_mut().filter(|host| host.name.as_str() == stem);
                stem_hosts.for_each(|host| host.count = host.count.map(|_| count));
            }
        }
        Ok(())
    }

    fn host_stems(&self) -> Vec<String> {
        let decls = self.lines.iter().filter_map(|line| match &line.statement {
            Some(Statement::Hosts(hosts) | Statement::Coordinator(hosts)) => Some(hosts),
            _ => None,
        });
        let patterns = decls.flatten().filter(|host| host.count.is_some());
        patterns.map(|host| host.name.value.clone()).collect()
    }

    fn tune(&mut self, host: Option<&str>, name: &str, value: &str) {
        let host = host.map(|host| Name::from(host.to_owned()));
        let name = Name::from(name.to_owned());
        let values = value.split_whitespace().map(|word| Spanned::from(word.to_owned())).collect();
        let tune = Tune { host: host.clone(), name: name.clone(), values };
        // Without a host it holds for all: what single hosts say otherwise goes too.
        self.replace(Statement::Tune(tune), |statement| {
            matches!(statement, Statement::Tune(old)
                if old.name == name && (host.is_none() || old.host == host))
        });
    }

    fn set_links(&mut self, name: &str, value: &str) -> Result<(), SettingError> {
        let text = format!("* {name} {value}");
        let is_word = !value.contains(char::is_whitespace);
        let rule = tokenize(1, &text).ok().filter(|_| is_word).and_then(|tokens| {
            let mut cursor = Cursor::new(&tokens.tokens, Span::default());
            let rule = LinkRule::read(&mut cursor).ok()?;
            cursor.is_done().then_some(rule)
        });
        let expected = match name {
            "delay" | "jitter" | "tail" => "a duration",
            "burst" => "a number",
            _ => "a probability",
        };
        let rule = rule.ok_or_else(|| SettingError::Value {
            name: name.to_owned(),
            expected: expected.to_owned(),
        })?;
        walk(&mut self.lines, &mut |statement| {
            if let Statement::Link(old) = statement {
                merge(&mut old.settings, &rule.settings);
            }
        });
        let everywhere = self.lines.iter().any(|line| {
            matches!(&line.statement, Some(Statement::Link(rule)) if rule.ends == LinkEnds::All)
        });
        if !everywhere {
            self.insert(Statement::Link(rule));
        }
        Ok(())
    }

    /// Removes every statement that `matches`, in blocks too, and adds `statement`.
    fn replace(&mut self, statement: Statement, matches: impl Fn(&Statement) -> bool) {
        remove(&mut self.lines, &matches);
        self.insert(statement);
    }

    /// Adds a statement before the first thing that happens or is checked.
    fn insert(&mut self, statement: Statement) {
        let is_later = |line: &Line| {
            matches!(
                line.statement,
                Some(
                    Statement::At(_)
                        | Statement::Say(_)
                        | Statement::Ask(_)
                        | Statement::Run(_)
                        | Statement::Timeline(_)
                        | Statement::Expect(_)
                        | Statement::Oracle(_)
                        | Statement::Under(_)
                        | Statement::Variant(_)
                )
            )
        };
        let first = self.lines.iter().position(is_later).unwrap_or(self.lines.len());
        let at = if matches!(statement, Statement::Run(_)) {
            let timed = |line: &Line| super::layout::instant(line).is_some();
            self.lines.iter().rposition(timed).map_or(first, |at| at + 1)
        } else {
            first
        };
        self.lines.insert(at, Line { statement: Some(statement), ..Line::default() });
    }
}

fn merge(old: &mut LinkSettings, new: &LinkSettings) {
    let LinkSettings { delay, jitter, tail, loss, burst, duplicate, reorder } = *new;
    old.delay = delay.or(old.delay);
    old.jitter = jitter.or(old.jitter);
    old.tail = tail.or(old.tail);
    old.loss = loss.or(old.loss);
    old.burst = burst.or(old.burst);
    old.duplicate = duplicate.or(old.duplicate);
    old.reorder = reorder.or(old.reorder);
}

fn inner(statement: &mut Statement) -> Option<&mut Vec<Line>> {
    match statement {
        Statement::Under(block) => Some(&mut block.lines),
        Statement::Variant(block) => Some(&mut block.lines),
        _ => None,
    }
}

fn walk(lines: &mut [Line], visit: &mut impl FnMut(&mut Statement)) {
    for statement in lines.iter_mut().filter_map(|line| line.statement.as_mut()) {
        visit(statement);
        if let Some(lines) = inner(statement) {
            walk(lines, visit);
        }
    }
}

fn remove(lines: &mut Vec<Line>, matches: &impl Fn(&Statement) -> bool) {
    lines.retain(|line| !line.statement.as_ref().is_some_and(matches));
    for statement in lines.iter_mut().filter_map(|line| line.statement.as_mut()) {
        if let Some(lines) = inner(statement) {
            remove(lines, matches);
        }
    }
}
