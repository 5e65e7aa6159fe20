"""What `poise watch` prints: the balance at the start and once a minute, and each piece of news as it comes."""

import sys
from datetime import UTC, datetime, timedelta

from poise.daemon.watcher import Tick
from poise.report import balance_rows
from poise.report.printable import one_line

EVERY = timedelta(minutes=1)
BAR = 30


class WatchLines:
    """Prints to stdout, a line at a time, flushed: it is read as it comes, or piped into a log."""

    def __init__(self) -> None:
        self._shown: datetime | None = None
        self._ticks = 0

    def tell(self, line: str) -> None:
        """One piece of news."""
        sys.stdout.write(one_line(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC  {line}") + "\n")
        sys.stdout.flush()

    def show(self, tick: Tick) -> None:
        """The balance, as soon as there are shares to show and then once a minute."""
        self._ticks += 1
        pools = balance_rows.pools(tick.window)
        known = any(row.share is not None for pool in pools for row in pool.servers)
        due = self._shown is None or tick.window.now >= self._shown + EVERY
        if not due or (not known and self._ticks < 3):
            return
        self._shown = tick.window.now
        clients = balance_rows.clients(tick.window)
        if clients.success_ratio is not None:
            self.tell(f"clients: success {clients.success_ratio:.1%}, p50 {clients.p50_ms or 0:.0f} ms, p99 {clients.p99_ms or 0:.0f} ms")
        for pool in pools:
            blind = all(row.up is None for row in pool.servers)
            rate = "not measured" if blind else "no requests yet"
            if pool.requests_per_second is not None:
                rate = f"{pool.requests_per_second:.0f} requests/s"
            self.tell(f"pool {pool.pool}: {rate}")
            for row in pool.servers:
                self.tell("  " + _row(row))


def _row(row: balance_rows.ServerRow) -> str:
    share = "   – " if row.share is None else f"{row.share:5.1%}"
    bar = "█" * round((row.share or 0.0) * BAR)
    wanted = "" if row.expected is None else f", {row.expected:.1%} expected"
    state = {True: "up", False: "DOWN", None: "state unknown"}[row.up]
    weight = "weight unknown" if row.weight is None else f"weight {row.weight}"
    return f"{row.server:<16} {share} {bar:<{BAR}} {state}, {weight}{wanted}"
