"""What people do on the dashboard, as by `poise alert`: it is kept in the store, and the watch hears of it at its next look."""

import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from glob import escape
from pathlib import Path
from typing import Any

from poise.app import alerts
from poise.app.incident_hook import take
from poise.app.live import now
from poise.incidents.alertmanager_hook import HookError
from poise.model.matcher import Matcher
from poise.report.dashboard.views import Board
from poise.store.store_error import StoreError
from poise.web.desk import RefusedError

# Somebody may have used the command instead.
AGAIN_SECONDS = 2.0
KEY = re.compile("[0-9a-f]{10}")


class Acts:
    """`store` is where the watch keeps its alerts."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._handled: Mapping[str, str] = {}
        self._after = 0.0

    def handled(self) -> Mapping[str, str]:
        """By alert: who has it in hand, or silenced it. Reads the store: call it in a thread."""
        if time.monotonic() < self._after:
            return self._handled
        self._after = time.monotonic() + AGAIN_SECONDS
        try:
            listed = alerts.overview(self._store, now()).alerts
        except (StoreError, alerts.AlertActError):
            # What the watch cannot keep it tells itself.
            return self._handled
        said = {each.held.identity.id: (each.acknowledged, each.silenced) for each in listed}
        words = {
            key: "; ".join([*([f"in hand: {held}"] if held else ()), *([f"silenced: {quiet}"] if quiet else ())])
            for key, (held, quiet) in said.items()
        }
        self._handled = {key: word for key, word in words.items() if word}
        return self._handled

    async def acknowledge(self, key: str, who: str, why: str) -> str:
        """See Desk."""
        if KEY.fullmatch(key) is None:
            raise RefusedError("that is no alert's key: it is ten hexadecimal digits", 404)
        try:
            await asyncio.to_thread(alerts.acknowledge, self._store, (key,), who, why, now())
        except (StoreError, alerts.AlertActError) as error:
            raise _refused(error) from error
        self._after = 0.0
        return f"{who} has it in hand" + (f": {why}" if why else "")

    async def silence(self, board: Board, key: str, who: str, why: str, minutes: int) -> str:
        """See Desk."""
        found = next((alert for alert in board.alerts if alert.key == key), None)
        if found is None:
            raise RefusedError("no alert of that key fires any more: load the page again", 404)
        exactly = (
            Matcher("load_balancer", escape(found.load_balancer)),
            Matcher("detector", escape(found.detector)),
            Matcher("component", escape(found.component)),
        )
        here = now()
        ends = here + timedelta(minutes=minutes)
        try:
            made = await asyncio.to_thread(alerts.silence, self._store, exactly, who, why, here, ends, here)
        except (StoreError, alerts.AlertActError) as error:
            raise _refused(error) from error
        self._after = 0.0
        return f"silence {made.id} by {who} until {ends:%Y-%m-%d %H:%M} UTC: {why}. `poise alert unsilence {made.id}` ends it"

    async def told_by_alertmanager(self, message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """See Desk."""
        try:
            taken = await asyncio.to_thread(take, self._store, message, now())
        except HookError as error:
            raise RefusedError(str(error)) from error
        except StoreError as error:
            # Alertmanager sends again what was answered so.
            raise _refused(error) from error
        return [{name: value for name, value in asdict(each).items() if value is not None} for each in taken]


def _refused(error: Exception) -> RefusedError:
    return RefusedError(str(error), 503 if isinstance(error, StoreError) else 404)
