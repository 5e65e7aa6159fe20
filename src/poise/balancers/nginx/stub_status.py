"""nginx's `stub_status`: where it is asked, and what it answers. Pure."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from poise.model.could_not import CouldNot
from poise.model.light import dataclass
from poise.model.topology import Listener, Topology

# The page as ngx_http_stub_status_module writes it since 0.1.18.
_PAGE = re.compile(
    rb"\s*Active connections:\s*(\d+)\s+server accepts handled requests\s+(\d+)\s+(\d+)\s+(\d+)\s+"
    rb"Reading:\s*(\d+)\s+Writing:\s*(\d+)\s+Waiting:\s*(\d+)"
)
_METRICS = ("sessions", "accepts_total", "handled_total", "requests_total", "reading", "writing", "waiting")


@dataclass(frozen=True, slots=True)
class StatusAddress:
    """Where to ask: host:port or a socket's path, the path of the page, and the name of the server that shows it."""

    address: str
    target: str
    host: str = ""


def read_page(body: bytes) -> Mapping[str, float] | None:
    """The page's figures by metric; None where it is another page. `dropped_total`: connections that were accepted and closed at once, as
    where worker_connections are used up."""
    found = _PAGE.match(body)
    if found is None:
        return None
    values = dict(zip(_METRICS, map(float, found.groups()), strict=True))
    return {**values, "dropped_total": values["accepts_total"] - values["handled_total"]}


def status_address(topology: Topology, override: str | None = None) -> StatusAddress | CouldNot | None:
    """Where this nginx shows its page; None where its file has none. An override is a URL (`http://127.0.0.1:8080/status`)."""
    if override is not None:
        return _of_url(override)
    refused: CouldNot | None = None
    for listener in topology.listeners:
        for page in listener.status_pages:
            if page.kind != "stub_status":
                continue
            found = _of_listener(listener, page.path) if page.path.startswith("/") else None
            if found is not None:
                return found
            reason = "poise asks this page without TLS, at a path that begins with `/`"
            refused = CouldNot(page.location.file, f"stub_status was not asked: {reason}. Say where it is: its URL", page.location.line)
    return refused


def _of_listener(listener: Listener, path: str) -> StatusAddress | None:
    for bind in listener.binds:
        if bind.tls or "proxy_protocol" in bind.options:
            continue
        host, colon, port = bind.address.rpartition(":")
        if bind.address.startswith("/"):
            return StatusAddress(bind.address, path, listener.name)
        if colon:
            near = {"*": "127.0.0.1", "0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)  # noqa: S104 - read, not bound
            return StatusAddress(f"{near}:{port}", path, listener.name if not listener.name.startswith(("*", "~")) else "")
    return None


def _of_url(url: str) -> StatusAddress | CouldNot:
    try:
        parts = urlsplit(url)
        port = parts.port or 80
    except ValueError:
        return CouldNot(url, "is no URL: give the page's, `http://127.0.0.1:8080/status`")
    if parts.scheme != "http" or not parts.hostname:
        return CouldNot(url, "is no URL that poise asks: give the page's, `http://127.0.0.1:8080/status`")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return StatusAddress(f"{host}:{port}", parts.path or "/")


def connection_limit(topology: Topology, workers: int | None = None) -> Mapping[str, float]:
    """How many connections all workers may have: `worker_connections` is for each of them. `workers` are those that run, where that is
    known."""
    written = topology.options.get("worker_connections", "512")
    count = workers or topology.workers
    return {"connection_limit": float(count * int(written))} if count and written.isdigit() else {}


def connections(topology: Topology, page: Mapping[str, float], workers: int | None = None) -> float:
    """How many of them are in use at least: those of clients, one to a server for each request that is being answered (`writing`, less the
    one that asks for the page), and each worker's own, one for each socket that it listens at and one to its master (ngx_event.c and
    ngx_process_cycle.c take them from the same table). Idle ones that are kept to servers are in no figure."""
    to_servers = max(0.0, page["writing"] - 1.0) if topology.pools else 0.0
    sockets = {bind.address for listener in topology.listeners for bind in listener.binds}
    return page["sessions"] + to_servers + (len(sockets) + 1) * (workers or topology.workers or 1)
