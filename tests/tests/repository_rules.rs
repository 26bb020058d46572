//! The rules that the repository gives itself and that no compiler or linter checks.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use scenario::{Scenario, Statement};
use tests::register::root;

/// More than this is two files.
const LINES_MAX: usize = 600;

/// Files that may be longer, and why.
const LONG: [(&str, &str); 4] = [
    ("crates/node/src/control/openapi.json", "one description of the control API, served as it is"),
    ("Cargo.lock", "written by cargo"),
    ("docs/scenario-language.md", "a reference is one page to search"),
    ("docs/spec-coverage.md", "generated: a line for every requirement"),
];

/// Which crates of the workspace a crate may depend on, in tests and benchmarks too: the arrows of
/// docs/ARCHITECTURE.md. Packages that are not listed stand at the end of every arrow.
const MAY_SEE: [(&str, &[&str]); 14] = [
    ("sansio", &[]),
    ("addrspace", &[]),
    ("trace", &[]),
    ("aap", &["addrspace", "sansio"]),
    ("netsim", &["sansio", "trace"]),
    ("diagram", &["trace"]),
    ("checker", &["sansio"]),
    // The language knows the names of the protocol's switches, and how nothing else works.
    ("scenario", &["aap"]),
    ("oracles", &["aap", "addrspace", "netsim", "sansio"]),
    ("lab", &["aap", "addrspace", "checker", "netsim", "oracles", "sansio", "scenario", "trace"]),
    // Where nodes stand is no business of the protocol's.
    ("underlay", &[]),
    // A node is another driver: it must do without the simulator.
    ("node", &["aap", "addrspace", "sansio", "trace"]),
    // Nodes are other processes to both: what they know of them is the control API.
    ("client", &[]),
    ("cluster", &["addrspace", "client", "underlay"]),
];

/// Every file of the repository, except what is built and what git keeps, with its path from the
/// root.
fn files() -> Vec<(String, PathBuf)> {
    let (mut found, mut open) = (Vec::new(), vec![root()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
            match path.is_dir() {
                // In a second work tree it is a file.
                _ if name == ".git" => {}
                true if name.ends_with("target") => {}
                true => open.push(path),
                false => found.push((name, path)),
            }
        }
    }
    found.sort();
    found
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// The files that end in `.extension`, with their texts.
fn texts(extension: &str) -> impl Iterator<Item = (String, String)> {
    let suffix = format!(".{extension}");
    files().into_iter().filter_map(move |(name, path)| {
        let wanted = name.ends_with(&suffix);
        wanted.then(|| (name, text(&path)))
    })
}

fn assert_none(wrong: &[String], rule: &str) {
    assert!(wrong.is_empty(), "{rule}:\n{}", wrong.join("\n"));
}

#[test]
fn no_file_is_too_long() {
    let wrong: Vec<String> = files()
        .into_iter()
        .filter(|(name, _)| LONG.iter().all(|(long, _)| long != name))
        .filter_map(|(name, path)| {
            let lines = fs::read_to_string(path).ok()?.lines().count();
            (lines > LINES_MAX).then(|| format!("{name}: {lines} lines"))
        })
        .collect();
    assert_none(&wrong, "split these");
}

#[test]
fn every_package_has_the_lints_of_the_workspace() {
    // The fuzzer's package is a workspace of its own, for its own compiler flags.
    let manifests: Vec<_> =
        texts("toml").filter(|(name, _)| is_manifest(name) && name != "fuzz/Cargo.toml").collect();
    assert!(manifests.len() > 8, "where are the packages?");
    let wrong: Vec<String> = manifests
        .into_iter()
        .filter(|(_, text)| !section(text, "lints").any(|line| line == "workspace = true"))
        .map(|(name, _)| name)
        .collect();
    assert_none(&wrong, "no `[lints] workspace = true` in");
}

#[test]
fn every_test_file_belongs_to_a_program() {
    for folder in ["tests", "crates/node"] {
        let folder = root().join(folder).join("tests");
        let program = text(&folder.join("main.rs"));
        let named: BTreeSet<&str> =
            program.lines().filter_map(|line| line.strip_prefix("mod ")).collect();
        let wrong: Vec<String> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .filter(|name| name != "main" && !named.contains(format!("{name};").as_str()))
            .collect();
        assert_none(&wrong, &format!("never compiled: not in {}/main.rs", folder.display()));
    }
}

#[test]
fn exceptions_to_lints_are_expectations() {
    // In two pieces, or this file would break its own rule.
    let banned = ["#[allow", "#![allow"].map(|start| format!("{start}("));
    let wrong: Vec<String> = texts("rs")
        .filter(|(_, text)| banned.iter().any(|banned| text.contains(banned.as_str())))
        .map(|(name, _)| name)
        .collect();
    assert_none(&wrong, "use `#[expect(..., reason = ...)]` in");
}

#[test]
fn crates_depend_on_each_other_one_way() {
    let own: BTreeSet<String> = packages().into_keys().collect();
    let mut wrong = Vec::new();
    for (package, manifest) in packages() {
        let Some((_, allowed)) = MAY_SEE.iter().find(|(name, _)| *name == package) else {
            continue;
        };
        let seen = dependencies(&manifest).into_iter().filter(|d| own.contains(d));
        wrong.extend(
            seen.filter(|d| !allowed.contains(&d.as_str()))
                .map(|d| format!("{package} depends on {d}")),
        );
    }
    assert_none(&wrong, "against the arrows of docs/ARCHITECTURE.md");
    for (name, _) in MAY_SEE {
        assert!(own.contains(name), "there is no {name}");
    }
}

#[test]
fn the_protocol_crates_depend_on_nothing_else() {
    let own: BTreeSet<String> = packages().into_keys().collect();
    for package in ["sansio", "addrspace", "aap"] {
        let manifest = &packages()[package];
        let foreign: Vec<String> = section(manifest, "dependencies")
            .filter_map(key)
            .filter(|d| !own.contains(d))
            .collect();
        assert_none(&foreign, package);
    }
}

#[test]
fn every_foreign_dependency_is_a_decision() {
    let own: BTreeSet<String> = packages().into_keys().collect();
    let decisions = text(&root().join("docs/decisions/dependencies.md"));
    let rows: Vec<&str> = decisions.lines().filter(|line| line.starts_with("| ")).collect();
    let explained = |name: &str| {
        rows.iter().any(|row| {
            row.split('|')
                .nth(1)
                .unwrap()
                .split(", ")
                .any(|cell| cell.trim().trim_end_matches(" (dev)") == name)
        })
    };
    let mut wrong = BTreeSet::new();
    for (package, manifest) in packages() {
        let foreign = dependencies(&manifest).into_iter().filter(|d| !own.contains(d));
        wrong.extend(
            foreign.filter(|d| !explained(d)).map(|d| format!("{d}, which {package} needs")),
        );
    }
    let wrong: Vec<String> = wrong.into_iter().collect();
    assert_none(&wrong, "no line in docs/decisions/dependencies.md");
}

#[test]
fn every_scenario_file_is_embedded_cites_a_scenario_and_is_canonical() {
    let mut wrong = Vec::new();
    let mut cited = BTreeSet::new();
    for (name, text) in texts("scn").filter(|(name, _)| name.starts_with("examples/scenarios/")) {
        if !lab::scenarios::all()
            .iter()
            .any(|known| name.ends_with(known.file) && known.text == text)
        {
            wrong.push(format!("{name} is not embedded as it stands"));
        }
        let scenario = Scenario::parse(&text).unwrap_or_else(|why| panic!("{name}: {why:?}"));
        if scenario.to_text() != text {
            wrong.push(format!("{name} is not canonical: use `aap scenario fmt`"));
        }
        let ids = citations(&scenario);
        if !ids.iter().any(|id| id.starts_with("SCN-")) {
            wrong.push(format!("{name} cites no SCN"));
        }
        cited.extend(ids);
    }
    let all = (1..=54).map(|n| format!("SCN-{n:02}"));
    wrong.extend(all.filter(|id| !cited.contains(id)).map(|id| format!("no file cites {id}")));
    assert_none(&wrong, "examples/scenarios");
}

fn citations(scenario: &Scenario) -> Vec<String> {
    let statements = scenario.lines.iter().filter_map(|line| line.statement.as_ref());
    let cites = statements.filter_map(|statement| match statement {
        Statement::Cites(cites) => Some(cites),
        _ => None,
    });
    cites.flatten().flat_map(|cite| cite.value.ids()).collect()
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let mut wrong = Vec::new();
    for (name, text) in texts("md") {
        let folder = root().join(&name).parent().unwrap().to_owned();
        for target in links(&text) {
            let path = target.split('#').next().unwrap();
            if !path.is_empty() && !path.contains("://") && !folder.join(path).exists() {
                wrong.push(format!("{name}: {target}"));
            }
        }
    }
    assert_none(&wrong, "broken links");
}

/// The targets of `[text](target)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target)
}

#[test]
fn no_file_knows_where_it_was_written() {
    // In two pieces, or this file would break its own rule.
    let places = ["home", "Users", "root", "tmp", "work"].map(|place| format!("/{place}/"));
    let mut wrong = Vec::new();
    for (name, path) in files() {
        let Ok(text) = fs::read_to_string(path) else { continue };
        for (number, line) in (1..).zip(text.lines()) {
            let absolute = |at: usize| {
                !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-".contains(c))
            };
            for place in &places {
                if line.match_indices(place.as_str()).any(|(at, _)| absolute(at)) {
                    wrong.push(format!("{name}:{number}: {place}"));
                }
            }
        }
    }
    assert_none(&wrong, "absolute paths");
}

fn is_manifest(name: &str) -> bool {
    name.ends_with("/Cargo.toml")
}

/// Each package's manifest by the package's name.
fn packages() -> BTreeMap<String, String> {
    let manifests = texts("toml").filter(|(name, _)| is_manifest(name));
    manifests
        .map(|(file, text)| {
            let name = section(&text, "package").find_map(|line| line.strip_prefix("name = "));
            let name = name.unwrap_or_else(|| panic!("{file} has no name")).trim_matches('"');
            (name.to_owned(), text)
        })
        .collect()
}

/// All that a package depends on, in tests and benchmarks too.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let sections = ["dependencies", "dev-dependencies", "build-dependencies"];
    sections.iter().flat_map(|name| section(manifest, name)).filter_map(key).collect()
}

/// The lines of one section of a manifest.
fn section<'a>(manifest: &'a str, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
    let header = format!("[{name}]");
    let lines = manifest.lines().map(str::trim).skip_while(move |line| *line != header).skip(1);
    lines.take_while(|line| !line.starts_with('['))
}

/// The name before the first `.`, `=` or space of a line that sets something.
fn key(line: &str) -> Option<String> {
    let set = !line.is_empty() && !line.starts_with('#');
    set.then(|| line.split(['.', ' ', '=']).next().unwrap_or_default().to_owned())
}
