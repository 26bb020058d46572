//! Parts of a measurement as files: written whole or not at all, and put together.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use lab::measure::{Part, Question, Seeds};

use super::seeds::Shard;
use crate::exit::Failure;

/// How the names of parts end.
const END: &str = ".part.json";

/// Where one part goes.
pub(super) struct Place {
    path: PathBuf,
}

impl Place {
    /// The file of `shard` in `directory`, which is made if it is missing.
    pub(super) fn new(directory: &Path, shard: Shard) -> Result<Self, Failure> {
        fs::create_dir_all(directory).map_err(|error| cannot("make", directory, &error))?;
        let width = shard.of.to_string().len();
        let Shard { number, of } = shard;
        Ok(Self { path: directory.join(format!("{number:0width$}-of-{of}{END}")) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file holds these seeds of this question.
    pub(super) fn is_done(&self, question: &Question, seeds: Seeds) -> Result<bool, Failure> {
        let text = match fs::read_to_string(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(cannot("read", &self.path, &error)),
            Ok(text) => text,
        };
        let path = self.path.display();
        let part = Part::from_json(&text)
            .map_err(|why| Failure::Usage(format!("{path} is in the way: {why}")))?;
        match part.question().difference(question) {
            None if part.seeds() == seeds => Ok(true),
            None => Err(Failure::Usage(format!("{path} is in the way: it holds other seeds"))),
            Some(what) => Err(Failure::Usage(format!("{path} is in the way: it is of {what}"))),
        }
    }

    /// Writes the part under another name and gives it its own when it is complete, so that
    /// nobody ever reads half of it.
    pub(super) fn write(&self, part: &Part) -> Result<(), Failure> {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{}.tmp", std::process::id()));
        let unfinished = PathBuf::from(name);
        let written = || -> io::Result<()> {
            let mut file = File::create(&unfinished)?;
            file.write_all(part.to_json().as_bytes())?;
            file.sync_all()?;
            fs::rename(&unfinished, &self.path)
        };
        written().map_err(|error| {
            let _ = fs::remove_file(&unfinished);
            cannot("write", &self.path, &error)
        })
    }
}

/// Reads all parts that `inputs` name and puts them together.
pub(super) fn merge(inputs: &[PathBuf]) -> Result<Part, Failure> {
    let mut parts = Vec::new();
    for input in inputs {
        for path in files(input)? {
            let text = fs::read_to_string(&path).map_err(|error| cannot("read", &path, &error))?;
            let name = path.display().to_string();
            let part =
                Part::from_json(&text).map_err(|why| Failure::Usage(format!("{name}: {why}")))?;
            parts.push((name, part));
        }
    }
    Part::merge(parts).map_err(|why| Failure::Usage(format!("nothing was merged: {why}")))
}

fn files(input: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !input.is_dir() {
        return Ok(vec![input.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(input).map_err(|error| cannot("read", input, &error))? {
        let path = entry.map_err(|error| cannot("read", input, &error))?.path();
        if path.to_string_lossy().ends_with(END) {
            found.push(path);
        }
    }
    if found.is_empty() {
        return Err(Failure::Usage(format!("{}: there is no *{END} in it", input.display())));
    }
    found.sort();
    Ok(found)
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::Environment(format!("cannot {what} {}: {error}", path.display()))
}
