"""The changes that happen anyway around an incident, and have nothing to do with it."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

from poise.lab.change_log import append_change
from poise.lab.stack import Lab

_CHANGES = (
    ("application {app}", "release 4.18.2 rolled out: texts of the help page"),
    ("application {app}", "log level changed from info to notice"),
    ("application {app}", "TLS certificate of the outgoing mail client renewed"),
    ("database main", "index on items(name) rebuilt concurrently"),
    ("database main", "role reporting_readonly created"),
    ("database main", "nightly base backup finished"),
    ("load-balancer lb1", "statistics page renamed"),
    ("load-balancer lb1", "log shipping agent updated to 3.2"),
    ("host", "unattended upgrade: tzdata 2026c"),
    ("host", "clock synchronisation moved to the new time servers"),
    ("network", "switch port 14 (unused) shut down"),
    ("network", "firewall rule 212 given a comment"),
    ("client", "feature flag new-footer on for 5 % of users"),
    ("monitoring", "dashboard of the web tier reordered"),
)
_OWNERS = {"load-balancer": "load-balancer", "application": "application", "database": "database", "network": "network", "demand": "client"}


async def log_harmless_changes(lab: Lab, layer: str) -> None:
    """Writes 2–4 changes: minutes and seconds before now, and one some seconds later. None touches the layer at fault."""
    draw = random.Random(f"changes {lab.plan.seed} {lab.plan.fault}")  # noqa: S311 - repeatable on purpose
    blamed = _OWNERS.get(layer, "-")
    choice = draw.sample([change for change in _CHANGES if not change[0].startswith(blamed)], draw.randint(2, 4))
    now = datetime.now(UTC)
    ages = sorted((draw.uniform(150, 900), *(draw.uniform(4, 120) for _ in choice[2:])), reverse=True)
    for (component, text), age in zip(choice[:-1], ages, strict=True):
        _append(lab, draw, now - timedelta(seconds=age), component, text)
    task = asyncio.get_running_loop().create_task(_later(lab, draw, *choice[-1], draw.uniform(3.0, 10.0)))
    lab.background.add(task)
    task.add_done_callback(lab.background.discard)


async def _later(lab: Lab, draw: random.Random, component: str, text: str, seconds: float) -> None:
    await asyncio.sleep(seconds)
    _append(lab, draw, datetime.now(UTC), component, text)


def _append(lab: Lab, draw: random.Random, at: datetime, component: str, text: str) -> None:
    append_change(lab.change_log_path, at, component.format(app=draw.choice(lab.plan.names)), text)
