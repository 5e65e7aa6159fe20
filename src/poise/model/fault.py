"""The vocabulary that ties the product together: one known way to fail."""

from typing import Literal

from poise.model.light import dataclass

Layer = Literal["load-balancer", "application", "database", "network", "demand", "outside", "none"]
LAYERS: tuple[Layer, ...] = ("load-balancer", "application", "database", "network", "demand", "outside", "none")


@dataclass(frozen=True, slots=True)
class Fault:
    """What the fault is. `layers` are all that own it, the first is the one named; `mechanism` is configuration, capacity, locking …;
    `confused_with` names faults that look alike and the test that tells them apart; `changed_by` are words of which a change that could
    have made it would speak, in lower case; `unruled` says why nothing in a load balancer's configuration could warn of it, where
    that is so."""

    name: str
    layers: tuple[Layer, ...]
    mechanism: str
    title: str
    looks_like: str
    speaks_against: str
    remedy: str
    confused_with: tuple[tuple[str, str], ...] = ()
    changed_by: tuple[str, ...] = ()
    unruled: str = ""

    @property
    def layer(self) -> Layer:
        """The layer that is named when this fault is blamed."""
        return self.layers[0]
