"""The lab's plan of a drill's tier."""

from poise.lab.plan import LabPlan
from poise.lab.settings import BalancerSettings
from poise.model.drill import Course


def plan_of(course: Course) -> LabPlan:
    """A lab in health, as that tier is. The declared peak leaves room for one lost server where the tier has it."""
    tier = course.tier
    return LabPlan(
        seed=course.seed,
        servers=len(tier.servers),
        slots=tier.slots,
        queue=tier.queue,
        service_ms=tier.service_ms,
        rate=tier.rate,
        hot=tier.hot,
        pool=tier.pool,
        server_names=tier.servers,
        names_resolved=tier.resolved,
        balancer=BalancerSettings(**tier.settings),
        declared_peak=round(tier.rate * 1.05, 1),
    )
