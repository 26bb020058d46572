//! What a run is made of, and how settings change it.

use super::{FIGURE_3, WORLD};
use crate::{Name, Profile, Scenario, SettingError, Time};

fn scenario(text: &str) -> Scenario {
    let reading = Scenario::read(text);
    assert!(reading.is_sound(), "{:?}", reading.diagnostics);
    reading.scenario
}

#[test]
fn a_variant_replaces_profile_timeline_and_expectations() {
    let scenario = scenario(FIGURE_3);
    assert_eq!(scenario.variants(), ["appendix-a"]);
    let base = scenario.plan(None, None).unwrap();
    let variant = scenario.plan(Some(Profile::Literal), Some("appendix-a")).unwrap();
    assert_eq!((base.profile, variant.profile), (Profile::Repaired, Profile::Appendix));
    assert_eq!((base.expects.len(), variant.expects.len()), (2, 1));
    assert_eq!((base.timelines.len(), variant.timelines.len()), (1, 1));
    assert_eq!(variant.timelines[0].only.len(), 1);
    assert_eq!(base.draws, variant.draws);
    assert_eq!(variant.oracles.len(), 1);
    assert_eq!(base.run, Time::secs(70));
    assert!(scenario.plan(None, Some("nonsense")).is_err());
}

#[test]
fn blocks_under_a_profile_apply_to_it_alone() {
    let text = format!(
        "{WORLD}draw B defense 4s\nexpect A never AIU\n\
         under literal\n  draw B defense 5s\n  expect A count AIU >= 3\nend\n\
         under repaired appendix\n  expect A count AIU = 1\nend\n"
    );
    let scenario = scenario(&text);
    let expects = |profile| scenario.plan(Some(profile), None).unwrap().expects;
    assert_eq!(expects(Profile::Literal)[1].to_string(), "A count AIU >= 3");
    assert_eq!(expects(Profile::Appendix)[1].to_string(), "A count AIU = 1");
    let draws = scenario.plan(Some(Profile::Literal), None).unwrap().draws;
    assert_eq!(draws.len(), 1);
    assert_eq!(draws[0].to_string(), "B defense 5s");
}

#[test]
fn names_stand_for_hosts() {
    let plan = scenario(WORLD).plan(None, None).unwrap();
    let expand = |name: &str| plan.expand(&Name::from(name.to_owned())).join(" ");
    assert_eq!(expand("each"), "A B C M1 M2 M3 M4 M5");
    assert_eq!(expand("M*"), "M1 M2 M3 M4 M5");
    assert_eq!(expand("east"), "A B");
    assert_eq!(expand("X"), "");
    let scopes: Vec<_> = plan.hosts.iter().map(|host| host.scopes.clone()).collect();
    assert_eq!((&scopes[0], &scopes[8]), (&vec![0], &vec![1]));
}

#[test]
fn addresses_find_their_scope() {
    let plan = scenario(WORLD).plan(None, None).unwrap();
    let resolve = |text: &str, scope| {
        let ranges = plan.resolve(&text.parse().unwrap(), scope).unwrap();
        format!("{}-{}", ranges[0].0, ranges[0].1)
    };
    assert_eq!(resolve(".7", None), "239.255.0.7-239.255.0.7");
    assert_eq!(resolve(".7", Some("wide")), "239.192.0.7-239.192.0.7");
    assert_eq!(resolve("wide:.7-.9", None), "239.192.0.7-239.192.0.9");
    assert_eq!(resolve("239.195.0.0/24", None), "239.195.0.0-239.195.0.255");
}

#[test]
fn settings_override_the_text() {
    let mut scenario = scenario(FIGURE_3);
    for (name, value) in [
        ("loss", "0.1"),
        ("delay", "5ms"),
        ("seed", "9"),
        ("profile", "literal"),
        ("run", "80s"),
        ("resend-wait", "2s"),
        ("jitter", "on"),
        ("B.claim-attempts", "3"),
    ] {
        scenario.apply_setting(name, value).unwrap();
    }
    assert!(!scenario.check().iter().any(crate::Diagnostic::is_error));
    let plan = scenario.plan(None, None).unwrap();
    assert_eq!(plan.links[0].to_string(), "* delay 5ms loss 10%");
    assert_eq!((plan.seed, plan.profile, plan.run), (Some(9), Profile::Literal, Time::secs(80)));
    let tunes: Vec<String> = plan.tunes.iter().map(ToString::to_string).collect();
    assert_eq!(tunes, ["resend-wait 2s", "jitter on", "B claim-attempts 3"]);
    // The result is still a scenario that can be written down.
    assert_eq!(Scenario::parse(&scenario.to_text()).unwrap(), scenario);
}

#[test]
fn settings_reach_into_variants() {
    let mut scenario = scenario(FIGURE_3);
    scenario.apply_setting("profile", "literal").unwrap();
    let plan = scenario.plan(None, Some("appendix-a")).unwrap();
    assert_eq!(plan.profile, Profile::Literal);
}

#[test]
fn host_counts_can_be_set() {
    let mut scenario = scenario(WORLD);
    scenario.apply_setting("hosts", "20").unwrap();
    assert_eq!(scenario.plan(None, None).unwrap().hosts.len(), 3 + 20 + 2);
    scenario.apply_setting("M", "2").unwrap();
    assert_eq!(scenario.plan(None, None).unwrap().hosts.len(), 3 + 2 + 2);
}

#[test]
fn unknown_settings_change_nothing() {
    let mut scenario = scenario(WORLD);
    let before = scenario.clone();
    for (name, value) in [
        ("los", "0.1"),
        ("loss", "2"),
        ("seed", "x"),
        ("resend-wait", "0"),
        ("hosts", "0"),
        ("b c.jitter", "on"),
        ("delay", "5ms loss 3%"),
    ] {
        assert!(scenario.apply_setting(name, value).is_err(), "{name}={value}");
    }
    assert_eq!(scenario, before);
    let error = scenario.apply_setting("dleay", "5ms").unwrap_err();
    assert_eq!(error, SettingError::Unknown { name: "dleay".into(), meant: Some("delay".into()) });
}
