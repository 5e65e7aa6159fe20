"""Steps of a plan against the real HAProxy: each is done, seen from outside, and undone."""

import asyncio
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from running_haproxy import Running, running

from poise.balancers.haproxy.control import Control, StepResult, apply, inverse, undo
from poise.balancers.haproxy.scrape import Scraper
from poise.model.plan import Edit, Step

NOW = datetime(2026, 11, 22, tzinfo=UTC)


async def figure(lab: Running, component: str, metric: str) -> float:
    found = await Scraper(lab.topology).scrape(NOW)
    return found.figures()[component, metric]


def control(lab: Running, master: bool = True) -> Control:
    bound = timedelta(seconds=8)
    return Control((str(lab.config),), lab.binary, lab.environment, lab.master if master else None, bound=bound)


def edit_of(lab: Running, old: str, new: str) -> Edit:
    start = lab.config.read_bytes().index(old.encode())
    return Edit(str(lab.config), start, start + len(old.encode()), old, new)


def left_behind(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.suffix == ".cfg")


@pytest.mark.live
@pytest.mark.binary
def test_a_weight_is_set_and_undone_at_run_time(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as lab:
            step = Step("raise app1", "runtime", "set server web/app1 weight 50", "set server web/app1 weight 1")
            assert await apply(step, lab.topology, control(lab)) == StepResult(True)
            assert await figure(lab, "web/app1", "weight") == 50
            assert (await undo(step, lab.topology, control(lab))).ok
            assert await figure(lab, "web/app1", "weight") == 1
            typed = replace(
                step, command='echo "set server web/app1 weight 7; set server web/app2 weight 8" | socat stdio /run/haproxy.sock'
            )
            assert (await apply(typed, lab.topology, control(lab))).ok
            assert (await figure(lab, "web/app1", "weight"), await figure(lab, "web/app2", "weight")) == (7, 8)

    asyncio.run(story())


@pytest.mark.live
@pytest.mark.binary
@pytest.mark.parametrize("text", ["set server web/app9 weight 5", "set server web/app1 weight 300", "do what I mean"])
def test_what_haproxy_refuses_is_a_result_and_no_exception(tmp_path: Path, text: str) -> None:
    async def story() -> None:
        async with running(tmp_path) as lab:
            done = await apply(Step("no", "runtime", text, ""), lab.topology, control(lab))
            assert not done.ok and done.could_not is not None and text in done.could_not.reason

    asyncio.run(story())


@pytest.mark.live
@pytest.mark.binary
def test_a_socket_that_may_only_look_changes_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, level="user") as lab:
            step = Step("no", "runtime", "set server web/app1 weight 5", "")
            assert "level admin" in str((await apply(step, lab.topology, control(lab))).could_not)
            # A file that claims more than the process grants: HAProxy's own refusal is passed on.
            claimed = replace(lab.topology, control_sockets=(replace(lab.topology.control_sockets[0], level="admin"),))
            assert "Permission denied" in str((await apply(step, claimed, control(lab))).could_not)

    asyncio.run(story())


@pytest.mark.live
@pytest.mark.binary
@pytest.mark.parametrize("master", [True, False], ids=["master socket", "SIGUSR2"])
def test_a_file_is_edited_reloaded_and_both_are_undone(tmp_path: Path, master: bool) -> None:
    async def story() -> None:
        async with running(tmp_path) as lab:
            before = lab.config.read_bytes()
            lab.config.chmod(0o640)
            server = f"{lab.servers[0].port} weight 1 "
            write = Step("write", "file", "edit", "edit", (edit_of(lab, server, server.replace("weight 1", "weight 150")),))
            load = Step("reload", "reload", "systemctl reload haproxy", "systemctl reload haproxy")
            assert (await apply(write, lab.topology, control(lab, master))).ok
            assert stat.S_IMODE(lab.config.stat().st_mode) == 0o640
            assert await figure(lab, "web/app1", "weight") == 1
            pid = await figure(lab, "lb1", "pid")
            assert (await apply(load, lab.topology, control(lab, master))).ok
            assert await figure(lab, "lb1", "pid") != pid
            assert await figure(lab, "web/app1", "weight") == 150
            assert (await undo(write, lab.topology, control(lab, master))).ok
            assert lab.config.read_bytes() == before
            assert (await undo(load, lab.topology, control(lab, master))).ok
            assert await figure(lab, "web/app1", "weight") == 1
            assert left_behind(tmp_path) == ["haproxy.cfg"]

    asyncio.run(story())


@pytest.mark.live
@pytest.mark.binary
def test_a_text_that_haproxy_rejects_never_replaces_the_file(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as lab:
            before = lab.config.read_bytes()
            done = await apply(
                Step("w", "file", "", "", (edit_of(lab, "balance roundrobin", "balance fairly"),)), lab.topology, control(lab)
            )
            assert not done.ok and "rejects the new text" in str(done.could_not)
            moved = replace(edit_of(lab, "balance roundrobin", "balance leastconn"), old="balance something")
            done = await apply(Step("w", "file", "", "", (moved,)), lab.topology, control(lab))
            assert not done.ok and "changed since it was read" in str(done.could_not)
            nowhere = replace(control(lab), haproxy="/nowhere/haproxy")
            done = await apply(Step("w", "file", "", "", (edit_of(lab, "roundrobin", "leastconn"),)), lab.topology, nowhere)
            assert not done.ok and "not found" in str(done.could_not)
            assert lab.config.read_bytes() == before
            assert left_behind(tmp_path) == ["haproxy.cfg"]

    asyncio.run(story())


@pytest.mark.live
@pytest.mark.binary
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as lab:
            link = tmp_path / "link.cfg"
            link.symlink_to(lab.config)
            one = replace(edit_of(lab, "roundrobin", "leastconn"), file=str(link))
            assert (await apply(Step("w", "file", "", "", (one,)), lab.topology, control(lab))).ok
            assert link.is_symlink() and "leastconn" in lab.config.read_text()

    asyncio.run(story())


@pytest.mark.live
@pytest.mark.binary
def test_a_reload_that_cannot_be_asked_for_says_so(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as lab:
            load = Step("reload", "reload", "systemctl reload haproxy", "")
            stale = tmp_path / "stale.pid"
            stale.write_text(f"{2**22 + 1}\n")
            alone = Control((str(lab.config),), lab.binary, lab.environment)
            assert "stale pid file" in str((await apply(load, lab.topology, replace(alone, pid_file=str(stale)))).could_not)
            assert "reload it yourself" in str((await apply(load, replace(lab.topology, pid_file=None), alone)).could_not)
            broken = lab.config.read_text()
            lab.config.write_text(broken.replace("balance roundrobin", "balance fairly"))
            short = replace(control(lab), bound=timedelta(seconds=2))
            done = await apply(load, lab.topology, short)
            assert not done.ok
            assert await lab.get(1) == [200]
            lab.config.write_text(broken)

    asyncio.run(story())


def test_edits_turned_round_restore_the_text() -> None:
    text = b"weight 256 and weight 1 and \xc3\xa4 weight 1"
    edits = (Edit("f", 7, 10, "256", "100"), Edit("f", 22, 23, "1", "100"), Edit("f", 38, 39, "1", "100"))
    new = text
    for edit in sorted(edits, key=lambda e: -e.start):
        new = new[: edit.start] + edit.new.encode() + new[edit.end :]
    back = new
    for edit in sorted(inverse(edits), key=lambda e: -e.start):
        assert back[edit.start : edit.end] == edit.old.encode()
        back = back[: edit.start] + edit.new.encode() + back[edit.end :]
    assert back == text
