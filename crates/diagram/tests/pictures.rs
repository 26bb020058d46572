//! Pictures of a pinned journal, pinned themselves.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use diagram::{Charset, Fold, Kind, Options, Paint, Rules, explain, timeline};
use trace::{Entry, What};

fn entries() -> Vec<Entry> {
    let text = include_str!("../../netsim/tests/journals/objection.jsonl");
    trace::read(text).unwrap().entries
}

fn check(name: &str, pinned: &str, drawn: &str) {
    if drawn != pinned {
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, drawn).unwrap();
        panic!("{name} has changed; the new one is in {}", path.display());
    }
}

#[test]
fn a_ladder_reads_well() {
    let drawn = timeline(&entries(), &Options::default());
    check("ladder.txt", include_str!("pictures/ladder.txt"), &drawn);
}

#[test]
fn a_narrow_ascii_ladder_shows_everything() {
    use Kind::{Draw, End, OtherTimer, Storage};
    let mut options = Options {
        columns: 72,
        charset: Charset::Ascii,
        rules: Rules::Hidden,
        fold: Fold::Nothing,
        ..Options::default()
    };
    options.show.extend([Draw, End, OtherTimer, Storage]);
    let drawn = timeline(&entries(), &options);
    assert!(drawn.is_ascii());
    check("ascii.txt", include_str!("pictures/ascii.txt"), &drawn);
}

#[test]
fn without_room_for_lanes_it_becomes_a_list() {
    let options = Options { columns: 56, ..Options::default() };
    let drawn = timeline(&entries(), &options);
    check("list.txt", include_str!("pictures/list.txt"), &drawn);
}

#[test]
fn lines_keep_to_their_width_and_have_no_trailing_spaces() {
    for columns in [56, 60, 72, 80, 100, 160] {
        let options = Options { columns, ..Options::default() };
        for line in timeline(&entries(), &options).lines() {
            assert!(line.chars().count() <= columns, "{columns}: {line}");
            assert_eq!(line, line.trim_end());
        }
    }
}

#[test]
fn colours_add_nothing_but_colour() {
    let options = Options { paint: Paint::Ansi, ..Options::default() };
    let painted = timeline(&entries(), &options);
    let mut plain = String::new();
    let mut escape = false;
    for c in painted.chars() {
        match c {
            '\x1b' => escape = true,
            'm' if escape => escape = false,
            _ if escape => {}
            c => plain.push(c),
        }
    }
    assert_ne!(painted, plain);
    assert_eq!(plain, timeline(&entries(), &Options::default()));
}

#[test]
fn an_explanation_goes_from_the_root_to_the_question() {
    let entries = entries();
    let given_up = entries
        .iter()
        .find(|entry| matches!(&entry.what, What::Event { name, .. } if name == "gives up"));
    let told = explain(&entries, given_up.unwrap().id).unwrap();
    check("explanation.txt", include_str!("pictures/explanation.txt"), &told);
    assert_eq!(explain(&entries, 1_000_000), None);
}

#[test]
fn an_empty_journal_has_an_empty_picture() {
    assert_eq!(timeline(&[], &Options::default()).lines().count(), 1);
}
