"""The pages of the drills: what may be told before one, and nothing of the cause."""

from collections.abc import Mapping

from poise.drills.scenario import Scenario
from poise.drills.scenarios import SCENARIOS
from poise.drills.state import Pace
from poise.reading.products import TITLES


def drill_pages() -> Mapping[str, str]:
    """All of them by path below `docs`."""
    return {"drills/README.md": index(), **{f"drills/{each.id}.md": drill_page(each) for each in SCENARIOS}}


def index() -> str:
    """The drills in one table."""
    lines = [
        "# Drills",
        "",
        "Each starts a real load balancer, application servers, PostgreSQL and clients on loopback, and does one real thing to them (or",
        "none). These pages tell what one is paged with, not what it is: the debrief does.",
        "",
        "| drill | difficulty | products | what one is paged with |",
        "|---|---|---|---|",
    ]
    lines += [f"| [{s.id}]({s.id}.md) | {s.difficulty} of 5 | {_products(s)} | {s.title} |" for s in SCENARIOS]
    return "\n".join([*lines, ""])


def drill_page(scenario: Scenario) -> str:
    """What may be told of one."""
    pace = Pace()
    return "\n".join(
        [
            f"# {scenario.id}: {scenario.title}",
            "",
            f"*Difficulty {scenario.difficulty} of 5; {_products(scenario)}.*",
            "",
            scenario.story,
            "",
            "## How it goes",
            "",
            f"    poise drill start {scenario.id}",
            "",
            "The pager rings after half a minute. `README.txt` in the drill's folder says where files, sockets, logs and the database are.",
            "Write down what you think with `poise drill say LAYER/MECHANISM --because …`: a right hypothesis counts from when it is",
            "written, with what you saw. Looking is free; a restart, a change or an escalation on a part that is not at fault is a wrong",
            "turn.",
            "",
            "## What counts as solved",
            "",
            f"`poise drill check`: clients are served, 99.5 % of them for {pace.hold:.0f} s under the load as it is, and again for",
            f"{pace.hold_again:.0f} s after the load balancer was started from its files. The clients, the health checks and the room",
            "to lose one more server may not be taken away. `poise drill abort` ends it at any moment, and leaves nothing running.",
            "",
        ]
    )


def _products(scenario: Scenario) -> str:
    return ", ".join(TITLES[product] for product in scenario.products)
