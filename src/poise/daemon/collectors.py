"""The collector of a load balancer, by its product."""

import os
from collections.abc import Awaitable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from poise.model.could_not import CouldNot
from poise.model.reach import Reach
from poise.model.scrape import Scrape
from poise.model.topology import Topology

MOST_CREDENTIALS_BYTES = 4096


class Collector(Protocol):
    """What every product's `scrape.Scraper` is: `topology` may be replaced when the file changes; `scrape` never raises for a load balancer
    that does not answer."""

    topology: Topology

    def scrape(self, now: datetime) -> Awaitable[Scrape]:
        """One look."""

    def close(self) -> Awaitable[None]:
        """Give back what it holds open."""


def collector(topology: Topology, load_balancer: str, reach: Reach, base: Path) -> tuple[Collector, tuple[CouldNot, ...]]:
    """The collector, and what of `reach` could not be used. Paths in it are relative to `base`."""
    known = credentials(reach, base)
    could_not = (known,) if isinstance(known, CouldNot) else ()
    password = None if isinstance(known, CouldNot) else known
    # Each product's is imported where it is watched: who watches HAProxy does not wait for the readers of logs.
    if topology.product == "nginx":
        from poise.balancers.nginx import scrape as nginx  # noqa: PLC0415

        return nginx.Scraper(
            topology,
            load_balancer,
            access_log=_path(reach.access_log, base),
            log_format=reach.log_format,
            status=reach.status,
            here=not reach.remote,
        ), could_not
    if topology.product == "envoy":
        from poise.balancers.envoy import scrape as envoy  # noqa: PLC0415

        return envoy.Scraper(topology, load_balancer, admin=reach.admin, credentials=password), could_not
    from poise.balancers.haproxy import scrape as haproxy  # noqa: PLC0415

    socket = None if reach.socket is None else _path(reach.socket.replace("tcp://", "tcp@"), base)
    return haproxy.Scraper(topology, load_balancer, socket=socket, stats_url=reach.stats_url, credentials=password), could_not


def _path(place: str | None, base: Path) -> str | None:
    return str(base / place) if place is not None and place.startswith(".") else place


def credentials(reach: Reach, base: Path) -> str | CouldNot | None:
    """`user:password`, None where none is named, or why it cannot be had; never told in a message."""
    if reach.credentials_env is not None:
        found = os.environ.get(reach.credentials_env)
        return found or CouldNot(f"${reach.credentials_env}", "is not set: the statistics are asked for without a password")
    if reach.credentials_file is None:
        return None
    path = base / reach.credentials_file
    try:
        with path.open("rb") as file:
            return file.read(MOST_CREDENTIALS_BYTES).decode("utf-8", "replace").strip()
    except OSError as error:
        return CouldNot(str(path), f"{error.strerror or error}: the statistics are asked for without a password")
