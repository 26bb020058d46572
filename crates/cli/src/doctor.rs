//! `aap cluster doctor`: which networks for a local cluster this machine allows.

use std::io::Write;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use underlay::{Finding, Mode, Plan, UnderlayError, Verdict, Zone, ZoneSpec, examine};

use crate::exit::{Exit, Failure};
use crate::look::{Paint, Tone};

/// The version of the document of `--json`.
const SCHEMA: (&str, u32) = ("aap.doctor", 1);

/// Say which networks this machine allows a local cluster, and why not the others.
///
/// Each is tried: a datagram is sent, or a small network is raised and let go again.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  aap cluster doctor                  every mode, what it offers, or what to do about it
  aap cluster doctor netns            only this one; exit status 1 if it is not possible
  aap cluster doctor zones --script   the commands that raise such a network, as a shell script

Exit status 1: the mode asked for, or loopback if none is, is not possible here.")]
pub(crate) struct DoctorArgs {
    /// Only this mode.
    #[arg(value_enum, value_name = "MODE")]
    mode: Option<ModeChoice>,

    /// Try nothing: print what would be run for a mode, as a shell script.
    #[arg(long, requires = "mode", conflicts_with = "json")]
    script: bool,

    /// One JSON document for programs.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum, Debug)]
enum ModeChoice {
    /// IPv4 addresses of the loopback interface.
    Loopback,
    /// IPv6 multicast on the loopback interface.
    Loopback6,
    /// A network namespace per node, on a bridge.
    Netns,
    /// Two such bridges, with a multicast router and a boundary between them.
    Zones,
}

impl From<ModeChoice> for Mode {
    fn from(choice: ModeChoice) -> Self {
        match choice {
            ModeChoice::Loopback => Self::Loopback,
            ModeChoice::Loopback6 => Self::LoopbackV6,
            ModeChoice::Netns => Self::Netns,
            ModeChoice::Zones => Self::Zones,
        }
    }
}

/// Tries the modes, or shows how one is made.
///
/// # Errors
/// If the results cannot be written.
pub(crate) fn run(args: &DoctorArgs, paint: Paint, out: &mut dyn Write) -> Result<Exit, Failure> {
    let mode = args.mode.map(Mode::from);
    if let (Some(mode), true) = (mode, args.script) {
        let plan = example(mode).map_err(|why| Failure::Environment(why.to_string()))?;
        write!(out, "{}", plan.script())?;
        return Ok(Exit::Done);
    }
    let modes = mode.map_or_else(|| Mode::ALL.to_vec(), |mode| vec![mode]);
    let findings: Vec<Finding> = modes.into_iter().map(examine).collect();
    if args.json {
        writeln!(out, "{:#}", document(&findings))?;
    } else {
        for finding in &findings {
            print(finding, paint, out)?;
        }
    }
    // Whoever asks for all wants to know which; a machine without any of them is a no.
    let needed = mode.unwrap_or(Mode::Loopback);
    let possible = findings.iter().any(|f| f.mode == needed && f.verdict.is_possible());
    Ok(if possible { Exit::Done } else { Exit::No })
}

/// A small network of this mode.
fn example(mode: Mode) -> Result<Plan, UnderlayError> {
    match mode {
        Mode::Loopback | Mode::LoopbackV6 => Plan::loopback(0, 3),
        Mode::Netns => Plan::bridge(3),
        Mode::Zones => {
            let zone = |name: &str| Zone { name: name.to_owned(), seats: 2 };
            let boundary = ["239.255.0.0/16", "ff05::/16"].map(str::parse).into_iter().flatten();
            Plan::zones(&ZoneSpec {
                zones: vec![zone("west"), zone("east")],
                boundary: boundary.collect(),
            })
        }
    }
}

fn print(finding: &Finding, paint: Paint, out: &mut dyn Write) -> Result<(), Failure> {
    let name = finding.mode.name();
    match &finding.verdict {
        Verdict::Possible { offers } => {
            writeln!(out, "{name:<10} {}  {offers}", paint.tone(Tone::Good, "yes"))?;
        }
        Verdict::Impossible { why, remedy } => {
            writeln!(out, "{name:<10} {}   {why}", paint.tone(Tone::Bad, "no"))?;
            writeln!(out, "{:<10}      what to do: {remedy}", "")?;
        }
    }
    Ok(())
}

fn document(findings: &[Finding]) -> Value {
    let modes: Vec<Value> = findings
        .iter()
        .map(|Finding { mode, verdict }| match verdict {
            Verdict::Possible { offers } => {
                json!({ "mode": mode.name(), "possible": true, "offers": offers })
            }
            Verdict::Impossible { why, remedy } => {
                json!({ "mode": mode.name(), "possible": false, "why": why, "remedy": remedy })
            }
        })
        .collect();
    json!({ "schema": SCHEMA.0, "version": SCHEMA.1, "modes": modes })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings() -> Vec<Finding> {
        let no = Verdict::Impossible { why: "no `ip`".into(), remedy: "install it".into() };
        vec![
            Finding { mode: Mode::Loopback, verdict: Verdict::Possible { offers: "addresses" } },
            Finding { mode: Mode::Netns, verdict: no },
        ]
    }

    #[test]
    fn what_is_not_possible_comes_with_what_to_do() {
        let mut out = Vec::new();
        for finding in findings() {
            print(&finding, Paint::None, &mut out).unwrap();
        }
        let expected = "loopback   yes  addresses\n\
                        netns      no   no `ip`\n                what to do: install it\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn programs_are_told_the_same() {
        let document = document(&findings());
        assert_eq!((&document["schema"], &document["version"]), (&"aap.doctor".into(), &1.into()));
        assert_eq!(document["modes"][1]["remedy"], "install it");
    }

    #[test]
    fn every_mode_can_be_read_before_it_is_tried() {
        for mode in Mode::ALL {
            assert!(example(mode).unwrap().script().starts_with('#'), "{mode}");
        }
    }
}
