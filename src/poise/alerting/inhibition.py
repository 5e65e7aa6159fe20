"""Inhibition: an alert that another one already says, or that an operator caused on purpose, is not told. Pure.

An alert that wakes a person is kept quiet only by one that does so too: the table cannot turn a page into silence. A silenced or
acknowledged alert still inhibits, as in Alertmanager; one that is inhibited itself does not come up, for the table has only one step.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from poise.alerting.held import Held
from poise.model.alert import Verdict


@dataclass(frozen=True, slots=True)
class Inhibition:
    """While `source` fires for a pool, alerts of `targets` on its servers are not told."""

    source: str
    targets: tuple[str, ...]
    because: str


TABLE: tuple[Inhibition, ...] = (
    Inhibition(
        "server_down",
        ("server_down", "server_out_of_step", "health_flapping", "limits_near", "queue_growing"),
        "the pool's alert counts and names the servers that are gone, and those that are left carry their load",
    ),
    Inhibition(
        "uneven_share",
        ("server_out_of_step", "limits_near", "queue_growing"),
        "a server that gets several times its share is slow and full because of it, and the pool's alert names it",
    ),
    Inhibition(
        "queue_growing",
        ("limits_near", "queue_growing"),
        "the pool's requests wait because its servers are full",
    ),
    Inhibition("drift", ("drift",), "the pool's alert lists what differs, server by server"),
)
# These are about a server's own state, which maintenance and drain change on purpose; the pool's alerts, the clients' and a limit of a
# listener are about what is left without it, and must be told: a pool all of whose servers are in maintenance serves nobody.
OF_A_SERVER = ("server", "hop", "application")

Sources = Mapping[tuple[str, str, str], Held]


def sources(held: Iterable[Held]) -> Sources:
    """The alerts that may inhibit others, by load balancer, pool and detector."""
    names = {row.source for row in TABLE}
    return {
        (each.identity.load_balancer, each.pool, each.identity.detector): each
        for each in held
        if each.identity.detector in names and each.identity.component.startswith("pool ")
    }


def inhibited(held: Held, found: Sources, away: Collection[str]) -> str | None:
    """Why this alert is not told, None where it is. `away` are the components of its load balancer in maintenance or drain."""
    if held.identity.component in away:
        return f"{held.identity.component} is in maintenance or drain"
    if not held.identity.component.startswith("server ") or not held.pool:
        return None
    for row in TABLE:
        if held.identity.detector in row.targets:
            source = found.get((held.identity.load_balancer, held.pool, row.source))
            if source is not None and (source.level[0] or not held.level[0]):
                return f"{row.source} of pool {held.pool}: {row.because}"
    return None


def may_be_away(verdict: Verdict) -> bool:
    """Is it about a part that maintenance or drain of a server takes out?"""
    return verdict.component.partition(" ")[0] in OF_A_SERVER
