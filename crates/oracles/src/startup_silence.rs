use std::collections::BTreeMap;
use std::sync::Arc;

use aap::{Event, Participant};
use netsim::{HostId, Observation, Observer, Oracle, Seen, Verdict};
use sansio::Instant;

use super::finding::Finding;
use super::setting::Setting;

/// A MAAS that listens at its start sends nothing for at least `[STARTUP-WAIT]` (section 3.2.4).
///
/// It is put to the test when such a silence ends.
#[derive(Clone, Debug)]
pub struct StartupSilence {
    setting: Arc<Setting>,
    /// Who must be silent, and since when.
    silent: BTreeMap<HostId, Instant>,
    finding: Finding,
}

impl StartupSilence {
    /// An oracle for a run of this setting.
    #[must_use]
    pub fn new(setting: &Arc<Setting>) -> Self {
        Self { setting: Arc::clone(setting), silent: BTreeMap::new(), finding: Finding::default() }
    }

    fn speak(&mut self, seen: &Observation<'_, Participant>, host: HostId, since: Instant) {
        let setting = &self.setting;
        self.finding.violate(seen, || {
            format!("{} spoke in its start-up silence, begun at {since}", setting.name(host))
        });
    }

    fn end(&mut self, seen: &Observation<'_, Participant>, host: HostId) {
        let Some(since) = self.silent.remove(&host) else { return };
        let Some(config) = self.setting.host(host) else { return };
        let (lasted, wait) = (config.elapsed(since, seen.at), config.config.timing.startup_wait);
        self.finding.test();
        if lasted < wait {
            self.finding.violate(seen, || {
                format!("the start-up silence of {} lasted {lasted}, not {wait}", config.name)
            });
        }
    }
}

impl Observer<Participant> for StartupSilence {
    fn observe(&mut self, seen: &Observation<'_, Participant>) {
        let Some(host) = seen.host else { return };
        match &seen.what {
            Seen::Started { .. } => {
                self.silent.remove(&host);
                if self.setting.host(host).is_some_and(super::setting::HostSetting::listens) {
                    self.silent.insert(host, seen.at);
                }
            }
            Seen::Sent { .. } => {
                if let Some(&since) = self.silent.get(&host) {
                    self.speak(seen, host, since);
                }
            }
            Seen::Event { event: Event::Ready, .. } => self.end(seen, host),
            Seen::Event { event: Event::Retired, .. } | Seen::Crashed { .. } => {
                self.silent.remove(&host);
            }
            _ => {}
        }
    }
}

impl Oracle<Participant> for StartupSilence {
    fn name(&self) -> &'static str {
        "startup-silence"
    }

    fn assumption(&self) -> &'static str {
        "None but that a MAAS listens at its start."
    }

    fn verdict(&self) -> Verdict {
        self.finding.verdict(None, "no start-up silence came to its end")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Story, range};
    use aap::Startup;

    #[test]
    fn silence_that_lasts_is_kept() {
        let mut story = Story::of(2, StartupSilence::new);
        story.started(0, &[]).at(149);
        assert_eq!(story.idle(), "no start-up silence came to its end");
        story.at(150).event(0, &Event::Ready).aclm(0, 0, 0, &[range(1, 1)]);
        assert_eq!(story.verdict(), Verdict::Holds);
    }

    #[test]
    fn one_message_breaks_it() {
        let mut story = Story::of(2, StartupSilence::new);
        story.started(0, &[]).at(100).aclm(0, 0, 0, &[range(1, 1)]);
        assert_eq!(story.violated(), "A spoke in its start-up silence, begun at 0s");
    }

    #[test]
    fn ending_early_breaks_it_too() {
        let mut story = Story::of(2, StartupSilence::new);
        story.started(0, &[]).at(149).event(0, &Event::Ready);
        assert_eq!(story.violated(), "the start-up silence of A lasted 149s, not 150s");
    }

    #[test]
    fn a_settled_domain_owes_none_and_a_restart_begins_anew() {
        let settled = |s: &mut Setting| s.hosts[0].config.startup = Startup::Settled;
        let mut story = Story::with(2, StartupSilence::new, settled);
        story.ready(0).aclm(0, 0, 0, &[range(1, 1)]);
        story.started(1, &[]).at(140).crashed(1).at(150).started(1, &[]);
        assert_eq!(story.idle(), "no start-up silence came to its end");
        story.at(160).event(1, &Event::Ready);
        assert_eq!(story.violated(), "the start-up silence of B lasted 10s, not 150s");
    }
}
