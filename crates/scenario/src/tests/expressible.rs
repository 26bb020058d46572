//! Every kind of situation in the draft's scenarios can be said.

use super::WORLD;
use crate::Scenario;

#[test]
fn the_situations_of_the_draft_can_be_said() {
    for lines in [
        // Crossing claims, one of them held back.
        "at 0s A claim at .7 until +1h\nat 0s B claim at .7 until +1h\nexpect one holds .7 at 1m",
        // A newcomer that ignored the claim, and one that never heard it.
        "at 0s drop next 4 ACLM from A to B\nat 2s B claim at .7 until +1h\nexpect A never ACLM .7 after 2s",
        "at 0s deafen B\nat 0s B claim at .7 until +1h\nexpect A count AIU .7 before 9s = 4\nexpect A count conflict .7 >= 1",
        // One free address left.
        "known X allocated .0-.6 .8-.254.255 until 1d told each\nat 0s M* allocate 1 until +1h\n\
         under repaired\nexpect one holds .7 at 30m\nend\nunder literal\nexpect anyone never holds .7\nend",
        // Preallocations of different age.
        "known A preallocated .1 until 1h told B heard 10s ago\nknown A preallocated .2 until 1h told B heard 100s ago\n\
         at 0s B allocate 1 until +1h\nexpect B holds .1 at 20s",
        // Fast path against a running claim.
        "known A preallocated .1-.8 until 1h told B\nat 0s A allocate 3 until +1h\nexpect A never ACLM\n\
         expect A first AIU between 0s and 0s\nexpect A pooled = 5 at 1s",
        // Partition, duplicate, heal.
        "at 0s partition east | west M*\nat 30s heal\nexpect total count conflict .7 before 69s >= 1",
        // Deletion while cut off; tombstones.
        "at 0s A release .7\nexpect A count AIU .7 ended >= 1\nexpect C free .7 at 5m",
        // Restart with and without storage, between two outputs.
        "at 0s crash A lose disk\nat 1s restart A\nat 2s crash B lose last 1 writes after 2 outputs",
        // Coordinators.
        "space P wide:.0-.255 until 30m wide:.1.0-.1.255 until 1h\nat 300s crash P\n\
         expect Q first ASA after 300s between 300s and 369s\nexpect total gap ASA resent between 21s and 39s\n\
         at 400s space Q nothing\nexpect P count quiet = 0\nexpect A requests = 1 at 20s\nexpect total count ASRP wants 64 >= 1",
        // Attacks.
        "at 0s inject ASA 9/0 valid 3650d nothing from X in wide\nat 1s every 100s inject ASA 9/1 nothing from X as P\n\
         at 2s answer ACLM AITU with AIU from X\nat 3s inject AIU 5/0 .7 until -5s from X as A\n\
         at 4s inject AIU 5/1 .0-.255.255 until never from X\nat 1h replay last AIU of A from X as A",
        // Malformed datagrams.
        "at 0s inject 00050001 00000003 3948c5 from X\nexpect A drops too_short = 1 at 1s\n\
         expect each unchanged between 0s and 1s\nexpect each never message before 1s",
        // Sequence numbers at their ends.
        "tune A rseq 0xfffffe\ntimeline only A\n0s A ACLM 0xfffffe/254 .7\nend",
        // Sizes of consolidated announcements.
        "known A allocated .1-.119/2 until 1h\nexpect A count AIU ranges 40 octets 492 before 40s = 1",
        // Clocks and end times.
        "clock A skew +1h drift -50ppm\nlink * delay 1s jitter 1s tail 200ms\n\
         expect each until .7 between 59m and 1h at 30m",
        // Storms.
        "cap 10000\nunder literal\nexpect total capped\nend\nunder repaired\nexpect total finishes\nend",
    ] {
        let reading = Scenario::read(&format!("{WORLD}{lines}\n"));
        assert!(reading.is_sound(), "{lines}\n{:#?}", reading.diagnostics);
    }
}
