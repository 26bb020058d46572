//! The result of a check for people.

use std::io::{self, Write};

use lab::check::{Finding, PROPERTIES, Shortage, Verdict};

use super::Outcome;
use crate::look::{Paint, Tone};

pub(super) fn write(outcome: &Outcome<'_>, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let checkable = outcome.checkable;
    let title = format!("{} ({}, {})", outcome.name, checkable.title(), checkable.profile());
    writeln!(out, "{}", paint.tone(Tone::Heading, title))?;
    writeln!(out, "bounds: {}", checkable.bounds())?;
    match outcome.verdict {
        Verdict::Proved => {
            let word = paint.tone(Tone::Good, "proved");
            writeln!(out, "{word}: no run within these bounds breaks any of")?;
            for (name, about) in PROPERTIES {
                writeln!(out, "  {name}: {about}")?;
            }
        }
        Verdict::Violated(finding) => violated(outcome, finding, paint, out)?,
        Verdict::Inconclusive(shortage) => {
            let (word, why) = match shortage {
                Shortage::Patience => ("interrupted", "stopped".to_owned()),
                _ => ("inconclusive", format!("the {shortage} allowed ran out")),
            };
            let word = paint.tone(Tone::Aside, word);
            writeln!(out, "{word}: {why} before every run was looked at")?;
            match outcome.check.tally().faults.checked_sub(1) {
                None => writeln!(out, "nothing was found up to there")?,
                Some(0) => writeln!(out, "proved without any fault; nothing was found with 1")?,
                Some(n) => {
                    writeln!(out, "proved for up to {n} faults; nothing was found with {}", n + 1)?;
                }
            }
            if outcome.args.resume.is_none() {
                let more = match shortage {
                    Shortage::Patience => "",
                    _ => "--memory and --states allow more, ",
                };
                writeln!(out, "{more}--resume FILE leaves the rest for later")?;
            }
        }
    }
    figures(outcome, out)
}

fn violated(
    outcome: &Outcome<'_>,
    finding: &Finding,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let word = paint.tone(Tone::Bad, "violated");
    let faults = match finding.faults {
        0 => "without any fault".to_owned(),
        1 => "with 1 fault, and not without".to_owned(),
        n => format!("with {n} faults, and not with fewer"),
    };
    writeln!(out, "{word}: {} at {}: {}, {faults}", finding.property, finding.at, finding.why)?;
    for line in &finding.story {
        writeln!(out, "  {line}")?;
    }
    match (&outcome.args.output, &finding.scenario.mismatch) {
        (_, Some(why)) => {
            writeln!(out, "this run does not replay, which is a bug of aap: {why}")?;
        }
        (Some(path), None) => writeln!(out, "replay it: aap replay {}", path.display())?,
        (None, None) => {
            writeln!(out, "the same as a scenario (-o FILE writes it for `aap replay`):\n")?;
            writeln!(out, "{}", finding.scenario.text)?;
        }
    }
    Ok(())
}

fn figures(outcome: &Outcome<'_>, out: &mut dyn Write) -> io::Result<()> {
    let tally = outcome.check.tally();
    let rules = outcome.check.rules();
    writeln!(
        out,
        "{} states ({} generated, {} at the horizon), {} steps deep, combined from {} moments of \
         single hosts; {} MiB",
        tally.unique,
        tally.generated,
        tally.ends,
        tally.depth,
        tally.moments,
        tally.octets_max.div_ceil(1 << 20),
    )?;
    writeln!(out, "{} rules acted: {}", rules.len(), rules.join(" "))
}
