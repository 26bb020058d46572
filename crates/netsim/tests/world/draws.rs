//! Answers to questions of chance.

use super::*;

#[test]
fn a_script_that_does_not_fit_is_reported() {
    let mut world = world(2, Config::new(1));
    world.preload(B, Owned(1));
    world.script_draw(B, "objection", [600_000]);
    world.script_draw(A, "nonsense", [1, 2]);
    world.draw_otherwise(B, "objection", Otherwise::Middle);
    let entries = record(&mut world, |world| world.schedule(s(40), Action::Command(A, 1)));
    let faults = world.draw_faults();
    assert_eq!(faults.len(), 2);
    assert!(matches!(&faults[0], DrawFault::OutOfRange { host: B, value: 600_000, .. }));
    assert!(matches!(&faults[1], DrawFault::Unused { host: A, values, .. } if *values == [1, 2]));
    assert!(story(&entries).contains(&"40.25s B MINE .1".to_owned()));
}
