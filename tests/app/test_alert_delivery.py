"""From the verdict to the receiver, with a real store and real receivers: once per receiver that answers, whatever dies in between."""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from alert_talk import START, alert, at
from receiving import Hook, free_port, hook, until
from tests.store.test_upgrade import store_of

from poise.alerting.act import Act, acknowledged, silenced, unsilenced
from poise.alerting.backoff import LONGEST, backoff
from poise.alerting.lifecycle import Effect, EffectKind
from poise.alerting.notification import Notification
from poise.alerting.silence import Silence
from poise.app.alert_delivery import AlertDelivery
from poise.app.watch_alerting import alerting
from poise.daemon.watcher import Tick
from poise.model.alert import Alert
from poise.model.matcher import parse_matcher
from poise.model.receiver import Receiver
from poise.model.sample import Sample, Stack, Window
from poise.store.alert_store import AlertStore, Changes

BUSY = timedelta(seconds=5)
WEB = alert("pool web")


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


class Watch:
    """A watch without a load balancer: what fires is said by the test."""

    def __init__(self, store: Path, *receivers: Receiver) -> None:
        self.clock, self.said = Clock(), list[str]()
        self.store = AlertStore(store, "lb.cfg", BUSY)
        self.delivery = AlertDelivery(receivers, self.store, self.said.append, self.clock)

    async def adopt(self, *names: str) -> Sequence[Alert]:
        return await self.delivery.adopt(names or ("lb1",))

    async def tick(self, seconds: float, kind: EffectKind = "firing", *alerts: Alert, samples: Sequence[Sample] = ()) -> None:
        """One tick, and all that comes of it."""
        self.clock.now = at(seconds)
        fired = () if kind == "resolved" else alerts
        window = Window(Stack(), self.clock.now)
        await self.delivery.take(
            "lb1", Tick(self.clock.now, window, (), fired, [Effect(kind, each) for each in alerts], (), samples), self.clock.now
        )
        await self.delivery.settle_all()

    async def close(self) -> None:
        await self.delivery.close()
        self.store.close()


def webhook(server: Hook | int, name: str = "night") -> Receiver:
    url = server.url if isinstance(server, Hook) else f"http://127.0.0.1:{server}/hook"
    return Receiver(name, "webhook", url, pages_only=False)


def rows(store: Path, columns: str = "id, state, reason, attempts") -> list[tuple[object, ...]]:
    with sqlite3.connect(store) as connection:
        return connection.execute(f"SELECT {columns} FROM notification ORDER BY decided_at").fetchall()  # noqa: S608


def test_a_page_is_delivered_and_marked(tmp_path: Path) -> None:
    async def story() -> None:
        with hook() as one, hook() as other:
            watch = Watch(tmp_path / "s.db", webhook(one), webhook(other, "second"))
            await watch.tick(0, "firing", WEB)
            await watch.tick(1)
            assert len(one.ids) == len(other.ids) == 1 and one.ids != other.ids
            assert {row[1:] for row in rows(tmp_path / "s.db")} == {("delivered", "first", 1)}
            await watch.close()
            assert watch.said == []

    asyncio.run(story())


def test_a_decision_is_on_the_disk_before_it_is_sent(tmp_path: Path) -> None:
    store, seen = tmp_path / "s.db", list[object]()

    async def story() -> None:
        with hook() as server:
            server.before = lambda: seen.extend(rows(store, "state"))
            watch = Watch(store, webhook(server))
            await watch.tick(0, "firing", WEB)
            await watch.close()

    asyncio.run(story())
    assert seen == [("waiting",)]


def test_a_receiver_that_was_down_for_an_hour_gets_it_when_it_is_back(tmp_path: Path) -> None:
    port = free_port()

    async def story() -> None:
        with hook() as well:
            watch = Watch(tmp_path / "s.db", webhook(port), webhook(well, "well"))
            await watch.tick(0, "firing", WEB)
            for second in range(1, 3600, 3):
                await watch.tick(second)
            attempts = rows(tmp_path / "s.db", "receiver, attempts")
            # Doubling from a second to five minutes: ten tries in the first nine minutes at most, and then one in 2.5 minutes or more.
            assert dict(attempts)["night"] < 40  # type: ignore[call-overload,operator]
            assert len(well.ids) == 1  # the other one did not wait, and heard nothing twice
            with hook(port) as server:
                for second in range(3600, 3600 + int(LONGEST.total_seconds()) + 2):
                    await watch.tick(second)
                assert len(server.ids) == 1 and server.got[0]["firing"][0]["component"] == "pool web"
                assert (server.ids[0], "night") in rows(tmp_path / "s.db", "id, receiver")
            await watch.close()
        assert len([line for line in watch.said if "could not: receiver night" in line]) == 1
        assert "receiver night takes messages again" in watch.said

    asyncio.run(story())


def test_what_ended_while_the_receiver_was_down_is_one_message_over_a_restart(tmp_path: Path) -> None:
    port = free_port()

    async def story() -> None:
        watch = Watch(tmp_path / "s.db", webhook(port))
        await watch.tick(0, "firing", WEB)
        await watch.tick(600, "resolved", alert("pool web", ended=600))
        await watch.close()
        assert "not delivered: 1 message; the next poise watch sends what still holds" in watch.said
        with hook(port) as server:
            again = Watch(tmp_path / "s.db", webhook(port))
            again.clock.now = at(3000)
            assert await again.adopt() == ()
            await again.tick(3001)
            await again.tick(3700)
            await again.close()
            assert [(d["reason"], len(d["firing"]), len(d["resolved"])) for d in server.got] == [("late", 0, 1)]
            assert server.got[0]["delayed_since"] == "2026-11-27T03:00:00Z"

    asyncio.run(story())


def test_what_a_receiver_refuses_is_told_and_not_tried_again(tmp_path: Path) -> None:
    async def story() -> None:
        with hook(status=404) as server:
            watch = Watch(tmp_path / "s.db", webhook(server))
            await watch.tick(0, "firing", WEB)
            for second in range(1, 200):
                await watch.tick(second)
            await watch.close()
        assert rows(tmp_path / "s.db", "state, attempts, error")[0][:2] == ("refused", 1)
        assert len(watch.said) == 1 and "answered 404" in watch.said[0] and "poise.toml" in watch.said[0]

    asyncio.run(story())


def test_a_restart_pages_nobody_twice_and_loses_no_end(tmp_path: Path) -> None:
    async def story() -> None:
        with hook() as server:
            first = Watch(tmp_path / "s.db", webhook(server))
            await first.tick(0, "firing", WEB)
            await first.close()
            again = Watch(tmp_path / "s.db", webhook(server))
            again.clock.now = at(20)
            assert await again.adopt() == (WEB,) and again.delivery.alerts_of("lb1") == (WEB,)
            for second in range(21, 60):
                await again.tick(second)
            assert len(server.got) == 1
            await again.tick(400, "resolved", alert("pool web", ended=400))
            await again.close()
            assert [d["reason"] for d in server.got] == ["first", "resolved"]
            assert rows(tmp_path / "s.db", "state") == [("delivered",), ("delivered",)]
            last = Watch(tmp_path / "s.db", webhook(server))
            assert await last.adopt() == ()
            await last.close()

    asyncio.run(story())


def test_the_alerts_of_a_load_balancer_that_is_no_longer_watched_end(tmp_path: Path) -> None:
    async def story() -> None:
        with hook() as server:
            first = Watch(tmp_path / "s.db", webhook(server))
            await first.tick(0, "firing", WEB)
            await first.close()
            again = Watch(tmp_path / "s.db", webhook(server))
            again.clock.now = at(400)
            await again.adopt("lb2")
            await again.tick(401)
            await again.close()
            assert [d["reason"] for d in server.got] == ["first", "resolved"]
            assert server.got[1]["resolved"][0]["reason"] == "removed from the configuration"

    asyncio.run(story())


def test_what_people_write_into_the_store_is_heard(tmp_path: Path) -> None:
    """`poise alert` in another process, here over another connection."""
    in_hand: list[tuple[str, str]] = []

    async def story() -> None:
        with hook() as server, AlertStore(tmp_path / "s.db", "", BUSY) as people:
            watch = Watch(tmp_path / "s.db", webhook(server))

            async def hear(name: str, act: Act) -> None:
                in_hand.append((name, act.who))

            watch.delivery._in_hand = hear
            people.act(silenced(Silence("s1", "ann", "works", (parse_matcher("pool=web"),), at(0), at(9000)), at(0)))
            await watch.tick(1, "firing", WEB)
            assert server.got == []
            people.act(unsilenced("s1", at(5), "ann"))
            await watch.tick(5)
            assert [d["reason"] for d in server.got] == ["first"]
            held = watch.delivery.held("lb1")[0]
            people.act(acknowledged(held, at(6), "bob", "on it"))
            for second in range(7, 5 * 3600, 60):
                await watch.tick(second)
            assert len(server.got) == 1 and in_hand == [("lb1", "bob")]
            assert f"bob has alert {held.identity.id} in hand: on it" in watch.said
            await watch.close()
            # And by the next watch, too.
            again = Watch(tmp_path / "s.db", webhook(server))
            again.clock.now = at(6 * 3600)
            await again.adopt()
            await again.tick(6 * 3600 + 1)
            await again.close()
            assert len(server.got) == 1

    asyncio.run(story())


def test_a_full_disk_keeps_nobody_untold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        with hook() as server:
            watch = Watch(tmp_path / "s.db", webhook(server))
            watch.store._engine.dispose()  # type: ignore[union-attr]
            real = watch.store.path
            full = sqlite3.OperationalError("database or disk is full")

            def refuse(*_: object) -> None:
                raise full

            with monkeypatch.context() as patch:
                patch.setattr("poise.store.alert_writes.write", refuse)
                await watch.tick(0, "firing", WEB)
                assert len(server.got) == 1 and rows(real) == []
            for second in range(1, 8):
                await watch.tick(second)
            assert rows(real, "state") == [("delivered",)]
            await watch.close()
            assert "could not: the alerts are not stored" in watch.said[0] and "free space" in watch.said[0]
            assert watch.said[1:] == ["the alerts are stored again"]

    asyncio.run(story())


def test_a_locked_store_does_not_hold_up_a_page(tmp_path: Path) -> None:
    async def story() -> None:
        with hook() as server:
            async with alerting((webhook(server),), tmp_path / "s.db", "lb.cfg", said.append, Clock()) as delivery:
                other = sqlite3.connect(tmp_path / "s.db", isolation_level=None)
                other.execute("BEGIN IMMEDIATE")
                await delivery.take("lb1", Tick(START, Window(Stack(), START), (), (WEB,), (Effect("firing", WEB),)), START)
                await until(lambda: len(server.got) == 1, "the page, while the store is locked")
                assert server.got[0]["firing"][0]["component"] == "pool web"
                other.execute("ROLLBACK")
                other.close()

    said: list[str] = []
    asyncio.run(story())


def test_a_turn_that_is_cancelled_while_it_is_stored_loses_no_page(tmp_path: Path) -> None:
    """SIGHUP takes a load balancer off the list in the middle of its turn."""
    entered, go = threading.Event(), threading.Event()

    class Slow(AlertStore):
        def save(self, changes: Changes) -> None:
            entered.set()
            go.wait(60)
            super().save(changes)

    async def story() -> None:
        with hook() as server:
            watch = Watch(tmp_path / "s.db", webhook(server))
            watch.store.close()
            watch.store = Slow(tmp_path / "s.db", "lb.cfg", BUSY)
            watch.delivery = AlertDelivery((webhook(server),), watch.store, watch.said.append, watch.clock)
            turn = asyncio.create_task(watch.tick(0, "firing", WEB))
            await until(entered.is_set, "the writing")
            turn.cancel()
            await asyncio.wait([turn])
            go.set()
            await watch.tick(1)
            await watch.close()
            assert len(server.ids) == 1
            assert [row[1] for row in rows(tmp_path / "s.db")] == ["delivered"]

    asyncio.run(story())


def test_the_second_watch_of_the_same_files_does_not_send(tmp_path: Path) -> None:
    async def story() -> None:
        with hook() as server:
            told = (webhook(server),)
            async with alerting(told, tmp_path / "s.db", "lb.cfg", said.append, Clock()) as first:
                async with alerting(told, tmp_path / "s.db", "lb.cfg", said.append, Clock()) as second:
                    tick = Tick(START, Window(Stack(), START), (), (WEB,), (Effect("firing", WEB),))
                    await second.take("lb1", tick, START)
                    await second.settle_all()
                    assert server.got == [] and "that one sends the messages" in said[0]
                await first.take("lb1", tick, START)
                await first.settle_all()
            assert len(server.got) == 1

    said: list[str] = []
    asyncio.run(story())


def test_receivers_that_change_are_told_what_they_have_not_heard(tmp_path: Path) -> None:
    """SIGHUP with another poise.toml: the one that stays hears nothing twice, the new one hears of what fires."""

    async def story() -> None:
        with hook() as one, hook() as other:
            watch = Watch(tmp_path / "s.db", webhook(one))
            await watch.tick(0, "firing", WEB)
            await watch.delivery.receive((webhook(one), webhook(other, "new")))
            await watch.tick(1)
            assert (len(one.got), len(other.got)) == (1, 1)
            await watch.delivery.receive((webhook(other, "new"),))
            await watch.tick(400, "resolved", alert("pool web", ended=400))
            assert (len(one.got), len(other.got)) == (1, 2)
            await watch.close()

    asyncio.run(story())


def test_a_broken_notifier_loses_nothing(tmp_path: Path) -> None:
    class Broken:
        calls = 0

        async def send(self, notification: Notification) -> None:
            Broken.calls += 1
            if Broken.calls < 3:
                raise ZeroDivisionError("secret words")

    async def story() -> None:
        said: list[str] = []
        clock = Clock()
        delivery = AlertDelivery((webhook(1),), None, said.append, clock, lambda receiver: Broken())
        await delivery.take("lb1", Tick(START, Window(Stack(), START), (), (WEB,), (Effect("firing", WEB),)), START)
        for second in range(1, 10):
            clock.now = at(second)
            await delivery.take("lb1", Tick(clock.now, Window(Stack(), clock.now)), clock.now)
            await delivery.settle_all()
        await delivery.close()
        assert Broken.calls == 3 and "ZeroDivisionError in the notifier" in said[0] and "secret" not in said[0]

    asyncio.run(story())


def test_the_times_between_tries_double_up_to_five_minutes_and_differ_between_receivers() -> None:
    times = [backoff("night", failures).total_seconds() for failures in range(1, 40)]
    assert all(0.5 * min(300, 2**n) <= wait <= min(300, 2**n) for n, wait in enumerate(times))
    assert times == [backoff("night", failures).total_seconds() for failures in range(1, 40)]
    assert len({backoff(f"r{n}", 5) for n in range(50)}) == 50


PROCESS = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from alert_talk import alert
from poise.alerting.lifecycle import Effect
from poise.app.watch_alerting import alerting
from poise.daemon.watcher import Tick
from poise.model.receiver import Receiver
from poise.model.sample import Stack, Window
store, port, fires = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "fires"
def now(): return datetime.now(UTC)
async def main():
    told = (Receiver("night", "webhook", f"http://127.0.0.1:{port}/hook"),)
    async with alerting(told, store, "lb.cfg", print, now) as delivery:
        await delivery.adopt(("lb1",))
        at, web = now(), alert("pool web")
        effects = (Effect("firing", web),) if fires else ()
        while True:
            await delivery.take("lb1", Tick(at, Window(Stack(), at), (), (web,), effects), at)
            print("taken", delivery.waiting, flush=True)
            await asyncio.sleep(0.05)
            at, effects = now(), ()
asyncio.run(main())
"""


def process(store: Path, port: int, word: str) -> "subprocess.Popen[str]":
    folders = [str(Path(__file__).parents[1] / "alerting"), *sys.path]
    return subprocess.Popen(
        [sys.executable, "-c", PROCESS, str(store), str(port), word],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(folders)},
    )


def wait_for(condition: Callable[[], bool], what: str) -> None:
    asyncio.run(until(condition, what))


def kill(child: "subprocess.Popen[str]") -> None:
    child.send_signal(signal.SIGKILL)
    child.wait(30)
    assert child.stdout is not None
    child.stdout.close()


def test_killed_between_the_verdict_and_the_delivery_it_is_delivered_once_after_the_restart(tmp_path: Path) -> None:
    store, port = tmp_path / "s.db", free_port()
    child = process(store, port, "fires")
    assert child.stdout is not None and child.stdout.readline().startswith("taken 1")
    kill(child)
    assert rows(store, "state") == [("waiting",)]
    with hook(port) as server:
        child = process(store, port, "quiet")
        wait_for(lambda: rows(store, "state") == [("delivered",)], "it is delivered")
        kill(child)
        child = process(store, port, "quiet")
        for _ in range(3):
            assert child.stdout is not None and "taken 0" in child.stdout.readline() + child.stdout.readline()
        kill(child)
        assert server.ids == [rows(store, "id")[0][0]]


def test_killed_between_the_sending_and_the_mark_it_comes_twice_under_one_id(tmp_path: Path) -> None:
    """Nobody can do better without the receiver's help (at least once): the id says that it is the same."""
    store, port = tmp_path / "s.db", free_port()
    with hook(port) as server:
        child = process(store, port, "fires")
        server.before = lambda: kill(child)
        wait_for(lambda: len(server.got) == 1, "the first")
        assert rows(store, "state") == [("waiting",)]
        server.before = None
        child = process(store, port, "quiet")
        wait_for(lambda: rows(store, "state") == [("delivered",)], "it is delivered")
        kill(child)
        assert len(server.ids) == 2 and len(set(server.ids)) == 1
        assert server.headers[0]["Idempotency-Key"] == server.headers[1]["Idempotency-Key"]


def test_an_older_store_gains_the_tables_and_keeps_its_incidents(tmp_path: Path) -> None:
    store_of(tmp_path / "s.db", "0002")
    with AlertStore(tmp_path / "s.db", "x", BUSY) as store:
        assert store.everything(20) == {} and store.acts() == ()
    assert len(list(tmp_path.glob("s.db.schema-0002-*"))) == 1
    with sqlite3.connect(tmp_path / "s.db") as connection, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute("INSERT INTO alert_act (at, kind, who, payload) VALUES ('', '', '', '{}')")
        connection.execute("DELETE FROM alert_act")


def test_a_row_that_cannot_be_read_costs_itself_alone(tmp_path: Path) -> None:
    async def story() -> None:
        with hook() as server:
            watch = Watch(tmp_path / "s.db", webhook(server))
            await watch.tick(0, "firing", WEB, alert("pool api"))
            await watch.close()
            with sqlite3.connect(tmp_path / "s.db") as connection:
                connection.execute("UPDATE alert SET payload = ? WHERE component = 'pool web'", (json.dumps({"identity": 1}),))
                connection.execute("INSERT INTO alert_act (at, kind, who, payload) VALUES ('never', 'ack', 'ann', '{')")
                connection.execute("UPDATE notification SET state = 'waiting', group_key = '{', decided_at = 'never'")
            again = Watch(tmp_path / "s.db", webhook(server))
            assert [a.verdict.component for a in await again.adopt()] == ["pool api"]
            assert "rows of the alerts" in again.said[0]
            await again.close()

    asyncio.run(story())
