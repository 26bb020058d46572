//! The end of the tour: what the runs before have shown, with processes, sockets and a kill.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Instant;

use cluster::story::{self, Ending, Telling};
use cluster::{Cluster, Meeting, Report, Spec, Stopping};

use super::prose;
use crate::cluster::words;
use crate::exit::{Exit, Failure};
use crate::look::Look;

/// Plays the story on a cluster of its own. Where this machine does not allow one, that is said,
/// and is no failure of the tour.
pub(super) fn show(look: Look, out: &mut dyn Write) -> io::Result<Exit> {
    let spec = Spec::of_this_program().map(|spec| Spec { meeting: Meeting::Apart, ..spec });
    let spec = spec.map_err(|why| Failure::Environment(why.to_string()));
    let mut cluster = match spec.and_then(crate::cluster::start) {
        Ok(cluster) => cluster,
        Err(Failure::Environment(why) | Failure::Usage(why) | Failure::Refused(why)) => {
            return skipped(&why, look, out);
        }
        Err(Failure::Output(why)) => return Err(why),
        Err(Failure::Told(exit)) => return Ok(exit),
    };
    prose(
        "They run at demo speed, which is a twentieth of the draft's constants: a claim stands after \
         half a second instead of ten.",
        look.width,
        out,
    )?;
    let mut teller = Teller { look, begun: Instant::now(), claims: BTreeMap::new() };
    let mut printed = Ok(());
    let ending = story::play(&mut cluster, &mut |telling| {
        if printed.is_ok() {
            printed = teller.tell(telling, out);
        }
    });
    printed?;
    match ending {
        Ok(Ending::Defended { address }) => {
            let done = format!(
                "{address} stayed with its dead owner, until its lease ends. All of this was real: \
                 processes, datagrams, a SIGKILL; and nothing of it is left."
            );
            writeln!(out)?;
            prose(&done, look.width, out)?;
            Ok(Exit::Done)
        }
        Ok(_) if cluster.stopping() == Stopping::Interrupted => Ok(Exit::Interrupted),
        Ok(Ending::Otherwise { why }) => skipped(&why, look, out),
        Err(why) => skipped(&why.to_string(), look, out),
    }
}

fn skipped(why: &str, look: Look, out: &mut dyn Write) -> io::Result<Exit> {
    let mut lines = why.lines();
    let first = lines.next().unwrap_or_default();
    prose(&format!("This machine did not let us show it this time: {first}."), look.width, out)?;
    lines.try_for_each(|line| writeln!(out, "  {line}"))?;
    writeln!(out, "`aap cluster` tries again, with a view.")?;
    Ok(Exit::Done)
}

/// Prints a story as it happens.
struct Teller {
    look: Look,
    begun: Instant,
    /// What each allocator claimed last: a claim is repeated until it stands, and told once.
    claims: BTreeMap<usize, String>,
}

impl Teller {
    fn tell(&mut self, telling: Telling<'_>, out: &mut dyn Write) -> io::Result<()> {
        match telling {
            Telling::Says(words) => {
                writeln!(out)?;
                prose(&words, self.look.width, out)?;
            }
            Telling::Happens(cluster, report) if self.is_worth_telling(report) => {
                self.line(cluster, report, out)?;
            }
            Telling::Happens(..) => return Ok(()),
        }
        out.flush()
    }

    fn line(&self, cluster: &Cluster, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let mut text = words::sentence(report);
        for member in cluster.members() {
            text = text.replace(&format!("{}:2878", member.address()), member.name());
        }
        let kind = format!("{:<7}", words::kind(report));
        let kind = self.look.paint.tone(words::tone(report), kind);
        let member = report.member.and_then(|place| cluster.members().get(place));
        let name = member.map_or("", |member| member.name());
        let hundredths = self.begun.elapsed().as_millis() / 10;
        let (seconds, rest) = (hundredths / 100, hundredths % 100);
        writeln!(out, "  {seconds:>3}.{rest:02} s  {name:<7}  {kind}  {text}")
    }

    /// Whether it belongs to the story: what allocators decide, and what they claim.
    fn is_worth_telling(&mut self, report: &Report) -> bool {
        match words::kind(report) {
            "sent" => self.is_new_claim(report),
            "heard" | "ignored" | "demand" | "faults" | "faults_changed" | "listens" => false,
            _ => true,
        }
    }

    fn is_new_claim(&mut self, report: &Report) -> bool {
        let text = words::sentence(report);
        // The type, the numbers of the message, and then what it lists.
        let claim = text.strip_prefix("ACLM ").and_then(|rest| rest.split_once(' '));
        let (Some(member), Some((_, listed))) = (report.member, claim) else { return false };
        let earlier = self.claims.insert(member, listed.to_owned());
        earlier.is_none_or(|earlier| earlier != listed)
    }
}
