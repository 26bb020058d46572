use std::collections::{BTreeMap, BTreeSet};

use trace::{Conclusion, DrawnBy, Entry, What};

use crate::text::clock;
use crate::{Kind, Options};

/// A run as a picture sees it.
pub(crate) struct Story<'a> {
    /// The hosts' names, in the order of their lanes.
    pub(crate) lanes: Vec<&'a str>,
    pub(crate) items: Vec<Item<'a>>,
}

/// One thing to draw.
#[derive(Clone, Debug)]
pub(crate) struct Item<'a> {
    pub(crate) at_us: u64,
    pub(crate) rule: Option<&'a str>,
    pub(crate) act: Act<'a>,
}

#[derive(Clone, Debug)]
pub(crate) enum Act<'a> {
    /// A datagram goes out.
    Message { lane: usize, kind: &'a str, label: &'a str, reached: Vec<usize>, lost: Vec<usize> },
    /// Something about one host.
    Note { lane: usize, mark: Mark, text: String },
    /// Something about everyone.
    Banner(String),
    /// The author's words.
    Prose(String),
    /// What was left out.
    Fold(String),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mark {
    Event,
    Command,
    Timer,
    Crash,
    Start,
    Late,
    Minor,
    Trouble,
}

/// What the entries after a datagram's own say about it.
#[derive(Default)]
struct Fate {
    reached: Vec<usize>,
    lost: Vec<usize>,
}

struct Teller<'a> {
    options: &'a Options,
    lanes: Vec<&'a str>,
    by_name: BTreeMap<&'a str, usize>,
    sent: BTreeMap<u64, (&'a Entry, &'a str)>,
    fates: BTreeMap<u64, Fate>,
    telling: BTreeSet<u64>,
}

/// Turns entries into things to draw, leaving out what nobody asked for.
pub(crate) fn tell<'a>(entries: &'a [Entry], options: &'a Options) -> Story<'a> {
    let mut teller = Teller {
        options,
        lanes: Vec::new(),
        by_name: BTreeMap::new(),
        sent: BTreeMap::new(),
        fates: BTreeMap::new(),
        telling: BTreeSet::new(),
    };
    entries.iter().for_each(|entry| teller.survey(entry));
    let items = entries.iter().filter_map(|entry| teller.item(entry)).collect();
    Story { lanes: teller.lanes, items }
}

impl<'a> Teller<'a> {
    /// Learns from an entry what earlier ones led to.
    fn survey(&mut self, entry: &'a Entry) {
        let lane = entry.host.as_deref().map(|name| self.lane(name));
        match &entry.what {
            What::Sent { summary, .. } | What::Injected { summary, .. } => {
                self.sent.insert(entry.id, (entry, summary));
            }
            What::Delivered { of, .. } | What::Ignored { of, .. } => {
                let Some(lane) = lane else { return };
                if !self.is_late(entry, *of) {
                    self.fates.entry(*of).or_default().reached.push(lane);
                }
            }
            What::Dropped { of, to, .. } => {
                let lane = self.lane(to);
                self.fates.entry(*of).or_default().lost.push(lane);
            }
            What::Event { .. } => self.telling.extend(entry.cause),
            _ => {}
        }
    }

    fn lane(&mut self, name: &'a str) -> usize {
        *self.by_name.entry(name).or_insert_with(|| {
            self.lanes.push(name);
            self.lanes.len() - 1
        })
    }

    fn is_late(&self, entry: &Entry, of: u64) -> bool {
        let sent = self.sent.get(&of).map_or(0, |(sent, _)| sent.at);
        entry.at.saturating_sub(sent) >= self.options.late_us
    }

    fn item(&self, entry: &'a Entry) -> Option<Item<'a>> {
        let (kind, act) = match entry.host.as_deref() {
            Some(host) => self.at_host(entry, *self.by_name.get(host)?)?,
            None => self.everywhere(entry)?,
        };
        let rule = entry.rule.as_deref();
        self.options.show.contains(&kind).then_some(Item { at_us: entry.at, rule, act })
    }

    fn at_host(&self, entry: &'a Entry, lane: usize) -> Option<(Kind, Act<'a>)> {
        let note = |kind, mark, text| Some((kind, Act::Note { lane, mark, text }));
        match &entry.what {
            What::Started { restored: 0 } => note(Kind::Life, Mark::Start, "starts".to_owned()),
            What::Started { restored: 1 } => {
                note(Kind::Life, Mark::Start, "starts with 1 record".to_owned())
            }
            What::Started { restored } => {
                note(Kind::Life, Mark::Start, format!("starts with {restored} records"))
            }
            What::Command { summary, .. } => note(Kind::Command, Mark::Command, summary.clone()),
            What::Sent { kind, summary: label, .. } => {
                let (reached, lost) = self.fate(entry.id, lane);
                Some((Kind::Message, Act::Message { lane, kind, label, reached, lost }))
            }
            What::Delivered { of, .. } if self.is_late(entry, *of) => {
                let (sent, summary) = self.sent.get(of)?;
                let at = clock(sent.at);
                let from = sent.host.as_deref().map_or(String::new(), |host| format!("{host}'s "));
                note(Kind::Message, Mark::Late, format!("gets {from}{summary} of {at}"))
            }
            What::Ignored { reason, .. } => {
                note(Kind::Ignored, Mark::Trouble, format!("ignores it: {reason}"))
            }
            What::Timer { name } => {
                let telling = self.telling.contains(&entry.id);
                let kind = if telling { Kind::TellingTimer } else { Kind::OtherTimer };
                note(kind, Mark::Timer, format!("{name} timer"))
            }
            What::Drew { question, low, high, value, by } => {
                let by = if *by == DrawnBy::Script { "fixed" } else { "drawn" };
                let range = if low == high { String::new() } else { format!(" of {low}..{high}") };
                note(Kind::Draw, Mark::Minor, format!("{question} {value}{range}, {by}"))
            }
            What::Persisted { removed: true, key, .. } => {
                note(Kind::Storage, Mark::Minor, format!("forgets {key}"))
            }
            What::Persisted { summary, .. } => {
                note(Kind::Storage, Mark::Minor, format!("stores {summary}"))
            }
            What::Event { summary, .. } => note(Kind::Event, Mark::Event, summary.clone()),
            What::Fault { kind, text } => {
                note(Kind::Fault, Mark::Trouble, format!("{kind}: {text}"))
            }
            What::Crashed { text } => note(Kind::Life, Mark::Crash, format!("crashes; {text}")),
            _ => None,
        }
    }

    fn everywhere(&self, entry: &Entry) -> Option<(Kind, Act<'a>)> {
        match &entry.what {
            What::Injected { from, summary, .. } => {
                let (reached, _) = self.fate(entry.id, usize::MAX);
                let names: Vec<_> = reached.iter().map(|lane| self.lanes[*lane]).collect();
                let names = if names.is_empty() { "nobody".to_owned() } else { names.join(" ") };
                let text = format!("{summary}, as if from {from}, reaches {names}");
                Some((Kind::Message, Act::Banner(text)))
            }
            What::Fault { text, .. } => Some((Kind::Fault, Act::Banner(text.clone()))),
            What::Said { text } => Some((Kind::Said, Act::Prose(text.clone()))),
            What::Verdict { oracle, conclusion, text } => {
                let conclusion = match conclusion {
                    Conclusion::Holds => "holds",
                    Conclusion::Violated => "VIOLATED",
                    Conclusion::NotExercised => "not exercised",
                };
                Some((Kind::Verdict, Act::Prose(format!("{oracle}: {conclusion}. {text}"))))
            }
            What::Ended { text, digest } => {
                Some((Kind::End, Act::Prose(format!("{text}; digest {digest}"))))
            }
            _ => None,
        }
    }

    /// Whom a datagram reached and missed, its sender left out.
    fn fate(&self, id: u64, sender: usize) -> (Vec<usize>, Vec<usize>) {
        let Some(fate) = self.fates.get(&id) else { return (Vec::new(), Vec::new()) };
        let others = |lanes: &[usize]| {
            let others: BTreeSet<_> = lanes.iter().copied().filter(|l| *l != sender).collect();
            others.into_iter().collect::<Vec<_>>()
        };
        let reached = others(&fate.reached);
        let lost = others(&fate.lost).into_iter().filter(|l| !reached.contains(l)).collect();
        (reached, lost)
    }
}
