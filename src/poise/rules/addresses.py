"""One spelling for each address, so that two can be compared. Pure."""

import re
from functools import lru_cache

from poise.model.regexp import regexp

# HAProxy writes the family of an address in front of it.
_FAMILY = regexp(r"^(?:ipv4|ipv6|ipv4v6|tcp|tcp4|tcp6)@")


@lru_cache(maxsize=65536)
def host(written: str) -> str:
    """A host as the machine knows it: names have no case, localhost is 127.0.0.1, and IPv6 has many spellings."""
    bare = written.lower().strip("[]")
    if ":" in bare:
        from ipaddress import IPv6Address  # noqa: PLC0415 - 5 ms that only IPv6 needs

        try:
            number = IPv6Address(bare)
        except ValueError:
            return bare
        return str(number.ipv4_mapped or number)
    return "127.0.0.1" if bare == "localhost" else bare.removesuffix(".")


def parted(address: str) -> tuple[str, str]:
    """Host, in its one spelling, and port; a socket's path is its own host, without a port."""
    bare = _FAMILY.sub("", address) if "@" in address else address
    if "/" in bare:
        return bare, ""
    written, _, port = bare.rpartition(":")
    return host(written), port


def same(address: str) -> str:
    """The whole address in its one spelling."""
    machine, port = parted(address)
    return f"{machine}:{port}" if port else machine


def is_number(machine: str) -> bool:
    """Whether that host is an address and no name."""
    return ":" in machine or re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){3}", machine) is not None
