use std::io::IoSlice;
use std::net::SocketAddr;

use aap::wire::Message;
use sansio::Rule;

use super::Node;
use crate::clock::Reading;
use crate::event::Happening;
use crate::say;

/// Datagrams that are sent together at most.
const FULL: usize = 64;

/// Datagrams of one turn that follow each other, with nobody to be told anything in between: they
/// are handed to the kernel together.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    letters: Vec<Letter>,
    /// Their octets, one after the other.
    octets: Vec<u8>,
}

#[derive(Debug)]
struct Letter {
    member: usize,
    to: SocketAddr,
    message: Message,
    rule: Rule,
    /// Its part of the octets.
    begins: usize,
    ends: usize,
}

impl Node {
    /// Puts a datagram to those that are to be sent.
    pub(super) fn post(
        &mut self,
        member: usize,
        to: SocketAddr,
        message: Message,
        rule: Rule,
        reading: Reading,
    ) {
        let mut octets = std::mem::take(&mut self.buffer);
        octets.clear();
        message.encode(&mut octets);
        if let Some(auth) = &self.config.auth {
            let own = self.members[member].served.own;
            self.guard.seal(auth, message.kind(), [own, to], reading.wall_us, &mut octets);
        }
        let begins = self.outbox.octets.len();
        self.outbox.octets.extend_from_slice(&octets);
        let ends = self.outbox.octets.len();
        self.buffer = octets;
        self.outbox.letters.push(Letter { member, to, message, rule, begins, ends });
        if self.outbox.letters.len() >= FULL {
            self.send_posted(reading);
        }
    }

    /// Sends what was posted, in order. What cannot be sent holds nothing else up.
    pub(super) fn send_posted(&mut self, reading: Reading) {
        if self.outbox.letters.is_empty() {
            return;
        }
        let mut outbox = std::mem::take(&mut self.outbox);
        let mut letters = outbox.letters.drain(..).peekable();
        let mut bundle = Vec::new();
        while let Some(first) = letters.next() {
            let (own, to) = (self.members[first.member].served.own, first.to);
            bundle.push(first);
            while let Some(next) =
                letters.next_if(|next| next.to == to && self.members[next.member].served.own == own)
            {
                bundle.push(next);
            }
            self.send_bundle(own, to, &mut bundle, &outbox.octets, reading);
        }
        drop(letters);
        outbox.octets.clear();
        self.outbox = outbox;
    }

    /// Sends datagrams from one address to one group.
    fn send_bundle(
        &mut self,
        own: SocketAddr,
        to: SocketAddr,
        bundle: &mut Vec<Letter>,
        octets: &[u8],
        reading: Reading,
    ) {
        let of = |letter: &Letter| &octets[letter.begins..letter.ends];
        let datagrams: Vec<IoSlice<'_>> = bundle.iter().map(|l| IoSlice::new(of(l))).collect();
        let mut letters = bundle.drain(..);
        let mut done = 0;
        while done < datagrams.len() {
            let (sent, failure) = match self.presence.sockets() {
                Some(sockets) => sockets.send(own, to, &datagrams[done..]),
                None => (0, None),
            };
            for letter in letters.by_ref().take(sent) {
                self.was_sent(&letter, of(&letter), reading);
            }
            done += sent;
            if done < datagrams.len()
                && let Some(letter) = letters.next()
            {
                let gone = || "the interface is gone".to_owned();
                let why = failure.map_or_else(gone, |error| explain(&error));
                self.was_not_sent(letter.member, why, reading);
                done += 1;
            }
        }
    }

    fn was_sent(&mut self, letter: &Letter, octets: &[u8], reading: Reading) {
        let speaker = &mut self.members[letter.member];
        speaker.mute = None;
        speaker.echoes.note_sent(octets);
        speaker.counters.note_sent(letter.message.kind());
        if say::is_defence(letter.rule) {
            speaker.counters.note_told("defended");
        }
        if self.is_watched() {
            let happening = Happening::Sent { message: letter.message.clone(), rule: letter.rule };
            self.tell(reading.now.instant, reading.wall_us, Some(letter.member), happening);
        }
    }

    fn was_not_sent(&mut self, member: usize, why: String, reading: Reading) {
        let speaker = &mut self.members[member];
        speaker.counters.note_unsent();
        // Told once per cause: the next datagram may well meet the same.
        if speaker.mute.as_ref() != Some(&why) {
            speaker.mute = Some(why.clone());
            let happening = Happening::CannotSend { why };
            self.tell(reading.now.instant, reading.wall_us, Some(member), happening);
        }
    }
}

/// Why a datagram was not sent, with what an operator may do about it.
fn explain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => {
            format!("{error}; does a firewall of this host forbid it?")
        }
        std::io::ErrorKind::NetworkUnreachable => {
            format!("{error}; is there a multicast route on the interface?")
        }
        _ => error.to_string(),
    }
}
