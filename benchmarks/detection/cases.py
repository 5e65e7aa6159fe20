"""The faults: how each is made and undone in a running stack, and what an alert must say of it."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.detection.stack import Change, Stack, unchanged
from poise.lab.haproxy import ask
from poise.lab.product import ProductName

ALL: tuple[ProductName, ...] = ("haproxy", "nginx", "envoy")
# So many connections may clients of one listener hold in the case of the limit.
LIMIT = 60
NEEDS = '[pool.web]\nsplit = "even"\n'
_HELD = b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "


@dataclass(frozen=True, slots=True)
class Case:
    """`inject` returns when the load balancer has taken the change (at once where there is none to take).

    `says` are patterns that must all be found in one alert of that detector, in its component, summary and reason together; `{name}` is the
    first server, and `instead` another detector and its words for a product. `seconds` is what must be kept in 19 of 20 runs.
    `promised`: issue 5 names it. `aftermath` are detectors that rightly speak of the runs before: health does not wait for their end.
    """

    detector: str
    says: tuple[str, ...]
    inject: Callable[[Stack], Awaitable[None]]
    repair: Callable[[Stack], Awaitable[None]]
    seconds: float
    rate: float = 80.0
    slots: int = 8
    service_ms: float = 20.0
    promised: bool = True
    files: Mapping[ProductName, Change] = field(default_factory=dict)
    products: tuple[ProductName, ...] = ALL
    instead: Mapping[ProductName, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    aftermath: frozenset[str] = frozenset()

    def right(self, effect: Mapping[str, Any], stack: Stack) -> bool:
        """Whether it is this fault's alert, and says so."""
        said = f"{effect['component']}: {effect['summary']}: {effect['reason']}"
        detector, says = self.instead.get(stack.product.name, (self.detector, self.says))
        return bool(effect["detector"] == detector and all(re.search(p.replace("{name}", re.escape(stack.name)), said) for p in says))


async def _plain(stack: Stack) -> None:
    stack.write()
    await stack.live.reload()


def _weights(*weights: int) -> Callable[[Stack], Awaitable[None]]:
    async def inject(stack: Stack) -> None:
        stack.write(stack.weights(*weights))
        await stack.live.reload()

    return inject


async def _edited(stack: Stack) -> None:
    stack.write(stack.weights(150, 100, 100, 100))


async def _unedited(stack: Stack) -> None:
    stack.write()


async def _by_source(stack: Stack) -> None:
    def change(name: str, content: str) -> str:
        content = content.replace("balance roundrobin", "balance source")
        content = content.replace("        zone web 128k;", "        zone web 128k;\n        ip_hash;")
        content = content.replace("lb_policy: ROUND_ROBIN", "lb_policy: RING_HASH")
        return content.replace(
            "            timeout: 3s",
            "            hash_policy: [{connection_properties: {source_ip: true}}]\n                            timeout: 3s",
        )

    stack.write(change=change)
    await stack.live.reload()


async def _dead(stack: Stack) -> None:
    await stack.application("die", 0)


async def _alive(stack: Stack) -> None:
    await stack.application("live", 0)


async def _told(stack: Stack) -> None:
    await ask(stack.directory / "admin.sock", f"set server web/{stack.name} weight 150")


async def _told_back(stack: Stack) -> None:
    await ask(stack.directory / "admin.sock", f"set server web/{stack.name} weight 100")


_holding: dict[int, list[asyncio.Task[None]]] = {}


async def _hold(stack: Stack) -> None:
    """Clients that never finish their request: twice the connections that the listener may have, opened again when they are closed. With
    few more than it may have nginx makes room from idle clients, and turns hardly anybody away."""
    host, port = stack.addresses.client

    async def one() -> None:
        while True:
            try:
                _, writer = await asyncio.open_connection(host, port)
                try:
                    while not writer.is_closing():
                        writer.write(_HELD)
                        await writer.drain()
                        await asyncio.sleep(1.0)
                finally:
                    writer.close()
            except OSError:
                pass
            await asyncio.sleep(0.05)

    _holding[id(stack)] = [asyncio.ensure_future(one()) for _ in range(2 * LIMIT)]
    await asyncio.sleep(0)


async def _let_go(stack: Stack) -> None:
    tasks = _holding.pop(id(stack), [])
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _unchecked_haproxy(name: str, content: str) -> str:
    del name
    return content.replace(
        "    option httpchk GET /healthz\n    http-check expect status 200\n    default-server check inter 2s fall 3 rise 2\n", ""
    )


def _unchecked_envoy(name: str, content: str) -> str:
    del name
    return re.sub(r"      health_checks:\n(?:        .*\n)+", "", content)


def _limited_haproxy(name: str, content: str) -> str:
    del name
    return content.replace("    maxconn 1500\n", f"    maxconn {LIMIT}\n")


def _limited_nginx(name: str, content: str) -> str:
    del name
    return content.replace("worker_connections 2048", f"worker_connections {LIMIT}")


def _limited_envoy(name: str, content: str) -> str:
    if name != "envoy.yaml":
        return content
    layer = f"{{name: limits, static_layer: {{envoy.resource_limits.listener.http.connection_limit: {LIMIT}}}}}"
    return content.replace("static_resources:\n", f"layered_runtime: {{layers: [{layer}]}}\nstatic_resources:\n", 1)


_UNEVEN = ("^pool web: ", r"{name} gets \d+% of the requests, the needs want 25% \(\d\.\d times\)")

CASES: Mapping[str, Case] = {
    "weights-1000": Case("uneven_share", _UNEVEN, _weights(256, 1, 1, 1), _plain, 1.5, rate=1000.0, slots=24, service_ms=10.0),
    "weights-80": Case("uneven_share", _UNEVEN, _weights(256, 1, 1, 1), _plain, 3.0),
    "three-to-one": Case("uneven_share", _UNEVEN, _weights(3, 1, 1, 1), _plain, 5.0),
    "source": Case(
        "uneven_share", ("^pool web: ", r"\S+ gets \d+% of the requests, the needs want 25%"), _by_source, _plain, 10.0, promised=False
    ),
    "dead-unchecked": Case(
        "server_out_of_step",
        ("^server web/{name}: ", r"\d+% of its requests fail, 0% of its peers'"),
        _dead,
        _alive,
        30.0,
        promised=False,
        aftermath=frozenset({"health_flapping"}),
        files={"haproxy": _unchecked_haproxy, "nginx": unchanged, "envoy": _unchecked_envoy},
        # nginx itself leaves it out for a while, as its passive check is always on.
        instead={"nginx": ("server_down", ("^server web/{name}: {name} is down", "its last requests failed, and nginx leaves it out"))},
    ),
    "not-reloaded": Case(
        "drift",
        ("^pool web: ", "{name}: the file says weight 150, the process was started with 100 .not reloaded."),
        _edited,
        _unedited,
        10.0,
        promised=False,
        instead={
            "envoy": ("drift", ("^pool web: ", "{name}: the file says weight 150, Envoy runs with 100 .it takes a file that is moved"))
        },
    ),
    "runtime-weight": Case(
        "drift",
        ("^pool web: ", "{name}: weight 150 is running, the file says 100 .a reload undoes it."),
        _told,
        _told_back,
        10.0,
        promised=False,
        products=("haproxy",),
    ),
    "limit": Case(
        "limits_near",
        (
            "^(listener http|load-balancer lb1): ",
            r"(sessions|connections) (\d+|an unknown number) of \d\d\b",
            "waited in the kernel|refused in 5 s: no connection was left|^load-balancer lb1: connections ",
            r"the limit is .*\b(maxconn|worker_connections|connection_limit)`",
        ),
        _hold,
        _let_go,
        30.0,
        promised=False,
        files={"haproxy": _limited_haproxy, "nginx": _limited_nginx, "envoy": _limited_envoy},
    ),
}
