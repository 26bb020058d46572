//! Timelines: what was sent, when, line by line.

use std::collections::BTreeMap;

use addrspace::RangeSet;
use netsim::HostId;

use super::filter::{about, concludes, fires, qualifies, resolve};
use crate::domain::Domain;
use crate::tape::{Happened, Moment};
use scenario::{Mark, MarkWhat, Name, Plan, Rseq, SeqPattern, Statement, Time, Timeline};

/// The line on which a timeline's first mark stands.
pub(super) fn line_of(block: &Timeline) -> usize {
    marks(block).next().map_or(0, |mark| mark.at.span.line as usize)
}

pub(super) fn names(names: &[Name]) -> String {
    let names: Vec<&str> = names.iter().map(Name::as_str).collect();
    format!("only {}", names.join(" "))
}

fn marks(block: &Timeline) -> impl Iterator<Item = &Mark> {
    block.lines.iter().filter_map(|line| match &line.statement {
        Some(Statement::Mark(mark)) => Some(mark),
        _ => None,
    })
}

/// Compares a timeline with what happened.
pub(super) fn compare(
    plan: &Plan,
    domain: &Domain,
    tape: &[Moment],
    block: &Timeline,
) -> Result<(), String> {
    let watched: Vec<String> = if block.only.is_empty() {
        plan.hosts.iter().map(|h| h.name.clone()).collect()
    } else {
        block.only.iter().flat_map(|n| plan.expand(n)).map(str::to_owned).collect()
    };
    let mut symbols = Symbols::default();
    for host in &watched {
        let ids: Vec<HostId> =
            domain.members.iter().filter(|m| m.host == *host).map(|m| m.id).collect();
        let expected: Vec<&Mark> = marks(block).filter(|m| m.host.as_str() == host).collect();
        let comparison = Comparison { plan, domain, tape, block, host, ids };
        comparison.messages(&expected, &mut symbols)?;
        comparison.conclusions(&expected)?;
    }
    Ok(())
}

struct Comparison<'a> {
    plan: &'a Plan,
    domain: &'a Domain,
    tape: &'a [Moment],
    block: &'a Timeline,
    host: &'a str,
    ids: Vec<HostId>,
}

impl Comparison<'_> {
    fn tolerance(&self, mark: &Mark) -> u64 {
        mark.tolerance.or(self.block.tolerance).map_or(0, Time::micros)
    }

    fn is_on_time(&self, mark: &Mark, moment: &Moment) -> bool {
        self.domain.micros(moment.at).abs_diff(mark.at.value.micros()) <= self.tolerance(mark)
    }

    /// The messages of the host, one by one, in order.
    fn messages(&self, expected: &[&Mark], symbols: &mut Symbols) -> Result<(), String> {
        let wanted = expected.iter().filter(|m| matches!(m.what, MarkWhat::Sent { .. }));
        let mut sent = self
            .tape
            .iter()
            .filter(|m| self.ids.contains(&m.host) && matches!(m.what, Happened::Sent { .. }));
        for mark in wanted {
            let line = mark.at.span.line;
            let Some(moment) = sent.next() else {
                return Err(format!("line {line}: `{}` never came", show(mark)));
            };
            if let Err(why) = self.matches(mark, moment, symbols) {
                let came = self.describe(moment);
                return Err(format!("line {line}: expected `{}`, but {came} ({why})", show(mark)));
            }
        }
        match sent.next() {
            None => Ok(()),
            Some(extra) => {
                Err(format!("{}, which the timeline does not list", self.describe(extra)))
            }
        }
    }

    fn matches(&self, mark: &Mark, moment: &Moment, symbols: &mut Symbols) -> Result<(), String> {
        let (
            MarkWhat::Sent { message: kind, number, addresses, qualifiers },
            Happened::Sent { message, .. },
        ) = (&mark.what, &moment.what)
        else {
            return Err("not a message".to_owned());
        };
        if message.kind().name() != kind.word() {
            return Err("another type".to_owned());
        }
        if !self.is_on_time(mark, moment) {
            return Err("another time".to_owned());
        }
        symbols.bind(self.host, number, message.rseq().number(), message.mseq())?;
        if !addresses.is_empty() {
            let wanted = resolve(self.plan, self.domain, addresses)?;
            if message.addresses().collect::<RangeSet>() != wanted {
                return Err("other addresses".to_owned());
            }
        }
        match qualifiers.iter().find(|q| !qualifies(**q, &moment.what)) {
            None => Ok(()),
            Some(_) => Err("other properties".to_owned()),
        }
    }

    /// Conclusions and timers: each must be found, others may happen besides.
    fn conclusions(&self, expected: &[&Mark]) -> Result<(), String> {
        for mark in expected.iter().filter(|m| !matches!(m.what, MarkWhat::Sent { .. })) {
            let mut candidates =
                self.tape.iter().filter(|m| self.ids.contains(&m.host) && self.is_on_time(mark, m));
            let mut failure = None;
            let found = candidates.any(|moment| match self.is_concluded(mark, moment) {
                Ok(found) => found,
                Err(why) => {
                    failure = Some(why);
                    false
                }
            });
            if let Some(why) = failure {
                return Err(why);
            }
            if !found {
                return Err(format!("line {}: `{}` did not happen", mark.at.span.line, show(mark)));
            }
        }
        Ok(())
    }

    fn is_concluded(&self, mark: &Mark, moment: &Moment) -> Result<bool, String> {
        Ok(match (&mark.what, &moment.what) {
            (MarkWhat::Concludes { conclusion, addresses }, Happened::Concluded(event)) => {
                let wanted = resolve(self.plan, self.domain, addresses)?;
                let found: RangeSet = about(&moment.what).into_iter().collect();
                concludes(*conclusion, event) && (addresses.is_empty() || found == wanted)
            }
            (MarkWhat::Timer(name), Happened::Fired(timer)) => fires(*name, timer),
            _ => false,
        })
    }

    fn describe(&self, moment: &Moment) -> String {
        let at = Time(self.domain.micros(moment.at));
        let sent = match &moment.what {
            Happened::Sent { message, .. } => message.to_string(),
            _ => "nothing".to_owned(),
        };
        format!("at {at} {} sent {sent}", self.host)
    }
}

fn show(mark: &Mark) -> String {
    Statement::Mark(mark.clone()).to_string()
}

/// Which number each symbol of each host stands for.
#[derive(Default)]
struct Symbols(BTreeMap<(String, String), u32>);

impl Symbols {
    fn bind(
        &mut self,
        host: &str,
        pattern: &SeqPattern,
        rseq: u32,
        mseq: u8,
    ) -> Result<(), String> {
        if pattern.mseq.is_some_and(|wanted| wanted != mseq) {
            return Err(format!("mseq {mseq}"));
        }
        match &pattern.rseq {
            Rseq::Number(wanted) if *wanted == rseq => Ok(()),
            Rseq::Number(_) => Err(format!("rseq {rseq}")),
            Rseq::Symbol(symbol) => {
                let key = (host.to_owned(), symbol.clone());
                let bound = *self.0.entry(key.clone()).or_insert(rseq);
                let clash = self.0.iter().any(|(k, n)| k.0 == host && k.1 != key.1 && *n == rseq);
                if bound != rseq {
                    return Err(format!("rseq {rseq}, but {symbol} is {bound}"));
                }
                if clash { Err(format!("rseq {rseq} is another symbol's")) } else { Ok(()) }
            }
        }
    }
}
