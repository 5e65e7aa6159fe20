"""What must not be done: signal a process that is no master, write half of a step, write twice, take an old worker for a new one."""

import asyncio
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from running_haproxy import Running, running

from poise.balancers.haproxy import rewrite
from poise.balancers.haproxy.control import Control, apply, cannot_persist
from poise.balancers.haproxy.edit import apply as edited
from poise.balancers.haproxy.edit import set_numbers
from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.scrape import Scraper
from poise.balancers.haproxy.syntax import parse
from poise.model.plan import Edit, Step
from poise.model.topology import Topology

NOW = datetime(2026, 11, 22, tzinfo=UTC)
RELOAD = Step("reload", "reload", "systemctl reload haproxy", "systemctl reload haproxy")


def control_of(lab: Running) -> Control:
    nowhere = str(lab.folder / "nowhere")
    return Control(
        (str(lab.config),),
        lab.binary,
        lab.environment,
        bound=timedelta(seconds=8),
        usual_master_socket=nowhere,
        usual_pid_file=nowhere,
    )


async def figure(lab: Running, component: str, metric: str) -> float:
    found = await Scraper(lab.topology).scrape(NOW)
    return found.figures()[component, metric]


@pytest.mark.live
@pytest.mark.binary
def test_only_the_master_of_the_answering_worker_is_signalled(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as lab:
            pid_file = tmp_path / "other.pid"
            control = replace(control_of(lab), pid_file=str(pid_file))
            worker = int(await figure(lab, "lb1", "pid"))
            for text, says in {
                "0\n": "no process id",
                "1\n": "no process id",
                "-5": "no process id",
                "": "no process id",
                f"{os.getpid()}\n": "not haproxy",
                f"{worker}\n": "not the master",
            }.items():
                pid_file.write_text(text)
                done = await apply(RELOAD, lab.topology, control)
                assert not done.ok and says in str(done.could_not), text
                assert says in str(await cannot_persist((RELOAD,), lab.topology, control))
            assert int(await figure(lab, "lb1", "pid")) == worker
            assert lab.process.poll() is None

    asyncio.run(story())


@pytest.mark.live
@pytest.mark.binary
def test_the_usual_master_is_found_if_it_is_the_one(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as lab:
            bare = replace(lab.topology, pid_file=None)
            assert "reload it yourself" in str(await cannot_persist((RELOAD,), bare, control_of(lab)))
            by_socket = replace(control_of(lab), usual_master_socket=lab.master)
            by_pid = replace(control_of(lab), usual_pid_file=str(tmp_path / "haproxy.pid"))
            for control in (by_socket, by_pid):
                before = await figure(lab, "lb1", "pid")
                assert await cannot_persist((RELOAD,), bare, control) is None
                assert (await apply(RELOAD, bare, control)).ok
                assert await figure(lab, "lb1", "pid") != before

    asyncio.run(story())


@pytest.mark.live
@pytest.mark.binary
def test_without_an_answering_worker_nothing_is_reloaded(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as lab:
            before = await figure(lab, "lb1", "pid")
            silent = replace(lab.topology, control_sockets=(replace(lab.topology.control_sockets[0], address=str(tmp_path / "no.sock")),))
            done = await apply(RELOAD, silent, replace(control_of(lab), master_socket=lab.master))
            assert not done.ok and "nothing was reloaded" in str(done.could_not)
            assert await figure(lab, "lb1", "pid") == before

    asyncio.run(story())


@pytest.mark.live
@pytest.mark.binary
def test_a_step_refused_halfway_takes_back_what_ran(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as lab:
            step = Step(
                "two",
                "runtime",
                "set server web/app1 weight 50; set server web/app9 weight 50",
                "set server web/app1 weight 1; set server web/app9 weight 1",
            )
            done = await apply(step, lab.topology, control_of(lab))
            assert not done.ok and "web/app9" in str(done.could_not)
            assert await figure(lab, "web/app1", "weight") == 1

    asyncio.run(story())


@pytest.mark.live
@pytest.mark.binary
@pytest.mark.parametrize("balance", ["static-rr", "source"])
def test_haproxy_refuses_weights_of_static_algorithms(tmp_path: Path, balance: str) -> None:
    """The reason for plans without runtime steps."""

    async def story() -> None:
        async with running(tmp_path, extra=f"balance {balance}") as lab:
            done = await apply(Step("w", "runtime", "set server web/app1 weight 50", ""), lab.topology, control_of(lab))
            assert "static LB algorithm" in str(done.could_not)

    asyncio.run(story())


@pytest.mark.live
@pytest.mark.binary
def test_a_shared_line_is_edited_once_in_the_running_file(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, extra="default-server maxconn 10") as lab:
            old = lab.config.read_text()
            edits = set_numbers(lower([parse(old, str(lab.config))]), "web", "maxconn", {"app1": 100, "app2": 100})
            assert (await apply(Step("w", "file", "", "", edits), lab.topology, control_of(lab))).ok
            assert lab.config.read_text() == old.replace("maxconn 10", "maxconn 100")
            twice = (Edit(str(lab.config), 0, 6, "global", "global "),) * 2
            done = await apply(Step("w", "file", "", "", twice), lab.topology, control_of(lab))
            assert not done.ok and "overlap" in str(done.could_not)

    asyncio.run(story())


def read(file: Path) -> Topology:
    return lower([parse(file.read_text(), str(file))])


def two_files(folder: Path) -> tuple[Path, Path, Step]:
    a, b = folder / "a.cfg", folder / "b.cfg"
    a.write_text("one\n")
    b.write_text("two\n")
    return a, b, Step("w", "file", "", "", (Edit(str(a), 0, 3, "one", "1"), Edit(str(b), 0, 3, "two", "2")))


def test_an_error_behind_the_first_rename_puts_it_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b, step = two_files(tmp_path)
    turn = iter((None, OSError(5, "Input/output error")))

    def sync(_: Path) -> None:
        error = next(turn)
        if error is not None:
            raise error

    monkeypatch.setattr(rewrite, "_sync_folder", sync)
    done = asyncio.run(apply(step, Topology("haproxy", str(a)), Control(haproxy="true")))
    assert not done.ok and "every file is as it was" in str(done.could_not)
    assert (a.read_text(), b.read_text()) == ("one\n", "two\n")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.cfg", "b.cfg"]


def test_no_temporary_stays_where_the_disk_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b, step = two_files(tmp_path)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(rewrite.os, "fsync", full)
    done = asyncio.run(apply(step, Topology("haproxy", str(a)), Control(haproxy="true")))
    assert "No space left" in str(done.could_not)
    assert (a.read_text(), b.read_text()) == ("one\n", "two\n")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.cfg", "b.cfg"]


def test_an_insertion_into_a_changed_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "haproxy.cfg"
    text = "backend web\n    server a 127.0.0.1:1 check\n"
    file.write_text(text)
    step = Step("w", "file", "", "", set_numbers(read(file), "web", "weight", {"a": 5}))
    file.write_text("# a line above\n" + text)
    done = asyncio.run(apply(step, read(file), Control(haproxy="true")))
    assert not done.ok and "changed since it was read" in str(done.could_not)
    assert file.read_text() == "# a line above\n" + text
    file.write_text(text)
    assert asyncio.run(apply(step, read(file), Control(haproxy="true"))).ok
    assert file.read_text() == edited(text, step.edits) == text.replace(":1 check", ":1 weight 5 check")


def test_what_cannot_be_written_is_known_beforehand(tmp_path: Path) -> None:
    file = tmp_path / "haproxy.cfg"
    file.write_text("x")
    step = Step("w", "file", "", "", (Edit(str(file), 0, 1, "x", "y"),))
    topology = Topology("haproxy", str(file))
    assert asyncio.run(cannot_persist((step,), topology, Control(haproxy="true"))) is None
    assert "not found" in str(asyncio.run(cannot_persist((step,), topology, Control(haproxy="/nowhere/haproxy"))))
    gone = replace(step, edits=(replace(step.edits[0], file=str(tmp_path / "gone.cfg")),))
    assert "No such file" in str(asyncio.run(cannot_persist((gone,), topology, Control(haproxy="true"))))
