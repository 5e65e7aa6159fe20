"""Whose alerts a watch keeps, and what becomes of a defect beside the looks."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from poise.app.watch import Watch
from poise.app.watch_options import WatchOptions
from poise.app.watching import MOST_WAITING, Store, Watching
from poise.cli.watch_lines import WatchLines
from poise.daemon.watched import Watched
from poise.daemon.watcher import Tick
from poise.model.sample import Event, Stack, Window

NOW = datetime(2026, 11, 27, 4, 0, tzinfo=UTC)


def test_files_of_the_same_name_in_two_folders_are_two_watches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scopes = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        scopes.append((WatchOptions(("haproxy.cfg",)).scope, WatchOptions(inventory="fleet.toml").scope))
    # The one of folder b is the same however it is named.
    assert WatchOptions((str(tmp_path / "b" / "haproxy.cfg"),)).scope == WatchOptions(("../b/haproxy.cfg",)).scope == scopes[1][0]
    assert len({scope for pair in scopes for scope in pair}) == 4


def test_a_defect_beside_the_looks_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    async def story() -> None:
        async def broken() -> None:
            raise KeyError("pool")

        watch = Watch(WatchOptions(("haproxy.cfg",)), WatchLines())
        watch._keep(broken())
        await asyncio.wait(watch._tasks)
        await asyncio.sleep(0)  # its callback runs after it

    asyncio.run(story())
    assert "could not: KeyError: 'pool'; this is a defect of poise" in capsys.readouterr().out


def test_a_worker_that_breaks_while_all_room_is_taken_is_told_and_waited_for_by_nobody(tmp_path: Path) -> None:
    async def story() -> None:
        broken = asyncio.Event()

        class Breaking(Watching):
            async def _work(self) -> None:
                await broken.wait()
                raise KeyError("pool")

        watching = Breaking(Watched("lb1", (str(tmp_path / "haproxy.cfg"),)), None, Store(tmp_path / "s.db", timedelta(0), print), print)
        # Only turns in which something happened wait beside others.
        news = Tick(NOW, Window(Stack(), NOW), events=(Event(NOW, "change", "web: weight of s1 1 → 2"),))
        for _ in range(MOST_WAITING):
            await watching.take(news, NOW)
        last = asyncio.ensure_future(watching.take(news, NOW))
        await asyncio.sleep(0)
        assert not last.done()
        broken.set()
        with pytest.raises(KeyError):
            await asyncio.wait_for(last, 30)

    asyncio.run(story())


FILE = "frontend http\n    bind 127.0.0.1:1\n    default_backend web\nbackend web\n    server {0} 127.0.0.1:1\n"


def test_sighup_takes_up_other_files_of_the_same_name_and_their_review(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.cfg").write_text(FILE.format(name))
    (tmp_path / "new" / "poise.toml").write_text('[watch]\nreview = "1d"\n')
    inventory = tmp_path / "fleet.toml"
    inventory.write_text('[load_balancer.lb1]\nconfig = ["old/old.cfg"]\n')
    store, record = tmp_path / "s.db", tmp_path / "recording"

    async def story() -> None:
        watch = Watch(WatchOptions(inventory=str(inventory), record=record, store=store), WatchLines())
        running = asyncio.ensure_future(watch.run())
        async with asyncio.timeout(60):
            while not watch._watching or not watch._watching["lb1"].seen.turns:  # noqa: ASYNC110 - what is waited for are turns
                await asyncio.sleep(0.05)
            before = watch._watching["lb1"]
            inventory.write_text(inventory.read_text().replace("old", "new"))
            await watch._take_up()
            assert watch._watching["lb1"] is before and before._paths == str(tmp_path / "new" / "new.cfg")
            assert watch._reviews._reviews["lb1"].when == timedelta(days=1)
            while "new.cfg" not in json.loads((record / "recording.json").read_text())["configs"]:  # noqa: ASYNC110 - and what they write
                await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.wait([running])

    asyncio.run(story())
    heading = json.loads((record / "recording.json").read_text())
    assert heading["configs"] == ["new.cfg"] and heading["needs"] == "poise.toml"
    assert "server new" in (record / "new.cfg").read_text() and "SIGHUP" in capsys.readouterr().out
