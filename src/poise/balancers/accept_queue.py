"""How many connections the kernel has accepted that the load balancer has not: the only sign that HAProxy's frontend stands at its limit,
and that the workers of nginx or Envoy do not come to it.

Linux keeps it as the receive queue of a listening socket in /proc/net/tcp and tcp6 (proc(5)); nothing is known of another host's sockets.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from poise.balancers.listening import ANY, FILES, host_and_port, listening
from poise.model.sample import Sample
from poise.model.topology import Topology


def waiting(addresses: Sequence[str], files: Sequence[Path] = FILES) -> int | None:
    """Connections waiting in the accept queues of local listening sockets at `addresses` (host:port, `*:port`), None if there is none."""
    return waiting_each([addresses], files)[0]


def waiting_each(listeners: Sequence[Sequence[str]], files: Sequence[Path] = FILES) -> list[int | None]:
    """`waiting` for the addresses of each of many listeners, with one look at the kernel's table."""
    wanted = [[host_and_port(address) for address in addresses if ":" in address and "/" not in address] for addresses in listeners]
    if not any(wanted):
        return [None] * len(wanted)
    by_port: dict[int, list[tuple[str, int]]] = {}
    for host, port, queue in listening(files):
        by_port.setdefault(port, []).append((host, queue))
    found: list[int | None] = []
    for each in wanted:
        hosts: dict[int, set[str]] = {}
        for host, port in each:
            hosts.setdefault(port, set()).add(host)
        queues = [q for port, at in hosts.items() for host, q in by_port.get(port, ()) if host in at or not at.isdisjoint(ANY)]
        found.append(sum(queues) if queues else None)
    return found


def samples(topology: Topology, now: datetime) -> list[Sample]:
    """`accept_queue` of each listener of a load balancer on this machine."""
    counts = waiting_each([[bind.address for bind in listener.binds] for listener in topology.listeners])
    names = (topology.listener_component(listener.name) for listener in topology.listeners)
    return [Sample(now, name, "accept_queue", float(count)) for name, count in zip(names, counts, strict=True) if count is not None]


def local(address: str) -> bool:
    """Whether that place is on this machine, whose accept queues can be looked at."""
    place = address.rpartition("@")[2]
    host = place.rpartition("://")[2].rpartition(":")[0].strip("[]")
    return place.startswith(("/", ".")) or ":" not in place or host in ("", "*", "::1", "localhost") or host.startswith("127.")
