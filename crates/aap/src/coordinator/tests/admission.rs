use super::domain::{Domain, LATER, asa, config, range};
use crate::coordinator::Role;
use crate::policy::{Policy, RequireAuth, ScopeMismatch};

/// F-02. The domain loops every ASA back to its sender, so all other tests show the first half.
#[test]
fn a_copy_of_its_own_asa_is_nothing_and_a_forged_one_is_reported() {
    let mut domain = Domain::led(Policy::repaired());
    let own = domain.asas[0].clone();
    domain.inject("a", &own);
    assert_eq!(domain.log(), [""; 0]);
    domain.inject("a", &asa(domain.utc(), 150, &[]));
    assert_eq!(domain.log(), ["61 a ignores ASA of a: spoofed_self"]);
    assert_eq!(domain.at("a").role(), Role::Lead);
}

/// SCN-39, SCN-43 with F-42.
#[test]
fn a_forged_asa_needs_the_key_if_policy_says_so() {
    for require_auth in [RequireAuth::Asa, RequireAuth::All] {
        let mut domain = Domain::led(Policy { require_auth, ..Policy::repaired() });
        let forged = asa(domain.utc(), 150, &[]);
        domain.inject("x", &forged);
        assert_eq!(domain.log(), ["61 a ignores ASA of x: unauthenticated"]);
        domain.inject_authenticated("x", &forged);
        assert_eq!(domain.log(), ["61 a contradicts x"]);
    }
}

/// SCN-40; F-25.
#[test]
fn an_asa_for_ten_years_is_ignored() {
    for (policy, validity, said) in [
        (Policy::repaired(), 3600, "contradicts x"),
        (Policy::repaired(), 3601, "ignores ASA of x: asa_validity"),
        (Policy::literal(), 315_360_000, "contradicts x"),
    ] {
        let mut domain = Domain::led(policy);
        domain.inject("x", &asa(domain.utc(), validity, &[(9, 9, LATER)]));
        assert_eq!(domain.log(), [format!("61 a {said}")]);
    }
}

/// SCN-46; F-38.
#[test]
fn a_replay_is_ignored_where_clocks_are_trusted() {
    let mut domain = Domain::led(Policy { max_skew: 60, ..Policy::repaired() });
    domain.inject("x", &asa(domain.utc() - 61, 150, &[(9, 9, LATER)]));
    domain.inject("x", &asa(domain.utc() + 61, 150, &[(9, 9, LATER)]));
    domain.inject("x", &asa(domain.utc() - 60, 150, &[(9, 9, LATER)]));
    let skew = "61 a ignores ASA of x: skew";
    assert_eq!(domain.log(), [skew, skew, "61 a contradicts x"]);
}

/// F-32, AAP-2.1.3-03.
#[test]
fn a_message_must_keep_to_the_scope() {
    let within = (0, 255, LATER);
    for (list, policy, said) in [
        (
            &[within, (0x1_0000, 0x1_0000, LATER)][..],
            ScopeMismatch::Ignore,
            "ignores ASA of x: bad_scope",
        ),
        (&[within, (0x1_0000, 0x1_0000, LATER)], ScopeMismatch::Clip, "follows x"),
        (&[(0x1_0000, 0x1_0000, LATER)], ScopeMismatch::Clip, "ignores ASA of x: other_scope"),
    ] {
        let mut domain = Domain::led(Policy { scope_mismatch: policy, ..Policy::repaired() });
        domain.inject("x", &asa(domain.utc(), 150, list));
        assert_eq!(domain.log(), [format!("61 a {said}")]);
    }
}

/// F-04; SCN-51: an ASA without ranges is about the scope its sender announced last.
#[test]
fn on_a_shared_group_a_message_without_ranges_goes_by_its_sender() {
    let mut config = config("a", Policy::repaired());
    config.scopes_on_group.push(range(0x1_0000, 0x1_ffff));
    let mut domain = Domain::default();
    domain.join_as("a", config, &[(0, 255, LATER)], &[]);
    let (ours, theirs) = ([(0, 255, LATER)], [(0x1_0000, 0x1_0000, LATER)]);
    for list in [&[][..], &ours, &theirs, &[], &ours, &[]] {
        domain.inject("x", &asa(domain.utc(), 150, list));
    }
    let other = "0 a ignores ASA of x: other_scope";
    assert_eq!(domain.log(), [other, "0 a follows x", other, other, "0 a contradicts x"]);
}
