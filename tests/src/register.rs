//! The register of the draft's requirements, and where code, tests and scenarios cite them.
//!
//! A *mark* is an id of the register in a source file: `AAP-3.2.2-14`, or a row of them,
//! `AAP-3.2.2-09..18`, `AAP-3.2.5-05, -06`, `AAP-3.2.10.2-01 to -09`. Marks outside test code in
//! the crates that speak the protocol (`SPEAKERS`) say where a requirement is implemented; marks
//! in test code, in oracles and in the `cites` lines of scenarios say where it is tested. Crates
//! that know rules as words only (`QUOTERS`) prove nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The crates whose code meets requirements.
const SPEAKERS: [&str; 3] = ["aap", "addrspace", "node"];

/// The crates that mention rules as examples of what may be cited, shown or written down.
const QUOTERS: [&str; 6] = ["sansio", "scenario", "trace", "netsim", "checker", "diagram"];

/// One requirement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Requirement {
    /// Its id, such as `AAP-3.2.2-14`.
    pub id: String,
    /// MUST, SHOULD, … or `describes`.
    pub strength: String,
    /// Whom it binds.
    pub actor: String,
    /// What it says.
    pub statement: String,
}

/// Where requirements are cited: files by id.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Marks(pub BTreeMap<String, BTreeSet<String>>);

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every requirement, in the order of the draft.
///
/// # Errors
/// If the file cannot be read or a line has not four columns.
pub fn register() -> io::Result<Vec<Requirement>> {
    rows("tests/spec/register.tsv")?
        .into_iter()
        .map(|row| match row.as_slice() {
            [id, strength, actor, statement] => Ok(Requirement {
                id: id.clone(),
                strength: strength.clone(),
                actor: actor.clone(),
                statement: statement.clone(),
            }),
            _ => Err(io::Error::other(format!("register.tsv: not four columns: {row:?}"))),
        })
        .collect()
}

/// The requirements that are not this project's to meet, each with the reason.
///
/// # Errors
/// If the file cannot be read or a line has not two columns.
pub fn not_ours() -> io::Result<BTreeMap<String, String>> {
    rows("tests/spec/not-ours.tsv")?
        .into_iter()
        .map(|row| match row.as_slice() {
            [id, reason] => Ok((id.clone(), reason.clone())),
            _ => Err(io::Error::other(format!("not-ours.tsv: not two columns: {row:?}"))),
        })
        .collect()
}

fn rows(path: &str) -> io::Result<Vec<Vec<String>>> {
    let text = fs::read_to_string(root().join(path))?;
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.map(|line| line.split('\t').map(str::to_owned).collect()).collect())
}

/// The marks in code and in tests.
///
/// # Errors
/// If a source file cannot be read.
pub fn marks() -> io::Result<(Marks, Marks)> {
    let (mut code, mut tests) = (Marks::default(), Marks::default());
    for path in sources()? {
        let name =
            path.strip_prefix(root()).unwrap_or(&path).display().to_string().replace('\\', "/");
        let text = fs::read_to_string(&path)?;
        if name.ends_with(".scn") {
            let cites: Vec<&str> =
                text.lines().filter(|line| line.trim_start().starts_with("cites")).collect();
            tests.add(&name, &cites.join("\n"));
        } else if is_in(&name, &QUOTERS) {
        } else if is_test_file(&name) {
            tests.add(&name, &text);
        } else {
            let (body, unit_tests) = text.split_at(unit_tests_at(&text));
            if is_in(&name, &SPEAKERS) {
                code.add(&name, body);
            }
            tests.add(&name, unit_tests);
        }
    }
    Ok((code, tests))
}

/// Where the unit tests of a file begin: they are a module with a body, and come last.
fn unit_tests_at(text: &str) -> usize {
    let attributes = text.match_indices("#[cfg(test)]").map(|(at, _)| at);
    let with_body = |&at: &usize| {
        let mut lines = text[at..].lines().skip(1).skip_while(|line| line.starts_with("#["));
        lines.next().is_some_and(|line| line.starts_with("mod ") && line.ends_with('{'))
    };
    attributes.filter(|at| with_body(at)).last().unwrap_or(text.len())
}

fn is_in(name: &str, crates: &[&str]) -> bool {
    let name_of = |path: &str| path.strip_prefix("crates/")?.split('/').next().map(str::to_owned);
    name_of(name).is_some_and(|name| crates.contains(&name.as_str()))
}

fn is_test_file(name: &str) -> bool {
    let is_oracle = is_in(name, &["oracles"]);
    is_oracle
        || name.starts_with("tests/")
        || name.contains("/tests/")
        || name.ends_with("/tests.rs")
}

fn sources() -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in ["crates", "tests/tests", "examples"] {
        collect(&root().join(folder), &mut found)?;
    }
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, found)?;
        } else if path.extension().is_some_and(|ending| ending == "rs" || ending == "scn") {
            found.push(path);
        }
    }
    Ok(())
}

impl Marks {
    fn add(&mut self, file: &str, text: &str) {
        for id in ids(text) {
            self.0.entry(id).or_default().insert(file.to_owned());
        }
    }
}

/// Every id in a text, rows written out.
#[must_use]
pub fn ids(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (start, _) in text.match_indices("AAP-") {
        let rest = &text[start + 4..];
        let Some(dash) = rest.find('-') else { continue };
        let section = &rest[..dash];
        let is_section = !section.is_empty()
            && section.len() <= 10
            && section.chars().all(|c| c.is_ascii_digit() || c == '.' || c == 'A' || c == 'B');
        let Some((first, mut rest)) = number(&rest[dash + 1..]).filter(|_| is_section) else {
            continue;
        };
        let mut last = first;
        found.push(id(section, first));
        while let Some((next, step, tail)) = continuation(rest) {
            let from = if step == Step::Row { last + 1 } else { next };
            found.extend((from..=next).map(|n| id(section, n)));
            last = next;
            rest = tail;
        }
    }
    found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    One,
    Row,
}

/// `, -06`, ` and -06`, ` to -09`, `..18`.
fn continuation(text: &str) -> Option<(u32, Step, &str)> {
    let forms =
        [(", -", Step::One), (" and -", Step::One), (" to -", Step::Row), ("..", Step::Row)];
    forms.into_iter().find_map(|(form, step)| {
        let (n, rest) = number(text.strip_prefix(form)?)?;
        Some((n, step, rest))
    })
}

fn number(text: &str) -> Option<(u32, &str)> {
    let digits = text.get(..2).filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?;
    Some((digits.parse().ok()?, &text[2..]))
}

fn id(section: &str, number: u32) -> String {
    format!("AAP-{section}-{number:02}")
}

#[cfg(test)]
mod self_tests {
    use super::{ids, unit_tests_at};

    #[test]
    fn rows_of_ids_are_written_out() {
        assert_eq!(ids("see AAP-3.2.2-09..11."), ["AAP-3.2.2-09", "AAP-3.2.2-10", "AAP-3.2.2-11"]);
        assert_eq!(ids("(AAP-5.1-01, -02)"), ["AAP-5.1-01", "AAP-5.1-02"]);
        assert_eq!(ids("AAP-A-02 to -04"), ["AAP-A-02", "AAP-A-03", "AAP-A-04"]);
        assert!(ids("AAP-nn, AAP address, AAP-3.2.2-x").is_empty());
    }

    #[test]
    fn a_module_of_tests_elsewhere_is_not_the_end_of_the_code() {
        let split = |text: &'static str| text.split_at(unit_tests_at(text));
        assert_eq!(split("a\n#[cfg(test)]\nmod tests;\nb").1, "");
        let (code, tests) =
            split("a\n#[cfg(test)]\nmod tests;\nb\n#[cfg(test)]\nmod tests {\nc\n}");
        assert_eq!((code.len(), tests.lines().count()), (28, 4));
    }
}
