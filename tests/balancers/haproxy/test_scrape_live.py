"""The scraper against the real HAProxy."""

import asyncio
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from running_haproxy import free_port, running

from poise.balancers import accept_queue
from poise.balancers.haproxy.runtime_api import RuntimeApiError, command
from poise.balancers.haproxy.scrape import Scrape, Scraper
from poise.model.control import ControlSocket
from poise.model.location import Location
from poise.model.topology import Topology

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def values(scrape: Scrape) -> dict[tuple[str, str], float]:
    return scrape.figures()


@pytest.mark.live
@pytest.mark.binary
def test_what_the_running_load_balancer_says(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, servers=2) as lab:
            scraper = Scraper(lab.topology)
            assert await lab.get(10) == [200] * 10
            seen = values(await scraper.scrape(NOW))
            assert {(n, seen[f"web/{n}", "requests_total"]) for n in ("app1", "app2")} == {("app1", 5.0), ("app2", 5.0)}
            assert [s.requests for s in lab.servers] == [5, 5]
            assert seen["http", "requests_total"] == 10 and seen["web", "servers_up"] == 2
            assert seen["web/app1", "weight"] == seen["web/app1", "file_weight"] == seen["web/app1", "loaded_weight"] == 1
            socket_path = lab.topology.control_sockets[0].address
            await command(socket_path, "set server web/app1 weight 200; set server web/app2 state maint")
            seen = values(await scraper.scrape(NOW))
            assert (seen["web/app1", "weight"], seen["web/app1", "file_weight"], seen["web/app1", "loaded_weight"]) == (200, 1, 1)
            assert (seen["web/app2", "maintenance"], seen["web/app2", "up"], seen["web", "servers_up"]) == (1, 0, 1)
            await command(socket_path, "set server web/app2 state drain")
            seen = values(await scraper.scrape(NOW))
            assert (seen["web/app2", "drain"], seen["web/app2", "maintenance"]) == (1, 0)
            await command(socket_path, "set server web/app1 addr 127.0.0.77")
            moved = await scraper.scrape(NOW)
            assert [(e.kind, e.component) for e in moved.events] == [("change", "pool web")]
            assert "app1 127.0.0.1 → 127.0.0.77" in moved.events[0].text
            seen = values(moved)
            assert [seen[f"web/{n}", "address_moves_total"] for n in ("app1", "app2")] == [1, 0]
            again = await scraper.scrape(NOW)
            assert not again.events and values(again)["web/app1", "address_moves_total"] == 1
            assert all(s.at == NOW for s in (*again.samples, *again.blocks))

    asyncio.run(story())


@pytest.mark.live
@pytest.mark.binary
def test_sockets_that_do_not_answer_say_what_would_help(tmp_path: Path) -> None:
    here = Location("haproxy.cfg", 1, 1)

    async def reason(address: str) -> str:
        topology = Topology("haproxy", "haproxy.cfg", control_sockets=(ControlSocket(address, "admin", here),))
        found = await Scraper(topology, timeout=timedelta(milliseconds=200)).scrape(NOW)
        assert not found.figures()
        return found.could_not[0].reason

    async def story() -> None:
        assert "does not exist" in await reason(str(tmp_path / "nothing.sock"))
        assert "connection refused" in await reason(f"127.0.0.1:{free_port()}")
        silent = await asyncio.start_server(lambda r, w: asyncio.sleep(60), "127.0.0.1", free_port())
        assert "within 0.2 s" in await reason("127.0.0.1:%d" % silent.sockets[0].getsockname()[1])  # noqa: UP031
        silent.close()
        assert "cannot be reached" in await reason("abns@name")
        left = socket.socket(socket.AF_UNIX)
        left.bind(str(tmp_path / "left.sock"))
        left.close()
        assert "leaves its socket file behind" in await reason(str(tmp_path / "left.sock"))
        bare = await Scraper(Topology("haproxy", "haproxy.cfg")).scrape(NOW)
        assert "stats socket" in bare.could_not[0].reason

    asyncio.run(story())


@pytest.mark.live
@pytest.mark.binary
def test_the_master_socket_answers_and_closes(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as lab:
            assert "worker" in await command(lab.master, "show proc")

    asyncio.run(story())


@pytest.mark.live
@pytest.mark.binary
def test_a_server_that_is_only_in_the_file_is_told(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as lab:
            pool = lab.topology.pools[0]
            from dataclasses import replace

            more = replace(pool, servers=(*pool.servers, replace(pool.servers[0], name="app9")))
            found = await Scraper(replace(lab.topology, pools=(more,))).scrape(NOW)
            assert [c.what for c in found.could_not] == ["server web/app9"]

    asyncio.run(story())


@pytest.mark.live
@pytest.mark.binary
def test_connections_that_wait_in_the_kernel_are_counted() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", free_port()))
        listening.listen(16)
        host, port = listening.getsockname()
        assert accept_queue.waiting([f"{host}:{port}"]) == 0
        clients = [socket.create_connection((host, port)) for _ in range(5)]
        assert accept_queue.waiting([f"*:{port}"]) == 5
        for client in clients:
            client.close()
    assert accept_queue.waiting([f"{host}:{port}", "/run/some.sock"]) is None


def test_a_socket_error_is_a_value() -> None:
    with pytest.raises(RuntimeApiError) as caught:
        asyncio.run(command("127.0.0.1:nothing", "show info"))
    assert caught.value.could_not.what == "127.0.0.1:nothing"
