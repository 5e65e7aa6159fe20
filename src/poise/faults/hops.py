"""The hops of each side as candidates of a network fault: one hypothesis per side, named after the hop that shows it most."""

from collections.abc import Iterable, Mapping

from poise.faults.looked import UNLOOKED
from poise.faults.sign import Observation
from poise.faults.weighing import hypothesis
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Fault
from poise.model.sample import Stack

SIDES = ("servers", "database", "client")
UNPROBED = "time before the load balancer"
# As a claim about what lies outside: better founded than one about what was looked at.
PRIOR_UNPROBED = -1.5


def by_side(fault: Fault, observation: Observation, telling: str, expects: Mapping[str, Mapping[str, float]]) -> Iterable[Hypothesis]:
    """One hypothesis per side that is probed. `telling` is the sign, less its side, that names the worst hop; `expects` by side.

    Several hops of one side mostly share a switch, a host or a firewall: they are one cause and get one probability.
    """
    for side in SIDES:
        worst = observation.worst(f"{side} {telling}") or observation.worst(f"{side} ping")
        if worst is not None:
            yield hypothesis(fault, f"hop {worst.component}", observation, expects[side], touches=("network", worst.component))
        elif (hop := _hop(observation, side)) is not None:
            yield hypothesis(fault, f"hop {hop}", observation, expects[side], prior=UNLOOKED, touches=("network", hop))
        elif side == "client":
            yield from _unprobed(fault, observation, expects[side])


def side_of(stack: Stack, hop: str) -> str:
    """servers, database or client: by the kinds of the components at both ends, not by their names' spelling."""
    start, _, end = hop.partition("→")
    if stack.kinds.get(end) == "database":
        return "database"
    return "client" if stack.kinds.get(start) == "client" or stack.kinds.get(end) == "listener" else "servers"


def _hop(observation: Observation, side: str) -> str | None:
    """The first hop of that side: its probes told nothing."""
    return next((c.name for c in observation.stack.of_kind("hop") if side_of(observation.stack, c.name) == side), None)


def _unprobed(fault: Fault, observation: Observation, expects: Mapping[str, float]) -> Iterable[Hypothesis]:
    """The way from the clients, where no probe of ours takes it: what they gain before our own clock begins speaks of it."""
    seen = observation.worst(UNPROBED)
    balancer = next((c.name for c in observation.stack.of_kind("load-balancer")), None)
    if seen is not None and balancer is not None:
        name = f"{seen.component}→{balancer}"
        yield hypothesis(fault, f"hop {name}", observation, expects, prior=PRIOR_UNPROBED, touches=(name,))
