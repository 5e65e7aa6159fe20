"""A load balancer that a lab can have in front: what its files say, and how the real program is run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from poise.lab.addresses import Addresses, Endpoint
from poise.lab.plan import LabPlan
from poise.lab.processes import Supervisor
from poise.lab.settings import BalancerSettings

ProductName = Literal["haproxy", "nginx", "envoy"]
# Texts by file name.
Texts = Callable[[LabPlan, Addresses, Path, BalancerSettings], Mapping[str, str]]


Taking = Callable[[], None]


def nothing() -> None:
    """Nobody wants to know."""


class LiveBalancer(Protocol):
    """The running program. All of these return when it serves, and raise LabError with its own words otherwise."""

    async def start(self) -> None:
        """Starts it and waits until it answers."""

    async def reload(self, taking: Taking = nothing) -> None:
        """Makes it take its files as they are now, by the means of the product that loses nothing. `taking` is called when that begins."""

    async def restart(self) -> None:
        """Ends it and starts it from its files."""

    async def end(self) -> None:
        """Ends it."""


@dataclass(frozen=True, slots=True)
class Product:
    """One product. `config` is the name of the file that poise is given; `server_name` what the product calls a server of the pool.

    `find` gives the program or a CouldNot, `live` runs it. `write` puts one file where a running process does not take it before a
    `reload`; None replaces it in one step.
    """

    name: ProductName
    config: str
    texts: Texts
    find: Callable[[], Any]
    live: Callable[[Any, Supervisor, Path], LiveBalancer]
    server_name: Callable[[Endpoint], str]
    write: Callable[[Path, str], None] | None = None


def replace_file(path: Path, text: str) -> None:
    """Puts the file there in one step."""
    temporary = path.with_suffix(".new")
    temporary.write_text(text)
    temporary.replace(path)
