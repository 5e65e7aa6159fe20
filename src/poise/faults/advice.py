"""Plans for faults that the load balancer cannot repair: who can, and the command that shows the matter to them."""

from poise.model.diagnosis import Hypothesis
from poise.model.plan import Plan


def advice(hypothesis: Hypothesis, owner: str, act: str, command: str, confirm: tuple[str, ...] = ()) -> Plan:
    """A plan without steps. `owner` is the team, `act` what they should do, `command` the first thing to run."""
    text = f"{owner}: {act} Begin with: {command}"
    watched = confirm or ("success ratio and p99 of clients are back at their normal for 5 s",)
    return Plan(hypothesis.fault, hypothesis.component, (), {}, "poise changes nothing here", watched, text)
