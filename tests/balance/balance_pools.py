"""Pools for the tests of this folder, as poise reads them from HAProxy's own text."""

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.model.topology import Pool, Topology

HEAD = "defaults\n    mode http\n    timeout connect 1s\n    timeout client 9s\n    timeout server 9s\n"


def topology(*backends: str, file: str = "haproxy.cfg") -> Topology:
    """Each backend as `name\\nline\\nline…`."""
    sections = ("backend " + "\n    ".join(b.strip().splitlines()) + "\n" for b in backends)
    return lower([parse(HEAD + "".join(sections), file)])


def pool(lines: str) -> Pool:
    """The one pool of these lines, called web."""
    return topology("web\n" + lines).pools[0]


def servers(*options: str) -> str:
    """One server line per entry, app1 …, each with its own address."""
    return "\n".join(f"server app{i} 10.0.0.{i}:80 {o}" for i, o in enumerate(options, 1))
