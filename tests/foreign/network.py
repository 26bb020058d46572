"""UDP on one group, spoken from an address of its own."""

import ipaddress
import socket
import struct
import time

# Numbers of Linux that the standard library does not name.
IP_MULTICAST_ALL = 49
SO_TIMESTAMPNS = 35

# Datagrams taken in a row.
BATCH = 64


class Network:
    """What is sent comes from own; what is heard was sent to group. Section 2: port 2878."""

    def __init__(self, own, group, port):
        self.own, self.to = (own, port), (group, port)
        if ipaddress.ip_address(group).version != 4:
            raise SystemExit("this peer speaks IPv4 only")
        self.speaker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.speaker.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(own))
        self.speaker.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
        self.speaker.bind(self.own)
        self.listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.setsockopt(socket.IPPROTO_IP, IP_MULTICAST_ALL, 0)
        # The kernel's time of arrival is right however late this process is woken.
        self.listener.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.listener.bind(self.to)
        member = socket.inet_aton(group) + socket.inet_aton(own)
        self.listener.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        self.listener.setblocking(False)

    def send(self, octets):
        self.speaker.sendto(octets, self.to)

    def waiting(self):
        """(octets, source, time in microseconds) of what has arrived, so much that timers and
        orders still get their turn."""
        for _ in range(BATCH):
            try:
                yield self.receive()
            except BlockingIOError:
                return

    def receive(self):
        octets, notes, _, source = self.listener.recvmsg(65536, 256)
        at = time.time_ns()
        for level, kind, data in notes:
            if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS) and len(data) == 16:
                seconds, nanoseconds = struct.unpack("@qq", data)
                at = seconds * 1_000_000_000 + nanoseconds
        return octets, source, at // 1000
