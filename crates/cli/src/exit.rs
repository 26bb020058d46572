//! Exit statuses: the same meaning in every command.

use std::io;

/// The table of exit statuses, for help texts.
pub(crate) const TABLE: &str = "\
Exit status:
  0   done, and everything held
  1   the answer is no: an expectation failed, an oracle was violated, a message is malformed,
      a node refused
  2   usage, or invalid input (with file, line and column)
  3   inconclusive: nothing was violated, but something was never exercised (only with --strict),
      or a check ran out of its budget
  4   the environment: a file cannot be read or written, no node answers
  70  a bug in aap itself
  130 interrupted; what was found until then was told";

/// How a command ended. The worse end is the greater one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Exit {
    /// Done, and everything held.
    Done,
    /// Nothing was violated, but something was never exercised.
    Inconclusive,
    /// The answer is no.
    No,
    /// Usage, or invalid input.
    Usage,
    /// A file cannot be read or written.
    Environment,
    /// Somebody pressed Ctrl-C; what was found until then was told.
    Interrupted,
    /// A bug in this program.
    Bug,
}

impl Exit {
    /// The number a shell sees.
    pub(crate) const fn status(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::No => 1,
            Self::Usage => 2,
            Self::Inconclusive => 3,
            Self::Environment => 4,
            Self::Bug => 70,
            Self::Interrupted => 130,
        }
    }
}

/// Why a command could not go on.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Writing the results failed.
    Output(io::Error),
    /// What was asked makes no sense, or an input is invalid; said in full.
    Usage(String),
    /// A file cannot be read or written; said in full.
    Environment(String),
    /// The answer is no; said in full.
    Refused(String),
    /// What is wrong has been said already.
    Told(Exit),
}

impl From<::client::Error> for Failure {
    fn from(error: ::client::Error) -> Self {
        match error {
            ::client::Error::Refused(problem) => Self::Refused(problem.to_string()),
            other => Self::Environment(other.to_string()),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_end_of_several_is_the_end_of_all() {
        let ends = [Exit::Done, Exit::No, Exit::Inconclusive];
        assert_eq!(ends.into_iter().max(), Some(Exit::No));
        assert!(Exit::Usage > Exit::No, "an invalid input is not a clean no");
    }
}
