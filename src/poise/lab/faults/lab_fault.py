"""What the lab knows of one fault: the truth, how it is made and how it is undone."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from poise.lab.plan import LabPlan
from poise.lab.stack import Lab
from poise.model.fault import Layer

# How a fault is made: by the configuration, a process of the stack, a database session, the load; a network fault by the relay, a full
# accept queue, the firewall or a TUN device; not at all.
Mode = Literal["configuration", "process", "session", "load", "relay", "accept-queue", "firewall", "tun", "none"]


@dataclass(frozen=True, slots=True)
class LabFault:
    """One fault that the lab can make. `layer` is the truth; `components(plan)` are the names that a diagnosis may blame, as in the
    contracts; `inject` returns the mode it used; `change` says whether somebody's change made it, which the change log then shows.
    """

    name: str
    layer: Layer
    components: Callable[[LabPlan], tuple[str, ...]]
    modes: tuple[Mode, ...]
    inject: Callable[[Lab], Awaitable[Mode]]
    clear: Callable[[Lab], Awaitable[None]]
    change: bool = False
