//! Text, canonical text, JSON and back.

use proptest::prelude::*;

use super::{FIGURE_3, WORLD};
use crate::{JsonError, Scenario};

fn assert_round_trip(text: &str) {
    let scenario = Scenario::parse(text).unwrap_or_else(|errors| panic!("{text}\n{errors:#?}"));
    let canonical = scenario.to_text();
    assert_eq!(Scenario::parse(&canonical).as_ref(), Ok(&scenario), "{canonical}");
    assert_eq!(Scenario::parse(&canonical).unwrap().to_text(), canonical);
    let json = scenario.to_json();
    assert_eq!(Scenario::from_json(&json).as_ref(), Ok(&scenario), "{json}");
}

#[test]
fn the_worked_example_survives() {
    assert_round_trip(FIGURE_3);
    assert_round_trip(WORLD);
}

#[test]
fn canonical_text_is_laid_out_like_the_worked_example() {
    let squeeze = |text: &str| {
        let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        lines.collect::<Vec<_>>().join("\n").replace("0ms", "0s")
    };
    let text = Scenario::parse(FIGURE_3).unwrap().to_text();
    assert_eq!(squeeze(&text), squeeze(FIGURE_3));
    assert!(text.contains("\n  13s   A  AITU q/6 .9 .10\n"), "{text}");
}

#[test]
fn timed_lines_are_sorted_with_their_comments() {
    let text = "at 5s heal\n# early\nat 1s heal\nrun 9s\n";
    let sorted = Scenario::parse(text).unwrap().to_text();
    assert_eq!(sorted, "# early\nat 1s    heal\nat 5s    heal\nrun 9s\n");
}

#[test]
fn comments_prose_and_empty_lines_survive() {
    let text = "# top\n\n> Prose, with a # and a \"quote\".\n>\ntitle a # b\n\n\nseed 1 # why\n";
    assert_round_trip(text);
    let canonical = Scenario::parse(text).unwrap().to_text();
    assert_eq!(
        canonical,
        "# top\n\n> Prose, with a # and a \"quote\".\n>\ntitle    a  # b\n\nseed     1  # why\n"
    );
}

#[test]
fn json_that_no_text_means_is_refused() {
    let json = |line: &str| format!(r#"{{"schema":"aap-scenario","version":1,"lines":[{line}]}}"#);
    assert!(Scenario::from_json(&json(r#"{"do":{"seed":1}}"#)).is_ok());
    for line in [
        r#"{"do":{"title":"a\nseed 2"}}"#,
        r##"{"do":{"title":"a # b"}}"##,
        r#"{"do":{"down":["A B"]}}"#,
        r#"{"do":{"down":[]}}"#,
        r#"{"comment":"a\nseed 2"}"#,
        r#"{"do":{"variant":{"name":"v","lines":[{"do":{"variant":{"name":"w","lines":[]}}}]}}}"#,
    ] {
        let error = Scenario::from_json(&json(line)).unwrap_err();
        assert!(matches!(error, JsonError::Text(_) | JsonError::Ambiguous(_)), "{line}: {error}");
    }
    let error = Scenario::from_json(&json(r#"{"do":{"sed":1}}"#)).unwrap_err();
    assert!(matches!(error, JsonError::Shape(_)));
    let version = r#"{"schema":"aap-scenario","version":2,"lines":[]}"#;
    assert!(matches!(Scenario::from_json(version), Err(JsonError::Version(_))));
}

fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(words).prop_map(str::to_owned)
}

fn address() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..256_u32).prop_map(|n| format!(".{n}")),
        (0..100_u32, 1..100_u32).prop_map(|(first, n)| format!(".{first}-.{}", first + n)),
        (0..9_u32, 2..9_u32).prop_map(|(first, n)| format!(".{first}-.200/{n}")),
        one_of(&["239.255.1.0/24", "ff18::1", "site:.1.2", ".ff.8000", "239.255.0.1-239.255.0.9"]),
    ]
}

fn time() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..5_000_u32, one_of(&["us", "ms", "s", "m", "h", "d"]))
            .prop_map(|(n, u)| format!("{n}{u}")),
        (0..100_u32, 0..1000_u32).prop_map(|(n, f)| format!("{n}.{f:03}s")),
    ]
}

fn end() -> impl Strategy<Value = String> {
    prop_oneof![
        time(),
        time().prop_map(|t| format!("+{t}")),
        time().prop_map(|t| format!("-{t}")),
        Just("never".to_owned())
    ]
}

fn filter() -> impl Strategy<Value = String> {
    let what = one_of(&[
        "AIU",
        "ACLM .7",
        "message",
        "timer defense",
        "holds .1 .2",
        "ASA resent",
        "AIU ranges 40 octets 492",
    ]);
    (what, prop::option::of(time()), prop::option::of(time())).prop_map(|(what, after, before)| {
        let part = |word: &str, time: Option<String>| {
            time.map_or(String::new(), |t| format!(" {word} {t}"))
        };
        format!("{what}{}{}", part("after", after), part("before", before))
    })
}

/// Statements outside blocks that need no order.
fn statement() -> impl Strategy<Value = String> {
    let percent = || (0..=1_000_000_u32).prop_map(|n| format!("{}.{:04}%", n / 10_000, n % 10_000));
    prop_oneof![
        (address(), end(), prop::option::of(time())).prop_map(|(a, e, h)| {
            format!(
                "known C allocated {a} until {e} told B M*{}",
                h.map_or(String::new(), |h| format!(" heard {h} ago"))
            )
        }),
        (address(), address(), time())
            .prop_map(|(a, b, t)| format!("draw A x {a} {t} then any {b} 7")),
        (time(), percent(), percent())
            .prop_map(|(d, l, r)| format!("link A->east delay {d} loss {l} reorder {r} burst 3")),
        (address(), end(), address(), end())
            .prop_map(|(a, s, b, t)| format!("space P {a} until {s} {b} {a} until {t}")),
        (filter(), time(), time())
            .prop_map(|(f, a, b)| format!("expect each gap {f} between {a} and {b}")),
        (filter(), 0..9_u64).prop_map(|(f, n)| format!("expect total count {f} {n}..{}", n + 3)),
        (address(), end(), end(), time())
            .prop_map(|(a, s, t, at)| format!("expect one until {a} between {s} and {t} at {at}")),
        (any::<i32>().prop_map(|n| n % 1_000_000))
            .prop_map(|n| format!("clock A skew -1.5s drift {n}ppm")),
        "[ -~äß]{0,30}".prop_map(|text| format!("> {text}")),
        "[ -~äß]{0,30}".prop_map(|text| format!("# {text}")),
        "[a-zä#\"\\\\ ]{1,20}".prop_map(|text| format!("title x{text}")),
        one_of(&[
            "",
            "skip startup",
            "cites F-15 AAP-3.2.2-09..18",
            "hosts A M*50",
            "down A each",
            "tune A rseq 0xff",
            "needs ipv6"
        ]),
    ]
}

fn event() -> impl Strategy<Value = String> {
    let source = || {
        one_of(&["X", "10.0.0.1", "10.0.0.1:2878", "X as A to B C in site", "ff::1", "[ff::1]:5"])
    };
    prop_oneof![
        (address(), end())
            .prop_map(|(a, e)| format!("A allocate 2 contiguous prefer {a} until {e} in wide")),
        (address(), end()).prop_map(|(a, e)| format!("each claim at {a} until {e}")),
        (address(), end()).prop_map(|(a, e)| format!("A shorten {a} until {e}")),
        address().prop_map(|a| format!("A release {a} {a}")),
        (any::<u32>(), any::<u8>(), address(), end(), source()).prop_map(|(r, m, a, e, s)| {
            format!("inject AIU {}/{m} {a} until {e} dated {e} from {s}", r >> 8)
        }),
        (address(), end(), source()).prop_map(|(a, e, s)| format!(
            "inject ASRP 0/1 used 7 {a} want 9 until {e} want 1 until {e} from {s}"
        )),
        (prop::collection::vec(any::<u8>(), 1..40), source()).prop_map(|(octets, s)| {
            let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
            format!("inject {hex} from {s}")
        }),
        source().prop_map(|s| format!("replay last AIU of A from {s}")),
        one_of(&[
            "partition A east | C M*",
            "heal",
            "heal A-B",
            "mute A",
            "deafen A B",
            "hold A->*",
            "release *-B",
            "link * tail 5ms",
            "crash A B lose last 3 writes after 2 outputs",
            "restart A",
            "clock A step -1h",
            "drop next AIU from A to east",
            "duplicate next 3",
            "duplicate next ACLM from A by 20ms",
            "delay next ASA to B by 2s",
            "A retire",
            "A set jitter off",
            "space P nothing",
            "answer ACLM AITU with AIU from X until +1d",
            "inject ASA 1/0 valid 3650d nothing from X",
            "inject ANA 0/3 64 until +2h from X",
        ]),
    ]
}

fn text() -> impl Strategy<Value = String> {
    let timed = (any::<u16>(), prop::option::of(1..9_u32), event());
    let marks = (
        any::<u16>(),
        one_of(&["AIU q/0 .7", "ASA 7/* empty", "holds .1-.3", "timer claim", "lost"]),
    );
    (
        prop::collection::vec(statement(), 0..8),
        prop::collection::vec(timed, 0..8),
        prop::collection::vec(marks, 0..5),
        prop::collection::vec(statement(), 0..4),
        "[ -~äß\\n\\t]{0,20}",
    )
        .prop_map(|(before, mut events, mut marks, inside, said)| {
            events.sort_by_key(|event| event.0);
            marks.sort_by_key(|mark| mark.0);
            let mut lines = before;
            for (at, every, event) in events {
                let every = every.map_or(String::new(), |n| format!("every {n}s times {n} "));
                lines.push(format!("at {at}ms {every}{event}"));
            }
            lines.push(format!("say 99h {said:?} :de \"é\""));
            lines.push("timeline only A M* ~20ms # why".to_owned());
            lines.extend(marks.into_iter().map(|(at, what)| format!("{at}ms A {what} ~5ms")));
            lines.push("end # of it".to_owned());
            lines.push("variant v\nunder literal appendix".to_owned());
            lines.extend(inside);
            lines.push("end\nwithout events draws\nend".to_owned());
            lines.join("\n")
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_scenario_survives_text_and_json(text in text()) {
        let text = text.replace("\\u{", "(");
        prop_assert!(Scenario::parse(&text).is_ok());
        assert_round_trip(&text);
    }

    #[test]
    fn arbitrary_text_never_panics(text in any::<String>()) {
        let reading = Scenario::read(&text);
        for diagnostic in &reading.diagnostics {
            let _ = diagnostic.span.bytes(&text);
        }
        let _ = reading.scenario.to_text();
    }

    #[test]
    fn damaged_scenarios_never_panic(
        words in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..6),
        extra in text(),
    ) {
        let source = format!("{FIGURE_3}{extra}");
        let mut tokens: Vec<&str> = source.split_inclusive([' ', '\n']).collect();
        for (from, to) in words {
            let word = tokens[from.index(tokens.len())];
            let to = to.index(tokens.len());
            tokens[to] = word;
        }
        let text = tokens.concat();
        let reading = Scenario::read(&text);
        for diagnostic in &reading.diagnostics {
            let _ = diagnostic.span.bytes(&text);
        }
        let _ = reading.scenario.to_text();
        let _ = reading.scenario.plan(None, None);
    }
}
