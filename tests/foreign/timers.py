"""The constants of appendix B, and timers that a loop fires."""

import heapq
import itertools
import random
import time

RESEND_WAIT = 1.0
ANNOUNCE_WAIT = 10.0
REPEAT_INTERVAL = 30.0
ASA_INTERVAL = 30.0


def jittered(interval):
    """Section 3.2.2: "vary the interval by about 30% (+ or -)"."""
    return interval * random.uniform(0.7, 1.3)


class Timers:
    """Calls in the order of their times, all intervals divided by one factor."""

    def __init__(self, scale):
        self.scale = scale
        self.waiting = []
        self.numbers = itertools.count()
        self.cancelled = set()

    def after(self, seconds, call):
        """Calls call() so many unscaled seconds from now. The number returned cancels it."""
        number = next(self.numbers)
        heapq.heappush(self.waiting, (time.monotonic() + seconds / self.scale, number, call))
        return number

    def cancel(self, number):
        self.cancelled.add(number)

    def fire(self):
        """Calls what is due, and answers how long the next one can wait."""
        while self.waiting:
            due, number, call = self.waiting[0]
            wait = due - time.monotonic()
            if number not in self.cancelled and wait > 0:
                return wait
            heapq.heappop(self.waiting)
            if number in self.cancelled:
                self.cancelled.discard(number)
            else:
                call()
        return None


class Repeater:
    """Sections 3.2.2, 3.2.5 and 3.2.6: says something now, after [RESEND-WAIT], and after intervals
    that double until one exceeds limit; then every steady seconds, if it is given."""

    def __init__(self, timers, say, limit=REPEAT_INTERVAL, steady=None):
        self.timers, self.say, self.limit, self.steady = timers, say, limit, steady
        self.interval = RESEND_WAIT
        self.number = None
        self.stopped = False
        self.again()

    def again(self):
        self.say()
        if self.stopped:
            return
        if self.interval <= self.limit:
            self.number = self.timers.after(self.interval, self.again)
            self.interval *= 2
        elif self.steady:
            self.number = self.timers.after(jittered(self.steady), self.again)

    def stop(self):
        self.stopped = True
        if self.number is not None:
            self.timers.cancel(self.number)
