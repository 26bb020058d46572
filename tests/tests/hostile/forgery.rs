//! Datagrams that nobody should have sent: random ones, and genuine ones tampered with.

use std::net::SocketAddr;

use netsim::Stream;

use super::domain::{Domain, EPOCH};

/// Makes hostile datagrams, the same ones for the same seed.
pub(crate) struct Forger {
    dice: Stream,
}

/// Octets and whom they claim to be from.
pub(crate) type Forged = (SocketAddr, Vec<u8>);

impl Forger {
    pub(crate) fn new(seed: u64) -> Self {
        Self { dice: Stream::named(seed, "forger") }
    }

    /// The next datagram: most are genuine ones with something wrong, some are noise.
    pub(crate) fn forge(&mut self, domain: &Domain) -> Forged {
        let from = self.source();
        let octets = match self.dice.below(16) {
            0..=2 => self.noise(),
            3..=4 => self.splice(domain),
            5 => self.genuine(domain),
            6 => self.out_of_thin_air(domain),
            _ => {
                let mut octets = self.genuine(domain);
                for _ in 0..=self.dice.below(3) {
                    self.tamper(&mut octets, domain);
                }
                octets
            }
        };
        (from, octets)
    }

    /// A participant of the domain, the same with another port, anyone at all, or one of a few
    /// strangers: what is remembered is remembered by its sender.
    fn source(&mut self) -> SocketAddr {
        let host = [10, 0, 0, 1 + self.dice.below(4) as u8];
        match self.dice.below(64) {
            0..=15 => SocketAddr::from((host, 2878)),
            16..=17 => SocketAddr::from((host, self.dice.bits() as u16)),
            18..=19 => SocketAddr::from(((self.dice.bits() as u32).to_be_bytes(), 2878)),
            _ => SocketAddr::from(([10, 9, 9, self.dice.below(4) as u8], 2878)),
        }
    }

    fn genuine(&mut self, domain: &Domain) -> Vec<u8> {
        let known = &domain.seen.datagrams;
        known.get(self.dice.below(known.len() as u64) as usize).cloned().unwrap_or_default()
    }

    fn noise(&mut self) -> Vec<u8> {
        (0..self.dice.below(600)).map(|_| self.dice.bits() as u8).collect()
    }

    fn splice(&mut self, domain: &Domain) -> Vec<u8> {
        let (mut head, tail) = (self.genuine(domain), self.genuine(domain));
        head.truncate(self.dice.below(head.len() as u64 + 1) as usize);
        head.extend(tail.iter().skip(self.dice.below(tail.len() as u64 + 1) as usize));
        head
    }

    /// A well-formed message of any type about the contested addresses, up to all of them.
    fn out_of_thin_air(&mut self, domain: &Domain) -> Vec<u8> {
        let kind = self.dice.below(6) as u8;
        let mut octets = vec![0, kind, 0, 1];
        octets.extend((self.dice.bits() as u32).to_be_bytes());
        octets.extend(self.clock(domain).to_be_bytes());
        let listed = if self.dice.chance(1, 16) { self.dice.below(41) } else { self.dice.below(4) };
        match kind {
            3 => octets.extend(self.time(domain).to_be_bytes()),
            4 => octets.push(listed as u8),
            5 => {
                octets.extend((self.dice.bits() as u32).to_be_bytes());
                octets.extend(self.time(domain).to_be_bytes());
                return octets;
            }
            _ => {}
        }
        for _ in 0..listed {
            let (first, last) = self.range(domain);
            octets.extend(first.to_be_bytes());
            octets.extend(last.to_be_bytes());
            octets.extend(self.time(domain).to_be_bytes());
        }
        if kind == 4 {
            octets.push(0);
        }
        octets
    }

    fn range(&mut self, domain: &Domain) -> (u32, u32) {
        let (low, size) = (domain.contested.first().0 as u32, domain.contested.len() as u64);
        let length = match self.dice.below(1024) {
            0 => size,
            1 => self.dice.below(size) + 1,
            2..=99 => self.dice.below(64) + 1,
            _ => 1,
        };
        let first = self.dice.below(size - length + 1) as u32;
        (low + first, low + first + (length - 1) as u32)
    }

    fn time(&mut self, domain: &Domain) -> u32 {
        let now = EPOCH as u32 + domain.world.now().as_micros().div_euclid(1_000_000) as u32;
        match self.dice.below(64) {
            0 => 0,
            1 => u32::MAX,
            2 => self.dice.bits() as u32,
            3..=9 => now - self.dice.below(4_000) as u32,
            10..=16 => now,
            _ => now + self.dice.below(900) as u32,
        }
    }

    /// A sender's clock: seldom quite wrong, since all end times of the message move with it, and
    /// what never ends can only pile up.
    fn clock(&mut self, domain: &Domain) -> u32 {
        if self.dice.chance(1, 64) {
            return self.time(domain);
        }
        let now = EPOCH as u32 + domain.world.now().as_micros().div_euclid(1_000_000) as u32;
        now - self.dice.below(100) as u32
    }

    fn tamper(&mut self, octets: &mut Vec<u8>, domain: &Domain) {
        let len = octets.len() as u64;
        if len < 12 {
            return;
        }
        match self.dice.below(8) {
            0 => octets[self.dice.below(len) as usize] ^= 1 << self.dice.below(8),
            1 => octets.truncate(self.dice.below(len) as usize),
            2 => octets.push(self.dice.bits() as u8),
            3 => octets[1] = self.dice.below(6) as u8,
            4 => self.overwrite(octets, 4, |dice| dice.bits() as u32),
            5 => {
                let now = self.clock(domain);
                self.overwrite(octets, 8, |_| now);
            }
            6 if self.dice.chance(1, 8) => {
                let at = 12 + 4 * self.dice.below((len - 12) / 4 + 1) as usize;
                let value = [0, 1, u32::MAX, 0x7fff_ffff][self.dice.below(4) as usize];
                self.overwrite(octets, at, |_| value);
            }
            // Mostly a near miss: a wide range costs every node dear, and a few will do.
            _ => {
                let at = 12 + 4 * self.dice.below((len - 12) / 4 + 1) as usize;
                let (any, _) = self.range(domain);
                let here = octets.get(at..at + 4).and_then(|field| field.try_into().ok());
                let here = here.map_or(any, u32::from_be_bytes);
                let near = here.wrapping_add(self.dice.below(16) as u32).wrapping_sub(8);
                let value = if self.dice.chance(1, 64) { any } else { near };
                self.overwrite(octets, at, |_| value);
            }
        }
    }

    fn overwrite(&mut self, octets: &mut [u8], at: usize, value: impl Fn(&mut Stream) -> u32) {
        let value = value(&mut self.dice).to_be_bytes();
        if let Some(field) = octets.get_mut(at..at + 4) {
            field.copy_from_slice(&value);
        }
    }
}
