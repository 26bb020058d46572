//! What a run came to, in words.

use std::io::{self, Write};

use lab::{Check, OracleReport, Report};
use netsim::Verdict;

use crate::look::{Paint, Tone};

/// How much is said about a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Detail {
    /// Every check and every oracle.
    All,
    /// What is not as it should be.
    Failures,
}

/// Writes the verdicts of a run, in lines below its heading or its picture.
pub(crate) fn write(
    report: &Report,
    detail: Detail,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let wanted = |fails: bool| detail == Detail::All || fails;
    for check in report.checks.iter().filter(|check| wanted(check.failure.is_some())) {
        write_check(check, paint, out)?;
    }
    for oracle in report.oracles.iter().filter(|oracle| wanted(!oracle.ok)) {
        write_oracle(oracle, paint, out)?;
    }
    Ok(())
}

fn write_check(check: &Check, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let Check { line, text, failure } = check;
    let text = sentence(text);
    let Some(failure) = failure else {
        return writeln!(out, "  {} {text}", paint.tone(Tone::Good, "ok           "));
    };
    writeln!(out, "  {} line {line}: {text}", paint.tone(Tone::Bad, "FAILED       "))?;
    indented(failure, out)
}

fn write_oracle(oracle: &OracleReport, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let OracleReport { name, claimed, .. } = oracle;
    let tone = match (&oracle.verdict, oracle.ok) {
        (_, false) => Tone::Bad,
        (Verdict::NotExercised { .. }, true) => Tone::Aside,
        _ => Tone::Good,
    };
    write!(
        out,
        "  {} oracle {name}",
        paint.tone(tone, format_args!("{:13}", word(&oracle.verdict)))
    )?;
    match (claimed, oracle.ok) {
        (Some(_), true) => write!(out, " (as the scenario says)")?,
        (Some(claimed), false) => write!(out, " (the scenario says: {claimed})")?,
        (None, _) => {}
    }
    match &oracle.verdict {
        Verdict::Holds if oracle.ok => writeln!(out),
        Verdict::Holds => writeln!(out, ": its assumption: {}", oracle.assumption),
        Verdict::NotExercised { why } => writeln!(out, ": {why}"),
        Verdict::Violated { why, at, entry } => {
            writeln!(out)?;
            indented(&format!("at {at}, entry {entry}: {why}"), out)
        }
    }
}

/// A statement without the spaces that lay it out in columns.
pub(crate) fn sentence(statement: &str) -> String {
    statement.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The answer in a word or two.
const fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "holds",
        Verdict::Violated { .. } => "violated",
        Verdict::NotExercised { .. } => "not exercised",
    }
}

fn indented(text: &str, out: &mut dyn Write) -> io::Result<()> {
    text.lines().try_for_each(|line| writeln!(out, "                {line}"))
}

/// One sentence for the whole run, with what it takes to repeat it.
pub(crate) fn conclusion(report: &Report, paint: Paint) -> String {
    let failed = report.checks.iter().filter(|check| check.failure.is_some()).count();
    let (met, expected) = (report.checks.len() - failed, report.checks.len());
    let count = |matches: fn(&Verdict) -> bool| {
        report.oracles.iter().filter(|oracle| matches(&oracle.verdict)).count()
    };
    let holds = count(|verdict| matches!(verdict, Verdict::Holds));
    let violated = count(|verdict| matches!(verdict, Verdict::Violated { .. }));
    let idle = count(|verdict| matches!(verdict, Verdict::NotExercised { .. }));
    let as_claimed = report.oracles.iter().all(|oracle| oracle.ok);
    let violated = match violated {
        0 => String::new(),
        count if as_claimed => format!(", violated as the scenario says {count}"),
        count => format!(", violated {count}"),
    };
    format!(
        "{}: {met} of {expected} checks met; oracles: holds {holds}{violated}, not exercised \
         {idle}\nprofile {}, seed {}, digest {}; {}",
        outcome(report, paint),
        report.profile,
        report.seed,
        report.digest,
        report.ended,
    )
}

/// `passed` or `FAILED`.
pub(crate) fn outcome(report: &Report, paint: Paint) -> String {
    if report.passed() {
        paint.tone(Tone::Good, "passed").to_string()
    } else {
        paint.tone(Tone::Bad, "FAILED").to_string()
    }
}
