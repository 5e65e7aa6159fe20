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
    window = cut.window
    kinds = {c.name: c.kind for c in window.stack.components}
    application = {a: b for a, b in window.stack.edges if kinds.get(b) == "application"}
    found = []
    for component in window.stack.of_kind("pool"):
        prefix = component.name + "/"
        servers = {c.name.removeprefix(prefix): c.name for c in window.stack.of_kind("server") if c.name.startswith(prefix)}
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
