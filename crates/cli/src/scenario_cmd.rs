//! `aap scenario`: check, lay out, show and convert scenarios.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use scenario::{Diagnostic, Scenario};

mod report;

pub(crate) use report::{Look, render};

/// All is well.
const DONE: u8 = 0;
/// `fmt --check` found another layout.
const DIFFERENT: u8 = 1;
/// A scenario is unsound, or there is none of that name.
const INVALID: u8 = 2;
/// Input or output failed.
const ENVIRONMENT: u8 = 4;

/// The scenarios inside the binary: name and text.
pub(crate) type Library = [(&'static str, &'static str)];

/// Check, lay out, show and convert scenarios.
#[derive(Args, Debug)]
#[command(after_help = "\
An input is a file, a directory (its *.scn files), the name of a built-in scenario, or `-`.

Exit status: 0 done, 1 `fmt --check` found another layout, 2 a scenario is unsound (file, line and \
column are on standard error), 4 a file cannot be read or written.

Example: aap scenario lint my.scn")]
pub(crate) struct ScenarioArgs {
    #[command(subcommand)]
    command: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Say what is wrong with scenarios.
    Lint {
        /// Files, directories, names, or `-`.
        #[arg(required = true, value_name = "INPUT")]
        inputs: Vec<String>,
        /// Plain sentences instead of pictures.
        #[arg(long, conflicts_with = "json")]
        plain: bool,
        /// One JSON document with all findings, on standard output.
        #[arg(long)]
        json: bool,
        /// Take warnings for errors.
        #[arg(long)]
        strict: bool,
    },
    /// Lay scenarios out in the canonical way.
    Fmt {
        /// Files, directories, names, or `-`.
        #[arg(required = true, value_name = "INPUT")]
        inputs: Vec<String>,
        /// Only say which ones are laid out otherwise.
        #[arg(long, conflicts_with = "write")]
        check: bool,
        /// Change the files instead of printing.
        #[arg(long)]
        write: bool,
    },
    /// Print a scenario as it was written.
    Show {
        /// A file, a name, or `-`.
        input: String,
    },
    /// List the built-in scenarios with their titles.
    List {
        /// One JSON document for programs.
        #[arg(long)]
        json: bool,
    },
    /// Print the JSON twin of a scenario.
    ToJson {
        /// A file, a name, or `-`.
        input: String,
    },
    /// Print the scenario of a JSON twin.
    FromJson {
        /// A file, or `-`.
        #[arg(default_value = "-")]
        input: String,
    },
}

/// Does what the arguments say and answers with the exit status.
pub(crate) fn run(args: &ScenarioArgs, library: &Library) -> u8 {
    let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
    let (mut out, mut err) = (stdout.lock(), stderr.lock());
    let mut desk = Desk { library, stdin: &mut stdin.lock(), out: &mut out, err: &mut err };
    match desk.act(&args.command) {
        Ok(status) => status,
        // Whoever closed the pipe has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => DONE,
        Err(error) => {
            // With standard error gone too, the status is all that is left to say it.
            let _ = writeln!(desk.err, "aap scenario: {error}");
            ENVIRONMENT
        }
    }
}

/// A text and where it came from.
struct Input {
    /// As shown in messages.
    name: String,
    /// The file, if it is one.
    path: Option<PathBuf>,
    text: String,
}

/// What the command works with.
struct Desk<'a> {
    library: &'a Library,
    stdin: &'a mut dyn Read,
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
}

impl Desk<'_> {
    fn act(&mut self, action: &Action) -> io::Result<u8> {
        match action {
            Action::Lint { inputs, plain, json, strict } => {
                let look = if *plain { Look::Plain } else { Look::Picture };
                self.lint(inputs, look, *json, *strict)
            }
            Action::Fmt { inputs, check, write } => self.format(inputs, *check, *write),
            Action::Show { input } => self.each(std::slice::from_ref(input), |desk, input| {
                desk.out.write_all(input.text.as_bytes())?;
                Ok(DONE)
            }),
            Action::List { json } => self.list(*json),
            Action::ToJson { input } => {
                self.each(std::slice::from_ref(input), |desk, input| match desk.parse(input)? {
                    Some(scenario) => {
                        desk.out.write_all(scenario.to_json().as_bytes())?;
                        Ok(DONE)
                    }
                    None => Ok(INVALID),
                })
            }
            Action::FromJson { input } => self.each(std::slice::from_ref(input), |desk, input| {
                match Scenario::from_json(&input.text) {
                    Ok(scenario) => {
                        desk.out.write_all(scenario.to_text().as_bytes())?;
                        Ok(DONE)
                    }
                    Err(error) => {
                        writeln!(desk.err, "{}: {error}", input.name)?;
                        Ok(INVALID)
                    }
                }
            }),
        }
    }

    fn lint(&mut self, inputs: &[String], look: Look, json: bool, strict: bool) -> io::Result<u8> {
        let mut documents = Vec::new();
        let status = self.each(inputs, |desk, input| {
            let found = Scenario::read(&input.text).diagnostics;
            let bad = found.iter().any(|one| strict || one.is_error());
            if json {
                let diagnostics: Vec<_> =
                    found.iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
                documents
                    .push(serde_json::json!({ "input": input.name, "diagnostics": diagnostics }));
            } else {
                desk.report(&found, input, look)?;
            }
            Ok(if bad { INVALID } else { DONE })
        })?;
        if json {
            let document = serde_json::json!({
                "schema": "aap-scenario-lint", "version": 1, "inputs": documents,
            });
            writeln!(self.out, "{document:#}")?;
        }
        Ok(status)
    }

    fn format(&mut self, inputs: &[String], check: bool, write: bool) -> io::Result<u8> {
        self.each(inputs, |desk, input| {
            let Some(scenario) = desk.parse(input)? else { return Ok(INVALID) };
            let canonical = scenario.to_text();
            if check {
                if canonical == input.text {
                    return Ok(DONE);
                }
                writeln!(desk.out, "{}", input.name)?;
                return Ok(DIFFERENT);
            }
            match (&input.path, write) {
                (Some(path), true) if canonical != input.text => std::fs::write(path, canonical)?,
                (Some(_), true) => {}
                _ => desk.out.write_all(canonical.as_bytes())?,
            }
            Ok(DONE)
        })
    }

    fn list(&mut self, json: bool) -> io::Result<u8> {
        let titles = self.library.iter().map(|(name, text)| {
            let scenario = Scenario::read(text).scenario;
            let variants: Vec<String> =
                scenario.variants().into_iter().map(str::to_owned).collect();
            (*name, scenario.title().to_owned(), variants)
        });
        let titles: Vec<_> = titles.collect();
        if json {
            let rows = titles.iter().map(|(name, title, variants)| {
                serde_json::json!({ "name": name, "title": title, "variants": variants })
            });
            let document = serde_json::json!({
                "schema": "aap-scenario-list", "version": 1, "scenarios": rows.collect::<Vec<_>>(),
            });
            writeln!(self.out, "{document:#}")?;
            return Ok(DONE);
        }
        let width = titles.iter().map(|(name, ..)| name.len()).max().unwrap_or(0);
        for (name, title, variants) in &titles {
            writeln!(self.out, "{name:width$}  {title}")?;
            for variant in variants {
                writeln!(self.out, "{:width$}    variant {variant}", "")?;
            }
        }
        Ok(DONE)
    }

    /// Parses a scenario; on failure its diagnostics are on standard error.
    fn parse(&mut self, input: &Input) -> io::Result<Option<Scenario>> {
        match Scenario::parse(&input.text) {
            Ok(scenario) => Ok(Some(scenario)),
            Err(found) => {
                self.report(&found, input, Look::Picture)?;
                Ok(None)
            }
        }
    }

    fn report(&mut self, found: &[Diagnostic], input: &Input, look: Look) -> io::Result<()> {
        for diagnostic in found {
            writeln!(self.err, "{}", render(diagnostic, &input.name, &input.text, look))?;
        }
        Ok(())
    }

    /// Does something with every input; the worst status counts.
    fn each(
        &mut self,
        inputs: &[String],
        mut action: impl FnMut(&mut Self, &Input) -> io::Result<u8>,
    ) -> io::Result<u8> {
        let mut worst = DONE;
        for name in inputs {
            let Some(found) = self.open(name)? else {
                let meant = self
                    .library
                    .iter()
                    .map(|(name, _)| *name)
                    .find(|known| known.contains(name.as_str()) || name.contains(known));
                let hint = meant.map(|meant| format!("; did you mean `{meant}`?"));
                let hint = hint.unwrap_or_else(|| "; `aap scenario list` names them".to_owned());
                writeln!(self.err, "no file and no scenario is called `{name}`{hint}")?;
                worst = worst.max(INVALID);
                continue;
            };
            for input in found {
                worst = worst.max(action(self, &input)?);
            }
        }
        Ok(worst)
    }

    /// The texts that a name stands for; `None` if it stands for nothing.
    fn open(&mut self, name: &str) -> io::Result<Option<Vec<Input>>> {
        if name == "-" {
            let mut text = String::new();
            self.stdin.read_to_string(&mut text)?;
            return Ok(Some(vec![Input { name: "standard input".to_owned(), path: None, text }]));
        }
        let path = Path::new(name);
        if path.is_dir() {
            return scenario_files(path)?
                .iter()
                .map(|file| read(file))
                .collect::<io::Result<_>>()
                .map(Some);
        }
        if path.exists() {
            return Ok(Some(vec![read(path)?]));
        }
        let known = self.library.iter().find(|(known, _)| *known == name);
        Ok(known.map(|(known, text)| {
            vec![Input { name: (*known).to_owned(), path: None, text: (*text).to_owned() }]
        }))
    }
}

/// The scenario files of a directory by name.
fn scenario_files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "scn") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read(path: &Path) -> io::Result<Input> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))?;
    Ok(Input { name, path: Some(path.to_owned()), text })
}

#[cfg(test)]
mod tests;
