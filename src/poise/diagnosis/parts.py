"""The parts of the stack as the observers need them: a pool with its servers, and the application behind each."""

from collections.abc import Mapping
from dataclasses import dataclass

from poise.diagnosis.halves import Halves
from poise.model.needs import PoolNeeds
from poise.model.topology import Pool


@dataclass(frozen=True, slots=True)
class PoolParts:
    """One pool. `servers` maps server name to component name, `applications` server name to the application's; `pool` is the
    configuration's, None where no file was read."""

    name: str
    servers: Mapping[str, str]
    applications: Mapping[str, str]
    pool: Pool | None
    needs: PoolNeeds


def pools(cut: Halves) -> tuple[PoolParts, ...]:
    """All watched pools that have a server with samples or a line in a file."""
    return cut.kept.memo.of("pools", (), lambda: _pools(cut))


def _pools(cut: Halves) -> tuple[PoolParts, ...]:
    window = cut.window
    kinds = window.stack.kinds
    application = {a: b for a, b in window.stack.edges if kinds.get(b) == "application"}
    members: dict[str, dict[str, str]] = {}
    for each in window.stack.of_kind("server"):
        for end in (i for i, letter in enumerate(each.name) if letter == "/"):
            # Names of implicit pools and addresses of sockets hold slashes too.
            if kinds.get(each.name[:end]) == "pool":
                members.setdefault(each.name[:end], {})[each.name[end + 1 :]] = each.name
    found = []
    for component in window.stack.of_kind("pool"):
        servers = members.get(component.name, {})
        behind = {s: application[c] for s, c in servers.items() if c in application}
        pool = next((p for t in window.topologies if (p := t.pool(component.name)) is not None), None)
        if servers:
            found.append(PoolParts(component.name, servers, behind, pool, window.needs.of(component.name)))
    return tuple(found)


def applications(cut: Halves) -> tuple[str, ...]:
    """The names of all watched applications."""
    return tuple(c.name for c in cut.window.stack.of_kind("application"))


def databases(cut: Halves) -> tuple[str, ...]:
    """The names of all watched databases."""
    return tuple(c.name for c in cut.window.stack.of_kind("database"))
