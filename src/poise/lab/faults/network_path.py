"""The names of the hops on the path that a network fault sits on, and how that path is chosen."""

import random
from dataclasses import replace

from poise.lab.plan import LabPlan, PathName


def hops(plan: LabPlan) -> tuple[str, ...]:
    """`hop lb→app1` … for the path to the servers, `hop app→main` for the path to the database, the clients' for the one before us."""
    if plan.path == "clients-lb":
        return ("client", "hop client→lb", "listener http")
    return tuple(f"hop lb→{name}" for name in plan.names) if plan.path == "lb-servers" else ("hop app→main",)


def on_a_path(plan: LabPlan, draw: random.Random) -> LabPlan:
    """One of the three."""
    path: PathName = draw.choice(("clients-lb", "lb-servers", "servers-database"))
    return replace(plan, path=path, client_path=path == "clients-lb")
