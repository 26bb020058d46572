use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::iter::{Enumerate, Peekable};
use std::path::Path;

use aap::Participant;
use addrspace::Family;
use sansio::{Cause, Cx, Draw, Instant, Machine, Now, Output, Question};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::form::Head;
use super::line::Line;
use super::order::{InputForm, Occurrence};
use super::{CAPTURE_SCHEMA, CAPTURE_VERSION, texts};
use crate::config::NodeRole;
use crate::draws::INSISTED;
use crate::event::Served;

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
    /// The line that was cut off at its end, as a kill leaves it, if one was; it is passed over.
    pub cut_off: Option<usize>,
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

/// A participant that a capture is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CapturedMember {
    /// What kind of participant it was.
    pub role: NodeRole,
    /// Its scope and addresses.
    pub served: Served,
}

/// One input of a capture, given again, and what the machine did.
#[derive(Debug)]
pub struct Step {
    /// The line of the capture, from 1.
    pub line: usize,
    /// Whom it was given to: a place among the members.
    pub member: usize,
    /// When.
    pub now: Now,
    /// What.
    pub occurrence: Occurrence,
    /// The number of the input: what its outputs, and the timers it armed, are caused by. `None`
    /// if no machine was given anything.
    pub cause: Option<Cause>,
    /// The questions of chance it led to, with the captured answers.
    pub draws: Vec<(String, u64)>,
    /// What the machine did now.
    pub outputs: Vec<Output<Participant>>,
}

/// Whether `text` begins as a capture does.
#[must_use]
pub fn is_capture(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Schema {
        schema: String,
    }
    let first = text.lines().next().unwrap_or_default();
    serde_json::from_str::<Schema>(first).is_ok_and(|head| head.schema == CAPTURE_SCHEMA)
}

/// Runs the machines of a capture again, with the same inputs and draws, and compares what they do.
///
/// # Errors
/// If the file cannot be read or is no capture.
pub fn replay_capture(file: &Path) -> Result<Replayed, ReplayError> {
    let mut replay = CaptureReplay::new(BufReader::new(File::open(file)?))?;
    while replay.step()?.is_some() {}
    Ok(replay.finish())
}

/// A capture that is run again, step by step.
#[derive(Debug)]
pub struct CaptureReplay<R: BufRead> {
    lines: Peekable<Enumerate<io::Lines<R>>>,
    members: Vec<CapturedMember>,
    machines: Vec<(Family, Participant)>,
    replayed: Replayed,
    began: Option<(u64, i64)>,
}

impl<R: BufRead> CaptureReplay<R> {
    /// Reads the first line.
    ///
    /// # Errors
    /// If it cannot be read, or is not the first line of a capture of this version.
    pub fn new(capture: R) -> Result<Self, ReplayError> {
        let malformed = |why: String| ReplayError::Malformed { line: 1, why };
        let mut lines = capture.lines().enumerate();
        let (_, first) = lines.next().ok_or_else(|| malformed("the file is empty".to_owned()))?;
        let head: Head = parse(1, &first?)?;
        if (&*head.schema, head.version) != (CAPTURE_SCHEMA, CAPTURE_VERSION) {
            let (schema, version) = (head.schema, head.version);
            let why = format!(
                "{schema} {version} is not {CAPTURE_SCHEMA} {CAPTURE_VERSION}, the only version \
                 that is read"
            );
            return Err(malformed(why));
        }
        let machines = head.members.iter().map(super::form::MemberForm::participant);
        let served =
            head.members.iter().enumerate().map(|(nth, form)| {
                Ok(CapturedMember { role: form.role(), served: form.served(nth)? })
            });
        Ok(Self {
            machines: machines.collect::<Result<_, String>>().map_err(malformed)?,
            members: served.collect::<Result<_, String>>().map_err(malformed)?,
            replayed: Replayed {
                program: head.program,
                members: head.members.len(),
                inputs: 0,
                outputs: 0,
                cut_off: None,
                difference: None,
            },
            lines: lines.peekable(),
            began: head.began,
        })
    }

    /// The participants it is about.
    #[must_use]
    pub fn members(&self) -> &[CapturedMember] {
        &self.members
    }

    /// The participant in place `member` as the inputs given so far have left it.
    #[must_use]
    pub fn machine(&self, member: usize) -> Option<&Participant> {
        self.machines.get(member).map(|(_, machine)| machine)
    }

    /// The wall clock, in microseconds since 1970, when the node's monotonic clock showed `at`, as
    /// far as nobody has set it since the beginning. `None` if the capture does not say: older
    /// ones do not.
    #[must_use]
    pub fn wall_us(&self, at: Instant) -> Option<i64> {
        let (began, wall_us) = self.began?;
        let elapsed = i64::try_from(at.as_micros().saturating_sub(began)).ok()?;
        wall_us.checked_add(elapsed)
    }

    /// Gives the next input again. `None` at the end, and after the first difference, whose step is
    /// the last one returned.
    ///
    /// # Errors
    /// If the next line cannot be read, or is not what a capture holds.
    pub fn step(&mut self) -> Result<Option<Step>, ReplayError> {
        if self.replayed.difference.is_some() {
            return Ok(None);
        }
        let Some((index, text)) = self.lines.next() else { return Ok(None) };
        let (number, text) = (index + 1, text?);
        match parse(number, &text) {
            Err(_) if self.lines.peek().is_none() => {
                self.replayed.cut_off = Some(number);
                Ok(None)
            }
            line => self.give(number, line?).map(Some),
        }
    }

    /// What came of it so far.
    #[must_use]
    pub fn finish(self) -> Replayed {
        self.replayed
    }

    fn give(&mut self, number: usize, line: Line) -> Result<Step, ReplayError> {
        let malformed = |why: String| ReplayError::Malformed { line: number, why };
        let member = line.member;
        let (family, machine) = self
            .machines
            .get_mut(member)
            .ok_or_else(|| malformed(format!("there is no member {member}")))?;
        let (now, occurrence) = (line.now(), line.input.read(*family).map_err(malformed)?);
        if let InputForm::Anew(form) = &line.input {
            (*family, *machine) = form.participant().map_err(malformed)?;
        }
        let mut step = Step {
            line: number,
            member,
            now,
            occurrence,
            cause: None,
            draws: line.draws,
            outputs: Vec::new(),
        };
        let Some(given) = step.occurrence.given() else { return Ok(step) };
        let mut tape = Tape { answers: step.draws.iter().cloned().collect(), strayed: None };
        self.replayed.inputs += 1;
        let cause = Cause(self.replayed.inputs);
        let mut cx = Cx { now, draw: &mut tape, cause };
        machine.handle(&mut cx, given.input(), &mut step.outputs);
        self.replayed.outputs += step.outputs.len() as u64;
        step.cause = Some(cause);
        self.replayed.difference = tape.difference(number, line.outputs, texts(&step.outputs));
        Ok(step)
    }
}

fn parse<T: DeserializeOwned>(line: usize, text: &str) -> Result<T, ReplayError> {
    serde_json::from_str(text)
        .map_err(|error| ReplayError::Malformed { line, why: error.to_string() })
}

/// Gives the captured answers again.
struct Tape {
    answers: VecDeque<(String, u64)>,
    /// A question the capture has no answer to.
    strayed: Option<String>,
}

impl Tape {
    /// What is not as captured, in questions or outputs.
    fn difference(
        self,
        line: usize,
        captured: Vec<String>,
        now: Vec<String>,
    ) -> Option<Difference> {
        if let Some(asked) = self.strayed {
            return Some(Difference { line, captured, replayed: vec![asked] });
        }
        if let Some((unasked, _)) = self.answers.front() {
            let replayed = vec![format!("does not ask `{unasked}`")];
            return Some(Difference { line, captured, replayed });
        }
        (captured != now).then_some(Difference { line, captured, replayed: now })
    }
}

impl Draw for Tape {
    fn between(&mut self, question: Question, low: u64, high: u64) -> u64 {
        match self.answers.pop_front() {
            Some((asked, value)) if asked == question.0 && (low..=high).contains(&value) => value,
            answer => {
                let captured = match answer {
                    Some((asked, value)) => format!("the capture answers `{asked}` with {value}"),
                    None => "the capture has no further answer".to_owned(),
                };
                let said = format!("asks `{question}` in {low}..={high}; {captured}");
                self.strayed.get_or_insert(said);
                low
            }
        }
    }

    fn fixed(&mut self, question: Question, _: &dyn Fn(u128) -> bool) -> Option<u128> {
        let (asked, value) = self.answers.front()?;
        if asked.strip_suffix(INSISTED) != Some(question.0) {
            return None;
        }
        let value = u128::from(*value);
        self.answers.pop_front();
        Some(value)
    }
}
