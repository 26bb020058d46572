#!/usr/bin/env python3
"""A peer that knows of AAP what draft-ietf-malloc-aap-04 says, and shares no code with the crates.

Standard input takes one JSON object a line, {"do": NAME, ...}; standard output gives one a line,
{"event": NAME, "at": MICROSECONDS SINCE 1970, ...}. README.md lists both. Ends with its input.
"""

import argparse
import json
import os
import select
import sys
import time

import mischief
import wire
from network import Network
from server import Server
from timers import ASA_INTERVAL, Repeater, Timers, jittered

# Section 3.2.9: an ANA is sent at 0, 1, 3 and 7 seconds.
LAST_ANA_INTERVAL = 4.0


class Peer:
    def __init__(self, network, scale):
        self.network, self.timers = network, Timers(scale)
        self.server = Server(self.timers, self.say, self.tell)
        self.liar = None
        self.space = None

    # What it does, by the name in "do".

    def do_claim(self, ranges, lasting=3600, instead=(), greedy=False):
        self.server.claim(self.until(ranges, lasting), self.until(instead, lasting), greedy)

    def do_intend(self, ranges, lasting=3600, instead=()):
        self.server.intend(self.until(ranges, lasting), self.until(instead, lasting))

    def do_hold(self, ranges, lasting=3600, greedy=False):
        self.server.hold(self.until(ranges, lasting), greedy)

    def do_stop(self):
        """Falls silent, as if it had crashed, but goes on listening."""
        self.server.stop()
        self.liar, self.space = None, None

    def do_space(self, ranges, lasting=3600, validity=150):
        """Announces an address space as a Prefix Coordinator does (section 4.2.1)."""
        first = self.space is None
        self.space = (ranges, lasting, validity)
        if first:
            self.announce_space()

    def announce_space(self):
        if self.space is None:
            return
        ranges, lasting, validity = self.space
        now = self.clock()
        self.transmit(
            wire.Message(
                wire.ASA,
                1,
                self.server.next_rseq(),
                0,
                now,
                self.until(ranges, lasting),
                expiration_time=now + validity,
            )
        )
        self.timers.after(jittered(ASA_INTERVAL), self.announce_space)

    def do_report(self, reports, requests=()):
        """Sends one ASRP: reports are [RANGE, IN USE], requests are [ADDRESSES, LASTING]."""
        now = self.clock()
        ranges = [wire.read_range(text, in_use) for text, in_use in reports]
        wanted = [(addresses, now + lasting) for addresses, lasting in requests]
        rseq = self.server.next_rseq()
        self.transmit(wire.Message(wire.ASRP, 1, rseq, 0, now, ranges, requests=wanted))

    def do_lack(self, addresses, lasting=3600):
        """Sends ANAs: nothing is left for so many addresses (section 3.2.9)."""
        end, rseq = self.clock() + lasting, self.server.next_rseq()
        numbers = iter(range(256))

        def say():
            self.transmit(
                wire.Message(
                    wire.ANA,
                    1,
                    rseq,
                    next(numbers),
                    self.clock(),
                    address_count=addresses,
                    end_time=end,
                )
            )

        Repeater(self.timers, say, limit=LAST_ANA_INTERVAL)

    def do_lie(self):
        self.liar = mischief.Liar(self.server)

    def do_flap(self, ranges, every, lasting=3600):
        mischief.Flapper(self.server, self.until(ranges, lasting), every, self.clock)

    def do_flood(self, octets, count, per_second):
        datagrams = [bytes.fromhex(text) for text in octets]

        def done():
            self.tell("flooded", {"count": count})

        mischief.Flood(self.timers, self.network.send, datagrams, count, per_second, done)

    def do_decode(self, octets):
        """Tells what octets are, and what encoding that again gives."""
        self.tell("decoded", self.read(bytes.fromhex(octets))[1])

    # How it does it.

    def clock(self):
        return int(time.time())

    def until(self, ranges, lasting):
        end = self.clock() + lasting
        return [wire.read_range(text, end) for text in ranges]

    def say(self, kind, rseq, mseq, ranges):
        self.transmit(wire.Message(kind, 1, rseq, mseq, self.clock(), ranges))

    def transmit(self, message):
        self.network.send(wire.encode(message))
        self.tell("sent", wire.describe(message))

    def tell(self, event, told=None, at=None):
        at = time.time_ns() // 1000 if at is None else at
        print(json.dumps({"event": event, "at": at} | (told or {})), flush=True)

    def read(self, octets):
        """The message, if octets are one, and what there is to tell about them."""
        told = {"octets": octets.hex()}
        try:
            message = wire.decode(octets)
        except wire.Malformed as why:
            return None, told | {"malformed": str(why)}
        return message, told | wire.describe(message) | {"again": wire.encode(message).hex()}

    def hear(self, octets, source, at):
        if source == self.network.own:
            return
        message, told = self.read(octets)
        self.tell("heard", {"from": source[0], "port": source[1]} | told, at)
        if message is None:
            return
        # Times of others are by the clock of others (section 5.3.1); here it is the same one.
        self.server.hear(message, source)
        if self.liar:
            self.liar.hear(message, source)

    def obey(self, line):
        try:
            order = json.loads(line)
            getattr(self, "do_" + order.pop("do"))(**order)
        except (AttributeError, KeyError, TypeError, ValueError) as why:
            self.tell("misunderstood", {"line": line, "why": str(why)})

    def run(self):
        self.tell("ready")
        orders = b""
        while True:
            wait = self.timers.fire()
            ready, _, _ = select.select([0, self.network.listener], [], [], wait)
            if self.network.listener in ready:
                for heard in self.network.waiting():
                    self.hear(*heard)
            if 0 in ready:
                octets = os.read(0, 65536)
                if not octets:
                    return
                *lines, orders = (orders + octets).split(b"\n")
                for line in lines:
                    self.obey(line.decode())


def main():
    options = argparse.ArgumentParser(description="A peer that speaks AAP as the draft has it.")
    options.add_argument("--own", required=True, help="the address to speak from")
    options.add_argument("--group", required=True, help="the AAP address of the scope")
    options.add_argument("--port", type=int, default=2878)
    options.add_argument("--scale", type=float, default=1.0, help="divides all constants")
    chosen = options.parse_args()
    try:
        Peer(Network(chosen.own, chosen.group, chosen.port), chosen.scale).run()
    except (BrokenPipeError, KeyboardInterrupt):
        # Whoever listened has gone; Python would complain once more while it ends.
        os._exit(0)
    sys.exit(0)


if __name__ == "__main__":
    main()
