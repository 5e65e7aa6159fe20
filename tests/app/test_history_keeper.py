"""What keeps the history never holds up the watch: a lock, a full disk or another watch cost looks, and that is said."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

import poise.app.history_keeper as module
from poise.app.history_keeper import HistoryKeeper
from poise.daemon.watched import Watched
from poise.daemon.watcher import Tick
from poise.model.needs import KeptHistory, Needs, Watch
from poise.model.sample import Block, Component, Stack, Window
from poise.store.history.history_reader import HistoryReader, Subject

START = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
METRICS = ("requests_total", "up")


def tick(second: float, stack: Stack) -> Tick:
    now = START + timedelta(seconds=second)
    block = Block(now, ("web/app1",), METRICS, np.array([[second * 5, 1.0]]), "lb1 servers")
    return Tick(now, Window(stack, now), blocks=(block,))


def watched(folder: Path, history: KeptHistory | None = None) -> Watched:
    config = folder / "haproxy.cfg"
    config.write_text("backend web\n  server app1 10.0.0.1:80\nuserlist x\n  user a insecure-password s3cret\n")
    return Watched("lb1", (str(config),), Needs(watch=Watch(history=history)))


async def take(keeper: HistoryKeeper, what: Watched, first: int, last: int, stack: Stack = Stack()) -> None:  # noqa: B008 - frozen
    for second in range(first, last):
        keeper.take(what, tick(second, stack))
        if keeper._writing is not None:
            await asyncio.wait([keeper._writing])


def seen(path: Path) -> tuple[HistoryReader, Subject]:
    reader = HistoryReader(path)
    (subject,) = reader.subjects()
    return reader, subject


def total(path: Path) -> float:
    reader, subject = seen(path)
    with reader:
        rows = reader.table(subject, "requests_total", START.timestamp(), START.timestamp() + 1e5)
    return float(np.nansum(rows.values))


def test_all_looks_are_there_at_the_end_with_stack_and_files_and_no_secret(tmp_path: Path) -> None:
    said: list[str] = []
    path = tmp_path / "s.history"

    async def story() -> None:
        keeper = HistoryKeeper(path, "x", said.append)
        await take(keeper, watched(tmp_path), 0, 100, Stack((Component("web/app1", "server"),)))
        reader, subject = seen(path)
        with reader:
            assert subject.kept[0].last >= START.timestamp() + 60 - module.BATCH_SECONDS
        await keeper.close()

    asyncio.run(story())
    assert not said and total(path) == 99 * 5
    reader, subject = seen(path)
    with reader:
        setting = reader.setting(subject, START.timestamp())
    assert setting is not None and setting["components"][0]["name"] == "web/app1"
    text = setting["configs"]["haproxy.cfg"]
    assert "server app1 10.0.0.1:80" in text and "s3cret" not in text


def test_a_lock_is_said_once_and_what_waited_is_written_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUSY", timedelta(milliseconds=50))
    path, said = tmp_path / "s.history", list[str]()

    async def story() -> None:
        keeper, what = HistoryKeeper(path, "x", said.append), watched(tmp_path)
        await take(keeper, what, 0, 10)
        with closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN EXCLUSIVE")
            await take(keeper, what, 10, 200)
            assert len(said) == 1 and said[0].startswith("could not: the history is not kept: ") and "another process holds it" in said[0]
        await take(keeper, what, 200, 300)
        await keeper.close()

    asyncio.run(story())
    assert said[1:] == ["the history is kept again: what waited is in it"] and total(path) == 299 * 5


def test_what_waits_for_a_disk_is_bounded_and_the_loss_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING_BYTES", 1000)
    path, said = tmp_path / "s.history", list[str]()
    path.mkdir()

    async def story() -> None:
        keeper, what = HistoryKeeper(path, "x", said.append), watched(tmp_path)
        await take(keeper, what, 0, 400)
        assert sum(each.bytes for held in keeper._held.values() for each in (*held.waiting, held.batch)) <= 1000
        path.rmdir()
        await take(keeper, what, 400, 500)
        await keeper.close()

    asyncio.run(story())
    assert len(said) == 2 and "batches of looks were lost" in said[1] and 0 < total(path) < 499 * 5


def test_one_of_two_watches_of_the_same_files_keeps_it(tmp_path: Path) -> None:
    path, said = tmp_path / "s.history", list[str]()

    async def story() -> None:
        first, second, what = HistoryKeeper(path, "x", said.append), HistoryKeeper(path, "x", said.append), watched(tmp_path)
        await take(first, what, 0, 50)
        await take(second, what, 0, 50)
        assert len(said) == 1 and "another poise watch" in said[0]
        await first.close()
        await take(second, what, 50, 200)
        await second.close()

    asyncio.run(story())
    assert len(said) == 2 and total(path) >= 199 * 5 - 50 * 5


def test_nothing_is_kept_where_poise_toml_says_so(tmp_path: Path) -> None:
    path = tmp_path / "s.history"

    async def story() -> None:
        keeper = HistoryKeeper(path, "x", lambda _: None)
        await take(keeper, watched(tmp_path, KeptHistory(most_megabytes=0)), 0, 100)
        await keeper.close()

    asyncio.run(story())
    assert not path.exists()


def test_a_past_that_is_short_by_size_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(module, "MEGABYTE", 100_000)

    async def story() -> None:
        keeper = HistoryKeeper(tmp_path / "s.history", "x", said.append)
        what = watched(tmp_path, KeptHistory(most_megabytes=2))
        names = tuple(f"web/app{i}" for i in range(200))
        rng = np.random.default_rng(5)
        for minute in range(5 * 60):
            now = START + timedelta(minutes=minute)
            block = Block(now, names, METRICS, rng.uniform(0, 1e6, (200, 2)), "lb1 servers")
            keeper.take(what, Tick(now, Window(Stack(), now), blocks=(block,)))
            if keeper._writing is not None:
                await asyncio.wait([keeper._writing])
        await keeper.close()

    asyncio.run(story())
    told = [text.removeprefix("the history is full: ").partition(" had to go")[0] for text in said]
    assert len(set(told)) == len(told) and "rows as they came" in told
    assert all("most_megabytes = 2 is reached" in text for text in said)


def test_a_defect_is_said_and_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, said = tmp_path / "s.history", list[str]()

    async def story() -> None:
        keeper, what = HistoryKeeper(path, "x", said.append), watched(tmp_path)
        with monkeypatch.context() as broken:
            broken.setattr(module, "setting", lambda *_: 1 / 0)
            await take(keeper, what, 0, 20)
        await take(keeper, replace(what), 20, 200)
        await keeper.close()

    asyncio.run(story())
    assert "ZeroDivisionError" in said[0] and "defect of poise" in said[0] and "kept again" in said[1] and total(path) > 0
