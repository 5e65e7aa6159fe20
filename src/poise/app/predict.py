"""`poise predict` and `poise diff`: read, forecast, compare."""

from collections.abc import Sequence
from dataclasses import replace

from poise.app.needs import read_needs
from poise.app.read import read_configuration
from poise.balance import diff as balance_diff
from poise.balance import forecast as balance_forecast
from poise.model.could_not import CouldNot
from poise.model.forecast import ConfigurationDiff, Forecast


def predict(
    paths: Sequence[str],
    needs_path: str | None = None,
    requests: int = 1500,
    keys: Sequence[str] | None = None,
    target: str | None = None,
) -> Forecast:
    """The forecast of every pool in these files or folders, held against the needs (`poise.toml` beside the first where none is given).

    `target` is a version such as "2.6".
    """
    topologies, unread = read_configuration(paths, target=target)
    needs, needs_unread = read_needs(needs_path, beside=paths[0] if paths else None)
    made = balance_forecast.forecast(topologies, needs, requests, keys)
    return replace(made, could_not=_once((*unread, *needs_unread, *made.could_not)))


def diff(old: str, new: str, needs_path: str | None = None, target: str | None = None) -> ConfigurationDiff:
    """What the change from one file or folder to the other does to the traffic. Needs: those beside the new one, unless given."""
    before, unread_before = read_configuration([old], target=target)
    after, unread_after = read_configuration([new], target=target)
    needs, needs_unread = read_needs(needs_path, beside=new)
    # With one side missing everything would look new or removed: that is no change of traffic, it is a file that was not read.
    pools = balance_diff.diff(before, after, needs) if before and after else ()
    told = [c for topologies in (before, after) for t in topologies for c in t.could_not]
    return ConfigurationDiff(pools, could_not=_once((*unread_before, *unread_after, *needs_unread, *told)))


def _once(could_not: Sequence[CouldNot]) -> tuple[CouldNot, ...]:
    return tuple(dict.fromkeys(could_not))
