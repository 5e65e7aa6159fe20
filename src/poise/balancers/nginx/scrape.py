"""What a running nginx tells of itself: its access log, line by line, and its `stub_status` page.

The interface is that of every product's collector: `Scraper(topology, load_balancer)`, `topology` may be replaced when the file changes,
`await scrape(now)` gives a `Scrape` and never raises for an nginx that does not answer or a log that cannot be read, `await close()` ends.
Nothing is opened before the first `scrape`; the log is read from its end as it is then. Counters begin at zero there.

Overrides: `access_log` (a path, or `syslog:server=ADDRESS` to listen at; with `log_format` its format, by default that of the file's log)
and `status` (the URL of a stub_status page).
"""

from datetime import datetime, timedelta

from poise.model.could_not import CouldNot
from poise.model.scrape import Scrape
from poise.model.topology import Topology

__all__ = ["Scrape", "Scraper"]


class Scraper:
    """Reads one running nginx."""

    def __init__(
        self,
        topology: Topology,
        load_balancer: str = "lb1",
        *,
        access_log: str | None = None,
        log_format: str | None = None,
        status: str | None = None,
        timeout: timedelta = timedelta(seconds=2),
    ) -> None:
        self.topology = topology
        self.load_balancer = load_balancer
        self.timeout = timeout
        self._access_log, self._log_format, self._status = access_log, log_format, status

    async def scrape(self, now: datetime) -> Scrape:
        """One look."""
        return Scrape((), (CouldNot(self.topology.file, "this version does not read nginx's access log yet: shares are not known"),))

    async def close(self) -> None:
        """Close the log and the listening sockets."""
