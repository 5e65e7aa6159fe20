"""Two load balancers with the same servers: only the one whose own pool is wrong is blamed, and what they do differently is said."""

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from stack_arithmetic import HEALTHY, Story

from poise.app.look_at_several import look_at_several
from poise.daemon.watched import Watched
from poise.diagnosis.engine import diagnose
from poise.diagnosis.several import Looked, together
from poise.model.diagnosis import Diagnosis
from poise.model.needs import Needs
from poise.model.sample import Component, Stack, Window

sys.path.insert(0, str(Path(__file__).parents[1] / "balancers" / "haproxy"))
from running_haproxy import free_port, running


def beside(first: Window, second: Window) -> Diagnosis:
    return together([Looked("lb1", first, diagnose(first)), Looked("lb2", second, diagnose(second))])


def bare(window: Window, *kinds: str) -> Window:
    """The same servers at addresses, and nothing known of the parts of these kinds, of what is wanted and of before the fault."""
    gone = {c.name for c in window.stack.components if c.kind in kinds}
    parts = tuple(
        Component(c.name, c.kind, f"10.0.0.{c.name[-1]}:80" if c.kind == "server" else c.address)
        for c in window.stack.components
        if c.name not in gone
    )
    stack = Stack(parts, tuple(e for e in window.stack.edges if not gone & set(e)))
    return replace(window, stack=stack, series={k: s for k, s in window.series.items() if k[0] not in gone}, needs=Needs())


def test_the_one_whose_weights_are_wrong_and_not_the_one_beside_it() -> None:
    # app1 errs for both, for it is full: of 55 a second from each load balancer it gets 13.75 and 54.4, and can do 53.
    errs = replace(HEALTHY, rate=55.0, errors=(0.06, 0, 0, 0))
    even, uneven = (Story().run(30, replace(errs, weights=w)) for w in ((100, 100, 100, 100), (100, 1, 1, 1)))
    told = beside(bare(even.window(), "application", "client"), bare(uneven.window(), "application", "client"))
    assert (told.best.fault, told.best.component, told.best.load_balancer) == ("uneven-weights", "pool web", "lb2")
    assert any("app2" in line and "lb2 1" in line for line in told.differences)
    assert any("beside lb1" in e.observable and e.bits > 2 for e in told.best.evidence)


def test_a_server_that_errs_through_one_alone_is_not_what_errs() -> None:
    broken = Story().run(30, HEALTHY).run(15, replace(HEALTHY, errors=(0, 0.7, 0, 0)))
    well = Story().run(45, HEALTHY)
    alone = diagnose(bare(broken.window(), "application"))
    assert alone.best.fault == "server-errors"
    told = beside(bare(well.window(), "application"), bare(broken.window(), "application"))
    by_fault = {h.fault: h for h in told.hypotheses if h.component.startswith("server web/app2")}
    assert any(e.bits == -3.0 and "beside lb1" in e.observable for e in by_fault["server-errors"].evidence)


def test_a_server_that_errs_through_both_is_one_hypothesis() -> None:
    both = [Story(seed=s).run(30, HEALTHY).run(15, replace(HEALTHY, errors=(0, 0.7, 0, 0))) for s in (1, 2)]
    told = beside(*(bare(story.window()) for story in both))
    assert [h.fault for h in told.hypotheses[:2]].count("server-errors") == 1
    assert told.best.fault == "server-errors"
    assert told.differences == ()


@pytest.mark.live
def test_of_two_real_haproxys_the_one_with_the_wrong_weights(tmp_path: Path) -> None:
    async def story() -> Diagnosis:
        async with running(tmp_path, servers=3) as lab:
            second = tmp_path / "second"
            second.mkdir()
            text = lab.config.read_text().replace("weight 1 ", "weight 100 ", 1).replace(str(tmp_path), str(second))
            port = free_port()
            config = second / "haproxy.cfg"
            config.write_text(text.replace(f"bind 127.0.0.1:{lab.port}", f"bind 127.0.0.1:{port}"))
            process = subprocess.Popen([lab.binary, "-db", "-f", str(config)], env={**os.environ, **lab.environment})  # noqa: ASYNC220
            try:
                done = asyncio.Event()

                async def load() -> None:
                    other = replace(lab, port=port)
                    while not done.is_set():
                        try:
                            await asyncio.gather(lab.get(4), other.get(4))
                        except OSError:
                            await asyncio.sleep(0.05)  # the second is still starting

                loading = asyncio.ensure_future(load())
                watched = [Watched(f"lb{i}", (str(place),), Needs(), None, None) for i, place in enumerate((lab.config, config), 1)]
                ticks = await look_at_several(watched, 5.0)
                done.set()
                await loading
            finally:
                process.terminate()
                process.wait()
        return beside(ticks[0].window, ticks[1].window)

    told = asyncio.run(story())
    assert (told.verdict, told.best.fault, told.best.load_balancer) == ("fault", "uneven-weights", "lb2")
    assert any("weight" in line and "app1" in line for line in told.differences)
