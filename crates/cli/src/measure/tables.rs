//! A result as tables for people.

use std::io::{self, Write};

use lab::measure::{Metric, Part, Per, Tally};

use super::figures::{mean_of, share_of, whole};
use crate::look::{Paint, Tone};
use crate::table::Table;

/// What a sweep shows if nobody asks for anything else.
const IN_BRIEF: [Metric; 9] = [
    Metric::Messages(None, None),
    Metric::OctetRate,
    Metric::Grants,
    Metric::GrantTime,
    Metric::Clashes,
    Metric::Undone,
    Metric::Duplicates,
    Metric::DuplicateTime,
    Metric::FirstConflict,
];

/// The headings of the figures; the share is of runs with at least so many.
fn headings(at_least: u64) -> [String; 7] {
    let share = match at_least {
        1 => "RUNS WITH ANY (95%)".to_owned(),
        more => format!("RUNS WITH {more} OR MORE (95%)"),
    };
    let [mean, error, median, most, nearly_all, all] =
        [" MEAN", " +-95%", " MEDIAN", " 90%", " 99%", " MAX"].map(str::to_owned);
    [mean, error, median, most, nearly_all, all, share]
}

pub(super) fn print(
    result: &Part,
    metrics: &[Metric],
    at_least: u64,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let question = result.question();
    let seeds = question.seeds;
    let profile = question.rows.first().map_or("", |row| row.profile.as_str());
    let same = question.rows.iter().all(|row| row.profile == profile);
    let profile = if same { format!(", {profile}") } else { String::new() };
    writeln!(
        out,
        "{}: {} runs{} with the seeds {}..{}{profile}",
        paint.tone(Tone::Heading, &question.scenario),
        seeds.count(),
        if question.rows.len() > 1 {
            format!(" in each of {} rows", question.rows.len())
        } else {
            String::new()
        },
        seeds.first,
        seeds.last,
    )?;
    match result.tallies() {
        [only] => one_row(only, metrics, at_least, paint, out)?,
        _ => many_rows(result, metrics, at_least, paint, out)?,
    }
    checks(result, paint, out)?;
    let early: u64 = result.tallies().iter().map(Tally::early).sum();
    if early > 0 {
        writeln!(out, "\n{early} runs ended early: a storm of messages reached the cap")?;
    }
    Ok(())
}

/// A line per metric.
fn one_row(
    tally: &Tally,
    metrics: &[Metric],
    at_least: u64,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mixed = |metric: &Metric| matches!(metric, Metric::Messages(Some(_), Some(_)));
    let metrics = match metrics {
        [] => tally.seen().filter(|metric| !mixed(metric)).collect(),
        some => some.to_vec(),
    };
    let mut table = Table::new([String::new()].into_iter().chain(headings(at_least)));
    for metric in metrics {
        table.row([metric.to_string()].into_iter().chain(figures(metric, tally, at_least)));
    }
    writeln!(out)?;
    table.print(paint, out)
}

/// A table per metric, with a line per row.
fn many_rows(
    result: &Part,
    metrics: &[Metric],
    at_least: u64,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let tallies = result.tallies();
    let was_seen =
        |metric: &Metric| tallies.iter().any(|tally| tally.seen().any(|seen| seen == *metric));
    let metrics: Vec<Metric> = match metrics {
        [] => IN_BRIEF.into_iter().filter(was_seen).collect(),
        some => some.to_vec(),
    };
    for metric in metrics {
        let per = match metric.per() {
            Per::Run => "per run",
            Per::Incident => "each",
        };
        writeln!(out, "\n{}, {per}", paint.tone(Tone::Heading, metric))?;
        let mut table = Table::new(parameters(result).chain(headings(at_least)));
        for (row, tally) in result.question().rows.iter().zip(tallies) {
            let values = row.parameters.iter().map(|(_, value)| value.clone());
            table.row(values.chain(figures(metric, tally, at_least)));
        }
        table.print(paint, out)?;
    }
    Ok(())
}

/// The names of what tells rows from each other, as headings.
fn parameters(result: &Part) -> impl Iterator<Item = String> {
    let names = result.question().rows.first().into_iter().flat_map(|row| &row.parameters);
    names.map(|(name, _)| name.to_uppercase())
}

fn figures(metric: Metric, tally: &Tally, at_least: u64) -> [String; 7] {
    let (found, unit) = (tally.of(metric), metric.unit());
    let [mean, error] = mean_of(&found, unit);
    let quantile = |part| match found.count() {
        0 => "-".to_owned(),
        _ => whole(unit, found.quantile(part, 100)),
    };
    let max = if found.count() == 0 { "-".to_owned() } else { whole(unit, found.greatest()) };
    let any = match metric.per() {
        Per::Run => share_of(found.at_least(at_least), found.count()),
        Per::Incident => format!("{} values", found.count()),
    };
    [mean, error, quantile(50), quantile(90), quantile(99), max, any]
}

/// How often what the scenario expects came out.
fn checks(result: &Part, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let rows = result.question().rows.iter().zip(result.tallies());
    let mut table =
        Table::new(parameters(result).chain(["EXPECTED", "MET (95%)"].map(str::to_owned)));
    let mut any = false;
    for (row, tally) in rows {
        for (text, &met) in row.checks.iter().zip(tally.met()) {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let values = row.parameters.iter().map(|(_, value)| value.clone());
            table.row(values.chain([text, share_of(met, tally.runs())]));
            any = true;
        }
    }
    if any {
        writeln!(out)?;
        table.print(paint, out)?;
    }
    Ok(())
}
