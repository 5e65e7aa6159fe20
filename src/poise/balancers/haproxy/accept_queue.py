"""How many connections the kernel has accepted that HAProxy has not: the only sign that a frontend stands at its limit.

Linux keeps it as the receive queue of a listening socket in /proc/net/tcp and tcp6 (proc(5)); nothing is known of another host's sockets.
"""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path

LISTEN = "0A"
FILES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
ANY = ("0.0.0.0", "::", "*", "")  # noqa: S104 - compared with, never bound


def waiting(addresses: Sequence[str], files: Sequence[Path] = FILES) -> int | None:
    """Connections waiting in the accept queues of local listening sockets at `addresses` (host:port, `*:port`), None if there is none."""
    wanted = [_split(address) for address in addresses if ":" in address and "/" not in address]
    found = [queue for host, port, queue in _listening(files) if any(p == port and (h in ANY or h == host) for h, p in wanted)]
    return sum(found) if found else None


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition("@")[2].rpartition(":")
    return host.strip("[]"), int(port) if port.isdigit() else -1


def _listening(files: Sequence[Path]) -> Iterator[tuple[str, int, int]]:
    for file in files:
        try:
            with file.open() as lines:
                next(lines, None)
                for line in lines:
                    fields = line.split(None, 5)
                    # The kernel lists listening sockets first: stop before ten thousand connections are formatted.
                    if fields[3] != LISTEN:
                        break
                    host, _, port = fields[1].partition(":")
                    yield _address(host), int(port, 16), int(fields[4].partition(":")[2], 16)
        except OSError:
            continue


def _address(text: str) -> str:
    """Each 32-bit word is printed in the host's byte order, which is little-endian on all Linux machines HAProxy is packaged for here."""
    raw = b"".join(bytes.fromhex(text[i : i + 8])[::-1] for i in range(0, len(text), 8))
    found = ip_address(raw)
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)
