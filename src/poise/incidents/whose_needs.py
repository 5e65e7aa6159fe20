"""Whose needs count in an incident: those of the pool that it is about."""

from poise.model.diagnosis import Diagnosis
from poise.model.needs import Needs, Objectives, PoolNeeds
from poise.model.sample import Stack, Window


def pool_of(component: str, stack: Stack) -> str | None:
    """The pool that a component in the contract's words (`server web/app1`, `hop lb→app1`, `database main`) belongs to or works for.

    None where it is none's or that of several: a database that two pools use is neither's.
    """
    name = component.rpartition(" ")[2]
    pools = {c.name for c in stack.of_kind("pool")}
    if component.startswith("hop "):
        name = name.rpartition("→")[2]
    seen, looking = {name}, {name}
    while looking and not looking & pools:
        looking = {up for part in looking for up in stack.upstream(part)} - seen
        seen |= looking
    found = looking & pools
    if not found and component.startswith(("pool ", "server ")):
        return name.partition("/")[0]
    return next(iter(found)) if len(found) == 1 else None


def incident_pool(window: Window, diagnosis: Diagnosis | None, alert: str | None = None) -> str | None:
    """The pool of the component that is to blame, else that of the component that the alert is about."""
    blamed = diagnosis.best.component if diagnosis is not None and diagnosis.verdict == "fault" and diagnosis.hypotheses else None
    for component in (blamed, alert):
        if component is not None and (pool := pool_of(component, window.stack)) is not None:
            return pool
    return None


def needs_of(needs: Needs, pool: str | None) -> PoolNeeds:
    """That pool's needs where any are declared for it; else the only ones, or of several the strictest promise and the dearest minute."""
    if pool is not None and pool in needs.pool:
        return needs.pool[pool]
    every = tuple(needs.pool.values())
    if len(every) == 1:
        return every[0]
    promised = [p.objectives for p in every]
    return PoolNeeds(
        cost_per_minute=max((p.cost_per_minute for p in every if p.cost_per_minute is not None), default=None),
        objectives=Objectives(
            max((o.availability for o in promised if o.availability is not None), default=None),
            min((o.latency_p99_ms for o in promised if o.latency_p99_ms is not None), default=None),
        ),
    )
