//! What the view shows, as values: nothing here draws, waits or asks.

use std::collections::{BTreeMap, VecDeque};

use ::client::{Claim, Entry, Holding, ScopeStatus};
use ::cluster::{Cluster, Life, Report, Role};

use crate::cluster::words;
use crate::look::Tone;

/// Events that can be seen again.
const KEPT: usize = 500;

/// Everything the view shows.
#[derive(Debug)]
pub(super) struct Board {
    /// What cluster it is.
    pub(super) title: String,
    pub(super) nodes: Vec<Node>,
    /// The place of the node that keys act on.
    pub(super) selected: usize,
    pub(super) events: VecDeque<Line>,
    /// The faults in force, in words.
    pub(super) faults: Vec<String>,
    /// What the last key does, and what to look for.
    pub(super) notice: String,
    pub(super) mode: Mode,
    /// Whether single messages are shown.
    pub(super) messages: Messages,
    /// The wall clock, in seconds since 1970.
    pub(super) now_s: i64,
}

/// What keys mean.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    /// Each is a command.
    Watching,
    /// Any ends the help.
    Help,
    /// They write how many addresses to allocate.
    Counting(String),
}

/// Whether single messages are among the events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Messages {
    Hidden,
    Shown,
}

/// One node.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) address: String,
    pub(super) life: Life,
    pub(super) cut_off: bool,
    /// What it said of itself last; `None` if it does not answer.
    pub(super) view: Option<View>,
}

/// What a node says of itself.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    pub(super) scope: ScopeStatus,
    pub(super) claims: Vec<Claim>,
    pub(super) allocations: Vec<Holding>,
    pub(super) record: Vec<Entry>,
}

/// One event.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) time: String,
    pub(super) node: String,
    pub(super) kind: String,
    pub(super) text: String,
    pub(super) tone: Tone,
    pub(super) is_message: bool,
}

/// A row of the record: addresses, their owner's name, their state, and how long they last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Row {
    pub(super) addresses: String,
    pub(super) owner: String,
    pub(super) state: String,
    pub(super) left_s: i64,
}

impl Board {
    pub(super) fn new(cluster: &Cluster) -> Self {
        let spec = cluster.spec();
        let scope = spec.scope.range.display(spec.scope.family);
        let title = format!("{scope}  group {}  {} timing", cluster.group(), spec.timing);
        let mut board = Self {
            title,
            nodes: Vec::new(),
            selected: 0,
            events: VecDeque::new(),
            faults: Vec::new(),
            notice: "The allocators listen first, to learn what others have. Press ? for help."
                .to_owned(),
            mode: Mode::Watching,
            messages: Messages::Hidden,
            now_s: 0,
        };
        board.follow(cluster);
        board
    }

    /// Takes over what the supervisor knows.
    pub(super) fn follow(&mut self, cluster: &Cluster) {
        let (faults, members) = (cluster.faults(), cluster.members());
        self.faults = faults.in_words(&cluster.names());
        self.nodes.resize_with(members.len(), Node::unknown);
        for (place, (node, member)) in self.nodes.iter_mut().zip(members).enumerate() {
            member.name().clone_into(&mut node.name);
            node.role = member.role();
            node.address = member.address().to_string();
            node.life = member.life().clone();
            node.cut_off = faults.is_apart(place, members.len());
        }
    }

    /// Takes over what the nodes said of themselves, by place.
    pub(super) fn see(&mut self, views: Vec<Option<View>>) {
        for (node, view) in self.nodes.iter_mut().zip(views) {
            node.view = view;
        }
    }

    /// Adds an event.
    pub(super) fn note(&mut self, report: &Report) {
        if words::is_echo(report) {
            return;
        }
        let node = report.member.and_then(|place| self.nodes.get(place));
        if self.events.len() == KEPT {
            self.events.pop_front();
        }
        self.events.push_back(Line {
            time: words::time(report),
            node: node.map_or_else(|| "-".to_owned(), |node| node.name.clone()),
            kind: words::kind(report).to_owned(),
            text: self.with_names(&words::sentence(report)),
            tone: words::tone(report),
            is_message: words::is_message(report),
        });
    }

    /// The latest events that are to be seen, the newest last.
    pub(super) fn latest(&self, count: usize) -> Vec<&Line> {
        let shown = |line: &&Line| self.messages == Messages::Shown || !line.is_message;
        let mut lines: Vec<&Line> = self.events.iter().rev().filter(shown).take(count).collect();
        lines.reverse();
        lines
    }

    pub(super) fn selected(&self) -> Option<&Node> {
        self.nodes.get(self.selected)
    }

    /// The record of the selected node, with names instead of addresses.
    pub(super) fn record(&self) -> Vec<Row> {
        let Some(node) = self.selected() else { return Vec::new() };
        let entries = node.view.iter().flat_map(|view| &view.record);
        entries
            .map(|entry| Row {
                addresses: entry.lease.span.to_string(),
                owner: match &entry.owner {
                    None => node.name.clone(),
                    Some(owner) => self.with_names(owner),
                },
                state: entry.state.clone(),
                left_s: entry.lease.end_s - self.now_s,
            })
            .collect()
    }

    /// Messages of each type, over all nodes: sent, and heard.
    pub(super) fn traffic(&self) -> BTreeMap<String, (u64, u64)> {
        let mut all = BTreeMap::<String, (u64, u64)>::new();
        for messages in
            self.nodes.iter().filter_map(|node| Some(&node.view.as_ref()?.scope.messages))
        {
            for (kind, count) in &messages.sent {
                all.entry(kind.clone()).or_default().0 += count;
            }
            for (kind, count) in &messages.heard {
                all.entry(kind.clone()).or_default().1 += count;
            }
        }
        all.retain(|_, (sent, heard)| *sent > 0 || *heard > 0);
        all
    }

    /// A sentence with the names of nodes instead of their addresses and ports.
    fn with_names(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for node in &self.nodes {
            let peers = [format!("{}:2878", node.address), format!("[{}]:2878", node.address)];
            for peer in peers {
                text = text.replace(&peer, &node.name);
            }
        }
        text
    }
}

impl Node {
    fn unknown() -> Self {
        Self {
            name: String::new(),
            role: Role::Maas,
            address: String::new(),
            life: Life::Killed,
            cut_off: false,
            view: None,
        }
    }

    /// Where it is in its life, in words, and what that means.
    pub(super) fn state(&self) -> (String, Tone) {
        let (words, tone) = match (&self.life, &self.view) {
            (Life::Unborn, _) => ("not started".to_owned(), Tone::Aside),
            (Life::Killed, _) => ("killed".to_owned(), Tone::Bad),
            (Life::Ended { how }, _) => (how.clone(), Tone::Bad),
            (Life::Up { .. }, None) => ("starts".to_owned(), Tone::Aside),
            (Life::Up { .. }, Some(view)) => match view.scope.silence_left_us {
                Some(left) => {
                    (format!("listens, {} s left", left.div_ceil(1_000_000)), Tone::Aside)
                }
                None if view.scope.ready => (view.scope.phase.clone(), Tone::Good),
                None => (view.scope.phase.clone(), Tone::Aside),
            },
        };
        match self.cut_off {
            true if matches!(self.life, Life::Up { .. }) => {
                (format!("{words}, CUT OFF"), Tone::Bad)
            }
            _ => (words, tone),
        }
    }
}
