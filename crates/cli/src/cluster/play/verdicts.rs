//! The simulator's verdicts beside the cluster's.

use std::io::Write;

use lab::live::{LiveCheck, Pace, Verdicts};
use lab::{Check, OracleReport, Report};
use netsim::Verdict;
use serde_json::{Value, json};

use crate::exit::{Exit, Failure};
use crate::look::{Paint, Tone};
use crate::table::Table;

const SCHEMA: &str = "aap.cluster-run";
const VERSION: u32 = 1;

/// How two verdicts compare.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Same {
    Yes,
    No,
    /// One of the two says nothing.
    NotCompared,
}

impl Same {
    const fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "NO",
            Self::NotCompared => "-",
        }
    }
}

/// A check or an oracle.
#[derive(Debug)]
struct Row {
    text: String,
    simulator: &'static str,
    cluster: &'static str,
    same: Same,
    /// Whether both sides say what the scenario wants.
    wanted: bool,
    /// What the cluster's verdict rests on.
    why: Option<String>,
}

/// Both runs of a scenario.
#[derive(Debug)]
pub(super) struct Comparison {
    title: String,
    seed: u64,
    profile: String,
    pace: Pace,
    rows: Vec<Row>,
}

impl Comparison {
    pub(super) fn of(simulated: &Report, played: &Verdicts, pace: Pace) -> Self {
        let checks = simulated.checks.iter().zip(&played.checks).map(|(s, p)| check(s, p));
        let oracles = simulated.oracles.iter().zip(&played.oracles).map(|(s, p)| oracle(s, p));
        Self {
            title: simulated.title.clone(),
            seed: simulated.seed,
            profile: simulated.profile.to_string(),
            pace,
            rows: checks.chain(oracles).collect(),
        }
    }

    pub(super) fn exit(&self) -> Exit {
        let fine = self.rows.iter().all(|row| row.same != Same::No && row.wanted);
        if fine { Exit::Done } else { Exit::No }
    }

    pub(super) fn print(&self, paint: Paint, out: &mut dyn Write) -> Result<(), Failure> {
        let mut table = Table::new(["EXPECTATION OR ORACLE", "SIMULATOR", "CLUSTER", "SAME?"]);
        for row in &self.rows {
            let cells = [&*row.text, row.simulator, row.cluster, row.same.word()];
            table.row(cells.map(str::to_owned));
        }
        table.print(paint, out)?;
        for row in &self.rows {
            if let Some(why) = &row.why {
                writeln!(out, "{}: {why}", row.text)?;
            }
        }
        let count = |same| self.rows.iter().filter(|row| row.same == same).count();
        let (alike, unlike, left) = (count(Same::Yes), count(Same::No), count(Same::NotCompared));
        let word = match self.exit() {
            Exit::Done => paint.tone(Tone::Good, "the cluster agrees"),
            _ => paint.tone(Tone::Bad, "not as expected"),
        };
        writeln!(
            out,
            "{word}: {alike} verdicts the same, {unlike} different, {left} not compared; \
             tolerance {}, {} times as fast",
            self.pace.tolerance(),
            self.pace.factor,
        )?;
        Ok(())
    }

    pub(super) fn print_document(&self, path: &str, out: &mut dyn Write) -> Result<(), Failure> {
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                let same = match row.same {
                    Same::Yes => Some(true),
                    Same::No => Some(false),
                    Same::NotCompared => None,
                };
                json!({
                    "what": row.text,
                    "simulator": row.simulator,
                    "cluster": row.cluster,
                    "same": same,
                    "wanted": row.wanted,
                    "why": row.why,
                })
            })
            .collect();
        let document = json!({
            "schema": SCHEMA,
            "version": VERSION,
            "path": path,
            "title": self.title,
            "profile": self.profile,
            "seed": self.seed,
            "factor": self.pace.factor,
            "tolerance_us": self.pace.tolerance().micros(),
            "agrees": self.exit() == Exit::Done,
            "verdicts": rows,
        });
        writeln!(out, "{document:#}")?;
        Ok(())
    }
}

fn check(simulated: &Check, played: &LiveCheck) -> Row {
    let met = |check: &Check| if check.failure.is_none() { "met" } else { "FAILED" };
    let text: Vec<&str> = simulated.text.split_whitespace().collect();
    let text = text.join(" ");
    let simulator = met(simulated);
    let wanted = simulated.failure.is_none();
    if let Some(why) = played.unjudged {
        let (cluster, same) = ("not judged", Same::NotCompared);
        let why = Some(format!("not judged live: {why}"));
        return Row { text, simulator, cluster, same, wanted, why };
    }
    let cluster = met(&played.check);
    let same = if simulator == cluster { Same::Yes } else { Same::No };
    let wanted = wanted && played.check.failure.is_none();
    Row { text, simulator, cluster, same, wanted, why: played.check.failure.clone() }
}

fn oracle(simulated: &OracleReport, played: &OracleReport) -> Row {
    let (simulator, cluster) = (word(&simulated.verdict), word(&played.verdict));
    let idle = |report: &OracleReport| matches!(report.verdict, Verdict::NotExercised { .. });
    let same = match (simulator == cluster, idle(simulated) || idle(played)) {
        (true, _) => Same::Yes,
        // One that is violated where the other has nothing to say is told apart all the same.
        (false, true) if [simulator, cluster].contains(&VIOLATED) => Same::No,
        (false, true) => Same::NotCompared,
        (false, false) => Same::No,
    };
    let why = match (&played.verdict, same) {
        (_, Same::Yes) | (Verdict::Holds, _) => None,
        (Verdict::Violated { why, .. } | Verdict::NotExercised { why }, _) => Some(why.clone()),
    };
    let wanted = simulated.ok && (played.ok || idle(played));
    Row { text: format!("oracle {}", simulated.name), simulator, cluster, same, wanted, why }
}

const VIOLATED: &str = "VIOLATED";

/// The answer in a word or two.
const fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "holds",
        Verdict::Violated { .. } => VIOLATED,
        Verdict::NotExercised { .. } => "not exercised",
    }
}
