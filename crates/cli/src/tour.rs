//! `aap tour`: five short runs, for those who have never met the protocol, and then the same with
//! real processes on this machine.

mod live;

use std::io::{self, Write};

use clap::Args;
use lab::scenarios::{self, Embedded};
use lab::{Report, RunOptions};
use scenario::Scenario;

use crate::exit::{Exit, Failure};
use crate::look::{Glyphs, Look, Paint, Tone, WIDTH};
use crate::picture::{self, Depth, Verdicts};
use crate::replay::{Detail, conclusion, write_verdicts};

/// Watch five short runs (the draft's two figures, a clash, a partition, a dead owner), and then real
/// allocators on this machine.
#[derive(Args, Debug)]
pub(crate) struct TourArgs {
    /// ASCII only.
    #[arg(long)]
    plain: bool,

    /// Columns of the timelines.
    #[arg(long, value_name = "N", default_value_t = WIDTH)]
    width: usize,

    /// End before the real allocators: simulations only.
    #[arg(long)]
    simulated_only: bool,
}

/// A scenario worth seeing, and what to see in it.
struct Stop {
    /// Name of the scenario.
    scenario: &'static str,
    heading: &'static str,
    /// What happens and why, in one sentence.
    sentence: &'static str,
}

const STOPS: [Stop; 5] = [
    Stop {
        scenario: "figure-2",
        heading: "An allocation nobody objects to (the draft's figure 2)",
        sentence: "A claims an address four times in ten seconds, hears no objection, and so \
                   owns it; from then on it says so, first often and then every half minute, so \
                   that others keep away.",
    },
    Stop {
        scenario: "figure-3",
        heading: "A preallocation meets an address whose owner is down (the draft's figure 3)",
        sentence: "A wants an address that C owns; C is down, but B remembers and speaks up for \
                   it after a random wait, so A gives the whole set up and takes another one.",
    },
    Stop {
        scenario: "crossing-claims",
        heading: "Two claims cross",
        sentence: "A and B claim the same address before either can hear the other; both hear \
                   of it while they still only claim, so both withdraw and claim something else.",
    },
    Stop {
        scenario: "partition-heals-and-one-owner-remains",
        heading: "A partition hides a conflict until it heals",
        sentence: "While the network is cut, both sides allocate the same address in good faith, \
                   since silence is consent; the first announcement after the heal reveals it, \
                   and who hears it gives the address up.",
    },
    Stop {
        scenario: "first-bystander-silences-the-others",
        heading: "Bystanders defend the address of a dead owner",
        sentence: "B claims an address whose owner is dead; three others still have the owner's \
                   announcement on record, each waits a random time before it speaks up, the \
                   first to speak silences the rest, and B turns to another address.",
    },
];

/// Where to go from here.
const NEXT: &str = "\
Next:
  aap replay figure-3 --profile literal    the same under the draft to the letter
  aap replay figure-3 --explain            every timer and draw, and why it happened
  aap cluster                              real allocators, live: kill one, part them, collide
  aap scenario list                        all scenarios of this program
  aap scenario show figure-3 > mine.scn    take one, change it, and `aap replay mine.scn`
  aap decode 0005000100000003 ...          what the octets of a message say
  aap help                                 everything else";

/// Shows all stops.
pub(crate) fn run(args: &TourArgs, paint: Paint, out: &mut dyn Write) -> Result<Exit, Failure> {
    let glyphs = if args.plain { Glyphs::Ascii } else { Glyphs::Unicode };
    let look = Look { paint, glyphs, width: args.width };
    prose(
        "AAP lets allocators share a range of multicast addresses without a server: claim an \
         address, wait for objections, then announce it for as long as it is in use. Time is \
         virtual and every run repeats exactly. Time runs down; each host has a column; the rule \
         of the draft behind each act stands at the right.",
        look.width,
        out,
    )?;
    let mut exit = Exit::Done;
    for (index, stop) in STOPS.iter().enumerate() {
        let place = format!("{} of {}: {}", index + 1, STOPS.len(), stop.heading);
        writeln!(out, "\n{}\n", paint.tone(Tone::Heading, place))?;
        let report = visit(stop)?;
        show(stop, &report, look, out)?;
        if !report.passed() {
            exit = Exit::No;
        }
    }
    if !args.simulated_only {
        let heading = "And now for real: three allocators on this machine's loopback interface";
        writeln!(out, "\n{}\n", paint.tone(Tone::Heading, heading))?;
        out.flush()?;
        exit = exit.max(live::show(look, out)?);
        if exit == Exit::Interrupted {
            return Ok(exit);
        }
    }
    writeln!(out, "\n{NEXT}")?;
    Ok(exit)
}

fn visit(stop: &Stop) -> Result<Report, Failure> {
    let missing = || Failure::Usage(format!("this program has no scenario {}", stop.scenario));
    let Embedded { file, text, .. } = scenarios::find(stop.scenario).ok_or_else(missing)?;
    let reading = Scenario::read(text);
    if let Some(found) = reading.diagnostics.iter().find(|found| found.is_error()) {
        return Err(Failure::Usage(found.plain(file)));
    }
    let options = RunOptions { journal: true, ..RunOptions::default() };
    lab::run(&reading.scenario, &options)
        .map_err(|error| Failure::Usage(format!("{file}: {error}")))
}

fn show(stop: &Stop, report: &Report, look: Look, out: &mut dyn Write) -> io::Result<()> {
    if let Some(journal) = &report.journal {
        let picture = picture::draw(journal, look, Depth::Timeline, Verdicts::ToldElsewhere);
        writeln!(out, "{}\n", picture.trim_end_matches('\n'))?;
    }
    prose(stop.sentence, look.width, out)?;
    writeln!(out)?;
    write_verdicts(report, Detail::Failures, look.paint, out)?;
    writeln!(out, "{}", conclusion(report, look.paint))?;
    writeln!(out, "again: aap replay {} --seed {}", stop.scenario, report.seed)
}

/// Writes `text` in lines of at most `width` columns, as far as its words allow.
fn prose(text: &str, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            writeln!(out)?;
            column = 0;
        }
        if column > 0 {
            write!(out, " ")?;
            column += 1;
        }
        write!(out, "{word}")?;
        column += length;
    }
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_breaks_between_words() {
        let mut out = Vec::new();
        prose("one two  three a-word-that-is-too-long end", 9, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "one two\nthree\na-word-that-is-too-long\nend\n"
        );
    }

    #[test]
    fn every_stop_is_a_scenario_of_this_program() {
        for stop in &STOPS {
            assert!(scenarios::find(stop.scenario).is_some(), "{}", stop.scenario);
        }
    }
}
