"""A `listen` section of the real HAProxy is a listener and a pool of one name: both are watched, judged and recorded."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from running_haproxy import TinyServer, free_port, running

from poise.balancers.haproxy.runtime_api import command
from poise.daemon.recorder import Recorder
from poise.daemon.watcher import Tick, Watcher
from poise.detectors import limits_near
from poise.diagnosis.engine import diagnose
from poise.diagnosis.recording import read
from poise.faults import listener_maxconn
from poise.model.alert import InOrder
from poise.model.diagnosis import Hypothesis
from poise.model.needs import Needs
from poise.model.sample import Window


@pytest.mark.live
@pytest.mark.binary
def test_its_pool_and_its_listener_are_two_parts(tmp_path: Path) -> None:
    async def story() -> None:
        servers = [TinyServer(free_port()) for _ in range(4)]
        for one in servers:
            one.server = await asyncio.start_server(one.serve, "127.0.0.1", one.port)
        port = free_port()
        named = "\n".join(f"    server app{i} 127.0.0.1:{one.port} weight 1" for i, one in enumerate(servers, 1))
        section = f"listen shop\n    bind 127.0.0.1:{port}\n    maxconn 50\n    balance roundrobin\n{named}"
        async with running(tmp_path, servers=1, more=section) as lab:
            watcher = Watcher([str(lab.config)], Needs())
            recorder = Recorder(tmp_path / "recording", lab.config, None)
            lab.port = port
            now = datetime.now(UTC) - timedelta(minutes=2)

            async def turn() -> Tick:
                nonlocal now
                assert set(await lab.get(12)) == {200}
                now += timedelta(seconds=1)
                tick = await watcher.tick(now)
                recorder.record(tick)
                return tick

            try:
                before = [await turn() for _ in range(20)][-1].window
                are_two_parts(before)
                assert (before.get("shop listener", "requests_total").last(), before.get("shop", "requests_total").last()) == (240, 240)
                await command(lab.topology.control_sockets[0].address, "set server shop/app1 weight 250")
                after = [await turn() for _ in range(20)]
                fired = [e.alert.verdict.component for t in after for e in t.effects if e.fired]
                assert "pool shop" in fired, fired
                has_its_pool_blamed(after[-1].window)
            finally:
                await watcher.close()
                recorder.close()
        for one in servers:
            assert one.server is not None
            one.server.close()

    asyncio.run(story())
    files = {path.name: path.read_text() for path in (tmp_path / "recording").iterdir() if path.is_file()}
    recorded = read(files)
    are_two_parts(recorded)
    has_its_pool_blamed(recorded)


def are_two_parts(window: Window) -> None:
    kinds = {c.name: c.kind for c in window.stack.components}
    assert (kinds["shop"], kinds["shop listener"], kinds["shop/app1"]) == ("pool", "listener", "server")
    assert {("lb1", "shop listener"), ("lb1", "shop"), ("shop listener", "shop"), ("shop", "shop/app1")} <= set(window.stack.edges)
    assert window.get("shop listener", "session_limit").last() == 50
    assert window.get("shop listener", "accept_queue").last() == 0
    assert len(window.get("shop", "queue").values) and not len(window.get("shop", "sessions").values)
    # The contract's words for it are those of any other listener.
    judged = told(list(limits_near.judge(window, window.now)))
    assert "listener shop" in judged and "listener shop listener" not in judged
    hypothesis = Hypothesis("listener-maxconn", "load-balancer", "listener shop", (), 5.0)
    plan = listener_maxconn.plan(hypothesis, window)
    assert [step.command for step in plan.steps if step.where == "runtime"] == ["set maxconn frontend shop 200"]
    assert any(step.where == "file" for step in plan.steps)


def told(answers: Sequence[object]) -> set[str]:
    return {name for answer in answers if isinstance(answer, InOrder) for name in answer.places}


def has_its_pool_blamed(window: Window) -> None:
    diagnosis = diagnose(window)
    leading = diagnosis.hypotheses[0]
    assert (diagnosis.verdict, leading.layer, leading.component) == ("fault", "load-balancer", "pool shop"), diagnosis.hypotheses[:3]
