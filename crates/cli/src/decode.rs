//! `aap decode`: what the octets of a message say.

use std::fmt::{self, Write as _};
use std::io::{self, Read, Write};

use aap::wire::{
    self, Body, Leniency, Malformed, Message, RawHeader, ScopeMismatch, TimedRange, View,
    scope_check,
};
use addrspace::{Family, Range};
use clap::Args;
use serde_json::{Map, Value, json};

mod hex;

use hex::BadHex;

/// All messages are well-formed, and of the scope if one was given.
const DONE: u8 = 0;
/// A message is malformed, or of another scope.
const NOT_WELL_FORMED: u8 = 1;
/// The input is not hexadecimal.
const USAGE: u8 = 2;
/// Input or output failed.
const ENVIRONMENT: u8 = 4;

/// The version of the document that `--json` prints.
const JSON_VERSION: u32 = 1;

/// Show what the octets of an AAP message say.
#[derive(Args, Debug, Default)]
#[command(after_help = "\
Spaces, colons and a leading 0x are ignored. The arguments form one message; on standard input \
every line is one.

Exit status: 0 well-formed, 1 malformed (the reason, the field and its octet are on standard \
error), 2 not hexadecimal.

Example: aap decode 00050001 00000003 3948c547 00000040 3948e160")]
pub(crate) struct DecodeArgs {
    /// The octets of one UDP payload in hexadecimal; `-` or nothing reads standard input.
    #[arg(value_name = "HEX")]
    octets: Vec<String>,

    /// One line for each message.
    #[arg(long, conflicts_with = "json")]
    oneline: bool,

    /// One JSON document for programs.
    #[arg(long)]
    json: bool,

    /// Use the complete items of a message that ends within one, and drop what is left over.
    #[arg(long)]
    lenient: bool,

    /// Also judge the message as received in this scope (239.255.0.0/16 or FIRST-LAST); further
    /// ones are the other scopes the receiver knows.
    #[arg(long, value_name = "RANGE", value_parser = parse_scope)]
    scope: Vec<Range>,
}

fn parse_scope(text: &str) -> Result<Range, String> {
    Range::parse(text).map(|(_, range)| range).map_err(|error| error.to_string())
}

/// Decodes what the arguments name and answers with the exit status.
pub(crate) fn run(args: &DecodeArgs) -> u8 {
    let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
    match decode(args, &mut stdin.lock(), &mut stdout.lock(), &mut stderr.lock()) {
        Ok(status) => status,
        // Whoever closed the pipe has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => DONE,
        Err(error) => {
            // With standard error gone too, the status is all that is left to say it.
            let _ = writeln!(stderr.lock(), "aap decode: {error}");
            ENVIRONMENT
        }
    }
}

fn decode(
    args: &DecodeArgs,
    input: &mut impl Read,
    out: &mut impl Write,
    err: &mut impl Write,
) -> io::Result<u8> {
    let inputs = match read_inputs(args, input)? {
        Ok(inputs) => inputs,
        Err(bad) => {
            writeln!(err, "aap decode: {bad}")?;
            return Ok(USAGE);
        }
    };
    let leniency = if args.lenient { Leniency::Trailing } else { Leniency::Strict };
    let verdicts: Vec<Verdict<'_>> =
        inputs.iter().map(|octets| Verdict::of(octets, leniency, &args.scope)).collect();
    if args.json {
        let messages: Vec<Value> = verdicts.iter().map(Verdict::json).collect();
        let document =
            json!({ "schema": "aap.decode", "version": JSON_VERSION, "messages": messages });
        writeln!(out, "{document:#}")?;
    } else {
        for (index, verdict) in verdicts.iter().enumerate() {
            if index > 0 && !args.oneline {
                writeln!(out)?;
            }
            let place =
                if inputs.len() > 1 { format!("message {}: ", index + 1) } else { String::new() };
            verdict.print(args.oneline, &place, out, err)?;
        }
    }
    let well_formed = verdicts.iter().all(|verdict| verdict.complaint.is_none());
    Ok(if well_formed { DONE } else { NOT_WELL_FORMED })
}

/// The octets of each message, from the arguments or from standard input.
fn read_inputs(
    args: &DecodeArgs,
    input: &mut impl Read,
) -> io::Result<Result<Vec<Vec<u8>>, BadHex>> {
    let from_stdin = match args.octets.as_slice() {
        [] => true,
        [only] => only == "-",
        _ => false,
    };
    if !from_stdin {
        return Ok(hex::from_arguments(&args.octets).map(|octets| vec![octets]));
    }
    let mut text = String::new();
    input.read_to_string(&mut text)?;
    Ok(hex::from_lines(&text))
}

/// What decoding came to.
pub(crate) struct Verdict<'a> {
    octets: &'a [u8],
    leniency: Leniency,
    /// The message, if the octets are one.
    pub(crate) message: Option<Message>,
    /// Why a receiver would not use it, if it would not.
    pub(crate) complaint: Option<Complaint>,
}

/// Why a receiver would not use the message.
pub(crate) struct Complaint {
    reason: &'static str,
    field: String,
    offset: usize,
    detail: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reason, field, offset, detail } = self;
        write!(f, "{reason}: {field} at octet {offset}: {detail}")
    }
}

impl Complaint {
    /// The same for programs.
    pub(crate) fn json(&self) -> Value {
        let Self { reason, field, offset, detail } = self;
        json!({ "reason": reason, "field": field, "offset": offset, "detail": detail })
    }
}

impl From<Malformed> for Complaint {
    fn from(malformed: Malformed) -> Self {
        Self {
            reason: malformed.reason.name(),
            field: malformed.field.to_owned(),
            offset: malformed.offset,
            detail: malformed.detail.to_string(),
        }
    }
}

impl<'a> Verdict<'a> {
    /// Decodes `octets`, and judges the message as received in the first of `scopes`.
    pub(crate) fn of(octets: &'a [u8], leniency: Leniency, scopes: &[Range]) -> Self {
        match Message::decode_with(octets, leniency) {
            Ok(message) => {
                let complaint = scopes.split_first().and_then(|(served, others)| {
                    let mismatch = scope_check(&message, served, others).err()?;
                    Some(mismatch_at(mismatch, &message, *served, octets, leniency))
                });
                Self { octets, leniency, message: Some(message), complaint }
            }
            Err(malformed) => {
                Self { octets, leniency, message: None, complaint: Some(malformed.into()) }
            }
        }
    }

    fn print(
        &self,
        oneline: bool,
        place: &str,
        out: &mut impl Write,
        err: &mut impl Write,
    ) -> io::Result<()> {
        match &self.message {
            Some(message) if oneline => writeln!(out, "{message}")?,
            Some(_) => {
                let text = wire::pretty(self.octets, self.leniency).unwrap_or_default();
                out.write_all(text.as_bytes())?;
            }
            None if oneline => {}
            None => out.write_all(wire::dump(self.octets).as_bytes())?,
        }
        let Some(complaint) = &self.complaint else { return Ok(()) };
        out.flush()?;
        write!(err, "{place}{complaint}")?;
        match (oneline, RawHeader::peek(self.octets)) {
            (true, Some(header)) => writeln!(err, " ({header})"),
            _ => writeln!(err),
        }
    }

    fn json(&self) -> Value {
        let mut object = Map::new();
        object.insert("well_formed".into(), self.message.is_some().into());
        object.insert("octets".into(), self.octets.len().into());
        if let Some(complaint) = &self.complaint {
            object.insert("error".into(), complaint.json());
        }
        if let Some(header) = RawHeader::peek(self.octets) {
            let header = json!({
                "version": header.version,
                "msgtype": header.msgtype,
                "addrfamily": header.addrfamily,
                "rseq": header.rseq.number(),
                "mseq": header.mseq,
            });
            object.insert("header".into(), header);
        }
        if let Some(message) = &self.message {
            object.insert("message".into(), message_json(message));
            object.insert("oneline".into(), message.to_string().into());
        }
        if let Ok(lines) = wire::lines(self.octets, self.leniency) {
            object.insert("lines".into(), lines.iter().map(line_json).collect());
        }
        if let Ok(view) = View::parse_with(self.octets, self.leniency) {
            object.insert("notes".into(), wire::notes(&view).into());
        }
        object.into()
    }
}

/// Points at the first range that is not of the served scope.
fn mismatch_at(
    mismatch: ScopeMismatch,
    message: &Message,
    served: Range,
    octets: &[u8],
    leniency: Leniency,
) -> Complaint {
    let index = message.addresses().position(|range| !served.contains_range(range)).unwrap_or(0);
    let lines = wire::lines(octets, leniency).unwrap_or_default();
    let heading = lines
        .iter()
        .filter(|line| line.name.starts_with("range ") || line.name.starts_with("report "))
        .nth(index);
    let detail = match mismatch {
        ScopeMismatch::BadScope => "the message is of more than one scope, or partly in one",
        ScopeMismatch::OtherScope => "the message is of another scope",
    };
    Complaint {
        reason: mismatch.name(),
        field: heading.map_or_else(String::new, |line| line.name.clone()),
        offset: heading.map_or(0, |line| line.offset),
        detail: detail.to_owned(),
    }
}

/// The parts of a message by name.
pub(crate) fn message_json(message: &Message) -> Value {
    let family = message.family();
    let mut object = Map::new();
    object.insert("type".into(), message.kind().name().into());
    let family_name = match family {
        Family::V4 => "IPv4",
        Family::V6 => "IPv6",
    };
    object.insert("family".into(), family_name.into());
    object.insert("current_time".into(), message.current_time().to_string().into());
    match message.body() {
        Body::Aclm(_) | Body::Aiu(_) | Body::Aitu(_) => {}
        Body::Asa { expiration, .. } => {
            object.insert("expiration_time".into(), expiration.to_string().into());
        }
        Body::Asrp { reports, requests } => {
            let report = |report: &wire::Report| {
                let mut report_object = ends_json(report.range, family);
                report_object.insert("in_use_count".into(), report.in_use.into());
                Value::from(report_object)
            };
            object.insert("reports".into(), reports.iter().map(report).collect());
            let request = |request: &wire::Request| {
                json!({
                    "addrs_requested": request.addresses,
                    "end_time_requested": request.end.to_string(),
                })
            };
            object.insert("requests".into(), requests.iter().map(request).collect());
        }
        Body::Ana { count, end } => {
            object.insert("address_count".into(), (*count).into());
            object.insert("end_time".into(), end.to_string().into());
        }
    }
    if let Some(ranges) = message.ranges() {
        let timed = |TimedRange { range, end }| {
            let mut range_object = ends_json(range, family);
            range_object.insert("end_time".into(), end.to_string().into());
            Value::from(range_object)
        };
        object.insert("ranges".into(), ranges.iter().map(timed).collect());
    }
    object.into()
}

fn ends_json(range: Range, family: Family) -> Map<String, Value> {
    let end = |name: &str, addr: addrspace::Addr| {
        (name.to_owned(), addr.to_ip(family).to_string().into())
    };
    Map::from_iter([end("first", range.first()), end("last", range.last())])
}

fn line_json(line: &wire::Line<'_>) -> Value {
    let raw = line.raw.iter().fold(String::new(), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    });
    json!({
        "offset": line.offset,
        "depth": line.depth,
        "name": line.name,
        "raw": raw,
        "meaning": line.meaning,
    })
}

#[cfg(test)]
mod tests;
