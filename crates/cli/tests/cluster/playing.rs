//! Scenarios played by real processes, beside the simulator.

use std::fs;

use serde_json::Value;

use super::ground::{aap, home};

const CROSSING: &str = "\
title    Two claims cross, and both lose
scope    site 239.255.0.0/16 small
hosts    A B
link     * delay 3s
skip     startup
draw     A address .7 then .20
draw     B address .7 then .30
at 0s    A allocate 1 until +1h
at 0s    B allocate 1 until +1h
run 25s
expect   A count clash = 1
expect   B count clash = 1
expect   anyone never holds .7
expect   A holds .20 at 20s
expect   B holds .30 at 20s
expect   A first ACLM .20 between 3s and 3s
";

const DEFENDED: &str = "\
title    A dead owner is defended by whoever remembers it
scope    site 239.255.0.0/16 small
hosts    A B C
link     * delay 20ms
skip     startup
draw     B defense 4s
draw     C address .20
at 0s    partition A B | C
at 1s    A allocate at .7 until 12h
at 20s   crash A
at 26s   heal
at 32s   C allocate at .7 until 12h
run 60s
expect   A first granted between 11s and 11s
expect   B heard .7 at 31s
expect   B first AIU .7 between 36s and 37s
expect   C first clash .7 between 36s and 37s
expect   C never holds .7
expect   C holds .20 at 55s
";

const IMPOSSIBLE: &str = "\
title    Things that only a simulator can do
scope    site 239.255.0.0/16 small
hosts    A B
clock    B skew +1h
skip     startup
at 1s    A allocate 1 until +1h
at 2s    drop next ACLM from A to B
at 3s    inject AIU 9/0 .9 until +1h from X
run 5s
expect   A never conflict
";

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
    if status == Some(4) {
        println!("not played: {err}");
        return None;
    }
    let left: Vec<_> = fs::read_dir(home.path()).unwrap().flatten().map(|e| e.path()).collect();
    let folders = left.iter().filter(|path| path.is_dir()).flat_map(fs::read_dir).flatten();
    let found: Vec<_> = folders.flatten().filter(|entry| entry.path().is_dir()).collect();
    assert!(found.is_empty(), "nothing is left: {found:?}");
    Some(serde_json::from_str(&out).unwrap_or_else(|why| panic!("{status:?} {why}: {out}{err}")))
}

fn assert_agrees(input: &str) {
    let Some(document) = play(input) else { return };
    assert_eq!(document["schema"], "aap.cluster-run");
    assert_eq!(document["agrees"], true, "{document:#}");
    let rows = document["verdicts"].as_array().unwrap();
    assert!(rows.iter().filter(|row| row["same"] == true).count() >= 5, "{document:#}");
}

#[test]
fn a_plain_claim_goes_as_the_first_figure_of_the_draft() {
    assert_agrees("figure-2");
}

#[test]
fn two_claims_that_cross_both_lose() {
    assert_agrees(CROSSING);
}

#[test]
fn a_dead_owner_is_defended_by_a_bystander() {
    assert_agrees(DEFENDED);
}

#[test]
fn a_partition_heals_and_one_owner_remains() {
    assert_agrees("partition-heals-and-one-owner-remains");
}

#[test]
fn what_only_a_simulator_can_do_is_refused_with_all_reasons() {
    let home = home();
    let file = home.path().join("impossible.scn");
    fs::write(&file, IMPOSSIBLE).unwrap();
    let file = file.display().to_string();
    let (status, out, err) = aap(home.path(), &["cluster", "run", &file]);
    assert_eq!((status, &*out), (Some(2), ""), "{err}");
    for said in ["line 4: ", "line 7: ", "line 8: ", "aap replay"] {
        assert!(err.contains(said), "{said}: {err}");
    }
}
