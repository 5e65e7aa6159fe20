"""The faults beyond the demo's stories: each shows on the real stack what facts and the products' manuals say, and is gone once cleared."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.error import HTTPError
from urllib.request import urlopen

import asyncpg
import pytest
from lab_stage import SMALL, Stage

from poise.lab.dns_server import DnsServer, answer
from poise.lab.faults import FAULTS
from poise.lab.plan import LabPlan
from poise.lab.postgres import connect

# Every fault on real stacks takes half a minute: `make conformance` runs them.
pytestmark = [pytest.mark.live, pytest.mark.long]
HOT = SMALL.names[SMALL.hot]


@contextmanager
def made(stage: Stage, name: str, plan: LabPlan = SMALL) -> Iterator[None]:
    """Without the harmless changes, and straight after another: only its own mark is looked for."""
    stage.lab.plan = plan
    stage.run(FAULTS[name].inject(stage.lab))
    try:
        yield
    finally:
        stage.run(FAULTS[name].clear(stage.lab))
        stage.lab.plan = SMALL


def status_of(address: tuple[str, int]) -> int | None:
    """What one fresh request there is answered; None where the connection is refused."""
    try:
        with urlopen(f"http://{address[0]}:{address[1]}/", timeout=5) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code
    except OSError:
        return None


def test_pinned_leaves_one_server_in_service(stage: Stage) -> None:
    for variant in ("socket", "file"):
        with made(stage, "traffic-pinned", SMALL.with_variant("traffic-pinned", variant)):
            figures = stage.run(stage.haproxy())
            states = {name: figures[name]["status"].split()[0] for name in SMALL.names}
            assert states == {name: "UP" if name == HOT else "MAINT" for name in SMALL.names}


def test_by_source_all_go_to_one(stage: Stage) -> None:
    with made(stage, "source-hash"):

        async def sent() -> list[int]:
            found = await stage.haproxy()
            counts = sorted(int(found[name]["stot"]) for name in SMALL.names)
            return counts if sum(counts) > 30 else []

        # The worker is new since the reload, so its counters are those of the fault alone.
        assert stage.until(sent)[:-1] == [0, 0]


def test_a_short_server_timeout_answers_504_while_applications_work(stage: Stage) -> None:
    with made(stage, "server-timeout", SMALL.with_variant("server-timeout", "0.3")):

        async def failed() -> bool:
            return int((await stage.haproxy())["BACKEND"]["hrsp_5xx"]) > 5

        assert stage.until(failed)
        assert status_of(stage.lab.addresses.servers[0].direct) == 200


@pytest.mark.parametrize(("variant", "said"), [("port", "L4CON"), ("page", "L7STS")])
def test_a_wrong_check_fails_at_the_connection_or_at_the_answer(stage: Stage, variant: str, said: str) -> None:
    with made(stage, "wrong-health-check", SMALL.with_variant("wrong-health-check", variant)):

        async def refused() -> bool:
            figures = await stage.haproxy()
            return all(figures[name]["check_status"].lstrip("* ") == said for name in SMALL.names)

        assert stage.until(refused)
        assert status_of(stage.lab.addresses.servers[0].direct) == 200


def test_a_dead_server_refuses_and_comes_back(stage: Stage) -> None:
    hot = stage.lab.addresses.servers[SMALL.hot]
    with made(stage, "server-unchecked"):
        assert status_of(hot.direct) is None

    async def back() -> bool:
        return await asyncio.to_thread(status_of, hot.direct) == 200

    assert stage.until(back)


def test_a_stale_address_refuses_while_the_server_is_well_at_its_new_one(stage: Stage) -> None:
    hot = stage.lab.addresses.servers[SMALL.hot]
    with made(stage, "stale-backend"):
        assert status_of(hot.path) is None
        assert status_of(hot.direct) == 200
    assert status_of(hot.path) == 200


def test_one_server_errs(stage: Stage) -> None:
    with made(stage, "server-errors", SMALL.with_variant("server-errors", "fail 1.0")):
        assert [status_of(server.direct) for server in stage.lab.addresses.servers] == [200, 500, 200]


def test_a_leak_leaves_no_connection_to_the_database(stage: Stage) -> None:
    with made(stage, "server-errors", SMALL.with_variant("server-errors", "leak 1.0")):

        async def failing() -> bool:
            return (await stage.application(HOT))["app_database_errors_total"] > 0

        assert stage.until(failing)
    assert status_of(stage.lab.addresses.servers[SMALL.hot].direct) == 200


def test_a_small_pool_holds_few_sessions(stage: Stage) -> None:
    session = stage.run(connect(stage.lab.addresses.database.direct[1]))
    counted = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1"
    with made(stage, "connection-pool"):

        async def few() -> bool:
            # 70/s of 40 ms on 3 servers need 0.93 connections each; half of that is none, and one is the least.
            return await session.fetchval(counted, HOT) == 1

        assert stage.until(few)
    stage.run(session.close())


def test_connections_of_the_database_run_out_but_for_those_of_administrators(stage: Stage) -> None:
    port = stage.lab.addresses.database.direct[1]
    with made(stage, "database-connections"):
        with pytest.raises(asyncpg.TooManyConnectionsError):
            stage.run(connect(port, user="app"))
        session = stage.run(connect(port))
        assert stage.run(session.fetchval("SELECT 1")) == 1
        stage.run(session.close())

    async def again() -> bool:
        return await asyncio.to_thread(status_of, stage.lab.addresses.servers[0].direct) == 200

    assert stage.until(again)


def test_all_servers_slow(stage: Stage) -> None:
    with made(stage, "servers-slow-all", replace(SMALL, slow_factor=10.0)):

        async def full() -> bool:
            return all([(await stage.application(name))["app_queue"] > 3 for name in SMALL.names])

        assert stage.until(full)


def test_a_limited_listener_is_at_its_limit(stage: Stage) -> None:
    with made(stage, "listener-maxconn"):

        async def limited() -> bool:
            row = (await stage.haproxy("http"))["FRONTEND"]
            return row["scur"] == row["slim"] == "1"

        # 0.65 × 70/s × 40 ms = 1.8 connections.
        assert stage.until(limited)


def test_a_load_balancer_that_is_down_refuses(stage: Stage) -> None:
    with made(stage, "load-balancer-down"):
        assert status_of(stage.lab.addresses.client) is None

    async def back() -> bool:
        return await asyncio.to_thread(status_of, stage.lab.addresses.client) == 200

    assert stage.until(back)


def test_the_name_server_answers_as_the_standard_wants() -> None:
    # RFC 1035: id 0x1234, recursion desired, one question: app.lab, type A, class IN.
    question = bytes.fromhex("03617070036c61620000010001")
    query = bytes.fromhex("123401000001000000000000") + question
    said = answer(query, "192.0.2.7")
    assert said is not None
    assert said[:12] == bytes.fromhex("123485800001000100000000")
    assert said[12:] == question + bytes.fromhex("c00c00010001000000010004c0000207")
    # Type AAAA: the name is there, such a record is not.
    of_six = answer(query[:-4] + bytes.fromhex("001c0001"), "192.0.2.7")
    assert of_six is not None
    assert of_six[6:8] == b"\0\0"
    assert answer(b"short", "192.0.2.7") is None


def test_the_name_server_says_what_it_was_told_last() -> None:
    async def said() -> list[str]:
        loop = asyncio.get_running_loop()
        server = DnsServer("192.0.2.7")
        transport, _ = await loop.create_datagram_endpoint(lambda: server, local_addr=("127.0.0.1", 0))
        query = bytes.fromhex("12340100000100000000000003617070036c61620000010001")
        found = []
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.setblocking(False)
            asking.connect(transport.get_extra_info("sockname"))
            for address in ("192.0.2.7", "192.0.2.8"):
                server.address(address)
                await loop.sock_sendall(asking, query)
                found.append(socket.inet_ntoa((await asyncio.wait_for(loop.sock_recv(asking, 512), 10))[-4:]))
        transport.close()
        return found

    assert asyncio.run(said()) == ["192.0.2.7", "192.0.2.8"]
