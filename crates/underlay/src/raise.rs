//! Carrying a plan out.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::error::UnderlayError;
use crate::hold::{Ground, Holder, say, spawn};
use crate::plan::{HUB, INTERFACE, Link, Place, Plan, Step, ZoneSpec};
use crate::seat::Seat;
use crate::tool;

/// A network that is there: seats for nodes, and links that can be cut.
///
/// It ends when it is dropped, and with it every process in its namespaces.
#[derive(Debug)]
pub struct Underlay {
    ground: Ground,
    holders: BTreeMap<String, Holder>,
    servers: Vec<Child>,
    seats: Vec<Seat>,
    links: BTreeMap<String, Link>,
}

impl Underlay {
    /// Carries a plan out.
    ///
    /// # Errors
    /// If a program is missing or fails, or this machine does not allow it. Nothing is left behind.
    pub fn raise(plan: &Plan) -> Result<Self, UnderlayError> {
        let mut underlay = Self {
            ground: Ground::UserNamespace,
            holders: BTreeMap::new(),
            servers: Vec::new(),
            seats: Vec::new(),
            links: BTreeMap::new(),
        };
        for step in &plan.steps {
            underlay.carry_out(step)?;
        }
        for place in &plan.places {
            underlay.seat(place)?;
        }
        Ok(underlay)
    }

    /// [`Plan::loopback`], carried out.
    ///
    /// # Errors
    /// As [`Plan::loopback`].
    pub fn loopback(slot: u8, seats: usize) -> Result<Self, UnderlayError> {
        Self::raise(&Plan::loopback(slot, seats)?)
    }

    /// [`Plan::bridge`], carried out.
    ///
    /// # Errors
    /// As [`Plan::bridge`] and [`Underlay::raise`].
    pub fn bridge(seats: usize) -> Result<Self, UnderlayError> {
        Self::raise(&Plan::bridge(seats)?)
    }

    /// [`Plan::zones`], carried out.
    ///
    /// # Errors
    /// As [`Plan::zones`] and [`Underlay::raise`].
    pub fn zones(spec: &ZoneSpec) -> Result<Self, UnderlayError> {
        Self::raise(&Plan::zones(spec)?)
    }

    /// The seats, in the order of the plan.
    #[must_use]
    pub fn seats(&self) -> &[Seat] {
        &self.seats
    }

    /// Where all bridges are, and so every datagram can be seen: `tcpdump -i lan`, or `-i` and the
    /// name of a zone. `None` on loopback, where it is the host.
    #[must_use]
    pub fn hub(&self) -> Option<Seat> {
        let holder = self.holders.get(HUB)?;
        Some(Seat {
            name: HUB.to_owned(),
            zone: None,
            addresses: Vec::new(),
            interface: None,
            enter: self.ground.prefix(holder.id()),
        })
    }

    /// Cuts a seat off behind its switch: its interface keeps its carrier, so that nothing tells
    /// the node, but no frame passes its port.
    ///
    /// # Errors
    /// If it has no link of its own, or the kernel refuses.
    pub fn cut(&self, seat: &Seat) -> Result<(), UnderlayError> {
        self.run_at_port(seat, |_| vec!["nomaster"])
    }

    /// Lets frames pass again.
    ///
    /// # Errors
    /// As [`Underlay::cut`].
    pub fn heal(&self, seat: &Seat) -> Result<(), UnderlayError> {
        self.run_at_port(seat, |link| vec!["master", &link.bridge])
    }

    fn run_at_port(
        &self,
        seat: &Seat,
        change: impl Fn(&Link) -> Vec<&str>,
    ) -> Result<(), UnderlayError> {
        let link = self.links.get(&seat.name);
        let link = link.ok_or_else(|| UnderlayError::NoLink { seat: seat.name.clone() })?;
        let command = [vec!["ip", "link", "set", &link.port], change(link)].concat();
        self.run(HUB, &command, "").map(drop)
    }

    fn carry_out(&mut self, step: &Step) -> Result<(), UnderlayError> {
        match step {
            Step::Hold { namespace } => self.hold(namespace),
            Step::Run { namespace, command, input } => {
                self.run(namespace, command, &self.with_ids(input)).map(drop)
            }
            Step::Serve { namespace, command, input, ready } => {
                self.serve(namespace, command, &self.with_ids(input), ready)
            }
        }
    }

    fn hold(&mut self, namespace: &str) -> Result<(), UnderlayError> {
        let holder = match self.start_holder(namespace) {
            // Where ordinary users may not have user namespaces, root can do without.
            Err(UnderlayError::Namespace { .. }) if namespace == HUB && is_root() => {
                self.ground = Ground::Root;
                self.start_holder(namespace)?
            }
            started => started?,
        };
        self.holders.insert(namespace.to_owned(), holder);
        Ok(())
    }

    fn start_holder(&self, namespace: &str) -> Result<Holder, UnderlayError> {
        let outer = if namespace == HUB { Vec::new() } else { self.prefix(HUB)? };
        let words = self.ground.unshare(namespace == HUB).iter().map(OsString::from);
        Holder::start(&outer.into_iter().chain(words).collect::<Vec<_>>(), namespace)
    }

    /// Runs a command in a namespace until it ends, and answers with what it said.
    fn run(&self, namespace: &str, words: &[&str], input: &str) -> Result<String, UnderlayError> {
        let mut command = self.command(namespace, words)?;
        command.stdout(Stdio::piped());
        let mut child = spawn(&mut command)?;
        hand(&mut child, input);
        let output = child.wait_with_output();
        let output =
            output.map_err(|source| UnderlayError::Run { command: say(&command), source })?;
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).trim().to_owned();
        if output.status.success() {
            return Ok(text(&output.stdout));
        }
        Err(UnderlayError::Failed { command: words.join(" "), said: text(&output.stderr) })
    }

    /// Starts a command in a namespace and waits until it has said `ready`.
    fn serve(
        &mut self,
        namespace: &str,
        words: &[&str],
        input: &str,
        ready: &str,
    ) -> Result<(), UnderlayError> {
        let mut command = self.command(namespace, words)?;
        command.stdout(Stdio::null());
        let mut child = spawn(&mut command)?;
        hand(&mut child, input);
        let errors = child.stderr.take();
        self.servers.push(child);
        let mut lines = errors.into_iter().flat_map(|errors| BufReader::new(errors).lines());
        let mut said = Vec::new();
        for line in lines.by_ref().map_while(Result::ok) {
            if line.contains(ready) {
                // It is never kept from saying more.
                thread::spawn(move || lines.for_each(drop));
                return Ok(());
            }
            said.push(line);
        }
        Err(UnderlayError::Failed { command: words.join(" "), said: said.join("; ") })
    }

    fn command(&self, namespace: &str, words: &[&str]) -> Result<Command, UnderlayError> {
        // The last program of a chain is the one that may be missing: the others run already.
        for program in words.iter().flat_map(|word| word.split(' ')) {
            if matches!(program, "ip" | "nft" | "smcrouted") && !tool::is_installed(program) {
                return Err(UnderlayError::Missing { program: program.to_owned() });
            }
        }
        let (program, arguments) = words.split_first().unwrap_or((&"true", &[]));
        let mut command = tool::within(&self.prefix(namespace)?, program.as_ref());
        command.args(arguments).stdin(Stdio::piped()).stderr(Stdio::piped());
        // As with holders, Ctrl-C is for those who run in the network.
        command.process_group(0);
        Ok(command)
    }

    /// What enters a namespace. Without one nothing may run: it would change the host.
    fn prefix(&self, namespace: &str) -> Result<Vec<OsString>, UnderlayError> {
        let holder = self.holders.get(namespace);
        let holder = holder.ok_or_else(|| UnderlayError::Namespace {
            said: format!("nobody holds `{namespace}`"),
        })?;
        Ok(self.ground.prefix(holder.id()))
    }

    fn with_ids(&self, text: &str) -> String {
        self.holders.iter().fold(text.to_owned(), |text, (name, holder)| {
            text.replace(&format!("${{{name}}}"), &holder.id().to_string())
        })
    }

    fn seat(&mut self, place: &Place) -> Result<(), UnderlayError> {
        let Place { name, zone, addresses, link } = place.clone();
        let (mut interface, mut enter) = (None, Vec::new());
        if let Some(link) = link {
            interface = Some(INTERFACE.to_owned());
            enter = self.prefix(&link.namespace)?;
            self.links.insert(name.clone(), link);
        }
        self.seats.push(Seat { name, zone, addresses, interface, enter });
        Ok(())
    }
}

impl Drop for Underlay {
    fn drop(&mut self) {
        for server in &mut self.servers {
            let _ = server.kill();
            let _ = server.wait();
        }
        self.holders.values_mut().for_each(Holder::release);
        self.holders.values_mut().for_each(Holder::wait);
    }
}

/// Gives a process its input, all of it.
fn hand(child: &mut Child, input: &str) {
    if let Some(mut stdin) = child.stdin.take() {
        // Whoever does not read it says why when it ends.
        let _ = stdin.write_all(input.as_bytes());
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
