"""The balance as rows: what all pools come to, and what it costs a watch that shows it every minute for days."""

from datetime import UTC, datetime, timedelta
from weakref import ref

import numpy as np
import pytest

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.daemon.history import History
from poise.model.sample import MOST_TUPLES, Block, Stack, Window
from poise.report.balance_rows import Totals, totals

START = datetime(2026, 11, 22, tzinfo=UTC)
TEXT = """backend calm
    server a 10.0.0.1:80
backend busy
    server a 10.0.0.2:80
    server b 10.0.0.3:80
backend empty
backend alike
    server a 10.0.0.4:80
"""
SERVERS = ("calm/a", "busy/a", "busy/b", "alike/a")
TOPOLOGY = lower([parse(TEXT, "x.cfg", {})])


def window(history: History, minute: int) -> Window:
    now = START + timedelta(minutes=minute)
    for second in (0, 10):
        counts = np.array([5, 20, 30, 5]) * (6 * minute + second / 10)
        values = np.column_stack([counts, [1, 1, 0, 1]]).astype(float)
        history.add_blocks([Block(now + timedelta(seconds=second), SERVERS, ("requests_total", "up"), values)])
    return history.window(now + timedelta(seconds=10), Stack(), (TOPOLOGY,))


def test_all_pools_together_and_the_busiest_of_them() -> None:
    found = totals(window(History(), 0), 2)
    # 5, 50 and 5 requests in ten seconds; of two that get as much, the first in the file.
    assert found == (Totals(3, 4, 1, 6.0), ("busy", "calm"))


def test_what_is_shown_each_minute_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """It handed over new names each time, of which the window's memo kept where they stand: 10 MB a minute for 100,000 servers."""
    asked: list[tuple[str, ...]] = []
    table = Window.table
    monkeypatch.setattr(Window, "table", lambda self, names, *others: [asked.append(names), table(self, names, *others)][1])
    history = History()
    for minute in range(5):
        totals(window(history, minute), 2)
    assert len(asked) == 10 and all(names is asked[0] for names in asked)


class Name(str):
    """One that says whether it is still held."""

    __slots__ = ("__weakref__",)


def test_names_that_are_new_each_time_are_let_go() -> None:
    history, held = History(), list[ref[Name]]()
    for minute in range(100):
        names = tuple(map(Name, SERVERS))
        held += map(ref, names)
        assert window(history, minute).table(names, "up", 60.0).values[-1].tolist() == [1, 1, 0, 1]
    assert sum(each() is not None for each in held) <= len(SERVERS) * MOST_TUPLES
