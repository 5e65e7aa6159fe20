"""For how long discovery has brought nothing but failures: endpoints, clusters, listeners or routes are older than they look. Pure.

Envoy goes on with what it has, whatever happens to its control plane, its DNS or the file it watches: no other figure shows it. That
nothing new came says nothing by itself, as nothing may have changed.
"""

from collections.abc import Mapping
from datetime import datetime

from poise.model.light import dataclass

NAN = float("nan")
_FAILURES = ("update_failure", "update_rejected", "init_fetch_timeout")


@dataclass(frozen=True, slots=True)
class _Seen:
    taken: float
    failed: float
    since: float | None


class Staleness:
    """Remembers what each discovery counted at the last look."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def failing_seconds(self, head: str, at: datetime, values: Mapping[str, float]) -> float:
        """Seconds since the first failure after the last success of the discovery whose statistics begin so (`cluster.web.`); 0 while it
        succeeds, NaN where there is none."""
        if not values.get(f"{head}update_attempt"):
            return NAN
        taken = values.get(f"{head}update_success", 0.0)
        failed = sum(values.get(head + name, 0.0) for name in _FAILURES)
        now, last = at.timestamp(), self._seen.get(head)
        since = None if last is None or taken != last.taken or failed < last.failed else last.since
        # What failed before the first look counts if nothing ever succeeded.
        if since is None and (failed > last.failed and taken == last.taken if last is not None else failed > 0 and not taken):
            since = now
        self._seen[head] = _Seen(taken, failed, since)
        return 0.0 if since is None else now - since
