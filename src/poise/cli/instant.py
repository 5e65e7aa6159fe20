"""An instant, as people type it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import click

from poise.model.instants import within_calendar

UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Instant(click.ParamType[datetime]):
    """An instant with its offset, a UTC clock time of today, or so many minutes, hours or days ago."""

    name = "instant"

    def __init__(self, naive: bool = False) -> None:
        """`naive`: one without an offset is taken too, and `in_zone` says which instant it is; one with an offset keeps it."""
        self._naive = naive

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """2023-11-10T13:45Z, 13:45 (today, UTC), or -15m, -6h, -3d."""
        if isinstance(value, datetime):
            return value
        text = str(value)
        now = datetime.now(UTC)
        try:
            if text.startswith("-") and text[-1:] in UNITS:
                at = now - timedelta(**{UNITS[text[-1]]: float(text[1:-1])})
            elif len(text) <= 8 and ":" in text:
                at = datetime.fromisoformat(f"{now:%Y-%m-%d}T{text}").replace(tzinfo=UTC)
            else:
                at = datetime.fromisoformat(text)
        except (ValueError, OverflowError):
            at = None
        if at is not None and not within_calendar(at):
            self.fail(f"{text!r} is of the year {at.year}: an instant of 1970 to 9000 is expected", param, ctx)
        if at is not None and self._naive:
            return at
        if at is None or at.tzinfo is None:
            self.fail(
                f"{text!r} is no instant: write 2023-11-10T13:45Z with its offset, 13:45 for today in UTC, or -15m (h, d) ago", param, ctx
            )
        return at.astimezone(UTC)


def in_zone(at: datetime, zone: str | None) -> tuple[datetime, str]:
    """The instant in UTC, and the zone of the clock that it was read from. Raises click.BadParameter where both or neither say it, and
    where that clock showed it never or twice."""
    if at.tzinfo is not None:
        if zone is not None:
            raise click.BadParameter(f"{at.isoformat()} has its offset already: leave out --zone {zone}, or the offset")
        return at.astimezone(UTC), str(at.tzinfo)
    if zone is None:
        raise click.BadParameter(f"{at.isoformat()} has no offset: write {at.isoformat()}Z, or name its zone with --zone Europe/Berlin")
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - who writes offsets needs no zones

    try:
        place = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise click.BadParameter(f"{zone!r} is no time zone: write one as Europe/Berlin, or an offset behind the instant") from None
    first, second = at.replace(tzinfo=place, fold=0), at.replace(tzinfo=place, fold=1)
    if first.utcoffset() != second.utcoffset():
        # PEP 495: the two differ where the clocks were changed.
        raise click.BadParameter(
            f"when the clocks in {zone} were changed, they showed {at.isoformat()} twice or not at all: write the instant with its offset"
        )
    return first.astimezone(UTC), zone
