//! Readings of the draft: one named switch for every finding where the text leaves a choice or
//! breaks, and the profiles that preset them.
//!
//! No switch changes the wire format. `literal` follows the text, bugs included; `repaired`, the
//! default, adds the smallest change that makes the rule do what it was meant to do; `appendix`
//! is `literal` with appendix A's own story of figure 3. `hardened` is a proposal: `repaired` with
//! the switches that measurements speak for (docs/measuring.md), at peace with peers of any profile.

mod switches;
mod table;

pub use switches::*;
pub use table::{SettingError, Switch, SwitchKind};

/// A preset of all switches.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Profile {
    /// What the text says, bugs included.
    Literal,
    /// The text with the repairs of the project's findings.
    #[default]
    Repaired,
    /// The text, with appendix A winning where it contradicts section 3.2.2 (F-18).
    Appendix,
    /// Repaired, and bystanders defend ten times sooner, few of them at once, and the lowest sender
    /// keeps an address that two have had for long.
    Hardened,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 4] = [Self::Literal, Self::Repaired, Self::Appendix, Self::Hardened];

    /// The name used in scenarios and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Literal => "literal",
            Self::Repaired => "repaired",
            Self::Appendix => "appendix",
            Self::Hardened => "hardened",
        }
    }

    /// The profile called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.name() == name)
    }

    /// Its settings.
    #[must_use]
    pub fn policy(self) -> Policy {
        match self {
            Self::Literal => Policy::literal(),
            Self::Repaired => Policy::repaired(),
            Self::Appendix => Policy { changed_set: ChangedSet::Keep, ..Policy::literal() },
            // Answers at U, 3U, 7U and 15U fall into one claim, so that all must be lost. Each
            // octave is 0.1 s: what of many bystanders a datagram takes to silence the others.
            Self::Hardened => Policy {
                defence_low: 2,
                defence_high: 8,
                defence_octaves: 6,
                conflict_tie: ConflictTie::LowestSettledWins,
                ..Policy::repaired()
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_switch_can_be_set_to_each_of_its_values_by_name() {
        for switch in Policy::SWITCHES {
            let mut policy = Policy::repaired();
            match switch.kind {
                SwitchKind::Choice(values) => {
                    for value in values {
                        policy.set(switch.name, value).unwrap();
                        assert_eq!(
                            policy.value(switch.name).as_deref(),
                            Some(*value),
                            "{}",
                            switch.name
                        );
                    }
                }
                SwitchKind::Number => {
                    policy.set(switch.name, "17").unwrap();
                    assert_eq!(policy.value(switch.name).as_deref(), Some("17"), "{}", switch.name);
                }
            }
        }
    }

    #[test]
    fn every_profile_is_found_by_its_name() {
        for profile in Profile::ALL {
            assert_eq!(Profile::from_name(profile.name()), Some(profile));
        }
        let names = Profile::ALL.map(Profile::name);
        assert_eq!(names, ["literal", "repaired", "appendix", "hardened"]);
        assert_eq!(Profile::from_name("Literal"), None);
    }

    #[test]
    fn profiles_differ_from_a_preset_in_what_they_are_for() {
        let differing = |profile: Profile, preset: Policy| -> Vec<_> {
            let policy = profile.policy();
            let switches = Policy::SWITCHES.iter().map(|switch| switch.name);
            switches.filter(|name| policy.value(name) != preset.value(name)).collect()
        };
        assert_eq!(differing(Profile::Literal, Policy::literal()), [""; 0]);
        assert_eq!(differing(Profile::Repaired, Policy::repaired()), [""; 0]);
        assert_eq!(differing(Profile::Appendix, Policy::literal()), ["changed-set"]);
        let hardened = differing(Profile::Hardened, Policy::repaired());
        assert_eq!(hardened, ["conflict-tie", "defence-low", "defence-high", "defence-octaves"]);
    }

    #[test]
    fn a_wrong_value_names_the_right_ones() {
        let error = Policy::repaired().set("defence-doubling", "twice").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`defence-doubling` cannot be `twice`: use original or current"
        );
    }

    #[test]
    fn presets_differ_exactly_where_a_switch_says_so() {
        let (literal, repaired) = (Policy::literal(), Policy::repaired());
        for s in Policy::SWITCHES {
            assert_eq!(literal.value(s.name).as_deref(), Some(s.literal), "{}", s.name);
            assert_eq!(repaired.value(s.name).as_deref(), Some(s.repaired), "{}", s.name);
        }
        assert_ne!(literal, repaired);
    }
}
