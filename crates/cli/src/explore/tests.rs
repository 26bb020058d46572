use clap::Parser;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: ExploreArgs,
}

/// A directory that goes with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("aap-explore-{}-{name}", std::process::id())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn args(words: &[&str]) -> ExploreArgs {
    Line::try_parse_from(std::iter::once(&"explore").chain(words)).unwrap().args
}

fn aap(words: &[&str]) -> (Exit, String) {
    let mut out = Vec::new();
    let exit = run(&args(words), Paint::None, &mut out).unwrap();
    (exit, String::from_utf8(out).unwrap())
}

#[test]
fn a_budget_is_seeds_or_runs_or_time() {
    assert_eq!(args(&[]).budget(), Some(DEFAULT_BUDGET));
    assert_eq!(args(&["--seeds", "3..9"]).budget(), None);
    assert_eq!(args(&["--seeds", "3..9"]).search().seeds, 3..9);
    assert_eq!(args(&["--runs", "5", "--seeds", "3.."]).search().seeds, 3..8);
    assert_eq!(args(&["--runs", "5", "--for", "1m"]).budget(), Some(Duration::from_secs(60)));
    for wrong in ["9..3", "x..y", "7"] {
        let words = ["explore", "--seeds", wrong];
        assert!(Line::try_parse_from(words).is_err(), "{wrong}");
    }
}

#[test]
fn what_is_found_is_written_and_does_not_depend_on_the_threads() {
    let search = |jobs: &str| {
        let place = Scratch::new(jobs);
        let path = place.0.to_str().unwrap();
        let words = ["--profile", "literal", "--seeds", "0..24", "--jobs", jobs, "--out", path];
        let (exit, _) = aap(&words);
        assert_eq!(exit, Exit::No);
        let mut files: Vec<_> = std::fs::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|file| file.extension().is_some_and(|e| e == "scn"))
            .map(|file| {
                (file.file_name().unwrap().to_owned(), std::fs::read_to_string(file).unwrap())
            })
            .collect();
        files.sort();
        files
    };
    let (one, three) = (search("1"), search("3"));
    assert!(!one.is_empty());
    assert_eq!(one, three);
    for (name, text) in one {
        let scenario = scenario::Scenario::read(&text);
        assert!(scenario.is_sound(), "{name:?}: {:?}", scenario.diagnostics);
        let report = lab::run(&scenario.scenario, &lab::RunOptions::default()).unwrap();
        assert!(report.passed(), "{name:?}: {:?}\n{text}", report.checks);
    }
}

#[test]
fn the_document_says_what_was_searched() {
    let (_, text) = aap(&["--seeds", "0..3", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["schema"], "aap.explore");
    assert_eq!(document["seeds"]["next"], 3);
    assert_eq!(document["interrupted"], false);
}
