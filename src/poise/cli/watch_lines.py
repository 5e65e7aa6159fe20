"""What `poise watch` prints: what is watched, the balance at the start and once a minute, and each piece of news as it comes."""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from poise.cli.journal import journal_line
from poise.report.ink import Ink
from poise.report.printable import one_line
from poise.report.watch_opening import expected_shares

if TYPE_CHECKING:
    from poise.daemon.watcher import Tick
    from poise.report import balance_rows

EVERY = timedelta(minutes=1)
BAR = 30
MOST_POOLS, MOST_SERVERS, BUSIEST = 8, 16, 3
# By what stands in a line, the first that fits.
STYLES = (("[firing]", "error"), ("[resolved]", "good"), ("could not:", "warning"), ("helps with", "strong"), ("change: ", "info"))


class WatchLines:
    """Prints to stdout, a line at a time, flushed: it is read as it comes, or piped into a log. `journal`: that is journald, which has the
    time itself."""

    def __init__(self, colour: bool = False, journal: bool = False) -> None:
        self._ink = Ink(colour)
        self._journal = journal
        self._shown: dict[str, datetime] = {}
        self._turns: Counter[str] = Counter()

    def tell(self, line: str) -> None:
        """One piece of news."""
        said = one_line(line)
        if self._journal:
            self._write(said)
            return
        style = next((style for sign, style in STYLES if sign in said), None)
        self._write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC  {self._ink.paint(said, style) if style else said}")

    def block(self, lines: Sequence[str]) -> None:
        """Lines that belong together."""
        self._write("\n".join(one_line(line) for line in lines))

    def show(self, tick: "Tick", name: str = "", brief: bool = False) -> None:
        """The balance, as soon as there are shares to show and then once a minute; `brief`: in one line. `name` is said before it."""
        self._turns[name] += 1
        last = self._shown.get(name)
        due = last is None or tick.window.now >= last + EVERY
        if not due:
            return
        from poise.report import balance_rows  # noqa: PLC0415 - what is watched is shown before it is imported

        total, busiest = balance_rows.totals(tick.window, MOST_POOLS)
        if total.requests_per_second is None and self._turns[name] < 3:
            return
        self._shown[name] = tick.window.now
        before = f"{name}: " if name else ""
        if brief or total.pools > MOST_POOLS:
            self.tell(before + _summary(total, sum(alert.fired is not None for alert in tick.alerts)))
        if brief:
            return
        clients = balance_rows.clients(tick.window)
        if clients.success_ratio is not None:
            p50, p99 = clients.p50_ms or 0, clients.p99_ms or 0
            self.tell(f"{before}clients: success {clients.success_ratio:.1%}, p50 {p50:.0f} ms, p99 {p99:.0f} ms")
        some = total.pools > MOST_POOLS
        for pool in balance_rows.pools(tick.window, busiest[:BUSIEST] if some else busiest):
            self._pool(before, pool, _expected(tick, pool))
        if some:
            self.tell(f"{before}these are the {BUSIEST} busiest of {total.pools} pools")

    def _pool(self, before: str, pool: "balance_rows.PoolRows", expected: Mapping[str, float]) -> None:
        blind = all(row.up is None for row in pool.servers)
        rate = "not measured" if blind else "no requests yet"
        if pool.requests_per_second is not None:
            rate = f"{pool.requests_per_second:.0f} requests/s"
        self.tell(f"{before}pool {pool.pool}: {rate}")
        for row in pool.servers[:MOST_SERVERS]:
            self.tell("  " + _row(row, expected.get(row.server)))
        if len(pool.servers) > MOST_SERVERS:
            self.tell(f"  and {len(pool.servers) - MOST_SERVERS} servers more")

    def _write(self, text: str) -> None:
        if self._journal:
            text = "\n".join(map(journal_line, text.split("\n")))
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def _expected(tick: "Tick", pool: "balance_rows.PoolRows") -> Mapping[str, float]:
    """What each server ought to get now."""
    for topology in tick.window.topologies:
        found = topology.pool(pool.pool)
        if found is not None:
            return expected_shares(found, tick.window.needs, [row.server for row in pool.servers if row.up is not False])
    return {}


def _summary(total: "balance_rows.Totals", firing: int) -> str:
    parts = f"{total.pools} pools, {total.servers} servers"
    if total.down is None and total.requests_per_second is None:
        return f"{parts}, not measured"
    down = "" if total.down is None else f" ({total.down or 'none'} down)"
    rate = "" if total.requests_per_second is None else f", {total.requests_per_second:.0f} requests/s"
    return f"{parts}{down}{rate}, {firing or 'no'} alert{'' if firing == 1 else 's'}"


def _row(row: "balance_rows.ServerRow", expected: float | None = None) -> str:
    share = "   – " if row.share is None else f"{row.share:5.1%}"
    bar = "█" * round((row.share or 0.0) * BAR)
    ought = row.expected if row.expected is not None else expected
    wanted = "" if ought is None else f", {ought:.1%} expected"
    state = {True: "up", False: "DOWN", None: "state unknown"}[row.up]
    weight = "weight unknown" if row.weight is None else f"weight {row.weight}"
    return f"{row.server:<16} {share} {bar:<{BAR}} {state}, {weight}{wanted}"
