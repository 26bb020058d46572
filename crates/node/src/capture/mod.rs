//! Capture and replay: every input of a live node with the draws it led to, one line of JSON each,
//! so that the same machines can be run again offline and must do the same.
//!
//! | line | holds |
//! |---|---|
//! | first | `schema` and `version`; `began`: both clocks then; `members`: each participant's whole configuration |
//! | others | `member`, `at`, `utc`, `input`, `draws`, and `outputs` as text |
//!
//! `docs/trace.md` describes them for readers.

mod form;
mod line;
mod order;
mod replay;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::net::SocketAddr;
use std::path::Path;

use aap::wire::Message;
use aap::{Command, Item, Participant};
use addrspace::Family;
use sansio::{Input, Now, Output};

use crate::config::{NodeRole, ScopeConfig};
use crate::draws::Drawn;

use form::{Head, MemberForm};
use line::Line;
use order::InputForm;

pub use order::Occurrence;
pub use replay::{
    CaptureReplay, CapturedMember, Difference, ReplayError, Replayed, Step, is_capture,
    replay_capture,
};

/// The name of the capture format.
pub const CAPTURE_SCHEMA: &str = "aap.capture";
/// The version of the capture format that is written, and the only one that is read.
pub const CAPTURE_VERSION: u32 = 1;

/// An input, with what a capture needs to repeat it.
#[derive(Debug)]
pub(crate) enum Given<'a> {
    Start(&'a [Item]),
    Datagram {
        from: SocketAddr,
        to: SocketAddr,
        octets: &'a [u8],
        message: &'a Message,
        authenticated: bool,
    },
    Timeout,
    Command(&'a Command),
}

impl Given<'_> {
    pub(crate) const fn input(&self) -> Input<'_, Participant> {
        match self {
            Self::Start(restored) => Input::Start { restored },
            Self::Datagram { from, to, message, authenticated, .. } => {
                Input::Message { from: *from, to: *to, message, authenticated: *authenticated }
            }
            Self::Timeout => Input::Timeout,
            Self::Command(command) => Input::Command(*command),
        }
    }
}

/// A capture being written. When writing fails, it ends with a message in the log; the protocol
/// goes on.
#[derive(Debug)]
pub(crate) struct Capture {
    file: Option<BufWriter<File>>,
}

impl Capture {
    pub(crate) fn begin(
        path: &Path,
        role: NodeRole,
        scopes: &[ScopeConfig],
        now: Now,
        wall_us: i64,
    ) -> io::Result<Self> {
        let members = scopes.iter().map(|scope| MemberForm::of(role, scope, now.utc)).collect();
        let began = Some((now.instant.as_micros(), wall_us));
        let mut capture = Self { file: Some(BufWriter::new(File::create(path)?)) };
        let program = env!("CARGO_PKG_VERSION").to_owned();
        let (schema, version) = (CAPTURE_SCHEMA.to_owned(), CAPTURE_VERSION);
        capture.write(&Head { schema, version, program, began, members });
        Ok(capture)
    }

    pub(crate) fn note(
        &mut self,
        member: usize,
        family: Family,
        now: Now,
        given: &Given<'_>,
        draws: &[Drawn],
        outputs: &[Output<Participant>],
    ) {
        if self.file.is_some() {
            self.write(&Line::of(member, family, now, given, draws, outputs));
        }
    }

    /// Notes that a participant was replaced by one of this configuration that was never started.
    pub(crate) fn note_anew(
        &mut self,
        member: usize,
        role: NodeRole,
        scope: &ScopeConfig,
        now: Now,
    ) {
        let form = MemberForm::of(role, scope, now.utc);
        self.write(&Line::quiet(member, now, InputForm::Anew(Box::new(form))));
    }

    pub(crate) fn flush(&mut self) {
        let flushed = self.file.as_mut().map_or(Ok(()), BufWriter::flush);
        self.check(flushed);
    }

    fn write<T: serde::Serialize>(&mut self, line: &T) {
        let Some(file) = &mut self.file else { return };
        let written = serde_json::to_writer(&mut *file, line)
            .map_err(io::Error::from)
            .and_then(|()| file.write_all(b"\n"));
        self.check(written);
    }

    fn check(&mut self, result: io::Result<()>) {
        if let Err(error) = result {
            tracing::error!("the trace ends here, it cannot be written: {error}");
            self.file = None;
        }
    }
}

/// The outputs of one input as a capture compares them.
fn texts(outputs: &[Output<Participant>]) -> Vec<String> {
    outputs.iter().map(|output| format!("{output:?}")).collect()
}
