use crate::canvas::{Glyphs, Ink, Row};
use crate::story::{Act, Item, Mark};
use crate::text::{clock, width, wrap};
use crate::{Options, Rules};

/// Fewer columns per lane than this, and a ladder no longer reads well.
const LANE_MIN: usize = 16;
const LANE_MAX: usize = 36;

/// Where things go.
pub(crate) struct Layout {
    time: usize,
    lane: usize,
    lanes: usize,
    /// Where rules start; the end of the line without rules.
    rules: usize,
    columns: usize,
}

impl Layout {
    /// A layout in which every lane has room, if there is one.
    pub(crate) fn fit(lanes: &[&str], items: &[Item<'_>], options: &Options) -> Option<Self> {
        let time = items.iter().map(|item| width(&clock(item.at_us))).max().unwrap_or(0).max(6);
        let rule = match options.rules {
            Rules::Shown => items.iter().filter_map(|i| i.rule).map(|r| width(r) + 2).max(),
            Rules::Hidden => None,
        };
        let rules = options.columns.checked_sub(rule.unwrap_or(0))?;
        let left = rules.checked_sub(time + 2)?;
        let lane = (left / lanes.len().max(1)).min(LANE_MAX);
        let layout = Self { time, lane, lanes: lanes.len(), rules, columns: options.columns };
        (lane >= LANE_MIN).then_some(layout)
    }

    const fn x(&self, lane: usize) -> usize {
        self.time + 2 + lane * self.lane
    }
}

struct Pen<'a> {
    layout: &'a Layout,
    options: &'a Options,
    glyphs: Glyphs,
    /// Which hosts are running: the others have no line.
    up: Vec<Lane>,
    last: Option<u64>,
    out: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Lane {
    Up,
    Down,
}

pub(crate) fn draw(
    layout: &Layout,
    lanes: &[&str],
    items: &[Item<'_>],
    options: &Options,
) -> String {
    // A host whose journal does not start with its start was running before.
    let up = (0..lanes.len()).map(|lane| {
        let started = items.iter().any(|item| {
            matches!(&item.act, Act::Note { lane: at, mark: Mark::Start, .. } if *at == lane)
        });
        if started { Lane::Down } else { Lane::Up }
    });
    let mut pen = Pen {
        layout,
        options,
        glyphs: Glyphs::of(options.charset),
        up: up.collect(),
        last: None,
        out: String::new(),
    };
    pen.heading(lanes);
    pen.opening(items);
    for item in items {
        pen.item(item);
    }
    pen.out
}

impl Pen<'_> {
    fn heading(&mut self, lanes: &[&str]) {
        let mut row = Row::default();
        row.text(self.layout.time - 4, "time", Ink::Faint);
        for (lane, name) in lanes.iter().enumerate() {
            let name: String = name.chars().take(self.layout.lane - 1).collect();
            row.text(self.layout.x(lane), &name, Ink::Event);
        }
        row.finish(self.options.paint, &mut self.out);
    }

    /// Hosts that start empty at the very beginning are simply there.
    fn opening(&mut self, items: &[Item<'_>]) {
        let first = items.first().map_or(0, |item| item.at_us);
        for item in items.iter().filter(|item| item.at_us == first) {
            if let Act::Note { lane, mark: Mark::Start, text } = &item.act
                && text == "starts"
            {
                self.up[*lane] = Lane::Up;
            }
        }
    }

    fn item(&mut self, item: &Item<'_>) {
        match &item.act {
            Act::Message { lane, label, reached, lost, .. } => {
                self.message(item, *lane, label, reached, lost);
            }
            Act::Note { lane, mark: Mark::Start, text }
                if text == "starts" && self.up[*lane] == Lane::Up => {}
            Act::Note { lane, mark, text } => {
                let rows = self.note(item, *lane, *mark, text);
                match mark {
                    Mark::Crash => self.up[*lane] = Lane::Down,
                    Mark::Start => self.up[*lane] = Lane::Up,
                    _ => {}
                }
                self.finish(rows);
            }
            Act::Banner(text) => self.banner(item, text),
            Act::Prose(text) => self.prose(item, text),
            Act::Fold(text) => {
                let mut row = self.lanes();
                let text = format!("{} {text}", self.glyphs.more);
                let x = self.layout.x(0) + 2;
                let room = self.layout.columns.saturating_sub(x).max(1);
                for line in wrap(&text, room) {
                    row.text(x, &line, Ink::Faint);
                    self.finish(vec![std::mem::replace(&mut row, self.lanes())]);
                }
                self.last = None;
            }
        }
    }

    fn finish(&mut self, rows: Vec<Row>) {
        for row in rows {
            row.finish(self.options.paint, &mut self.out);
        }
    }

    /// A row with nothing but the lines of running hosts.
    fn lanes(&self) -> Row {
        let mut row = Row::default();
        for (lane, up) in self.up.iter().enumerate() {
            if *up == Lane::Up {
                row.put(self.layout.x(lane), self.glyphs.lane, Ink::Line);
            }
        }
        row
    }

    /// The same with the time and the rule of an item.
    fn start(&mut self, item: &Item<'_>) -> Row {
        let mut row = self.lanes();
        self.stamp(&mut row, item.at_us);
        if let (Some(rule), Rules::Shown) = (item.rule, self.options.rules) {
            row.text(self.layout.rules + 2, rule, Ink::Faint);
        }
        row
    }

    fn stamp(&mut self, row: &mut Row, at_us: u64) {
        if self.last != Some(at_us) {
            let time = clock(at_us);
            row.text(self.layout.time.saturating_sub(width(&time)), &time, Ink::Faint);
            self.last = Some(at_us);
        }
    }

    fn message(
        &mut self,
        item: &Item<'_>,
        lane: usize,
        label: &str,
        reached: &[usize],
        lost: &[usize],
    ) {
        let mut row = self.start(item);
        let x = self.layout.x(lane);
        let nearest = reached.iter().chain(lost).filter(|to| **to > lane).min();
        let limit = nearest.map_or(self.layout.rules, |to| self.layout.x(*to) - 3);
        let mut rows = Vec::new();
        if x + 2 + width(label) > limit {
            // No room beside the arrow: the words get a row of their own above it.
            rows = self.words(row, lane, self.glyphs.sender, label, Ink::Message);
            row = self.lanes();
            if reached.is_empty() && lost.is_empty() {
                return self.finish(rows);
            }
            self.arrows(&mut row, lane, x, reached, lost);
        } else {
            row.text(x + 2, label, Ink::Message);
            self.arrows(&mut row, lane, x + 2 + width(label), reached, lost);
        }
        row.put(x, self.glyphs.sender, Ink::Message);
        rows.push(row);
        self.finish(rows);
    }

    /// Arrows to both sides; those to the right start behind `from`.
    fn arrows(&self, row: &mut Row, lane: usize, from: usize, reached: &[usize], lost: &[usize]) {
        let ends = || reached.iter().chain(lost).copied();
        if let Some(last) = ends().max().filter(|to| *to > lane) {
            for x in from + 1..self.layout.x(last) {
                self.dash(row, x);
            }
        }
        if let Some(first) = ends().min().filter(|to| *to < lane) {
            for x in self.layout.x(first) + 1..self.layout.x(lane) {
                self.dash(row, x);
            }
        }
        let tips = [(reached, None), (lost, Some(self.glyphs.lost))];
        for (to, lost) in tips.iter().flat_map(|(to, lost)| to.iter().map(move |to| (*to, lost))) {
            let x = self.layout.x(to);
            let (beside, tip) =
                if to > lane { (x - 1, self.glyphs.right) } else { (x + 1, self.glyphs.left) };
            let ink = if lost.is_some() { Ink::Trouble } else { Ink::Message };
            row.put(beside, lost.unwrap_or(tip), ink);
            if self.up[to] == Lane::Up {
                row.put(x, self.glyphs.lane, Ink::Line);
            }
        }
    }

    fn dash(&self, row: &mut Row, x: usize) {
        let crosses = row.glyph(x) == self.glyphs.lane;
        row.put(x, if crosses { self.glyphs.cross } else { self.glyphs.dash }, Ink::Message);
    }

    fn note(&mut self, item: &Item<'_>, lane: usize, mark: Mark, text: &str) -> Vec<Row> {
        let (glyph, ink) = match mark {
            Mark::Event => (self.glyphs.event, Ink::Event),
            Mark::Command => (self.glyphs.command, Ink::Event),
            Mark::Timer => (self.glyphs.timer, Ink::Faint),
            Mark::Crash => (self.glyphs.crash, Ink::Trouble),
            Mark::Start => (self.glyphs.start, Ink::Event),
            Mark::Late => (self.glyphs.right, Ink::Message),
            Mark::Minor => (self.glyphs.minor, Ink::Faint),
            Mark::Trouble => (self.glyphs.lost, Ink::Trouble),
        };
        let row = self.start(item);
        self.words(row, lane, glyph, text, ink)
    }

    /// Words on a host's lane: to its right if they fit, else to its left, else wrapped.
    fn words(&self, mut row: Row, lane: usize, glyph: char, text: &str, ink: Ink) -> Vec<Row> {
        let x = self.layout.x(lane);
        let (right, left) = (self.layout.rules.saturating_sub(x + 2), x - self.layout.x(0));
        row.put(x, glyph, ink);
        if width(text) <= right {
            self.clear_words(&mut row, x + 2, text, ink);
            return vec![row];
        }
        if width(text) + 2 <= left {
            self.clear_words(&mut row, x - 1 - width(text), text, ink);
            return vec![row];
        }
        let mut rows = vec![row];
        for (number, line) in wrap(text, right).iter().enumerate() {
            if number > 0 {
                rows.push(self.lanes());
            }
            if let Some(row) = rows.last_mut() {
                self.clear_words(row, x + 2, line, ink);
            }
        }
        rows
    }

    /// Words with a blank on either side, so that they do not touch a line they run across.
    fn clear_words(&self, row: &mut Row, at: usize, text: &str, ink: Ink) {
        let end = at + width(text);
        for beside in [at - 1, end] {
            if row.glyph(beside) == self.glyphs.lane && beside < self.layout.rules {
                row.put(beside, ' ', Ink::Line);
            }
        }
        row.text(at, text, ink);
    }

    fn banner(&mut self, item: &Item<'_>, text: &str) {
        let x = self.layout.time + 2;
        let room = self.layout.rules.saturating_sub(x + 8).max(8);
        for line in wrap(text, room) {
            let mut row = Row::default();
            self.stamp(&mut row, item.at_us);
            let line = format!(" {line} ");
            let end = self.layout.x(self.layout.lanes.saturating_sub(1)) + self.layout.lane;
            for x in x..end.min(self.layout.rules) {
                row.put(x, self.glyphs.dash, Ink::Trouble);
            }
            row.text(x + 3, &line, Ink::Trouble);
            self.finish(vec![row]);
        }
    }

    fn prose(&mut self, item: &Item<'_>, text: &str) {
        let x = self.layout.x(0);
        let room = self.layout.columns.saturating_sub(x).clamp(20, 80);
        self.finish(vec![self.lanes()]);
        for line in wrap(text, room) {
            let mut row = Row::default();
            self.stamp(&mut row, item.at_us);
            row.text(x, &line, Ink::Event);
            self.finish(vec![row]);
        }
        self.finish(vec![self.lanes()]);
    }
}

#[cfg(test)]
mod tests {
    use trace::{Entry, What};

    use crate::{Options, timeline};

    fn entry(id: u64, at: u64, host: &str, cause: Option<u64>, what: What) -> Entry {
        Entry { id, cause, at: at * 1_000_000, host: Some(host.to_owned()), rule: None, what }
    }

    fn sent(summary: &str) -> What {
        What::Sent {
            to: ([239, 1, 1, 1], 1).into(),
            kind: "SAY".to_owned(),
            summary: summary.to_owned(),
            fields: trace::Fields::new(),
            octets: String::new(),
        }
    }

    fn delivered(of: u64) -> What {
        What::Delivered { of, from: ([10, 0, 0, 1], 1).into() }
    }

    fn check(entries: &[Entry], drawn: &[&str]) {
        let options = Options { columns: 60, ..Options::default() };
        assert_eq!(timeline(entries, &options).lines().skip(1).collect::<Vec<_>>(), drawn);
    }

    #[test]
    fn words_that_do_not_fit_beside_their_arrow_stand_above_it() {
        let entries = [
            entry(1, 0, "A", None, sent("SAY something of some length")),
            entry(2, 0, "B", Some(1), delivered(1)),
            entry(3, 0, "B", None, sent("SAY more than fits on the right of it")),
            entry(4, 0, "A", Some(3), delivered(3)),
        ];
        check(
            &entries,
            &[
                "    0s  ● SAY something of some length",
                "        ●────────────────────────>│",
                "        │                         ● SAY more than fits on",
                "        │                         │ the right of it",
                "        │<────────────────────────●",
            ],
        );
    }

    #[test]
    fn an_arrival_much_later_is_a_line_of_its_own() {
        let entries =
            [entry(1, 0, "A", None, sent("SAY")), entry(2, 9, "B", Some(1), delivered(1))];
        check(
            &entries,
            &[
                "    0s  ● SAY                     │",
                "    9s  │                         > gets A's SAY of 0s",
            ],
        );
    }

    #[test]
    fn an_arrow_passes_hosts_it_does_not_reach() {
        let starts = |id, host| entry(id, 0, host, None, What::Started { restored: 0 });
        let entries = [
            starts(1, "A"),
            starts(2, "B"),
            starts(3, "C"),
            entry(4, 0, "A", None, sent("S")),
            entry(5, 0, "C", Some(4), delivered(4)),
        ];
        check(&entries, &["    0s  ● S ─────────────┼───────────────>│"]);
    }
}
