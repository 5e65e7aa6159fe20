"""What makes two alerts the same: the load balancer, the detector and the component. Pure."""

from collections.abc import Collection
from hashlib import sha256
from typing import NamedTuple


class Identity(NamedTuple):
    """The name of an alert over all load balancers. Its `id` is what people type."""

    load_balancer: str
    detector: str
    component: str

    @property
    def id(self) -> str:
        """Ten hexadecimal digits: two of a thousand alerts share one once in two million times (1000²/2 in 2⁴⁰)."""
        return digest(*self)[:10]


def digest(*parts: str) -> str:
    """A hash of these texts, the same in every process. A text cannot flow into its neighbour: their lengths are hashed too."""
    return sha256("".join(f"{len(part)}:{part}" for part in parts).encode("utf-8", "backslashreplace")).hexdigest()


def pool_of(component: str, pools: Collection[str]) -> str:
    """The pool that a component's name holds, empty where it is in none. A pool's name may hold slashes (nginx: `http://10.0.0.1`), and
    so may a server's (a socket's path): only the names of the pools tell."""
    kind, _, name = component.partition(" ")
    if kind == "pool":
        return name
    if kind != "server":
        return ""
    cut = name.rfind("/")
    plain = name[:cut] if cut > 0 else ""
    while cut > 0:
        if name[:cut] in pools:
            return name[:cut]
        cut = name.rfind("/", 0, cut)
    return plain
