"""How a pool splits and how its servers are checked, in sentences."""

from collections.abc import Iterator, Sequence

from poise.incidents.durations import words as span
from poise.model.topology import HealthCheck, Pool, Server

# The first of the words a product has for its algorithm, and what it does. By product only where a word is used twice.
SPLITS = {
    "roundrobin": "Requests are dealt in turn, by weight.",
    "static-rr": "Requests are dealt in turn, by weight; weights cannot be changed at run time.",
    "leastconn": "A request goes to the server with the fewest at work for its weight.",
    "least_conn": "A request goes to the server with the fewest at work for its weight.",
    "first": "The first server is filled to its `maxconn`, then the next.",
    "random": "Servers are drawn at random by weight; of those drawn the one with the fewest requests takes it.",
    "source": "A client's address decides: the same address gets the same server.",
    "ip_hash": "A client's address decides, of IPv4 its first three numbers: the same network gets the same server.",
    "uri": "The path decides: the same path goes to the same server.",
    "url_param": "A parameter of the URL decides: the same value goes to the same server.",
    "hdr": "A header decides: the same value goes to the same server.",
    "hash": "A key decides: the same key goes to the same server.",
    "rdp-cookie": "A cookie of RDP decides: the same value goes to the same server.",
    "ROUND_ROBIN": "Requests are dealt in turn, by weight, by each of Envoy's workers for itself.",
    "LEAST_REQUEST": "Of two servers drawn the one with fewer requests takes it; where weights differ, by weight and requests at work.",
    "RANDOM": "Servers are drawn at random; weights do not count.",
    "RING_HASH": "A key decides, over a ring: the same key goes to the same server.",
    "MAGLEV": "A key decides, over a table: the same key goes to the same server.",
}
STATED = {
    "map-based": "Nearly all keys move when a server comes or goes.",
    "consistent": "When a server comes or goes, only its keys move.",
}


def split(pool: Pool) -> str:
    """What the algorithm does, in words a reader needs; empty for one that poise has no words for."""
    said = [SPLITS.get(pool.algorithm.name, "")]
    if pool.algorithm.argument and "decides" in said[0]:
        said.append(f"The key is `{pool.algorithm.argument.replace('`', '')}`.")
    said.append(STATED.get(pool.algorithm.hash_method or "", ""))
    if pool.algorithm.location is None and not pool.implicit:
        said.append("Nobody wrote an algorithm: it is the product's default.")
    return " ".join(each for each in said if each)


def weights(pool: Pool) -> str:
    """The weights of the active servers as `2/2/1`; empty where all are alike or none counts."""
    found = [server.weight for server in pool.servers if server.role == "active"]
    if len(set(found)) < 2:
        return ""
    return "/".join(map(str, found[:12])) + ("/…" if len(found) > 12 else "")


def checks(pool: Pool) -> Iterator[str]:
    """One line for each way in which servers of the pool are checked, the unchecked ones last."""
    alike: dict[str, list[str]] = {}
    for server in pool.servers:
        alike.setdefault(_checked(pool, server), []).append(server.name)
    for how, names in sorted(alike.items(), key=lambda item: not item[0]):
        who = "every server" if len(names) == len(pool.servers) else _some(names)
        yield f"{who}: {how or '**not checked**: a dead one keeps its share'}"


def _checked(pool: Pool, server: Server) -> str:
    if server.check is not None:
        return _active(server.check)
    if server.track:
        return f"as healthy as `{server.track.replace('`', '')}`"
    if pool.product == "nginx" and server.max_fails is not None and server.fail_timeout is not None:
        if len(pool.servers) == 1:
            return "no check, and no server to go to instead: it is asked whatever it answers"
        if server.max_fails == 0:
            return ""
        times = "one failed attempt takes" if server.max_fails == 1 else f"{server.max_fails} failed attempts take"
        return f"no check; {times} it out for {span(server.fail_timeout)}"
    return ""


def _active(check: HealthCheck) -> str:
    what = {
        "tcp": "a connection",
        "http": f"`{check.method or 'GET'} {(check.path or '/').replace('`', '')}`",
        "other": "a check of its own",
    }
    where = f" at {check.address or ''}{f':{check.port}' if check.port else ''}" if check.address or check.port else ""
    wanted = f", expecting {check.expect}" if check.expect else ""
    noticed = span(check.interval * check.fall + (check.timeout or check.interval * 0))
    said = f"{what[check.kind]}{where} every {span(check.interval)}{wanted}; out after {check.fall} failures, within {noticed}"
    return f"{said}, back after {check.rise} successes"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
