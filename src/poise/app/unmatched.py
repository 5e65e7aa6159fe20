"""Names in a poise.toml that nothing bears that was read: a need that is declared of them is held against nothing."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from poise.app.similar_names import Similar, Slips
from poise.model.could_not import CouldNot
from poise.model.needs import Needs, PoolNeeds
from poise.model.remark import Remark
from poise.model.topology import Pool, Topology
from poise.reading.files import Text, read_text

# What holds the names of a pool's servers, and the words with which it begins: as a key, or at the end of a head.
_OF_SERVERS = ("split", "service_time_ms_by_server", "concurrency_by_server")
_KEY = re.compile(rf"\s*({'|'.join(_OF_SERVERS)})\b")
_SUBTABLE = re.compile(rf"\.\s*({'|'.join(_OF_SERVERS)})\s*\]")
# The head of a table, such as `[pool.web]`, `[[accept.no-check]]` or `[pool."a b".objectives]`.
_HEAD = re.compile(r"""\s*\[\[?\s*(pool|accept)\s*\.\s*(?:"([^"]*)"|'([^']*)'|([\w-]+))\s*[\].]""")


def matched(needs: Needs, topologies: Sequence[Topology], file: str) -> tuple[Needs, tuple[CouldNot, ...], tuple[Remark, ...]]:
    """The needs that can be held against something, the slips in their names, and remarks about names that may be another configuration's.

    One poise.toml may serve several configurations, of which a command reads one: a pool that was not read is no mistake by itself. It is
    one where a pool of almost that name was read that nothing is declared of. A table of servers that names unknown ones does not count.
    """
    pools: dict[str, list[Pool]] = {}
    for topology in topologies:
        for pool in topology.pools:
            pools.setdefault(pool.name, []).append(pool)
    if not pools or not (needs.pool or needs.accept):
        return needs, (), ()
    could_not: list[CouldNot] = []
    kept: dict[str, PoolNeeds] = {}
    absent: list[str] = []
    line = _Lines(file)
    undeclared = [name for name in pools if name not in needs.pool]
    slips, similar = Slips(undeclared if any(name not in pools for name in needs.pool) else ()), Similar()
    for name, wants in needs.pool.items():
        kept[name] = wants
        if name not in pools:
            meant = slips.of(name)
            if meant is None:
                absent.append(name)
                continue
            reason = f"`pool.{name}` names no pool that was read, so its needs are held against nothing. Did you mean `{meant}`?"
            could_not.append(CouldNot(file, reason, line("pool", name)))
            continue
        for key in _OF_SERVERS:
            given = getattr(wants, key)
            if isinstance(given, Mapping) and (stray := _servers(given, pools[name], similar, key)):
                nothing: dict[str, Any] = {key: None}
                kept[name] = replace(kept[name], **nothing)
                could_not.append(CouldNot(file, f"`pool.{name}.{key}` names {stray[1]}", line.in_table(name, key, stray[0])))
    remarks = [_absent(file, absent, line("pool", absent[0]), similar.to(absent[0], undeclared))] if absent else []
    strays = [(each, each.pool) for each in needs.accept if each.pool is not None and each.pool not in pools]
    slips = Slips(pools if strays else ())
    accepted = {(each.rule, each.pool) for each in needs.accept}
    for acceptance, name in strays:
        said, at = f"[accept.{acceptance.rule}] is about the pool `{name}`, which is not in what was read", line("accept", acceptance.rule)
        other = slips.of(name)
        if other is not None and (acceptance.rule, other) not in accepted:
            could_not.append(CouldNot(file, f"{said}, so it accepts nothing. Did you mean `{other}`?", at))
            continue
        other = other or similar.to(name, pools)
        remarks.append(Remark(file, f"{said}; did you mean `{other}`?" if other else said, at))
    return replace(needs, pool=kept), tuple(could_not), tuple(dict.fromkeys(remarks))


def _servers(split: Mapping[str, float], pools: Iterable[Pool], similar: Similar, key: str) -> tuple[str, str] | None:
    """The first server of such a table that no pool of that name has, and what to say of it. None: they may come from elsewhere."""
    pools = list(pools)
    if any(pool.discovered for pool in pools):
        return None
    names = dict.fromkeys(server.name for pool in pools for server in pool.servers)
    unknown = [each for each in split if each not in names]
    if not unknown:
        return None
    meant = similar.to(unknown[0], [each for each in names if each not in split], digits=True)
    more = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
    did = f"did you mean `{meant}`?" if meant else f"it has {', '.join(list(names)[:6]) or 'none'}{' …' if len(names) > 6 else ''}"
    return unknown[
        0
    ], f"`{unknown[0]}`{more}, which no server of the pool is called, so {'the split' if key == 'split' else 'it'} does not count: {did}"


def _absent(file: str, absent: Sequence[str], line: int | None, meant: str | None) -> Remark:
    names = ", ".join(f"`{name}`" for name in absent[:6]) + (f" and {len(absent) - 6} more" if len(absent) > 6 else "")
    said = f"needs are declared of {names}: no such {'pool is' if len(absent) == 1 else 'pools are'} in what was read"
    did = f". Did you mean `{meant}`?" if meant else ""
    return Remark(file, f"{said}, so nothing is held against them here{did}", line)


class _Lines:
    """Tells the line of a table's head, or of a name in a pool's table of servers. The file is read when the first is asked for."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.heads: dict[tuple[str, str], int] | None = None
        self.tables: dict[tuple[str, str], list[tuple[int, str]]] | None = None

    def __call__(self, table: str, name: str) -> int | None:
        if self.heads is None:
            self.heads = heads(self.file)
        return self.heads.get((table, name))

    def in_table(self, pool: str, key: str, server: str) -> int | None:
        if self.tables is None:
            self.tables = _tables(self.file)
        named = re.compile(rf"(?<![\w-]){re.escape(server)}(?![\w.-])")
        return next((number for number, line in self.tables.get((pool, key), ()) if named.search(line)), self("pool", pool))


def _tables(file: str) -> dict[tuple[str, str], list[tuple[int, str]]]:
    """By pool and key, the lines from its table of servers on, to the next of these or the end, with their numbers."""
    text, found = read_text(file), dict[tuple[str, str], list[tuple[int, str]]]()
    pool, key = "", ""
    for number, line in enumerate(text.text.split("\n"), 1) if isinstance(text, Text) else ():
        if line.lstrip().startswith("["):
            head = _HEAD.match(line)
            pool = (head[2] or head[3] or head[4] or "") if head is not None and head[1] == "pool" else ""
            key = begun[1] if (begun := _SUBTABLE.search(line)) else ""
        elif pool:
            key = begun[1] if (begun := _KEY.match(line)) else key
            if key:
                found.setdefault((pool, key), []).append((number, line))
    return found


def heads(file: str) -> dict[tuple[str, str], int]:
    """The line at which each `[pool.NAME]` and `[accept.RULE]` of that poise.toml first stands, by the two words."""
    text, found = read_text(file), dict[tuple[str, str], int]()
    for number, each in enumerate(text.text.split("\n"), 1) if isinstance(text, Text) else ():
        if head := _HEAD.match(each):
            found.setdefault((head[1], head[2] or head[3] or head[4] or ""), number)
    return found
