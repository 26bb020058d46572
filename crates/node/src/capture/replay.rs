use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use aap::Participant;
use addrspace::Family;
use sansio::{Cause, Cx, Draw, Instant, Machine, Now, Question, UtcSecs};
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::form::{Head, Line};
use super::order::{InputForm, Owned};
use super::{FORMAT, texts};

/// What came of running a capture again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Replayed {
    /// The version of the program that wrote it.
    pub program: String,
    /// How many participants it is about.
    pub members: usize,
    /// How many inputs were given again.
    pub inputs: u64,
    /// How many outputs were compared.
    pub outputs: u64,
    /// The first difference; nothing after it is compared.
    pub difference: Option<Difference>,
}

/// Where a machine did something else than in the capture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The line of the capture.
    pub line: usize,
    /// What the capture says it did, or was asked.
    pub captured: Vec<String>,
    /// What it does now, or asks.
    pub replayed: Vec<String>,
}

/// Why a capture cannot be run again.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// It cannot be read.
    #[error("cannot read it: {0}")]
    Unreadable(#[from] io::Error),
    /// A line is not what a capture holds.
    #[error("line {line}: {why}")]
    Malformed {
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
}

/// Runs the machines of a capture again, with the same inputs and draws, and compares what they do.
///
/// A last line that was cut off, as a kill leaves it, is passed over.
///
/// # Errors
/// If the file cannot be read or is no capture.
pub fn replay_capture(file: &Path) -> Result<Replayed, ReplayError> {
    let mut lines = BufReader::new(File::open(file)?).lines().enumerate();
    let (_, first) = lines
        .next()
        .ok_or_else(|| ReplayError::Malformed { line: 1, why: "the file is empty".to_owned() })?;
    let head: Head = parse(1, &first?)?;
    if head.capture != FORMAT {
        let why = format!("capture format {} is not {FORMAT}", head.capture);
        return Err(ReplayError::Malformed { line: 1, why });
    }
    let mut members = fresh(&head)?;
    let mut replayed = Replayed {
        program: head.program.clone(),
        members: members.len(),
        inputs: 0,
        outputs: 0,
        difference: None,
    };
    let mut lines = lines.peekable();
    while let Some((index, text)) = lines.next() {
        let (number, text) = (index + 1, text?);
        let line: Line = match parse(number, &text) {
            Err(_) if lines.peek().is_none() => break,
            line => line?,
        };
        // Storage came back: that participant began a new life.
        if matches!(line.input, InputForm::Start(_))
            && let (Some(member), Some(form)) =
                (members.get_mut(line.member), head.members.get(line.member))
        {
            *member = form.participant().map_err(|why| ReplayError::Malformed { line: 1, why })?;
        }
        step(&mut members, number, &line, &mut replayed)?;
        if replayed.difference.is_some() {
            break;
        }
    }
    Ok(replayed)
}

fn fresh(head: &Head) -> Result<Vec<(Family, Participant)>, ReplayError> {
    let members = head.members.iter().map(super::form::MemberForm::participant);
    members.collect::<Result<_, String>>().map_err(|why| ReplayError::Malformed { line: 1, why })
}

fn parse<T: DeserializeOwned>(line: usize, text: &str) -> Result<T, ReplayError> {
    serde_json::from_str(text)
        .map_err(|error| ReplayError::Malformed { line, why: error.to_string() })
}

fn step(
    members: &mut [(Family, Participant)],
    number: usize,
    line: &Line,
    replayed: &mut Replayed,
) -> Result<(), ReplayError> {
    let malformed = |why: String| ReplayError::Malformed { line: number, why };
    let (family, machine) = members
        .get_mut(line.member)
        .ok_or_else(|| malformed(format!("there is no member {}", line.member)))?;
    let owned: Owned = line.input.read(*family).map_err(malformed)?;
    let mut tape = Tape { answers: line.draws.iter().cloned().collect(), strayed: None };
    let now = Now { instant: Instant::from_micros(line.at), utc: UtcSecs(line.utc) };
    replayed.inputs += 1;
    let mut outputs = Vec::new();
    let mut cx = Cx { now, draw: &mut tape, cause: Cause(replayed.inputs) };
    machine.handle(&mut cx, owned.given().input(), &mut outputs);
    replayed.outputs += outputs.len() as u64;
    let (captured, now) = (line.outputs.clone(), texts(&outputs));
    let differs = tape.strayed.is_some() || !tape.answers.is_empty() || captured != now;
    if differs {
        let replayed_as = tape.strayed.map_or(now, |asked| vec![asked]);
        replayed.difference = Some(Difference { line: number, captured, replayed: replayed_as });
    }
    Ok(())
}

/// Gives the captured answers again.
struct Tape {
    answers: VecDeque<(String, u64)>,
    /// A question the capture has no answer to.
    strayed: Option<String>,
}

impl Draw for Tape {
    fn between(&mut self, question: Question, low: u64, high: u64) -> u64 {
        match self.answers.pop_front() {
            Some((asked, value)) if asked == question.0 && (low..=high).contains(&value) => value,
            answer => {
                let said = format!("asks `{question}` in {low}..={high}, captured {answer:?}");
                self.strayed.get_or_insert(said);
                low
            }
        }
    }
}
