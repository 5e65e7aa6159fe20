"""A block of loopback ports for one lab, safe against a second lab beside it."""

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from poise.lab.error import LabError

LOWEST = 10_000
BLOCK = 60


@dataclass(slots=True)
class PortBlock:
    """`BLOCK` free ports from `first` on, ours until `release` (or until we die)."""

    first: int
    _hold: socket.socket

    def release(self) -> None:
        """Gives the block back."""
        self._hold.close()


def _ephemeral_low() -> int:
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 32_768


def _free(ports: Iterable[int]) -> bool:
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def take_ports(start: int = 0) -> PortBlock:
    """The first free block from a place that `start` chooses. LabError when none is free.

    A block is held by a Unix socket with an abstract name: one owner per network namespace exactly as the ports themselves, across users,
    without a file, and the kernel lets go of it when the owner is killed. Ports stay below the ephemeral range, where an outgoing
    connection could sit on them.
    """
    highest = min(_ephemeral_low(), 32_000)
    blocks = max((highest - LOWEST) // BLOCK, 1)
    for offset in range(blocks):
        first = LOWEST + (start + offset) % blocks * BLOCK
        hold = socket.socket(socket.AF_UNIX)
        try:
            hold.bind(f"\0poise-lab-ports-{first}")
        except OSError:
            hold.close()
            continue
        if _free(range(first, first + BLOCK)):
            return PortBlock(first, hold)
        hold.close()
    raise LabError(f"no block of {BLOCK} free ports between {LOWEST} and {highest} on 127.0.0.1; stop other labs or free ports (ss -ltn)")
