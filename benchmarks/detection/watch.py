"""poise's own watch of one stack, in a process of its own: each turn and each change of an alert as a line of JSON.

python -m benchmarks.detection.watch haproxy.cfg poise.toml
"""

import asyncio
import json
import resource
import sys
import time
from datetime import UTC, datetime

from poise.app.inventory import named
from poise.daemon.fleet import Fleet
from poise.daemon.watcher import Tick


def say(**what: object) -> None:
    """One line."""
    print(json.dumps({"at": time.time(), **what}), flush=True)


async def take(tick: Tick) -> None:
    """What changed about an alert is told before that the turn is over."""
    for effect in tick.effects:
        verdict = effect.alert.verdict
        say(
            kind=effect.kind, detector=verdict.detector, component=verdict.component, page=verdict.page, severity=verdict.severity,
            summary=verdict.summary, reason=verdict.reason, figures=dict(verdict.figures),
        )  # fmt: skip
    used = resource.getrusage(resource.RUSAGE_SELF)
    say(
        kind="turn", took=time.time() - tick.at.timestamp(), cpu=used.ru_utime + used.ru_stime,
        could_not=[f"{c.what}: {c.reason}" for c in tick.could_not],
    )  # fmt: skip


def main(configuration: str, needs: str) -> None:
    """Watch until killed."""
    watched, problems = named([configuration], needs)
    assert not problems, problems
    asyncio.run(Fleet(watched, lambda: datetime.now(UTC)).run(take))


if __name__ == "__main__":
    main(*sys.argv[1:3])
