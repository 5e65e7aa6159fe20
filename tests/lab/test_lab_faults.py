"""Each fault shows what facts and arithmetic say it must show, and is gone once cleared."""

import asyncio
import json
import socket
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from statistics import median

import pytest
from lab_stage import SMALL, Stage

from poise.lab.error import LabError
from poise.lab.faults import FAULTS, clear, inject
from poise.lab.postgres import connect
from poise.model.fault import LAYERS

pytestmark = pytest.mark.live


@contextmanager
def fault(stage: Stage, name: str, path: str = "lb-servers"):
    stage.lab.plan = replace(SMALL, path=path)

    async def healthy() -> bool:
        now = stage.client()
        return now.get("success_ratio") == 1.0 and now["p99_ms"] < 400 and 40 < now["requests_per_second"] < 110

    assert stage.until(healthy), f"not healthy before {name}: {stage.client()}"
    changes = stage.lab.change_log_path.read_text().count("\n")
    stage.run(inject(stage.lab, name))
    try:
        written = [json.loads(line) for line in stage.lab.change_log_path.read_text().splitlines()[changes:]]
        own = 1 if FAULTS[name].change else 0
        assert 1 + own <= len(written) <= 3 + own
        assert {entry["kind"] for entry in written} == {"change"}
        assert stage.lab.mode in FAULTS[name].modes
        yield written
    finally:
        stage.run(clear(stage.lab, name))


def test_layers_are_those_of_the_contract():
    assert {f.layer for f in FAULTS.values()} <= set(LAYERS)


def test_an_unknown_fault_is_refused_with_those_that_are_known(stage: Stage):
    with pytest.raises(LabError, match="uneven-weights"):
        stage.run(inject(stage.lab, "gremlins"))


def test_none_harms_nobody(stage: Stage):
    with fault(stage, "none"):
        before = stage.run(stage.lab.control("load").call("totals"))

        async def served() -> bool:
            return (await stage.lab.control("load").call("totals"))["requests_total"] > before["requests_total"] + 100

        assert stage.until(served)
        assert stage.run(stage.lab.control("load").call("totals"))["failures_total"] == before["failures_total"]


def test_uneven_weights_overload_one_server_while_all_stay_up(stage: Stage):
    with fault(stage, "uneven-weights") as written:
        assert written[-1]["component"] == "pool web"

        async def slow() -> bool:
            return stage.client()["p50_ms"] > 400

        assert stage.until(slow)
        figures = stage.run(stage.haproxy())
        served = {name: int(figures[name]["stot"]) for name in stage.lab.plan.names}
        # 256 of 258; the worker is new since the reload, so its counters are those of the fault alone.
        assert served["app2"] / sum(served.values()) > 0.95
        assert {figures[name]["status"] for name in stage.lab.plan.names} == {"UP"}


def test_server_maxconn_queues_in_the_load_balancer_while_applications_idle(stage: Stage):
    with fault(stage, "server-maxconn"):

        async def queued() -> bool:
            return int((await stage.haproxy())["BACKEND"]["qcur"]) > 10

        assert stage.until(queued)

        # One request leaves as the next one comes: for a moment the application still counts both, and in few looks of many.
        for name in stage.lab.plan.names:
            looks = [stage.run(stage.application(name))["app_in_flight"] for _ in range(9)]
            assert max(looks) <= 2 and median(looks) <= 1


def test_server_slow_fills_one_server_and_leaves_the_shares_even(stage: Stage):
    with fault(stage, "server-slow"):
        before = stage.run(stage.haproxy())

        async def full() -> bool:
            return (await stage.application("app2"))["app_queue"] > 10

        assert stage.until(full)
        after = stage.run(stage.haproxy())
        served = {name: int(after[name]["lbtot"]) - int(before[name]["lbtot"]) for name in stage.lab.plan.names}
        assert served["app2"] / sum(served.values()) == pytest.approx(1 / 3, abs=0.1)
        assert stage.run(stage.application("app1"))["app_queue"] < 10


def test_database_locked_makes_sessions_wait_for_a_lock(stage: Stage):
    with fault(stage, "database-locked"):
        session = stage.run(connect(stage.lab.addresses.database.direct[1]))

        async def waiting() -> bool:
            return await session.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") >= 4

        assert stage.until(waiting)
        stage.run(session.close())


def test_database_slow_raises_the_server_side_statement_mean(stage: Stage):
    with fault(stage, "database-slow"):
        session = stage.run(connect(stage.lab.addresses.database.direct[1]))
        stage.run(session.execute("SELECT pg_stat_statements_reset()"))
        query = "SELECT mean_exec_time FROM pg_stat_statements WHERE query LIKE 'UPDATE items%' AND calls > 5"

        async def measured() -> float | None:
            return await session.fetchval(query)

        assert (stage.until(measured) or 0) >= SMALL.statement_ms
        assert stage.run(session.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted")) == 0
        stage.run(session.close())


async def _first_byte_ms(address: tuple[str, int], question: bytes) -> float:
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection(*address)
    writer.write(question)
    await reader.read(1)
    writer.close()
    return (time.perf_counter() - began) * 1000.0


_HEALTHZ = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
_SSL_REQUEST = bytes.fromhex("0000000804d2162f")


def test_network_delay_shows_in_the_first_byte_on_the_path_only(stage: Stage):
    server = stage.lab.addresses.servers[0]
    with fault(stage, "network-delay"):
        assert stage.run(_first_byte_ms(server.path, _HEALTHZ)) >= SMALL.delay_ms
        assert stage.run(_first_byte_ms(server.direct, _HEALTHZ)) < SMALL.delay_ms


def test_network_delay_to_the_database_shows_in_the_answer_to_ssl_request(stage: Stage):
    database = stage.lab.addresses.database
    with fault(stage, "network-delay", "servers-database"):
        assert stage.run(_first_byte_ms(database.path, _SSL_REQUEST)) >= SMALL.delay_ms
        assert stage.run(_first_byte_ms(database.direct, _SSL_REQUEST)) < SMALL.delay_ms


def test_network_loss_makes_new_connections_send_their_syn_again(stage: Stage):
    async def connect_seconds(address: tuple[str, int]) -> float:
        began = time.perf_counter()
        with socket.socket() as fresh:
            fresh.setblocking(False)
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.get_running_loop().sock_connect(fresh, address), 2.0)
        return time.perf_counter() - began

    server = stage.lab.addresses.servers[0]
    with fault(stage, "network-loss"):

        async def retransmitted() -> bool:
            # Linux repeats a SYN after 1 s.
            return await connect_seconds(server.path) > 0.9

        assert stage.until(retransmitted)
        assert stage.run(connect_seconds(server.direct)) < 0.5


def test_surge_multiplies_the_first_attempts(stage: Stage):
    with fault(stage, "surge"):

        async def surged() -> bool:
            return stage.client()["requests_per_second"] > 2.5 * SMALL.rate

        assert stage.until(surged)
