"""The drills, one a file."""

from poise.drills.scenario import Scenario
from poise.drills.scenarios import d01_one_server_does_all

SCENARIOS: tuple[Scenario, ...] = (d01_one_server_does_all.SCENARIO,)


def scenario(name: str) -> Scenario | None:
    """The drill of that id, in any case; None if there is none."""
    return next((each for each in SCENARIOS if each.id.lower() == name.lower()), None)
