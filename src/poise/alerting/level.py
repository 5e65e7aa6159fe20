"""How loud an alert is: whether it wakes a person, and its severity. Pure."""

from poise.model.alert import Verdict
from poise.model.finding import SEVERITY_ORDER

# (pages, rank of the severity): a page is above all that does not page.
Level = tuple[bool, int]
LOWEST: Level = (False, 0)


def level_of(verdict: Verdict) -> Level:
    """The verdict's level; levels compare."""
    return verdict.page, SEVERITY_ORDER.index(verdict.severity)
