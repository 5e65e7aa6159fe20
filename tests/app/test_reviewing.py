"""Reviews on a schedule and at every edit: kept over a restart, compared with the last that was not worse, alerted on while worse."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from poise.app.review_schedule import schedule
from poise.app.reviewing import Reviewing
from poise.daemon.configuration import Configuration
from poise.daemon.stack_of import stack_of
from poise.daemon.watched import Watched
from poise.daemon.watcher import Tick
from poise.detectors.review_worse import compare
from poise.model.needs import Needs
from poise.model.sample import Event, Window

START = datetime(2026, 11, 22, 5, 59, 0, tzinfo=UTC)
TEXT = """frontend http
    bind 127.0.0.1:20000
    default_backend web
backend web
    balance roundrobin
    server app1 10.0.0.1:80 check weight 1
    server app2 10.0.0.2:80 check weight 1
    server app3 10.0.0.3:80 check weight 1
"""


@pytest.mark.parametrize(
    ("text", "meant"), [("1d", timedelta(days=1)), ("30m", timedelta(minutes=30)), ("06:00", time(6)), ("soon", None), ("0d", None)]
)
def test_a_schedule_as_people_write_it(text: str, meant: timedelta | time | None) -> None:
    assert schedule(text) == meant


def tick(path: Path, second: float, *told: str) -> Tick:
    topology = Configuration([str(path)], Needs()).topology
    assert topology is not None
    at = START + timedelta(seconds=second)
    events = tuple(Event(at, "change", text) for text in told)
    return Tick(at, Window(stack_of((topology,), Needs()), at, topologies=(topology,)), events=events)


def reviewing(path: Path, when: timedelta | time) -> Reviewing:
    return Reviewing(Watched("lb1", (str(path),)), path.parent / "reviews", when)


def test_an_edit_that_makes_it_worse_is_an_alert_until_it_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "haproxy.cfg"
    path.write_text(TEXT)
    reviews = reviewing(path, timedelta(days=1))
    assert not reviews.due(tick(path, 0)) and reviews.due(tick(path, 11)) and not reviews.due(tick(path, 11))
    assert "worse" not in reviews.take(tick(path, 11))[0]
    path.write_text(TEXT.replace("app1 10.0.0.1:80 check weight 1", "app1 10.0.0.1:80 check weight 200"))
    assert not reviews.due(tick(path, 20, f"{path} was edited; weights")) and reviews.due(tick(path, 26))
    (line,) = reviews.take(tick(path, 26))
    assert line.endswith("worse") and "nothing worse" not in line
    (verdict,) = compare("lb1", reviews.base, reviews.last)
    assert verdict.state == "bad" and "app1 gets" in verdict.reason and "without app2, app1 gets" in verdict.reason
    # A restart knows what was right.
    again = reviewing(path, timedelta(days=1))
    assert again.take(tick(path, 40))[0].endswith("worse") and again.base is not None
    path.write_text(TEXT)
    assert again.take(tick(path, 50))[0].endswith("nothing worse")
    assert [v.state for v in compare("lb1", again.base, again.last)] == ["ok"]


def test_a_file_that_cannot_be_read_any_more_is_told_and_no_better(tmp_path: Path) -> None:
    path = tmp_path / "haproxy.cfg"
    path.write_text(TEXT.replace("app1 10.0.0.1:80 check weight 1", "app1 10.0.0.1:80 check weight 200"))
    reviews = reviewing(path, timedelta(days=1))
    before = tick(path, 11)
    reviews.take(before)
    good = reviews.base
    assert good is not None and good.findings
    path.unlink()
    lines = reviews.take(before)
    assert any(line.startswith(f"could not: {path}: ") for line in lines)
    assert reviews.base is good and reviews.last is not good


def test_at_a_time_of_day(tmp_path: Path) -> None:
    path = tmp_path / "haproxy.cfg"
    path.write_text(TEXT)
    reviews = reviewing(path, time(6))
    reviews.due(tick(path, 0))
    assert reviews.due(tick(path, 20)) and reviews.take(tick(path, 20))
    assert not reviews.due(tick(path, 59)) and reviews.due(tick(path, 60))
