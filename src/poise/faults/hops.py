"""The hops of each side as candidates of a network fault: one hypothesis per side, named after the hop that shows it most."""

from collections.abc import Iterable, Mapping

from poise.faults.sign import Observation
from poise.faults.weighing import hypothesis
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Fault

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
        if worst is None and side == "client":
            yield from _unprobed(fault, observation, expects[side])
        if worst is not None:
            ends = worst.component.split("→")
            yield hypothesis(fault, f"hop {worst.component}", observation, expects[side], touches=("network", worst.component, *ends[:0]))


def _unprobed(fault: Fault, observation: Observation, expects: Mapping[str, float]) -> Iterable[Hypothesis]:
    """The way from the clients, where no probe of ours takes it: what they gain before our own clock begins speaks of it."""
    seen = observation.worst(UNPROBED)
    balancer = next((c.name for c in observation.stack.of_kind("load-balancer")), None)
    if seen is not None and balancer is not None:
        name = f"{seen.component}→{balancer}"
        yield hypothesis(fault, f"hop {name}", observation, expects, prior=PRIOR_UNPROBED, touches=(name,))
