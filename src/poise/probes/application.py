"""What an application server says of itself at its `/metrics`."""

import asyncio
from datetime import datetime

from poise.model.could_not import CouldNot
from poise.model.sample import Sample
from poise.model.without_secrets import without_userinfo
from poise.probes.http_get import http_get
from poise.probes.prometheus_text import totals
from poise.probes.source import Reading

PLAIN = ("in_flight", "slots", "queue", "shed_total", "requests_total", "database_errors_total")
# Means over the time since the last look; a histogram's or summary's _sum and _count in seconds.
MEANS = {"response_ms": "app_response_seconds", "database_ms": "app_database_seconds"}


class ApplicationProbe:
    """Fetches one server's metrics page. `name` is the application component, `url` the page; metric names begin with `app_`."""

    def __init__(self, name: str, url: str, seconds: float = 2.5) -> None:
        self.name, self.url = name, url
        self._seconds = seconds
        self._last: dict[str, tuple[float, float]] = {}

    async def sample(self, now: datetime) -> Reading:
        """One look. An application that does not answer gives no samples and a CouldNot that says why."""
        try:
            async with asyncio.timeout(self._seconds):
                answer = await http_get(self.url)
        except TimeoutError:
            return self._could_not(f"no answer within {self._seconds:g} s")
        except (OSError, ValueError) as error:
            return self._could_not(str(error))
        if answer.status != 200:
            return self._could_not(f"answered {answer.status}: is this the metrics page?")
        values = totals(answer.body.decode("utf-8", "replace"))
        found = [Sample(now, self.name, metric, values[f"app_{metric}"]) for metric in PLAIN if f"app_{metric}" in values]
        for metric, base in MEANS.items():
            total, count = values.get(f"{base}_sum"), values.get(f"{base}_count")
            if total is None or count is None:
                continue
            last = self._last.get(metric)
            self._last[metric] = (total, count)
            # A smaller count is a restarted process; nothing completed gives no mean.
            if last is not None and count > last[1]:
                found.append(Sample(now, self.name, metric, (total - last[0]) / (count - last[1]) * 1000))
        if not found:
            return self._could_not("has no metric named app_in_flight, app_slots …")
        return Reading(tuple(found))

    def _could_not(self, reason: str) -> Reading:
        return Reading(could_not=(CouldNot(f"{self.name} metrics {without_userinfo(self.url)}", reason),))
