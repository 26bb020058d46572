//! The figures of `docs/findings.md` and `docs/measuring.md` are those of the machines.
//!
//! `docs/findings.tsv` keeps a question and its two figures per line. The test asks every question
//! again with fewer seeds: what does not depend on chance must agree exactly, everything else
//! within four standard deviations. `AAP_EFFORT=10` takes ten times the seeds, and
//! `UPDATE_DOCS=1` asks in full and rewrites figures and documents; where it names tables
//! (`UPDATE_DOCS=scaling,experiments`) only theirs.

#![expect(clippy::float_arithmetic, reason = "estimates are compared, nothing is decided by them")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod figure;
mod question;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::{env, fs};

use figure::Figure;
use question::Question;
use tests::register;

const FIGURES: &str = "docs/findings.tsv";
/// Where the tables are.
const DOCUMENTS: [&str; 2] = [FINDINGS, "docs/measuring.md"];
const FINDINGS: &str = "docs/findings.md";
/// The table whose lines come in groups, one for each thing that is set over `repaired`.
const EXPERIMENTS: &str = "experiments";
/// Set this to measure in full and rewrite all files.
const REWRITE: &str = "UPDATE_DOCS";
/// Seeds per figure when it is only checked.
const BUDGET: u64 = 500;

#[test]
fn every_figure_is_measured_again() {
    let rewriting = env::var_os(REWRITE).map(|tables| tables.into_string().unwrap());
    let (header, mut questions) = read();
    let mut wrong = Vec::new();
    for question in &mut questions {
        let is_asked =
            |tables: &String| tables == "1" || tables.split(',').any(|t| t == question.table);
        let (rewriting, budget) = match &rewriting {
            Some(tables) if is_asked(tables) => (true, u64::MAX),
            Some(_) => continue,
            None => (false, BUDGET * effort()),
        };
        let runs = question.runs.min(budget);
        for which in 0..question.readings.len() {
            let found = question.ask(which, runs);
            if rewriting {
                question.figures[which] = found.to_string();
                continue;
            }
            let kept = question.figures[which].parse::<Figure>().unwrap();
            if let Err(why) = found.agrees_with(&kept) {
                wrong.push(format!("{}\n  {why}", question.command()));
            }
        }
    }
    if rewriting.is_some() {
        let lines: String = questions.iter().map(|question| format!("{question}\n")).collect();
        fs::write(register::root().join(FIGURES), format!("{header}\n{lines}")).unwrap();
        for path in DOCUMENTS {
            fs::write(register::root().join(path), document(path, &questions)).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_documents_show_the_figures() {
    if env::var_os(REWRITE).is_some() {
        return; // The other test writes it.
    }
    let questions = read().1;
    for path in DOCUMENTS {
        let found = fs::read_to_string(register::root().join(path)).unwrap();
        assert!(
            found == document(path, &questions),
            "{path} is out of date: run `{REWRITE}=1 cargo test -p tests findings`"
        );
    }
}

#[test]
fn every_finding_that_a_scenario_cites_is_in_the_document() {
    let document = fs::read_to_string(register::root().join(FINDINGS)).unwrap();
    let cited: BTreeSet<&str> = lab::scenarios::all()
        .iter()
        .filter_map(|scenario| scenario.text.lines().find_map(|line| line.strip_prefix("cites ")))
        .flat_map(str::split_whitespace)
        .filter(|id| id.starts_with("F-"))
        .collect();
    let missing: Vec<_> = cited.into_iter().filter(|id| !document.contains(id)).collect();
    assert!(missing.is_empty(), "{FINDINGS} does not speak of {missing:?}");
}

fn effort() -> u64 {
    env::var("AAP_EFFORT").ok().and_then(|text| text.parse().ok()).unwrap_or(1).max(1)
}

/// The header and the questions, in their order.
fn read() -> (String, Vec<Question>) {
    let text = fs::read_to_string(register::root().join(FIGURES)).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    let parsed =
        rows.lines().map(|line| line.parse().unwrap_or_else(|why| panic!("{line}: {why}")));
    (header.to_owned(), parsed.collect())
}

/// A document with its tables filled in: between `<!-- table: NAME -->` and `<!-- end -->`.
fn document(path: &str, questions: &[Question]) -> String {
    let old = fs::read_to_string(register::root().join(path)).unwrap();
    let (mut text, mut inside) = (String::new(), false);
    for line in old.lines() {
        inside &= line != "<!-- end -->";
        if !inside {
            let _ = writeln!(text, "{line}");
        }
        let name = line.strip_prefix("<!-- table: ").and_then(|rest| rest.strip_suffix(" -->"));
        if let Some(name) = name {
            inside = true;
            let questions = questions.iter().filter(|question| question.table == name);
            text += &match name {
                EXPERIMENTS => experiments(questions),
                _ => table(questions),
            };
        }
    }
    text
}

fn table<'a>(questions: impl Iterator<Item = &'a Question>) -> String {
    let mut text = String::from(
        "| About | What is counted | First reading | Second reading | Command |\n\
         |---|---|---|---|---|\n",
    );
    for question in questions {
        let cell = |which: usize| {
            let figure = question.figures[which].parse::<Figure>().unwrap();
            format!("`{}`: {}", question.readings[which], figure.shown(question.unit()))
        };
        let (about, counted) = (&question.finding, &question.counted);
        let command = question.command();
        let _ = writeln!(text, "| {about} | {counted} | {} | {} | `{command}` |", cell(0), cell(1));
    }
    text
}

/// What is set over `repaired`, and what each setting does: its first line names it.
fn experiments<'a>(questions: impl Iterator<Item = &'a Question>) -> String {
    let mut text = String::from(
        "| Set over `repaired` | What is counted | `repaired` | So set | Command |\n\
         |---|---|---|---|---|\n",
    );
    let mut last = "";
    for question in questions {
        let set = question.readings[1].strip_prefix("repaired+").unwrap_or(&question.readings[1]);
        let name = match set {
            same if same == last => String::new(),
            new => format!("`{}` ({})", new.replace('+', "`, `"), question.finding),
        };
        last = set;
        let [usual, changed] = [0, 1].map(|which: usize| {
            question.figures[which].parse::<Figure>().unwrap().shown(question.unit())
        });
        let (counted, command) = (&question.counted, question.command());
        let _ = writeln!(text, "| {name} | {counted} | {usual} | {changed} | `{command}` |");
    }
    text
}
