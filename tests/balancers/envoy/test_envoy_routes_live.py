"""Which part of the requests each cluster gets, against the real Envoy: every case is a path with routes of its own."""

import asyncio
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from math import sqrt
from pathlib import Path

import pytest
from running_envoy import AHEAD, HEAD, ROUTER, Case, _Servers, listens, send

from poise.balancers.envoy.route_shares import route_shares
from poise.lab.binaries import Envoy, find_envoy
from poise.model.forecast import RouteShare
from poise.reading.read_envoy import topologies

pytestmark = [pytest.mark.live, pytest.mark.binary]

REQUESTS = 4000


def fraction(number: int, size: str = "HUNDRED", key: str = "") -> str:
    runtime = f"runtime_key: {key}, " if key else ""
    return f", runtime_fraction: {{{runtime}default_value: {{numerator: {number}, denominator: {size}}}}}"


def weights(**clusters: int) -> str:
    return f"weighted_clusters: {{clusters: [{', '.join(f'{{name: {name}, weight: {weight}}}' for name, weight in clusters.items())}]}}"


def mirror(number: int) -> str:
    percent = f"runtime_fraction: {{default_value: {{numerator: {number}}}}}"
    return f"request_mirror_policies: [{{cluster: d, {percent}}}]"


# Each route: what stands behind its prefix in the match, and its action.
CASES: Mapping[str, Sequence[tuple[str, str]]] = {
    "weights": [("", weights(a=3, b=1, c=6))],
    "weights-of-percents": [("", weights(a=90, b=10))],
    "total-is-ignored": [("", weights(a=50, b=10).replace("weighted_clusters: {", "weighted_clusters: {total_weight: 100, "))],
    "weight-0": [("", weights(a=0, b=1))],
    "fraction": [(fraction(10), "cluster: a"), ("", "cluster: b")],
    "fractions-of-one-draw": [(fraction(10), "cluster: a"), (fraction(20), "cluster: b"), ("", "cluster: c")],
    "fractions-of-two-sizes": [(fraction(50), "cluster: a"), (fraction(7500, "TEN_THOUSAND"), "cluster: b"), ("", "cluster: c")],
    "millionths": [(fraction(250_000, "MILLION"), "cluster: a"), ("", "cluster: b")],
    "fraction-before-weights": [(fraction(50), "cluster: a"), ("", weights(b=50, c=50))],
    "fraction-before-odd-weights": [(fraction(30), "cluster: a"), ("", weights(b=1, c=2))],
    "fraction-above-all": [(fraction(150), "cluster: a"), ("", "cluster: b")],
    "key-without-runtime": [(fraction(25, key="routing.canary"), "cluster: a"), ("", "cluster: b")],
    "mirror": [("", f"cluster: a, {mirror(30)}")],
    "mirror-of-a-part": [(fraction(50), f"cluster: a, {mirror(10)}"), ("", f"cluster: b, {mirror(60)}")],
    "mirror-of-weights": [("", f"{weights(a=1, b=1)}, {mirror(20)}")],
    "nobody": [(fraction(40), "cluster: a")],
}


def configuration(ports: Mapping[str, int], socket: str) -> str:
    """One virtual host with the routes of all cases, and clusters a to d of one server each."""
    lines = (
        f"                        - {{match: {{prefix: /{name}/{match}}}, route: {{{action}}}}}"
        for name, routes in CASES.items()
        for match, action in routes
    )
    clusters = "".join(Case("", (f"lb_endpoints: [{{<{name}>}}]",)).cluster(name, ports) for name in ports)
    return HEAD.format(socket=socket, router=ROUTER, routes="\n".join(lines)) + clusters


async def counted(envoy: Envoy, folder: Path) -> tuple[str, Mapping[str, tuple[Counter[str], Counter[int]]]]:
    """The file that Envoy ran with one worker, and for every case the requests by server and the answers by code."""
    servers = _Servers("abcd")
    await servers.start()
    file, socket = folder / "envoy.yaml", str(folder / "clients.sock")
    file.write_text(configuration(servers.ports, socket))
    command = [envoy.path, "-c", file, "--concurrency", "1", "--disable-hot-restart", "-l", "error", "--log-path", folder / "envoy.log"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: ASYNC220 - a moment, in a test
    found = {}
    try:
        async with asyncio.timeout(20):
            while not await listens(socket):
                assert process.poll() is None, (folder / "envoy.log").read_text()
                await asyncio.sleep(0.05)
        for name in CASES:
            servers.counts.clear()
            codes: Counter[int] = Counter()
            await send(socket, name, iter(range(REQUESTS)), codes, 1 if name == "nobody" else AHEAD)
            await asyncio.sleep(0.1)  # the last copies are on their way
            found[name] = Counter(servers.counts), codes
    finally:
        process.terminate()
        process.wait(10)
        for server in servers.listening:
            server.close()
    return file.read_text(), found


@pytest.fixture(scope="module")
def told(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Mapping[str, list[RouteShare]], Mapping[str, tuple[Counter[str], Counter[int]]]]:
    envoy = find_envoy()
    assert isinstance(envoy, Envoy), envoy
    text, found = asyncio.run(counted(envoy, tmp_path_factory.mktemp("envoy")))
    (topology,) = topologies([("envoy.yaml", text)])
    assert not topology.could_not
    rows: dict[str, list[RouteShare]] = {name: [] for name in CASES}
    for row in route_shares(topology):
        rows[(row.route or "").split("/")[1]].append(row)
    return rows, found


@pytest.mark.parametrize("name", CASES)
def test_each_cluster_gets_its_part(
    name: str, told: tuple[Mapping[str, list[RouteShare]], Mapping[str, tuple[Counter[str], Counter[int]]]]
) -> None:
    rows, (counts, codes) = told[0][name], told[1][name]
    expected: Counter[str | None] = Counter()
    for row in rows:
        # Of one cluster that takes all it is only not known how many requests come.
        expected[row.pool] += 1.0 if row.share is None else row.share
    for pool, share in expected.items():
        count = codes[404] if pool is None else counts[pool]
        if share in (0.0, 1.0):
            assert count == share * REQUESTS, (name, counts)
        # Of dozens of draws one strays by three standard errors now and then, by these once in a thousand runs: 3.2 points at most.
        assert abs(count / REQUESTS - share) <= 3 * sqrt(2) * sqrt(share * (1 - share) / REQUESTS), (name, counts, expected)
    assert set(counts) <= set(expected)
    assert sum(1.0 if row.share is None else row.share for row in rows if not row.mirrored) == pytest.approx(1)
