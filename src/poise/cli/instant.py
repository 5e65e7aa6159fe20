"""An instant, as people type it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import click

UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Instant(click.ParamType[datetime]):
    """An instant with its offset, a UTC clock time of today, or so many minutes, hours or days ago."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """2023-11-10T13:45Z, 13:45 (today, UTC), or -15m, -6h, -3d."""
        if isinstance(value, datetime):
            return value
        text = str(value)
        now = datetime.now(UTC)
        try:
            if text.startswith("-") and text[-1:] in UNITS:
                return now - timedelta(**{UNITS[text[-1]]: float(text[1:-1])})
            if len(text) <= 8 and ":" in text:
                return datetime.fromisoformat(f"{now:%Y-%m-%d}T{text}").replace(tzinfo=UTC)
            at = datetime.fromisoformat(text)
        except (ValueError, OverflowError):
            at = None
        if at is None or at.tzinfo is None:
            self.fail(
                f"{text!r} is no instant: write 2023-11-10T13:45Z with its offset, 13:45 for today in UTC, or -15m (h, d) ago", param, ctx
            )
        return at.astimezone(UTC)
