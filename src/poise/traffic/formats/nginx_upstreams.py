"""The attempts that one request made, out of nginx's lists: `10.0.0.1:80, 10.0.0.2:80 : 10.0.0.3:80` are two groups.

", " stands between attempts of one group (a retry), " : " between groups: a request that an error page or X-Accel-Redirect sent on to
another upstream. Seen with nginx 1.22 and 1.31: an attempt that got no connection has `-` for its connect time and 502 or 504 for its
status, one without an answer `-` for its header time; where the client left first the status is `-`; where no server was left to try the
name of the upstream stands in place of an address.
"""

from poise.model.light import dataclass

FAILED = (502, 504)
# No attempt takes a year.
MOST_SECONDS = 3e7


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt. `status` None: the client left first. `connected` and `answered` None: the log does not say."""

    address: str
    status: int | None = None
    response_ms: float | None = None
    connect_ms: float | None = None
    connected: bool | None = None
    answered: bool | None = None


@dataclass(frozen=True, slots=True)
class Lists:
    """The raw lists of one line; None for those that the format does not have."""

    address: bytes
    status: bytes | None = None
    response: bytes | None = None
    connect: bytes | None = None
    header: bytes | None = None


def attempts_of(lists: Lists) -> tuple[tuple[Attempt, ...], ...] | None:
    """The attempts of one request, by group; none where it was passed to nobody. None where the lists do not agree with each other."""
    if lists.address in (b"-", b""):
        return ()
    groups = _cut(lists.address)
    others = [_cut(each) if each is not None else None for each in (lists.status, lists.response, lists.connect, lists.header)]
    shape = [len(group) for group in groups]
    if any(other is not None and [len(group) for group in other] != shape for other in others):
        return None
    found = []
    try:
        for number, group in enumerate(groups):
            rows = [other[number] if other is not None else [None] * len(group) for other in others]
            each = (_attempt(address, *values) for address, *values in zip(group, *rows, strict=True) if address)
            found.append(tuple(each))
    except ValueError:
        return None
    return tuple(group for group in found if group)


def _cut(value: bytes) -> list[list[bytes]]:
    return [group.split(b", ") for group in value.split(b" : ")]


def _attempt(address: bytes, status: bytes | None, response: bytes | None, connect: bytes | None, header: bytes | None) -> Attempt:
    code = int(status) if status is not None and status not in (b"-", b"") else None
    failed = code in FAILED
    connect_ms = _milliseconds(connect)
    header_ms = _milliseconds(header)
    # Sessions of a stream block have no status of their own for each attempt.
    connected = None if connect is None else connect_ms is not None or not (failed or status is None)
    answered = None if header is None else header_ms is not None or not failed
    return Attempt(address.decode("utf-8", "replace"), code, _milliseconds(response), connect_ms, connected, answered)


def _milliseconds(value: bytes | None) -> float | None:
    if value is None or value in (b"-", b""):
        return None
    seconds = float(value)
    if not 0.0 <= seconds < MOST_SECONDS:
        raise ValueError("no time")
    return seconds * 1000.0
