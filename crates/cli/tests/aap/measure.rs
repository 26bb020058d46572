//! `aap measure` from outside: tables, documents, parts and mistakes.

use std::fs;
use std::path::Path;

use crate::support::{Ran, aap, command, directory, file};

/// B claims what a dead owner holds; one bystander knows, and half of all datagrams are lost.
const DEAD_OWNER: &str = "\
title    A dead owner's address
cites    SCN-07
scope    site 239.255.0.0/16 small
hosts    B M*1
link     * delay 100ms loss 50%
known    X allocated .7 until 12h told M*
skip     startup
at 0s    B claim 1 at .7 until +1h
run      10.05s
expect   B never holds .7
";

fn measure(scenario: &str, more: &[&str]) -> Ran {
    aap(&[&["measure", scenario], more].concat())
}

#[test]
fn one_row_is_a_line_per_metric_and_a_zero_has_an_interval() {
    let place = directory("measure-row");
    let scenario = file(&place, "dead.scn", DEAD_OWNER);
    let ran = measure(&scenario, &["--runs", "200", "--metric", "grants,refusals,aiu.bystander"]);
    assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines[0], "dead: 200 runs with the seeds 1..200, repaired");
    assert!(lines[3].starts_with("grants"), "{}", ran.out);
    assert!(
        lines[4].starts_with("refusals") && lines[4].ends_with("none (< 1.885 %)"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("expect B never holds .7"), "{}", ran.out);
    let often = measure(&scenario, &["--runs", "200", "--metric", "aclm", "--at-least", "9"]);
    assert!(often.out.contains("RUNS WITH 9 OR MORE (95%)"), "{}", often.out);
    assert!(often.out.lines().any(|line| line.ends_with("none (< 1.885 %)")), "{}", often.out);
    fs::remove_dir_all(place).expect("it can go");
}

#[test]
fn the_output_does_not_depend_on_the_threads_and_parts_merge_into_it() {
    let place = directory("measure-parts");
    let scenario = file(&place, "dead.scn", DEAD_OWNER);
    let parts = place.join("parts").into_os_string().into_string().expect("paths are text");
    let sweep = ["--seeds", "5..64", "--vary", "loss=0..0.5/3", "--compare", "literal,repaired"];
    let whole = measure(&scenario, &[&sweep[..], &["--jobs", "1", "--json"]].concat());
    assert_eq!((whole.status, whole.err.as_str()), (Some(0), ""));
    let again = measure(&scenario, &[&sweep[..], &["--jobs", "3", "--json"]].concat());
    assert_eq!(again.out, whole.out);
    for shard in ["2/3", "1/3", "2/3", "3/3"] {
        let ran = measure(&scenario, &[&sweep[..], &["--shard", shard, "--out", &parts]].concat());
        assert_eq!(ran.status, Some(0), "{}", ran.err);
    }
    let merged = aap(&["measure", "merge", &parts, "--json"]);
    assert_eq!(merged.out, whole.out);
    assert!(whole.out.contains("\"schema\": \"aap.measure\""));

    let names: Vec<_> = fs::read_dir(&parts).expect("a directory").flatten().collect();
    assert_eq!(names.len(), 3, "nothing unfinished is left: {names:?}");
    let other = ["--seeds", "5..65", "--shard", "2/3", "--out", &parts];
    let refused = measure(&scenario, &other);
    assert_eq!(refused.status, Some(2));
    assert!(refused.err.contains("is in the way: it is of other seeds"), "{}", refused.err);
    fs::remove_file(place.join("parts/2-of-3.part.json")).expect("it was there");
    let gap = aap(&["measure", "merge", &parts]);
    assert_eq!(gap.status, Some(2));
    assert!(gap.err.contains("no part holds the seeds 25..44"), "{}", gap.err);
    fs::remove_dir_all(place).expect("it can go");
}

#[test]
fn a_line_per_run_comes_seed_after_seed() {
    let place = directory("measure-lines");
    let scenario = file(&place, "dead.scn", DEAD_OWNER);
    let (csv, ndjson) = (place.join("runs.csv"), place.join("runs.ndjson"));
    for path in [&csv, &ndjson] {
        let path = path.to_str().expect("paths are text");
        let ran = measure(&scenario, &["--runs", "9", "--vary", "loss=0,0.5", "--per-run", path]);
        assert_eq!(ran.status, Some(0), "{}", ran.err);
    }
    let text = fs::read_to_string(csv).expect("it is there");
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("seed,ended,profile,loss,messages,"), "{}", lines[0]);
    assert_eq!(lines.len(), 1 + 9 * 2);
    assert!(lines[3].starts_with("2,in-time,repaired,0,"), "{}", lines[3]);
    let text = fs::read_to_string(ndjson).expect("it is there");
    assert_eq!(text.lines().count(), 18);
    let first: serde_json::Value =
        serde_json::from_str(text.lines().next().expect("a line")).expect("JSON");
    assert_eq!(first["parameters"]["loss"], "0");
    assert_eq!(first["grants"], 0, "without loss the bystander is heard");
    fs::remove_dir_all(place).expect("it can go");
}

#[test]
fn mistakes_are_named() {
    for (arguments, said) in [
        (&["crossing-claims", "--vary", "los=0,1"][..], "did you mean `loss`?"),
        (&["crossing-claims", "--vary", "loss=0..1"], "how many values?"),
        (&["crossing-claims", "--vary", "hosts=3,9"], "a scenario with one group such as `M*9`"),
        (&["crossing-claims", "--at-least", "0"], "--at-least"),
        (&["crossing-claims", "--metric", "joy"], "no metric is called joy"),
        (&["crossing-claims", "--profile", "right"], "expected one of literal"),
        (&["crossing-claims", "--shard", "1/2"], "--out"),
        (&["crossing-claims", "--runs", "3", "--seeds", "1..2"], "cannot be used with"),
        (
            &["crossing-claims", "--shard", "9/9", "--runs", "3", "--out", "/"],
            "do not make 9 parts",
        ),
        (&["no-such-scenario"], "neither a scenario"),
        (&["merge", "/nonexistent.part.json"], "cannot read"),
        (&[], "required"),
    ] {
        let ran = aap(&[&["measure"], arguments].concat());
        assert!(matches!(ran.status, Some(2 | 4)), "{arguments:?}: {ran:?}");
        assert!(ran.err.contains(said), "{arguments:?}: {}", ran.err);
        assert_eq!(ran.out, "", "{arguments:?}");
    }
}

/// The small print of a plot: the command that drew it.
fn small_print(svg: &str) -> String {
    let lines = svg.lines().filter_map(|line| {
        let (_, rest) = line.split_once("font-size=\"10\" fill=\"#555555\">")?;
        rest.strip_suffix("</text>")
    });
    let text = lines.collect::<Vec<_>>().join(" ");
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[test]
fn the_plots_of_the_documents_are_what_their_small_print_draws() {
    let documents = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/plots");
    let place = directory("measure-plots");
    let mut drawn = 0;
    for entry in fs::read_dir(documents).expect("there are plots").flatten() {
        let kept = fs::read_to_string(entry.path()).expect("a plot is text");
        let line = small_print(&kept);
        let mut words = line.split_whitespace();
        assert_eq!(words.next(), Some("aap"), "{line}");
        let words: Vec<&str> = words.collect();
        let ran = command(&words).current_dir(&place).output().expect("the binary runs");
        assert!(ran.status.success(), "{line}: {ran:?}");
        let again = fs::read_to_string(place.join(entry.file_name())).expect("it was drawn");
        assert!(again == kept, "{:?} is drawn differently by: {line}", entry.file_name());
        drawn += 1;
    }
    assert!(drawn >= 5, "{drawn} plots");
    fs::remove_dir_all(place).expect("it can go");
}

#[test]
fn a_plot_shows_the_measurement_and_the_formula() {
    let place = directory("measure-plot");
    let scenario = file(&place, "dead.scn", DEAD_OWNER);
    let path = place.join("taken.svg");
    let sweep = ["--runs", "50", "--metric", "grants", "--vary", "loss=0..0.5/3"];
    let plot = ["--plot", path.to_str().expect("paths are text"), "--plot-of", "share"];
    let ran = measure(&scenario, &[&sweep[..], &plot, &["--formula", "dead-owner"]].concat());
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    let svg = fs::read_to_string(&path).expect("it was drawn");
    assert_eq!(svg.matches("<circle").count(), 3);
    assert!(svg.contains(">theory<") && svg.contains("share of runs with grants"));
    let refused = measure(&scenario, &["--plot", "taken.gif"]);
    assert_eq!(refused.status, Some(2));
    assert!(refused.err.contains("ends in .svg or .png"), "{}", refused.err);
    let pixels = place.join("taken.png");
    let plot = ["--plot", pixels.to_str().expect("paths are text"), "--plot-of", "share"];
    let ran = measure(&scenario, &[&sweep[..], &plot].concat());
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    assert!(fs::read(&pixels).expect("it was drawn").starts_with(b"\x89PNG"));
    let nothing = measure(&scenario, &["--runs", "2", "--plot", path.to_str().expect("text")]);
    assert!(nothing.err.contains("a line needs a number"), "{}", nothing.err);
    fs::remove_dir_all(place).expect("it can go");
}
