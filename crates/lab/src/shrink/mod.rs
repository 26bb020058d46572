//! Making a scenario small while something about it stays true.
//!
//! Everything that can go is tried without: lines, hosts, faults, time. What must stay is made
//! plain: whole seconds, one address, perfect links. Each step keeps the last scenario that
//! passed, so that shrinking may stop at any moment. The same scenario always shrinks the same
//! way.

mod hosts;
mod plain;
mod time;

use scenario::{Diagnostic, Line, Scenario, Statement, Time};

pub use hosts::{rename, without_host};

/// How many seeds are tried beside a scenario's own where a step moves every draw.
const OTHER_SEEDS: u64 = 6;

/// Makes `scenario` small as long as `holds` accepts it, in at most `budget` questions.
#[must_use]
pub fn shrink(
    scenario: &Scenario,
    budget: usize,
    holds: impl FnMut(&Scenario) -> bool,
) -> Scenario {
    // Names and the seed come last, and are worth some of the budget.
    let last = budget / 8;
    let mut shrinker = Shrinker { best: scenario.clone(), left: budget - last, holds };
    loop {
        let before = shrinker.best.clone();
        shrinker.drop_lines();
        shrinker.drop_hosts();
        shrinker.shorten();
        shrinker.begin_settled();
        shrinker.begin_sooner();
        shrinker.simplify_scope();
        shrinker.simplify_lines();
        if shrinker.left == 0 || shrinker.best == before {
            break;
        }
    }
    shrinker.left += last;
    shrinker.rename_hosts();
    shrinker.take_low_seed();
    shrinker.best
}

struct Shrinker<F> {
    best: Scenario,
    left: usize,
    holds: F,
}

impl<F: FnMut(&Scenario) -> bool> Shrinker<F> {
    /// Takes `candidate` if it makes sense and still holds.
    fn attempt(&mut self, candidate: Scenario) -> bool {
        if self.left == 0 || candidate == self.best {
            return false;
        }
        if candidate.check().iter().any(Diagnostic::is_error) {
            return false;
        }
        self.left -= 1;
        let holds = (self.holds)(&candidate);
        if holds {
            self.best = candidate;
        }
        holds
    }

    /// The same with a few other seeds: a step that moves all draws must not fail for that.
    fn attempt_seeds(&mut self, candidate: &Scenario) -> bool {
        self.attempt(candidate.clone())
            || (1..=OTHER_SEEDS).any(|seed| self.attempt(with_seed(candidate, seed)))
    }

    /// Leaves out as many lines as possible, large chunks first.
    fn drop_lines(&mut self) {
        let mut size = self.best.lines.len() / 2;
        while size > 0 {
            let mut from = 0;
            while from < self.best.lines.len() {
                let mut candidate = self.best.clone();
                let chunk = from..(from + size).min(candidate.lines.len());
                let mut index = 0;
                candidate.lines.retain(|line| {
                    index += 1;
                    !chunk.contains(&(index - 1)) || is_needed(line)
                });
                if !self.attempt(candidate) {
                    from += size;
                }
            }
            size /= 2;
        }
    }

    fn drop_hosts(&mut self) {
        for host in hosts::names(&self.best).into_iter().rev() {
            let candidate = without_host(&self.best, &host);
            self.attempt_seeds(&candidate);
        }
    }

    /// Ends the run earlier.
    fn shorten(&mut self) {
        for (numerator, denominator) in [(1, 4), (1, 2), (3, 4), (7, 8), (15, 16), (63, 64)] {
            loop {
                let Some(run) = time::run(&self.best) else { return };
                let end = run / 1_000_000 * numerator / denominator;
                let whole = if end > 100 { end / 10 * 10 } else { end };
                if !self.attempt(time::ending(&self.best, whole * 1_000_000)) {
                    break;
                }
            }
        }
    }

    /// Begins with a domain at work instead of everyone's silence.
    fn begin_settled(&mut self) {
        let is_settled = |line: &Line| line.statement == Some(Statement::SkipStartup);
        if self.best.lines.iter().any(is_settled) {
            return;
        }
        let mut candidate = self.best.clone();
        let at = candidate.lines.iter().position(is_event).unwrap_or(candidate.lines.len());
        let line = Line { statement: Some(Statement::SkipStartup), ..Line::default() };
        candidate.lines.insert(at, line);
        if let Some(first) = time::first_event(&candidate) {
            let sooner = time::sooner(&candidate, first);
            if self.attempt_seeds(&sooner) {
                return;
            }
        }
        self.attempt_seeds(&candidate);
    }

    /// Lets the first event come at the start, and each later one as early as may be.
    fn begin_sooner(&mut self) {
        if let Some(first) = time::first_event(&self.best) {
            self.attempt(time::sooner(&self.best, first));
        }
        for index in 0..self.best.lines.len() {
            for step in [100, 50, 20, 10, 5, 2, 1] {
                while let Some(closer) = time::closer(&self.best, index, step * 1_000_000) {
                    if !self.attempt(closer) {
                        break;
                    }
                }
            }
        }
    }

    fn simplify_scope(&mut self) {
        for candidate in plain::scopes(&self.best) {
            if self.attempt_seeds(&candidate) {
                break;
            }
        }
    }

    fn simplify_lines(&mut self) {
        let mut index = 0;
        while let Some(line) = self.best.lines.get(index) {
            let simpler = line.statement.as_ref().map(plain::simpler).unwrap_or_default();
            for statement in simpler {
                let mut candidate = self.best.clone();
                if let Some(line) = candidate.lines.get_mut(index) {
                    line.statement = Some(statement);
                }
                time::sort(&mut candidate);
                self.attempt(candidate);
            }
            index += 1;
        }
    }

    /// Hosts are A, B, C, ... where that can be: whoever is left over.
    fn rename_hosts(&mut self) {
        let names = hosts::names(&self.best);
        let wanted = (b'A'..=b'Z').map(|letter| char::from(letter).to_string());
        let renames: Vec<_> =
            names.into_iter().filter(|n| n != "P").zip(wanted).filter(|(a, b)| a != b).collect();
        if renames.is_empty() {
            return;
        }
        if let Some(candidate) = rename(&self.best, &renames) {
            // Draws depend on names.
            let _ = self.attempt(candidate.clone())
                || (1..=50).any(|seed| self.attempt(with_seed(&candidate, seed)));
        }
    }

    fn take_low_seed(&mut self) {
        let _ = (1..=20).any(|seed| {
            let candidate = with_seed(&self.best, seed);
            candidate == self.best || self.attempt(candidate)
        });
    }
}

/// When the run of a scenario ends, in microseconds; 0 if it does not say.
#[must_use]
pub fn end(scenario: &Scenario) -> u64 {
    time::run(scenario).unwrap_or(0)
}

/// Whether there is no scenario without this line; or, without a cap, one that takes too long.
const fn is_needed(line: &Line) -> bool {
    matches!(
        line.statement,
        Some(
            Statement::Title(_)
                | Statement::Seed(_)
                | Statement::Profile(_)
                | Statement::Scope(_)
                | Statement::Hosts(_)
                | Statement::Run(_)
                | Statement::SkipStartup
                | Statement::Cap(_)
        )
    )
}

const fn is_event(line: &Line) -> bool {
    matches!(line.statement, Some(Statement::At(_) | Statement::Run(_)))
}

fn with_seed(scenario: &Scenario, seed: u64) -> Scenario {
    let mut scenario = scenario.clone();
    for line in &mut scenario.lines {
        if let Some(Statement::Seed(old)) = &mut line.statement {
            *old = seed;
        }
    }
    scenario
}

/// A time of whole seconds.
const fn secs(seconds: u64) -> Time {
    Time(seconds * 1_000_000)
}

#[cfg(test)]
mod tests;
