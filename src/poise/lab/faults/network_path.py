"""The names of the hops on the path that a network fault sits on."""

from poise.lab.plan import LabPlan


def hops(plan: LabPlan) -> tuple[str, ...]:
    """`hop lb→app1` … for the path to the servers, `hop app→main` for the path to the database."""
    return tuple(f"hop lb→{name}" for name in plan.names) if plan.path == "lb-servers" else ("hop app→main",)
