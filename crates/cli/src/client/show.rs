//! `aap status`, `aap list` and `aap record`.

use std::io::Write;

use ::client::{Question, quoted};
use clap::Args;
use serde_json::Value;

use super::span::in_words;
use super::{NodeArgs, addresses, elements, number, text};
use crate::exit::{Exit, Failure};
use crate::look::{Paint, Tone};
use crate::table::Table;

/// Show what a running node is doing.
#[derive(Args, Debug)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    node: NodeArgs,
}

/// Show the addresses that a running node holds, and those it has heard that others hold.
#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    /// Only this scope.
    #[arg(long, value_name = "NAME")]
    scope: Option<String>,
    #[command(flatten)]
    node: NodeArgs,
}

/// Show what a running node believes about all addresses, its own and others'.
#[derive(Args, Debug)]
pub(crate) struct RecordArgs {
    /// The scope, if the node serves several.
    #[arg(long, value_name = "NAME")]
    scope: Option<String>,
    #[command(flatten)]
    node: NodeArgs,
}

fn get(node: &NodeArgs, path: &str, out: &mut dyn Write) -> Result<Value, Failure> {
    let question = Question { method: "GET", path, ..Question::default() };
    node.document(&node.client()?.ask(&question)?, out)
}

/// Shows the node and its scopes.
pub(crate) fn status(
    args: &StatusArgs,
    paint: Paint,
    out: &mut dyn Write,
) -> Result<Exit, Failure> {
    let document = get(&args.node, "/v1/status", out)?;
    if args.node.json {
        writeln!(out, "{document:#}")?;
        return Ok(Exit::Done);
    }
    let up = in_words(number(&document, "up_us") / 1_000_000);
    writeln!(out, "up {up}, {} peers heard", number(&document, "peers"))?;
    if let Some(why) = document["storage_failure"].as_str() {
        writeln!(out, "{}", paint.tone(Tone::Bad, format!("stable storage failed: {why}")))?;
    }
    if document["interface_up"] == false {
        writeln!(out, "{}", paint.tone(Tone::Bad, "the interface is gone"))?;
    }
    let headings = ["SCOPE", "ADDRESSES", "STATE", " HELD", " POOL", " CLAIMS", " FREE", " RECORD"];
    let mut table = Table::new(headings);
    for scope in elements(&document, "scopes") {
        let counts = ["held", "preallocated", "claims", "free", "record_entries"];
        let cells = [text(scope, "name").to_owned(), text(scope, "range").to_owned(), state(scope)];
        table.row(cells.into_iter().chain(counts.map(|name| number(scope, name).to_string())));
    }
    table.print(paint, out)?;
    Ok(Exit::Done)
}

/// Where a participant is in its life.
fn state(scope: &Value) -> String {
    let phase = text(scope, "phase");
    match (scope["silence_left_us"].as_u64(), scope["follows"].as_str()) {
        (Some(left), _) => format!("{phase}, {} left", in_words(left / 1_000_000 + 1)),
        (None, Some(lead)) => format!("{phase} of {lead}"),
        (None, None) => phase.to_owned(),
    }
}

/// Shows what the node holds.
pub(crate) fn list(args: &ListArgs, paint: Paint, out: &mut dyn Write) -> Result<Exit, Failure> {
    let query = args.scope.as_ref().map(|scope| format!("?scope={}", quoted(scope)));
    let mut document = get(&args.node, &format!("/v1/list{}", query.unwrap_or_default()), out)?;
    let (heard, all) = heard(args, out)?;
    if args.node.json {
        document["heard"] = heard.into();
        writeln!(out, "{document:#}")?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(["ADDRESSES", " COUNT", "STATE", "UNTIL", "SCOPE"]);
    let mut row = |range: &Value, state: &str, scope: &Value| {
        let (until, count) = (text(range, "end").to_owned(), number(range, "count").to_string());
        let scope = text(scope, "scope").to_owned();
        table.row([addresses(range), count, state.to_owned(), until, scope]);
    };
    for allocation in elements(&document, "allocations") {
        row(allocation, text(allocation, "state"), allocation);
    }
    for preallocation in elements(&document, "preallocations") {
        row(preallocation, "preallocated", preallocation);
    }
    for claim in elements(&document, "claims") {
        for range in elements(claim, "ranges") {
            row(range, &under_way(claim), claim);
        }
    }
    for entry in &heard {
        let what = if entry["state"] == "preallocated" { "preallocation, " } else { "" };
        row(entry, &format!("{what}heard from {}", text(entry, "owner")), entry);
    }
    table.print(paint, out)?;
    if all == Told::Some {
        writeln!(out, "more was heard than fits here; `aap record` shows all of it")?;
    }
    Ok(Exit::Done)
}

/// Entries of a scope's record that are looked through for what others hold.
const HEARD_MAX: usize = 1000;

/// Whether everything was told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    All,
    Some,
}

/// What others hold, as far as the node has heard, with the name of the scope in each.
fn heard(args: &ListArgs, out: &mut dyn Write) -> Result<(Vec<Value>, Told), Failure> {
    let names: Vec<String> = match &args.scope {
        Some(name) => vec![name.clone()],
        None => elements(&get(&args.node, "/v1/scopes", out)?, "scopes")
            .map(|scope| text(scope, "name").to_owned())
            .collect(),
    };
    let (mut heard, mut told) = (Vec::new(), Told::All);
    for name in names {
        let path = format!("/v1/record?limit={HEARD_MAX}&scope={}", quoted(&name));
        let page = get(&args.node, &path, out)?;
        if page["next"].is_string() {
            told = Told::Some;
        }
        heard.extend(elements(&page, "entries").filter(|entry| entry["owner"].is_string()).map(
            |entry| {
                let mut entry = entry.clone();
                entry["scope"] = name.clone().into();
                entry
            },
        ));
    }
    Ok((heard, told))
}

/// How far a claim or a preallocation has come: `claiming, 7s left`, and the set it is at if it
/// has had to choose another.
fn under_way(claim: &Value) -> String {
    let mut state = match text(claim, "kind") {
        "preallocation" => "preallocating",
        _ => "claiming",
    }
    .to_owned();
    if let attempt @ 2.. = number(claim, "attempt") {
        state += &format!(", set {attempt}");
    }
    if let Some(left) = claim["left_us"].as_u64() {
        state += &format!(", {} left", in_words(left / 1_000_000 + 1));
    }
    state
}

/// Shows the whole Allocation Record.
pub(crate) fn record(
    args: &RecordArgs,
    paint: Paint,
    out: &mut dyn Write,
) -> Result<Exit, Failure> {
    let scope = args.scope.as_ref().map(|scope| format!("&scope={}", quoted(scope)));
    let scope = scope.unwrap_or_default();
    let mut document = get(&args.node, &format!("/v1/record?limit=4096{scope}"), out)?;
    while let Some(next) = document["next"].as_str() {
        let path = format!("/v1/record?limit=4096&after={}{scope}", quoted(next));
        let mut page = get(&args.node, &path, out)?;
        document["next"] = page["next"].take();
        if let (Some(all), Some(more)) =
            (document["entries"].as_array_mut(), page["entries"].as_array_mut())
        {
            all.append(more);
        }
    }
    if args.node.json {
        writeln!(out, "{document:#}")?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(["ADDRESSES", " COUNT", "STATE", "UNTIL", "OWNER"]);
    for entry in elements(&document, "entries") {
        let owner = entry["owner"].as_str().unwrap_or("this node").to_owned();
        let (state, until) = (text(entry, "state").to_owned(), text(entry, "end").to_owned());
        table.row([addresses(entry), number(entry, "count").to_string(), state, until, owner]);
    }
    table.print(paint, out)?;
    Ok(Exit::Done)
}
