"""What no honest participant does."""

from wire import ACLM, AITU, AIU, Range


class Liar:
    """Answers every claim of another as if it had allocated the addresses (section 6)."""

    def __init__(self, server):
        self.server = server

    def hear(self, message, _source):
        if message.kind in (ACLM, AITU):
            self.server.send(AIU, self.server.next_rseq(), 0, message.ranges)


class Flapper:
    """Announces a range and takes it back, again and again, every so many seconds."""

    def __init__(self, server, ranges, every, clock):
        self.server, self.ranges, self.every, self.clock = server, ranges, every, clock
        self.rseq, self.turns = server.next_rseq(), 0
        self.flap()

    def flap(self):
        over = self.turns % 2 == 1
        end = self.clock() - 1 if over else None
        ranges = [Range(r.first, r.last, end or r.number) for r in self.ranges]
        self.server.send(AIU, self.rseq, self.turns % 256, ranges)
        self.turns += 1
        self.server.timers.after(self.every, self.flap)


class Flood:
    """Sends datagrams in turn, so many in a real second, until count are sent."""

    def __init__(self, timers, send, datagrams, count, per_second, done):
        self.timers, self.send, self.datagrams, self.done = timers, send, datagrams, done
        self.left, self.next = count, 0
        self.portion = max(1, per_second // 200)
        self.pour()

    def pour(self):
        for _ in range(min(self.portion, self.left)):
            self.send(self.datagrams[self.next % len(self.datagrams)])
            self.next += 1
        self.left -= min(self.portion, self.left)
        if self.left:
            self.timers.after(self.timers.scale / 200, self.pour)
        else:
            self.done()
