"""Who can reach an address, as far as the address tells. Pure."""

import re

from poise.model.regexp import regexp

# An IPv4 address, or anything with a colon, a bracket, a variable or a star, is no name to look up.
DIGITS = str.maketrans("", "", "0123456789")
NAME = regexp(r"(?=[^:]*[A-Za-z])[A-Za-z0-9_.-]+")


def is_path(address: str) -> bool:
    """Whether the address is that of a Unix socket, a path or (`@name`) a name of Linux' abstract ones."""
    return address.startswith(("/", "@", "unix@", "uxst@", "abns@", "uxdg@", "sockpair@", "fd@")) or ("/" in address and ":" not in address)


def is_local(address: str) -> bool:
    """Whether only this machine reaches the address: a Unix socket, or loopback."""
    if is_path(address):
        return True
    host = re.sub(r"^(ipv4|ipv6|tcp|tcp4|tcp6|ipv4v6)@", "", address)
    return host.startswith(("127.", "localhost:", "::1:", "[::1]")) or host in ("localhost", "::1")


def is_private(address: str) -> bool:
    """Whether the address is one that the internet has no way to: 10.x, 192.168.x, fd00::/8 … Any interface is none."""
    host = re.sub(r"^(ipv4|ipv6|tcp|tcp4|tcp6)@", "", address).rpartition(":")[0].strip("[]")
    if host in ("", "*", "0.0.0.0", "::"):  # noqa: S104 - what is written there, not where we listen
        return False
    from ipaddress import ip_address  # noqa: PLC0415 - few configurations ask, and it takes 5 ms to import

    try:
        return ip_address(host).is_private and not ip_address(host).is_unspecified
    except ValueError:
        return False


def is_name(address: str, local: bool = False) -> bool:
    """Whether the address (with its port) has a host name that must be looked up. `local` counts this machine's own names too."""
    if address.translate(DIGITS) in ("...:", "..."):
        return False
    bare = re.sub(r"^(ipv4|ipv6|tcp|tcp4|tcp6)@", "", address)
    host = re.sub(r":\d+$", "", bare)
    return not is_path(bare) and (local or not is_local(bare)) and "@" not in bare and NAME.fullmatch(host) is not None
