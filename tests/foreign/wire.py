"""The messages of AAP, written and read as draft-ietf-malloc-aap-04, section 5, draws them."""

import ipaddress
import struct
from dataclasses import dataclass, field

# Section 5.2, table 2.
ACLM, AIU, AITU, ASA, ASRP, ANA = range(6)
NAMES = ("ACLM", "AIU", "AITU", "ASA", "ASRP", "ANA")

# Section 5.1.3: the address family numbers of IANA, and the octets of an address.
ADDRESS_OCTETS = {1: 4, 2: 16}

# Section 5.1: "at least 12 bytes".
SHORTEST = 12


class Malformed(ValueError):
    """Octets that are no message; the first argument is the reason in a word."""


@dataclass
class Range:
    """Addresses from first to last, both included, and the number written after them: an end time
    (sections 5.4.1 to 5.4.4) or how many are in use (5.4.5)."""

    first: int
    last: int
    number: int

    def overlaps(self, other):
        return self.first <= other.last and other.first <= self.last


@dataclass
class Message:
    """One message; a field that its type does not have stays as it is here."""

    kind: int
    family: int
    rseq: int
    mseq: int
    current_time: int
    ranges: list = field(default_factory=list)
    # ASA
    expiration_time: int = 0
    # ASRP: ranges are its reports; a request is (addresses, end time)
    requests: list = field(default_factory=list)
    # ANA
    address_count: int = 0
    end_time: int = 0


def encode(message):
    """The octets of a message."""
    header = struct.pack(
        "!BBH3sBI",
        0,
        message.kind,
        message.family,
        message.rseq.to_bytes(3, "big"),
        message.mseq,
        message.current_time,
    )
    if message.kind == ANA:
        return header + struct.pack("!II", message.address_count, message.end_time)
    ranges = b"".join(encode_range(each, message.family) for each in message.ranges)
    if message.kind == ASA:
        return header + struct.pack("!I", message.expiration_time) + ranges
    if message.kind == ASRP:
        requests = b"".join(struct.pack("!II", *each) for each in message.requests)
        reports = bytes([len(message.ranges)]) + ranges
        return header + reports + bytes([len(message.requests)]) + requests
    return header + ranges


def encode_range(each, family):
    size = ADDRESS_OCTETS[family]
    first, last = each.first.to_bytes(size, "big"), each.last.to_bytes(size, "big")
    return first + last + struct.pack("!I", each.number)


def decode(octets):
    """The message that octets are. Raises Malformed."""
    if len(octets) < SHORTEST:
        raise Malformed("too_short")
    version, kind, family, rseq, mseq, current_time = struct.unpack_from("!BBH3sBI", octets)
    if version != 0:
        raise Malformed("bad_version")
    if kind >= len(NAMES):
        raise Malformed("unknown_type")
    if family not in ADDRESS_OCTETS:
        raise Malformed("unknown_family")
    message = Message(kind, family, int.from_bytes(rseq, "big"), mseq, current_time)
    body = Body(octets[SHORTEST:])
    if kind == ANA:
        message.address_count, message.end_time = body.number(), body.number()
    elif kind == ASRP:
        message.ranges = [body.range(family) for _ in range(body.octet())]
        message.requests = [(body.number(), body.number()) for _ in range(body.octet())]
    else:
        if kind == ASA:
            message.expiration_time = body.number()
        while body.rest:
            message.ranges.append(body.range(family))
    if body.rest:
        raise Malformed("bad_length")
    for each in message.ranges:
        check_range(each, family)
    return message


def check_range(each, family):
    ends = (address(end, family) for end in (each.first, each.last))
    if each.first > each.last or not all(end.is_multicast for end in ends):
        raise Malformed("bad_range")


class Body:
    """Octets that are taken from the front, and must be there."""

    def __init__(self, octets):
        self.rest = octets

    def take(self, size):
        if len(self.rest) < size:
            raise Malformed("bad_length")
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken

    def octet(self):
        return self.take(1)[0]

    def number(self):
        return int.from_bytes(self.take(4), "big")

    def range(self, family):
        size = ADDRESS_OCTETS[family]
        first = int.from_bytes(self.take(size), "big")
        last = int.from_bytes(self.take(size), "big")
        return Range(first, last, self.number())


def address(number, family):
    """An address as the standard library knows it."""
    return (ipaddress.IPv4Address if family == 1 else ipaddress.IPv6Address)(number)


def read_range(text, number=0):
    """FIRST or FIRST-LAST."""
    first, _, last = text.partition("-")
    first, last = (int(ipaddress.ip_address(end)) for end in (first, last or first))
    return Range(first, last, number)


def write_range(each, family):
    first, last = address(each.first, family), address(each.last, family)
    return str(first) if first == last else f"{first}-{last}"


def describe(message):
    """A message as a dictionary of plain values."""
    number = "in_use" if message.kind == ASRP else "end"
    told = {
        "type": NAMES[message.kind],
        "family": message.family,
        "rseq": message.rseq,
        "mseq": message.mseq,
        "current_time": message.current_time,
        "ranges": [
            {"range": write_range(each, message.family), number: each.number}
            for each in message.ranges
        ],
    }
    if message.kind == ASA:
        told["expiration_time"] = message.expiration_time
    if message.kind == ASRP:
        told["requests"] = [{"addresses": n, "end": end} for n, end in message.requests]
    if message.kind == ANA:
        told |= {"address_count": message.address_count, "end": message.end_time}
    return told
