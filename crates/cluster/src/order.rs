//! What a cluster can be told to do, in words: turmoil's and the scenarios' verbs.

use std::collections::BTreeSet;

use crate::error::OrderError;

/// An order. Members go by their names.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Order {
    /// Say how the cluster is.
    Status,
    /// Kill a member's process (SIGKILL).
    Kill(String),
    /// Start a member again.
    Restart(String),
    /// Cut a member off from all others.
    Cut(String),
    /// Reconnect a member that was cut off.
    Reconnect(String),
    /// Part the sides from each other.
    Partition(Vec<BTreeSet<String>>),
    /// End partitions and cuts.
    Heal,
    /// Hold back what two members say to each other.
    Hold(String, String),
    /// Let go what was held, of two members or of all.
    Release(Option<(String, String)>),
    /// Lose so many of a million datagrams.
    Loss(u32),
    /// Deliver so many of a million datagrams twice.
    Duplicate(u32),
    /// Deliver every datagram so many microseconds later.
    Delay(u64),
    /// And at random up to so many microseconds later still.
    Jitter(u64),
    /// Stop the cluster.
    Stop,
}

/// The verbs, one a line, for help texts.
pub const VERBS: &str = "  status                        how the cluster is
  kill NODE                     SIGKILL: what was not stored is lost, and nobody is told
  restart NODE                  start it again, with what it has stored
  cut NODE, reconnect NODE      it hears nobody and nobody hears it; and back
  partition NODES | NODES       the sides do not hear each other
  heal                          end all partitions and cuts
  hold NODE NODE                what they say to each other waits ...
  release [NODE NODE]           ... and arrives
  loss 10%, duplicate 1%        of all datagrams
  delay 200ms, jitter 50ms      of all datagrams
  stop                          end the cluster";

impl Order {
    /// Reads an order such as `partition maas-1 | maas-2 maas-3`.
    ///
    /// # Errors
    /// If the words are none; the error says what is wrong.
    pub fn read(words: &str) -> Result<Self, OrderError> {
        let spaced = words.replace('|', " | ");
        let all: Vec<&str> = spaced.split_whitespace().collect();
        let wrong = |why: String| Err(OrderError::Words(why));
        let Some((verb, rest)) = all.split_first() else {
            return wrong("say what to do, such as `kill maas-1`".to_owned());
        };
        let name = |name: &&str| (*name).to_owned();
        Ok(match (*verb, rest) {
            ("status", []) => Self::Status,
            ("stop", []) => Self::Stop,
            ("heal", []) => Self::Heal,
            ("kill", [node]) => Self::Kill(name(node)),
            ("restart", [node]) => Self::Restart(name(node)),
            ("cut", [node]) => Self::Cut(name(node)),
            ("reconnect", [node]) => Self::Reconnect(name(node)),
            ("hold", [one, other]) => Self::Hold(name(one), name(other)),
            ("release", []) => Self::Release(None),
            ("release", [one, other]) => Self::Release(Some((name(one), name(other)))),
            ("partition", sides) if !sides.is_empty() => Self::Partition(
                sides
                    .split(|word| *word == "|")
                    .map(|side| side.iter().map(name).collect())
                    .collect(),
            ),
            ("loss", [part]) => Self::Loss(ppm(part)?),
            ("duplicate", [part]) => Self::Duplicate(ppm(part)?),
            ("delay", [span]) => Self::Delay(micros(span)?),
            ("jitter", [span]) => Self::Jitter(micros(span)?),
            (verb, _)
                if VERBS.contains(&format!("  {verb} "))
                    || VERBS.contains(&format!("{verb} 1%")) =>
            {
                return wrong(format!(
                    "`{words}` is not how `{verb}` goes; the verbs are\n{VERBS}"
                ));
            }
            (verb, _) => return wrong(format!("there is no `{verb}`; the verbs are\n{VERBS}")),
        })
    }
}

/// `10%` or `0.1` as millionths.
fn ppm(text: &str) -> Result<u32, OrderError> {
    let (digits, unit) = match text.strip_suffix('%') {
        Some(digits) => (digits, 10_000),
        None => (text, 1_000_000),
    };
    let ppm = millionths(digits).map(|value| value * unit / 1_000_000);
    match ppm.and_then(|ppm| u32::try_from(ppm).ok()) {
        Some(ppm) if ppm <= 1_000_000 => Ok(ppm),
        _ => Err(OrderError::Words(format!("`{text}` is no part of all; write such as `10%`"))),
    }
}

/// `200ms`, `1.5s` or `800us` as microseconds.
fn micros(text: &str) -> Result<u64, OrderError> {
    let units = [("ms", 1000), ("us", 1), ("s", 1_000_000)];
    let read = units.iter().find_map(|(suffix, unit)| {
        millionths(text.strip_suffix(suffix)?).map(|value| value * unit / 1_000_000)
    });
    match read {
        Some(us) if us <= 3_600_000_000 => Ok(us),
        _ if text == "0" => Ok(0),
        _ => Err(OrderError::Words(format!("`{text}` is no delay; write such as `200ms`"))),
    }
}

/// A decimal number in millionths; no more than a million whole ones.
fn millionths(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit());
    if whole.is_empty()
        || whole.len() > 6
        || fraction.len() > 6
        || !digits(whole)
        || !digits(fraction)
    {
        return None;
    }
    let fraction: u64 = format!("{fraction:0<6}").parse().ok()?;
    Some(whole.parse::<u64>().ok()? * 1_000_000 + fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(words: &str) -> Order {
        Order::read(words).unwrap_or_else(|why| panic!("{words}: {why}"))
    }

    #[test]
    fn orders_are_read_as_scenarios_have_them() {
        assert_eq!(order("kill maas-2"), Order::Kill("maas-2".to_owned()));
        let sides =
            vec![BTreeSet::from(["a".to_owned()]), BTreeSet::from(["b".into(), "c".into()])];
        assert_eq!(order("partition a|b c"), Order::Partition(sides));
        assert_eq!(order("release"), Order::Release(None));
        assert_eq!(order("loss 2.5%"), Order::Loss(25_000));
        assert_eq!(order("loss 0.1"), Order::Loss(100_000));
        assert_eq!(order("delay 1.5s"), Order::Delay(1_500_000));
        assert_eq!(order("jitter 0"), Order::Jitter(0));
    }

    #[test]
    fn what_is_no_order_is_told_with_the_verbs_there_are() {
        for words in
            ["", "kill", "kill a b", "explode", "loss 101%", "loss many", "delay 3", "delay 9h"]
        {
            let why = Order::read(words).unwrap_err().to_string();
            assert!(why.contains('`'), "{words}: {why}");
        }
        assert!(Order::read("kill").unwrap_err().to_string().contains("kill NODE"));
    }
}
