"""Daylight saving as it is reckoned, held against the zone database."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from poise.review.zones import Zone


@pytest.mark.parametrize(
    ("name", "standard", "rule", "first"),
    [
        ("America/New_York", -300, "us", 1987),
        ("America/Los_Angeles", -480, "us", 1987),
        ("Europe/London", 0, "eu", 1996),
        ("Europe/Berlin", 60, "eu", 1996),
        ("Europe/Helsinki", 120, "eu", 1996),
        # The days of these are by today's rule since then.
        ("Australia/Sydney", 600, "au", 2009),
        ("Pacific/Auckland", 720, "nz", 2008),
    ],
)
def test_every_day_has_the_offset_of_the_zone_database(name: str, standard: int, rule: str, first: int) -> None:
    zone, known = Zone(name, None, standard, rule), ZoneInfo(name)
    # A wall clock of no zone: that is what is asked about.
    days = [datetime(first, 1, 1, 12) + timedelta(days=n) for n in range((2027 - first) * 365)]  # noqa: DTZ001
    found = {day: zone.offset(day) for day in days}
    expected = {day: (day.replace(tzinfo=known).utcoffset() or timedelta()).total_seconds() / 60 for day in days}
    assert {day: (found[day], expected[day]) for day in days if found[day] != expected[day]} == {}
