//! A counterexample in sentences.

use aap::Participant;
use aap::wire::Message;
use checker::{By, Counterexample, Happening};

use super::Checkable;
use crate::place::place;
use scenario::Time;

/// What happens in a run, a line each.
pub(super) fn story(of: &Checkable, found: &Counterexample<Participant>) -> Vec<String> {
    let name = |host: usize| of.problem.hosts[host].name.as_str();
    let mut lines = Vec::new();
    for happened in &found.run {
        let time = Time(happened.at.as_micros().saturating_sub(of.lead_us));
        let what = match &happened.what {
            Happening::Started { host, by: By::Checker } => format!("{} starts again", name(*host)),
            Happening::Crashed { host, .. } => format!("{} crashes", name(*host)),
            Happening::Drew { host, question, value } => {
                format!("{} draws {question} {}", name(*host), of.answer(question.0, *value))
            }
            Happening::Sent { host, message, .. } => {
                format!("{} sends {}", name(*host), of.describe(message))
            }
            Happening::Delivered(parcel) => {
                let what = of.describe(&parcel.message);
                format!("{} hears {} of {}", name(parcel.to), what, name(parcel.from))
            }
            Happening::Lost(parcel) => {
                let (from, to) = (name(parcel.from), name(parcel.to));
                format!("{} of {from} to {to} is lost", of.describe(&parcel.message))
            }
            Happening::Told { host, event } => match of.conclusion(event) {
                Some(conclusion) => format!("{} {conclusion}", name(*host)),
                None => continue,
            },
            Happening::Started { .. } | Happening::Commanded { .. } | Happening::Fired { .. } => {
                continue;
            }
        };
        lines.push(format!("{time} {what}"));
    }
    lines
}

impl Checkable {
    /// A message in the words of a timeline.
    fn describe(&self, message: &Message) -> String {
        let ranges: Vec<String> =
            message.addresses().map(|range| place(&self.plan, range)).collect();
        let (kind, rseq, mseq) = (message.kind().name(), message.rseq(), message.mseq());
        format!("{kind} {}/{mseq} {}", rseq.number(), ranges.join(" ")).trim_end().to_owned()
    }

    fn conclusion(&self, event: &aap::Event) -> Option<String> {
        use aap::Event as E;
        let show = |range: &addrspace::Range| place(&self.plan, *range);
        Some(match event {
            E::Granted { leases, .. } => {
                let ranges: Vec<String> = leases.iter().map(|lease| show(&lease.range)).collect();
                format!("holds {}", ranges.join(" "))
            }
            E::Clash { given_up, .. } => {
                let ranges: Vec<String> = given_up.iter().map(show).collect();
                format!("gives up {}", ranges.join(" "))
            }
            E::Conflict { theirs, .. } => format!("finds {} allocated twice", show(&theirs.range)),
            E::Lost { lease, .. } => format!("loses {}", show(&lease.range)),
            E::Refused { .. } => "gives up its request".to_owned(),
            _ => return None,
        })
    }
}
