"""Reviews on a schedule and at every edit: kept over a restart, held against the last that was good, alerted on while worse."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from receiving import hook

from poise.app.alert_delivery import AlertDelivery
from poise.app.review_schedule import schedule
from poise.app.scheduled_review import HEAR_EVERY, ScheduledReview
from poise.app.watch_reviews import WatchReviews
from poise.daemon.configuration import Configuration
from poise.daemon.stack_of import stack_of
from poise.daemon.watched import Watched
from poise.daemon.watcher import Tick, Watcher
from poise.detectors.review_worse import compare
from poise.model.alert import Verdict
from poise.model.configuration_review import Review, SignOff
from poise.model.needs import Acceptance, Needs, PoolNeeds, Watch
from poise.model.receiver import Receiver
from poise.model.sample import Event, Stack, Window
from poise.store.alert_store import AlertStore
from poise.store.review_log import ReviewLog

START = datetime(2026, 11, 22, 5, 59, 0, tzinfo=UTC)
DAY = timedelta(days=1)
BUSY = timedelta(seconds=5)
TEXT = """frontend http
    bind 127.0.0.1:20000
    default_backend web
backend web
    balance roundrobin
    server app1 10.0.0.1:80 check weight 1
    server app2 10.0.0.2:80 check weight 1
    server app3 10.0.0.3:80 check weight 1
"""
# With one of three lost, two of weight 1 get half each; 200 of 201 is 99.5 %.
UNEVEN = TEXT.replace("app1 10.0.0.1:80 check weight 1", "app1 10.0.0.1:80 check weight 200")


@pytest.mark.parametrize(("text", "meant"), [("1d", DAY), ("30m", timedelta(minutes=30)), ("06:00", time(6)), ("soon", None), ("0d", None)])
def test_a_schedule_as_people_write_it(text: str, meant: timedelta | time | None) -> None:
    assert schedule(text) == meant


def tick(path: Path, second: float, *told: str) -> Tick:
    topology = Configuration([str(path)], Needs()).topology
    at = START + timedelta(seconds=second)
    events = tuple(Event(at, "change", text) for text in told)
    if topology is None:
        return Tick(at, Window(Stack(), at), events=events)
    return Tick(at, Window(stack_of((topology,), Needs()), at, topologies=(topology,)), events=events)


def written(folder: Path, text: str = TEXT) -> Path:
    path = folder / "haproxy.cfg"
    path.write_text(text)
    return path


def reviewing(path: Path, when: timedelta | time = DAY, needs: Needs | None = None) -> ScheduledReview:
    return ScheduledReview(Watched("lb1", (str(path),), needs or Needs()), path.parent / "s.db", when)


def verdicts(reviews: ScheduledReview, at: Tick) -> dict[str, Verdict]:
    found = (verdict for detector in reviews.detectors for verdict in detector.judge(at.window, at.at))
    return {verdict.detector: verdict for verdict in found if isinstance(verdict, Verdict)}


def test_an_edit_that_makes_it_worse_is_an_alert_until_it_is_mended(tmp_path: Path) -> None:
    path = written(tmp_path)
    reviews = reviewing(path, needs=Needs({"web": PoolNeeds(max_share=0.6)}))
    assert not reviews.due(tick(path, 0)) and reviews.due(tick(path, 11)) and not reviews.due(tick(path, 11))
    assert "worse" not in reviews.take(tick(path, 11))[0]
    written(tmp_path, UNEVEN)
    assert not reviews.due(tick(path, 20, f"{path} was edited; weights")) and reviews.due(tick(path, 26))
    line = reviews.take(tick(path, 26))[0]
    assert line.endswith("worse") and "nothing worse" not in line
    bad = verdicts(reviews, tick(path, 27))["review_worse"]
    assert (bad.state, bad.severity, bad.page) == ("bad", "error", False)
    assert "app1" in bad.reason and "since the review of 2026-11-22 05:59 UTC" in bad.summary
    # The next review in which nothing was mended ends nothing, nor does a restart.
    assert reviews.take(tick(path, 86_500))[0].endswith("worse")
    assert verdicts(reviews, tick(path, 86_501))["review_worse"].state == "bad"
    again = reviewing(path, needs=Needs({"web": PoolNeeds(max_share=0.6)}))
    assert "; nothing worse" not in again.take(tick(path, 86_600))[0] and again.base is not None
    written(tmp_path)
    again.due(tick(path, 86_610, f"{path} was edited; weights"))
    assert again.take(tick(path, 86_620))[0].endswith("nothing worse")
    assert verdicts(again, tick(path, 86_621))["review_worse"].state == "ok"


def test_signed_it_is_what_the_next_is_held_against(tmp_path: Path) -> None:
    path = written(tmp_path)
    reviews = reviewing(path)
    reviews.take(tick(path, 0))
    written(tmp_path, UNEVEN)
    reviews.due(tick(path, 20, f"{path} was edited; weights"))
    reviews.take(tick(path, 30))
    later = 30 + HEAR_EVERY.total_seconds()
    assert reviews.due(tick(path, later)) and reviews.take(tick(path, later)) == []
    with ReviewLog(tmp_path / "s.db", BUSY) as log:
        worse, good = log.newest(5)
        assert good.worse == () and worse.worse and worse.compared_with == good.number
        log.sign(worse.number, SignOff(START, "Ada", "app1 is four machines", worse.digest))
    assert not reviews.due(tick(path, later + 1)) and reviews.due(tick(path, 2 * later))
    assert reviews.take(tick(path, 2 * later)) == [f"review {worse.number} was signed by Ada: app1 is four machines"]
    assert verdicts(reviews, tick(path, 2 * later))["review_worse"].state == "ok"
    assert reviews.take(tick(path, 90_000))[0].endswith("nothing worse")


def test_what_was_found_twice_is_kept_once_and_nothing_is_changed(tmp_path: Path) -> None:
    path = written(tmp_path)
    for second in (0, 86_400, 172_800):
        reviewing(path).take(tick(path, second))
    with ReviewLog(tmp_path / "s.db", BUSY) as log:
        assert [kept.number for kept in log.newest(5)] == [3, 2, 1]
        assert len({kept.digest for kept in log.newest(5)}) == 1 and log.newest(5, "lb2") == ()
    with closing(sqlite3.connect(tmp_path / "s.db")) as connection:
        assert connection.execute("SELECT same_as, content IS NULL FROM review ORDER BY seq").fetchall() == [(None, 0), (1, 1), (1, 1)]
        for words in ("DELETE FROM review", "UPDATE review SET worse = '[]'"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(words)


def test_an_acceptance_is_told_of_for_two_weeks_and_then_alerted(tmp_path: Path) -> None:
    accepted = Acceptance("max-share-exceeded", "Ada", "moving racks", date(2026, 12, 11), "web")
    path = written(tmp_path, UNEVEN)
    reviews = reviewing(path, needs=Needs({"web": PoolNeeds(max_share=0.6)}, (accepted,)))
    states = {}
    for day in (26, 27, 41, 42):
        at = tick(path, (day - 22) * 86_400)
        reviews.take(at)
        assert reviews.last is not None
        found = verdicts(reviews, at)
        # What came back because of that is one alert and not two.
        assert found["review_worse"].state == "ok"
        states[day] = (len(reviews.last.ending), len(reviews.last.ended), found["acceptance_ended"].state)
    # The 11th of December is the 41st of November; two weeks before is the 27th.
    assert states == {26: (0, 0, "ok"), 27: (1, 0, "ok"), 41: (1, 0, "ok"), 42: (0, 1, "bad")}
    ended = verdicts(reviews, at)["acceptance_ended"]
    assert ended.severity == "warning" and "max-share-exceeded of pool web, accepted by Ada until 2026-12-11" in ended.summary
    # Who deletes the acceptance has mended nothing.
    reviews.watched = Watched("lb1", (str(path),), Needs({"web": PoolNeeds(max_share=0.6)}))
    reviews.take(tick(path, 21 * 86_400))
    found = verdicts(reviews, at)
    assert (found["acceptance_ended"].state, found["review_worse"].state) == ("ok", "bad")


def test_known_drift_is_not_worse_and_new_drift_is() -> None:
    known, new = "app1 weighs 1, in the file 5", "app2 is not in the file"
    before = Review(START, drift=(known,))
    (same,), (worse,) = compare("lb1", before, before), compare("lb1", before, Review(START, drift=(known, new)))
    assert same.state == "ok" and (worse.state, worse.severity) == ("bad", "warning") and new in worse.reason


def test_what_cannot_be_read_is_never_in_order(tmp_path: Path) -> None:
    path = written(tmp_path, UNEVEN)
    reviews = reviewing(path)
    reviews.due(tick(path, 0))
    reviews.take(tick(path, 0))
    good = reviews.base
    assert good is not None and good.findings
    path.unlink()
    at = tick(path, 86_400)
    assert reviews.due(at) and any(line.startswith(f"could not: {path}: ") for line in reviews.take(at))
    # It has no findings then, and is not better for it.
    assert reviews.base is good and reviews.last is not good
    verdict = verdicts(reviews, at)["review_worse"]
    assert verdict.state == "unknown" and "haproxy.cfg" in verdict.reason


def test_at_a_time_of_day(tmp_path: Path) -> None:
    path = written(tmp_path)
    reviews = reviewing(path, time(6))
    reviews.due(tick(path, 0))
    assert reviews.due(tick(path, 20)) and reviews.take(tick(path, 20))
    assert not reviews.due(tick(path, 59)) and reviews.due(tick(path, 60))


def test_a_store_that_fails_costs_the_keeping_alone(tmp_path: Path) -> None:
    path = written(tmp_path)
    reviews = reviewing(path)
    (tmp_path / "s.db").write_text("no database at all, and longer than a header " * 9)
    lines = reviews.take(tick(path, 0))
    assert lines[0].startswith("review: ") and any("the review is not kept" in line for line in lines)
    written(tmp_path, UNEVEN)
    reviews.due(tick(path, 20, f"{path} was edited; weights"))
    reviews.take(tick(path, 30))
    assert verdicts(reviews, tick(path, 30))["review_worse"].state == "bad"


def test_a_receiver_hears_that_a_review_is_worse_and_that_it_is_mended(tmp_path: Path) -> None:
    path = written(tmp_path)
    said: list[str] = []

    async def story() -> None:
        reviews = reviewing(path)
        watcher = Watcher([str(path)], Needs(), detectors=reviews.detectors)
        with hook() as server, AlertStore(tmp_path / "s.db", "haproxy.cfg", BUSY) as store:
            receiver = Receiver("day", "webhook", server.url, pages_only=False)
            now = START
            delivery = AlertDelivery((receiver,), store, said.append, lambda: now)

            async def until(second: int) -> None:
                nonlocal now
                while now < START + timedelta(seconds=second):
                    now += timedelta(seconds=1)
                    turn = await watcher.tick(now)
                    await delivery.take("lb1", turn, now)
                    await delivery.settle_all()
                    if reviews.due(turn):
                        reviews.take(turn)

            await until(15)
            assert server.got == []
            written(tmp_path, UNEVEN)
            await until(120)
            assert "review_worse" in str(server.got) and "app1" in str(server.got)
            heard = len(server.got)
            written(tmp_path)
            await until(500)
            assert len(server.got) > heard and "resolved" in str(server.got[-1])
            await delivery.close()
        await watcher.close()

    asyncio.run(story())


def test_reviews_are_asked_for_changed_and_ended_while_it_is_watched(tmp_path: Path) -> None:
    path = written(tmp_path)

    def declared(review: str | None) -> Watched:
        return Watched("lb1", (str(path),), Needs(watch=Watch(review=review)))

    reviews = WatchReviews(tmp_path / "s.db", None, lambda name, line: None)
    reviews.follow(declared(None))
    detectors = reviews.detectors(declared(None))

    def states() -> list[str]:
        at = tick(path, 100)
        return [v.state for d in detectors for v in d.judge(at.window, at.at) if isinstance(v, Verdict) and v.detector == "review_worse"]

    assert not reviews.due("lb1", tick(path, 11)) and states() == []
    reviews.follow(declared("1d"))
    assert not reviews.due("lb1", tick(path, 20)) and reviews.due("lb1", tick(path, 31))
    asyncio.run(reviews.take("lb1", tick(path, 31)))
    assert states() == ["ok"] and not reviews.due("lb1", tick(path, 1900))
    reviews.follow(declared("30m"))
    assert reviews.due("lb1", tick(path, 1900))
    # What fires because of the last one ends with the reviews.
    reviews.follow(declared(None))
    assert not reviews.due("lb1", tick(path, 90_000)) and states() == ["ok"]
    always = WatchReviews(tmp_path / "s.db", "30m", lambda name, line: None)
    always.follow(declared("1d"))
    assert always._reviews["lb1"].when == timedelta(minutes=30)
