"""An allocation server as sections 3.2.2 to 3.2.6 describe it, without storage and without a start-up
silence: it is the other side of a test, which decides when it speaks."""

from timers import ANNOUNCE_WAIT, REPEAT_INTERVAL, Repeater
from wire import ACLM, AITU, AIU, NAMES, Range, write_range


def overlap(ranges, others):
    """The parts of ranges that others list too."""
    return [
        Range(max(a.first, b.first), min(a.last, b.last), a.number)
        for a in ranges
        for b in others
        if a.overlaps(b)
    ]


def addresses(ranges):
    """The set that ranges list, without their end times."""
    return sorted((each.first, each.last) for each in ranges)


def names(ranges):
    return [write_range(each, 1) for each in ranges]


class Request:
    """Sections 3.2.5 and 3.2.6: an ACLM that wants addresses, or an AITU that intends to use them.
    What is given up is replaced by the next of instead; who is greedy gives nothing up."""

    def __init__(self, server, kind, ranges, instead=(), greedy=False):
        self.server, self.kind, self.greedy = server, kind, greedy
        self.instead = list(instead)
        self.rseq, self.mseq = server.next_rseq(), 0
        self.begin(ranges)

    def begin(self, ranges):
        self.ranges = ranges
        steady = REPEAT_INTERVAL if self.kind == AITU else None
        self.repeater = Repeater(self.server.timers, self.say, steady=steady)
        self.timer = self.server.timers.after(ANNOUNCE_WAIT, self.stand)

    def say(self):
        self.server.send(self.kind, self.rseq, self.mseq, self.ranges)
        # Section 5.1.5: mseq may wrap.
        self.mseq = (self.mseq + 1) % 256

    def hear(self, message, source):
        against = (ACLM, AIU) if self.kind == ACLM else (ACLM, AIU, AITU)
        if self.greedy or message.kind not in against:
            return
        if not overlap(self.ranges, message.ranges):
            return
        self.stop()
        told = {"ranges": names(self.ranges), "because": NAMES[message.kind], "from": source[0]}
        self.server.tell("gave up", told)
        if self.instead:
            # Section 3.2.5: "with the same Request Sequence Number".
            self.begin([self.instead.pop(0)])
        else:
            self.server.requests.remove(self)

    def stand(self):
        self.server.tell("stood", {"type": NAMES[self.kind], "ranges": names(self.ranges)})
        if self.kind == ACLM:
            self.repeater.stop()
            self.server.requests.remove(self)
            self.server.hold(self.ranges, self.greedy)

    def stop(self):
        self.repeater.stop()
        self.server.timers.cancel(self.timer)


class Holding:
    """Sections 3.2.2 and 3.2.3: addresses that are announced until another announces them too."""

    def __init__(self, server, ranges, greedy):
        self.server, self.ranges, self.greedy = server, ranges, greedy
        self.rseq, self.mseq = server.next_rseq(), 0
        self.repeater = Repeater(server.timers, self.say, steady=REPEAT_INTERVAL)

    def say(self):
        self.server.send(AIU, self.rseq, self.mseq, self.ranges)
        self.mseq = (self.mseq + 1) % 256

    def hear(self, message, source):
        now = message.current_time
        running = [each for each in message.ranges if each.number > now]
        if message.kind != AIU or not overlap(self.ranges, running):
            return
        told = {"ranges": names(self.ranges), "from": source[0], "kept": self.greedy}
        self.server.tell("conflict", told)
        if not self.greedy:
            self.stop()
            self.server.holdings.remove(self)

    def stop(self):
        self.repeater.stop()


class Defence:
    """Section 3.2.2: the Allocation Defense timer of whoever allocated the addresses begins with 0,
    goes on with [RESEND-WAIT] and doubles. Doubling 0 for the AIU of another changes nothing."""

    def __init__(self, server, listed, subject):
        self.server, self.listed, self.subject = server, addresses(listed), subject
        self.rseq, self.mseq = server.next_rseq(), 0
        self.repeater = Repeater(server.timers, self.say)

    def say(self):
        self.server.send(AIU, self.rseq, self.mseq, self.subject)
        self.mseq = (self.mseq + 1) % 256

    def stop(self):
        self.repeater.stop()


class Server:
    """Hears every message, and holds, claims and defends."""

    def __init__(self, timers, send, tell):
        self.timers, self.transmit, self.tell = timers, send, tell
        self.rseq = 0
        self.requests, self.holdings, self.defences = [], [], {}
        self.defends = True

    def next_rseq(self):
        # Section 5.1.4: 0 after a restart, then one more for every request.
        rseq, self.rseq = self.rseq, (self.rseq + 1) % (1 << 24)
        return rseq

    def send(self, kind, rseq, mseq, ranges):
        self.transmit(kind, rseq, mseq, ranges)

    def claim(self, ranges, instead=(), greedy=False):
        self.requests.append(Request(self, ACLM, ranges, instead, greedy))

    def intend(self, ranges, instead=()):
        self.requests.append(Request(self, AITU, ranges, instead))

    def hold(self, ranges, greedy=False):
        self.holdings.append(Holding(self, ranges, greedy))

    def stop(self):
        for each in [*self.requests, *self.holdings, *self.defences.values()]:
            each.stop()
        self.requests, self.holdings, self.defences = [], [], {}

    def hear(self, message, source):
        for each in [*self.requests, *self.holdings]:
            each.hear(message, source)
        if message.kind in (ACLM, AITU):
            self.consider(message, source)

    def consider(self, message, source):
        """Defends what message wants and this server holds."""
        against = (source, message.rseq)
        running = self.defences.get(against)
        if running and running.listed == addresses(message.ranges):
            return
        if running:
            running.stop()
            del self.defences[against]
        held = [each for holding in self.holdings for each in holding.ranges]
        subject = overlap(held, message.ranges)
        if subject and self.defends:
            self.tell("defends", {"ranges": names(subject), "against": source[0]})
            self.defences[against] = Defence(self, message.ranges, subject)
