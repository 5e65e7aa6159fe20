"""The hops of each side as candidates of a network fault: one hypothesis per side, named after the hop that shows it most."""

from collections.abc import Iterable, Mapping

from poise.faults.sign import Observation
from poise.faults.weighing import hypothesis
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Fault

SIDES = ("servers", "database", "client")


def by_side(fault: Fault, observation: Observation, telling: str, expects: Mapping[str, Mapping[str, float]]) -> Iterable[Hypothesis]:
    """One hypothesis per side that is probed. `telling` is the sign, less its side, that names the worst hop; `expects` by side.

    Several hops of one side mostly share a switch, a host or a firewall: they are one cause and get one probability.
    """
    for side in SIDES:
        worst = observation.worst(f"{side} {telling}") or observation.worst(f"{side} ping")
        if worst is not None:
            ends = worst.component.split("→")
            yield hypothesis(fault, f"hop {worst.component}", observation, expects[side], touches=("network", worst.component, *ends[:0]))
