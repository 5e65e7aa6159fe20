"""The drills, one a file, in the order in which they teach: first that it may be nothing, then reading the load balancer, then the rest."""

from poise.drills.scenario import Scenario
from poise.drills.scenarios import (
    d01_one_server_does_all,
    d02b_quick_answers,
    d03_page_moved,
    d05_full_listener,
    d08_moved_away,
    d09_all_from_one,
    d10_after_the_burst,
    d12_unknown_sites,
    d19_slow_writes,
    d20_quiet_page,
)

SCENARIOS: tuple[Scenario, ...] = (
    d20_quiet_page.SCENARIO,
    d03_page_moved.SCENARIO,
    d01_one_server_does_all.SCENARIO,
    d19_slow_writes.SCENARIO,
    d09_all_from_one.SCENARIO,
    d05_full_listener.SCENARIO,
    d08_moved_away.SCENARIO,
    d02b_quick_answers.SCENARIO,
    d12_unknown_sites.SCENARIO,
    d10_after_the_burst.SCENARIO,
)


def scenario(name: str) -> Scenario | None:
    """The drill of that id, in any case; None if there is none."""
    return next((each for each in SCENARIOS if each.id.lower() == name.lower()), None)
