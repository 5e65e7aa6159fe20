"""One fresh connection and one first byte over a hop, through the path that the service uses and, where known, around it.

A fresh connection, because connect times in logs stay 0 while connections are reused. The kernel's count of retransmissions is read from
the probe's own socket (TCP_INFO, tcp(7)): a host's counter cannot name a hop.
"""

import asyncio
import socket
import struct
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from poise.model.sample import Sample

Speak = Literal["http", "postgres"]
# Places among the 32-bit fields that follow 8 bytes of flags in struct tcp_info (linux/tcp.h), unchanged since 2.6: µs, ms, a count.
RTT, LAST_DATA_RECV, TOTAL_RETRANS = 15, 11, 23
SSL_REQUEST = struct.pack("!ii", 8, 80877103)  # PostgreSQL protocol, 55.7 Message Formats: answered by one byte before any log-in


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try. Milliseconds; None where it did not come so far. `retransmits` by our own kernel on this socket."""

    connect_ms: float | None
    ping_ms: float | None
    retransmits: int
    failed: bool


class HopProbe:
    """Keeps the counters of one hop. `path` and `direct` are host:port; `name` is the component, such as `lb→app1`."""

    def __init__(self, name: str, path: str, direct: str | None, speak: Speak, seconds: float = 3.0, http_path: str = "/healthz") -> None:
        self.name, self.path, self.direct, self.speak = name, path, direct, speak
        self._seconds, self._http_path = seconds, http_path
        self._attempts = self._failures = self._direct_failures = self._retransmits = 0

    async def sample(self, now: datetime) -> tuple[Sample, ...]:
        """One try on each way, at once; `_ms` only where it was measured, counters always."""
        ways = [self.path] + ([self.direct] if self.direct else [])
        tries = await asyncio.gather(*(attempt(way, self.speak, self._seconds, self._http_path) for way in ways))
        through = tries[0]
        self._attempts += 1
        self._failures += through.failed
        self._retransmits += through.retransmits
        values: dict[str, float | None] = {
            "connect_ms": through.connect_ms,
            "ping_ms": through.ping_ms,
            "connect_failures_total": self._failures,
            "retransmits_total": self._retransmits,
            "attempts_total": self._attempts,
        }
        if len(tries) > 1:
            self._direct_failures += tries[1].failed
            values |= {
                "direct_connect_ms": tries[1].connect_ms,
                "direct_ping_ms": tries[1].ping_ms,
                "direct_connect_failures_total": self._direct_failures,
            }
        return tuple(Sample(now, self.name, metric, float(value)) for metric, value in values.items() if value is not None)


async def probe_hop(path: str, direct: str | None, speak: Speak, now: datetime, name: str = "hop") -> tuple[Sample, ...]:
    """A single look, its counters 0 or 1. A watch keeps a HopProbe, whose counters add up."""
    return await HopProbe(name, path, direct, speak).sample(now)


async def attempt(address: str, speak: Speak, seconds: float = 3.0, http_path: str = "/healthz") -> Attempt:
    """Connect to host:port and wait for the first byte of an answer, at most `seconds`. Never raises for what the network does."""
    loop = asyncio.get_running_loop()
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    request = SSL_REQUEST if speak == "postgres" else f"GET {http_path} HTTP/1.0\r\nHost: {host}\r\nUser-Agent: poise\r\n\r\n".encode()
    connect_ms = ping_ms = None
    link = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    link.setblocking(False)
    retransmits = 0
    try:
        async with asyncio.timeout(seconds):
            began = time.perf_counter()
            await loop.sock_connect(link, (host, int(port)))
            connected = time.perf_counter()
            info = _tcp_info(link)
            # The kernel timed the handshake; our own clock also counts what else this process was doing. A SYN sent again has no such time.
            connect_ms = info.rtt_ms if info and info.rtt_ms and not info.retransmits else (connected - began) * 1000
            sent = time.perf_counter()
            await loop.sock_sendall(link, request)
            if await loop.sock_recv(link, 64):
                answered = (time.perf_counter() - sent) * 1000
                info = _tcp_info(link)
                # How long the byte lay in our buffer before we read it is no part of the way.
                ping_ms = max(answered - info.since_received_ms, min(connect_ms, answered)) if info else answered
    except (OSError, TimeoutError, ValueError):
        pass
    finally:
        info = _tcp_info(link)
        retransmits = info.retransmits if info else 0
        link.close()
    return Attempt(connect_ms, ping_ms, retransmits, connect_ms is None)


@dataclass(frozen=True, slots=True)
class _TcpInfo:
    rtt_ms: float
    since_received_ms: float
    retransmits: int


def _tcp_info(link: socket.socket) -> _TcpInfo | None:
    try:
        info = link.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    except (OSError, AttributeError):  # macOS has no TCP_INFO
        return None
    if len(info) < 8 + 4 * 24:
        return None
    field = struct.unpack_from("=24I", info, 8)
    return _TcpInfo(field[RTT] / 1000, float(field[LAST_DATA_RECV]), field[TOTAL_RETRANS])
