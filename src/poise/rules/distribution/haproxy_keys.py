"""How many values the key of a HAProxy hash can have, as far as the file fixes them. Pure."""

import re
from functools import lru_cache

from poise.balancers.haproxy.criteria import MOST_CHARACTERS, Condition, Term, condition
from poise.model.topology import Pool, Topology

# Fetches that are the same for every request of one listener, or of the process.
FIXED = (
    "str(",
    "int(",
    "bool(",
    "bin(",
    "ipv4(",
    "ipv6(",
    "meth(",
    "env(",
    "hostname",
    "fe_id",
    "fe_name",
    "be_id",
    "be_name",
    "nbproc",
    "pid",
)
BY_LISTENER = ("dst", "dst_port", "so_id", "so_name", "ssl_fc", "dst_is_local")
HEADER = r"(?:req\.)?f?hdr\(([^),]+)(?:,-?\d+)?\)"
CHAIN = r",(?:lower|upper|field\(1,:\)|word\(1,:\)|host_only|crc32|djb2|sdbm|wt6|xxh\w+|sha\d\w*|md5|base64|hex)(?:\([^)]*\))?$"
# A key with more values than this spreads over any pool.
MOST = 64


def values(pool: Pool, topology: Topology) -> frozenset[str] | None:
    """The values that the key can have, None where requests decide or the file does not tell. An absent key is not among them."""
    name, argument = pool.algorithm.name, pool.algorithm.argument or ""
    if name == "uri":
        # `len 1` leaves the first slash; measured, 60 of 60 requests went to one of three servers.
        return frozenset("/") if re.search(r"\blen 1\b", argument) else None
    if name == "hdr":
        return _header(argument.split(" ")[0], pool, topology)
    key = argument.strip()
    if name != "hash" or len(key) > MOST_CHARACTERS:
        return None
    while re.search(CHAIN, key):
        key = re.sub(CHAIN, "", key)
    if key.startswith(FIXED[:8]) or key in FIXED[8:]:
        return frozenset((key,))
    found = re.fullmatch(HEADER, key)
    if found:
        return _header(found[1], pool, topology)
    if key in BY_LISTENER:
        binds = [bind for listener, _ in topology.routes_to(pool.name) for bind in listener.binds]
        # A listener on any address, or on a range of ports, has as many as clients use.
        wide = any("-" in b.address.rpartition(":")[2] or (key.startswith("dst") and key != "dst_port" and "*" in b.address) for b in binds)
        kinds = frozenset(
            b.address.rpartition(":")[2] if key == "dst_port" else str(b.tls) if key == "ssl_fc" else b.address for b in binds
        )
        return kinds if binds and not wide else None
    return None


def _header(name: str, pool: Pool, topology: Topology) -> frozenset[str] | None:
    """What the header can be: what the file sets it to, or what every way to the pool asks it to be."""
    set_to = _set(name, pool.options.get("http-request", ""))
    if set_to is not None:
        return set_to
    ways = topology.routes_to(pool.name)
    if not ways or len(ways) > MOST:
        return None
    found: set[str] = set()
    for listener, route in ways:
        at_most = _set(name, listener.options.get("http-request", ""))
        asked = condition(route.condition, listener.options)
        for each in (
            (asked, *_admitted(listener.options.get("http-request", ""), listener.options.get("acl", ""))) if at_most is None else ()
        ):
            at_most = _asked(name, each) if each is not None else None
            if at_most is not None:
                break
        if at_most is None or len(found) > MOST:
            return None
        found |= at_most
    return frozenset(found)


@lru_cache(maxsize=256)
def _set(name: str, rules: str) -> frozenset[str] | None:
    """The one text that a rule without a condition sets the header to."""
    for line in reversed(rules.split("\n")):
        words = line.split()
        if words[:1] == ["set-header"] and len(words) > 2 and words[1].lower() == name.lower():
            fixed = len(words) == 3 and "%" not in words[2]
            return frozenset((words[2],)) if fixed else None
    return None


@lru_cache(maxsize=32)
def _admitted(rules: str, acl: str) -> tuple[Condition, ...]:
    """What a request must be to get past a listener's refusals: `deny unless` a condition, or `deny if` it is not; the first few."""
    admitted: list[Condition] = []
    for line in rules.split("\n"):
        found = re.search(r"\b(?:if|unless) ", line)
        if found and line.startswith(("deny", "redirect", "reject", "tarpit", "return", "silent-drop")):
            asked = condition(line[found.start() :], {"acl": acl})
            if asked is not None:
                admitted.append(Condition(not asked.negated, asked.branches))
    return tuple(admitted[:MOST])


def _asked(name: str, asked: Condition) -> frozenset[str] | None:
    """The values of the header that the condition allows, where it names them one by one."""
    branches: tuple[tuple[Term, ...], ...] = asked.branches
    if asked.negated:
        # Not (not a): only a single refused term leaves what it names.
        term = asked.only
        branches = ((term,),) if term is not None and not term.negated else ()
    found: set[str] = set()
    for branch in branches:
        named: set[str] | None = None
        for term in branch:
            wanted = f"hdr({name.lower()})"
            fits = all(each.fetch.partition(",")[0] == wanted and each.how == "str" and each.whole for each in term.any_of)
            if term.any_of and fits and not term.negated:
                named = {pattern.lower().partition(":")[0] for each in term.any_of for pattern in each.patterns}
        if named is None:
            return None
        found |= named
    return frozenset(found) if found else None
