"""The names of parts of a lab as a diagnosis says them."""

from poise.lab.plan import LabPlan


def pool(plan: LabPlan) -> tuple[str, ...]:
    """The pool."""
    return (f"pool {plan.pool}",)


def hot_server(plan: LabPlan) -> tuple[str, ...]:
    """The server that a fault singles out, and the application in it."""
    name = plan.names[plan.hot]
    return (f"server {plan.pool}/{name}", f"application {name}")


def hot_server_or_pool(plan: LabPlan) -> tuple[str, ...]:
    """That server, or the pool that sends to it."""
    return (*hot_server(plan), *pool(plan))


def applications(plan: LabPlan) -> tuple[str, ...]:
    """All applications, or the pool that they are."""
    return (*pool(plan), *(f"application {name}" for name in plan.names))


def listener(plan: LabPlan) -> tuple[str, ...]:
    """Where clients come in."""
    del plan
    return ("listener http", "load-balancer lb1")
