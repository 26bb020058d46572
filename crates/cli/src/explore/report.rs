use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use lab::explore::{Discovery, Exhibit};
use scenario::Profile;

use super::{End, Outcome};
use crate::exit::Failure;
use crate::look::Paint;
use crate::table::Table;

/// Makes sure that there is a directory to write to, before any work is done.
pub(super) fn make_directory(directory: &Path) -> Result<(), Failure> {
    fs::create_dir_all(directory).map_err(|error| cannot_write(directory, &error))
}

/// Writes each scenario, and a summary; returns the files in the order of what was found.
pub(super) fn write_files(
    directory: &Path,
    outcome: &Outcome,
) -> Result<Vec<Option<PathBuf>>, Failure> {
    let mut files = Vec::new();
    for (discovery, exhibit) in &outcome.found {
        let Some(exhibit) = exhibit else {
            files.push(None);
            continue;
        };
        let path = directory.join(format!("{}.scn", name(discovery)));
        write_whole(&path, &exhibit.scenario.to_text())?;
        files.push(Some(path));
    }
    let mut summary = Vec::new();
    table(outcome, &files, Paint::None, &mut summary)?;
    write_whole(&directory.join("summary.txt"), &String::from_utf8_lossy(&summary))?;
    Ok(files)
}

/// A file is there as a whole or not at all.
fn write_whole(path: &Path, text: &str) -> Result<(), Failure> {
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, text)
        .and_then(|()| fs::rename(&unfinished, path))
        .map_err(|error| cannot_write(path, &error))
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::Environment(format!("cannot write {}: {error}", path.display()))
}

/// The file name of a kind of harm.
fn name(discovery: &Discovery) -> String {
    match discovery.shape {
        "" => discovery.harm.name().to_owned(),
        shape => format!("{}-{}", discovery.harm.name(), shape.replace(' ', "-")),
    }
}

/// Prints what was found: a table, and each scenario unless it went into a file.
pub(super) fn print(
    outcome: &Outcome,
    files: &[Option<PathBuf>],
    paint: Paint,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    table(outcome, files, paint, out)?;
    if files.is_empty() {
        for exhibit in outcome.found.iter().filter_map(|(_, exhibit)| exhibit.as_ref()) {
            write!(out, "\n{}", exhibit.scenario)?;
        }
    }
    Ok(())
}

fn table(
    outcome: &Outcome,
    files: &[Option<PathBuf>],
    paint: Paint,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let findings = &outcome.findings;
    let first = outcome.search.seeds.start;
    let rate = u128::from(findings.runs) * 1_000 / outcome.spent.as_millis().max(1);
    writeln!(
        out,
        "{}: seeds {first}..{}, {} runs, {rate} a second{}",
        outcome.search.profile,
        findings.next_seed,
        findings.runs,
        if outcome.end == End::Interrupted { ", interrupted" } else { "" },
    )?;
    if outcome.found.is_empty() {
        writeln!(out, "nothing found")?;
        return Ok(());
    }
    let mut rows = Table::new([
        "HARM",
        "HOW",
        "ABOUT",
        " RUNS",
        " PER MILLION",
        " FIRST SEED",
        " LINES",
        "SCENARIO",
    ]);
    for (index, (discovery, exhibit)) in outcome.found.iter().enumerate() {
        let share = u128::from(discovery.runs) * 1_000_000 / u128::from(findings.runs.max(1));
        let file = files.get(index).and_then(Option::as_ref);
        rows.row([
            discovery.harm.name().to_owned(),
            discovery.shape.to_owned(),
            findings_about(discovery),
            discovery.runs.to_string(),
            share.to_string(),
            discovery.first.to_string(),
            exhibit.as_ref().map_or_else(String::new, |e| e.statements().to_string()),
            file.map_or_else(|| why(exhibit.as_ref()), |file| file.display().to_string()),
        ]);
    }
    rows.print(paint, out)?;
    if outcome.search.profile != Profile::Literal {
        writeln!(out, "{}", verdict(outcome))?;
    }
    Ok(())
}

/// What the harms found say about the repair.
fn verdict(outcome: &Outcome) -> String {
    let is_repaired = |found: &&Discovery| found.harm.is_repaired(found.shape);
    let broken = outcome.found.iter().map(|(found, _)| found).filter(is_repaired);
    let broken: BTreeSet<&str> = broken.map(|found| found.harm.name()).collect();
    if broken.is_empty() {
        return "none of these is claimed to be repaired: see docs/findings.md, section 3"
            .to_owned();
    }
    let names: Vec<&str> = broken.into_iter().collect();
    format!("claimed to be repaired, and found: {}", names.join(", "))
}

/// The findings it is about: the rules besides are in the scenario.
fn findings_about(discovery: &Discovery) -> String {
    let cited = discovery.harm.cites().split(' ').filter(|id| id.starts_with("F-"));
    cited.collect::<Vec<_>>().join(" ")
}

fn why(exhibit: Option<&Exhibit>) -> String {
    exhibit.map_or_else(String::new, |exhibit| exhibit.sighting.why.clone())
}
