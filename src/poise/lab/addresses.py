"""Where each part of a lab listens."""

from dataclasses import dataclass

from poise.lab.plan import LabPlan


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
    def of(cls, plan: LabPlan, first: int, lb_path_host: str = "127.0.0.1", database_path_host: str = "127.0.0.1") -> "Addresses":
        """Ports: clients first+0, servers direct first+1…, paths first+21…, database direct first+41, its path first+42."""
        servers = tuple(
            Endpoint(name, (lb_path_host, first + 21 + index), ("127.0.0.1", first + 1 + index)) for index, name in enumerate(plan.names)
        )
        return cls(("127.0.0.1", first), servers, Endpoint("main", (database_path_host, first + 42), ("127.0.0.1", first + 41)))


def text(address: tuple[str, int]) -> str:
    """host:port."""
    return f"{address[0]}:{address[1]}"
