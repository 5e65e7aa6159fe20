"""What the lab knows of one fault: the truth, how it is made and how it is undone."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from poise.lab.plan import LabPlan
from poise.lab.product import ProductName
from poise.lab.stack import Lab
from poise.model.fault import Layer

# How a fault is made: by the configuration, a process of the stack, a database session, the load; a network fault by the relay, a full
# accept queue, the firewall or a TUN device; not at all.
Mode = Literal["configuration", "process", "session", "load", "relay", "accept-queue", "firewall", "tun", "none"]
ALL: tuple[ProductName, ...] = ("haproxy", "nginx", "envoy")


def as_it_is(plan: LabPlan, draw: random.Random) -> LabPlan:
    """For faults that can be made in every stack."""
    del draw
    return plan


@dataclass(frozen=True, slots=True)
class LabFault:
    """One fault that the lab can make. `layer` is the truth; `components(plan)` are the names that a diagnosis may blame, as in the
    contracts; `inject` returns the mode it used; `change` says whether somebody's change made it, which the change log then shows.

    `also` are further layers that are right to name; `called` are its names in poise.faults, the best first, where that is not `name`;
    `products` those it exists for; `prepare` makes of a drawn plan one in which the fault is possible and does harm.
    """

    name: str
    layer: Layer
    components: Callable[[LabPlan], tuple[str, ...]]
    modes: tuple[Mode, ...]
    inject: Callable[[Lab], Awaitable[Mode]]
    clear: Callable[[Lab], Awaitable[None]]
    change: bool = False
    also: tuple[Layer, ...] = ()
    called: tuple[str, ...] = ()
    products: tuple[ProductName, ...] = ALL
    prepare: Callable[[LabPlan, random.Random], LabPlan] = as_it_is

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All layers that are right to name, the owner first."""
        return (self.layer, *self.also)

    @property
    def names(self) -> tuple[str, ...]:
        """All names that are right, the best first."""
        return self.called or (self.name,)
