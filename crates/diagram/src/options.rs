use std::collections::BTreeSet;

/// What a picture shows, and how.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// How wide lines may get.
    pub columns: usize,
    /// What lines and marks are drawn with.
    pub charset: Charset,
    /// Whether colours are used.
    pub paint: Paint,
    /// Whether the rules that made hosts act are shown at the right.
    pub rules: Rules,
    /// Whether long repetitions are cut short.
    pub fold: Fold,
    /// Which kinds of things are shown.
    pub show: BTreeSet<Kind>,
    /// From this many microseconds on an arrival is drawn as a line of its own, and not as the
    /// end of an arrow.
    pub late_us: u64,
}

impl Default for Options {
    fn default() -> Self {
        use Kind::{Command, Event, Fault, Ignored, Life, Message, Said, TellingTimer, Verdict};
        let show = [Command, Event, Fault, Ignored, Life, Message, Said, TellingTimer, Verdict];
        Self {
            columns: 100,
            charset: Charset::Unicode,
            paint: Paint::Plain,
            rules: Rules::Shown,
            fold: Fold::Repeats,
            show: show.into(),
            late_us: 1_000_000,
        }
    }
}

/// The kinds of things a picture can show.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// What users ask for.
    Command,
    /// What users are told.
    Event,
    /// Datagrams, whom they reach and who misses them.
    Message,
    /// Timers whose firing led a host to tell its user something.
    TellingTimer,
    /// All other timers.
    OtherTimer,
    /// Starts and crashes.
    Life,
    /// Datagrams that made no sense.
    Ignored,
    /// What is done to the network and to clocks.
    Fault,
    /// Questions of chance and their answers.
    Draw,
    /// Writes to stable storage.
    Storage,
    /// The author's words.
    Said,
    /// Answers of oracles and expectations.
    Verdict,
    /// The end of the run and its digest.
    End,
}

/// What lines and marks are drawn with.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Charset {
    /// Letters, digits and punctuation only.
    Ascii,
    /// Box-drawing characters, all of them one column wide.
    Unicode,
}

/// Whether colours are used.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Paint {
    /// No colour.
    Plain,
    /// Colours by ANSI escape sequences; they add nothing that is not said in words.
    Ansi,
}

/// Whether rules are shown.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Rules {
    /// At the right edge.
    Shown,
    /// Not at all.
    Hidden,
}

/// Whether long repetitions are cut short.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Fold {
    /// After the first few, repetitions of a message with nothing else between them become one
    /// line.
    Repeats,
    /// Everything is drawn.
    Nothing,
}
