//! A stage for scenarios: they are played by real processes, and must come out as in the simulator.

use std::fs;

use serde_json::Value;

use super::ground::{aap, home};

/// Plays a scenario; `None` where this machine does not allow clusters, which it says.
fn play(input: &str) -> Option<Value> {
    let home = home();
    // What is written in words is a file, what is not is a name.
    let input = if input.contains('\n') {
        let file = home.path().join("played.scn");
        fs::write(&file, input).unwrap();
        file.display().to_string()
    } else {
        input.to_owned()
    };
    let (status, out, err) = aap(home.path(), &["cluster", "run", &input, "--json"]);
    // These are about the machine; whatever else goes wrong is the program's fault.
    let reasons = ["needs the loopback interface", "aap cluster doctor"];
    if status == Some(4) && reasons.iter().any(|reason| err.contains(reason)) {
        println!("not played: {err}");
        return None;
    }
    let left: Vec<_> = fs::read_dir(home.path()).unwrap().flatten().map(|e| e.path()).collect();
    let folders = left.iter().filter(|path| path.is_dir()).flat_map(fs::read_dir).flatten();
    let found: Vec<_> = folders.flatten().filter(|entry| entry.path().is_dir()).collect();
    assert!(found.is_empty(), "nothing is left: {found:?}");
    Some(serde_json::from_str(&out).unwrap_or_else(|why| panic!("{status:?} {why}: {out}{err}")))
}

/// Plays a scenario, by its text or its name, and asserts that both sides say the same.
pub(crate) fn assert_agrees(input: &str) {
    let Some(document) = play(input) else { return };
    assert_eq!(document["schema"], "aap.cluster-run");
    assert_eq!(document["agrees"], true, "{document:#}");
    let rows = document["verdicts"].as_array().unwrap();
    assert!(rows.iter().filter(|row| row["same"] == true).count() >= 5, "{document:#}");
}
