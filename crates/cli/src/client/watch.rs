//! `aap watch`.

use std::io::{BufRead as _, BufReader, Write};

use ::client::{Question, quoted};
use clap::Args;
use serde_json::Value;

use super::{NodeArgs, number, text};
use crate::exit::{Exit, Failure};
use crate::look::{Paint, Tone};

/// Show events of a running node as they happen.
#[derive(Args, Debug)]
pub(crate) struct WatchArgs {
    /// Every message that is sent and heard, too.
    #[arg(long)]
    messages: bool,
    /// Only this scope.
    #[arg(long, value_name = "NAME")]
    scope: Option<String>,
    /// Begin after the event of this number, as far as the node remembers.
    #[arg(long, value_name = "NUMBER")]
    since: Option<u64>,
    /// End after so many events.
    #[arg(long, value_name = "N")]
    count: Option<usize>,
    #[command(flatten)]
    node: NodeArgs,
}

/// Shows events until the node ends, or so many were shown.
pub(crate) fn watch(args: &WatchArgs, paint: Paint, out: &mut dyn Write) -> Result<Exit, Failure> {
    let mut path = format!("/v1/events?messages={}", args.messages);
    if let Some(scope) = &args.scope {
        path += &format!("&scope={}", quoted(scope));
    }
    if let Some(since) = args.since {
        path += &format!("&since={since}");
    }
    let client = args.node.client()?;
    let question = Question { method: "GET", path: &path, ..Question::default() };
    let (status, body) = client.open(&question)?;
    if status >= 400 {
        // Asked anew, because a problem is short and whole.
        args.node.document(&client.ask(&question)?, out)?;
    }
    let mut shown = 0;
    for line in BufReader::new(body).lines() {
        let line =
            line.map_err(|error| Failure::Environment(format!("the stream broke: {error}")))?;
        let Some(data) = line.strip_prefix("data: ") else { continue };
        if args.node.json {
            writeln!(out, "{data}")?;
        } else if let Ok(event) = serde_json::from_str(data) {
            print(&event, paint, out)?;
        }
        out.flush()?;
        shown += 1;
        if args.count.is_some_and(|count| shown >= count) {
            return Ok(Exit::Done);
        }
    }
    Err(Failure::Environment("the node ended the stream".to_owned()))
}

fn print(event: &Value, paint: Paint, out: &mut dyn Write) -> Result<(), Failure> {
    let kind = text(event, "event");
    if kind == "missed" {
        let (first, last) = (number(event, "first"), number(event, "last"));
        let words = format!("events {first} to {last} are gone");
        writeln!(out, "{}", paint.tone(Tone::Bad, words))?;
        return Ok(());
    }
    let tone = match kind {
        "granted" | "held" | "ready" => Tone::Good,
        "clash" | "conflict" | "lost" | "refused" | "storage_failed" => Tone::Bad,
        "sent" | "heard" | "ignored" => Tone::Aside,
        _ => Tone::Heading,
    };
    let (time, scope) = (time_of_day(number(event, "wall_us")), text(event, "scope"));
    let words = text(event, "text");
    // Some sentences begin with the word of the column before them.
    let words = words.strip_prefix(kind).map_or(words, |rest| rest.trim_start_matches([':', ' ']));
    let kind = paint.tone(tone, format!("{kind:<12}"));
    writeln!(out, "{time}  {scope:<8}  {kind}  {words}")?;
    Ok(())
}

/// `12:34:56.789`, in UTC.
fn time_of_day(wall_us: u64) -> String {
    let (secs, millis) = (wall_us / 1_000_000 % 86_400, wall_us / 1000 % 1000);
    format!("{:02}:{:02}:{:02}.{millis:03}", secs / 3600, secs / 60 % 60, secs % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_day_has_three_digits_of_a_second() {
        assert_eq!(time_of_day(86_400_000_000 + 45_296_007_999), "12:34:56.007");
    }
}
