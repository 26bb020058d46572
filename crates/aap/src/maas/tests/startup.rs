use super::bench::{Bench, range};
use crate::config::{Reports, Startup};
use crate::policy::StartupAnnounce;
use addrspace::ScopeKind;

fn listening() -> Bench {
    Bench::with(|c| c.startup = Startup::Listen)
}

/// AAP-3.2.4-01, -02, AAP-2-04: neither users nor claimants get an answer before its end.
#[test]
fn nothing_is_sent_before_the_startup_timer_expires() {
    let mut a = listening();
    assert!(a.answers.asked.contains(&("startup", 150_000, 195_000)));
    a.choose(&[7]);
    a.allocate(1, 1);
    a.aiu("b", 1, "9");
    a.aclm("c", 1, "9");
    a.run_to(172);
    assert_eq!(a.log(), [""; 0]);
    a.run_to(173);
    assert_eq!(a.log(), ["172.5s ready", "172.5s ACLM 0/0 7"]);
}

/// AAP-3.1-01, -02, AAP-3.2.2-01 (F-07): what was allocated is announced again after the silence.
#[test]
fn allocations_survive_a_reboot() {
    let mut a = Bench::small();
    a.own(&[7, 9]);
    a.run_to(100);
    a.log();
    a.reboot();
    a.aclm("b", 1, "7");
    a.run_to(272);
    assert_eq!(a.log(), [""; 0], "silence comes first");
    a.run_to(273);
    assert_eq!(a.log(), ["272.5s ready", "272.5s AIU 0/0 7 9"]);
}

/// F-07: to the letter a restored allocation is announced like a new one.
#[test]
fn allocations_may_be_announced_fast_after_a_reboot() {
    let mut a = Bench::with(|config| config.policy.startup_announce = StartupAnnounce::Fast);
    a.own(&[7]);
    a.run_to(100);
    a.reboot();
    a.log();
    let fast = ["272.5s AIU 0/0 7", "273.5s AIU 0/1 7", "275.5s AIU 0/2 7"];
    a.run_to(276);
    assert_eq!(a.log_of("AIU"), fast);
}

/// F-45: a guard before the end is told once, and not of what is being deleted anyway.
#[test]
fn users_are_warned_once_of_an_end() {
    let mut a = Bench::with(|config| config.policy.end_guard = 60);
    a.choose(&[7, 9]);
    a.allocate_until(1, 1, 500);
    a.allocate_until(2, 1, 520);
    a.run_to(400);
    a.log();
    a.release("9");
    a.run_to(600);
    let told: Vec<String> = a.log().into_iter().filter(|line| !line.contains("AIU")).collect();
    let expected = ["400s released 9@520", "440s ending 7", "500s lost 7 ended", "520s ended 9"];
    assert_eq!(told, expected);
}

/// AAP-3.1-01, -02, AAP-3.2.1-03, -06: what others have allocated is defended after a reboot, and
/// what they intend to use avoided.
#[test]
fn the_record_survives_a_reboot() {
    let mut a = Bench::large("0-9");
    a.aiu("b", 1, "2");
    a.aitu("b", 2, "3-9");
    a.reboot();
    a.run_to(200);
    a.log();
    a.draw("defense", &[2000]);
    a.aclm("c", 1, "2");
    a.run_to(210);
    assert_eq!(a.log_of("AIU")[0], "202s AIU 0/0 2");
    a.choose(&[5, 0]);
    a.allocate(1, 1);
    assert_eq!(a.log_of("ACLM"), ["210s ACLM 1/0 0"]);
}

/// AAP-3.2.4-03, -04: without an ASA nothing, with a cached one what it still offers.
#[test]
fn a_large_scope_without_an_asa_serves_only_from_a_cached_one() {
    let mut a = Bench::with(|c| {
        c.startup = Startup::Listen;
        c.scope.kind = ScopeKind::Large;
        c.reports = Reports::Never;
    });
    a.allocate(1, 1);
    a.run_to(200);
    assert_eq!(a.log(), ["172.5s ready", "172.5s refused 1 NoAddressSpace"]);
    let mut cached = Bench::large("0-9@300 10-19@9000");
    cached.run_to(100);
    cached.reboot();
    cached.choose(&[12]);
    cached.allocate_until(1, 1, 8000);
    cached.run_to(272);
    assert_eq!(cached.log(), [""; 0]);
    cached.run_to(273);
    assert_eq!(cached.log(), ["272.5s ready", "272.5s ACLM 0/0 12@8000"]);
}

/// AAP-3.2.10.2-02, -05: an ASA that expired meanwhile is not complained of before the end of the
/// silence, and resent only after it.
#[test]
fn a_cached_asa_that_has_expired_is_resent_after_the_silence() {
    let mut a = Bench::large("0-9");
    a.run_to(2950);
    a.reboot();
    a.run_to(3122);
    assert_eq!(a.log(), [""; 0]);
    a.run_to(3160);
    let log = a.log();
    assert_eq!(log, ["3122.5s ready", "3122.5s space expired", "3152.5s ASA 0/0 0-9"]);
}

/// F-07: stored preallocations are tentative again.
#[test]
fn preallocations_survive_a_reboot_but_must_stand_again() {
    let mut a = Bench::small();
    a.choose(&[7]);
    a.preallocate(1, 1);
    a.run_to(12);
    a.log();
    a.reboot();
    a.run_to(190);
    assert_eq!(a.log_of("AITU 0/0"), ["184.5s AITU 0/0 7"]);
    a.run_to(195);
    assert_eq!(a.log_of("held"), ["194.5s held 7"]);
}

/// AAP-1.4-01, AAP-2.2-01: everybody else may be dead.
#[test]
fn a_maas_alone_serves_its_users() {
    let mut a = Bench::large("0-99");
    a.run_to(4000);
    a.log();
    a.allocate(1, 1);
    a.run_to(4011);
    assert_eq!(a.log_of("granted").len(), 1);
}

/// AAP-B-01.
#[test]
fn the_constants_are_those_of_appendix_b() {
    let t = crate::Timing::draft();
    let all = [
        t.startup_wait,
        t.announce_wait,
        t.resend_wait,
        t.repeat_interval,
        t.asa_interval,
        t.asrp_interval,
    ];
    assert_eq!(all.map(sansio::Duration::as_secs), [150, 10, 1, 30, 30, 30]);
}

/// AAP-3.2.4-02: an ASA revises what was restored, but that is told to nobody before the silence
/// ends.
#[test]
fn an_asa_that_shortens_what_was_restored_breaks_no_silence() {
    let mut a = Bench::large("0-9@50000");
    a.choose(&[7]);
    a.allocate_until(1, 1, 40_000);
    a.run_to(50);
    a.log();
    a.reboot();
    a.run_to(60);
    a.asa("p", 3000, "0-9@20000");
    a.run_to(222);
    assert_eq!(a.log(), ["60s invalidated 0-9", "60s end 7@20000"]);
    a.run_to(223);
    assert_eq!(a.log(), ["222.5s ready", "222.5s AIU 0/0 7@20000"]);
}

/// F-07, AAP-3.2.6-07: storage must not bring back what has been given up.
#[test]
fn a_restored_preallocation_that_collides_is_forgotten() {
    let mut a = Bench::small();
    a.choose(&[7]);
    a.preallocate(1, 1);
    a.run_to(12);
    a.reboot();
    a.run_to(185);
    a.log();
    a.choose(&[9]);
    a.aclm("b", 1, "7");
    assert_eq!(a.log(), ["185s clash 7 ACLM of b", "185s AITU 0/1 9"]);
    assert!(a.storage.is_empty(), "{:?}", a.storage);
}

/// AAP-3.2.6-09: the same for an ASA heard in the silence.
#[test]
fn a_restored_preallocation_that_is_no_longer_available_is_not_announced() {
    let mut a = Bench::large("0-9");
    a.choose(&[3, 4, 7, 8]);
    a.preallocate(1, 2);
    a.preallocate(2, 2);
    a.run_to(12);
    a.log();
    a.reboot();
    a.asa("p", 3100, "4-7");
    a.run_to(185);
    let log = a.log_of("AITU");
    assert_eq!(log, ["184.5s AITU 0/0 4", "184.5s AITU 1/0 7"]);
}

/// AAP-3.2.6-09: as long as no ASA says what is available, nothing has been taken away.
#[test]
fn a_restored_preallocation_waits_for_the_first_asa() {
    let mut a = Bench::large("0-9");
    a.choose(&[3]);
    a.preallocate(1, 1);
    a.run_to(12);
    a.storage.remove(&crate::ItemKey::Space);
    a.log();
    a.reboot();
    a.run_to(185);
    assert_eq!(a.log(), ["184.5s ready", "184.5s AITU 0/0 3"]);
}

/// AAP-3.2.8-02, AAP-3.2.1-04, AAP-3.2.8-08: users learn it, storage forgets, a deletion stays.
#[test]
fn what_ended_while_it_was_off_is_told_and_forgotten() {
    let mut a = Bench::small();
    a.choose(&[7, 8, 9]);
    a.allocate_until(1, 1, 300);
    a.allocate_until(2, 1, 5000);
    a.preallocate(3, 1);
    a.aiu("c", 1, "20@300");
    a.run_to(50);
    a.release("8");
    a.set_end("9", 300);
    a.log();
    a.now = sansio::Instant::from_secs(400);
    a.reboot();
    assert_eq!(a.log(), ["400s lost 7 ended", "400s ended 8"]);
    let kept: Vec<_> = a.storage.keys().collect();
    assert!(matches!(kept[..], [crate::ItemKey::Tombstone(_)]), "{kept:?}");
}

/// AAP-3.2.8-02 (F-45): ends are kept in the silence, too.
#[test]
fn users_hear_of_an_end_in_the_silence() {
    let mut a = Bench::small();
    a.choose(&[7]);
    a.allocate_until(1, 1, 200);
    a.run_to(100);
    a.log();
    a.reboot();
    a.run_to(250);
    assert_eq!(a.log(), ["140s ending 7", "200s lost 7 ended"]);
}

/// Storage of another configuration is no reason to fail.
#[test]
fn what_was_stored_for_another_scope_is_passed_over() {
    let mut a = Bench::unstarted(|_| {});
    let range = addrspace::Range::single(addrspace::Addr(super::bench::BASE - 1));
    let (end, until) = (sansio::UtcSecs(i64::MAX), sansio::UtcSecs(i64::MAX));
    let owner = crate::Peer::from(super::bench::address("c"));
    for item in [
        crate::Item::Own { range, end, latest_end: end, request: 1, deleted: false },
        crate::Item::Heard { range, end, owner, by_defender: false },
        crate::Item::Intended { range, end, owner, heard: end },
        crate::Item::Tombstone { range, end, until },
        crate::Item::Preallocated { range, end, request: None },
    ] {
        a.storage.insert(sansio::Stored::key(&item), item);
    }
    a.start();
    assert_eq!(a.log(), [""; 0]);
    assert!(a.maas.record().is_empty() && a.maas.held().next().is_none());
}

/// AAP-3.2.3-01 (F-07): whoever else announces what was restored is judged by its last word, once
/// the silence is over.
#[test]
fn a_conflict_heard_in_the_silence_is_judged_after_it() {
    let mut a = Bench::small();
    a.own(&[7, 9]);
    a.reboot();
    for (secs, from, text) in
        [(50, "b", "7@5000"), (51, "b", "9@5000"), (60, "b", "9@30"), (61, "c", "7@6000")]
    {
        a.run_to(secs);
        a.aiu(from, 4, text);
    }
    a.run_to(214);
    assert_eq!(a.log(), [""; 0]);
    a.run_to(215);
    let log = a.log();
    assert_eq!(log[..3], ["214.5s ready", "214.5s conflict 7 b Undone", "214.5s lost 7 AIU of b"]);
    assert_eq!(log.iter().filter(|line| line.contains("conflict")).count(), 1);
    let held: Vec<_> = a.maas.held().map(|lease| lease.range).collect();
    assert_eq!(held, [range(9, 9)]);
}

/// F-47: a clock that shows less than storage does cannot be believed.
#[test]
fn a_clock_behind_what_is_stored_is_told() {
    for (ahead, told) in [(0, 0), (-1, 1), (-1000, 1)] {
        let mut a = Bench::large("0-9");
        a.ahead = ahead;
        a.reboot();
        assert_eq!(a.log_of("ClockBehindStorage").len(), told, "{ahead}");
    }
}

/// A restart of the process alone, without the silence.
fn restarted(a: &mut Bench) {
    a.maas = crate::maas::Maas::new(a.maas.config().clone());
    a.start();
}

/// AAP-3.2.7-04: how long ago others spoke of what they want is kept, too.
#[test]
fn a_restart_does_not_make_intents_younger() {
    let mut a = Bench::large("7-8");
    a.aitu("b", 1, "7");
    a.run_to(15);
    a.aitu("b", 2, "8");
    a.run_to(20);
    restarted(&mut a);
    a.run_to(45);
    a.choose(&[7]);
    a.allocate(1, 1);
    assert_eq!(a.log_of("ACLM"), ["45s ACLM 0/0 8"], "whoever wants 7 may be long gone");
}

/// AAP-3.2.10.2-07: the time since the ASA was received includes what passed before the restart.
#[test]
fn a_restart_does_not_make_an_asa_younger() {
    let mut a = Bench::with(|c| {
        c.scope.kind = ScopeKind::Large;
        c.reports = Reports::Never;
    });
    a.asa("p", 60, "0-9");
    a.run_to(50);
    restarted(&mut a);
    a.draw("asa-resend", &[30_000]);
    a.run_to(90);
    assert_eq!(a.log(), ["60s space expired", "90s ASA 0/0 0-9"]);
    assert_eq!(i64::from(a.sent[0].current_time().secs()), super::bench::EPOCH + 90);
}
