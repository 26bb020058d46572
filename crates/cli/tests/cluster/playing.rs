//! Scenarios played by real processes, beside the simulator.

use std::fs;

use super::ground::{aap, home};
use super::stage::assert_agrees;

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

const COORDINATED: &str = "\
title    The lead Prefix Coordinator dies, and the other takes over
scope    wide 239.192.0.0/16 large
hosts    A
coordinator P Q
space    P .0-.255 until 1h
space    Q .0-.255 until 1h
link     * delay 20ms
skip     startup
draw     P asa-send 55s
draw     Q asa-send 60s
at 70s   crash P
at 75s   A allocate 1 until 30m
run 150s
expect   P first leads between 55s and 55s
expect   Q never ASA before 100s
expect   Q first leads between 106s and 124.1s
expect   A first granted between 85s and 85s
expect   A available .0-.255 at 145s
";

const OF_IPV6: &str = "\
title    IPv6 addresses are claimed, heard of and given back
scope    site ff05::7:0/112 small
hosts    A B
link     * delay 20ms
skip     startup
at 0s    A allocate at .7 until +1h
at 15s   B allocate at .9 until +1h
at 40s   A release .7
run 60s
expect   A holds .7 at 20s
expect   B heard .7 at 20s
expect   A heard .9 at 35s
expect   A lacks .7 at 50s
expect   B holds .9 at 50s
expect   anyone never clash
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
at 4s    restart A
run 5s
expect   A never conflict
";

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
fn what_hosts_knew_before_the_play_is_in_their_storage() {
    assert_agrees("bystander-speaks-for-a-dead-owner");
}

#[test]
fn coordinators_find_a_lead_and_replace_it() {
    assert_agrees(COORDINATED);
}

#[test]
fn a_process_serves_all_scopes_of_its_host() {
    assert_agrees("two-scopes-on-one-group");
}

#[test]
fn hosts_of_an_ipv6_scope_have_namespaces_of_their_own() {
    assert_agrees(OF_IPV6);
}

#[test]
fn what_only_a_simulator_can_do_is_refused_with_all_reasons() {
    let home = home();
    let file = home.path().join("impossible.scn");
    fs::write(&file, IMPOSSIBLE).unwrap();
    let file = file.display().to_string();
    let (status, out, err) = aap(home.path(), &["cluster", "run", &file]);
    assert_eq!((status, &*out), (Some(2), ""), "{err}");
    for said in
        ["line 4: ", "line 7: ", "line 8: ", "line 9: `restart` with `skip startup`", "aap replay"]
    {
        assert!(err.contains(said), "{said}: {err}");
    }
}
