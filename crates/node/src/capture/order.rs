//! Inputs as a capture writes them.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use aap::wire::Message;
use aap::{Choice, Command, Demand, Item, Layout, RequestId};
use addrspace::{Family, Range};
use sansio::UtcSecs;
use serde::{Deserialize, Serialize};

use super::Given;
use super::form::{MemberForm, TimingForm, policy, policy_form, range, ranges};
use crate::{hex, store};

#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "kebab-case")]
pub(super) enum InputForm {
    /// It was replaced by one of this configuration that was never started, as a crash does.
    Anew(Box<MemberForm>),
    Start(Vec<String>),
    Datagram {
        from: SocketAddr,
        to: SocketAddr,
        octets: String,
        authenticated: bool,
    },
    Timeout,
    Command(CommandForm),
}

/// Something that was given to a participant, as a capture has it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Occurrence {
    /// It was replaced by one that was never started: after a failure of stable storage, or a long
    /// absence of the network, it is as if the node had crashed.
    Anew,
    /// It started, with what stable storage held.
    Start(Vec<Item>),
    /// A datagram arrived.
    Datagram {
        /// Where it came from.
        from: SocketAddr,
        /// The group and port it was sent to.
        to: SocketAddr,
        /// The message.
        message: Message,
        /// Its octets.
        octets: Vec<u8>,
        /// Whether the transport vouched for the sender.
        authenticated: bool,
    },
    /// A deadline had come.
    Timeout,
    /// Its user asked for something.
    Command(Command),
}

impl Occurrence {
    /// What to give to the participant again, if anything was given.
    pub(super) fn given(&self) -> Option<Given<'_>> {
        Some(match self {
            Self::Anew => return None,
            Self::Start(items) => Given::Start(items),
            Self::Datagram { from, to, message, octets, authenticated } => Given::Datagram {
                from: *from,
                to: *to,
                octets,
                message,
                authenticated: *authenticated,
            },
            Self::Timeout => Given::Timeout,
            Self::Command(command) => Given::Command(command),
        })
    }
}

impl InputForm {
    pub(super) fn of(given: &Given<'_>, family: Family) -> Self {
        match given {
            Given::Start(items) => {
                Self::Start(items.iter().filter_map(|i| store::write_row(i, family)).collect())
            }
            Given::Datagram { from, to, octets, authenticated, .. } => Self::Datagram {
                from: *from,
                to: *to,
                octets: hex::write(octets),
                authenticated: *authenticated,
            },
            Given::Timeout => Self::Timeout,
            Given::Command(command) => Self::Command(CommandForm::of(command, family)),
        }
    }

    pub(super) fn read(&self, family: Family) -> Result<Occurrence, String> {
        Ok(match self {
            Self::Anew(_) => Occurrence::Anew,
            Self::Start(rows) => {
                let items = rows.iter().map(|row| store::read_row(row, family));
                Occurrence::Start(items.collect::<Result<_, _>>()?)
            }
            Self::Datagram { from, to, octets, authenticated } => {
                let octets = hex::read(octets).ok_or("the octets are not hexadecimal")?;
                let message = Message::decode(&octets).map_err(|error| error.to_string())?;
                let (from, to, authenticated) = (*from, *to, *authenticated);
                Occurrence::Datagram { from, to, message, octets, authenticated }
            }
            Self::Timeout => Occurrence::Timeout,
            Self::Command(command) => Occurrence::Command(command.command()?),
        })
    }
}

#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "kebab-case")]
pub(super) enum CommandForm {
    Allocate(DemandForm),
    Claim(DemandForm),
    Preallocate(DemandForm),
    Withdraw(u32),
    SetEnd(String, i64),
    Release(String),
    Lose(String),
    Retire,
    Reconfigure(BTreeMap<String, String>, TimingForm),
    Offer(Vec<(String, i64)>),
}

#[derive(Serialize, Deserialize, Debug)]
pub(super) struct DemandForm {
    request: u32,
    count: u32,
    contiguous: bool,
    end: i64,
    preferred: Vec<String>,
    insist: bool,
}

impl DemandForm {
    fn of(request: RequestId, demand: &Demand, family: Family) -> Self {
        Self {
            request: request.0,
            count: demand.count,
            contiguous: demand.layout == Layout::Contiguous,
            end: demand.end.0,
            preferred: demand.preferred.iter().map(|r| r.display(family).to_string()).collect(),
            insist: demand.choice == Choice::Insist,
        }
    }

    fn read(&self) -> Result<(RequestId, Demand), String> {
        let demand = Demand {
            count: self.count,
            layout: if self.contiguous { Layout::Contiguous } else { Layout::Scattered },
            end: UtcSecs(self.end),
            preferred: ranges(&self.preferred)?,
            choice: if self.insist { Choice::Insist } else { Choice::IfFree },
        };
        Ok((RequestId(self.request), demand))
    }
}

impl CommandForm {
    fn of(command: &Command, family: Family) -> Self {
        let text = |range: &Range| range.display(family).to_string();
        match command {
            Command::Allocate { request, demand } => {
                Self::Allocate(DemandForm::of(*request, demand, family))
            }
            Command::Claim { request, demand } => {
                Self::Claim(DemandForm::of(*request, demand, family))
            }
            Command::Preallocate { request, demand } => {
                Self::Preallocate(DemandForm::of(*request, demand, family))
            }
            Command::Withdraw { request } => Self::Withdraw(request.0),
            Command::SetEnd { range, end } => Self::SetEnd(text(range), end.0),
            Command::Release { range } => Self::Release(text(range)),
            Command::Lose { range } => Self::Lose(text(range)),
            Command::Retire => Self::Retire,
            Command::Reconfigure { policy, timing } => {
                Self::Reconfigure(policy_form(policy), TimingForm::of(timing))
            }
            Command::Offer { space } => {
                Self::Offer(space.iter().map(|(range, end)| (text(range), end.0)).collect())
            }
        }
    }

    fn command(&self) -> Result<Command, String> {
        Ok(match self {
            Self::Allocate(form) => {
                let (request, demand) = form.read()?;
                Command::Allocate { request, demand }
            }
            Self::Claim(form) => {
                let (request, demand) = form.read()?;
                Command::Claim { request, demand }
            }
            Self::Preallocate(form) => {
                let (request, demand) = form.read()?;
                Command::Preallocate { request, demand }
            }
            Self::Withdraw(request) => Command::Withdraw { request: RequestId(*request) },
            Self::SetEnd(text, end) => Command::SetEnd { range: range(text)?, end: UtcSecs(*end) },
            Self::Release(text) => Command::Release { range: range(text)? },
            Self::Lose(text) => Command::Lose { range: range(text)? },
            Self::Retire => Command::Retire,
            Self::Reconfigure(switches, timing) => {
                Command::Reconfigure { policy: policy(switches)?, timing: timing.timing() }
            }
            Self::Offer(space) => {
                let space = space.iter().map(|(text, end)| Ok((range(text)?, UtcSecs(*end))));
                Command::Offer { space: space.collect::<Result<_, String>>()? }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use aap::Timing;
    use aap::policy::Policy;

    use super::*;

    #[test]
    fn every_command_survives() {
        let (family, range) = Range::parse("239.255.0.1-239.255.0.4").unwrap();
        let request = RequestId(7);
        let demand = Demand {
            count: 4,
            layout: Layout::Contiguous,
            end: UtcSecs(961_070_400),
            preferred: vec![range],
            choice: Choice::Insist,
        };
        for command in [
            Command::Allocate { request, demand: demand.clone() },
            Command::Claim { request, demand: demand.clone() },
            Command::Preallocate { request, demand },
            Command::Withdraw { request },
            Command::SetEnd { range, end: UtcSecs(5) },
            Command::Release { range },
            Command::Lose { range },
            Command::Retire,
            Command::Reconfigure { policy: Policy::literal(), timing: Timing::draft() },
            Command::Offer { space: vec![(range, UtcSecs(9))] },
        ] {
            let form = InputForm::of(&Given::Command(&command), family);
            let text = serde_json::to_string(&form).unwrap();
            let form: InputForm = serde_json::from_str(&text).unwrap();
            let Ok(Occurrence::Command(back)) = form.read(family) else { panic!("{text}") };
            assert_eq!(back, command, "{text}");
        }
    }
}
