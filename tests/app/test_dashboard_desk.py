"""The desk of the dashboard: the looks of a watch as boards, what people do, what if, and the past from the history."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from poise.alerting.act import Act
from poise.alerting.identity import Identity
from poise.alerting.lifecycle import Effect
from poise.app import alerts, dashboard
from poise.app.alert_delivery import AlertDelivery
from poise.app.dashboard import LiveDesk
from poise.app.dashboard_what_if import what_if
from poise.app.history_keeper import HistoryKeeper
from poise.app.past_alerts import KEPT, past_alerts
from poise.daemon.configuration import Configuration
from poise.daemon.history import History
from poise.daemon.stack_of import stack_of
from poise.daemon.watched import Watched
from poise.daemon.watcher import Tick
from poise.model.alert import Alert, Verdict
from poise.model.needs import Needs, PoolNeeds
from poise.model.sample import Block, Event, Window
from poise.store.alert_store import AlertStore
from poise.web.desk import Asked, RefusedError

CONFIG = """defaults
  mode http
frontend http
  bind 127.0.0.1:9000
  default_backend web
backend web
  balance roundrobin
  server app1 127.0.0.1:9001 weight 1
  server app2 127.0.0.1:9002 weight 1
  server spare 127.0.0.1:9003 backup
"""
SERVERS = ("web/app1", "web/app2", "web/spare")
METRICS = ("requests_total", "weight", "up")
EVEN = Needs(pool={"web": PoolNeeds(split="even", peak_requests_per_second=100.0, service_time_ms=50.0, concurrency_per_server=10)})
BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)


class Stage:
    """Looks at two servers of which one gets `part` of 20 requests a second, with no load balancer behind it."""

    def __init__(self, folder: Path, needs: Needs = EVEN, name: str = "lb1") -> None:
        self.file = folder / "haproxy.cfg"
        self.file.write_text(CONFIG)
        self.watched = Watched(name, (str(self.file),), needs)
        self.needs, self.name = needs, name
        configuration = Configuration((str(self.file),), needs, name)
        configuration.refresh(BEGAN)
        assert configuration.topology is not None
        self.topology = configuration.topology
        self.stack = stack_of((self.topology,), needs, (name,), host=False)
        self.history = History()
        self.counts = np.zeros(3)
        self.at = BEGAN

    def look(self, part: float = 0.5, weight: float = 1.0, found: tuple[Alert, ...] = (), events: tuple[Event, ...] = ()) -> Tick:
        self.at += timedelta(seconds=1)
        self.counts += (20 * part, 20 * (1 - part), 0)
        values = np.column_stack([self.counts, [weight, 1, 1], [1, 1, 1]]).astype(float)
        block = Block(self.at, SERVERS, METRICS, values, f"{self.name} servers")
        self.history.add_blocks([block])
        for event in events:
            self.history.add_event(event)
        window = self.history.window(self.at, self.stack, (self.topology,), self.needs, (), {})
        return Tick(self.at, window, alerts=found, blocks=(block,), events=events, load_balancer=self.name)


async def nothing() -> None:
    """No history is kept."""


def play(story: Callable[[], Coroutine[None, None, None]]) -> None:
    asyncio.run(story())


def uneven(component: str = "pool web", summary: str = "app1 gets 90 %") -> Alert:
    verdict = Verdict("uneven_share", component, "bad", "error", True, summary, "90 % of 200 requests")
    return Alert(verdict.key, "firing", verdict, BEGAN, BEGAN)


def test_a_board_is_made_once_a_look_and_only_for_somebody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    real = dashboard.board
    monkeypatch.setattr(dashboard, "board", lambda *given: made.append(1) or real(*given))
    monkeypatch.setattr(dashboard, "GAP_SECONDS", 0.0)
    monkeypatch.setattr(dashboard, "PART_OF_TIME", 0.0)

    async def story() -> None:
        stage = Stage(tmp_path)
        desk = LiveDesk(tmp_path / "store.db", nothing)
        made.clear()
        for _ in range(30):
            desk.show(stage.watched, stage.look())
        assert not made and desk.turn == 30
        first, second = await asyncio.gather(desk.board(), desk.newest())
        assert first is second[1] and second[0] == 30 and len(made) == 1
        waiting = asyncio.create_task(desk.news(30))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        desk.show(stage.watched, stage.look(part=0.9))
        assert await waiting == 31
        assert (await desk.newest())[1] is not first and len(made) == 2

    play(story)


def test_the_board_tells_the_shares_that_were_counted(tmp_path: Path) -> None:
    async def story() -> None:
        stage = Stage(tmp_path)
        desk = LiveDesk(tmp_path / "store.db", nothing)
        for _ in range(40):
            desk.show(stage.watched, stage.look(part=0.9))
        seen = await desk.board()
        assert seen.live and seen.load_balancers == ("lb1",)
        (pool,) = seen.pools
        shares = {each.server: each.share for each in pool.servers}
        assert shares == pytest.approx({"app1": 0.9, "app2": 0.1, "spare": 0.0})
        assert pool.requests_per_second == pytest.approx(20.0, rel=0.01)
        strip = await desk.heat("lb1", "web", None, 1)
        known = [row for row in strip.shares[0] if row is not None]
        assert known and known == pytest.approx([0.9] * len(known))
        points = await desk.series("lb1", "web/app1", "requests_total", None, 1)
        assert [value for _, value in points] == pytest.approx([18.0] * len(points)) and len(points) == 39
        for lost in (("lb2", "web/app1"), ("lb1", "web/app9")):
            with pytest.raises(RefusedError):
                await desk.series(*lost, "requests_total", None, 1)
        desk.keep(())
        assert (await desk.newest())[1].pools == ()

    play(story)


def test_what_if_begins_at_what_runs(tmp_path: Path) -> None:
    """9:1 runs where the file says 1:1. By arithmetic 9/10 and 1/10 before, and 1/2 and 1/2 with the weight put back; at 100 requests/s of
    50 ms five are worked on, 4.5 of them by a server for ten."""
    stage = Stage(tmp_path)
    window = stage.look(weight=9.0).window

    def shares(asked: Asked, when: str) -> dict[str, float]:
        (pool,) = what_if(window, asked)[when]["pools"]
        return {each["server"]: each["share"] for each in pool["servers"]}

    back = Asked("lb1", "web", {"app1": 1}, ())
    assert shares(back, "before") == pytest.approx({"app1": 0.9, "app2": 0.1, "spare": 0})
    assert shares(back, "after") == pytest.approx({"app1": 0.5, "app2": 0.5, "spare": 0})
    assert shares(Asked("lb1", "web", {}, ("app1",)), "after") == pytest.approx({"app1": 0, "app2": 1, "spare": 0})
    assert shares(Asked("lb1", "web", {}, ("app1", "app2")), "after") == pytest.approx({"app1": 0, "app2": 0, "spare": 1})
    (pool,) = what_if(window, Asked("lb1", "web", {}, (), 2.0))["after"]["pools"]
    assert {each["server"]: each["utilisation"] for each in pool["servers"]} == pytest.approx({"app1": 0.9, "app2": 0.1, "spare": 0})
    for asked, said in (
        (Asked("lb1", "web", {"app9": 1}, ()), "no server 'app9'"),
        (Asked("lb1", "web", {"app1": 257}, ()), "haproxy takes 0 to 256"),
        (Asked("lb1", "api", {}, ()), "no pool 'api'"),
        (Asked("lb1", "web", {}, ("app1", "app2", "spare")), "leave one"),
    ):
        with pytest.raises(RefusedError, match=said):
            what_if(window, asked)


def test_who_has_an_alert_in_hand_is_kept_as_by_the_command_and_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboard, "GAP_SECONDS", 0.0)
    monkeypatch.setattr(dashboard, "PART_OF_TIME", 0.0)
    path = tmp_path / "store.db"
    in_hand: list[tuple[str, Act]] = []
    told: list[str] = []

    async def heard(name: str, act: Act) -> None:
        in_hand.append((name, act))

    async def story() -> None:
        stage, alert = Stage(tmp_path), uneven()
        desk = LiveDesk(path, nothing)
        clock = [BEGAN + timedelta(minutes=1)]
        delivery = AlertDelivery((), AlertStore(path, "scope", timedelta(seconds=5)), told.append, lambda: clock[0], in_hand=heard)
        await delivery.adopt(["lb1"])
        tick = replace(stage.look(part=0.9, found=(alert,)), effects=(Effect("firing", alert),))
        await delivery.take("lb1", tick, clock[0])
        desk.show(stage.watched, tick)
        key = Identity("lb1", "uneven_share", "pool web").id
        (shown,) = (await desk.board()).alerts
        assert (shown.key, shown.handled) == (key, "")
        assert "Ada" in await desk.acknowledge(key, "Ada", "weights are being put back")
        (shown,) = (await desk.newest())[1].alerts
        assert "Ada" in shown.handled and "put back" in shown.handled
        clock[0] += timedelta(seconds=5)
        await delivery.take("lb1", stage.look(part=0.9, found=(alert,)), clock[0])
        assert [(name, act.who, act.payload["note"]) for name, act in in_hand] == [("lb1", "Ada", "weights are being put back")]
        words = await desk.silence(key, "Ada", "new disks", 30)
        assert "poise alert unsilence" in words
        (silence,) = alerts.overview(path, datetime.now(UTC)).silences
        assert (silence.author, silence.comment, silence.ends - silence.starts) == ("Ada", "new disks", timedelta(minutes=30))
        assert [str(each) for each in silence.matchers] == ["load_balancer=lb1", "detector=uneven_share", "component=pool web"]
        (shown,) = (await desk.newest())[1].alerts
        assert "silenced" in shown.handled and "in hand" in shown.handled
        for wrong in ("", "0123", "zzzzzzzzzz", "0" * 10):
            with pytest.raises(RefusedError) as refused:
                await desk.acknowledge(wrong, "Ada", "x")
            assert refused.value.status == 404
        with pytest.raises(RefusedError, match="no alert of that key"):
            await desk.silence("0" * 10, "Ada", "x", 1)
        await delivery.close()

    play(story)


def test_a_silence_is_about_that_component_alone_whatever_its_name_holds(tmp_path: Path) -> None:
    path = tmp_path / "store.db"

    async def story() -> None:
        stage, alert = Stage(tmp_path), uneven("server web/app[1]*")
        desk = LiveDesk(path, nothing)
        AlertStore(path, "scope", timedelta(seconds=5)).close()
        desk.show(stage.watched, stage.look(found=(alert,)))
        await desk.silence(Identity("lb1", "uneven_share", "server web/app[1]*").id, "Ada", "x", 1)
        (silence,) = alerts.overview(path, datetime.now(UTC)).silences

        def covers(component: str) -> bool:
            labels = {"load_balancer": "lb1", "detector": "uneven_share", "component": component, "pool": "web", "severity": "error"}
            return silence.covers(labels, silence.starts)

        assert covers("server web/app[1]*") and not covers("server web/app1") and not covers("server web/app1x")

    play(story)


def test_any_moment_is_drawn_as_it_was(tmp_path: Path) -> None:
    """A minute even, a minute of 90 %, and even again. What was kept says so, up to what was seen a second ago."""
    path = tmp_path / "store.db"

    async def story() -> None:
        stage = Stage(tmp_path)
        keeper = HistoryKeeper(tmp_path / "store.db.history", "scope", pytest.fail)
        desk = LiveDesk(path, keeper.flush)

        def looks(count: int, part: float, events: tuple[Event, ...] = ()) -> None:
            for i in range(count):
                tick = stage.look(part, events=events if i == 0 else ())
                keeper.take(stage.watched, tick)
                desk.show(stage.watched, tick)

        looks(60, 0.5, (Event(stage.at, "change", "haproxy.cfg was edited", "load-balancer lb1"),))
        fired = Event(stage.at + timedelta(seconds=20), "alert", "firing: app1 gets 90 %", "pool web")
        looks(20, 0.9)
        looks(40, 0.9, (fired,))
        looks(60, 0.5, (Event(stage.at, "alert", "resolved: app1 gets 90 %", "pool web"),))

        # Nobody waited ten minutes, so what a watch would have written by now is not written.
        await keeper.flush()

        async def share(at: datetime) -> float | None:
            seen = await desk.board(at)
            assert not seen.live and seen.seen <= at
            return seen.pools[0].servers[0].share

        assert await share(BEGAN + timedelta(seconds=55)) == pytest.approx(0.5, abs=0.01)
        assert await share(BEGAN + timedelta(seconds=115)) == pytest.approx(0.9, abs=0.01)
        assert await share(stage.at) == pytest.approx(0.5, abs=0.01)
        during = await desk.board(BEGAN + timedelta(seconds=115))
        assert during.level == "bad"
        alert = next(each for each in during.alerts if each.detector == "uneven_share")
        assert alert.phase == "firing" and alert.since == fired.at
        strip = await desk.heat("lb1", "web", BEGAN + timedelta(seconds=120), 2)
        shares = [row for row in strip.shares[0] if row is not None]
        assert len(shares) > 50 and min(shares) == pytest.approx(0.5) and max(shares) == pytest.approx(0.9)
        points = await desk.series("lb1", "web/app1", "requests_total", BEGAN + timedelta(seconds=120), 2)
        assert {round(value) for _, value in points} == {10, 18}
        diagnosis = await desk.diagnosis(BEGAN + timedelta(seconds=115))
        assert diagnosis["version"] == 1 and diagnosis["window"]["to"].startswith((BEGAN + timedelta(seconds=115)).isoformat()[:19])
        # Another watch begins, and knows of the edit what this one kept.
        tick = stage.look()
        after = LiveDesk(path, nothing)
        after.show(stage.watched, replace(tick, window=replace(tick.window, events=())))
        assert not (await after.board()).changes
        await after.recall()
        assert [change.text for change in (await after.newest())[1].changes if "edited" in change.text] == ["haproxy.cfg was edited"]
        with pytest.raises(RefusedError, match="the history holds"):
            await desk.board(BEGAN - timedelta(days=1))
        with pytest.raises(RefusedError, match="not over yet"):
            await desk.board(datetime.now(UTC) + timedelta(hours=1))
        await keeper.close()

    play(story)


def test_without_a_history_the_past_is_refused_with_a_word(tmp_path: Path) -> None:
    async def story() -> None:
        desk = LiveDesk(tmp_path / "store.db", nothing)
        stage = Stage(tmp_path)
        desk.show(stage.watched, stage.look())
        with pytest.raises(RefusedError, match="no history") as refused:
            await desk.board(BEGAN)
        assert refused.value.status == 503

    play(story)


def test_alerts_of_then_are_told_by_what_was_kept_where_the_rows_are_too_coarse() -> None:
    def event(second: int, text: str, component: str = "pool web") -> Event:
        return Event(BEGAN + timedelta(seconds=second), "alert", text, component)

    events = (
        event(1, "firing: app1 gets 90 %"),
        event(2, "firing: the host is short of memory", "host lb1"),
        event(3, "worse: app1 gets 95 %"),
        event(4, "firing: 5 % of requests fail"),
        event(5, "resolved: 5 % of requests fail"),
        event(6, "resolved: the host is short of memory", "host lb1"),
    )
    (alert,) = past_alerts(Window(stack_of((), Needs(), (), host=False), BEGAN + timedelta(minutes=1)), events)
    assert (alert.verdict.detector, alert.verdict.summary, alert.since) == (KEPT, "app1 gets 95 %", BEGAN + timedelta(seconds=1))


def test_the_review_reads_the_files_once_and_again_when_the_watch_has(tmp_path: Path) -> None:
    async def story() -> None:
        desk, stage = LiveDesk(tmp_path / "store.db", nothing), Stage(tmp_path)
        desk.show(stage.watched, stage.look())
        first = await desk.review()
        assert any(finding["rule"] == "missing-timeouts" for finding in first["audit"]["findings"])
        (pool,) = first["predict"]["pools"]
        lost = {tuple(loss["lost"]): {row["server"]: row["share"] for row in loss["servers"]} for loss in pool["without"]}
        assert lost[("app1",)]["app2"] == 1.0 and first["reviews"] == []
        assert (await desk.review())["audit"]["findings"] == first["audit"]["findings"]
        stage.file.write_text(CONFIG.replace("balance roundrobin", "balance leastconn"))
        assert (await desk.review())["predict"]["pools"][0]["algorithm"] == "roundrobin"
        changed = Stage(tmp_path)
        changed.file.write_text(CONFIG.replace("balance roundrobin", "balance leastconn"))
        desk.show(changed.watched, changed.look())
        assert (await desk.review())["predict"]["pools"][0]["algorithm"] == "leastconn"

    play(story)
