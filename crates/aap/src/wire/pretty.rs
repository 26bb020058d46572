//! Messages as a table: one field per line, with its offset, its octets and what they mean.

use std::cmp::Ordering;
use std::fmt;

use addrspace::{Family, Range};

use super::header::{MessageType, RawHeader};
use super::layout::DATAGRAM_LIMIT;
use super::malformed::Malformed;
use super::oneline::InUse;
use super::time::WireTime;
use super::view::{BodyView, Leniency, View};
use super::{Rseq, TimedRange};

/// One field of a datagram, or the heading of a range, report or request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line<'a> {
    /// Where it begins, in octets from the start of the UDP payload.
    pub offset: usize,
    /// The draft's name of the field, or such as `range 2`.
    pub name: String,
    /// The field's octets; empty for a heading, whose fields follow.
    pub raw: &'a [u8],
    /// What they mean.
    pub meaning: String,
    /// 0 for a field of the message and for a heading, 1 for a field below a heading.
    pub depth: usize,
}

/// Every field of a datagram, in order.
///
/// # Errors
/// As [`View::parse_with`].
pub fn lines(octets: &[u8], leniency: Leniency) -> Result<Vec<Line<'_>>, Malformed> {
    let view = View::parse_with(octets, leniency)?;
    let mut table = Table { octets, offset: 0, depth: 0, lines: Vec::new() };
    table.header();
    table.time("current-time", view.current_time(), None);
    let now = view.current_time();
    let family = view.header().family;
    match view.body() {
        BodyView::Aclm(ranges) | BodyView::Aiu(ranges) | BodyView::Aitu(ranges) => {
            table.ranges(ranges.iter(), family, now);
        }
        BodyView::Asa { expiration, ranges } => {
            table.time("expiration-time", expiration, Some(now));
            table.ranges(ranges.iter(), family, now);
        }
        BodyView::Asrp { .. } => table.asrp(&view),
        BodyView::Ana { count, end } => {
            table.field(4, "address-count", addresses(count.into()));
            table.time("end-time", end, Some(now));
        }
    }
    if let dropped @ 1.. = octets.len() - view.octets() {
        table.field(dropped, "dropped", format!("{dropped} octets of no complete item"));
    }
    Ok(table.lines)
}

/// What deserves attention in a well-formed message, one sentence each.
#[must_use]
pub fn notes(view: &View<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let kind = view.kind();
    if view.header().rseq == Rseq::MAX {
        notes.push("the next rseq is 0".to_owned());
    }
    if view.header().mseq == u8::MAX {
        notes.push("the next mseq is 0".to_owned());
    }
    if let BodyView::Asa { expiration, .. } = view.body()
        && expiration < view.current_time()
    {
        notes.push("resent: current-time is after expiration-time".to_owned());
    }
    match kind {
        MessageType::Asrp | MessageType::Ana => {}
        MessageType::Asa if view.ranges().len() == 0 => {
            notes.push("no ranges: nothing is available".to_owned());
        }
        _ if view.ranges().len() == 0 => notes.push("no ranges: without effect".to_owned()),
        _ => note_ranges(view, &mut notes),
    }
    if matches!(kind, MessageType::Aiu | MessageType::Asrp) && view.octets() > DATAGRAM_LIMIT {
        notes.push(format!("longer than the limit of {DATAGRAM_LIMIT} octets"));
    }
    notes
}

fn note_ranges(view: &View<'_>, notes: &mut Vec<String>) {
    let effect = match view.kind() {
        MessageType::Aiu => "deletion notice",
        MessageType::Asa => "listed but not available",
        _ => "ignored",
    };
    for (index, timed) in view.ranges().enumerate() {
        let when = match timed.end.cmp(&view.current_time()) {
            Ordering::Less => "before",
            Ordering::Equal => "at",
            Ordering::Greater => continue,
        };
        notes.push(format!("range {}: {effect}: ends {when} current-time", index + 1));
    }
    let mut ranges: Vec<Range> = view.ranges().map(|timed| timed.range).collect();
    ranges.sort_unstable();
    if ranges.windows(2).any(|pair| pair[0].overlaps(pair[1])) {
        let winner = match view.kind() {
            MessageType::Asa => "the latest end-time",
            _ => "the range listed last",
        };
        notes.push(format!("ranges overlap: {winner} counts for each address"));
    }
}

/// The nested form: a title, every field with offset, octets and meaning, then notes.
///
/// # Errors
/// As [`View::parse_with`].
pub fn pretty(octets: &[u8], leniency: Leniency) -> Result<String, Malformed> {
    let view = View::parse_with(octets, leniency)?;
    let lines = lines(octets, leniency)?;
    let kind = view.kind();
    let family = family_name(view.header().family);
    let mut text = format!("{kind} ({}), {family}, {} octets\n", kind.long_name(), octets.len());
    render(&mut text, &lines);
    for note in notes(&view) {
        text.push_str(&format!("note: {note}\n"));
    }
    Ok(text)
}

/// What can be shown of any octets: the header where it is whole, and the rest by offset.
#[must_use]
pub fn dump(octets: &[u8]) -> String {
    let mut table = Table { octets, offset: 0, depth: 0, lines: Vec::new() };
    if RawHeader::peek(octets).is_some() {
        table.header();
    }
    if let (8, Some(time)) = (table.offset, table.rest().first_chunk()) {
        table.time("current-time", WireTime(u32::from_be_bytes(*time)), None);
    }
    while !table.rest().is_empty() {
        table.field(table.rest().len().min(16), "octets", String::new());
    }
    let mut text = String::new();
    render(&mut text, &table.lines);
    text
}

const fn family_name(family: Family) -> &'static str {
    match family {
        Family::V4 => "IPv4",
        Family::V6 => "IPv6",
    }
}

fn addresses(count: u128) -> String {
    format!("{count} address{}", if count == 1 { "" } else { "es" })
}

fn render(text: &mut String, lines: &[Line<'_>]) {
    let width = lines.iter().map(|line| line.raw.len() * 2).max().unwrap_or(0);
    for line in lines {
        let indent = 2 * line.depth;
        let name = 20 - indent;
        let row = format!(
            "{:>5}  {:indent$}{:<name$} {:<width$}  {}",
            line.offset,
            "",
            line.name,
            Hex(line.raw).to_string(),
            line.meaning,
        );
        text.push_str(row.trim_end());
        text.push('\n');
    }
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

/// Walks over the octets from front to back, a line at a time.
struct Table<'a> {
    octets: &'a [u8],
    offset: usize,
    depth: usize,
    lines: Vec<Line<'a>>,
}

impl<'a> Table<'a> {
    fn rest(&self) -> &'a [u8] {
        self.octets.get(self.offset..).unwrap_or_default()
    }

    fn field(&mut self, size: usize, name: impl Into<String>, meaning: String) {
        let raw = &self.rest()[..size.min(self.rest().len())];
        let (offset, depth) = (self.offset, self.depth);
        self.lines.push(Line { offset, name: name.into(), raw, meaning, depth });
        self.offset += raw.len();
    }

    fn heading(&mut self, name: &str, index: usize, meaning: String) {
        self.depth = 0;
        self.field(0, format!("{name} {}", index + 1), meaning);
        self.depth = 1;
    }

    fn header(&mut self) {
        let Some(raw) = RawHeader::peek(self.octets) else { return };
        self.field(1, "version", raw.version.to_string());
        let kind = raw.kind().map_or("unknown", MessageType::name);
        self.field(1, "msgtype", format!("{} ({kind})", raw.msgtype));
        let family = raw.family().map_or("unknown", family_name);
        self.field(2, "addrfamily", format!("{} ({family})", raw.addrfamily));
        self.field(3, "rseq", raw.rseq.to_string());
        self.field(1, "mseq", raw.mseq.to_string());
    }

    /// A time, and how far it is from current-time.
    fn time(&mut self, name: &str, time: WireTime, now: Option<WireTime>) {
        let mut meaning = time.to_string();
        if let Some(now) = now {
            meaning.push_str(&format!(" ({:+} s)", time.secs_since(now)));
        }
        self.field(4, name, meaning);
    }

    fn ranges(&mut self, ranges: impl Iterator<Item = TimedRange>, family: Family, now: WireTime) {
        for (index, TimedRange { range, end }) in ranges.enumerate() {
            self.heading("range", index, addresses(range.len()));
            self.ends(range, family);
            self.time("end-time", end, Some(now));
        }
        self.depth = 0;
    }

    fn ends(&mut self, range: Range, family: Family) {
        for (name, addr) in [("first", range.first()), ("last", range.last())] {
            self.field(family.octets(), name, addr.to_ip(family).to_string());
        }
    }

    fn asrp(&mut self, view: &View<'_>) {
        let BodyView::Asrp { reports, requests } = view.body() else { return };
        let family = view.header().family;
        self.count("n", "report");
        for (index, report) in reports.iter().enumerate() {
            self.heading("report", index, addresses(report.range.len()));
            self.ends(report.range, family);
            self.field(4, "in-use-count", InUse(report.in_use).to_string());
        }
        self.depth = 0;
        if self.offset < view.octets() {
            self.count("m", "request");
        }
        for (index, request) in requests.iter().enumerate() {
            self.heading("request", index, String::new());
            self.field(4, "addrs-requested", addresses(request.addresses.into()));
            self.time("end-time-requested", request.end, Some(view.current_time()));
        }
        self.depth = 0;
    }

    fn count(&mut self, name: &str, item: &str) {
        let count = self.rest().first().copied().unwrap_or_default();
        let plural = if count == 1 { "" } else { "s" };
        self.field(1, name, format!("{count} {item}{plural}"));
    }
}

#[cfg(test)]
mod tests;
