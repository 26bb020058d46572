//! One scenario: its picture, then its verdicts; the same for each variant.

use std::io::{self, Write};

use lab::{Report, RunError};
use scenario::{Diagnostic, Severity, Span};
use trace::Journal;

use super::capture::Capture;
use super::cases::run_all;
use super::summary::Tally;
use super::{Case, Detail, Request, verdicts};
use crate::exit::{Exit, Failure};
use crate::look::Tone;
use crate::picture::{self, Depth, Verdicts};
use crate::scenario_cmd::render;

/// Runs one scenario and its variants and tells everything.
pub(crate) fn print(
    request: &Request<'_>,
    cases: &[Case<'_>],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Failure> {
    let pictured = !request.args.quiet || request.args.explain.is_some();
    let mut tally = Tally::new(cases);
    run_all(
        cases,
        request.jobs(),
        |case| request.options(case, pictured),
        |at, outcome| {
            let Some(case) = cases.get(at) else { return Ok(()) };
            tally.count(&outcome);
            match outcome {
                Ok(report) => {
                    if at > 0 {
                        writeln!(out)?;
                    }
                    print_run(request, case, &report, out)
                }
                Err(error) => Ok(invalid(request, case, &error, err)?),
            }
        },
    )?;
    if cases.len() > 1 {
        writeln!(out, "\n{tally}")?;
    }
    Ok(tally.exit(request.strictness))
}

fn print_run(
    request: &Request<'_>,
    case: &Case<'_>,
    report: &Report,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let paint = request.look.paint;
    if let (Some(place), Some(journal)) = (request.output, &report.journal) {
        place.write(case, journal)?;
    }
    if let (Some(Some(id)), Some(journal)) = (request.args.explain, &report.journal) {
        return explain(journal, id, out);
    }
    let title = match case.variant {
        Some(variant) => format!("{} (variant {variant})", report.title),
        None => report.title.clone(),
    };
    writeln!(out, "{}", paint.tone(Tone::Heading, &title))?;
    if let (false, Some(journal)) = (request.args.quiet, &report.journal) {
        let picture = picture::draw(journal, request.look, depth(request), Verdicts::ToldElsewhere);
        writeln!(out, "\n{}\n", picture.trim_end_matches('\n'))?;
    }
    let detail = if request.args.quiet { Detail::Failures } else { Detail::All };
    verdicts::write(report, detail, paint, out)?;
    writeln!(out, "{}", verdicts::conclusion(report, paint))?;
    Ok(())
}

/// Tells why a run could not begin, at the line at fault if there is one.
pub(crate) fn invalid(
    request: &Request<'_>,
    case: &Case<'_>,
    error: &RunError,
    err: &mut dyn Write,
) -> io::Result<()> {
    let at = error.line.checked_sub(1).and_then(|index| case.text.lines().nth(index));
    let (Some(content), Ok(line)) = (at, u32::try_from(error.line)) else {
        return writeln!(err, "error: {}: {error}", case.source.path);
    };
    let columns = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    let start = columns(content).saturating_sub(columns(content.trim_start())).saturating_add(1);
    let diagnostic = Diagnostic {
        code: "scn-cannot-run",
        severity: Severity::Error,
        message: error.message.clone(),
        span: Span::new(line, start, start.saturating_add(columns(content.trim()))),
        label: format!("in the run {}", case.name()),
        notes: Vec::new(),
        help: None,
        rule: None,
    };
    let shown = render(&diagnostic, &case.source.path, case.text, request.diagnostics);
    writeln!(err, "{shown}")
}

/// Draws a journal that was written earlier.
pub(crate) fn show_journal(
    request: &Request<'_>,
    journal: &Journal,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    if let Some(Some(id)) = request.args.explain {
        return explain(journal, id, out);
    }
    show_story(request, journal, out)?;
    let header = &journal.header;
    let profile = header.profile.as_deref().unwrap_or("unknown");
    writeln!(out, "{} entries, profile {profile}, seed {}", journal.entries.len(), header.seed)?;
    Ok(())
}

/// Draws what a live node did, and says whether it does it again.
pub(crate) fn show_capture(
    request: &Request<'_>,
    capture: &Capture,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    if let Some(Some(id)) = request.args.explain {
        return explain(&capture.journal, id, out);
    }
    show_story(request, &capture.journal, out)?;
    capture.conclude(request.look.paint, out)
}

fn show_story(
    request: &Request<'_>,
    journal: &Journal,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    writeln!(out, "{}", request.look.paint.tone(Tone::Heading, &journal.header.title))?;
    if !request.args.quiet {
        let picture = picture::draw(journal, request.look, depth(request), Verdicts::Drawn);
        writeln!(out, "\n{}\n", picture.trim_end_matches('\n'))?;
    }
    Ok(())
}

fn depth(request: &Request<'_>) -> Depth {
    if request.args.explain.is_some() { Depth::Causes } else { Depth::Timeline }
}

fn explain(journal: &Journal, id: u64, out: &mut dyn Write) -> Result<(), Failure> {
    let Some(steps) = diagram::explain(&journal.entries, id) else {
        let last = journal.entries.last().map_or(0, |entry| entry.id);
        return Err(Failure::Usage(format!(
            "the journal has no entry {id}; the last one is {last}"
        )));
    };
    out.write_all(steps.as_bytes())?;
    Ok(())
}
