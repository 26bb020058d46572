//! Where journals are written.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use trace::Journal;

use super::Case;
use crate::exit::Failure;

/// Where the journals of some runs go.
#[derive(Debug)]
pub(crate) enum Place {
    /// The journal of the only run.
    File(PathBuf),
    /// A file for each run, by its name.
    Directory(PathBuf),
}

impl Place {
    /// The place that `path` means for so many runs.
    pub(crate) fn of(path: &Path, runs: usize) -> Result<Self, Failure> {
        if path.is_dir() {
            return Ok(Self::Directory(path.to_owned()));
        }
        if runs == 1 {
            return Ok(Self::File(path.to_owned()));
        }
        Err(Failure::Usage(format!(
            "one file cannot hold the journals of {runs} runs: choose a run with --variant, or let \
             -o name a directory that exists ({} is none)",
            path.display(),
        )))
    }

    /// Writes the journal of a run.
    pub(crate) fn write(&self, case: &Case<'_>, journal: &Journal) -> Result<(), Failure> {
        self.write_as(&case.name().replace('/', "+"), journal)
    }

    /// Writes the journal of something called `name`.
    pub(crate) fn write_as(&self, name: &str, journal: &Journal) -> Result<(), Failure> {
        let path = match self {
            Self::File(path) => path.clone(),
            Self::Directory(directory) => directory.join(format!("{name}.ndjson")),
        };
        let written = || -> io::Result<()> {
            let mut file = BufWriter::new(File::create(&path)?);
            trace::write(&mut file, journal)?;
            file.flush()
        };
        written().map_err(|error| {
            Failure::Environment(format!("cannot write {}: {error}", path.display()))
        })
    }
}
