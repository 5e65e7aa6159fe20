"""Which servers of a large pool a page shows. Pure."""

from collections.abc import Sequence

from poise.report.dashboard.levels import ORDER
from poise.report.dashboard.views import ServerView

# A thousand rows are a megabyte that nobody reads: a page has so many, and a large pool among others on the first page so few.
MOST_ROWS, FEW_ROWS = 100, 20


def foremost(servers: Sequence[ServerView], most: int = MOST_ROWS, begin: int | None = None) -> list[tuple[int, ServerView]]:
    """With their places: all where they are few; else from `begin` on, or those first that want to be looked at."""
    numbered = list(enumerate(servers))
    if len(servers) <= most:
        return numbered
    if begin is not None:
        first = min(begin, (len(servers) - 1) // most * most)
        return numbered[first : first + most]
    return sorted(numbered, key=lambda each: ORDER.index(each[1].level))[:most]
