"""What is kept of alerts while the disk is full, and for years: both bounded. The clock is an argument."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from poise.alerting.delivery import Delivery
from poise.app import alert_keeping
from poise.app.alert_keeping import PRUNE_EVERY, TRY_AGAIN, AlertKeeping
from poise.store.alert_store import KEPT_FOR, AlertStore, Changes
from poise.store.store_error import StoreError

START = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
BUSY = timedelta(seconds=5)


def delivery(number: int, at: datetime, state: str = "delivered") -> Delivery:
    settled = None if state == "waiting" else at
    return Delivery(f"n{number}", ("night", (("pool", "web"),)), "first", "web is wrong", True, at, state, settled)  # type: ignore[arg-type]


def sent(*deliveries: Delivery) -> Changes:
    return Changes(deliveries={each.id: each for each in deliveries})


class Full:
    """A store on a disk that is full until it is freed."""

    def __init__(self) -> None:
        self.full, self.rows = True, dict[str, Delivery]()

    def save(self, changes: Changes) -> None:
        if self.full:
            raise StoreError("s.db: database or disk is full")
        self.rows |= changes.deliveries


def test_what_waits_for_a_full_disk_is_bounded_and_what_is_lost_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alert_keeping, "MOST_UNSAVED", 100)
    store, told = Full(), list[str]()
    keeping = AlertKeeping(store, told.append)  # type: ignore[arg-type]

    async def story() -> None:
        # The first waits in the store already; how it went must not be lost, or it would wait there for ever.
        await keeping.save(sent(delivery(0, START - timedelta(minutes=1))), START)
        for number in range(1, 500):
            at = START + timedelta(seconds=number)
            await keeping.save(sent(delivery(number, at), delivery(1000 + number % 3, at, "waiting")), at)
            assert len(keeping._unsaved.deliveries) <= 100
        store.full = False
        await keeping.save(Changes(), START + timedelta(seconds=500) + TRY_AGAIN)

    asyncio.run(story())
    assert {"n0", "n499", "n1000", "n1001", "n1002"} <= store.rows.keys()
    lost = 503 - len(store.rows)
    assert 400 <= lost < 450
    assert [line.partition(":")[0] for line in told] == ["could not", "could not", "the alerts are stored again; "
        f"{lost} messages of that time are missing in `poise alert list`"]  # fmt: skip
    assert "more than 100 messages wait for the store" in told[1] and "free the disk" in told[1]


def test_without_a_store_nothing_is_hoarded() -> None:
    keeping = AlertKeeping(None, print)
    asyncio.run(keeping.save(sent(delivery(1, START)), START))
    assert not keeping._unsaved


def test_a_watch_of_years_forgets_what_is_old_while_it_runs(tmp_path: Path) -> None:
    with closing(AlertStore(tmp_path / "s.db", "lb.cfg", BUSY)) as store:
        keeping = AlertKeeping(store, print)
        late = START + KEPT_FOR + timedelta(hours=1)

        async def story() -> None:
            await keeping.save(sent(delivery(1, START), delivery(2, START, "waiting"), delivery(3, late)), START)
            for now in (START, START + PRUNE_EVERY / 2, late):
                await keeping.prune(now)

        asyncio.run(story())
    with closing(sqlite3.connect(tmp_path / "s.db")) as found:
        assert found.execute("select id from notification order by id").fetchall() == [("n2",), ("n3",)]


def test_a_list_loads_what_it_shows(tmp_path: Path) -> None:
    with closing(AlertStore(tmp_path / "s.db", "lb.cfg", BUSY)) as store:
        old = delivery(9999, START, "waiting")
        store.save(sent(old, *(delivery(number, START + timedelta(seconds=number)) for number in range(1, 200))))
        (kept,) = store.everything(20).values()
        assert {each.id for each in kept.deliveries} == {"n9999", *(f"n{number}" for number in range(181, 200))}
        assert store.firing() == ()
