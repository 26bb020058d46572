//! What mistakes lead to.

use super::{FIGURE_3, WORLD};
use crate::{Scenario, Severity};

/// Checks that a text leads to exactly these diagnostics, `line:start-end code: what`, in
/// order, where `what` is a part of the plain sentence.
fn check(text: &str, expected: &[&str]) {
    let found = Scenario::read(text).diagnostics;
    let plain: Vec<String> = found.iter().map(|one| one.plain("f")).collect();
    assert_eq!(found.len(), expected.len(), "{text}\n{plain:#?}");
    for (diagnostic, expected) in found.iter().zip(expected) {
        let (place, rest) = expected.split_once(' ').unwrap();
        let (code, what) = rest.split_once(": ").unwrap_or((rest, ""));
        let span = diagnostic.span;
        assert_eq!(format!("{}:{}-{}", span.line, span.start, span.end), place, "{diagnostic}");
        assert_eq!(diagnostic.code, code, "{diagnostic}");
        assert!(diagnostic.plain("f").contains(what), "{diagnostic}\n{expected}");
    }
}

/// The same for one statement behind [`WORLD`], whose lines end at 10.
fn check_line(line: &str, expected: &[&str]) {
    check(&format!("{WORLD}{line}\n"), expected);
}

#[test]
fn the_worked_example_is_sound() {
    check(FIGURE_3, &[]);
    check(WORLD, &[]);
}

#[test]
fn unknown_names_get_a_suggestion() {
    check_line("at 0s A alocate 1 until +1h", &["11:9-16 scn-syntax: did you mean `allocate`?"]);
    check_line("at 0s partiton A | B", &["11:7-15 scn-syntax: did you mean `partition`?"]);
    check_line("exepct A never AIU", &["11:1-7 scn-unknown-statement: did you mean `expect`?"]);
    check_line("tune resend-wiat 2s", &["11:6-17 scn-unknown-tune: did you mean `resend-wait`?"]);
    check_line("draw A defence 4s", &["11:8-15 scn-unknown-label: did you mean `defense`?"]);
    check_line("oracle anounced holds", &["11:8-16 scn-unknown-oracle: did you mean `announced`?"]);
    check_line(
        "at 0s A allocate 1 until +1h in wdie",
        &["11:33-37 scn-unknown-scope: did you mean `wide`?"],
    );
    check_line("link east-wets delay 1s", &["11:11-15 scn-unknown-zone: did you mean `west`?"]);
    check_line("at 0s M7 allocate 1 until +1h", &["11:7-9 scn-unknown-host: did you mean `M1`?"]);
    check_line("expect D never AIU", &["11:8-9 scn-unknown-host: there is no host `D`"]);
}

#[test]
fn every_mistake_is_reported() {
    check_line(
        "draw A defense 9s\nat 0s Z retire\nexpect A count AIU\n",
        &[
            "11:16-18 scn-draw-range: expected 2s to 8s",
            "12:7-8 scn-unknown-host",
            "13:19-20 scn-incomplete: `N..M`",
        ],
    );
}

#[test]
fn a_wrong_word_says_what_was_expected_there() {
    check_line("link * dealy 5ms", &["11:8-13 scn-syntax: expected `delay`"]);
    check_line("at 0s A allocate 3 untl +1h", &["11:20-24 scn-syntax: did you mean `until`?"]);
    check_line("at soon heal", &["11:4-8 scn-syntax: expected a duration such as"]);
    check_line("say 1s hello", &["11:8-13 scn-syntax: expected a text in quotes"]);
    check_line("say 1s \"hello", &["11:8-14 scn-quote"]);
    check_line("title", &["11:6-7 scn-incomplete: expected a title"]);
    check_line("seed 1 2", &["11:8-9 scn-syntax: expected the end of the line"]);
    check_line(
        "profile strict",
        &["11:9-15 scn-syntax: `literal`, `repaired`, `appendix` or `hardened`"],
    );
    check_line("cites RFC-2119", &["11:7-15 scn-syntax: AAP-3.2.2-09"]);
    check_line("expect A never AIUU", &["11:16-20 scn-syntax: did you mean `AIU`?"]);
}

#[test]
fn time_goes_forward_and_ends() {
    check_line("at 5s heal\nat 4s heal", &["12:4-6 scn-time-order: already at 5s"]);
    check_line("at 2h heal", &["11:4-6 scn-after-run: `run 2h` would reach it"]);
    check_line("expect A holds .7 at 90m", &["11:22-25 scn-after-run"]);
    check_line("expect A first AIU between 9s and 8s", &["11:35-37 scn-window"]);
    check_line("timeline exact\n2s A AIU q/0 .7\n1s A AIU q/1 .7\nend", &["13:1-3 scn-time-order"]);
    check_line("variant v\nrun 2h\nat 90m heal\nend", &[]);
}

#[test]
fn addresses_lie_in_their_scope() {
    check_line("known A allocated 239.254.0.1 until 1h", &["11:19-30 scn-address: site"]);
    check_line("known A allocated .1.0.0 until 1h", &["11:19-25 scn-address: outside"]);
    check_line("known A allocated wide:.1.0.0 until 1h", &[]);
    check_line("known A allocated .ff until 1h", &["11:19-22 scn-address: octets"]);
    check_line("known A allocated .255.1 until 1h", &["11:19-25 scn-reserved: F-33"]);
    check_line("expect A holds .9-.7 at 1s", &["11:16-21 scn-address: backwards"]);
    check_line("draw A address .7 239.1.1.1", &["11:19-28 scn-address: outside"]);
    check_line("at 1s inject AIU 5/0 10.0.0.1 until +1h from X", &[]);
}

#[test]
fn scopes_have_room_for_the_group() {
    let world =
        |range: &str| format!("title t\ncites F-01\nscope s {range} small\nhosts A\nrun 1s\n");
    check(&world("239.255.0.0/24"), &["3:9-23 scn-scope-small: AAP group"]);
    check(&world("239.255.0.0/23"), &[]);
    check(&world("ff18::/126"), &["3:9-19 scn-scope-small"]);
    check(&world("10.0.0.0/8"), &["3:9-19 scn-scope: multicast"]);
    check(&world("239.255.0.1/16"), &["3:9-23 scn-syntax"]);
}

#[test]
fn roles_are_kept_apart() {
    check_line("at 0s P allocate 1 until +1h", &["11:7-8 scn-role: Prefix Coordinator"]);
    check_line("space A wide:.0-.255 until 1h", &["11:7-8 scn-role"]);
}

#[test]
fn statements_stand_where_they_mean_something() {
    check_line("without draws", &["11:1-14 scn-place"]);
    check_line("under literal\nhosts D\nend", &["12:1-8 scn-place"]);
    check_line("variant v\nvariant w\nexpect A never AIU\nend\nend", &["12:1-10 scn-block"]);
    check_line("end", &["11:1-4 scn-block"]);
    check_line("timeline exact", &["11:1-9 scn-block: expected a line `end`"]);
    check_line("hosts A", &["11:7-8 scn-twice"]);
    check_line("expect total holds .7 at 1s", &["11:1-28 scn-subject"]);
}

#[test]
fn a_forgotten_end_is_one_mistake() {
    check_line(
        "timeline exact\n0s A AIU q/0 .7\nexpect A count AIU = 1\noracle announced holds",
        &["11:1-9 scn-block: expected a line `end`"],
    );
}

#[test]
fn an_empty_text_lacks_everything() {
    check(
        "",
        &[
            "1:1-1 scn-missing: scope",
            "1:1-1 scn-missing: hosts",
            "1:1-1 scn-missing: end",
            "1:1-1 scn-untitled",
            "1:1-1 scn-uncited",
        ],
    );
}

#[test]
fn an_unreadable_declaration_is_not_missed_twice() {
    check(
        "title t\ncites F-01\nscope s 239.255.0.0/16 small\nhosts a\nrun 1s\nat 0s A retire\n",
        &["4:7-8 scn-syntax: capital"],
    );
}

#[test]
fn constants_take_their_own_kind_of_value() {
    check_line("tune jitter 5", &["11:13-14 scn-tune-value: `on` or `off`"]);
    check_line("tune resend-wait 8s 2s", &["11:18-23 scn-tune-value: expected a duration"]);
    check_line("tune max-skew off", &[]);
    check_line("tune max-skew 60s", &[]);
    check_line("tune A rseq 0xfffffe", &[]);
    check_line("at 1s A set own-aiu liberal", &["11:21-28 scn-tune-value: `literal`"]);
    check_line("tune resend-wait 2s\ndraw B defense 9s", &[]);
}

#[test]
fn oracles_say_when_they_cannot_judge() {
    check_line(
        "link * loss 10%\noracle no-duplicate-allocation holds",
        &["12:8-31 scn-oracle-idle: line 11: the assumption breaks here"],
    );
    check_line("link * loss 0%\noracle no-duplicate-allocation holds", &[]);
}

#[test]
fn warnings_do_not_keep_a_scenario_from_running() {
    let text = WORLD.replace("cites    F-01\n", "");
    let reading = Scenario::read(&text);
    assert!(reading.is_sound());
    assert_eq!(reading.diagnostics[0].severity, Severity::Warning);
}
