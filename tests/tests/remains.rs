//! What a search still finds under `repaired` is what `docs/findings.md` says.
//!
//! `docs/remains.tsv` keeps a kind of harm per line: in how many of how many runs it was found, why
//! it still happens, and a scenario that does it. The test searches again, other seeds and fewer:
//! nothing that is claimed to be repaired, nothing that is not listed, and every share within
//! four standard deviations. `UPDATE_DOCS=1` rewrites the document from the table; with
//! `UPDATE_DOCS=recount` every row is counted anew before, which takes a quarter of an hour.

#![expect(clippy::float_arithmetic, reason = "shares are shown, nothing is decided by them")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::ops::{ControlFlow, Range};
use std::{env, fs, thread};

use lab::explore::{Goal, Harm, Search, examine};
use lab::measure::{Z95, share};
use lab::{RunOptions, run};
use scenario::{Profile, Scenario};
use tests::register;

const TABLE: &str = "docs/remains.tsv";
const DOCUMENT: &str = "docs/findings.md";
const SCENARIOS: &str = "tests/seeds/remains";
/// Set this to rewrite the document, and to [`RECOUNT`] to count in full before.
const REWRITE: &str = "UPDATE_DOCS";
const RECOUNT: &str = "recount";
/// The seeds that are counted in full, from the first.
const RUNS: u64 = 2_000_000;
/// The seeds that are searched when the counts are only checked: others.
const AGAIN: Range<u64> = 10_000_000..10_001_500;

/// A kind of harm that remains.
struct Row {
    harm: String,
    shape: String,
    runs: u64,
    of: u64,
    why: String,
}

impl Row {
    /// The name of its scenario, as the search names files.
    fn file(&self) -> String {
        let dash = if self.shape.is_empty() { "" } else { "-" };
        format!("{}{dash}{}.scn", self.harm, self.shape.replace(' ', "-"))
    }

    fn kind(&self) -> Harm {
        Harm::ALL.into_iter().find(|harm| harm.name() == self.harm).unwrap()
    }
}

/// In how many runs each kind and shape of harm was found.
fn search(seeds: Range<u64>) -> BTreeMap<(Harm, &'static str), u64> {
    let jobs = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let search = Search { profile: Profile::Repaired, seeds, jobs, goal: Goal::All };
    let findings = search.run(|_| ControlFlow::Continue(()));
    assert!(findings.broken.is_empty(), "{:?}", findings.broken);
    findings.discoveries.into_iter().map(|d| ((d.harm, d.shape), d.runs)).collect()
}

#[test]
fn the_search_finds_what_the_page_says_and_nothing_else() {
    let (header, mut rows) = read();
    if env::var_os(REWRITE).is_some_and(|value| value == RECOUNT) {
        let found = search(0..RUNS);
        for row in &mut rows {
            let runs = found.iter().find(|((h, s), _)| *h == row.kind() && *s == row.shape);
            (row.runs, row.of) = (runs.map_or(0, |(_, runs)| *runs), RUNS);
        }
        let lines = rows
            .iter()
            .map(|r| format!("{}\t{}\t{}\t{}\t{}\n", r.harm, r.shape, r.runs, r.of, r.why));
        fs::write(register::root().join(TABLE), header + &lines.collect::<String>()).unwrap();
    }
    if env::var_os(REWRITE).is_some() {
        fs::write(register::root().join(DOCUMENT), document(&rows)).unwrap();
    }
    let found = search(AGAIN);
    let seeds = AGAIN.end - AGAIN.start;
    for (harm, shape) in found.keys() {
        assert!(!harm.is_repaired(shape), "{harm} ({shape}) is claimed to be repaired");
        let is_listed = rows.iter().any(|row| row.kind() == *harm && row.shape == *shape);
        assert!(is_listed, "{harm} ({shape}) is not in {TABLE}");
    }
    for row in &rows {
        let here = found.iter().find(|((h, s), _)| *h == row.kind() && *s == row.shape);
        let here = share(here.map_or(0, |(_, runs)| *runs), seeds, 4.0);
        let there = share(row.runs, row.of, Z95);
        let agrees = here.low <= there.high && there.low <= here.high;
        assert!(agrees, "{}: {here:?} instead of {there:?}", row.file());
    }
}

#[test]
fn each_kind_has_a_scenario_that_does_it() {
    for row in read().1 {
        let file = register::root().join(SCENARIOS).join(row.file());
        let text = fs::read_to_string(&file).unwrap();
        let reading = Scenario::read(&text);
        assert!(reading.is_sound(), "{}: {:?}", file.display(), reading.diagnostics);
        let report = run(&reading.scenario, &RunOptions::default()).unwrap();
        assert!(report.passed(), "{}: {:?}", file.display(), report.checks);
        let case = examine(&reading.scenario).unwrap();
        let does = case.sightings.iter().any(|s| s.harm == row.kind() && s.shape == row.shape);
        assert!(does, "{}: {:?}", file.display(), case.sightings);
        let statements = reading.scenario.lines.iter().filter(|l| l.statement.is_some()).count();
        assert!(statements <= 20, "{}: {statements} statements", file.display());
    }
}

#[test]
fn the_document_shows_the_counts() {
    if env::var_os(REWRITE).is_some() {
        return; // The other test writes it.
    }
    let found = fs::read_to_string(register::root().join(DOCUMENT)).unwrap();
    assert!(
        found == document(&read().1),
        "{DOCUMENT} is out of date: run `{REWRITE}=1 cargo test -p tests remains`"
    );
}

/// The header and the rows, in their order.
fn read() -> (String, Vec<Row>) {
    let text = fs::read_to_string(register::root().join(TABLE)).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    let row = |line: &str| {
        let mut cells = line.split('\t').map(str::to_owned);
        let mut cell = || cells.next().unwrap();
        let (harm, shape, runs, of) = (cell(), cell(), cell(), cell());
        Row { harm, shape, runs: runs.parse().unwrap(), of: of.parse().unwrap(), why: cell() }
    };
    (format!("{header}\n"), rows.lines().map(row).collect())
}

/// The document with the table filled in: between `<!-- search -->` and `<!-- end search -->`.
fn document(rows: &[Row]) -> String {
    let old = fs::read_to_string(register::root().join(DOCUMENT)).unwrap();
    let (mut text, mut inside) = (String::new(), false);
    for line in old.lines() {
        inside &= line != "<!-- end search -->";
        if !inside {
            let _ = writeln!(text, "{line}");
        }
        if line == "<!-- search -->" {
            inside = true;
            text += &table(rows);
        }
    }
    text
}

fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| Harm | How | About | Runs of a million | Why | Scenario |\n|---|---|---|---|---|---|\n",
    );
    for row in rows {
        let found = share(row.runs, row.of, Z95);
        let million = |share: f64| match share * 1e6 {
            few if few < 9.95 => format!("{few:.1}"),
            many => format!("{many:.0}"),
        };
        let shares = match row.runs {
            0 => format!("none (< {})", million(found.high)),
            _ => format!(
                "{} ({} .. {})",
                million(found.value),
                million(found.low),
                million(found.high)
            ),
        };
        let about: Vec<&str> =
            row.kind().cites().split(' ').filter(|id| id.starts_with("F-")).collect();
        let about = if about.is_empty() { "-".to_owned() } else { about.join(", ") };
        let file = row.file();
        let _ = writeln!(
            text,
            "| {} | {} | {about} | {shares} | {} | [{}](../{SCENARIOS}/{file}) |",
            row.kind().title(),
            if row.shape.is_empty() { "-" } else { &row.shape },
            row.why,
            file.trim_end_matches(".scn"),
        );
    }
    text
}
