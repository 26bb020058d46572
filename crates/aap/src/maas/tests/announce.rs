use super::bench::Bench;

/// AAP-3.2.2-01, -02, -03, -08, AAP-2-03, AAP-A-02.
#[test]
fn an_allocation_is_announced_fast_and_then_for_ever() {
    let mut a = Bench::small();
    a.choose(&[7]);
    a.allocate(1, 1);
    a.draw("aiu-repeat", &[21_000, 39_000]);
    a.run_to(150);
    let at: Vec<String> = a.log_of("AIU").iter().map(|l| l.replace(" AIU 1", "")).collect();
    let expected = [
        "10s/0 7", "11s/1 7", "13s/2 7", "17s/3 7", "25s/4 7", "41s/5 7", "62s/6 7", "101s/7 7",
        "131s/8 7",
    ];
    assert_eq!(at, expected);
    let asked = a.answers.asked.iter().filter(|q| q.0 == "aiu-repeat");
    assert!(asked.into_iter().all(|&(_, low, high)| (low, high) == (21_000, 39_000)));
}

/// AAP-3.2.1-04: what has ended is not announced any more, though its timer waits for the end as the
/// clock was.
#[test]
fn an_end_that_a_clock_has_jumped_over_is_noticed_with_the_next_announcement() {
    let mut a = Bench::small();
    a.choose(&[7]);
    a.allocate_until(1, 1, 500);
    a.draw("aiu-repeat", &[30_000, 30_000]);
    a.run_to(100);
    a.log();
    a.ahead = 600;
    a.run_to(200);
    assert_eq!(a.log(), ["101s lost 7 ended"]);
}

/// AAP-3.2.2-04, -05, -07: 40 ranges fit 500 octets; each message has its own draw.
#[test]
fn sixty_ranges_are_two_messages_on_timers_of_their_own() {
    let mut a = Bench::small();
    let offsets: Vec<u128> = (0..60).map(|n| 2 * n).collect();
    a.own(&offsets);
    a.run_to(120);
    a.log();
    a.sent.clear();
    a.draw("aiu-repeat", &[22_000, 37_000]);
    a.run_to(151);
    let sizes: Vec<usize> = a.sent.iter().map(|m| m.ranges().unwrap().len()).collect();
    assert_eq!(sizes, [40, 20]);
    let octets: Vec<usize> = a.sent.iter().map(octets).collect();
    assert_eq!(octets, [492, 252]);
    a.log();
    a.run_to(200);
    let times: Vec<String> =
        a.log().iter().map(|l| l.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(times, ["153s", "168s", "183s", "198s"]);
}

fn octets(message: &crate::wire::Message) -> usize {
    let mut octets = Vec::new();
    message.encode(&mut octets);
    octets.len()
}

/// AAP-3.2.2-06.
#[test]
fn fast_and_defending_messages_list_only_what_they_are_about() {
    let mut a = Bench::small();
    a.own(&[100]);
    a.choose(&[7]);
    a.allocate(1, 1);
    a.run_to(53);
    assert_eq!(a.log_of("AIU"), ["52s AIU 3/0 7", "53s AIU 3/1 7"]);
    a.aclm("b", 1, "7-200");
    a.run_to_ms(53_500);
    assert_eq!(a.log(), ["53s AIU 4/0 7 100"]);
}

/// AAP-3.2.2-04: what losses have left half empty is brought together again.
#[test]
fn shrunken_messages_are_merged() {
    let mut a = Bench::small();
    let offsets: Vec<u128> = (0..60).map(|n| 2 * n).collect();
    a.own(&offsets);
    a.run_to(120);
    a.command(&crate::Command::Lose { range: super::bench::range(0, 59) });
    a.run_to(200);
    a.sent.clear();
    a.run_to(260);
    let sizes: Vec<usize> = a.sent.iter().map(|m| m.ranges().unwrap().len()).collect();
    assert_eq!(sizes, [30, 30], "one message per 30 s");
}

/// AAP-3.2.2-01, AAP-3.2.3-03: what is no longer ours is no longer announced.
#[test]
fn a_lost_address_leaves_the_announcement_and_changes_its_number() {
    let mut a = Bench::small();
    a.own(&[7, 100]);
    a.run_to(100);
    let before = a.log();
    assert!(before.last().unwrap().ends_with("7 100"), "{before:?}");
    a.command(&crate::Command::Lose { range: super::bench::range(7, 7) });
    a.run_to(132);
    let log = a.log();
    assert_eq!(log[0], "100s lost 7 asked");
    assert!(log[1..].iter().all(|l| l.ends_with(" 100")), "{log:?}");
}

/// AAP-3.2.2-05: a holding that is split becomes two ranges.
#[test]
fn a_message_that_a_split_made_too_long_is_divided() {
    let mut a = Bench::small();
    let offsets: Vec<u128> = (0..39).map(|n| 2 * n).collect();
    a.choose(&[100, 101, 102]);
    a.allocate(1, 3);
    a.own(&offsets);
    a.run_to(120);
    a.command(&crate::Command::Lose { range: super::bench::range(101, 101) });
    a.log();
    a.sent.clear();
    a.run_to(160);
    let listed: Vec<usize> = a.sent.iter().map(|m| m.ranges().unwrap().iter().count()).collect();
    assert_eq!(listed.iter().max(), Some(&40), "{listed:?}");
    assert!(a.log().iter().any(|line| line.ends_with(" 102")));
}
