"""Who can reach an address, as far as the address tells. Pure."""

import re


def is_path(address: str) -> bool:
    """Whether the address is that of a Unix socket."""
    return address.startswith(("/", "unix@", "uxst@", "abns@", "uxdg@", "sockpair@", "fd@")) or ("/" in address and ":" not in address)


def is_local(address: str) -> bool:
    """Whether only this machine reaches the address: a Unix socket, or loopback."""
    if is_path(address):
        return True
    host = re.sub(r"^(ipv4|ipv6|tcp|tcp4|tcp6|ipv4v6)@", "", address)
    return host.startswith(("127.", "localhost:", "::1:", "[::1]")) or host in ("localhost", "::1")
