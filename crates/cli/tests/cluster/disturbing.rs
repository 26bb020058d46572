//! What scenarios do to hosts and networks, done to real processes.

use super::stage::assert_agrees;

const RESTARTED: &str = "\
title    An owner that comes back is silent at first, and is defended meanwhile
scope    site 239.255.0.0/16 small
hosts    A B C
link     * delay 20ms
draw     A startup 150s then 160s
draw     B startup 150s
draw     C startup 150s
draw     B address .20
draw     C defense 4s
at 160s  A allocate at .7 until 12h
at 200s  crash A
at 210s  restart A
at 260s  B allocate at .7 until 2h
run 400s
expect   A first granted .7 between 170s and 170s
expect   A never message after 200s before 370s
expect   C first AIU .7 between 264s and 265s
expect   B first clash .7 between 264s and 265s
expect   B never holds .7
expect   B holds .20 at 300s
expect   A first ready after 205s between 370s and 370s
expect   A first AIU .7 after 200s between 370s and 372s
expect   A never conflict
expect   A holds .7 at 399s
oracle   startup-silence holds
";

const HELD: &str = "\
title    Two owners, because what they said was held back
scope    site 239.255.0.0/16 small
hosts    A B C
link     * delay 20ms
skip     startup
at 0s    hold A-B
at 1s    A allocate at .7 until 12h
at 2s    B allocate at .7 until 11h
at 20s   release A-B
run 30s
expect   A holds .7 at 18s
expect   B holds .7 at 18s
expect   B never conflict before 19s
expect   total first conflict .7 between 20s and 21s
";

const LOST: &str = "\
title    All is lost for a while, and then it is not
scope    site 239.255.0.0/16 small
hosts    A B
link     * delay 20ms
skip     startup
at 0s    link * loss 100%
at 1s    A allocate at .7 until 12h
at 3s    B allocate at .7 until 11h
at 30s   link * loss 0%
run 80s
expect   each never clash
expect   A holds .7 at 20s
expect   B holds .7 at 20s
expect   total first conflict .7 between 30s and 80s
";

#[test]
fn an_owner_that_is_killed_comes_back_with_what_it_stored() {
    assert_agrees(RESTARTED);
}

#[test]
fn what_is_held_back_arrives_when_it_is_released() {
    assert_agrees(HELD);
}

#[test]
fn what_is_lost_for_a_while_is_made_up_for_by_repetition() {
    assert_agrees(LOST);
}
