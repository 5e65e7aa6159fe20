"""`poise predict` and `poise diff`: read, forecast, compare."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from poise.app.acceptances import needs_path as where_needs_are
from poise.app.judged_by import JudgedBy
from poise.app.needs import read_needs
from poise.app.read import Sources, read
from poise.app.unmatched import matched
from poise.balance import diff as balance_diff
from poise.balance import forecast as balance_forecast
from poise.model.could_not import CouldNot
from poise.model.forecast import ConfigurationDiff, Forecast


def predict(
    sources: Sources,
    needs_path: str | None = None,
    requests: int = 1500,
    keys: Sequence[str] | None = None,
) -> Forecast:
    """The forecast of every pool in these files or folders, held against the needs (`poise.toml` beside the first where none is given)."""
    reading = read(sources, by=JudgedBy())
    needs, needs_unread = read_needs(needs_path, beside=sources.first)
    needs, unmatched, remarks = matched(needs, reading.topologies, where_needs_are(needs_path, sources.first))
    made = balance_forecast.forecast(reading.topologies, needs, requests, keys)
    could_not = _once((*reading.could_not, *needs_unread, *unmatched, *made.could_not))
    return replace(made, could_not=could_not, remarks=(*reading.remarks, *remarks))


def diff(old: str, new: str, needs_path: str | None = None, targets: Mapping[str, str] | None = None) -> ConfigurationDiff:
    """What the change from one file or folder to the other does to the traffic. Needs: those beside the new one, unless given."""
    by = JudgedBy()
    before, after = (read(Sources((path,), targets=targets or {}), by=by) for path in (old, new))
    needs, needs_unread = read_needs(needs_path, beside=new)
    # With one side missing everything would look new or removed: that is no change of traffic, it is a file that was not read.
    pools = balance_diff.diff(before.topologies, after.topologies, needs) if before.topologies and after.topologies else ()
    return ConfigurationDiff(pools, could_not=_once((*before.could_not, *after.could_not, *needs_unread)))


def _once(could_not: Sequence[CouldNot]) -> tuple[CouldNot, ...]:
    return tuple(dict.fromkeys(could_not))
