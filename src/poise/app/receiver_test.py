"""`poise watch --test-receivers`: a message to each, and who took it."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from poise.alerting.identity import digest
from poise.alerting.notification import Notification
from poise.app.inventory import listed, named
from poise.app.watch_alerting import receivers_of
from poise.model.receiver import Receiver
from poise.notifiers.build import build
from poise.notifiers.notify_error import NotifyError

Tell = Callable[[str], None]


def run(configurations: Sequence[str], inventory: str | None, needs_path: str | None, tell: Tell, now: datetime) -> int:
    """0 where every receiver took it; 2 where one did not, or there is none, or poise.toml has a mistake that may have cost one."""
    watched, problems = listed(inventory, needs_path) if inventory is not None else named(configurations, needs_path)
    for problem in problems:
        where = f":{problem.line}" if problem.line is not None else ""
        tell(f"could not: {problem.what}{where}: {problem.reason}")
    receivers = receivers_of(watched, tell)
    missing = [path for each in watched if each.needs_path is None for path in each.configurations if not Path(path).exists()]
    for path in missing:
        tell(f"could not: {path}: there is no such file, so the poise.toml beside it is not read. Check the path")
    if not receivers:
        tell(
            "no receiver is left to try: mend the lines above"
            if problems or missing
            else "there is no receiver: declare one in poise.toml, e.g. [receiver.night] with "
            'kind = "webhook" and url_file = "/etc/poise/night"'
        )
        return 2
    answers = asyncio.run(_all(receivers, now))
    for receiver, why in zip(receivers, answers, strict=True):
        tell(f"receiver {receiver.name} ({receiver.kind}): {'took it' if why is None else 'could not: ' + why}")
    return 2 if problems or missing or any(why is not None for why in answers) else 0


async def _all(receivers: Sequence[Receiver], now: datetime) -> Sequence[str | None]:
    return await asyncio.gather(*(_one(receiver, now) for receiver in receivers))


async def _one(receiver: Receiver, now: datetime) -> str | None:
    message = Notification(digest(receiver.name, now.isoformat(), "test")[:20], receiver.name, (), "test", now)
    try:
        await build(receiver).send(message)
    except NotifyError as error:
        return str(error)
    return None
