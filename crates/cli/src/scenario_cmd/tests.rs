use super::{DIFFERENT, DONE, Desk, INVALID, Library, ScenarioArgs};
use clap::Parser;

const GOOD: &str = "\
title    A claim without a rival
cites    AAP-3.2.5-01
scope    site 239.255.0.0/16 small
hosts    A
at 0s    A allocate 1 until +1h
run 20s
variant  v
end
";
const BAD: &str = "\
title a
cites F-01
scope site 239.255.0.0/16 small
hosts Alpha Beta
draw Beta defense 4s
run 70s
at 0s Alhpa allocate 2 until +1h
";
const LIBRARY: &Library = &[("good", GOOD), ("bad", BAD)];

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: ScenarioArgs,
}

/// Runs a command line over a small library; answers status, standard output and error.
fn aap(words: &[&str], mut stdin: &[u8]) -> (u8, String, String) {
    let line = Line::try_parse_from(std::iter::once(&"scenario").chain(words)).unwrap();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut desk = Desk { library: LIBRARY, stdin: &mut stdin, out: &mut out, err: &mut err };
    let status = desk.act(&line.args.command).unwrap();
    (status, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

#[test]
fn a_mistake_on_line_7_is_shown_there() {
    let (status, out, err) = aap(&["lint", "bad"], b"");
    assert_eq!((status, out.as_str()), (INVALID, ""));
    assert_eq!(
        err,
        "\
error[scn-unknown-host]: there is no host `Alhpa`
 --> bad:7:7
  |
7 | at 0s Alhpa allocate 2 until +1h
  |       ^^^^^ expected `Alpha` or `Beta`
  |
  = help: did you mean `Alpha`?
"
    );
}

#[test]
fn plain_sentences_say_the_same() {
    let (status, _, err) = aap(&["lint", "--plain", "-"], BAD.as_bytes());
    assert_eq!(status, INVALID);
    assert_eq!(
        err,
        "standard input:7:7: error[scn-unknown-host]: there is no host `Alhpa`; expected `Alpha` \
         or `Beta`; did you mean `Alpha`?\n"
    );
}

#[test]
fn findings_are_available_to_programs() {
    let (status, out, _) = aap(&["lint", "--json", "good", "bad"], b"");
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(status, INVALID);
    assert_eq!(document["inputs"][0]["diagnostics"], serde_json::json!([]));
    assert_eq!(document["inputs"][1]["diagnostics"][0]["span"]["line"], 7);
}

#[test]
fn layout_is_checked_and_printed() {
    assert_eq!(aap(&["fmt", "--check", "good"], b"").0, DONE);
    assert_eq!(aap(&["fmt", "--check", "bad"], b"").0, DIFFERENT);
    assert_eq!(aap(&["fmt", "good"], b"").1, GOOD);
    assert_eq!(aap(&["fmt", "-"], b"at now").0, INVALID);
}

#[test]
fn json_goes_both_ways() {
    let (status, json, _) = aap(&["to-json", "good"], b"");
    assert_eq!(status, DONE);
    assert_eq!(aap(&["from-json"], json.as_bytes()), (DONE, GOOD.to_owned(), String::new()));
    assert_eq!(aap(&["from-json"], b"{}").0, INVALID);
}

#[test]
fn built_in_scenarios_are_listed_and_shown() {
    let list = aap(&["list"], b"").1;
    assert_eq!(list, "good  A claim without a rival\n        variant v\nbad   a\n");
    assert_eq!(aap(&["show", "bad"], b"").1, BAD);
    let (status, _, err) = aap(&["show", "goo"], b"");
    assert_eq!(status, INVALID);
    assert!(err.contains("did you mean `good`?"), "{err}");
}
