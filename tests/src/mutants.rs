//! Seeded bugs: see `mutants/mutants.txt`.

use std::fs;
use std::path::Path;

/// A change of one place that the tests must notice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mutant {
    /// Its name.
    pub name: String,
    /// What it means for the protocol.
    pub about: String,
    /// The file it changes, from the root of the repository.
    pub file: String,
    /// The line it replaces, without its indentation.
    pub before: String,
    /// What it puts there.
    pub after: String,
}

impl Mutant {
    /// The text of its file under `root` with the bug planted.
    ///
    /// # Errors
    /// If the file cannot be read, or does not have the line exactly once.
    pub fn plant(&self, root: &Path) -> Result<String, String> {
        let text = fs::read_to_string(root.join(&self.file))
            .map_err(|why| format!("{}: {why}", self.file))?;
        let hits = text.lines().filter(|line| line.trim() == self.before).count();
        if hits != 1 {
            return Err(format!("{}: `{}` occurs {hits} times", self.file, self.before));
        }
        let planted = text.lines().map(|line| {
            if line.trim() == self.before { self.after.clone() + "\n" } else { format!("{line}\n") }
        });
        Ok(planted.collect())
    }
}

/// Reads a list of mutants.
///
/// # Errors
/// If a line is none of those the list describes, or a mutant lacks one.
pub fn parse(text: &str) -> Result<Vec<Mutant>, String> {
    let mut mutants: Vec<Mutant> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let (key, value) = line.split_once(' ').unwrap_or((line, ""));
        if matches!(key, "" | "#") {
            continue;
        }
        let value = value.to_owned();
        if key == "mutant" {
            let empty = String::new;
            let (about, file, before, after) = (empty(), empty(), empty(), empty());
            mutants.push(Mutant { name: value, about, file, before, after });
            continue;
        }
        let field = mutants.last_mut().and_then(|mutant| match key {
            "about" => Some(&mut mutant.about),
            "file" => Some(&mut mutant.file),
            "-" => Some(&mut mutant.before),
            "+" => Some(&mut mutant.after),
            _ => None,
        });
        *field.ok_or_else(|| format!("line {}: `{line}`", index + 1))? = value;
    }
    let lacking =
        |m: &&Mutant| [&m.about, &m.file, &m.before, &m.after].iter().any(|f| f.is_empty());
    match mutants.iter().find(lacking) {
        Some(mutant) => Err(format!("`{}` lacks a line", mutant.name)),
        None => Ok(mutants),
    }
}
