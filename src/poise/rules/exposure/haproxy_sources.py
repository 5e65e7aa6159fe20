"""Where HAProxy takes a client's address from a header, and what binds clients by it. Pure."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from poise.balancers.haproxy.criteria import condition, criteria
from poise.model.location import Location
from poise.model.topology import Listener, Pool
from poise.rules.pools import serving

# The expression, its header, and the condition.
SET = r"set-src\s+((?:req\.)?f?hdr(?:_ip)?\(([\w-]+)(?:,[^)]*)?\)\S*)\s*(.*)"
# Stands for every header in what is guarded; no name of a header has this sign.
ALL = "*"


def by_source(pool: Pool) -> str | None:
    """The words that bind HAProxy's clients to a server by their address."""
    if len(serving(pool)) < 2:
        return None
    words = (pool.persistence or "").split()
    if words[:1] == ["stick"] and len(words) > 2 and words[1] in ("on", "match") and words[2].split(",")[0] == "src":
        return " ".join(words[:3])
    hashed = pool.algorithm.name == "hash" and (pool.algorithm.argument or "").split(",")[0] == "src"
    return "balance source" if pool.algorithm.name == "source" else "balance hash src" if hashed else None


def believed(listener: Listener, pool: Pool) -> Iterator[tuple[Location, str, str]]:
    """The rules on the way to the pool that take the source from a header whoever sends it: place, expression and header."""
    rules, acl = listener.options.get("http-request", ""), listener.options.get("acl", "")
    guards = _guards(listener.options.get("tcp-request", ""), acl)
    ways: list[tuple[Listener | Pool, tuple[tuple[int, str, str], ...]]] = [(listener, _unguarded(guards, rules, acl))]
    if pool.name != listener.name and "set-src" in pool.options.get("http-request", ""):
        guards |= _guards(rules, acl)
        ways.append((pool, _unguarded(guards, pool.options["http-request"], pool.options.get("acl", ""))))
    for holder, found in ways:
        for index, expression, header in found:
            place = holder.places.get(f"http-request.{index}") or holder.places.get("http-request")
            if place is not None:
                yield place, expression, header


@lru_cache(maxsize=32)
def _guards(rules: str, acl: str) -> frozenset[str]:
    """What these rules keep from being believed, asked once for all pools behind a listener."""
    return frozenset(name for line in rules.split("\n") if (name := _guarded(line, {"acl": acl})))


@lru_cache(maxsize=32)
def _unguarded(guards: frozenset[str], rules: str, acl: str) -> tuple[tuple[int, str, str], ...]:
    """Number, expression and header of such rules. `guards` are those of the rules before these."""
    found: list[tuple[int, str, str]] = []
    options, known = {"acl": acl}, set(guards)
    for index, line in enumerate(rules.split("\n")):
        rule = re.match(SET, line, re.IGNORECASE)
        if rule and known.isdisjoint((ALL, rule[2].lower())) and _anyone(rule[3], rule[2], options):
            found.append((index, rule[1], rule[2]))
        if name := _guarded(line, options):
            known.add(name)
    return tuple(found)


def _anyone(written: str, header: str, options: Mapping[str, str]) -> bool:
    """Whether a rule of that condition holds for whoever sends the header."""
    asked = condition(written or None, options)
    return asked is None or (
        not asked.negated
        and all(term.any_of and not term.negated for branch in asked.branches for term in branch)
        and all(header.lower() in each.fetch.lower() and each.how == "found" for _, each in criteria(asked))
    )


def _guarded(line: str, options: Mapping[str, str]) -> str | None:
    """The header that the rule writes itself, in lower case; ALL where it looks at who sends, as an acl of another section may."""
    written = re.search(r"(?:^|\s)(?:if|unless) .*", line)
    asked = condition(written[0].strip(), options) if written else None
    if asked and any(not term.any_of for branch in asked.branches for term in branch):
        return ALL
    if asked and any(re.match(r"src\b", each.fetch) for _, each in criteria(asked)):
        return ALL
    header = re.match(r"(?:set|del|replace)-(?:header|value)\s+(\S+)", line, re.IGNORECASE)
    return header[1].lower() if header else None
