"""Names in a poise.toml that nothing bears that was read: a need that is declared of them is held against nothing."""

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from poise.app.files import Text, read_text
from poise.model.could_not import CouldNot
from poise.model.needs import Needs, PoolNeeds
from poise.model.remark import Remark
from poise.model.topology import Pool, Topology

# Looking for a similar name costs milliseconds; a file with more unknown names than this serves another configuration.
_MOST_LOOKS = 20
_MOST_NAMES = 5000
_LONGEST = 200


def matched(needs: Needs, topologies: Sequence[Topology], file: str) -> tuple[Needs, tuple[CouldNot, ...], tuple[Remark, ...]]:
    """The needs that can be held against something, the slips in their names, and remarks about names that may be another configuration's.

    One poise.toml may serve several configurations, of which a command reads one: a pool that was not read is no mistake by itself. It is
    one where a pool of almost that name was read that nothing is declared of. A split that names unknown servers counts as not declared.
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
    line = _lines(file)
    similar = _Similar()
    for name, wants in needs.pool.items():
        kept[name] = wants
        if name not in pools:
            undeclared = [each for each in pools if each not in needs.pool]
            meant = next((each for each in undeclared if slip(name, each)), None)
            if meant is None:
                absent.append(name)
                continue
            reason = f"`pool.{name}` names no pool that was read, so its needs are held against nothing. Did you mean `{meant}`?"
            could_not.append(CouldNot(file, reason, line("pool", name)))
        elif isinstance(wants.split, Mapping) and (said := _servers(wants.split, pools[name], similar)):
            kept[name] = replace(wants, split=None)
            could_not.append(CouldNot(file, f"`pool.{name}.split` names {said}", line("pool", name)))
    remarks = (
        [_absent(file, absent, line("pool", absent[0]), similar.to(absent[0], [p for p in pools if p not in needs.pool]))] if absent else []
    )
    for acceptance in needs.accept:
        if acceptance.pool is not None and acceptance.pool not in pools:
            meant = next((each for each in pools if slip(acceptance.pool, each)), None) or similar.to(acceptance.pool, pools)
            did = f"; did you mean `{meant}`?" if meant else ""
            remarks.append(
                Remark(
                    file,
                    f"[accept.{acceptance.rule}] is about the pool `{acceptance.pool}`, which is not in what was read{did}",
                    line("accept", acceptance.rule),
                )
            )
    return replace(needs, pool=kept), tuple(could_not), tuple(dict.fromkeys(remarks))


class _Similar:
    """Finds the name that was probably meant, for so many names and no more."""

    def __init__(self) -> None:
        self.left = _MOST_LOOKS

    def to(self, name: str, among: Collection[str], digits: bool = False) -> str | None:
        """The one of these names that is most like it. Without `digits`, names that differ in nothing else are siblings: web1, web2."""
        if not among or len(among) > _MOST_NAMES or self.left <= 0 or len(name) > _LONGEST:
            return None
        self.left -= 1
        folded = {each.lower(): each for each in among if digits or _word(each) != _word(name) or each.lower() == name.lower()}
        near = difflib.get_close_matches(name.lower(), folded, 1, 0.8)
        return folded[near[0]] if near else None


def _word(name: str) -> str:
    return re.sub(r"[0-9]+", "", name)


def slip(one: str, other: str) -> bool:
    """Whether only a slip of the fingers parts two names: case, `-` for `_`, two letters swapped, one left out or doubled.

    Another letter or number in one place is none: app-a and app-b, web1 and web2 are siblings, each in its own configuration perhaps.
    """
    # Most of many pairs are told apart so, without a look at every letter.
    if abs(len(one) - len(other)) > 1 or one[:1].lower() not in other[:2].lower() + one[1:2].lower() or len(one) > _LONGEST:
        return False
    one, other = (re.sub("[_.]", "-", name.lower()) for name in (one, other))
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    if len(one) == len(other):
        swapped = one[:same] + one[same + 1 : same + 2] + one[same : same + 1] + one[same + 2 :]
        return other in (one, swapped)
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    return longer[same].isalpha() and longer[same + 1 :] == shorter[same:] and len(shorter) > 2


def _servers(split: Mapping[str, float], pools: Iterable[Pool], similar: _Similar) -> str | None:
    """Which servers of a split none of the pools of that name has; None where they may come from elsewhere."""
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
    return f"`{unknown[0]}`{more}, which no server of the pool is called, so the split does not count: {did}"


def _absent(file: str, absent: Sequence[str], line: int | None, meant: str | None) -> Remark:
    names = ", ".join(f"`{name}`" for name in absent[:6]) + (f" and {len(absent) - 6} more" if len(absent) > 6 else "")
    said = f"needs are declared of {names}: no such {'pool is' if len(absent) == 1 else 'pools are'} in what was read"
    did = f". Did you mean `{meant}`?" if meant else ""
    return Remark(file, f"{said}, so nothing is held against them here{did}", line)


def _lines(file: str) -> Callable[[str, str], int | None]:
    """Tells the line of a table's header."""
    lines: list[str] | None = None

    def line(table: str, name: str) -> int | None:
        nonlocal lines
        if lines is None:
            text = read_text(file)
            lines = text.text.split("\n") if isinstance(text, Text) else []
        header = re.compile(rf"\s*\[+\s*{table}\s*\.\s*([\"']?){re.escape(name)}\1\s*[\].]")
        return next((number for number, each in enumerate(lines, 1) if header.match(each)), None)

    return line
