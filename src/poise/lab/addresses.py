"""Where each part of a lab listens."""

from collections.abc import Mapping
from dataclasses import dataclass

from poise.lab.plan import LabPlan, PathName

# This side of the TUN device: what is sent to a path's host comes back to it as if from there.
HOST = "10.77.0.1"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A part behind a network path: `path` is what its users dial, `direct` the same part without the path in between (host, port);
    `page` is where its metrics are, `direct` otherwise."""

    name: str
    path: tuple[str, int]
    direct: tuple[str, int]
    page: tuple[str, int] | None = None

    @property
    def metrics(self) -> tuple[str, int]:
        """Where its metrics are."""
        return self.page or self.direct


@dataclass(frozen=True, slots=True)
class Addresses:
    """All addresses of one lab, laid out in one block of ports from `first` on."""

    client: tuple[str, int]
    servers: tuple[Endpoint, ...]
    database: Endpoint
    client_path: tuple[str, int] | None = None

    @property
    def name_server(self) -> tuple[str, int]:
        """Where the lab's name server is, if it has one."""
        return ("127.0.0.1", self.database.direct[1] + 3)

    @property
    def dialled(self) -> tuple[str, int]:
        """What clients dial: the load balancer, or the path before it."""
        return self.client_path or self.client

    @classmethod
    def of(cls, plan: LabPlan, first: int, path_hosts: Mapping[PathName, str] | None = None) -> "Addresses":
        """Ports: clients first+0, servers direct first+1…, paths first+21…, database direct first+41, its path first+42, the clients' path
        first+43, the name server first+44, metrics of servers that speak TLS first+45….

        With `path_hosts` a path is another host with the direct port; otherwise it is another port of 127.0.0.1.
        """
        lb, database = (path_hosts["lb-servers"], path_hosts["servers-database"]) if path_hosts else ("127.0.0.1", "127.0.0.1")
        apart = 0 if path_hosts else 20
        servers = tuple(
            Endpoint(
                name,
                (lb, first + 1 + index + apart),
                ("127.0.0.1", first + 1 + index),
                ("127.0.0.1", first + 45 + index) if plan.tls else None,
            )
            for index, name in enumerate(plan.names)
        )
        main = Endpoint("main", (database, first + 41 + apart // 20), ("127.0.0.1", first + 41))
        if not plan.client_path:
            return cls(("127.0.0.1", first), servers, main)
        if path_hosts:
            return cls((HOST, first), servers, main, (path_hosts["clients-lb"], first))
        return cls(("127.0.0.1", first), servers, main, ("127.0.0.1", first + 43))


def text(address: tuple[str, int]) -> str:
    """host:port."""
    return f"{address[0]}:{address[1]}"
