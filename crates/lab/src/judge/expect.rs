//! Expectations about a whole run.

use netsim::{HostId, Stop};

use super::filter::Sieve;
use crate::domain::Domain;
use crate::tape::Moment;
use scenario::{Bound, Expect, Filter, Plan, Predicate, Subject, Time, Window};

/// The participants of each host a subject means, one group per host; `total` is one group.
pub(super) fn groups(
    plan: &Plan,
    domain: &Domain,
    subject: &Subject,
) -> Vec<(String, Vec<HostId>)> {
    let of = |host: &str| {
        domain.members.iter().filter(|m| m.host == host).map(|m| m.id).collect::<Vec<_>>()
    };
    match subject {
        Subject::Host(name) => {
            plan.expand(name).into_iter().map(|host| (host.to_owned(), of(host))).collect()
        }
        Subject::Anyone | Subject::One => {
            plan.hosts.iter().map(|h| (h.name.clone(), of(&h.name))).collect()
        }
        Subject::Total => {
            vec![("all hosts together".to_owned(), domain.members.iter().map(|m| m.id).collect())]
        }
    }
}

/// Combines what holds for each host into what holds for the subject.
pub(super) fn combine(
    subject: &Subject,
    each: Vec<(String, Result<(), String>)>,
) -> Result<(), String> {
    let met = each.iter().filter(|(_, r)| r.is_ok()).count();
    let complaints = || {
        let said: Vec<String> = each
            .iter()
            .filter_map(|(host, r)| r.as_ref().err().map(|why| format!("{host}: {why}")))
            .take(4)
            .collect();
        said.join("; ")
    };
    match subject {
        Subject::Host(_) | Subject::Total if met == each.len() && !each.is_empty() => Ok(()),
        Subject::Anyone if met > 0 => Ok(()),
        Subject::One if met == 1 => Ok(()),
        Subject::One => Err(format!("it is so for {met} hosts; {}", complaints())),
        _ if each.is_empty() => Err("there is no such host".to_owned()),
        _ => Err(complaints()),
    }
}

/// Judges an expectation that needs no look at the world.
pub(super) fn judge(
    plan: &Plan,
    domain: &Domain,
    tape: &[Moment],
    claim: &Expect,
    stop: Stop,
) -> Result<(), String> {
    match &claim.predicate {
        Predicate::Never(filter) => {
            let subject =
                if claim.subject == Subject::Anyone { &Subject::Total } else { &claim.subject };
            over(plan, domain, tape, subject, filter, &|times| match times.first() {
                None => Ok(()),
                Some(at) => Err(format!("it happened {} times, first at {at}", times.len())),
            })
        }
        Predicate::Count(filter, bound) => {
            over(plan, domain, tape, &claim.subject, filter, &|times| count(*bound, times))
        }
        Predicate::First(filter, window) => {
            over(plan, domain, tape, &claim.subject, filter, &|times| {
                within(window, times.first(), "first")
            })
        }
        Predicate::Last(filter, window) => {
            over(plan, domain, tape, &claim.subject, filter, &|times| {
                within(window, times.last(), "last")
            })
        }
        Predicate::Gap(filter, window) => {
            over(plan, domain, tape, &claim.subject, filter, &|times| gaps(window, times))
        }
        Predicate::Capped if matches!(stop, Stop::MessageCap { .. }) => Ok(()),
        Predicate::Capped => Err(format!("the run {stop}")),
        Predicate::Finishes if !stop.is_final() => Ok(()),
        Predicate::Finishes => Err(stop.to_string()),
        _ => Err("the world was never looked at: the run ended before".to_owned()),
    }
}

type Rule<'a> = &'a dyn Fn(&[Time]) -> Result<(), String>;

fn over(
    plan: &Plan,
    domain: &Domain,
    tape: &[Moment],
    subject: &Subject,
    filter: &Filter,
    rule: Rule<'_>,
) -> Result<(), String> {
    let sieve = Sieve::new(plan, domain, filter)?;
    let each = groups(plan, domain, subject).into_iter().map(|(host, ids)| {
        let admitted = tape.iter().filter(|m| ids.contains(&m.host) && sieve.admits(domain, m));
        let times: Vec<Time> = admitted.map(|m| Time(domain.micros(m.at))).collect();
        (host, rule(&times))
    });
    combine(subject, each.collect())
}

fn count(bound: Bound, times: &[Time]) -> Result<(), String> {
    if bound.admits(times.len() as u64) {
        return Ok(());
    }
    let shown: Vec<String> = times.iter().take(8).map(Time::to_string).collect();
    let dots = if times.len() > 8 { ", …" } else { "" };
    Err(format!("counted {} (at {}{dots})", times.len(), shown.join(", ")))
}

fn within(window: &Window, at: Option<&Time>, which: &str) -> Result<(), String> {
    match at {
        None => Err("it never happened".to_owned()),
        Some(at) if (window.from.value..=window.to.value).contains(at) => Ok(()),
        Some(at) => Err(format!("the {which} was at {at}")),
    }
}

fn gaps(window: &Window, times: &[Time]) -> Result<(), String> {
    if times.len() < 2 {
        return Err(format!("it happened {} times: there is no gap", times.len()));
    }
    for pair in times.windows(2) {
        let gap = Time(pair[1].micros() - pair[0].micros());
        if !(window.from.value..=window.to.value).contains(&gap) {
            return Err(format!("{gap} lie between {} and {}", pair[0], pair[1]));
        }
    }
    Ok(())
}
