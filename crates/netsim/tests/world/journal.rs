//! The journal of a run, pinned to the byte: what the format's description and the pictures'
//! tests rest on.

use super::*;

const PINNED: &str = include_str!("../journals/objection.jsonl");

fn play(world: &mut World<Claimant>) {
    let fault = |fault| Action::Fault(fault);
    let say = |text: &str| Action::Say(text.to_owned());
    let injection = Injection {
        from: address(77),
        to: group(),
        octets: vec![2, 9, 9],
        trust: Trust::Open,
        reach: Reach::Only(A),
    };
    let script = [
        (1, say("A picks .7. It cannot know that B owns it: what B announced, A has not heard.")),
        (1, Action::Command(A, 7)),
        (5, fault(Fault::Partition(vec![vec![C]]))),
        (6, Action::Command(A, 9)),
        (20, fault(Fault::Heal)),
        (21, Action::Command(C, 9)),
        (42, Action::Crash(B, Disk::Lose)),
        (43, Action::Command(C, 7)),
        (44, Action::Inject(injection)),
        (100, Action::Start(B)),
    ];
    for (at, action) in script {
        world.schedule(s(at), action);
    }
}

#[test]
fn the_journal_of_a_run_is_pinned_to_the_byte() {
    let mut world = world(3, Config { loopback: Loopback::Off, ..delayed(ms(10)) });
    world.preload(B, Owned(7));
    world.script_draw(B, "objection", [200_000]);
    let cut = Action::Fault(Fault::Cut(B, A));
    world.act(cut, &mut Silent);
    let mut recorder = Recorder::new(&world, Words);
    world.start_all(&mut recorder);
    world.schedule(Instant::from_micros(500_000), Action::Fault(Fault::Mend(B, A)));
    play(&mut world);
    let stop = world.run_until(s(400), &mut recorder);
    recorder.end(&world, stop);

    let mut text = Vec::new();
    let journal = recorder.into_journal(&world, "an objection");
    trace::write(&mut text, &journal).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert_eq!(trace::read(&text).as_ref(), Ok(&journal));
    if text != PINNED {
        let path = std::env::temp_dir().join("objection.jsonl");
        std::fs::write(&path, &text).unwrap();
        panic!("the journal has changed; the new one is in {}", path.display());
    }
}
