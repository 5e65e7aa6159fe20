"""Where each part of a lab listens."""

from collections.abc import Mapping
from dataclasses import dataclass

from poise.lab.plan import LabPlan, PathName


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A part behind a network path: `path` is what its users dial, `direct` the same part without the path in between (host, port)."""

    name: str
    path: tuple[str, int]
    direct: tuple[str, int]


@dataclass(frozen=True, slots=True)
class Addresses:
    """All addresses of one lab, laid out in one block of ports from `first` on."""

    client: tuple[str, int]
    servers: tuple[Endpoint, ...]
    database: Endpoint

    @classmethod
    def of(cls, plan: LabPlan, first: int, path_hosts: Mapping[PathName, str] | None = None) -> "Addresses":
        """Ports: clients first+0, servers direct first+1…, paths first+21…, database direct first+41, its path first+42.

        With `path_hosts` a path is another host with the direct port; otherwise it is another port of 127.0.0.1.
        """
        lb, database = (path_hosts["lb-servers"], path_hosts["servers-database"]) if path_hosts else ("127.0.0.1", "127.0.0.1")
        apart = 0 if path_hosts else 20
        servers = tuple(
            Endpoint(name, (lb, first + 1 + index + apart), ("127.0.0.1", first + 1 + index)) for index, name in enumerate(plan.names)
        )
        main = Endpoint("main", (database, first + 41 + apart // 20), ("127.0.0.1", first + 41))
        return cls(("127.0.0.1", first), servers, main)


def text(address: tuple[str, int]) -> str:
    """host:port."""
    return f"{address[0]}:{address[1]}"
