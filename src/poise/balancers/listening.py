"""Who listens on this machine, as the kernel tells everybody: no right to a load balancer's sockets is needed for it.

Linux keeps it in /proc/net/tcp and tcp6 (proc(5)); nothing is known of another host's sockets, nor of another network namespace's.
"""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path

LISTEN = "0A"
FILES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
ANY = ("0.0.0.0", "::", "*", "")  # noqa: S104 - compared with, never bound


def listened(addresses: Sequence[str], files: Sequence[Path] = FILES) -> bool | None:
    """Whether somebody listens at one of these (host:port, `*:port`); None where none of them can be looked for."""
    wanted = [host_and_port(address) for address in addresses if ":" in address and "/" not in address]
    ports = {port for _, port in wanted if port > 0}
    if not ports or not any(file.exists() for file in files):
        return None
    # At which of the machine's addresses does not matter: one that is named by a host name is not resolved for it.
    return any(port in ports for _, port, _ in listening(files))


def host_and_port(address: str) -> tuple[str, int]:
    """The two parts, without a prefix as `ipv4@`; -1 where the port is no number."""
    host, _, port = address.rpartition("@")[2].rpartition(":")
    return host.strip("[]"), int(port) if port.isascii() and port.isdigit() else -1


def listening(files: Sequence[Path] = FILES) -> Iterator[tuple[str, int, int]]:
    """Host, port and connections that wait to be accepted, of each listening socket."""
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
