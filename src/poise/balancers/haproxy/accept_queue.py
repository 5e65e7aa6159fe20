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
    return waiting_each([addresses], files)[0]


def waiting_each(listeners: Sequence[Sequence[str]], files: Sequence[Path] = FILES) -> list[int | None]:
    """`waiting` for the addresses of each of many listeners, with one look at the kernel's table."""
    wanted = [[_split(address) for address in addresses if ":" in address and "/" not in address] for addresses in listeners]
    if not any(wanted):
        return [None] * len(wanted)
    by_port: dict[int, list[tuple[str, int]]] = {}
    for host, port, queue in _listening(files):
        by_port.setdefault(port, []).append((host, queue))
    found: list[int | None] = []
    for each in wanted:
        hosts: dict[int, set[str]] = {}
        for host, port in each:
            hosts.setdefault(port, set()).add(host)
        queues = [q for port, at in hosts.items() for host, q in by_port.get(port, ()) if host in at or not at.isdisjoint(ANY)]
        found.append(sum(queues) if queues else None)
    return found


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
