//! Several scenarios: a line for each run, or one document about all.

use std::io::Write;

use super::cases::run_all;
use super::progress::Progress;
use super::summary::{self, Tally};
use super::{Case, Detail, Request, document, one, verdicts};
use crate::exit::{Exit, Failure};

/// Runs everything and tells a line about each run, and more about the failed ones.
pub(crate) fn print_lines(
    request: &Request<'_>,
    cases: &[Case<'_>],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Failure> {
    let paint = request.look.paint;
    let width = cases.iter().map(|case| case.name().len()).max().unwrap_or(0);
    let mut tally = Tally::new(cases);
    let mut progress = Progress::new(cases.len());
    run_all(
        cases,
        request.jobs(),
        |case| request.options(case, false),
        |at, outcome| {
            let Some(case) = cases.get(at) else { return Ok(()) };
            tally.count(&outcome);
            progress.tell(tally.runs);
            let report = match outcome {
                Ok(report) => report,
                Err(error) => return Ok(one::invalid(request, case, &error, err)?),
            };
            if let (Some(place), Some(journal)) = (request.output, &report.journal) {
                place.write(case, journal)?;
            }
            if !report.passed() || !request.args.quiet {
                writeln!(out, "{}", summary::line(&case.name(), &report, width, paint))?;
                verdicts::write(&report, Detail::Failures, paint, out)?;
            }
            Ok(())
        },
    )?;
    progress.finish();
    writeln!(out, "{tally}")?;
    Ok(tally.exit(request.strictness))
}

/// Runs everything and prints one JSON document.
pub(crate) fn print_document(
    request: &Request<'_>,
    cases: &[Case<'_>],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Failure> {
    let mut tally = Tally::new(cases);
    let mut progress = Progress::new(cases.len());
    let mut runs = Vec::new();
    run_all(
        cases,
        request.jobs(),
        |case| request.options(case, false),
        |at, outcome| {
            let Some(case) = cases.get(at) else { return Ok(()) };
            tally.count(&outcome);
            progress.tell(tally.runs);
            match outcome {
                Ok(report) => {
                    if let (Some(place), Some(journal)) = (request.output, &report.journal) {
                        place.write(case, journal)?;
                    }
                    runs.push(document::run(case, &report));
                }
                Err(error) => {
                    one::invalid(request, case, &error, err)?;
                    runs.push(document::invalid(case, &error));
                }
            }
            Ok(())
        },
    )?;
    progress.finish();
    writeln!(out, "{:#}", document::document(runs, &tally))?;
    Ok(tally.exit(request.strictness))
}
