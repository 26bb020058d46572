//! Orders for a cluster that runs in another terminal.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ::cluster::{Order, give_order, running};
use serde_json::Value;

use crate::exit::{Exit, Failure};
use crate::look::Paint;
use crate::table::Table;

/// Gives an order, and says what came of it.
pub(super) fn run(
    slot: Option<u8>,
    words: &[String],
    paint: Paint,
    out: &mut dyn Write,
) -> Result<Exit, Failure> {
    let json = words.iter().any(|word| word == "--json");
    let words: Vec<&str> =
        words.iter().map(String::as_str).filter(|word| *word != "--json").collect();
    let words = words.join(" ");
    let order = Order::read(&words).map_err(|why| Failure::Usage(why.to_string()))?;
    if order == Order::Status && slot.is_none() {
        return status_of_all(json, paint, out);
    }
    let folder = find(slot)?;
    let answer = ask(&folder, &words)?;
    if json {
        writeln!(out, "{answer:#}")?;
    }
    if let Some(why) = answer["error"].as_str() {
        if !json {
            return Err(Failure::Refused(why.to_owned()));
        }
        return Ok(Exit::No);
    }
    if order == Order::Status && !json {
        show(&answer, paint, out)?;
    }
    Ok(Exit::Done)
}

fn status_of_all(json: bool, paint: Paint, out: &mut dyn Write) -> Result<Exit, Failure> {
    let folders = running();
    if folders.is_empty() {
        return Err(none());
    }
    for folder in folders {
        let answer = ask(&folder, "status")?;
        if json {
            writeln!(out, "{answer:#}")?;
        } else {
            show(&answer, paint, out)?;
        }
    }
    Ok(Exit::Done)
}

fn show(cluster: &Value, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let text = |name: &str| cluster[name].as_str().unwrap_or("-");
    let faults: Vec<&str> =
        cluster["faults"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    writeln!(
        out,
        "slot {}: {}, group {}, {} timing, faults: {}",
        cluster["slot"],
        text("scope"),
        text("group"),
        text("timing"),
        if faults.is_empty() { "none".to_owned() } else { faults.join("; ") }
    )?;
    let mut table = Table::new(["NODE", "ADDRESS", "STATE", " PID", "CONTROL"]);
    for member in cluster["members"].as_array().into_iter().flatten() {
        let cell = |name: &str| member[name].as_str().unwrap_or("-").to_owned();
        let state = match member["cut_off"] == true {
            true => format!("{}, cut off", cell("state")),
            false => cell("state"),
        };
        let pid = member["pid"].as_u64().map_or_else(|| "-".to_owned(), |pid| pid.to_string());
        table.row([cell("name"), cell("address"), state, pid, cell("control")]);
    }
    table.print(paint, out)
}

fn find(slot: Option<u8>) -> Result<PathBuf, Failure> {
    let folders = running();
    let wanted = |folder: &&PathBuf| slot.is_none_or(|slot| folder.ends_with(slot.to_string()));
    let mut found = folders.iter().filter(wanted);
    match (found.next(), found.next()) {
        (Some(folder), None) => Ok(folder.clone()),
        (Some(_), Some(_)) => Err(Failure::Usage(
            "several clusters run; say which with --slot N, as `aap cluster status` shows them"
                .to_owned(),
        )),
        (None, _) => Err(none()),
    }
}

fn none() -> Failure {
    Failure::Environment("no such cluster runs\n  start one with `aap cluster`".to_owned())
}

fn ask(folder: &Path, words: &str) -> Result<Value, Failure> {
    give_order(folder, words).map_err(|why| {
        Failure::Environment(format!("the cluster at {} does not answer: {why}", folder.display()))
    })
}
