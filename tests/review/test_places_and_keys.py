"""Places keep the clock that the zone database gives them; a head's keys say what they say in any words."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from poise.review.keys import meaning
from poise.review.places import PLACES
from poise.review.zones import of_place

KNOWN = {name.rpartition("/")[2].replace("_", " ").upper(): name for name in sorted(available_timezones()) if "/" in name}
# Noons of a winter and a summer on both halves of the earth.
NOONS = (datetime(2025, 1, 15, 12), datetime(2025, 7, 15, 12))  # noqa: DTZ001


def test_places_keep_their_clocks() -> None:
    found, expected = {}, {}
    for place in set(PLACES) & set(KNOWN) - {"EASTERN", "CENTRAL", "MOUNTAIN", "PACIFIC", "WASHINGTON"}:
        zone = of_place(place.title())
        assert zone is not None
        found[place] = [zone.offset(noon) for noon in NOONS]
        expected[place] = [(noon.replace(tzinfo=ZoneInfo(KNOWN[place])).utcoffset() or timedelta()).total_seconds() / 60 for noon in NOONS]
    assert len(found) > 80
    assert found == expected


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("start", "start"),
        ("impact start (utc)", "start"),
        ("time of start", "start"),
        ("declared start", "start"),
        ("outage began", "start"),
        ("start date / time", "start"),
        ("end of impact", "end"),
        ("from / to", "window"),
        ("incident window", "window"),
        ("date and time", "window"),
        ("when", "window"),
        ("outage length", "length"),
        ("total downtime", "length"),
        ("total time", "length"),
        ("duration (minutes)", "length"),
        ("how long", "length"),
        ("service restored", "resolved"),
        ("time detected", "detected"),
        ("root cause identified", "cause_found"),
        ("root cause", None),
        ("time to detect", "to_detect"),
        ("time until detected", "to_detect"),
        ("mttr", "to_resolve"),
        ("time to restore service", "to_resolve"),
        ("time to acknowledge", "to_acknowledge"),
        ("severity", None),
        ("from 10", None),
        ("action owner", None),
    ],
)
def test_what_a_key_says(key: str, said: str | None) -> None:
    assert meaning(key) == said
